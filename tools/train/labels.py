"""What the models learn: labels net of fees, from what happened after each row."""

from dataclasses import dataclass

import numpy as np

from fees import taker_fee


@dataclass(frozen=True)
class Holding:
    """Holding on against selling now, by row; NaN where nobody bids now."""

    # Of the horizon's seconds, those in which selling would bring more than now.
    seconds: np.ndarray
    # What selling now brings more than selling at the horizon's end, cents; below 0 holding brought more.
    gain_cents: np.ndarray
    # And more than settlement.
    gain_to_settlement_cents: np.ndarray


def winner(frame):
    """
    Entry: whether a contract bought at the ask earns after its fee when it is held to settlement.
    Of a row that can be traded that is whether YES settles; the other rows are not learned from.
    """
    return frame["label_settled"].to_numpy(dtype=float)


def holding(frame, horizon_seconds):
    """
    Exit: for how long of the horizon holding on is better than selling now. Selling brings the bid less
    the taker fee, and nothing where nobody bids; settlement pays 100 or 0 without a fee. What a row
    shows stands until the next one, and what was paid stands from the close on.
    """
    seconds, gain = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    instants, bids = frame["instant_ms"].to_numpy() / 1000, frame["yes_bid"].to_numpy(dtype=float)
    left, settled = frame["seconds_to_close"].to_numpy(), frame["label_settled"].to_numpy()
    worth = np.where(np.isnan(bids), 0.0, bids - taker_fee(np.nan_to_num(bids)))
    for at in market_places(frame):
        close = instants[at[-1]] + max(0.0, float(np.nan_to_num(left[at[-1]])))
        times, values = np.append(instants[at], close), np.append(worth[at], 100.0 * settled[at[0]])
        for row in np.flatnonzero(~np.isnan(bids[at])):
            seconds[at[row]], gain[at[row]] = held(times, values, row, horizon_seconds)
    return Holding(seconds, gain, np.where(np.isnan(bids), np.nan, worth - 100 * settled))


def held(times, values, row, horizon_seconds):
    end = times[row] + horizon_seconds
    last = int(np.searchsorted(times, end, side="right"))
    spans = np.diff(np.append(times[row:last], end))
    return float(spans[values[row:last] > values[row]].sum()), float(values[row] - values[last - 1])


def market_places(frame):
    """Places of the rows of each market, in sequence of time (the frame is sorted so)."""
    markets = frame["market"].to_numpy()
    starts = np.flatnonzero(np.append(True, markets[1:] != markets[:-1]))
    return [np.arange(start, end) for start, end in zip(starts, np.append(starts[1:], len(markets)))]
