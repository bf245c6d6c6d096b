import { describe, expect, it } from "vitest";
import { compareRuns, pooled } from "./compare.ts";
import type { ComparedOrder, ComparedRun, ComparedVerdict, Sight } from "./compared.ts";

const MINUTE = 60_000;
const AT = 10 * MINUTE;
const entry = (change: Partial<ComparedOrder> = {}): ComparedOrder => ({
  ...{ eventTicker: "G", strategy: "model-edge", purpose: "entry", exitType: null },
  ...{ marketTicker: "G-NYK", side: "bid", at: AT, proposedAt: change.at ?? AT },
  ...{ price: 400_000, count: 1_000, edge: 60_000, fairValue: 470_000 },
  ...{ bid: 390_000, ask: 400_000, model: 0.6 },
  ...{ refusalCode: null, filled: 1_000, firstFillAt: AT + 500, averagePrice: 400_000 },
  ...change,
});
const exit = (change: Partial<ComparedOrder> = {}): ComparedOrder =>
  entry({ purpose: "exit", exitType: "lock", side: "ask", at: 20 * MINUTE, ...change });
const verdict = (change: Partial<ComparedVerdict> = {}): ComparedVerdict => ({
  ...{ eventTicker: "G", strategy: "model-edge", at: 9 * MINUTE },
  ...{ code: "edge_below_threshold", edge: 40_000 },
  ...change,
});
const sight = (change: Partial<Sight> = {}): Sight => ({
  ...{ marketTicker: "G-NYK", at: AT - MINUTE, bid: 390_000, ask: 400_000, model: 0.6 },
  ...change,
});
const run = (
  orders: readonly ComparedOrder[],
  verdicts: readonly ComparedVerdict[] = [],
  sights: readonly Sight[] = [sight()],
): ComparedRun => ({ orders, verdicts, sights });
const many = (count: number, from = 0): readonly ComparedOrder[] =>
  Array.from({ length: count }, (_, index) => {
    const eventTicker = String(from + index);
    return entry({ eventTicker, marketTicker: `${eventTicker}-NYK` });
  });

describe("a night against its backtest", () => {
  it("takes decisions for one that are the same bet within the tolerance, each once", () => {
    const night = run([entry(), entry({ eventTicker: "H", marketTicker: "H-BOS" })]);
    const backtest = run([
      entry({ at: AT + MINUTE, averagePrice: 410_000 }),
      entry({ at: AT + 1, filled: 900 }),
      entry({ eventTicker: "H", marketTicker: "H-BOS", at: AT + MINUTE + 1 }),
    ]);
    const { agreed, differences, share } = compareRuns(night, backtest, MINUTE).entries;
    // The nearest of two is the one; the other is the backtest's alone; a minute and more is too late.
    expect(agreed.map(({ laterMs, priceGap, countGap }) => [laterMs, priceGap, countGap])).toEqual([
      [1, 0, -100],
    ]);
    expect(differences.map((one) => one.madeBy).sort()).toEqual(["backtest", "both"]);
    expect(share).toBe(1 / 3);
  });

  it("calls a bet that came later an arrival, with the reason why it did not come at the earlier time", () => {
    const late = entry({ at: AT + 2 * MINUTE });
    const backtest = run([late], [verdict({ code: "cooling_down" })]);
    const { differences } = compareRuns(run([entry()]), backtest, MINUTE).entries;
    expect(differences).toMatchObject([
      {
        madeBy: "both",
        class: "arrival",
        code: "cooling_down",
        order: { at: AT },
        numbers: { laterMs: 2 * MINUTE },
      },
    ]);
    // Much later it is another bet, and both have to be explained.
    const muchLater = run([entry({ at: AT + 11 * MINUTE })], [verdict()]);
    const far = compareRuns(run([entry()]), muchLater, MINUTE).entries.differences;
    expect(far.map((one) => one.madeBy)).toEqual(["night", "backtest"]);
  });

  it.each([
    ["queue", run([entry({ filled: 0, averagePrice: null })])],
    ["risk", run([entry({ filled: 0, refusalCode: "between_trades" })])],
    ["path", run([], [verdict({ code: "no_reentry" })])],
    ["paused", run([], [verdict({ code: "entries_paused" })])],
    ["feeds", run([], [verdict({ code: "clock_stale" })])],
    ["feeds", run([], [verdict()], [sight({ model: 0.61 })])],
    ["latency", run([], [verdict({ code: "market_moving" })])],
    ["latency", run([], [verdict()], [sight({ ask: 410_000 })])],
    ["latency", run([], [verdict()], [])],
    ["threshold", run([], [verdict()])],
    ["not-watched", run([], [verdict({ eventTicker: "H" })])],
  ] as const)("explains a lone entry by %s", (kind, backtest) => {
    const { differences } = compareRuns(run([entry()]), backtest, MINUTE).entries;
    expect(differences.map((one) => one.class)).toEqual([kind]);
  });

  it("explains two entries in the two markets of a game by the other choice, each by the other", () => {
    const backtest = run([entry({ marketTicker: "G-BOS", at: AT + MINUTE })]);
    const { differences } = compareRuns(run([entry()]), backtest, MINUTE).entries;
    expect(differences).toMatchObject([
      { madeBy: "night", class: "other-choice", code: "G-BOS", numbers: { laterMs: MINUTE } },
      { madeBy: "backtest", class: "other-choice", code: "G-NYK", numbers: { laterMs: -MINUTE } },
    ]);
  });

  it("asks what the other said when it saw the same prices, with what both saw", () => {
    const backtest = run(
      [],
      [
        verdict({ at: 8 * MINUTE, code: "before_window" }),
        verdict({ at: AT + 5_000, edge: 49_000 }),
        verdict({ at: 20 * MINUTE, code: "no_reentry" }),
      ],
      [sight({ bid: 380_000, ask: 390_000 }), sight({ at: AT + 5_000, model: 0.601 })],
    );
    const { differences } = compareRuns(run([entry()]), backtest, MINUTE).entries;
    expect(differences).toMatchObject([
      {
        class: "threshold",
        code: "edge_below_threshold",
        numbers: {
          ...{ edgeHere: 60_000, edgeThere: 49_000, seenLaterMs: 5_000, saidForMs: 0 },
          ...{ bidHere: 390_000, askHere: 400_000, bidThere: 390_000, askThere: 400_000 },
        },
      },
    ]);
  });

  it("compares exits, and explains one without the entry that it would leave", () => {
    const night = run([entry(), exit()]);
    const same = compareRuns(night, run([entry(), exit({ at: 20 * MINUTE + 900 })]), MINUTE);
    expect(same.exits).toMatchObject({ share: 1, differences: [] });
    const { exits } = compareRuns(night, run([], [verdict()]), MINUTE);
    expect(exits.differences).toMatchObject([{ class: "path", code: "nothing_held" }]);
    // Held there too: the price was another.
    const held = run([entry()], [verdict({ code: "hold" })], [sight({ bid: 380_000 })]);
    expect(compareRuns(night, held, MINUTE).exits.differences).toMatchObject([
      { class: "latency", code: "hold", numbers: { bidThere: 380_000, bidHere: 390_000 } },
    ]);
  });

  it("counts what became of all proposals", () => {
    const refused = entry({ refusalCode: "risk", filled: 0, averagePrice: null });
    const unfilled = entry({ filled: 0, averagePrice: null });
    const { entries } = compareRuns(run([entry(), refused, unfilled, exit()]), run([]), MINUTE);
    expect(entries.night).toEqual({
      ...{ proposed: 3, refused: 1, unfilled: 1, filled: 1, contracts: 1_000 },
    });
    expect(entries.backtest.proposed).toBe(0);
  });
});

describe("two proposals that are one bet", () => {
  /** What one pair comes to. The night pays 40 c for all of the 10 contracts it asked for, of a book 39 to 40 c. */
  const pair = (there: Partial<ComparedOrder>, here: Partial<ComparedOrder> = {}) =>
    compareRuns(run([entry(here)]), run([entry(there)]), MINUTE).entries;

  it("are not even a difference at the same price and count", () => {
    expect(pair({ at: AT + 30_000 })).toMatchObject({ share: 1, differences: [], asides: [] });
  });

  it.each([
    // Another book, and no further apart than it is wide.
    [
      { averagePrice: 410_000, bid: 400_000, ask: 410_000 },
      { class: "latency", code: "price_in_book" },
    ],
    // The same book, and filled when it had moved.
    [{ averagePrice: 390_000 }, { class: "queue", code: "price_in_book" }],
    // As much was asked for, and less was there.
    [{ filled: 500 }, { class: "queue", code: "count_available" }],
    // Asked for less by as much as it was dearer: 40 / 41 of 1,000 are 975.6.
    [
      {
        averagePrice: 410_000,
        price: 410_000,
        bid: 400_000,
        ask: 410_000,
        count: 976,
        filled: 976,
      },
      { class: "latency", code: "price_in_book+count_by_price" },
    ],
    // A contract more or less is rounding.
    [
      { count: 900, filled: 900 },
      { class: "path", code: "count_by_price" },
    ],
  ] as const)("agree at %o, which is told apart from the rule", (there, told) => {
    const { share, agreed, differences, asides } = pair(there);
    expect({ share, differences, n: agreed.length }).toEqual({ share: 1, differences: [], n: 1 });
    expect(asides).toMatchObject([{ madeBy: "both", ...told }]);
  });

  it.each([
    [
      { averagePrice: 420_000, bid: 410_000, ask: 420_000 },
      { class: "latency", code: "price_beyond_book" },
    ],
    [{ averagePrice: 420_000 }, { class: "queue", code: "price_beyond_book" }],
    // So little was there that it is nearer to nothing.
    [{ filled: 499 }, { class: "queue", code: "count_short" }],
    [{ count: 950, filled: 100 }, { code: "count_short" }],
    // It asked for less than the other got, at the same price.
    [
      { count: 800, filled: 800 },
      { class: "path", code: "count_unexplained" },
    ],
    [
      { count: 800, filled: 800, model: 0.59 },
      { class: "feeds", code: "count_unexplained" },
    ],
    [
      {
        averagePrice: 550_000,
        price: 550_000,
        ask: 550_000,
        bid: 540_000,
        count: 10_000,
        filled: 10_000,
      },
      { class: "latency", code: "price_beyond_book+count_unexplained" },
    ],
  ] as const)("do not agree at %o", (there, told) => {
    const { share, agreed, differences, asides } = pair(there);
    expect({ share, agreed, asides }).toEqual({ share: 0, agreed: [], asides: [] });
    expect(differences).toMatchObject([{ madeBy: "both", ...told }]);
    const { numbers } = differences[0] ?? { numbers: {} };
    expect(numbers).toMatchObject({ priceHere: 400_000, filledHere: 1_000 });
  });

  it("do not agree where no book is known and the price is another", () => {
    const dark = { bid: null, ask: null };
    expect(pair({ ...dark, averagePrice: 401_000 }, dark).share).toBe(0);
  });
});

describe("a proposal of one run alone that did not fill", () => {
  const unfilled = (change: Partial<ComparedOrder> = {}) =>
    entry({ filled: 0, firstFillAt: null, averagePrice: null, ...change });

  it("is told and explained, apart from the rule", () => {
    const night = run([unfilled(), unfilled({ at: 30 * MINUTE, refusalCode: "between_trades" })]);
    const { entries } = compareRuns(night, run([], [verdict()]), MINUTE);
    expect(entries).toMatchObject({ share: null, differences: [] });
    expect(entries.asides).toMatchObject([
      { madeBy: "night", class: "threshold", order: { at: AT } },
      { madeBy: "night", class: "threshold", order: { at: 30 * MINUTE } },
    ]);
  });

  it("is none where the other made it too, unless at another price or count", () => {
    const alike = compareRuns(run([unfilled()]), run([unfilled({ at: AT + 1 })]), MINUTE).entries;
    expect(alike.asides).toEqual([]);
    const dearer = run([unfilled({ price: 410_000, ask: 410_000 })]);
    expect(compareRuns(run([unfilled()]), dearer, MINUTE).entries.asides).toMatchObject([
      { madeBy: "both", class: "latency", code: "price_in_book" },
    ]);
    // Filled there: the fill is a difference, and this the reason of it.
    const { differences, asides } = compareRuns(run([unfilled()]), run([entry()]), MINUTE).entries;
    expect(differences).toMatchObject([{ madeBy: "backtest", class: "queue" }]);
    expect(asides).toEqual([]);
  });

  it("is told of also where the other filled at once what this one tried twice", () => {
    const night = run([unfilled({ at: AT - 5_000 }), entry()]);
    const { share, asides } = compareRuns(night, run([entry()]), MINUTE).entries;
    expect(share).toBe(1);
    expect(asides).toMatchObject([{ madeBy: "night", class: "path", code: "filled_once" }]);
  });
});

it("does not call forty pairs at other prices and counts agreed, nor keeps silent of what one proposed alone", () => {
  const dear = { averagePrice: 550_000, price: 550_000, bid: 540_000, ask: 550_000 };
  const night = many(40).map((one) => ({ ...one, count: 100, filled: 100 }));
  const backtest = many(40).map((one) => ({
    ...{ ...one, ...dear, count: 10_000, filled: 10_000, at: AT + 59_000 },
  }));
  const alone = many(20, 40).map((one) => ({ ...one, filled: 0, averagePrice: null }));
  const compared = pooled([compareRuns(run([...night, ...alone]), run(backtest), MINUTE)]);
  expect(compared).toMatchObject({ verdict: "differs", entries: { share: 0 } });
  expect(compared.entries.differences).toHaveLength(40);
  expect(compared.entries.asides).toHaveLength(20);
});

describe("several nights against their backtest", () => {
  /** Two nights of so many entries together, of which the backtest lacks some. */
  const verdictOf = (entries: number, lacking: number) => {
    const half = Math.floor(entries / 2);
    const first = compareRuns(run(many(half)), run(many(half - lacking)), MINUTE);
    const rest = many(entries - half, half);
    return pooled([first, compareRuns(run(rest), run(rest), MINUTE)]);
  };

  it("says not enough data below 40 entries of the nights, and else whether 95 % agree", () => {
    expect(verdictOf(39, 0).verdict).toBe("not-enough-data");
    expect(pooled([]).verdict).toBe("not-enough-data");
    // 38 of 40 are 95.0 %, 37 of 40 are 92.5 %.
    expect(verdictOf(40, 2)).toMatchObject({ verdict: "agrees", entries: { share: 38 / 40 } });
    expect(verdictOf(40, 3)).toMatchObject({ verdict: "differs", entries: { share: 37 / 40 } });
  });

  it("counts entries that the backtest alone made too", () => {
    const night = run(many(40));
    expect(compareRuns(night, run(many(42)), MINUTE).verdict).toBe("agrees");
    expect(compareRuns(night, run(many(43)), MINUTE).verdict).toBe("differs");
  });

  it("is of the entries: exits are shown, and judged by nobody", () => {
    const night = run([...many(40), ...many(40).map((one) => exit({ ...one, purpose: "exit" }))]);
    const comparison = compareRuns(night, run(many(40)), MINUTE);
    expect(comparison).toMatchObject({ verdict: "agrees", exits: { share: 0 } });
  });
});
