"""python -m unittest discover -s tools/train (in the environment of requirements.txt); a few seconds."""

import io
import json
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pandas as pd

import fees
import folds
import labels
import leakage
import metrics
import policy
import synthetic
import table

HERE = Path(__file__).parent


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def csv(self, frame):
        path = Path(self.folder.name) / "features.csv"
        frame.to_csv(path, index=False)
        return str(path)

    def run_training(self, frame, *extra):
        out = Path(self.folder.name) / "artifact"
        done = subprocess.run(
            [sys.executable, str(HERE / "train.py"), "--data", self.csv(frame), "--out", str(out), "--name", "test",
             "--described", "invented nights", "--trained-at", "2026-11-29T00:00:00Z", "--feature-set", "features-1",
             "--folds", "2", "--iterations", "40", "--threads", "1", *extra],
            capture_output=True, text=True, check=False)
        return done, out


class Tables(Folder):
    def test_reads_what_it_writes(self):
        data = table.read(self.csv(synthetic.nights(dates=3)))
        self.assertEqual(data.features, synthetic.FEATURES)
        self.assertEqual((len(data.frame), len(data.games)), (3 * 3 * 60, 9))
        # 2025-11-25 00:00 UTC is the evening of the 24th in the East.
        self.assertEqual(sorted(data.games["date"].unique()), ["2025-11-24", "2025-11-25", "2025-11-26"])

    def test_knows_what_it_was_made_of(self):
        frame = synthetic.nights(dates=3)
        data = table.read(self.csv(frame))
        self.assertEqual((data.kind, data.seeds), ("world", [100, 101, 102]))
        # A seed of which no row is learned from is known all the same.
        frame.loc[frame["source"] == "world:101", "label_settled"] = np.nan
        self.assertEqual(table.read(self.csv(frame)).seeds, [100, 101, 102])
        recorded = table.read(self.csv(frame.assign(source="recording")))
        self.assertEqual((recorded.kind, recorded.seeds), ("recording", []))

    def test_reads_rows_in_play_only(self):
        frame = synthetic.nights(dates=2)
        # The first game shows a score from its tenth row on; the others none, and tip with their fifth row.
        scored = frame["game_id"] == frame["game_id"].iloc[0]
        place = frame.groupby("game_id").cumcount()
        frame.insert(8, "game_period", np.where(scored & (place >= 10), 1.0, np.nan))
        frame.insert(9, "game_seconds_to_tip", (5 - place) * 60.0)
        data = table.read(self.csv(frame), 600)
        self.assertEqual(data.frame.groupby("game_id").size().tolist(), [50, 45, 45, 45, 45, 45])
        self.assertEqual(data.dropped["not in play"], 10 + 5 * 15)

    def test_refuses_with_the_place(self):
        def changed(column, value, row=4):
            frame = synthetic.nights(dates=2).astype({column: object})
            frame.loc[row, column] = value
            return frame

        cases = [
            (changed("knownAt_ms", synthetic.START_MS * 2), "line 6: knownAt_ms is after instant_ms"),
            (changed("yes_ask", 1.4), "line 6: yes_ask is outside 0 to 1 USD"),
            (changed("source", "worlds"), "line 6: source is neither recording nor world:SEED"),
            (changed("source", None), "line 6: source is neither"),
            (changed("source", "recording"), "rows of worlds and of recordings together"),
            (changed("label_settled", 0.5), "line 6: label_settled is not 0 or 1"),
            (changed("yes_bid", 1), "line 6: yes_bid is above yes_ask"),
            (changed("noise", "much"), "column noise holds something that is no number"),
            (changed("label_settled", 1 - synthetic.nights(dates=2).loc[4, "label_settled"]), "settles both ways"),
            (pd.concat([synthetic.nights(dates=1)] * 2), "are there twice"),
            (synthetic.nights(dates=1).drop(columns="mid"), "expected the columns"),
            (synthetic.nights(dates=1).iloc[:0], "has no rows"),
        ]
        for frame, reason in cases:
            with self.subTest(reason), self.assertRaisesRegex(table.BadTable, reason):
                table.read(self.csv(frame))


class Labels(unittest.TestCase):
    def frame(self, bids, settled):
        count = len(bids)
        return pd.DataFrame({
            "market": ["m"] * count, "instant_ms": np.arange(count) * 60_000, "yes_bid": bids,
            "label_settled": [settled] * count, "seconds_to_close": np.arange(count, 0, -1) * 60.0})

    def test_fees_are_those_of_the_venue(self):
        # 7 % of 0.5 * 0.5 is 1.75 cents; of 0.01 * 0.99 0.0693, rounded up to a hundredth of a cent.
        self.assertEqual([round(float(fees.taker_fee(p)), 6) for p in (50, 1, 0, 100)], [1.75, 0.07, 0, 0])

    def test_holding_is_better_while_selling_would_bring_more_than_now(self):
        # From 50: 55 and 70 stand a minute each, 40 does not count, nor does the settlement at 0.
        found = labels.holding(self.frame([50, 55, 70, 40], 0), 1800)
        self.assertEqual(found.seconds.tolist(), [120, 60, 0, 0])

    def test_settlement_pays_no_fee_and_stands_to_the_horizon(self):
        # 100 at the close beats 99.93 of selling at 99 less its fee.
        self.assertEqual(labels.holding(self.frame([98, 99], 1), 1800).seconds.tolist(), [1800 - 60, 1800 - 60])

    def test_nothing_beyond_the_horizon_counts(self):
        # What is shown at its very end stands for no time of it.
        found = labels.holding(self.frame([50, 40, 90, 1], 0), 60)
        self.assertEqual(found.seconds.tolist(), [0, 0, 0, 0])
        self.assertEqual(labels.holding(self.frame([50, 40, 90, 1], 0), 90).seconds.tolist(), [0, 30, 0, 0])

    def test_selling_gains_over_the_value_at_the_horizons_end(self):
        net = lambda price: price - float(fees.taker_fee(price))
        gains = labels.holding(self.frame([50, 40, 90], 1), 60).gain_cents
        for gain, expected in zip(gains, [net(50) - net(40), net(40) - net(90), net(90) - 100]):
            self.assertAlmostEqual(gain, expected)

    def test_nobody_to_sell_to_is_no_label_and_worth_nothing(self):
        found = labels.holding(self.frame([np.nan, 5, np.nan], 0), 60)
        self.assertTrue(np.isnan(found.seconds[0]) and np.isnan(found.gain_cents[2]))
        self.assertEqual(found.seconds[1], 0)
        self.assertAlmostEqual(found.gain_cents[1], 5 - float(fees.taker_fee(5)))


class Folds(unittest.TestCase):
    def games(self, dates=10):
        day = 86_400_000
        return pd.DataFrame({
            "date": [f"2026-01-{n + 1:02}" for n in range(dates)], "first": [n * day for n in range(dates)],
            "last": [n * day + day // 4 for n in range(dates)]}, index=[f"g{n}" for n in range(dates)])

    def test_learns_only_from_what_had_ended(self):
        games = self.games()
        for fold in folds.walk_forward(games, 3, 0.4, 0):
            self.assertLess(games.loc[fold.train, "last"].max(), games.loc[fold.test, "first"].min())
            self.assertFalse(set(fold.train) & set(fold.test))

    def test_tests_every_later_date_once_in_sequence(self):
        tested = [game for fold in folds.walk_forward(self.games(), 3, 0.4, 0) for game in fold.test]
        self.assertEqual(tested, [f"g{n}" for n in range(4, 10)])

    def test_purges_a_game_that_reaches_into_the_test(self):
        games = self.games()
        games.loc["g3", "last"] = games.loc["g4", "first"] + 1
        self.assertEqual(folds.walk_forward(games, 3, 0.4, 0)[0].purged, ["g3"])

    def test_embargo_keeps_a_distance(self):
        # A game ends 18 hours before the next begins.
        hour = 3_600_000
        self.assertEqual(folds.walk_forward(self.games(), 3, 0.4, 17 * hour)[0].purged, [])
        self.assertEqual(folds.walk_forward(self.games(), 3, 0.4, 18 * hour)[0].purged, ["g3"])

    def test_too_few_dates_are_refused(self):
        with self.assertRaises(folds.TooFewDates):
            folds.walk_forward(self.games(3), 3, 0.5, 0)


class Metrics(unittest.TestCase):
    def test_empty_is_null(self):
        self.assertIsNone(metrics.mean([], [], "none")["value"])
        self.assertIsNone(metrics.auc(np.ones(3), np.ones(3), ["a", "b", "c"], "one class")["value"])
        self.assertIsNone(metrics.of_trades([], "none")["total_net_cents"])

    def test_few_games_are_not_trusted(self):
        games = np.repeat([f"g{n}" for n in range(29)], 5)
        few = metrics.mean(np.arange(145.0), games, "x")
        self.assertEqual((few["trusted"], few["low"], few["high"]), (False, None, None))

    def test_interval_grows_with_rows_of_the_same_game(self):
        values = np.random.default_rng(1).normal(size=40)
        single = metrics.mean(values, np.arange(40), "x")
        copied = metrics.mean(np.repeat(values, 50), np.repeat(np.arange(40), 50), "x")
        self.assertAlmostEqual(single["low"], copied["low"], places=6)


    def test_the_interval_is_that_of_the_core(self):
        """Of the references that the core's own bootstrap is tested with: scipy's BCa, with the expanded tails."""
        reference = json.loads((HERE / "../../test/references/bootstrap.json").read_text())
        found = metrics.interval(reference["distribution"], reference["observed"], np.array(reference["jackknife"]))
        np.testing.assert_allclose(metrics.expanded_tail(32), reference["expandedTail"], rtol=1e-9)
        np.testing.assert_allclose(found, reference["expandedBca"], rtol=1e-9)

    def test_no_interval_where_all_games_agree_or_resamples_have_no_figure(self):
        alike = metrics.mean(np.ones(40), np.arange(40), "x")
        self.assertEqual((alike["value"], alike["trusted"], alike["low"]), (1, False, None))
        # YES settles in one game of thirty: a third of the resamples have no curve.
        label = (np.arange(30) == 0).astype(float)
        lone = metrics.auc(label, np.random.default_rng(1).random(30), np.arange(30), "x")
        self.assertEqual((lone["trusted"], lone["low"]), (False, None))

    def test_an_auc_is_resampled_a_thousand_times_and_covers_itself(self):
        self.assertGreaterEqual(metrics.AUC_RESAMPLES, 1_000)
        chance = np.random.default_rng(4)
        games, label = np.repeat(np.arange(40), 5), np.tile([0.0, 1, 0, 1, 0], 40)
        found = metrics.auc(label, label + chance.normal(size=200), games, "x")
        self.assertTrue(found["low"] < found["value"] < found["high"])
        self.assertGreater(found["low"], 0.5)

    def test_an_interval_covers_the_truth_in_92_to_98_of_100_samples(self):
        """Of thirty games with one skewed result each, mean 1: the plain percentile interval covers 91 of 100."""
        chance, covered = np.random.default_rng(1_030), 0
        for sample in range(1_000):
            found = metrics.mean(chance.exponential(size=30), np.arange(30), "x", seed=sample)
            covered += found["low"] <= 1 <= found["high"]
        self.assertGreaterEqual(covered / 1_000, 0.92)
        self.assertLessEqual(covered / 1_000, 0.98)


class Policies(unittest.TestCase):
    def frame(self):
        return pd.DataFrame({
            "game_id": ["g"] * 4, "market": ["m"] * 4, "instant_ms": np.arange(4) * 60_000,
            "yes_bid": [59.0, 49, 69, 79], "yes_ask": [61.0, 51, 71, 81], "mid": [60.0, 50, 70, 80], "tradable": True,
            "label_settled": [0] * 4, "seconds_to_close": [240.0, 180, 120, 60]})

    def trade(self, probability, leaves=None, **rules):
        found = policy.trades(self.frame(), np.array(probability), leaves, policy.Rules(**{"trust": 1.0, **rules}))
        self.assertEqual(len(found), 1)
        return found[0]

    def test_enters_once_and_pays_both_fees(self):
        # Bought at 51 with a fee of 1.75, sold at 79 with one of 1.17; the first row's chance was too low.
        found = self.trade([0.5, 0.7, 0.9, 0.9], np.array([False, True, False, True]))
        self.assertAlmostEqual(found.net_cents, 79 - 1.17 - 51 - 1.75)
        self.assertEqual((found.exit, found.seconds), ("exit model", 120))

    def test_holds_to_settlement_without_an_exit(self):
        found = self.trade([0.5, 0.7, 0.9, 0.9])
        self.assertAlmostEqual(found.net_cents, -51 - 1.75)
        self.assertEqual(found.seconds, 180)

    def test_stop_and_profit_come_before_the_exit_model(self):
        never = np.zeros(4, dtype=bool)
        self.assertEqual(self.trade([0.7, 0, 0, 0], ~never, stop_loss_cents=12, min_edge_cents=0).exit, "stop loss")
        self.assertEqual(self.trade([0, 0.7, 0, 0], ~never, take_profit_cents=10).exit, "take profit")
        self.assertEqual(self.trade([0, 0.7, 0, 0], never, take_profit_cents=10).seconds, 60)

    def test_no_entry_without_an_edge_or_out_of_bounds(self):
        frame = self.frame()
        entered = lambda more=frame, **rules: policy.trades(more, np.array([0.64, 0, 0, 0]), None, policy.Rules(**rules))
        # 64 - 61 - 1.67 pays; 0.7 of the way from a mid of 60 to it does not, nor does 62.
        self.assertEqual(len(entered(trust=1.0)), 1)
        self.assertEqual(entered(trust=0.7), [])
        self.assertEqual(entered(trust=1.0, min_edge_cents=1.4), [])
        self.assertEqual(entered(trust=1.0, max_price_cents=59), [])
        self.assertEqual(entered(frame.assign(game_seconds_left=239.0), trust=1.0), [])

    def test_the_least_hold_is_of_rows_in_which_selling_paid(self):
        chance = np.random.default_rng(4)
        games = np.repeat([f"g{n}" for n in range(40)], 50)
        hold = chance.uniform(100, 600, len(games))
        noise = chance.normal(size=len(games))
        found = policy.least_hold(hold, np.where(hold < 150, 3.0, -1.0) + noise, games)
        self.assertTrue(140 < found <= 160, found)
        # Where holding is better throughout, and where there is but one game, it never sells.
        self.assertEqual(policy.least_hold(hold, noise - 1, games), 0)
        self.assertEqual(policy.least_hold(hold[:50], noise[:50] + 5, games[:50]), 0)


class Leakage(Folder):
    def test_honest_features_are_no_suspects(self):
        frame = synthetic.nights(dates=20)
        self.assertEqual(leakage.report(frame, synthetic.FEATURES)["suspects"], [])

    def test_a_planted_future_is_found(self):
        frame = synthetic.nights(dates=20)
        later = frame.groupby("market")["mid"].shift(-5)
        result = frame["label_settled"] + np.random.default_rng(3).normal(size=len(frame))
        planted = frame.assign(later=later, result=result, same=frame["label_settled"].astype(float))
        found = leakage.report(planted, [*synthetic.FEATURES, "later", "result", "same"])
        self.assertEqual([suspect["feature"] for suspect in found["suspects"]], ["later", "result", "same"])

    def test_nothing_is_trained_on_it(self):
        frame = synthetic.nights(dates=16)
        frame["momentum"] = frame.groupby("market")["mid"].shift(-5)
        done, out = self.run_training(frame)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("momentum: ", done.stderr)
        self.assertFalse(out.exists())


class Training(Folder):
    def test_finds_an_edge_that_is_there_and_writes_all_of_it(self):
        done, out = self.run_training(synthetic.nights(dates=40, edge=2.0), "--iterations", "300")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("step 6 of 6", done.stdout)
        card, manifest = (json.loads((out / name).read_text()) for name in ("card.json", "manifest.json"))
        self.assertGreater(card["metrics"]["entry"]["auc_gain"]["low"], 0)
        self.assertEqual(set(manifest["files"]), {path.name for path in out.iterdir()} - {"manifest.json"})
        self.assertEqual(len(json.loads((out / "samples.json").read_text())["entry"]), 200)
        self.assertIn("trading outside simulation", (out / "card.md").read_text())
        self.assertEqual((manifest["source"]["kind"], manifest["source"]["seeds"]), ("world", list(range(100, 140))))
        self.assertEqual(manifest["rules"]["trust"], 0.7)
        self.assertIn("leaves", (out / "card.md").read_text())

    def test_finds_none_where_the_price_is_fair_and_writes_the_same_bytes_again(self):
        done, out = self.run_training(synthetic.nights(dates=30))
        self.assertEqual(done.returncode, 0, done.stderr)
        gain = json.loads((out / "card.json").read_text())["metrics"]["entry"]["auc_gain"]
        self.assertLess(gain["low"], 0)
        before = (out / "manifest.json").read_bytes()
        out.rename(out.with_name("first"))
        again, _ = self.run_training(synthetic.nights(dates=30))
        self.assertEqual(again.returncode, 0, again.stderr)
        first, second = json.loads(before), json.loads((out / "manifest.json").read_bytes())
        # CatBoost writes its own time and a random id into its file.
        for manifest in (first, second):
            del manifest["files"]["entry.json"]
        self.assertEqual(first, second)

    def test_an_artifact_is_never_written_over(self):
        (Path(self.folder.name) / "artifact").mkdir()
        done, _ = self.run_training(synthetic.nights(dates=1))
        self.assertEqual(done.returncode, 2)
        self.assertIn("is there already", done.stderr)

    def test_too_little_is_refused(self):
        done, out = self.run_training(synthetic.nights(dates=2))
        self.assertEqual(done.returncode, 2)
        self.assertIn("dates are too few", done.stderr)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    with redirect_stderr(io.StringIO()):
        unittest.main()
