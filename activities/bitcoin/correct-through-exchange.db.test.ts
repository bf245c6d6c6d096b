/** A contract that was held, paid, and corrected: by the real exchange, our client and the tables. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { occasionOfContract } from "../../core/domain/occasion.ts";
import { type Instant, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { unscoredContracts } from "../../schema/queries/btc-contracts.ts";
import { cash, cashIdentity, deposit } from "../../schema/queries/ledger.ts";
import { openOccasion } from "../../schema/queries/occasions.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { type Desk, openDesk } from "../../scripts/crash-orders/desk.ts";
import { quoteNow, taking } from "../../scripts/crash-orders/intents.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { BTC_SHARD } from "../../sim/exchange/shards.ts";
import { bitcoinOf, book, life, quarter } from "../../sim/exchange/testing/bitcoin.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { BTC_RUN } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { BASIS } from "../../test/db/night.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { readAccount } from "../account-view.ts";
import { bookCorrections, type Corrections } from "../correct-settlements.ts";
import { createOrderActivities } from "../place-order.ts";
import { keepMarkets } from "./keep-markets.ts";
import { createSettler, createSweepActivities } from "./settle-contracts.ts";
import { createSettlePositionActivities } from "./settle-position.ts";

const at = (seconds: number): Instant => instant(START + seconds * 1_000);
const MODE = "paper";
const FEES = { kind: "quadratic", multiplierMilli: 1_000 } as const;
const QUARTER = quarter(120, { strike: 80_000 });
const TICKER = QUARTER.marketTicker;
const RUN = { ...BTC_RUN, runId: "btc/paper/2026-11-20", mode: MODE, startedAt: at(0) } as const;
const SOURCE = bitcoinOf([
  ...[QUARTER, ...book(0, TICKER)],
  life(126, TICKER, "finalized", "yes", { on: 80_000.01 }),
  life(160, TICKER, "finalized", "no", { on: 79_999.99 }),
  life(200, TICKER, "finalized", "scalar", { on: 79_999.99, value: 0.37 }),
]);
const CASH = usdMicros(1_000_000_000);

let dataDir: string;
let exchange: ExchangeHandle;
let clone: ClonedDatabase;
let desk: Desk;

beforeAll(async () => {
  clone = await cloneDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  exchange = await startExchange({
    ...{ dataDir, port: 0, isFreeRunning: false, latencyMs: 0, tier: "premier", log: SILENT },
    openSource: () => Promise.resolve(SOURCE),
  });
  await exchange.nights.load({ source: "world:1", speed: 240, startingCashUsd: 1_000 });
  const { url: exchangeUrl, key } = exchange;
  desk = await openDesk({ databaseUrl: clone.url, exchangeUrl, ...key }, null);
  await startRun(clone.db, RUN);
  const opening = { depositId: "opening-balance", amount: CASH, runId: RUN.runId, at: at(0) };
  await deposit(clone.db, { mode: MODE, ...opening });
});
afterAll(async () => {
  await desk.close();
  await exchange.close();
  await clone.drop();
  await rm(dataDir, { recursive: true });
});

it("pays what was held by the last word, once a word, and has its contract scored by it", async () => {
  const { deps } = desk;
  const { db } = clone;
  const account = () => required(exchange.nights.night, "a night").engine.account;
  await desk.advanceTo(at(10));
  const [market] = await deps.venue.markets({ seriesTicker: "KXBTC15M" });
  const listed = [required(market, "the market")];
  await keepMarkets(db, { series: "KXBTC15M", markets: listed, fees: FEES, at: at(10) });
  const occasion = occasionOfContract({
    ...{ runId: RUN.runId, mode: MODE, contract: QUARTER, exchangeIndex: BTC_SHARD },
  });
  await openOccasion(db, occasion, at(10));
  const entry = taking(1_000);
  const placed = await createOrderActivities(deps).placeOrder({
    ...{ occasion, intentKey: `${occasion.occasionId}/1`, parentId: null },
    basis: { ...BASIS, decidedAt: at(5), forecastKnownAt: at(5), modelKnownAt: at(5) },
    intent: {
      ...{ ...entry, strategy: "btc-edge", phase: "live", marketTicker: TICKER },
      ...{ eventTicker: QUARTER.eventTicker, exchangeIndex: BTC_SHARD },
      plan: { ...entry.plan, price: priceMicros(520_000) },
    },
    ...{ decisionId: `${occasion.occasionId}#1`, quote: quoteNow(deps.clock) },
  });
  expect(placed).toMatchObject({ kind: "order", filledCenti: 1_000 });
  const bought = account().cash;

  const settler = createSettler({
    ...{ db, venue: deps.venue, clock: deps.clock, log: SILENT, alarms: deps.alarms },
    spot: { settled: () => null },
    flush: () => Promise.resolve(),
  });
  const { sweepSettlements } = createSweepActivities({
    ...{ db, clock: deps.clock },
    openBitcoin: () => Promise.resolve({ settler }),
  });
  const { settlePosition } = createSettlePositionActivities(deps);
  const look = async (): Promise<Corrections> => {
    const times = { openedAt: at(0), recent: at(0) };
    return await bookCorrections(deps, MODE, await readAccount(deps.venue, times));
  };
  // Ten contracts: 10 USD by the first word, nothing by the second, 3.70 USD by the third.
  const words = [
    { from: 130, result: "yes", revenue: 10_000_000, corrections: 0, booked: [] },
    { from: 165, result: "no", revenue: 0, corrections: 1, booked: [{ change: -10_000_000 }] },
    { from: 205, result: "scalar", revenue: 3_700_000, corrections: 2, booked: [{ number: 2 }] },
  ];
  for (const { from, result, revenue, corrections, booked } of words) {
    await desk.advanceTo(at(from));
    if (corrections === 0) await sweepSettlements({ mode: MODE, sinceMs: null });
    if (corrections === 0) await settlePosition({ occasion });
    expect(await look()).toMatchObject({ booked, refused: [] });
    expect(await look()).toEqual({ booked: [], refused: [] });
    expect(await settlePosition({ occasion })).toEqual({ revenueMicros: revenue });
    expect(account().cash).toBe(bought + revenue);
    expect(await cash(db, MODE)).toBe(bought + revenue);
    expect(await cashIdentity(db, MODE)).toMatchObject({ difference: 0, imbalance: 0 });
    expect(await contract()).toEqual({ outcome: result, corrections });
    // The sweep finds by itself what is to be scored anew.
    expect(await unscoredContracts(db, MODE, at(from))).toEqual(corrections > 0 ? [TICKER] : []);
    await sweepSettlements({ mode: MODE, sinceMs: null });
    expect(await unscoredContracts(db, MODE, at(from))).toEqual([]);
  }
});

function contract() {
  return clone.db
    .selectFrom("kalshi_contracts")
    .select(["outcome", "corrections"])
    .where("market_ticker", "=", TICKER)
    .executeTakeFirstOrThrow();
}
