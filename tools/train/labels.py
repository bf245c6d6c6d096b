"""What the models learn: labels net of fees, from what happened after each row."""

import numpy as np

from fees import taker_fee


def winner(frame):
    """
    Entry: whether a contract bought at the ask earns after its fee when it is held to settlement.
    Of a row that can be traded that is whether YES settles; the other rows are not learned from.
    """
    return frame["label_settled"].to_numpy(dtype=float)


def hold_seconds(frame, horizon_seconds):
    """
    Exit: seconds from each row to the best exit within the horizon. An exit sells at the bid and
    pays the taker fee; settlement pays 100 or 0 without a fee. Of equal exits the first counts.
    NaN where there was no bid to sell at, now or later.
    """
    out = np.full(len(frame), np.nan)
    for at in market_places(frame):
        seconds = frame["instant_ms"].to_numpy()[at] / 1000
        bid = frame["yes_bid"].to_numpy()[at]
        value = bid - taker_fee(bid)
        close = seconds[-1] + max(0.0, float(np.nan_to_num(frame["seconds_to_close"].to_numpy()[at][-1])))
        seconds = np.append(seconds, close)
        value = np.append(value, 100 * frame["label_settled"].to_numpy()[at][0])
        out[at] = [best_within(seconds, value, row, horizon_seconds) for row in range(len(at))]
    return out


def best_within(seconds, value, row, horizon_seconds):
    end = np.searchsorted(seconds, seconds[row] + horizon_seconds, side="right")
    window = value[row:end]
    if np.isnan(window).all():
        return np.nan
    return seconds[row + int(np.nanargmax(window))] - seconds[row]


def market_places(frame):
    """Places of the rows of each market, in sequence of time (the frame is sorted so)."""
    markets = frame["market"].to_numpy()
    starts = np.flatnonzero(np.append(True, markets[1:] != markets[:-1]))
    return [np.arange(start, end) for start, end in zip(starts, np.append(starts[1:], len(markets)))]
