import { expect, it } from "vitest";
import type { RiskSnapshot, RiskSubject } from "../domain/risk.ts";
import { countCenti, priceMicros, usdMicros } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { RULES } from "./rules.ts";
import { clear, entry, limits, openOrder } from "./testing/fixtures.ts";

const CENT = priceMicros(10_000);
/** One contract at 1 cent, which rests; the market is at 49 bid, 50 asked. */
const bid: RiskSubject = {
  ...entry,
  strategy: "drill",
  isTaker: false,
  price: CENT,
  limitPrice: CENT,
  count: countCenti(100),
  edgeMicros: 0,
  fairValue: CENT,
  reservation: usdMicros(10_700),
};
const drilled = (change: Partial<RiskSnapshot> = {}): RiskSnapshot => ({
  ...clear,
  subject: bid,
  basis: null,
  isDecisionKept: false,
  ...change,
});
const of = (change: Partial<RiskSubject>): RiskSnapshot =>
  drilled({ subject: { ...bid, ...change } });
const refusals = (snapshot: RiskSnapshot, under = limits): readonly string[] =>
  checkRisk(snapshot, under)
    .filter(({ isHeld }) => !isHeld)
    .map(({ rule }) => rule);

it("asks no decision, edge, forecast or market price of a drill's bid, nor counts it as an attempt", () => {
  const attempted = { pregameAttempts: 1, strategyEntries: 1, gameEntries: 1, hasExited: true };
  expect(refusals(drilled({ tally: { ...clear.tally, ...attempted } }))).toEqual([]);
  expect(
    RULES.filter(({ appliesTo }) => appliesTo === "strategy-entry").map(({ name }) => name),
  ).toEqual([
    ...["one_pregame_attempt", "no_reentry", "entries_per_game"],
    ...["decision_kept", "quote_age", "injury_feed_age", "model_metadata", "model_age"],
    ...["clock_disagreement", "min_edge", "min_confidence", "execution_drift"],
    ...["spread", "liquidity", "price_last_trade", "price_other_team", "price_forecast"],
  ]);
});

it.each<[string, RiskSnapshot]>([
  ["kill_level", drilled({ killLevel: "no-entries" })],
  ["breaker", drilled({ openBreakers: [{ breakerId: 7, breaker: "daily_loss" }] })],
  ["venue_open", drilled({ isTrading: null })],
  ["connectivity", drilled({ venueSilentMs: null })],
  ["shard_cash", drilled({ shardCash: usdMicros(0) })],
  [
    "trades_per_day",
    drilled({ activity: { ...clear.activity, entriesToday: limits.maxTradesPerDay } }),
  ],
  ["between_trades", drilled({ activity: { ...clear.activity, lastEntryAt: clear.at } })],
  [
    "open_positions",
    drilled({
      openOrders: ["a", "b", "c"].map((occasionId) =>
        openOrder({ occasionId, marketTicker: occasionId, reserved: usdMicros(1) }),
      ),
    }),
  ],
])("%s refuses a drill's bid as it refuses an entry", (rule, snapshot) => {
  expect(refusals(snapshot)).toContain(rule);
});

it.each(["exposureCap", "maxTotalCapital", "maxPositionSize", "maxLossPerMarket"] as const)(
  "has nothing left for a drill's bid under a %s of nothing",
  (name) => {
    expect(refusals(drilled(), { ...limits, [name]: usdMicros(0) })).toHaveLength(1);
  },
);

it.each<[string, RiskSnapshot]>([
  ["takes", of({ isTaker: true })],
  ["is of more than a contract", of({ count: countCenti(101) })],
  ["lies near the market", of({ price: priceMicros(390_001), limitPrice: priceMicros(390_001) })],
  ["meets no bid that is known", drilled({ quote: null })],
])("refuses a bid under the name of a drill that %s", (_, snapshot) => {
  expect(refusals(snapshot)).toEqual(["drill_rests"]);
});
