"""What the models would have traded: one contract, one entry a market, fees paid."""

from dataclasses import dataclass

import numpy as np

from fees import taker_fee
from labels import market_places


@dataclass(frozen=True)
class Rules:
    """Enter from `threshold` on where the edge after the fee is at least this; leave when the exit
    model gives the position no longer than `min_hold_seconds`, else hold to settlement."""

    threshold: float = 0.6
    min_edge_cents: float = 1.0
    min_hold_seconds: float = 60.0


@dataclass(frozen=True)
class Trade:
    game: str
    net_cents: float
    fees_cents: float
    seconds: float
    exit: str


def trades(frame, probability, hold, rules):
    """`probability` and `hold` by row; `hold` None holds every position to settlement."""
    ask, bid = frame["yes_ask"].to_numpy(), frame["yes_bid"].to_numpy()
    edge = 100 * probability - ask - taker_fee(ask)
    enters = frame["tradable"].to_numpy() & (probability >= rules.threshold) & (edge >= rules.min_edge_cents)
    leaves = np.zeros(len(frame), dtype=bool) if hold is None else ~np.isnan(bid) & (hold <= rules.min_hold_seconds)
    return [trade_of(frame, at, enters, leaves) for at in market_places(frame) if enters[at].any()]


def trade_of(frame, at, enters, leaves):
    entry = int(np.argmax(enters[at]))
    later = np.flatnonzero(leaves[at][entry + 1 :])
    row = frame.iloc[at[entry]]
    fee = float(taker_fee(row["yes_ask"]))
    if len(later) == 0:
        end, value, kind = at[-1], 100 * row["label_settled"], "settlement"
        left = frame.iloc[end]["seconds_to_close"]
        extra = 0.0 if np.isnan(left) else max(0.0, float(left))
    else:
        end, kind, extra = at[entry + 1 + int(later[0])], "exit model", 0.0
        value = frame.iloc[end]["yes_bid"]
        fee += float(taker_fee(value))
    seconds = (frame.iloc[end]["instant_ms"] - row["instant_ms"]) / 1000 + extra
    return Trade(row["game_id"], float(value - row["yes_ask"] - fee), fee, float(seconds), kind)
