"""Trains the entry and the exit model, judges them walk-forward, and writes an artifact with its card."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

import artifact
import fit
import folds
import labels
import leakage
import metrics
import policy
import table

EXIT_SUSPECT, EXIT_BAD_INPUT = 3, 2
HOUR_MS = 3_600_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="CSV of `tipoff features export`")
    parser.add_argument("--out", required=True, help="folder of the artifact; it must not be there yet")
    parser.add_argument("--name", required=True)
    parser.add_argument("--described", required=True, help="the source in words, for the card")
    parser.add_argument("--feature-set", required=True, help="version of what the features mean")
    parser.add_argument("--trained-at", required=True, help="ISO instant")
    parser.add_argument("--commit", default="unknown", help="of the code that made the features")
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--first-share", type=float, default=0.5, help="share of the dates that is never tested")
    parser.add_argument("--embargo-hours", type=float, default=12.0)
    for name, value in asdict(policy.Rules()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, default=value, help="as the strategy's settings")
    parser.add_argument("--tip-delay-seconds", type=float, default=600.0, help="without a score a game is played from then on")
    parser.add_argument("--horizon-seconds", type=float, default=900.0)
    parser.add_argument("--iterations", type=int, default=400)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


class Steps:
    def __init__(self, count):
        self.count, self.done = count, 0

    def next(self, what):
        self.done += 1
        print(f"step {self.done} of {self.count}: {what}", flush=True)


def rows_of(frame, games):
    return frame[frame["game_id"].isin(games)].reset_index(drop=True)


def test_fold(data, fold, settings, rules, options):
    """Learns before the fold and predicts in it. Figures come from these predictions only."""
    learned, tested = rows_of(data.frame, fold.train), rows_of(data.frame, fold.test)
    before = data.games.loc[fold.train]
    entries = learned[learned["tradable"]].reset_index(drop=True)
    label = labels.winner(entries)
    if len(np.unique(label)) < 2:
        raise folds.TooFewDates("the games before a fold all settle the same way")
    entry = fit.fit_entry(entries, data.features, label, before, settings)
    holding = labels.holding(learned, options.horizon_seconds)
    leave = fit.fit_exit(learned, data.features, holding, before, settings, rules)
    values = tested[data.features].to_numpy()
    market = fit.fit_market(entries, label)
    priced = tested.assign(mid=tested["mid"].fillna(50.0))
    return tested.assign(
        probability=entry.predict_proba(values)[:, 1], market_probability=market.predict_proba(fit.log_odds(priced))[:, 1],
        hold=leave.model.predict(values), leaves=leave.leaves(values), least_hold=leave.least_hold,
        hold_typical=float(np.nanmedian(holding.seconds)))


def dealt_control(data, fold, settings):
    """Outcomes dealt to other markets can be learned only where what is tested is also learned from."""
    frame = data.frame.assign(label_settled=leakage.deal_labels(data.frame, settings.seed))
    learned, tested = rows_of(frame, fold.train), rows_of(frame, fold.test)
    entries = learned[learned["tradable"]].reset_index(drop=True)
    model = fit.fit_entry(entries, data.features, labels.winner(entries), data.games.loc[fold.train], settings)
    figure = metrics.auc(
        labels.winner(tested), model.predict_proba(tested[data.features].to_numpy())[:, 1],
        tested["game_id"].to_numpy(), "AUC on the last fold, all outcomes dealt to other markets")
    return leakage.dealt_verdict(figure)


def judged(tested, rules, horizon_seconds):
    """All figures, of rows that no model had learned from."""
    traded = tested[tested["tradable"]]
    label, games = labels.winner(traded), traded["game_id"].to_numpy()
    model, market = tested["probability"].to_numpy(), tested["market_probability"].to_numpy()
    leaves, holding = tested["leaves"].to_numpy(), labels.holding(tested, horizon_seconds)
    held = policy.tradable_price(tested, rules)
    return {
        "entry": metrics.of_entry(
            label, traded["probability"].to_numpy(), traded["market_probability"].to_numpy(), games),
        "exit": metrics.of_exit(
            holding, tested["hold"].to_numpy(), leaves, held, tested["hold_typical"].to_numpy(), tested["game_id"].to_numpy()),
        "least_holds": sorted({float(value) for value in tested["least_hold"]}),
        "trades": {
            "model": metrics.of_trades(policy.trades(tested, model, leaves, rules), "entry and exit model"),
            "model_held": metrics.of_trades(policy.trades(tested, model, None, rules), "entry model, no exit model"),
            "market": metrics.of_trades(policy.trades(tested, market, None, rules), "the market's price alone, same rule")}}


def train(options):
    steps = Steps(options.folds + 4)
    steps.next(f"read {options.data}")
    data = table.read(options.data, options.tip_delay_seconds)
    settings = fit.Settings(
        iterations=options.iterations, depth=options.depth, threads=options.threads, seed=options.seed,
        embargo_ms=int(options.embargo_hours * HOUR_MS))
    rules = policy.Rules(**{name: getattr(options, name) for name in asdict(policy.Rules())})
    parts = folds.walk_forward(data.games, options.folds, options.first_share, settings.embargo_ms)
    steps.next(f"look for leaks in {len(data.features)} features of {len(data.games)} games")
    leaks = leakage.report(data.frame, data.features)
    leaks["dealt_labels"] = dealt_control(data, parts[-1], settings)
    if leaks["suspects"] or leaks["dealt_labels"]["suspect"]:
        return refuse(leaks)
    tested = []
    for number, fold in enumerate(parts, start=1):
        steps.next(f"fold {number}: learn from {len(fold.train)} games, test {len(fold.test)}, {len(fold.purged)} purged")
        tested.append(test_fold(data, fold, settings, rules, options))
    steps.next("learn from all games")
    entries = data.frame[data.frame["tradable"]].reset_index(drop=True)
    entry = fit.fit_entry(entries, data.features, labels.winner(entries), data.games, settings)
    holding = labels.holding(data.frame, options.horizon_seconds)
    leave = fit.fit_exit(data.frame, data.features, holding, data.games, settings, rules)
    steps.next(f"write {options.out}")
    figures = judged(pd.concat(tested, ignore_index=True), rules, options.horizon_seconds)
    artifact.write(
        Path(options.out), data, (entry, leave),
        {"options": options, "rules": rules, "folds": parts, "figures": figures, "leakage": leaks, "balance": balances(data, parts)})
    return 0


def balances(data, parts):
    return {
        "all": leakage.balance(data.frame),
        "folds": [
            {"train": leakage.balance(rows_of(data.frame, fold.train)), "test": leakage.balance(rows_of(data.frame, fold.test))}
            for fold in parts]}


def refuse(leaks):
    print("refused: features that know what comes; nothing was written", file=sys.stderr)
    for suspect in leaks["suspects"]:
        print(f"  {suspect['feature']}: {'; '.join(suspect['reasons'])}", file=sys.stderr)
    if leaks["dealt_labels"]["suspect"]:
        print(f"  labels of other games can be learned: AUC {leaks['dealt_labels']['auc']['value']}", file=sys.stderr)
    return EXIT_SUSPECT


def main():
    options = arguments()
    if Path(options.out).exists():
        print(f"{options.out}: is there already; an artifact is never written over", file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        return train(options)
    except (table.BadTable, folds.TooFewDates, OSError) as error:
        print(str(error), file=sys.stderr)
        return EXIT_BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
