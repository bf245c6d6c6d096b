"""
Figures with sample size and a 95 % interval from a bootstrap clustered by game; null where empty. The interval is that of
core/scoring/inference: bias-corrected and accelerated, with expanded tails. The plain percentile one does not cover its 95 %
with thirty games of skewed results.
"""

import numpy as np
from scipy.stats import norm, t
from sklearn.metrics import roc_auc_score

MEAN_RESAMPLES, AUC_RESAMPLES = 2000, 1000
LEVEL = 0.95
# With fewer games an interval covers less than it says, and none is given: as `CLUSTERS_MIN` in core/scoring.
MIN_CLUSTERS = 30
# Nor where the figure does not exist for more of the resamples.
MAX_UNDEFINED = 0.01
EPSILON = 1e-6


def estimate(value, samples, clusters, ends, definition):
    number = lambda x: None if x is None or np.isnan(x) else round(float(x), 6)
    low, high = (None, None) if ends is None else ends
    return {
        "value": number(value), "low": number(low), "high": number(high), "rows": int(samples),
        "games": int(clusters), "trusted": ends is not None,
        "definition": definition}


def expanded_tail(clusters):
    """The share to leave out on each side, wide enough for so few games: Hesterberg (2015), as `expandedTail` of the core."""
    return norm.cdf(t.ppf((1 - LEVEL) / 2, clusters - 1) * np.sqrt(clusters / (clusters - 1)))


def interval(distribution, observed, jackknife):
    """Efron's BCa interval (1987) of resamples; `jackknife` has the figure without each game. None where it cannot be trusted."""
    defined = np.asarray(distribution)[~np.isnan(distribution)]
    if len(jackknife) < MIN_CLUSTERS or len(defined) < (1 - MAX_UNDEFINED) * len(distribution) or np.ptp(defined) == 0:
        return None
    tail = expanded_tail(len(jackknife))
    bias = norm.ppf((np.mean(defined < observed) + np.mean(defined <= observed)) / 2)
    if not np.isfinite(bias):
        return np.quantile(defined, [tail, 1 - tail])
    influence = jackknife.mean() - jackknife
    squares = (influence ** 2).sum()
    acceleration = (influence ** 3).sum() / (6 * squares ** 1.5) if squares > 0 else 0
    moved = bias + norm.ppf([tail, 1 - tail])
    return np.quantile(defined, norm.cdf(bias + moved / (1 - acceleration * moved)))


def mean(values, games, definition, seed=11):
    """Mean over rows, resampled by game."""
    values = np.asarray(values, dtype=float)
    if len(values) == 0:
        return estimate(None, 0, 0, None, definition)
    names, place = np.unique(games, return_inverse=True)
    sums, counts = np.bincount(place, values), np.bincount(place)
    if len(names) < MIN_CLUSTERS:
        return estimate(values.mean(), len(values), len(names), None, definition)
    draws = np.random.default_rng(seed).integers(0, len(names), (MEAN_RESAMPLES, len(names)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    without = (sums.sum() - sums) / (counts.sum() - counts)
    # Of the same sums as the resamples, so that what equals it is known to.
    ends = interval(means, sums.sum() / counts.sum(), without)
    return estimate(values.mean(), len(values), len(names), ends, definition)


def auc(label, scores, games, definition, against=None, seed=13):
    """Area under the curve, or by how much it is larger than that of `against`, resampled by game."""
    label, scores = np.asarray(label), np.asarray(scores)
    names, place = np.unique(games, return_inverse=True)
    if len(label) == 0 or len(np.unique(label)) < 2:
        return estimate(None, len(label), len(names), None, definition)

    def figure(rows):
        if label[rows].min() == label[rows].max():
            return np.nan
        found = roc_auc_score(label[rows], scores[rows])
        return found if against is None else found - roc_auc_score(label[rows], against[rows])

    observed = figure(np.arange(len(label)))
    if len(names) < MIN_CLUSTERS:
        return estimate(observed, len(label), len(names), None, definition)
    order = np.argsort(place, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(place))[:-1])
    chance = np.random.default_rng(seed)
    values = [
        figure(np.concatenate([groups[game] for game in chance.integers(0, len(groups), len(groups))]))
        for _ in range(AUC_RESAMPLES)]
    without = np.array([figure(np.flatnonzero(place != game)) for game in range(len(names))])
    return estimate(observed, len(label), len(names), interval(values, observed, without), definition)


def log_loss(label, probability):
    p = np.clip(probability, EPSILON, 1 - EPSILON)
    return -(label * np.log(p) + (1 - label) * np.log(1 - p))


def brier(label, probability):
    return (probability - label) ** 2


def of_entry(label, model, market, games):
    """The entry model beside the market's price alone, on the same rows."""
    figures = {}
    for name, scores in (("model", model), ("market", market)):
        figures[f"auc_{name}"] = auc(label, scores, games, f"AUC of the {name}'s probability that YES settles")
        figures[f"log_loss_{name}"] = mean(log_loss(label, scores), games, f"log loss of the {name}, nats")
        figures[f"brier_{name}"] = mean(brier(label, scores), games, f"Brier score of the {name}")
    figures["auc_gain"] = auc(label, model, games, "AUC of the model minus the market's", against=market)
    figures["log_loss_gain"] = mean(
        log_loss(label, market) - log_loss(label, model), games, "log loss of the market minus the model's, nats")
    return figures


def of_exit(holding, predicted, leaves, held, typical, games):
    """
    How far the holds are off, beside the training median for every row; and what leaving by them brings, of rows
    at whose price a position may be `held`.
    """
    target = holding.seconds
    known = ~np.isnan(target)
    left, held = known & held & leaves, known & held
    error = np.abs(predicted - target)[known]
    fixed = np.abs(typical - target)[known]
    return {
        "hold_error_seconds": mean(error, games[known], "mean absolute error of the hold, s"),
        "hold_error_gain_seconds": mean(
            fixed - error, games[known], "mean absolute error of always the training median, minus the model's, s"),
        "leave_share": mean(leaves[held], games[held], "share of rows with a price to trade at which the exit model says to leave"),
        "leave_gain_cents": mean(
            holding.gain_cents[left], games[left], "selling at the exit model's word minus selling at the horizon's end, cents"),
        "leave_gain_to_settlement_cents": mean(
            holding.gain_to_settlement_cents[left], games[left], "selling at the exit model's word minus settlement, cents")}


def of_trades(found, what):
    games = np.array([trade.game for trade in found])
    return {
        "trades": len(found),
        "net_cents": mean([t.net_cents for t in found], games, f"net of fees per contract, cents; {what}"),
        "fees_cents": mean([t.fees_cents for t in found], games, f"fees per contract, cents; {what}"),
        "win_rate": mean([t.net_cents > 0 for t in found], games, f"share of trades that earned; {what}"),
        "hold_seconds": mean([t.seconds for t in found], games, f"seconds held; {what}"),
        "total_net_cents": round(sum(t.net_cents for t in found), 4) if found else None,
        "left_by_exit_model": sum(t.exit == "exit model" for t in found)}
