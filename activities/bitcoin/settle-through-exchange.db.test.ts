/** Contracts whose lives are odd, by the real exchange, our client, the settler and the tables. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import { required } from "../../core/domain/assert.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { BtcSpotModel } from "../../core/models/btc-spot.ts";
import { BASIS_CONFIG } from "../../core/models/spot-basis.ts";
import { VOLATILITY_CONFIG } from "../../core/models/spot-volatility.ts";
import { Secret } from "../../runtime/secret.ts";
import { unsettledContracts } from "../../schema/queries/btc-contracts.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import {
  bitcoinOf,
  life,
  listing,
  quarter,
  told,
  usd,
} from "../../sim/exchange/testing/bitcoin.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { AMPLE, SILENT, until } from "../../test/support/kalshi.ts";
import { keepMarkets } from "./keep-markets.ts";
import { SeriesMarkets } from "./series-markets.ts";
import { createSettler } from "./settle-contracts.ts";

const at = (seconds: number): Instant => instant(START + seconds * 1_000);
const FEES = { kind: "quadratic", multiplierMilli: 1_000 } as const;
/** Its strike comes 40 s after its open, its settlement after that of the next one. */
const LATE = quarter(900);
const SCALAR = quarter(1_800, { strike: 80_000 });
/** Would close in an hour, and is closed after twenty minutes, within a second. */
const EARLY_CLOSE_AT = at(1_200.412);
const EARLY = listing("KXBTCD", 3_600, { type: "greater", floor: 80_000 });
const SOURCE = bitcoinOf([
  ...[LATE, SCALAR, EARLY],
  told(40, {
    ...{ kind: "bounds", marketTicker: LATE.marketTicker },
    ...{ floorStrike: usd(80_100), capStrike: null },
  }),
  told(300, { kind: "close-moved", marketTicker: EARLY.marketTicker, closeAt: EARLY_CLOSE_AT }),
  life(1_205, EARLY.marketTicker, "finalized", "yes", { on: 80_000.01 }),
  life(1_806, SCALAR.marketTicker, "finalized", "scalar", { on: 80_000, value: 0.37 }),
  life(1_900, LATE.marketTicker, "finalized", "no", { on: 80_099.99 }),
]);

let dataDir: string;
let exchange: ExchangeHandle;
let clone: ClonedDatabase;
let lease: NodeJS.Timeout;

beforeAll(async () => {
  clone = await cloneDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  exchange = await startExchange({
    ...{ dataDir, port: 0, isFreeRunning: false, latencyMs: 0, tier: "premier", log: SILENT },
    openSource: () => Promise.resolve(SOURCE),
  });
  await exchange.nights.load({ source: "world:1", speed: 240, startingCashUsd: 1_000 });
});
afterAll(async () => {
  clearInterval(lease);
  await exchange.close();
  await clone.drop();
  await rm(dataDir, { recursive: true });
});

it("settles a late strike, an early close and a scalar once each, in whatever sequence", async () => {
  const night = required(exchange.nights.night, "a night");
  const clock = { now: () => night.playedTo, speed: 240 };
  const venue = createKalshiVenue({
    ...{ mode: "paper", restUrl: exchange.restUrl, keyId: exchange.key.keyId, clock, log: SILENT },
    privateKeyPem: new Secret(await readFile(exchange.key.privateKeyPath, "utf8")),
    bucket: createRateBudget(clock, AMPLE),
  });
  const markets = new SeriesMarkets("KXBTC15M");
  const hourly = new SeriesMarkets("KXBTCD");
  const refresh = async (): Promise<void> => {
    for (const [series, into] of [
      ["KXBTC15M", markets],
      ["KXBTCD", hourly],
    ] as const) {
      const listed = await venue.markets({ seriesTicker: series });
      into.take(listed, () => FEES, performance.now());
      await keepMarkets(clone.db, { series, markets: listed, feesOf: () => FEES, at: clock.now() });
    }
  };
  await refresh();
  // Before its strike is known a contract is there, open, and has no bounds.
  expect(markets.lacksStrike(at(10))).toBe(true);
  expect(await boundsOf(LATE.marketTicker)).toBeNull();

  lease = setInterval(() => {
    night.clock.renewLease(500);
  }, 100);
  await until(() => night.playedTo >= at(310));
  await refresh();
  expect(markets.lacksStrike(at(310))).toBe(false);
  expect(await boundsOf(LATE.marketTicker)).toBe(usd(80_100));
  expect(hourly.open(at(1_200.411))).toHaveLength(1);
  expect(hourly.open(EARLY_CLOSE_AT)).toHaveLength(0);

  const settler = createSettler({
    ...{ db: clone.db, venue, clock, log: SILENT },
    spot: spotOfTheMinute(),
    alarms: { raise: () => undefined, clear: () => undefined },
    flush: () => Promise.resolve(),
  });
  const ended: string[] = [];
  while (night.playedTo < at(1_950)) {
    const now = clock.now();
    const due = await unsettledContracts(clone.db, { since: null, until: now });
    const tickers = due.map((row) => row.market_ticker);
    const found = await settler.settle({ mode: "shadow", tickers, at: now });
    ended.push(...found.ended.map(({ marketTicker }) => marketTicker));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(ended).toEqual([EARLY, SCALAR, LATE].map(({ marketTicker }) => marketTicker));
  const rows = await clone.db
    .selectFrom("kalshi_contracts")
    .select(["market_ticker", "outcome", "payout_micros", "settlement_value_micros", "corrections"])
    .orderBy("close_at")
    .execute();
  const row = (of: typeof LATE, outcome: string, payout: number, average: number) => {
    const { marketTicker: market_ticker } = of;
    const settlement_value_micros = usd(average);
    return {
      market_ticker,
      outcome,
      payout_micros: payout,
      settlement_value_micros,
      corrections: 0,
    };
  };
  expect(rows).toEqual([
    row(LATE, "no", 0, 80_099.99),
    row(EARLY, "yes", 1_000_000, 80_000.01),
    row(SCALAR, "scalar", 370_000, 80_000),
  ]);
});

async function boundsOf(ticker: string): Promise<number | null> {
  const row = await clone.db
    .selectFrom("kalshi_contracts")
    .select("floor_strike_micros")
    .where("market_ticker", "=", ticker)
    .executeTakeFirstOrThrow();
  return row.floor_strike_micros;
}

/** What a feed showed around the early close. */
function spotOfTheMinute(): BtcSpotModel {
  const config = { priceHoldsMs: 15_000, maxAgeMs: 65_000 };
  const spot = new BtcSpotModel(
    { ...config, volatility: VOLATILITY_CONFIG, basis: BASIS_CONFIG },
    "coinbase",
  );
  for (let second = 1_100; second <= 1_210; second += 1) {
    spot.push({ sourceAt: at(second), price: usd(80_008) });
  }
  return spot;
}
