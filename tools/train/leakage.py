"""Looks for features that know what comes: the report that must be clean before anything is trained."""

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

import metrics
from table import LABELS

HORIZONS_SECONDS = (60, 300, 900)
MID_BINS = 10
MIN_ROWS = 50
# Beside the price of the moment: what no honest feature of a market reaches.
MAX_AUC, MAX_CORRELATION = 0.75, 0.5
# A model of labels that were dealt to other games knows nothing: beyond so many standard errors it does.
MAX_DEALT_ERRORS = 4.0


def report(frame, features):
    """
    Of each feature, within bins of equal mid: how well it tells the winner, and how it goes with the
    mid's move afterwards. A price that holds the future, a label or what is derived from it stands
    out there; the price of the moment does not.
    """
    rows = frame[frame["mid"].notna()]
    bins = pd.qcut(rows["mid"].rank(method="first"), min(MID_BINS, max(1, len(rows) // MIN_ROWS)), labels=False)
    moves = {horizon: future_move(rows, horizon) for horizon in HORIZONS_SECONDS}
    found = [of_feature(rows, feature, bins.to_numpy(), moves) for feature in features]
    return {
        "rows": len(rows),
        "limits": {"auc_beside_the_price": MAX_AUC, "correlation_with_the_future": MAX_CORRELATION},
        "suspects": [entry for entry in found if entry["reasons"]],
        "features": found,
        "empty": [feature for feature in features if frame[feature].isna().all()],
        "constant": [feature for feature in features if frame[feature].nunique(dropna=True) == 1]}


def future_move(rows, horizon_seconds):
    """The mid of the same market so much later, minus the mid now; NaN where there is none within it."""
    out = np.full(len(rows), np.nan)
    places = pd.Series(np.arange(len(rows))).groupby(rows["market"].to_numpy(), sort=False)
    instants, mids = rows["instant_ms"].to_numpy(), rows["mid"].to_numpy()
    for _, group in places:
        at = group.to_numpy()
        later = np.searchsorted(instants[at], instants[at] + horizon_seconds * 1000, side="left")
        has = later < len(at)
        out[at[has]] = mids[at[later[has]]] - mids[at[has]]
    return out


def of_feature(rows, feature, bins, moves):
    values = rows[feature].to_numpy()
    label = rows["label_settled"].to_numpy()
    strength = within(bins, lambda at: strength_of(label[at], values[at]))
    correlations = {
        str(horizon): within(bins, lambda at, move=move: correlation(values[at], move[at]))
        for horizon, move in moves.items()}
    known = [abs(value) for value in correlations.values() if value is not None]
    reasons = []
    if strength is not None and strength > MAX_AUC:
        reasons.append(f"tells the winner beside the price: AUC {strength:.3f}")
    if known and max(known) > MAX_CORRELATION:
        reasons.append(f"goes with what the price does afterwards: correlation {max(known):.3f}")
    for name in LABELS:
        same = rows[name].to_numpy() == values
        if len(same) and same[~np.isnan(values)].size and same[~np.isnan(values)].all():
            reasons.append(f"equals {name}")
    return {
        "feature": feature, "missing_share": round(float(np.isnan(values).mean()), 6),
        "auc_beside_the_price": strength, "correlation_with_the_future": correlations, "reasons": reasons}


def within(bins, figure):
    """Mean over the bins of what can be said in them, by their rows; null where in none."""
    parts = [(figure(at), len(at)) for at in (np.flatnonzero(bins == each) for each in np.unique(bins))]
    parts = [(value, weight) for value, weight in parts if value is not None]
    if not parts:
        return None
    values, weights = zip(*parts)
    return round(float(np.average(values, weights=weights)), 6)


def strength_of(label, values):
    known = ~np.isnan(values)
    label, values = label[known], values[known]
    if len(label) < MIN_ROWS or label.min() == label.max():
        return None
    found = roc_auc_score(label, values)
    return max(found, 1 - found)


def correlation(values, moves):
    known = ~np.isnan(values) & ~np.isnan(moves)
    if known.sum() < MIN_ROWS:
        return None
    ranks = [pd.Series(each[known]).rank().to_numpy() for each in (values, moves)]
    if min(np.ptp(each) for each in ranks) == 0:
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def deal_labels(frame, seed):
    """The labels of other games: each market gets the outcome of another one."""
    outcomes = frame.groupby("market", sort=True)["label_settled"].first()
    dealt = np.random.default_rng(seed).permutation(outcomes.to_numpy())
    return frame["market"].map(dict(zip(outcomes.index, dealt))).to_numpy(dtype=float)


def dealt_verdict(figure):
    """The AUC of a model of dealt labels, by its interval: suspect when it is far above a half."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None or low is None:
        return {"auc": figure, "suspect": False}
    error = (high - low) / (-2 * norm.ppf(metrics.expanded_tail(figure["games"])))
    return {"auc": figure, "suspect": bool(value > 0.5 + MAX_DEALT_ERRORS * error)}


def balance(frame):
    """How often YES settles, by rows, markets and games; and what hindsight could have earned."""
    label = frame["label_settled"]
    markets = frame.groupby("market")["label_settled"].first()
    return {
        "rows": len(frame), "markets": len(markets), "games": int(frame["game_id"].nunique()),
        "yes_share_of_rows": round(float(label.mean()), 6), "yes_share_of_markets": round(float(markets.mean()), 6),
        "rows_with_an_exit_that_earns": share(frame["label_exit_value_c"])}


def share(gains):
    """Of the rows with a known horizon, those whose best exit in it earns after both fees; null without any."""
    known = gains.dropna()
    return None if known.empty else round(float((known > 0).mean()), 6)
