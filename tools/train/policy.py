"""What the models would have traded: one contract, one entry a market, fees paid, by the strategy's own rules."""

from dataclasses import dataclass

import numpy as np

from fees import taker_fee
from labels import market_places

# Shares of rows that a least hold may let go: it is one of so few numbers that chance finds little in them.
LEAVE_SHARES = (0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True)
class Rules:
    """
    The settings of `model-trees` that bear on one contract. In play it enters where the probability is at
    least `threshold`, the mid within its bounds, and fair value, `trust` of the way from the mid to the
    probability, `min_edge_cents` above ask and fee. It leaves when the bid is `stop_loss_cents` below the
    price paid, when selling earns `take_profit_cents`, or by the word of the exit model; else it holds to
    settlement.
    """

    threshold: float = 0.6
    min_edge_cents: float = 1.2
    trust: float = 0.7
    min_price_cents: float = 12.0
    max_price_cents: float = 88.0
    min_seconds_left: float = 240.0
    take_profit_cents: float = 40.0
    stop_loss_cents: float = 45.0


@dataclass(frozen=True)
class Trade:
    game: str
    net_cents: float
    fees_cents: float
    seconds: float
    exit: str


def least_hold(hold, gain_cents, games):
    """
    The hold from which on a position is kept: of the candidates that which had brought the most by selling,
    on rows that the model has not learned from. By game, each counting once, less a standard error, so that
    chance alone seldom finds one; 0, which never sells, where nothing is left of it.
    """
    names, place = np.unique(games, return_inverse=True)
    if len(names) < 2:
        return 0.0
    best, found = 0.0, 0.0
    for share in LEAVE_SHARES:
        limit = float(np.quantile(hold, share))
        sold = np.where(hold <= limit, gain_cents, 0.0)
        by_game = np.bincount(place, sold) / np.bincount(place)
        value = by_game.mean() - by_game.std(ddof=1) / np.sqrt(len(names))
        if value > best:
            best, found = value, round(limit, 3)
    return found


def tradable_price(frame, rules):
    """Rows at whose price a position may be opened; beyond it there is little left to leave for."""
    return frame["mid"].between(rules.min_price_cents, rules.max_price_cents).to_numpy()


def enters(frame, probability, rules):
    ask, mid = frame["yes_ask"].to_numpy(), frame["mid"].to_numpy()
    fair = mid + rules.trust * (100 * probability - mid)
    left = frame["game_seconds_left"].to_numpy() if "game_seconds_left" in frame else np.full(len(frame), np.nan)
    return (
        frame["tradable"].to_numpy() & (probability >= rules.threshold)
        & (fair - ask - taker_fee(ask) >= rules.min_edge_cents)
        & tradable_price(frame, rules) & ~(left < rules.min_seconds_left))


def trades(frame, probability, leaves, rules):
    """`probability` and `leaves` by row; `leaves` None asks no exit model."""
    entering = enters(frame, probability, rules)
    asked = np.zeros(len(frame), dtype=bool) if leaves is None else leaves
    return [trade_of(frame, at, entering, asked, rules) for at in market_places(frame) if entering[at].any()]


def trade_of(frame, at, entering, leaves, rules):
    entry = int(np.argmax(entering[at]))
    row = frame.iloc[at[entry]]
    paid = float(row["yes_ask"])
    fee = float(taker_fee(paid))
    later = at[entry + 1 :]
    bid = frame["yes_bid"].to_numpy()[later]
    gain = bid - taker_fee(np.nan_to_num(bid)) - paid - fee
    reasons = {
        "stop loss": bid <= paid - rules.stop_loss_cents, "take profit": gain >= rules.take_profit_cents,
        "exit model": leaves[later] & ~np.isnan(bid)}
    sold = np.flatnonzero(np.logical_or.reduce(list(reasons.values())))
    if len(sold) == 0:
        end, value, kind = at[-1], 100 * row["label_settled"], "settlement"
        left = frame.iloc[end]["seconds_to_close"]
        extra = 0.0 if np.isnan(left) else max(0.0, float(left))
    else:
        first = int(sold[0])
        kind = next(name for name, says in reasons.items() if says[first])
        end, extra, value = later[first], 0.0, bid[first]
        fee += float(taker_fee(value))
    seconds = (frame.iloc[end]["instant_ms"] - row["instant_ms"]) / 1000 + extra
    return Trade(row["game_id"], float(value - paid - fee), fee, float(seconds), kind)
