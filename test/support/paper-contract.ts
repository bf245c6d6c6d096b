import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@temporalio/client";
import {
  createSettler,
  createSweepActivities,
  type SweepOutcome,
} from "../../activities/bitcoin/settle-contracts.ts";
import { keepMarkets } from "../../activities/bitcoin/keep-markets.ts";
import { createSettlePositionActivities } from "../../activities/bitcoin/settle-position.ts";
import { createOrderActivities, type PlaceResult } from "../../activities/place-order.ts";
import { createReconcileActivities, type ReconcileResult } from "../../activities/reconcile.ts";
import { required } from "../../core/domain/assert.ts";
import { type Occasion, occasionOfContract } from "../../core/domain/occasion.ts";
import type { OrderOwner, OwnedIntent } from "../../core/domain/order.ts";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { openOccasion } from "../../schema/queries/occasions.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { type Desk, openDesk } from "../../scripts/crash-orders/desk.ts";
import { quoteNow, taking } from "../../scripts/crash-orders/intents.ts";
import type { Account } from "../../sim/exchange/account.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { BTC_SHARD } from "../../sim/exchange/shards.ts";
import { bitcoinOf, life, quarter, told } from "../../sim/exchange/testing/bitcoin.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import type { Fact } from "../../sim/facts.ts";
import { BTC_RUN } from "../db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../db/clone.ts";
import { BASIS } from "../db/night.ts";
import { SILENT } from "./kalshi.ts";
import { marksOfBids } from "./marks.ts";
import { ONE_NIGHT } from "./one-night.ts";

const MODE = "paper";
const FEES = { kind: "quadratic", multiplierMilli: 1_000 } as const;
const RUN_ID = "btc/paper/2026-11-20";
/** It closes two minutes after the start. */
const QUARTER = quarter(120, { strike: 80_000 });
/** The ticker of the contract. */
export const PAPER_TICKER = QUARTER.marketTicker;

const level = (outcome: "yes" | "no", cents: number, contracts: number): Fact =>
  told(0, {
    ...{ kind: "level", marketTicker: PAPER_TICKER, outcome, price: priceMicros(cents * 10_000) },
    size: countCenti(contracts * 100),
  });
/** A book with three to buy at 52 cents, then at 53; its market is final and silent for a quarter of an hour, then YES. */
export const SILENT_THEN_YES: readonly Fact[] = [
  ...[level("yes", 48, 100), level("no", 48, 3), level("no", 47, 100)],
  life(126, PAPER_TICKER, "finalized"),
  life(1_000, PAPER_TICKER, "finalized", "yes", { on: 80_000.01 }),
];
/** The instant so many seconds after the start. */
export const at = (seconds: number): Instant => instant(START + seconds * 1_000);

/** One Bitcoin contract at the real exchange, a database, and what our activities do with them. */
export interface PaperContract {
  readonly desk: Desk;
  readonly clone: ClonedDatabase;
  readonly occasion: Occasion;
  /** The account as the exchange keeps it. */
  account(): Account;
  /** Takes so many hundredths of a contract at 53 cents or less, for `btc-edge` or whom it says. */
  buy(count: number, strategy?: OrderOwner): Promise<PlaceResult>;
  /** Takes so many, and the venue's answer is lost. */
  buyUnheard(count: number): Promise<PlaceResult>;
  /** Sells so many of those that are held, at 48 cents or more. */
  sell(count: number): Promise<PlaceResult>;
  sweep(): Promise<SweepOutcome>;
  settlePosition(): ReturnType<ReturnType<typeof createSettlePositionActivities>["settlePosition"]>;
  reconcile(): Promise<ReconcileResult>;
  close(): Promise<void>;
}

/** Opens the exchange with the contract and what else its source tells, ten seconds after the start. */
export async function openPaperContract(facts: readonly Fact[]): Promise<PaperContract> {
  const clone = await cloneDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  const exchange = await startExchange({
    ...{ dataDir, port: 0, isFreeRunning: false, latencyMs: 0, tier: "premier", log: SILENT },
    openSource: () => Promise.resolve(bitcoinOf([QUARTER, ...facts])),
  });
  await exchange.nights.load({ source: "world:1", speed: 240, startingCashUsd: 1_000 });
  const { url: exchangeUrl, key } = exchange;
  const desk = await openDesk({ databaseUrl: clone.url, exchangeUrl, ...key }, null);
  const occasion = await openBooks(clone, desk);
  return {
    desk,
    clone,
    occasion,
    account: () => accountOf(exchange),
    ...traderOf(desk, occasion),
    ...settlersOf(desk, occasion),
    close: async () => {
      await desk.close();
      await exchange.close();
      await clone.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}

const accountOf = ({ nights }: ExchangeHandle): Account =>
  required(nights.night, "a night").engine.account;

async function openBooks({ db }: ClonedDatabase, desk: Desk): Promise<Occasion> {
  await startRun(db, { ...BTC_RUN, runId: RUN_ID, mode: MODE, startedAt: at(0) });
  const amount = usdMicros(1_000_000_000);
  const opening = { depositId: "opening-balance", amount, runId: RUN_ID, at: at(0) };
  await deposit(db, { mode: MODE, ...opening });
  await desk.advanceTo(at(10));
  const [market] = await desk.deps.venue.markets({ seriesTicker: "KXBTC15M" });
  const markets = [required(market, "the market")];
  await keepMarkets(db, { series: "KXBTC15M", markets, feesOf: () => FEES, at: at(10) });
  const occasion = occasionOfContract({
    ...{ runId: RUN_ID, mode: MODE, contract: QUARTER, exchangeIndex: BTC_SHARD },
  });
  await openOccasion(db, occasion, at(10));
  return occasion;
}

function traderOf(
  desk: Desk,
  occasion: Occasion,
): Pick<PaperContract, "buy" | "buyUnheard" | "sell"> {
  const { venue } = desk.deps;
  let isHeard = true;
  const { placeOrder } = createOrderActivities({
    ...desk.deps,
    venue: {
      ...venue,
      createOrder: async (...order) => {
        const answer = await venue.createOrder(...order);
        return isHeard ? answer : { kind: "unknown", reason: "timeout" };
      },
    },
    // Who enters where another one holds must know what that is worth.
    readInputs: async (...asked) => ({
      ...(await desk.deps.readInputs(...asked)),
      marks: marksOfBids([[PAPER_TICKER, 480_000]]),
    }),
  });
  let orders = 0;
  const place = (intent: OwnedIntent): Promise<PlaceResult> => {
    orders += 1;
    return placeOrder({
      ...{ occasion, intentKey: `${occasion.occasionId}/${orders}`, parentId: null, intent },
      basis: { ...BASIS, decidedAt: at(5), forecastKnownAt: at(5), modelKnownAt: at(5) },
      ...{ decisionId: `${occasion.occasionId}#${orders}`, quote: quoteNow(desk.deps.clock) },
    });
  };
  const entry = (count: number): OwnedIntent => ({
    ...{ ...taking(count), strategy: "btc-edge", phase: "live", marketTicker: PAPER_TICKER },
    ...{ eventTicker: QUARTER.eventTicker, exchangeIndex: BTC_SHARD },
    plan: { ...taking(count).plan, price: priceMicros(530_000) },
  });
  const price = priceMicros(480_000);
  return {
    buy: (count, strategy = "btc-edge") => place({ ...entry(count), strategy }),
    buyUnheard: async (count) => {
      isHeard = false;
      try {
        return await place(entry(count));
      } finally {
        isHeard = true;
      }
    },
    sell: (count) =>
      place({
        ...entry(count),
        ...{ purpose: "exit", exitType: "take-profit", side: "ask", isReduceOnly: true },
        limitPrice: price,
        plan: { ...entry(count).plan, price, expectedPrice: price },
      }),
  };
}

function settlersOf(
  { deps }: Desk,
  occasion: Occasion,
): Pick<PaperContract, "sweep" | "settlePosition" | "reconcile"> {
  const { db, venue, clock, alarms } = deps;
  const settler = createSettler({
    ...{ db, venue, clock, log: SILENT, alarms },
    spot: { settled: () => null },
    flush: () => Promise.resolve(),
  });
  const sweeper = createSweepActivities({
    ...{ db, clock },
    openBitcoin: () => Promise.resolve({ settler }),
  });
  // Every workflow that is asked for runs: nothing here is abandoned.
  const describe = (): Promise<object> => Promise.resolve({ status: { name: "RUNNING" } });
  const client = { workflow: { getHandle: () => ({ describe }) } } as unknown as Client; // Test boundary.
  const reconciler = createReconcileActivities({ ...deps, client, ...ONE_NIGHT });
  return {
    sweep: () => sweeper.sweepSettlements({ mode: MODE, sinceMs: null }),
    settlePosition: () => createSettlePositionActivities(deps).settlePosition({ occasion }),
    reconcile: () => reconciler.reconcile({ mode: MODE, runId: RUN_ID }),
  };
}
