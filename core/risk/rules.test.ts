import { expect, it } from "vitest";
import {
  firstRefusal,
  type Holding,
  type OpenReservation,
  type RiskLimits,
  type RiskSnapshot,
  type RiskSubject,
} from "../domain/risk.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { RULES } from "./rules.ts";
import {
  AT,
  AWAY,
  clear,
  entry,
  holding,
  limits,
  lock,
  openOrder,
  sale,
} from "./testing/fixtures.ts";

const refusals = (snapshot: RiskSnapshot, under = limits): readonly string[] =>
  checkRisk(snapshot, under)
    .filter(({ isHeld }) => !isHeld)
    .map(({ rule }) => rule);
const subject = (change: Partial<RiskSubject>): RiskSnapshot => ({
  ...clear,
  subject: { ...entry, ...change },
});
const tally = (change: Partial<RiskSnapshot["tally"]>, by = entry): RiskSnapshot => ({
  ...clear,
  subject: by,
  tally: { ...clear.tally, ...change },
});
const others = (count: number): readonly Holding[] =>
  Array.from({ length: count }, (_, index) => holding({ gameId: `other-${index}` }));

it("holds every rule for an entry within all limits", () => {
  expect(refusals(clear)).toEqual([]);
  expect(firstRefusal(checkRisk(clear, limits))).toBeNull();
});

/** Each rule with what trips it, and it alone. */
const TRIPS: readonly (readonly [string, RiskSnapshot])[] = [
  ["kill_level", { ...clear, killLevel: "no-entries" }],
  ["replaced_order_over", subject({ replaces: "unknown" })],
  ["within_limit_price", subject({ price: priceMicros(500_001) })],
  ["exit_reduces", { ...clear, subject: sale }],
  ["entry_buys", subject({ side: "ask", limitPrice: priceMicros(1) })],
  ["one_pregame_attempt", { ...tally({ pregameAttempts: 1 }, { ...entry, phase: "pregame" }) }],
  ["no_reentry", tally({ hasExited: true })],
  ["entries_per_game", tally({ strategyEntries: 1 })],
  ["lock_cap", { ...tally({ lockAttempts: 2 }, lock), holdings: [holding()] }],
  ["quote_age", { ...clear, at: instant(AT + 5_001) }],
  [
    "spread",
    { ...clear, quote: { bid: priceMicros(479_999), ask: priceMicros(500_000), receivedAt: AT } },
  ],
  ["min_edge", subject({ edgeMicros: 9_999 })],
  [
    "open_positions",
    { ...clear, holdings: others(3).map((one) => ({ ...one, cost: usdMicros(1) })) },
  ],
  // 30 USD at risk in this market, by another strategy whose own cap has room.
  [
    "market_loss",
    { ...clear, holdings: [holding({ strategy: "mean-reversion", cost: usdMicros(29_000_000) })] },
  ],
  // 45.35 of 50 USD of the strategy, in other games.
  [
    "strategy_capital",
    {
      ...clear,
      holdings: [holding({ gameId: "x", marketTicker: "x", cost: usdMicros(45_000_000) })],
    },
  ],
  [
    "total_capital",
    {
      ...clear,
      holdings: ["pregame-anchored", "mean-reversion"].map((strategy) =>
        holding({ gameId: "x", marketTicker: strategy, strategy, cost: usdMicros(47_500_000) }),
      ),
    },
  ],
];

it.each(TRIPS)("%s refuses, and it alone", (rule, snapshot) => {
  expect(refusals(snapshot)).toEqual([rule]);
});

it("has a case for every rule", () => {
  expect(TRIPS.map(([rule]) => rule)).toEqual(RULES.map(({ name }) => name));
});

it("evaluates all rules, and names the first that is not held", () => {
  const bad = { ...subject({ edgeMicros: 0 }), killLevel: "no-entries", quote: null } as const;
  expect(refusals(bad)).toEqual(["kill_level", "quote_age", "spread", "min_edge"]);
  expect(firstRefusal(checkRisk(bad, limits))).toBe("kill_level");
});

it("fails closed on a limit that is not a number", () => {
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== "number") continue;
    const broken: RiskLimits = { ...limits, [name]: Number.NaN };
    const lockSnapshot = { ...clear, subject: lock, holdings: [holding()] };
    const tripped = [...refusals(clear, broken), ...refusals(lockSnapshot, broken)];
    expect(tripped, name).toHaveLength(1);
  }
});

it("fails closed on any number of the order or the quote that is not one", () => {
  const broken = Number.NaN;
  for (const name of ["price", "count", "edgeMicros", "reservation"] as const) {
    expect(refusals(subject({ [name]: broken })).length, name).toBeGreaterThan(0);
  }
  const quote = { bid: broken as never, ask: priceMicros(500_000), receivedAt: AT };
  expect(refusals({ ...clear, quote })).toEqual(["spread"]);
  expect(refusals({ ...clear, at: broken as never })).toEqual(["quote_age"]);
});

it("refuses a quote from the future and a crossed one", () => {
  expect(refusals({ ...clear, at: instant(AT - 1) })).toEqual(["quote_age"]);
  const quote = { bid: priceMicros(510_000), ask: priceMicros(500_000), receivedAt: AT };
  expect(refusals({ ...clear, quote })).toEqual(["spread"]);
});

it("lets a sale of what is held through whatever the caps, edges and quotes", () => {
  const nothing: RiskLimits = {
    ...limits,
    maxTotalCapital: usdMicros(0),
    maxMarketLoss: usdMicros(0),
    maxOpenPositions: 0,
    maxEntriesPerGame: 0,
    minEdgeMicros: 1_000_000,
    maxSpreadMicros: 0,
    maxQuoteAgeMs: 0,
  };
  const held = { ...clear, subject: sale, quote: null, holdings: [holding()] };
  expect(refusals(held, nothing)).toEqual([]);
  expect(refusals({ ...held, killLevel: "reduce-only" }, nothing)).toEqual([]);
});

it("counts what open exits have spoken for", () => {
  const holdings = [holding()];
  const part = { ...sale, count: countCenti(400) };
  const exits = (order: Partial<OpenReservation>) => [openOrder({ purpose: "exit", ...order })];
  const selling = exits({ side: "ask", remaining: countCenti(700) });
  expect(refusals({ ...clear, subject: part, holdings, openOrders: selling })).toEqual([
    "exit_reduces",
  ]);
  const locking = exits({ marketTicker: AWAY, remaining: countCenti(700) });
  expect(refusals({ ...clear, subject: part, holdings, openOrders: locking })).toEqual([
    "exit_reduces",
  ]);
  const few = exits({ side: "ask", remaining: countCenti(600) });
  expect(refusals({ ...clear, subject: part, holdings, openOrders: few })).toEqual([]);
});

it("locks what is held and uncovered, and no more", () => {
  const half = holding({ marketTicker: AWAY, count: countCenti(500), cost: usdMicros(2_000_000) });
  const snapshot = (count: number): RiskSnapshot => ({
    ...clear,
    subject: { ...lock, count: countCenti(count) },
    holdings: [holding(), half],
  });
  expect(refusals(snapshot(500))).toEqual([]);
  expect(refusals(snapshot(501))).toEqual(["exit_reduces"]);
});

it("does not uncover a locked pair by a sale, except to flatten", () => {
  const pair = [holding(), holding({ marketTicker: AWAY, cost: usdMicros(4_000_000) })];
  expect(refusals({ ...clear, subject: sale, holdings: pair })).toEqual(["exit_reduces"]);
  const flatten = { ...sale, exitType: "kill" } as const;
  const killed = { ...clear, subject: flatten, holdings: pair, killLevel: "flatten" } as const;
  expect(refusals(killed)).toEqual([]);
});
