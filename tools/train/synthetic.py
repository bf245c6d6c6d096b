"""Invented nights in the shape of a feature export, for the tests."""

import numpy as np
import pandas as pd

from table import HEAD, TAIL

DAY_MS, START_MS = 86_400_000, 1_764_028_800_000
FEATURES = ["price", "momentum", "spread", "noise", "gaps"]


def nights(dates=24, games=3, rows=60, seed=5, edge=0.0):
    """Walks of a price that is fair; with `edge`, a feature that knows more than the price, lawfully."""
    chance = np.random.default_rng(seed)
    frames = []
    for date in range(dates):
        for game in range(games):
            skill = chance.normal()
            path = np.cumsum(np.append(0, chance.normal(size=rows)))
            # The chance to end above zero, from each step on, for one who does not know the skill.
            fair = normal_cdf((path[:-1]) / np.sqrt(np.arange(rows, 0, -1)))
            mid = np.clip(np.round(100 * fair), 2, 98)
            frames.append(pd.DataFrame({
                "game_id": f"g{date:02}-{game}", "market": f"m{date:02}-{game}", "source": f"world:{100 + date}",
                "instant_ms": START_MS + date * DAY_MS + np.arange(rows) * 60_000,
                "knownAt_ms": START_MS + date * DAY_MS + np.arange(rows) * 60_000,
                "yes_bid": (mid - 1) / 100, "yes_ask": (mid + 1) / 100, "mid": mid / 100,
                "price": mid, "momentum": np.diff(np.append(mid[0], mid)), "spread": 2.0,
                "noise": 3.6 * chance.normal(size=rows) + skill * edge,
                "gaps": np.where(chance.random(rows) < 0.3, np.nan, chance.normal(size=rows)),
                "label_settled": int(path[-1] + skill * edge * np.sqrt(rows) > 0), "label_exit_value_c": 0.0,
                "seconds_to_close": (rows - np.arange(rows)) * 60.0}))
    return pd.concat(frames, ignore_index=True)[[*HEAD, *FEATURES, *TAIL]]


def normal_cdf(values):
    from scipy.stats import norm

    return norm.cdf(values)
