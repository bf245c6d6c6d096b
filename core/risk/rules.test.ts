import { expect, it } from "vitest";
import { required } from "../domain/assert.ts";
import {
  type AccountFacts,
  type Activity,
  type DecisionBasis,
  firstRefusal,
  type ForeignRisk,
  type Holding,
  type OpenReservation,
  type RiskLimits,
  type RiskSnapshot,
  type RiskSubject,
} from "../domain/risk.ts";
import {
  countCenti,
  positionCenti,
  type Instant,
  instant,
  priceMicros,
  type UsdMicros,
  usdMicros,
} from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { closedLosses } from "./losses.ts";
import { RULES } from "./rules.ts";
import {
  AT,
  AWAY,
  byTrees,
  clear,
  entry,
  foreignRisk,
  holding,
  limits,
  lock,
  openOrder,
  quoted,
  sale,
  SLATE,
} from "./testing/fixtures.ts";
import { marksOfBids } from "../../test/support/marks.ts";

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
it("holds every rule for an entry within all limits", () => {
  expect(refusals(clear)).toEqual([]);
  expect(firstRefusal(checkRisk(clear, limits))).toBeNull();
});

const basis = (change: Partial<DecisionBasis>): RiskSnapshot => ({
  ...clear,
  basis: { ...required(clear.basis, "a basis"), ...change },
});
const account = (change: Partial<AccountFacts>): RiskSnapshot => ({
  ...clear,
  account: { ...clear.account, ...change },
});
const activity = (change: Partial<Activity>): RiskSnapshot => ({
  ...clear,
  activity: { ...clear.activity, ...change },
});
const elsewhere = (change: Partial<Holding>): Holding =>
  holding({ occasionId: "x", marketTicker: "x", slate: "2026-11-19", ...change });
/** Holdings are marked at what they cost: nothing is lost. */
const held = (...holdings: readonly Holding[]): RiskSnapshot => ({
  ...clear,
  holdings,
  marks: marksOfBids(
    holdings.map(({ marketTicker, cost, count }) => [marketTicker, (cost / count) * 100]),
  ),
});
const loss = (usd: number): UsdMicros => usdMicros(usd * -1_000_000);
const closed = (...nets: readonly number[]): Partial<AccountFacts> =>
  closedLosses(
    nets.map((net, index) => ({ net: loss(-net), closedAt: instant(AT - index) })),
    clear.account,
  );
const THURSDAY = instant(Date.parse("2026-11-19T08:00:00Z"));

/** Each rule with what trips it, and it alone. */
const TRIPS: readonly (readonly [string, RiskSnapshot])[] = [
  ["daily_loss", account({ realizedToday: loss(40) })],
  ["weekly_loss", account({ realizedThisWeek: loss(60) })],
  ["single_trade_loss", account(closed(-20))],
  ["consecutive_losses", account(closed(-1, -1, -1, -1))],
  // 501 of 1,000 USD below the highest.
  [
    "drawdown",
    account({ realizedEver: usdMicros(0), deposits: loss(-400), highWater: loss(-401) }),
  ],
  ["marks_known", { ...held(elsewhere({})), marks: {} }],
  ["breaker", { ...clear, openBreakers: [{ breakerId: 7, breaker: "daily_loss" }] }],
  ["kill_level", { ...clear, killLevel: "no-entries" }],
  ["replaced_order_over", subject({ replaces: "unknown" })],
  ["within_limit_price", subject({ price: priceMicros(500_001) })],
  ["exit_reduces", { ...clear, subject: sale }],
  ["entry_buys", subject({ side: "ask", limitPrice: priceMicros(1) })],
  ["drill_rests", subject({ strategy: "drill", isTaker: false })],
  ["one_pregame_attempt", { ...tally({ pregameAttempts: 1 }, { ...entry, phase: "pregame" }) }],
  ["no_reentry", tally({ hasExited: true })],
  ["entries_per_game", tally({ strategyEntries: 1 })],
  ["lock_cap", { ...held(holding()), ...tally({ lockAttempts: 2 }, lock), holdings: [holding()] }],
  ["duplicate", activity({ sameDecision: 1 })],
  ["venue_open", { ...clear, isTrading: false }],
  ["venue_pause", shifted(THURSDAY)],
  ["connectivity", { ...clear, venueSilentMs: 10_001 }],
  ["shard_cash", { ...clear, shardCash: usdMicros(5_174_999) }],
  ["decision_kept", { ...clear, isDecisionKept: false }],
  [
    "quote_age",
    { ...clear, quote: { ...quoted(490_000, 500_000), receivedAt: instant(AT - 5_001) } },
  ],
  ["injury_feed_age", { ...clear, injuriesAt: instant(AT - 900_001) }],
  ["model_metadata", basis({ modelVersion: "" })],
  ["model_age", basis({ modelKnownAt: instant(AT - 86_400_001) })],
  ["clock_disagreement", basis({ clockDisagreementSeconds: 61 })],
  ["min_edge", subject({ edgeMicros: 9_999 })],
  ["min_confidence", basis({ confidence: 0.499 })],
  ["execution_drift", basis({ mid: 474_999 })],
  ["spread", { ...clear, quote: quoted(479_999, 500_000) }],
  ["liquidity", { ...clear, quote: { ...quoted(490_000, 500_000), askSize: countCenti(999) } }],
  ["price_last_trade", { ...clear, lastTrade: { price: priceMicros(349_999), at: AT } }],
  ["price_other_team", { ...clear, otherMid: 650_001 }],
  ["price_forecast", subject({ fairValue: priceMicros(650_001) })],
  ["trades_per_day", activity({ entriesToday: 10 })],
  ["trades_per_hour", activity({ entriesThisHour: 5 })],
  ["between_trades", activity({ lastEntryAt: instant(AT - 999) })],
  ["cycle_notional", activity({ cycleNotional: loss(-55.000001) })],
  [
    "open_positions",
    held(...[1, 2, 3].map((n) => elsewhere({ occasionId: `g${n}`, cost: usdMicros(1_000) }))),
  ],
  // 15 USD and its fee in this market already, by the same strategy.
  ["position_size", held(holding({ cost: usdMicros(15_000_000) }))],
  // 30 USD at risk in this market, by another strategy whose own cap has room.
  ["market_loss", held(holding({ strategy: "mean-reversion", cost: usdMicros(29_000_000) }))],
  // The same in the game's other market; what is 9 to 1 on cannot be paired with 50 cents.
  [
    "game_loss",
    held(
      ...["pregame-anchored", "mean-reversion"].map((strategy) =>
        holding({ strategy, marketTicker: AWAY, cost: usdMicros(18_000_000) }),
      ),
    ),
  ],
  [
    "slate_loss",
    held(
      ...["pregame-anchored", "mean-reversion"].map((strategy) =>
        elsewhere({ strategy, slate: SLATE, cost: usdMicros(43_000_000) }),
      ),
    ),
  ],
  [
    "bitcoin_hour_loss",
    {
      ...held(elsewhere({ marketTicker: "KXBTCD-26NOV2021-T1", strategy: "mean-reversion" })),
      subject: { ...entry, marketTicker: "KXBTC15M-26NOV202015-15" },
    },
  ],
  // 45.35 of 50 USD of the strategy, in other games.
  ["strategy_capital", held(elsewhere({ cost: usdMicros(45_000_000) }))],
  [
    "exposure_cap",
    held(
      ...["pregame-anchored", "mean-reversion"].map((strategy) =>
        elsewhere({ marketTicker: strategy, strategy, cost: usdMicros(47_500_000) }),
      ),
    ),
  ],
  // 145 of 150 USD are lost for good.
  ["total_capital", account({ realizedEver: loss(145), highWater: loss(145) })],
  ["bankroll_slice", account({ cash: usdMicros(10_349_999) })],
];

/** The whole snapshot at another time. */
function shifted(at: Instant): RiskSnapshot {
  const by = at - AT;
  const move = (then: Instant | null): Instant => instant((then ?? AT) + by);
  const decided = required(clear.basis, "a basis");
  return {
    ...clear,
    at,
    quote: { ...quoted(490_000, 500_000), receivedAt: at },
    venueSilentMs: 0,
    injuriesAt: at,
    basis: {
      ...decided,
      decidedAt: at,
      forecastKnownAt: move(decided.forecastKnownAt),
      modelKnownAt: move(decided.modelKnownAt),
    },
  };
}

it.each(TRIPS)("%s refuses, and it alone", (rule, snapshot) => {
  expect(refusals(snapshot)).toEqual([rule]);
});

it("has a case for every rule", () => {
  expect(TRIPS.map(([rule]) => rule)).toEqual(RULES.map(({ name }) => name));
});

it("evaluates all rules, and names the first that is not held", () => {
  const bad = { ...subject({ edgeMicros: 0 }), killLevel: "no-entries", isTrading: null } as const;
  expect(refusals(bad)).toEqual(["kill_level", "venue_open", "min_edge"]);
  expect(firstRefusal(checkRisk(bad, limits))).toBe("kill_level");
});

it("fails closed on a limit that is not a number", () => {
  const bitcoin = subject({ marketTicker: "KXBTC-26NOV2020-B1" });
  const locking = { ...held(holding()), subject: lock };
  for (const [name, value] of Object.entries(limits)) {
    if (typeof value !== "number") continue;
    const broken: RiskLimits = { ...limits, [name]: Number.NaN };
    const tripped = new Set(
      [clear, bitcoin, locking, byTrees].flatMap((snapshot) => refusals(snapshot, broken)),
    );
    // The gap has three rules, every other limit one.
    expect(tripped.size, name).toBe(name === "maxPriceGapMicros" ? 3 : 1);
  }
  const broken = { ...limits.maxStrategyCapital, "model-edge": Number.NaN as UsdMicros };
  expect(refusals(clear, { ...limits, maxStrategyCapital: broken })).toEqual(["strategy_capital"]);
});

it("fails closed on any number of the order, the account or the inputs that is not one", () => {
  const broken = Number.NaN as never;
  for (const name of ["price", "count", "edgeMicros", "fairValue", "reservation"] as const) {
    expect(refusals(subject({ [name]: broken })).length, name).toBeGreaterThan(0);
  }
  for (const name of ["realizedToday", "realizedThisWeek", "realizedEver", "cash"] as const) {
    expect(refusals(account({ [name]: broken })).length, name).toBeGreaterThan(0);
  }
  for (const name of ["mid", "homeProbability", "confidence", "modelKnownAt"] as const) {
    expect(refusals(basis({ [name]: broken })).length, name).toBeGreaterThan(0);
  }
  for (const name of ["shardCash", "venueSilentMs", "injuriesAt", "otherMid"] as const) {
    expect(refusals({ ...clear, [name]: broken }).length, name).toBeGreaterThan(0);
  }
  for (const name of ["quote", "basis", "isTrading", "shardCash", "venueSilentMs"] as const) {
    expect(refusals({ ...clear, [name]: null }).length, name).toBeGreaterThan(0);
  }
  expect(refusals({ ...clear, quote: quoted(broken, 500_000) })).toContain("spread");
  expect(refusals({ ...clear, at: broken }).length).toBeGreaterThan(3);
});

it("refuses a quote from the future and a crossed one", () => {
  const future = { ...quoted(490_000, 500_000), receivedAt: instant(AT + 1) };
  expect(refusals({ ...clear, quote: future })).toEqual(["quote_age"]);
  expect(refusals({ ...clear, quote: quoted(510_000, 500_000) })).toEqual(["spread"]);
});

it("asks nothing of what the source declares it lacks", () => {
  const noSizes = { ...quoted(490_000, 500_000), bidSize: null, askSize: null };
  const bare = { ...clear, quote: noSizes, injuriesAt: null, lastTrade: null, otherMid: null };
  expect(refusals(bare)).toEqual(["injury_feed_age", "liquidity"]);
  expect(refusals({ ...bare, lacks: ["sizes", "injuries"] })).toEqual([]);
});

it("lets mean-reversion enter without a forecast, and no other strategy", () => {
  const none = basis({ homeProbability: null, confidence: null, modelKnownAt: null });
  expect(refusals(none)).toEqual(["model_metadata", "model_age", "min_confidence"]);
  expect(refusals({ ...none, subject: { ...entry, strategy: "mean-reversion" } })).toEqual([]);
});

it("lets a sale of what is held through whatever the limits, the losses, the inputs and the venue", () => {
  // The cast: every limit by its name, which no type follows through its entries.
  const nothing = Object.fromEntries(
    Object.entries(limits).map(([name, value]) => {
      if (typeof value !== "number") return [name, value];
      return [name, /^min/.test(name) ? Number.MAX_SAFE_INTEGER : 0];
    }),
  ) as unknown as RiskLimits;
  const blind: RiskSnapshot = {
    ...shifted(THURSDAY),
    ...{ quote: null, basis: null, isTrading: false, shardCash: null, venueSilentMs: null },
    ...{ injuriesAt: null, marks: {} },
    account: { ...clear.account, realizedToday: loss(1_000), ...closed(-9, -9, -9, -9, -9) },
    subject: sale,
    holdings: [holding()],
  };
  expect(refusals(blind, nothing)).toEqual([]);
  expect(refusals({ ...blind, killLevel: "reduce-only" }, nothing)).toEqual([]);
});

it("lets a lock through a loss and the kill that it throws, but not what costs more than a pair pays", () => {
  const locking: RiskSnapshot = {
    ...account({ realizedToday: loss(1_000), ...closed(-9, -9, -9, -9, -9) }),
    ...{ subject: lock, holdings: [holding()], killLevel: "no-entries" },
    openBreakers: [{ breakerId: 1, breaker: "daily_loss" }],
  };
  expect(refusals(locking)).toEqual([]);
  expect(refusals({ ...locking, killLevel: "reduce-only" })).toEqual(["kill_level"]);
  const more = { ...lock, count: countCenti(1_001) };
  expect(refusals({ ...locking, subject: more })).toEqual(["exit_reduces"]);
  for (const beyond of [1, Number.NaN]) {
    const dear = { ...lock, reservation: beyond as UsdMicros };
    expect(refusals({ ...locking, subject: dear })).toEqual(["exit_reduces"]);
  }
});

it("counts what others do by hand in its market, its game and its slate, not in a position of ours", () => {
  const values = (change: Partial<ForeignRisk>): Readonly<Record<string, number | undefined>> => {
    const snapshot = { ...clear, foreign: [foreignRisk(change)] };
    const by = new Map(
      checkRisk(snapshot, limits).map(({ rule, numbers }) => [rule, numbers["value"]]),
    );
    const names = ["market_loss", "game_loss", "slate_loss", "position_size", "strategy_capital"];
    return Object.fromEntries([...names, "exposure_cap"].map((name) => [name, by.get(name)]));
  };
  // The entry may lose 5.175 USD, the others 5.
  const [own, both] = [5_175_000, 10_175_000];
  const ours = { position_size: own, strategy_capital: own, exposure_cap: both };
  const all = { market_loss: both, game_loss: both, slate_loss: both };
  expect(values({})).toEqual({ ...ours, ...all });
  expect(values({ marketTicker: AWAY })).toEqual({ ...ours, ...all, market_loss: own });
  const other = { marketTicker: "x", occasionId: "x" };
  const slateOnly = { ...ours, market_loss: own, game_loss: own, slate_loss: both };
  expect(values(other)).toEqual(slateOnly);
  expect(values({ ...other, slate: "2026-11-19" })).toEqual({ ...slateOnly, slate_loss: own });
  // Nobody knows when it is decided: it may be this night.
  expect(values({ marketTicker: "x", occasionId: null, slate: null })).toEqual(slateOnly);
  const hour = { marketTicker: "KXBTCD-26NOV2021-T1", occasionId: null, slate: null };
  const bitcoin = { ...entry, marketTicker: "KXBTC15M-26NOV202015-15" };
  const judged = checkRisk({ ...clear, subject: bitcoin, foreign: [foreignRisk(hour)] }, limits);
  expect(judged.find(({ rule }) => rule === "bitcoin_hour_loss")?.numbers).toEqual({
    ...{ value: both, limit: 10_000_000 },
  });
});

it("applies to exits only what an order itself must be", () => {
  expect(
    RULES.filter(({ appliesTo }) => appliesTo === "every-order").map(({ name }) => name),
  ).toEqual([
    "kill_level",
    "replaced_order_over",
    "within_limit_price",
    "exit_reduces",
    "lock_cap",
  ]);
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
  const half = holding({
    marketTicker: AWAY,
    count: positionCenti(500),
    cost: usdMicros(2_000_000),
  });
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
