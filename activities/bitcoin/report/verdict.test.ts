import { expect, it } from "vitest";
import type { HorizonScore } from "../../../core/scoring/btc-horizons.ts";
import { correctedLevel, judge } from "./verdict.ts";

const ABLE = { clusters: 40, lack: null } as const;

function scoreOf(
  minutesToClose: HorizonScore["minutesToClose"],
  difference: Partial<HorizonScore["difference"]>,
  n = 100,
): HorizonScore {
  return {
    series: "KXBTC15M",
    minutesToClose,
    n,
    brier: { model: 0.2, market: 0.21 },
    logLoss: { model: 0.6, market: 0.61 },
    difference: { mean: -0.01, ci95: [-0.02, 0.001], ...ABLE, ...difference },
  };
}

const trades = { filled: 3, netMicros: -1_230_000 };
const dates = { from: "2026-05-05", to: "2026-05-11" } as const;

/** The same comparisons before and after the correction. */
function verdictOf(corrected: readonly HorizonScore[], scores = corrected): string {
  return judge({ scores, corrected, trades, ...dates }).verdict;
}

it("asks more of each interval the more comparisons have data", () => {
  // Four horizons of which one is empty: 1 - 5 % / 3.
  const scores = [scoreOf(10, {}), scoreOf(5, {}), scoreOf(2, {}), scoreOf(1, {}, 0)];
  expect(correctedLevel(scores)).toBeCloseTo(1 - 0.05 / 3, 12);
  expect(correctedLevel([])).toBe(0.95);
});

it("finds an edge only where a corrected interval lies wholly below 0", () => {
  expect(verdictOf([scoreOf(5, { ci95: [-0.03, -0.001] })])).toBe("edge");
  expect(verdictOf([scoreOf(5, { ci95: [-0.03, 0] })])).toBe("no_edge");
  // Below 0 at 95 %, no longer after the correction.
  const plain = [scoreOf(5, { ci95: [-0.03, -0.001] })];
  expect(verdictOf([scoreOf(5, { ci95: [-0.04, 0.004] })], plain)).toBe("no_edge");
});

it("finds no edge in an interval of few hours, however clear it is", () => {
  const few = scoreOf(5, { ci95: [-0.09, -0.05], clusters: 29, lack: "too_few_clusters" });
  const { verdict, evidence } = judge({ scores: [few], corrected: [few], trades, ...dates });
  expect(verdict).toBe("not_enough_data");
  expect(evidence).toContain("the most is 29");
  expect(verdictOf([])).toBe("not_enough_data");
});

it("says worse where an interval lies wholly above 0, and no edge where both are found", () => {
  const worse = scoreOf(10, { mean: 0.02, ci95: [0.01, 0.03] });
  expect(verdictOf([worse, scoreOf(5, {})])).toBe("worse");
  expect(verdictOf([worse, scoreOf(5, { ci95: [-0.03, -0.01] })])).toBe("no_edge");
});

it("states the profit after fees beside every verdict", () => {
  const scores = [scoreOf(1, { ci95: [-0.03, -0.01] })];
  const { evidence } = judge({ scores, corrected: scores, trades, ...dates });
  expect(evidence).toContain("3 would-trades filled, net -1.230000 USD after fees");
  expect(evidence).toContain("known to be too narrow");
  expect(evidence).toContain("closes of 2026-05-05 to 2026-05-11, 1 comparisons");
});
