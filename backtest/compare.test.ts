import { describe, expect, it } from "vitest";
import {
  type ComparedEntry,
  type ComparedRun,
  type ComparedVerdict,
  compareRuns,
} from "./compare.ts";

const MINUTE = 60_000;
const entry = (change: Partial<ComparedEntry> = {}): ComparedEntry => ({
  eventTicker: "G",
  strategy: "model-edge",
  marketTicker: "G-NYK",
  side: "bid",
  at: 10 * MINUTE,
  price: 400_000,
  edge: 60_000,
  fairValue: 470_000,
  refusalCode: null,
  filled: 1_000,
  averagePrice: 400_000,
  ...change,
});
const verdict = (change: Partial<ComparedVerdict> = {}): ComparedVerdict => ({
  eventTicker: "G",
  strategy: "model-edge",
  at: 9 * MINUTE,
  code: "edge_below_threshold",
  edge: 40_000,
  mid: 405_000,
  model: 0.6,
  ...change,
});
const run = (
  entries: readonly ComparedEntry[],
  verdicts: readonly ComparedVerdict[] = [],
): ComparedRun => ({ entries, verdicts });
const classOf = (other: ComparedRun, own: readonly ComparedVerdict[] = [verdict()]) =>
  compareRuns(run([entry()], own), other, MINUTE).differences.find((one) => one.madeBy === "night");

describe("a night against its backtest", () => {
  it("takes entries for one that are the same bet within the tolerance, each once", () => {
    const night = run([entry(), entry({ eventTicker: "H", marketTicker: "H-BOS" })]);
    const backtest = run([
      entry({ at: 11 * MINUTE, averagePrice: 410_000 }),
      entry({ at: 10 * MINUTE + 1 }),
      entry({ eventTicker: "H", marketTicker: "H-BOS", at: 11 * MINUTE + 1 }),
    ]);
    const { agreed, differences, share } = compareRuns(night, backtest, MINUTE);
    // The nearest of two is the one; the other is the backtest's alone.
    expect(agreed.map(({ laterMs, priceGap }) => [laterMs, priceGap])).toEqual([[1, 0]]);
    expect(differences.map((one) => one.madeBy)).toEqual(["night", "backtest", "backtest"]);
    expect(share).toBe(1 / 4);
  });

  it.each([
    ["arrival", run([entry({ at: 12 * MINUTE })])],
    ["queue", run([entry({ filled: 0, averagePrice: null })])],
    ["risk", run([entry({ filled: 0, refusalCode: "between_trades" })])],
    ["other-choice", run([entry({ marketTicker: "G-BOS" })])],
    ["path", run([], [verdict({ code: "no_reentry" })])],
    ["paused", run([], [verdict({ code: "entries_paused" })])],
    ["feeds", run([], [verdict({ code: "clock_stale" })])],
    ["feeds", run([], [verdict({ model: 0.61 })])],
    ["latency", run([], [verdict({ code: "market_moving" })])],
    ["latency", run([], [verdict({ mid: 420_000 })])],
    ["threshold", run([], [verdict()])],
    ["not-watched", run([], [verdict({ eventTicker: "H" })])],
  ] as const)("explains a lone entry by %s", (kind, other) => {
    expect(classOf(other)?.class).toBe(kind);
  });

  it("explains by what the other said last before the entry, with the numbers of both", () => {
    const other = run(
      [],
      [
        verdict({ at: 8 * MINUTE, code: "before_window" }),
        verdict({ at: 9.5 * MINUTE, edge: 49_000 }),
        verdict({ at: 20 * MINUTE, code: "no_reentry" }),
      ],
    );
    expect(classOf(other)).toMatchObject({
      class: "threshold",
      code: "edge_below_threshold",
      numbers: {
        edgeHere: 60_000,
        edgeThere: 49_000,
        midGap: 0,
        modelGap: 0,
        verdictAgeMs: 30_000,
      },
    });
  });

  it("says not enough data below 40 entries of the night, and else what the share says", () => {
    const many = (n: number) =>
      Array.from({ length: n }, (_, nr) =>
        entry({ eventTicker: String(nr), marketTicker: `${String(nr)}-NYK` }),
      );
    const verdictOf = (night: number, backtest: number) =>
      compareRuns(run(many(night)), run(many(backtest)), MINUTE).verdict;
    expect(verdictOf(39, 39)).toBe("not-enough-data");
    expect(verdictOf(0, 0)).toBe("not-enough-data");
    expect(verdictOf(40, 40)).toBe("agrees");
    // 40 of 42 are 95.2 %, 40 of 43 are 93.0 %.
    expect(verdictOf(40, 42)).toBe("agrees");
    expect(verdictOf(40, 43)).toBe("differs");
  });
});
