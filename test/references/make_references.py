"""Reference figures for core/scoring and core/models, from libraries that are not ours.

    python3 -m venv /tmp/references
    /tmp/references/bin/pip install -r test/references/requirements.txt
    /tmp/references/bin/python test/references/make_references.py

Writes one JSON beside this file for each family: the inputs and what the library says of them.
The tests of these folders read the inputs, compute with our code and compare to 1e-9. Where no
library has a statistic, it is written out here a second time, from its paper and by other means.
"""

import json
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import TimeSeriesSplit
from statsmodels.stats.diagnostic import breaks_cusumolsresid
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_sample_size_one_tail
from statsmodels.stats.proportion import proportion_confint

HERE = Path(__file__).parent
MASK = 0xFFFFFFFF


def write(name, content):
    text = json.dumps(content, indent=1, allow_nan=False, default=plain)
    (HERE / f"{name}.json").write_text(text + "\n")


def plain(value):
    return value.tolist() if hasattr(value, "tolist") else str(value)


def rounded(values, digits=4):
    return np.round(np.asarray(values, dtype=float), digits)


class Xoshiro128:
    """xoshiro128** 1.1 from the authors' C, seeded as core/scoring/inference/chance.ts says."""

    def __init__(self, seed):
        counter = seed
        self.s = []
        for _ in range(4):
            counter = (counter + 0x9E3779B9) & MASK
            z = counter
            z = ((z ^ (z >> 16)) * 0x85EBCA6B) & MASK
            z = ((z ^ (z >> 13)) * 0xC2B2AE35) & MASK
            self.s.append(z ^ (z >> 16))

    def next(self):
        s = self.s
        result = (self.rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 9) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = self.rotl(s[3], 11)
        return result

    @staticmethod
    def rotl(x, k):
        return ((x << k) | (x >> (32 - k))) & MASK

    def below(self, n):
        return (self.next() * n) >> 32

    def uniform(self):
        return (self.next() + 0.5) / 2**32


def chance():
    seeds = [0, 1, 7, 123456789, 2**32 - 1]
    rows = []
    for seed in seeds:
        generator = Xoshiro128(seed)
        rows.append({"seed": seed, "below": [generator.below(1_000_000) for _ in range(20)]})
    write("chance", rows)


def distributions():
    z = np.concatenate([np.linspace(-9, 9, 73), [-30, -12, -0.001, 0.001, 12]])
    p = np.concatenate([[1e-300, 1e-20, 1e-9, 1e-4], np.linspace(0.01, 0.99, 50), [1 - 1e-9]])
    t = [[x, df] for df in (1, 2, 4.5, 29, 400) for x in (-7, -2, -0.3, 0, 0.4, 2.2, 12)]
    tq = [[q, df] for df in (1, 2, 9, 19, 29, 149, 2000) for q in (0.0005, 0.025, 0.3, 0.5, 0.9)]
    write(
        "distributions",
        {
            "normalCdf": [[a, stats.norm.cdf(a)] for a in z],
            "normalQuantile": [[a, stats.norm.ppf(a)] for a in p],
            "studentCdf": [[x, df, stats.t.cdf(x, df)] for x, df in t],
            "studentQuantile": [[q, df, stats.t.ppf(q, df)] for q, df in tq],
        },
    )


def moments():
    rng = np.random.default_rng(11)
    x = rounded(rng.gamma(2, 1, 40) - 1.5)
    write(
        "moments",
        {
            "sample": x,
            "mean": np.mean(x),
            "standardDeviation": np.std(x, ddof=1),
            "skewness": stats.skew(x),
            "kurtosis": stats.kurtosis(x, fisher=False),
            "quantiles": [[q, np.quantile(np.sort(x), q)] for q in (0, 0.01, 0.25, 0.5, 0.9, 1)],
        },
    )


def ratio(num, den, axis=-1):
    return np.sum(num, axis=axis) / np.sum(den, axis=axis)


def bootstrap():
    """Cluster bootstrap of a ratio of sums; intervals by scipy.stats.bootstrap."""
    rng = np.random.default_rng(12)
    clusters, resamples, seed, level = 32, 400, 99, 0.95
    num = rounded(rng.normal(0.4, 1, clusters) ** 3)
    den = rng.integers(1, 6, clusters).astype(float)
    generator = Xoshiro128(seed)
    distribution = []
    for _ in range(resamples):
        drawn = [generator.below(clusters) for _ in range(clusters)]
        distribution.append(ratio(num[drawn], den[drawn]))
    distribution = np.array(distribution)
    given = SimpleNamespace(bootstrap_distribution=distribution)

    def interval(method, confidence):
        ends = stats.bootstrap(
            (num, den),
            ratio,
            n_resamples=0,
            paired=True,
            vectorized=True,
            method=method,
            confidence_level=confidence,
            bootstrap_result=given,
        ).confidence_interval
        return [ends.low, ends.high]

    tail = stats.norm.cdf(
        stats.t.ppf((1 - level) / 2, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    )
    write(
        "bootstrap",
        {
            "numerators": num,
            "denominators": den,
            "seed": seed,
            "level": level,
            "distribution": distribution,
            "observed": ratio(num, den),
            "jackknife": [ratio(np.delete(num, i), np.delete(den, i)) for i in range(clusters)],
            "percentile": interval("percentile", level),
            "basic": interval("basic", level),
            "bca": interval("BCa", level),
            "expandedTail": tail,
            "expandedBca": interval("BCa", 1 - 2 * tail),
        },
    )


def daily():
    """Stationary bootstrap of days, written out from Politis and Romano; intervals by scipy."""
    rng = np.random.default_rng(22)
    n, resamples, seed, level = 34, 400, 2024, 0.95
    share = rounded(rng.normal(0.002, 0.01, n), 5)
    share[[4, 5, 20]] = 0
    block = int(np.ceil(np.cbrt(n)))
    generator = Xoshiro128(seed)
    drawn = np.empty((resamples, n), dtype=int)
    for row in drawn:
        day = generator.below(n)
        for place in range(n):
            row[place] = day
            day = (day + 1) % n
            if generator.uniform() < 1 / block:
                day = generator.below(n)
    root = np.sqrt(365)
    figures = {
        "totalReturn": lambda x, axis=-1: np.sum(x, axis=axis),
        "sharpe": lambda x, axis=-1: np.mean(x, axis=axis) / np.std(x, axis=axis, ddof=1) * root,
        "sortino": lambda x, axis=-1: (
            np.mean(x, axis=axis) / np.sqrt(np.mean(np.minimum(x, 0) ** 2, axis=axis)) * root
        ),
    }
    blocks = n // block
    tail = stats.norm.cdf(
        stats.t.ppf((1 - level) / 2, blocks - 1) * np.sqrt(blocks / (blocks - 1))
    )
    found = {}
    for name, figure in figures.items():
        ends = stats.bootstrap(
            (share,),
            figure,
            n_resamples=0,
            vectorized=True,
            method="BCa",
            confidence_level=1 - 2 * tail,
            bootstrap_result=SimpleNamespace(bootstrap_distribution=figure(share[drawn])),
        ).confidence_interval
        found[name] = [figure(share), ends.low, ends.high]
    write("daily", {"share": share, "seed": seed, "resamples": resamples, **found})


def market():
    """Forecasts beside a baseline, claims beside what they brought, fills beside what came after."""
    rng = np.random.default_rng(23)
    outcome = rng.integers(0, 2, 50)
    model = rounded(np.clip(0.5 + 0.3 * (outcome - 0.5) + rng.normal(0, 0.2, 50), 0, 1))
    baseline = rounded(np.clip(0.5 + 0.2 * (outcome - 0.5) + rng.normal(0, 0.2, 50), 0, 1))
    ours, theirs = brier_score_loss(outcome, model), brier_score_loss(outcome, baseline)
    claimed = rng.integers(-20_000, 90_000, 60)
    brought = rng.integers(-500_000, 520_000, 60)
    bounds = [0, 20_000, 40_000, 60_000]
    edges = [-np.inf, *bounds, np.inf]

    def by_claim(values, statistic):
        return stats.binned_statistic(claimed, values, statistic, bins=edges).statistic

    bought = rng.integers(0, 2, 40)
    price, mid, later, closing = rng.integers(20, 990, (4, 40)) * 1_000
    contracts = rng.integers(1, 300, 40)
    sign = np.where(bought == 1, 1, -1)
    write(
        "market",
        {
            "outcome": outcome,
            "model": model,
            "baseline": baseline,
            "difference": ours - theirs,
            "skill": 1 - ours / theirs,
            "claimed": claimed,
            "brought": brought,
            "bounds": bounds,
            "counts": by_claim(brought, "count"),
            "expected": by_claim(claimed, "mean"),
            "realised": by_claim(brought, "mean"),
            "winRate": by_claim(brought > 0, "mean"),
            "bought": bought,
            "price": price,
            "mid": mid,
            "later": later,
            "closing": closing,
            "contracts": contracts,
            "against": np.average(sign * (mid - later), weights=contracts),
            "closingLineValue": np.average(sign * (closing - price), weights=contracts),
        },
    )


def results():
    """Results of positions, and of days, by numpy alone."""
    rng = np.random.default_rng(14)
    gross = rng.integers(-9_000_000, 11_000_000, 60)
    fees = rng.integers(10_000, 400_000, 60)
    net = gross - fees
    share = rounded(rng.normal(0.002, 0.01, 45), 6)
    equity = 1_000_000_000 + np.cumsum(rng.integers(-30_000_000, 31_000_000, 80))
    mark = np.maximum.accumulate(equity)
    fall = 1 - equity / mark
    trough = int(np.argmax(fall))
    peak = int(np.max(np.nonzero(equity[: trough + 1] == mark[trough])))
    after = np.nonzero(equity[trough:] >= mark[trough])[0]
    end = trough + int(after[0]) if len(after) else len(equity) - 1
    write(
        "results",
        {
            "gross": gross,
            "fees": fees,
            "meanNet": np.mean(net),
            "profitFactor": net[net > 0].sum() / -net[net < 0].sum(),
            "feeDrag": fees.sum() / gross.sum(),
            "winRate": np.mean(net > 0),
            "worst": net.min(),
            "share": share,
            "totalReturn": share.sum(),
            "sharpe": share.mean() / share.std(ddof=1) * np.sqrt(365),
            "sortino": share.mean() / np.sqrt(np.mean(np.minimum(share, 0) ** 2)) * np.sqrt(365),
            "equity": equity,
            "drawdown": {
                "share": fall[trough],
                "depth": mark[trough] - equity[trough],
                "peak": peak,
                "trough": trough,
                "end": end,
                "isRecovered": len(after) > 0,
            },
        },
    )


def fills():
    rng = np.random.default_rng(15)
    p = rounded(rng.uniform(0, 1, 40), 3)
    law = stats.poisson_binom(p)
    write(
        "fills",
        {
            "probabilities": p,
            "pmf": law.pmf(np.arange(41)),
            "low": law.ppf(0.025),
            "high": law.ppf(0.975),
        },
    )


def inference():
    rng = np.random.default_rng(16)
    counts = [(0, 7), (3, 7), (7, 7), (55, 100), (1, 2000)]
    p = rounded(rng.uniform(0, 1, 12) ** 3, 5)
    p[3] = p[4]
    steady = rounded(rng.normal(0.5, 1, 60))
    broken = rounded(np.concatenate([rng.normal(1, 1, 35), rng.normal(-0.4, 1, 25)]))
    series = []
    for x in (steady, broken):
        statistic, p_value, _ = breaks_cusumolsresid(x - x.mean())
        line = stats.linregress(np.arange(len(x)), x)
        half = stats.t.ppf(0.975, len(x) - 2) * line.stderr
        series.append(
            {
                "values": x,
                "statistic": statistic,
                "p": p_value,
                "slope": line.slope,
                "low": line.slope - half,
                "high": line.slope + half,
                "trendP": line.pvalue,
            }
        )
    sums = rounded(rng.normal(0.2, 1, 45))
    test = stats.ttest_1samp(sums, 0)
    weights = rng.integers(1, 9, 45).astype(float)
    ratio_of_sums = sums.sum() / weights.sum()
    influence = (sums - ratio_of_sums * weights) / weights.mean()
    error = influence.std(ddof=1) / np.sqrt(45)
    plans = []
    for edge, deviation, level, power in [(0.01, 0.4, 0.95, 0.8), (3, 40, 0.99, 0.9)]:
        needed = normal_sample_size_one_tail(edge, power, (1 - level) / 2, std_null=deviation)
        plans.append([edge, deviation, level, power, np.ceil(needed)])
    write(
        "inference",
        {
            "wilson": [[k, n, *proportion_confint(k, n, 0.05, "wilson")] for k, n in counts],
            "pValues": p,
            "holm": multipletests(p, method="holm")[1],
            "benjaminiHochberg": multipletests(p, method="fdr_bh")[1],
            "kolmogorov": [[x, stats.kstwobign.sf(x)] for x in (0.1, 0.3, 0.7, 0.99, 1, 1.4, 3)],
            "series": series,
            "sums": sums,
            "weights": weights,
            "mean": sums.mean(),
            "deviation": sums.std(ddof=1),
            "p": test.pvalue,
            "ratio": ratio_of_sums,
            "ratioP": 2 * stats.t.sf(abs(ratio_of_sums / error), 44),
            "sampleSizes": plans,
        },
    )


def calibration():
    """Forecasts in tenths and a half, so that no library doubts which bin they belong to."""
    rng = np.random.default_rng(17)
    truth = rng.uniform(0, 1, 400)
    outcome = (rng.uniform(0, 1, 400) < truth).astype(int)
    forecast = rounded(np.clip(truth * 1.1 - 0.03, 0, 1), 3)
    forecast[np.isclose(np.mod(forecast * 10, 1), 0) & (forecast > 0) & (forecast < 1)] += 0.0005
    frequency, means = calibration_curve(outcome, forecast, n_bins=10)
    index = np.minimum(9, np.floor(forecast * 10)).astype(int)
    n = np.bincount(index, minlength=10)
    base = outcome.mean()
    write(
        "calibration",
        {
            "forecast": forecast,
            "outcome": outcome,
            "brier": brier_score_loss(outcome, forecast),
            "logLoss": log_loss(outcome, np.clip(forecast, 0.001, 0.999)),
            "frequency": frequency,
            "meanForecast": means,
            "counts": n,
            "reliability": np.sum(n * (means - frequency) ** 2) / n.sum(),
            "resolution": np.sum(n * (frequency - base) ** 2) / n.sum(),
            "uncertainty": base * (1 - base),
            "lowGap": np.mean((outcome - forecast)[forecast <= 0.1]),
            "highGap": np.mean((outcome - forecast)[forecast >= 0.9]),
        },
    )


def recalibration():
    """Isotonic, Platt on log-odds and beta maps, by scikit-learn. Ties and a beta of one slope too."""
    rng = np.random.default_rng(19)
    forecast = rounded(rng.uniform(0.03, 0.97, 600), 2)
    odds = np.log(forecast / (1 - forecast))
    at = np.linspace(0.001, 0.999, 41)
    kept = np.log(at / (1 - at))
    samples = []
    for truth in (
        1 / (1 + np.exp(-(0.2 + 0.7 * odds))),
        np.clip(0.1 + 0.55 * forecast**3 + 0.3 * forecast, 0, 1),
        0.45 - 0.9 * forecast + 1.4 * forecast**2,
    ):
        outcome = (rng.uniform(0, 1, 600) < truth).astype(int)
        isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        isotonic.fit(forecast, outcome)

        def logistic(columns):
            model = LogisticRegression(
                C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=1000
            )
            return model.fit(columns, outcome)

        platt = logistic(odds[:, None])
        pairs = np.column_stack([np.log(forecast), -np.log(1 - forecast)])
        beta = logistic(pairs)
        wide = np.column_stack([np.log(at), -np.log(1 - at)])
        used = [0, 1]
        if (beta.coef_[0] < 0).any():
            used = [int(np.argmax(beta.coef_[0] >= 0))]
            beta = logistic(pairs[:, used])
        slopes = np.zeros(2)
        slopes[used] = beta.coef_[0]
        samples.append(
            {
                "forecast": forecast,
                "outcome": outcome,
                "at": at,
                "isotonic": isotonic.predict(at),
                "platt": platt.predict_proba(kept[:, None])[:, 1],
                "plattFit": [platt.intercept_[0], platt.coef_[0][0]],
                "beta": beta.predict_proba(wide[:, used])[:, 1],
                "betaFit": [slopes[0], slopes[1], beta.intercept_[0]],
            }
        )
    write("recalibration", samples)


def search():
    """Deflated Sharpe ratio and overfitting of a search, written out from their papers."""
    rng = np.random.default_rng(18)
    returns = rounded(rng.normal(0.001, 0.01, (6, 83)) + rng.normal(0, 0.004, (6, 1)), 5)
    sharpes = returns.mean(axis=1) / returns.std(axis=1, ddof=1)
    best = returns[np.argmax(sharpes)]
    gamma = np.euler_gamma
    threshold = sharpes.std(ddof=1) * (
        (1 - gamma) * stats.norm.ppf(1 - 1 / 6) + gamma * stats.norm.ppf(1 - 1 / (6 * np.e))
    )
    ratio_ = best.mean() / best.std(ddof=1)
    spread = np.sqrt(
        1 - stats.skew(best) * ratio_ + (stats.kurtosis(best, fisher=False) - 1) / 4 * ratio_**2
    )
    blocks = np.array_split(np.arange(80), 8)
    overfitted, losses, splits = 0, 0, 0
    for inside in combinations(range(8), 4):
        train = np.concatenate([blocks[i] for i in inside])
        test = np.concatenate([blocks[i] for i in range(8) if i not in inside])
        score = returns[:, train].mean(axis=1) / returns[:, train].std(axis=1, ddof=1)
        judge = returns[:, test].mean(axis=1) / returns[:, test].std(axis=1, ddof=1)
        chosen = np.argmax(score)
        omega = stats.rankdata(judge)[chosen] / 7
        overfitted += np.log(omega / (1 - omega)) <= 1e-12
        losses += returns[chosen, test].sum() < 0
        splits += 1
    write(
        "search",
        {
            "returns": returns,
            "sharpes": sharpes,
            "best": int(np.argmax(sharpes)),
            "threshold": threshold,
            "probability": stats.norm.cdf((ratio_ - threshold) * np.sqrt(82) / spread),
            "above0": stats.norm.cdf(ratio_ * np.sqrt(82) / spread),
            "splits": splits,
            "overfitting": overfitted / splits,
            "losses": losses / splits,
        },
    )


def survival():
    """Exact probabilities for days of -10 %, 0 and +10 % of the capital: the law, day by day."""
    days, shares = 21, [-1, -1, -1, 0, 0, 1, 1, 1, 1, 1] * 3
    odds = {step: shares.count(step) / len(shares) for step in (-1, 0, 1)}

    def hit(start, step, is_over):
        """Probability that a state is ever over; the others go on."""
        law, over = {start: 1.0}, 0.0
        for day in range(days):
            after = {}
            for state, p in law.items():
                for move, q in odds.items():
                    new = step(state, move, day)
                    if is_over(new):
                        over += p * q
                    else:
                        after[new] = after.get(new, 0.0) + p * q
            law = after
        return over

    def equity(state, move, day):
        return state + move

    def week(state, move, day):
        return (0 if day % 7 == 0 else state) + move

    def marked(state, move, day):
        return (state[0] + move, max(state[1], state[0] + move))

    def streak(state, move, day):
        return state + 1 if move < 0 else 0 if move > 0 else state

    def lost(state, move, day):
        return move

    write(
        "survival",
        {
            "days": days,
            "steps": shares,
            "ruin": hit(10, equity, lambda e: e <= 7),
            "weeklyLoss": hit(0, week, lambda w: w <= -3),
            "drawdown": hit((10, 10), marked, lambda s: s[1] - s[0] >= 0.35 * s[1]),
            "consecutiveLosses": hit(0, streak, lambda s: s >= 4),
            "singleTradeLoss": hit(0, lost, lambda s: s <= -1),
        },
    )


def nights():
    """What many nights are judged by: two ways of playing, folds of a walk forward, regimes."""
    rng = np.random.default_rng(21)
    names = [f"game {i:02}" for i in range(48)]
    # Games 0 to 39 in the first, 8 to 47 in the second: 32 of them are in both.
    rows = {"first": [], "second": []}
    for side, games in (("first", range(40)), ("second", range(8, 48))):
        for game in games:
            for value in rounded(rng.normal(0.3 if side == "first" else -0.1, 1, 1 + game % 3)):
                rows[side].append([names[game], value])
    columns = np.zeros((4, 48))
    for place, side in ((0, "first"), (2, "second")):
        for name, value in rows[side]:
            columns[place, names.index(name)] += value
            columns[place + 1, names.index(name)] += 1

    def difference(a, n, b, m, axis=-1):
        return ratio(a, n, axis) - ratio(b, m, axis)

    seed, resamples, level, clusters = 20261, 400, 0.95, 48
    generator = Xoshiro128(seed)
    distribution = []
    for _ in range(resamples):
        drawn = [generator.below(clusters) for _ in range(clusters)]
        distribution.append(difference(*(column[drawn] for column in columns)))
    tail = stats.norm.cdf(
        stats.t.ppf((1 - level) / 2, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    )
    ends = stats.bootstrap(
        tuple(columns),
        difference,
        n_resamples=0,
        paired=True,
        vectorized=True,
        method="BCa",
        confidence_level=1 - 2 * tail,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=np.array(distribution)),
    ).confidence_interval
    folds = []
    for days, splits, gap in [(12, 5, 0), (23, 4, 2), (61, 5, 1)]:
        splitter = TimeSeriesSplit(n_splits=splits, gap=gap)
        found = [[a.tolist(), b.tolist()] for a, b in splitter.split(np.arange(days))]
        folds.append({"days": days, "folds": splits, "gap": gap, "found": found})
    regimes = {"high": rounded(rng.normal(0.6, 1, 41)), "low": rounded(rng.normal(0, 1, 35))}
    regimes["middle"] = rounded(rng.normal(-0.35, 1, 38))
    p = [stats.ttest_1samp(values, 0).pvalue for values in regimes.values()]
    thirds = rounded(rng.normal(0, 1, 20))
    worse, weights = rounded(rng.normal(0.1, 1, 33)), rng.integers(1, 9, 33).astype(float)
    write(
        "nights",
        {
            **rows,
            "seed": seed,
            "resamples": resamples,
            "difference": difference(*columns),
            "low": ends.low,
            "high": ends.high,
            "folds": folds,
            "regimes": regimes,
            "p": p,
            "holm": multipletests(p, method="holm")[1],
            "benjaminiHochberg": multipletests(p, method="fdr_bh")[1],
            "thirds": {"values": thirds, "bounds": np.quantile(thirds, [1 / 3, 2 / 3])},
            "worse": worse,
            "weights": weights,
            "slippage": np.average(worse, weights=weights),
        },
    )


FAMILIES = [
    chance,
    distributions,
    moments,
    bootstrap,
    daily,
    market,
    results,
    fills,
    inference,
    calibration,
    recalibration,
    search,
    survival,
    nights,
]

if __name__ == "__main__":
    for family in FAMILIES:
        family()
        print(family.__name__)
