import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type CoinbaseSpot, createCoinbaseSpot } from "../../clients/coinbase/spot.ts";
import { required } from "../../core/domain/assert.ts";
import type { SpotPrice, SpotStale } from "../../core/domain/spot.ts";
import { SPOT_LIMITS } from "../../core/domain/spot-health.ts";
import type { ExchangeHandle } from "../../sim/exchange/main.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { startWith } from "../../sim/exchange/testing/start.ts";
import type { Fact } from "../../sim/facts.ts";
import type { FaultKind } from "../../sim/faults/faults.ts";
import { SILENT, until } from "../support/kalshi.ts";
import { FIRST_ID, priceOf, spotCandle, spotNight, spotTrade } from "../support/spot-night.ts";

const SPEED = 10;
const TRADES: readonly Fact[] = Array.from({ length: 30_000 }, (_, n) => spotTrade(FIRST_ID + n));
/** Candles of the minutes before the start. */
const PAST_MINUTES = [-5, -4, -3, -2, -1];
const PAST: readonly Fact[] = PAST_MINUTES.map(spotCandle);

let exchange: ExchangeHandle;
let prices: SpotPrice[];

/** The look-alike with these facts, playing at `speed`, and our client on it over real sockets. */
async function open(
  facts: readonly Fact[],
  options: { speed?: number; restMaxWallMs?: number; silentWallMs?: number } = {},
): Promise<CoinbaseSpot> {
  const { speed = SPEED, restMaxWallMs = 0, silentWallMs = 500 } = options;
  const source = spotNight(facts);
  ({ exchange } = await startWith([], {
    isFreeRunning: true,
    openSource: () => Promise.resolve(source),
    load: { speed },
  }));
  const spot = createCoinbaseSpot({
    wsUrl: exchange.coinbaseWsUrl,
    restUrl: exchange.coinbaseUrl,
    clock: required(exchange.nights.night, "a night").clock,
    log: SILENT,
    limits: { ...SPOT_LIMITS, silentWallMs },
    reconnect: { firstMs: 20, maxMs: 100 },
    askEveryMs: 100,
    timeoutMs: 300,
    restMaxWallMs,
  });
  onTestFinished(() => spot.close());
  spot.onPrice((price) => prices.push(price));
  return spot;
}

const fault = (kind: FaultKind, match: string | null = "/coinbase/ws"): void => {
  exchange.faults.add({ target: "coinbase", kind, match, untilMs: null });
};
const traded = (): SpotPrice[] => prices.filter(({ source }) => source === "coinbase");
const becomes = (spot: CoinbaseSpot, stale: SpotStale | null): Promise<void> =>
  until(() => spot.staleBecause() === stale);

/** Every trade from the first told to the last, each once, in sequence and at its own price. */
function expectWhole(): void {
  const told = traded();
  const first = required(told[0]?.tradeId, "a trade");
  expect(told.map(({ tradeId }) => tradeId)).toEqual(told.map((_, index) => first + index));
  for (const { tradeId, price, sourceAt } of told) {
    expect(price).toBe(priceOf(tradeId ?? 0) * 1_000_000);
    expect(sourceAt).toBe(START + ((tradeId ?? 0) - FIRST_ID) * 100);
  }
}

/** Waits for so many more trades. */
async function more(count: number): Promise<void> {
  const wanted = traded().length + count;
  await until(() => traded().length >= wanted);
}

beforeEach(() => {
  prices = [];
});

it("tells the minutes before, then every trade once and in sequence, with both times", async () => {
  const spot = await open([...PAST, ...TRADES]);
  await more(100);
  expect(
    prices.slice(0, 5).map(({ source, price, sourceAt }) => [source, price, sourceAt]),
  ).toEqual(
    PAST_MINUTES.map((minute) => [
      "coinbase-candle",
      (79_000 + minute) * 1_000_000,
      START + minute * 60_000,
    ]),
  );
  expectWhole();
  expect(spot.staleBecause()).toBeNull();
  expect(spot.latest()).toEqual(prices.at(-1));
  expect(spot.health()).toMatchObject({ connections: 1, unknown: 0, invalid: 0, restFailures: 0 });
});

describe("a fault of Coinbase", () => {
  it.each([
    ["stream-drop", "stalled"],
    ["stream-stall", "stalled"],
  ] as const)("%s is %s, and the gap that it left is filled", async (kind, stale) => {
    const spot = await open(TRADES);
    await more(20);
    fault(kind);
    await becomes(spot, stale);
    // A line that tells nothing is dropped as well: a new one may be fed.
    await until(() => !spot.health().isOpen || spot.health().connections > 1);
    exchange.faults.clear();
    await becomes(spot, null);
    await more(20);
    expectWhole();
    await until(() => spot.health().connections > 1);
    expect(spot.health().filled).toBeGreaterThan(10);
  });

  it("that skips trades is a gap, seen by the heartbeat, until they are had by REST", async () => {
    // Heartbeats come a second apart: with them alone the line is not silent.
    const spot = await open(TRADES, { silentWallMs: 3_000 });
    await more(20);
    fault("500", "/trades");
    fault("stream-gap");
    await becomes(spot, "gap");
    exchange.faults.clear();
    await becomes(spot, null);
    await more(20);
    expectWhole();
    expect(spot.health()).toMatchObject({ connections: 1, lost: 0 });
  });

  it.each(["html", "500", "hang", "truncated", "nan"] as const)(
    "%s of REST leaves the gap open, and it is filled afterwards",
    async (kind) => {
      const spot = await open(TRADES);
      await more(20);
      fault(kind, "/products");
      fault("stream-drop");
      await until(() => spot.health().restFailures > 0);
      exchange.faults.clear();
      await becomes(spot, null);
      await more(20);
      expectWhole();
    },
  );

  it("that tells absurd prices is jumping, and none of them is told", async () => {
    const spot = await open(TRADES);
    await more(20);
    fault("jump");
    await becomes(spot, "jumping");
    await until(() => spot.health().refused > 3);
    exchange.faults.clear();
    await becomes(spot, null);
    await more(20);
    const told = traded().map(({ price }) => price / 1_000_000);
    expect(Math.max(...told)).toBeLessThan(80_011);
    expect(spot.health().lost).toBe(0);
  });

  it("whose clock is off is clock_skew, until it is right again", async () => {
    const spot = await open(TRADES);
    await more(20);
    fault("skew", null);
    await becomes(spot, "clock_skew");
    exchange.faults.clear();
    await becomes(spot, null);
    expect(Math.abs(spot.health().skewMs ?? 0)).toBeLessThan(2_500);
  });

  it("that silences the stream is made up for by REST, for as long as that may be", async () => {
    const spot = await open(TRADES, { restMaxWallMs: 8_000 });
    await more(20);
    fault("stream-stall");
    await becomes(spot, "stalled");
    await becomes(spot, null);
    await more(20);
    expect(spot.health().silentWallMs).toBeGreaterThan(500);
    await until(() => (spot.health().silentWallMs ?? 0) > 8_000);
    expect(spot.staleBecause()).toBe("stalled");
    expectWhole();
  });
});

it("tells finished minutes where there are no trades, and is stalled all the same", async () => {
  const minutes = Array.from({ length: 20 }, (_, n) => spotCandle(n + 1));
  const spot = await open([...PAST, ...minutes], { speed: 60 });
  await until(() => prices.length >= 8);
  expect(prices.slice(0, 8).map(({ source, sourceAt }) => [source, sourceAt])).toEqual(
    [...PAST_MINUTES, 1, 2, 3].map((minute) => ["coinbase-candle", START + minute * 60_000]),
  );
  expect(spot.staleBecause()).toBe("stalled");
  expect(prices.every(({ receivedAt, sourceAt }) => receivedAt > sourceAt)).toBe(true);
});

it("keeps up at 60 times the speed, and is not stale by its own slowness", async () => {
  const spot = await open(TRADES, { speed: 60 });
  await more(1_500);
  expectWhole();
  expect(spot.staleBecause()).toBeNull();
});
