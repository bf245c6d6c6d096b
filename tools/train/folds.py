"""Walk-forward by date: what is tested lies after what was learned, and never beside it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fold:
    train: list[str]
    test: list[str]
    # Games before the test that were left out because they ended too late.
    purged: list[str]


class TooFewDates(Exception):
    """There is not enough to test on."""


def walk_forward(games, count, first_share, embargo_ms):
    """
    Cuts the dates after the first share into consecutive blocks; each is tested by what was learned
    from all games that had ended, by the embargo, before its first row. Nothing is shuffled.
    """
    dates = sorted(games["date"].unique())
    begin = int(np.ceil(len(dates) * first_share))
    if begin < 1 or len(dates) - begin < count:
        raise TooFewDates(f"{len(dates)} dates are too few for {count} folds after the first {first_share:.0%}")
    blocks = np.array_split(dates[begin:], count)
    return [fold_of(games, list(block), embargo_ms) for block in blocks]


def inner_split(games, share, embargo_ms):
    """The last dates of a training set apart, for early stopping: by the same rule."""
    dates = sorted(games["date"].unique())
    last = max(1, int(round(len(dates) * share)))
    if len(dates) <= last:
        raise TooFewDates(f"{len(dates)} dates are too few for an inner split")
    return fold_of(games, dates[-last:], embargo_ms)


def fold_of(games, test_dates, embargo_ms):
    test = games[games["date"].isin(test_dates)]
    before = games[games["date"] < test_dates[0]]
    # A label is known when its game has ended: it may not reach into what is tested.
    ended = before["last"] + embargo_ms < test["first"].min()
    if not ended.any():
        raise TooFewDates(f"no game had ended before {test_dates[0]} and its embargo")
    return Fold(list(before.index[ended]), list(test.index), list(before.index[~ended]))
