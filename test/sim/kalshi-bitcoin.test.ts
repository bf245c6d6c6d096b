import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import type { KalshiStream } from "../../clients/kalshi/stream-port.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { LifecycleFact, Venue } from "../../core/domain/venue.ts";
import { Secret } from "../../runtime/secret.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import {
  bitcoinOf,
  book,
  life,
  listing,
  quarter,
  told,
  usd,
} from "../../sim/exchange/testing/bitcoin.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { AMPLE, SILENT, until } from "../support/kalshi.ts";

const NOW = quarter(900, { strike: 80_000 });
const NEXT = quarter(1_800, { at: 600 });
const BAND = listing("KXBTC", 3_600, { type: "between", floor: 80_000, cap: 80_099.99 });
const SOURCE = bitcoinOf([
  NOW,
  BAND,
  ...book(0, NOW.marketTicker),
  NEXT,
  told(905, {
    kind: "bounds",
    marketTicker: NEXT.marketTicker,
    floorStrike: usd(80_001.25),
    capStrike: null,
  }),
  life(906, NOW.marketTicker, "determined", "yes", { on: 80_001.25 }),
  life(907, NOW.marketTicker, "finalized", "yes", { on: 80_001.25 }),
]);

let dataDir: string;
let exchange: ExchangeHandle;
let venue: Venue;
let stream: KalshiStream;
const lives: LifecycleFact[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  exchange = await startExchange({
    dataDir,
    port: 0,
    isFreeRunning: false,
    latencyMs: 0,
    tier: "premier",
    log: SILENT,
    openSource: () => Promise.resolve(SOURCE),
  });
  const load = { source: "world:1", speed: 240, startingCashUsd: 1_000 };
  const night = await exchange.nights.load(load);
  const clock: RunClock = { now: () => night.playedTo, speed: 240 };
  const privateKeyPem = new Secret(await readFile(exchange.key.privateKeyPath, "utf8"));
  const shared = { mode: "paper", keyId: exchange.key.keyId, privateKeyPem, clock } as const;
  const bucket = createRateBudget(clock, AMPLE);
  venue = createKalshiVenue({ ...shared, restUrl: exchange.restUrl, log: SILENT, bucket });
  stream = createKalshiStream({ ...shared, wsUrl: exchange.wsUrl, log: SILENT });
  stream.followLives((fact) => lives.push(fact));
  await until(() => stream.health().frames >= 3);
});
afterAll(async () => {
  stream.close();
  await exchange.close();
  await rm(dataDir, { recursive: true });
});

it("follows a quarter from its listing to its settlement, by our clients alone", async () => {
  expect(await venue.markets({ seriesTicker: "KXBTC", status: "open" })).toMatchObject([
    {
      ticker: BAND.marketTicker,
      exchangeIndex: 2,
      strikes: { strikeType: "between", floorStrike: usd(80_000), capStrike: usd(80_099.99) },
      expirationValue: null,
      settledAt: null,
    },
  ]);
  expect(await venue.feeSchedule("KXBTC", BAND.eventTicker)).toEqual({
    kind: "quadratic",
    multiplierMilli: 1_000,
  });
  const lease = setInterval(() => {
    exchange.nights.night?.clock.renewLease(500);
  }, 100);
  await until(() => lives.length >= 4);
  clearInterval(lease);
  const [created, bounds, determined, settled] = lives;
  expect(created).toMatchObject({
    eventType: "created",
    marketTicker: NEXT.marketTicker,
    eventTicker: NEXT.eventTicker,
    exchangeIndex: 2,
    openAt: NEXT.openAt,
    closeAt: NEXT.closeAt,
    strikeType: "greater_or_equal",
    floorStrike: null,
  });
  expect(bounds).toMatchObject({ eventType: "metadata_updated", floorStrike: usd(80_001.25) });
  expect(determined).toMatchObject({
    eventType: "determined",
    marketTicker: NOW.marketTicker,
    result: "yes",
    settlementValue: 1_000_000,
  });
  const settledAt = instant(START + 907_000);
  expect(settled).toMatchObject({ eventType: "settled", settledAt });
  expect(await venue.markets({ status: "settled", minSettledAt: settledAt })).toMatchObject([
    {
      ticker: NOW.marketTicker,
      status: "finalized",
      result: "yes",
      expirationValue: usd(80_001.25),
      settledAt,
    },
  ]);
  expect(stream.health().drift.size).toBe(0);
});
