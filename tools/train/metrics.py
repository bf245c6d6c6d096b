"""Figures with sample size and a 95 % interval from a bootstrap clustered by game; null where empty."""

import numpy as np
from sklearn.metrics import roc_auc_score

MEAN_RESAMPLES, AUC_RESAMPLES = 2000, 200
# With fewer games an interval covers less than it says, and none is given: as `CLUSTERS_MIN` in core/scoring.
MIN_CLUSTERS = 30
EPSILON = 1e-6


def estimate(value, samples, clusters, interval, definition):
    number = lambda x: None if x is None or np.isnan(x) else round(float(x), 6)
    trusted = interval is not None and clusters >= MIN_CLUSTERS
    low, high = interval if trusted else (None, None)
    return {
        "value": number(value), "low": number(low), "high": number(high), "rows": int(samples),
        "games": int(clusters), "trusted": trusted,
        "definition": definition}


def mean(values, games, definition, seed=11):
    """Mean over rows, resampled by game."""
    values = np.asarray(values, dtype=float)
    if len(values) == 0:
        return estimate(None, 0, 0, None, definition)
    names, place = np.unique(games, return_inverse=True)
    sums, counts = np.bincount(place, values), np.bincount(place)
    if len(names) < 2:
        return estimate(values.mean(), len(values), len(names), None, definition)
    draws = np.random.default_rng(seed).integers(0, len(names), (MEAN_RESAMPLES, len(names)))
    means = sums[draws].sum(1) / counts[draws].sum(1)
    return estimate(values.mean(), len(values), len(names), np.percentile(means, [2.5, 97.5]), definition)


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

    order = np.argsort(place, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(place))[:-1])
    chance = np.random.default_rng(seed)
    values = [
        figure(np.concatenate([groups[game] for game in chance.integers(0, len(groups), len(groups))]))
        for _ in range(AUC_RESAMPLES)]
    interval = None if len(names) < 2 else np.nanpercentile(values, [2.5, 97.5])
    return estimate(figure(np.arange(len(label))), len(label), len(names), interval, definition)


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
