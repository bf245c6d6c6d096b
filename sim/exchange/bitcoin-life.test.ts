import { expect, it } from "vitest";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { Engine } from "./engine.ts";
import type { LifeNews } from "./events.ts";
import type { OrderTerms } from "./order.ts";
import { BTC_SHARD, NBA_SHARD } from "./shards.ts";
import { bitcoinOf, book, life, listing, quarter, told, usd } from "./testing/bitcoin.ts";
import { BOOK, HOME, nightOf, OPENING, START, status } from "./testing/hand-made.ts";

const CASH = usdMicros(100_000_000);
/** Open from the start on. */
const NOW = quarter(900, { strike: 80_000 });
/** Listed with it, opens when it closes. */
const NEXT = quarter(1_800);
const T = NOW.marketTicker;
const at = (seconds: number): Instant => instant(START + seconds * 1_000);

function engineOf(facts: readonly Fact[], changes: Partial<SourceManifest> = {}): Engine {
  const engine = new Engine(bitcoinOf([], 7_200, changes).manifest, CASH);
  for (const fact of facts) play(engine, fact);
  return engine;
}

function play(engine: Engine, fact: Fact): void {
  engine.pass(fact.receivedAt);
  engine.apply(fact);
}

function order(orderId: string, changes: Partial<OrderTerms> = {}): OrderTerms {
  return {
    orderId,
    clientOrderId: null,
    marketTicker: T,
    side: "bid",
    price: priceMicros(500_000),
    count: countCenti(1_000),
    timeInForce: "good_till_canceled",
    isPostOnly: false,
    isReduceOnly: false,
    selfTradePrevention: "taker_at_cross",
    expiresAt: null,
    isCanceledOnPause: false,
    orderGroupId: null,
    ...changes,
  };
}

const newsOf = (engine: Engine): readonly (readonly [string, LifeNews["kind"]])[] =>
  engine
    .takeEvents()
    .flatMap((event) =>
      event.kind === "lifecycle" ? [[event.marketTicker, event.news.kind] as const] : [],
    );

it("opens and closes a market by the clock, whatever its source says or repeats", () => {
  const engine = engineOf([NOW, ...book(0, T), NEXT]);
  expect(engine.listing(T).status).toBe("active");
  expect(engine.listing(NEXT.marketTicker).status).toBe("initialized");
  engine.place(order("rests"), at(10));
  expect(newsOf(engine).map(([, kind]) => kind)).toEqual(["created", "created"]);
  play(engine, life(20, NEXT.marketTicker, "active"));
  play(engine, life(21, T, "active"));
  expect(engine.listing(NEXT.marketTicker).status).toBe("initialized");
  expect(() => engine.place(order("early", { marketTicker: NEXT.marketTicker }), at(30))).toThrow(
    "market is not active",
  );

  engine.pass(instant(at(900) - 1));
  expect(engine.account.order("rests").status).toBe("resting");
  engine.pass(at(905));
  expect(engine.listing(T)).toMatchObject({ status: "closed", updatedAt: at(900) });
  expect(engine.listing(NEXT.marketTicker)).toMatchObject({ status: "active" });
  expect(engine.account.order("rests")).toMatchObject({ status: "canceled", updatedAt: at(900) });
  expect(() => engine.place(order("late"), at(905))).toThrow("market is not active");
  expect(() => engine.cancel("rests", at(905))).toThrow("market is not active");
  play(engine, life(906, T, "closed"));
  play(engine, life(906, T, "active"));
  // Opening and closing by the clock are not told.
  expect(newsOf(engine)).toEqual([]);
  expect(engine.listing(T)).toMatchObject({ status: "closed", closeAt: at(900) });
});

it.each([
  ["yes", null, 1_000_000, 10_000_000],
  ["no", null, 0, 0],
  ["scalar", 0.37, 370_000, 3_700_000],
] as const)("determines and pays a market that came out %s", (result, value, pays, revenue) => {
  const engine = engineOf([NOW, ...book(0, T)]);
  engine.place(order("buys", { price: priceMicros(520_000) }), at(10));
  const { cash } = engine.account;
  engine.pass(at(900));
  play(engine, life(906, T, "determined", result, { on: 80_001.25, value }));
  expect(engine.account.settlements).toEqual([]);
  for (const seconds of [907, 908]) {
    play(engine, life(seconds, T, "finalized", result, { on: 80_001.25, value }));
  }
  expect(engine.listing(T)).toMatchObject({
    status: "finalized",
    result,
    settlementValue: pays,
    settledAt: at(907),
    terms: { settledOn: usd(80_001.25) },
  });
  expect(engine.account.settlements).toMatchObject([{ marketTicker: T, revenue }]);
  expect(engine.account.cash).toBe(cash + revenue);
  expect(newsOf(engine).map(([, kind]) => kind)).toEqual(["created", "determined", "settled"]);
});

it("keeps what the source says late or says anew", () => {
  const engine = engineOf([NOW]);
  engine.pass(at(900));
  play(engine, life(906, T, "determined", "yes"));
  play(engine, life(907, T, "determined", "yes"));
  play(engine, life(908, T, "determined", "no", { on: 79_999.99 }));
  play(engine, life(909, T, "closed"));
  expect(engine.listing(T)).toMatchObject({ status: "determined", result: "no" });
  expect(newsOf(engine).filter(([, kind]) => kind === "determined")).toHaveLength(2);
  play(engine, life(910, T, "finalized", "no"));
  play(engine, life(911, T, "finalized", "no", { on: 79_999.98 }));
  expect(engine.listing(T)).toMatchObject({
    ...{ result: "no", settledAt: at(910) },
    terms: { settledOn: usd(79_999.98) },
  });
});

it.each([
  ["yes", 10_000_000],
  ["no", 0],
] as const)(
  "pays a %s that is told after the market is final, and no void before it",
  (result, revenue) => {
    const engine = engineOf([NOW, ...book(0, T)]);
    engine.place(order("buys", { price: priceMicros(520_000) }), at(10));
    const { cash } = engine.account;
    engine.pass(at(900));
    play(engine, life(906, T, "finalized"));
    engine.pass(at(1_504));
    expect(engine.account.settlements).toEqual([]);
    play(engine, life(1_505, T, "finalized", result));
    engine.pass(at(3_000));
    expect(engine.account.settlements).toMatchObject([{ result, revenue, at: at(1_505) }]);
    expect(engine.account.cash).toBe(cash + revenue);
  },
);

it("returns the cost of a market that stays final without a result for ten minutes, whatever the step", () => {
  for (const step of [1, 7, 600, 2_000]) {
    const engine = engineOf([NOW, ...book(0, T)]);
    engine.place(order("buys", { price: priceMicros(520_000) }), at(10));
    const { cash } = engine.account;
    engine.pass(at(900));
    play(engine, life(906, T, "finalized"));
    play(engine, life(1_200, T, "finalized"));
    for (let seconds = 1_200; seconds < 1_506; seconds += step) engine.pass(at(seconds));
    expect(engine.account.settlements).toEqual([]);
    engine.pass(at(1_505 + step));
    const paid = { result: "void", revenue: 5_200_000, at: at(1_506) };
    expect(engine.account.settlements).toMatchObject([paid]);
    expect(engine.account.cash).toBe(cash + 5_200_000);
  }
});

it("makes no market void that is final no more, and pays its word when it has one", () => {
  const engine = new Engine(nightOf([], 7_200).manifest, CASH);
  for (const fact of [...OPENING, ...BOOK]) play(engine, fact);
  engine.place(order("buys", { marketTicker: HOME, price: priceMicros(600_000) }), at(2));
  play(engine, status(320, "finalized"));
  play(engine, status(330, "determined"));
  engine.pass(at(1_500));
  expect(engine.account.settlements).toEqual([]);
  play(engine, status(1_510, "finalized", "yes"));
  expect(engine.account.settlements).toMatchObject([{ result: "yes", revenue: 10_000_000 }]);
});

it("pays or takes back the difference when it corrects what it has paid by, and tells it again", () => {
  const engine = engineOf([NOW, ...book(0, T)]);
  engine.place(order("buys", { price: priceMicros(520_000) }), at(10));
  const { cash } = engine.account;
  engine.pass(at(900));
  play(engine, life(906, T, "determined", "yes"));
  play(engine, life(907, T, "finalized", "yes"));
  newsOf(engine);
  // Ten contracts: 10 USD by yes, nothing by no, 3.70 USD by a scalar of 0.37.
  const words = [
    [1_000, 1_000, "no", null, 0],
    [1_001, 1_001, "scalar", 0.37, 3_700_000],
    [1_002, 1_001, "scalar", 0.37, 3_700_000],
    [1_003, 1_003, "yes", null, 10_000_000],
  ] as const;
  for (const [seconds, told, result, value, revenue] of words) {
    play(engine, life(seconds, T, "finalized", result, { value }));
    expect(engine.account.settlements).toMatchObject([
      { marketTicker: T, result, revenue, yesCount: 1_000, at: at(told) },
    ]);
    expect(engine.account.cash).toBe(cash + revenue);
    expect(engine.account.positions.get(T)).toMatchObject({
      position: 0,
      realized: revenue - 5_200_000,
    });
  }
  // Three corrections: the word that was said twice is none.
  expect(newsOf(engine).map(([, kind]) => kind)).toEqual(
    [1, 2, 3].flatMap(() => ["determined", "settled"]),
  );
});

it("tells of a strike that comes late, once, and of a close that moves", () => {
  const engine = engineOf([NEXT, ...book(0, NEXT.marketTicker)]);
  const late = { kind: "bounds", marketTicker: NEXT.marketTicker, capStrike: null } as const;
  for (const seconds of [901, 902]) {
    play(engine, told(seconds, { ...late, floorStrike: usd(80_123.45) }));
  }
  expect(engine.listing(NEXT.marketTicker).terms).toMatchObject({
    strikes: { strikeType: "greater_or_equal", floorStrike: 80_123_450_000, capStrike: null },
  });
  const moved = (seconds: number, closeSeconds: number): Fact =>
    told(seconds, {
      kind: "close-moved",
      marketTicker: NEXT.marketTicker,
      closeAt: at(closeSeconds),
    });
  play(engine, moved(910, 1_700));
  engine.pass(at(1_700));
  expect(engine.listing(NEXT.marketTicker).status).toBe("closed");
  play(engine, moved(1_710, 1_800));
  expect(engine.listing(NEXT.marketTicker).status).toBe("active");
  engine.place(order("again", { marketTicker: NEXT.marketTicker }), at(1_720));
  // Earlier than now: it closes at once.
  play(engine, moved(1_730, 1_729));
  expect(engine.listing(NEXT.marketTicker).status).toBe("closed");
  expect(engine.account.order("again")).toMatchObject({ status: "canceled", updatedAt: at(1_730) });
  const moves = ["close-moved", "close-moved", "close-moved"];
  expect(newsOf(engine).map(([, kind]) => kind)).toEqual(["created", "bounds", ...moves]);
});

it("closes a market that is decided early, and says so first", () => {
  const engine = engineOf([NOW, ...book(0, T)]);
  engine.place(order("rests"), at(10));
  play(engine, life(300, T, "determined", "yes"));
  expect(engine.listing(T)).toMatchObject({ status: "determined", closeAt: at(300) });
  expect(engine.account.order("rests").status).toBe("canceled");
  engine.pass(at(900));
  expect(engine.listing(T).status).toBe("determined");
  const kinds = newsOf(engine).map(([, kind]) => kind);
  expect(kinds).toEqual(["created", "close-moved", "determined"]);
});

it("does in one leap what it does step by step, each at its own time", () => {
  const run = (steps: readonly number[]): Engine => {
    const engine = engineOf([NOW, NEXT, ...book(0, T)]);
    engine.place(order("expires", { expiresAt: at(500) }), at(10));
    engine.place(order("rests", { expiresAt: at(1_000) }), at(10));
    for (const seconds of steps) engine.pass(at(seconds));
    return engine;
  };
  const [leap, steps] = [run([2_000]), run([400, 600, 899, 900, 950, 1_500, 1_900, 2_000])];
  expect([...leap.account.orders.values()]).toEqual([...steps.account.orders.values()]);
  expect(leap.account.order("rests").updatedAt).toBe(at(900));
  for (const { marketTicker } of [NOW, NEXT]) {
    const { status, updatedAt } = leap.listing(marketTicker);
    expect(steps.listing(marketTicker)).toMatchObject({ status, updatedAt });
    expect(status).toBe("closed");
  }
});

it("charges a taker of Bitcoin and no maker, beside basketball's own schedule", () => {
  const { manifest } = nightOf([], 7_200, { bitcoin: { series: ["KXBTC15M"] } });
  const engine = new Engine(manifest, CASH);
  for (const fact of [...OPENING, ...BOOK, NOW, ...book(0, T)]) play(engine, fact);
  engine.place(order("takes", { price: priceMicros(520_000) }), at(1));
  // 7 % of 10 contracts at 0.52 times 0.48, up to the next 0.0001.
  expect(engine.account.order("takes").takerFees).toBe(174_800);
  engine.place(order("makes"), at(2));
  engine.place(order("game", { marketTicker: HOME, price: priceMicros(590_000) }), at(2));
  const hit = (seconds: number, marketTicker: string, cents: number): Fact =>
    told(seconds, {
      kind: "trade",
      marketTicker,
      tradeId: `${marketTicker}/${seconds}`,
      price: priceMicros(cents * 10_000),
      count: countCenti(100_000),
      takerSide: "ask",
    });
  play(engine, hit(3, T, 45));
  play(engine, hit(3, HOME, 55));
  expect(engine.account.order("makes")).toMatchObject({ status: "executed", makerFees: 0 });
  // A quarter of 7 % of 10 contracts at 0.59 times 0.41, up to the next 0.0001.
  expect(engine.account.order("game")).toMatchObject({ status: "executed", makerFees: 42_400 });
});

it("pauses each shard by itself, and all of them on Thursdays, also when leapt over", () => {
  const engine = engineOf([NOW, ...book(0, T)]);
  engine.place(order("goes", { isCanceledOnPause: true }), at(10));
  const paused = { isExchangeActive: true, isTradingActive: false };
  engine.setShard(NBA_SHARD, paused, at(20));
  expect(engine.account.order("goes").status).toBe("resting");
  engine.place(order("more"), at(21));
  engine.setShard(BTC_SHARD, paused, at(22));
  expect(engine.account.order("goes").status).toBe("canceled");
  expect(() => engine.place(order("none"), at(23))).toThrow("trading is paused");
  engine.cancel("more", at(23));

  // The pause of Thursday 2026-11-26 is from 08:00 to 10:00 UTC.
  const day = (Date.parse("2026-11-26T07:00:00Z") - START) / 1_000;
  const long = listing("KXBTCD", day + 6 * 3_600, { type: "greater", floor: 79_999.99 });
  const other = engineOf([long, ...book(0, long.marketTicker)]);
  const terms = { marketTicker: long.marketTicker, isCanceledOnPause: true };
  other.place(order("leapt", terms), at(day));
  other.pass(at(day + 4 * 3_600));
  expect(other.account.order("leapt")).toMatchObject({
    status: "canceled",
    updatedAt: Date.parse("2026-11-26T08:00:00Z"),
  });
});
