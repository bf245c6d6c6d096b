import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { type Db, toDate } from "../../schema/database.ts";
import type { ListedContract, RefreshedMarket } from "../../schema/queries/btc-contracts.ts";
import {
  appendEdgeSnapshots,
  type BtcCycleBatch,
  type NewBtcDecision,
  insertBtcCycles,
  insertQuotes,
  type NewEdge,
  type NewSpotTick,
  snapshotOf,
  upsertEdges,
} from "../../schema/queries/btc-writes.ts";
import type { NewRun } from "../../schema/queries/runs.ts";
import type { NewWouldTrade } from "../../schema/queries/would-trades.ts";

/** Run time of the hand-made Bitcoin hours: on a full hour, and on a whole cycle. */
export const BTC_NOW = instant(Date.parse("2026-11-21T01:00:00Z"));
export const BTC_RUN: NewRun = {
  runId: "btc/shadow/2026-11-20",
  domain: "btc",
  mode: "shadow",
  tradingDate: "2026-11-20",
  source: "world:1",
  seed: 1,
  speed: 60,
  codeCommit: "commit",
  configHash: "hash",
  config: "{}",
  manifest: "{}",
  startedAt: BTC_NOW,
};
export const TICKERS = ["KXBTCD-26NOV2021-T80000", "KXBTCD-26NOV2021-T80100"] as const;

/** A contract that is open for an hour from `BTC_NOW` on. */
export function contractOf(ticker: string, changes: Partial<ListedContract> = {}): ListedContract {
  return {
    market_ticker: ticker,
    event_ticker: ticker.slice(0, ticker.lastIndexOf("-")),
    series_ticker: ticker.slice(0, ticker.indexOf("-")),
    strike_type: "greater",
    floor_strike_micros: usdMicros(80_000_000_000),
    cap_strike_micros: null,
    bounds_known_at: toDate(BTC_NOW),
    open_at: toDate(BTC_NOW),
    close_at: new Date(BTC_NOW + 3_600_000),
    expiration_at: null,
    ...changes,
  };
}

export function marketOf(ticker: string, changes: Partial<RefreshedMarket> = {}): RefreshedMarket {
  return {
    market_ticker: ticker,
    event_ticker: ticker.slice(0, ticker.lastIndexOf("-")),
    series_ticker: ticker.slice(0, ticker.indexOf("-")),
    status: "active",
    price_grid: "[]",
    exchange_index: 2,
    fee_kind: "quadratic",
    fee_multiplier_milli: 1_000,
    refreshed_at: toDate(BTC_NOW),
    raw: '{"ticker":"x"}',
    ...changes,
  };
}

export function edgeOf(ticker: string, at: Instant, changes: Partial<NewEdge> = {}): NewEdge {
  return {
    mode: "shadow",
    market_ticker: ticker,
    computed_at: toDate(at),
    run_id: BTC_RUN.runId,
    cycle_no: 1,
    model_probability: 0.612_345_678_901,
    confidence: 0.75,
    bid_micros: priceMicros(550_000),
    ask_micros: priceMicros(570_000),
    edge_yes_micros: 25_000,
    edge_no_micros: -80_000,
    code: "propose",
    spot_micros: usdMicros(80_123_450_000),
    mean_micros: usdMicros(80_120_000_000),
    deviation_micros: usdMicros(155_000_000),
    model_version: "digital-1",
    ...changes,
  };
}

/** One cycle of a series over some contracts. */
export function cycleOf(
  at: Instant,
  cycleNo: number,
  tickers: readonly string[] = TICKERS,
  series: BtcSeries = "KXBTCD",
): BtcCycleBatch {
  return {
    cycle: {
      mode: "shadow",
      series,
      run_id: BTC_RUN.runId,
      cycle_no: cycleNo,
      started_at: toDate(at),
      ended_at: new Date(at + 20),
      contracts: tickers.length,
      selected: tickers.length,
      excluded: '{"closing":0}',
      evaluated: tickers.length,
      proposed: 0,
      quotes_written: tickers.length,
      spot_age_ms: 350,
      duration_wall_ms: 12.5,
    },
    quotes: tickers.map((market_ticker) => ({
      market_ticker,
      observed_at: toDate(at),
      bid_micros: priceMicros(550_000),
      bid_size_centi: countCenti(10_000),
      ask_micros: priceMicros(570_000),
      ask_size_centi: countCenti(20_000),
      stale_because: null,
    })),
    edges: tickers.map((ticker) => edgeOf(ticker, at, { cycle_no: cycleNo })),
  };
}

/** Writes a cycle in one transaction, a statement a table. Repeating it changes nothing. */
export async function writeCycle(db: Db, batch: BtcCycleBatch): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await insertQuotes(tx, batch.quotes);
    await upsertEdges(tx, batch.edges);
    await appendEdgeSnapshots(tx, batch.edges.map(snapshotOf));
    await insertBtcCycles(tx, [batch.cycle]);
  });
}

export function tickAt(at: Instant, tradeId: number | null): NewSpotTick {
  return {
    source: "coinbase",
    trade_id: tradeId,
    spot_micros: usdMicros(80_123_450_000),
    source_at: toDate(at),
    received_at: new Date(at + 40),
  };
}

/** A candidate decision about the first of `TICKERS`. */
export function btcDecision(at: Instant): NewBtcDecision {
  return {
    decided_at: toDate(at),
    repeats: 3,
    mode: "shadow",
    run_id: BTC_RUN.runId,
    market_ticker: TICKERS[0],
    code: "spread_wide",
    reason: "The spread is wider than allowed.",
    config_hash: "hash",
    limits_hash: null,
    input: '{ "at": 1, "text": "a, \\"b\\"" }',
    rules: "[]",
    order_terms: null,
  };
}

export function wouldTrade(
  decisionId: string,
  changes: Partial<NewWouldTrade> = {},
): NewWouldTrade {
  return {
    decision_id: decisionId,
    mode: "shadow",
    run_id: BTC_RUN.runId,
    market_ticker: TICKERS[0],
    decided_at: toDate(BTC_NOW),
    code: "propose",
    reason: null,
    input: '{ "at": 1, "text": "a, \\"b\\"" }',
    rules: "[]",
    verdict: '{"code":"propose"}',
    order_terms: '{"side":"bid"}',
    outcome: "yes",
    config_hash: "hash",
    limits_hash: null,
    ...changes,
  };
}
