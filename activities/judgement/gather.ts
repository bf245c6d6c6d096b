import type { Mode } from "../../core/domain/decision.ts";
import { easternParts, type TradingDate } from "../../core/domain/time.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import { HORIZONS_S } from "../../core/scoring/after-fill.ts";
import { groupBy } from "../../core/scoring/group.ts";
import { type Entry, falsePositives } from "../../core/scoring/hindsight.ts";
import type { PnlPart } from "../../core/scoring/pnl.ts";
import type {
  JudgedEntry,
  JudgedFill,
  JudgedForecast,
  JudgedOrder,
  ValidationSample,
} from "../../core/scoring/validation/sample.ts";
import type { Db } from "../../schema/database.ts";
import {
  type GateFill,
  type GateOrder,
  type GateScore,
  gateFills,
  gateOrders,
  gateScores,
  gateSettlements,
  gateWouldTrades,
} from "../../schema/queries/gate-facts.ts";
import {
  aftermaths,
  type EntryContext,
  entryContexts,
  type JudgedMarket,
  judgedMarkets,
  type JudgedNight,
} from "../../schema/queries/judged-nights.ts";
import { candidates } from "../../schema/queries/report-judgement.ts";
import { partsOf, wouldFills } from "../gates/trades.ts";
import { candidateOutcomes } from "../report/analysis.ts";
import { marketKey } from "../report/night.ts";
import { tradesOfParts } from "./trades.ts";

/** What is gathered. */
export interface GatherRequest {
  readonly mode: Mode;
  readonly nights: readonly Pick<JudgedNight, "runId" | "date">[];
  /** Micro-dollars at work. */
  readonly capital: number;
  /** Whether entries that were not made are read too: the decisions behind them take their time. */
  readonly withMissed?: boolean;
}

/** Series of the games. */
const GAME_SERIES = "KXNBAGAME";

/** One sample of the ledger: everything that nights are judged on, read at one moment. */
export async function gatherSample(db: Db, request: GatherRequest): Promise<ValidationSample> {
  const { mode, nights, capital } = request;
  const runIds = nights.map(({ runId }) => runId);
  const counted = { mode, runIds };
  const markets = await judgedMarkets(db, runIds);
  const byKey = new Map(markets.map((market) => [marketKey(market), market]));
  const dateOf = new Map(markets.map(({ gameId, date }) => [gameId, date]));
  const fills = await fillsOf(db, counted);
  const settlements = (await gateSettlements(db, counted)).rows;
  const parts = partsOf(fills, settlements);
  const contexts = await entryContexts(db, counted);
  const trades = tradesOfParts({ parts, fills, contexts, dateOf });
  const dates = nights.map(({ date }) => date).sort();
  const [from, to] = [dates[0], dates.at(-1)];
  return {
    mode,
    span: from === undefined || to === undefined ? null : { from, to },
    capital,
    nights: nights.length,
    trades: trades.ended,
    open: trades.open,
    parts: parts
      .filter(({ leftBy }) => leftBy !== "open")
      .map((part) => ({
        cluster: part.gameId,
        date: dateOf.get(part.gameId) ?? "",
        gross: part.gross,
        fees: part.fees,
        strategy: part.strategy,
        leftBy: part.leftBy,
        entryPhase: part.entryPhase,
        team: byKey.get(marketKey(part))?.team ?? "unknown",
        hour: String(easternParts(part.enteredAt).hour).padStart(2, "0"),
      })),
    forecasts: (await gateScores(db, counted)).rows.map((row) => forecastOf(row, dateOf)),
    orders: (await gateOrders(db, counted)).rows.map(orderOf),
    fills: await filledEntries(db, fills),
    entries: entriesOf({ contexts, fills, parts, byKey }),
    missed: request.withMissed === true ? await missedOf(db, runIds, byKey) : [],
  };
}

/** In shadow what it would have traded: nothing was sent. */
async function fillsOf(
  db: Db,
  counted: { readonly mode: Mode; readonly runIds: readonly string[] },
): Promise<readonly GateFill[]> {
  if (counted.mode === "shadow") return wouldFills((await gateWouldTrades(db, counted)).rows);
  return (await gateFills(db, counted)).rows;
}

function forecastOf(row: GateScore, dateOf: ReadonlyMap<string, TradingDate>): JudgedForecast {
  const { gameId, instantName, model, market, homeWon } = row;
  return {
    cluster: gameId,
    date: dateOf.get(gameId) ?? "",
    series: GAME_SERIES,
    horizon: instantName,
    model,
    baseline: market,
    outcome: homeWon ? 1 : 0,
  };
}

function orderOf(row: GateOrder): JudgedOrder {
  const { gameId, count, expectedPrice, expectedFillProbability, fills, ...same } = row;
  return {
    ...same,
    cluster: gameId,
    count: countCenti(count),
    expectedPrice: priceMicros(expectedPrice),
    expectedFillProbability,
    probability: expectedFillProbability,
    isFilled: fills.length > 0,
    fills: fills.map((fill) => ({
      price: priceMicros(fill.price),
      count: countCenti(fill.count),
    })),
  };
}

/** Entries that filled, with what the market did afterwards. */
async function filledEntries(db: Db, fills: readonly GateFill[]): Promise<readonly JudgedFill[]> {
  const entries = fills.filter(({ purpose }) => purpose === "entry");
  const after = await aftermaths(db, entries, HORIZONS_S);
  return entries.flatMap((fill, index) => {
    const seen = after[index];
    if (!seen) return [];
    const tip = seen.isBeforeTip && seen.atTip !== null ? seen.atTip * 1_000_000 : null;
    return {
      cluster: fill.gameId,
      strategy: fill.strategy,
      phase: fill.phase,
      side: fill.side,
      price: priceMicros(fill.price),
      count: countCenti(fill.count),
      midAt: seen.midAt,
      midsAfter: seen.midsAfter,
      lacksAfter: seen.lacksAfter,
      closingPrice: seen.closing,
      tipPrice: tip,
    };
  });
}

/** Entries of YES with what was held to be true, and whether they were false positives. */
function entriesOf(of: {
  readonly contexts: readonly EntryContext[];
  readonly fills: readonly GateFill[];
  readonly parts: readonly PnlPart[];
  /** By `marketKey`. */
  readonly byKey: ReadonlyMap<string, JudgedMarket>;
}): readonly JudgedEntry[] {
  const bought = groupBy(
    of.fills.filter(({ purpose, side }) => purpose === "entry" && side === "bid"),
    ({ gameId, strategy, marketTicker }) => JSON.stringify([gameId, strategy, marketTicker]),
  );
  const entries = of.contexts.flatMap((context): Entry[] => {
    const { gameId, strategy, marketTicker, fairValue } = context;
    const own = bought.get(JSON.stringify([gameId, strategy, marketTicker])) ?? [];
    const count = own.reduce((sum, fill) => sum + fill.count, 0);
    if (count === 0 || fairValue === null) return [];
    const averagePrice = own.reduce((sum, fill) => sum + fill.price * fill.count, 0) / count;
    const settlementValue = of.byKey.get(marketKey(context))?.value ?? null;
    return [{ gameId, strategy, marketTicker, fairValue, averagePrice, settlementValue }];
  });
  const wrong = new Set(falsePositives(entries, of.parts).map(({ entry }) => entry));
  return entries
    .filter(({ settlementValue }) => settlementValue !== null)
    .map((entry) => ({
      cluster: entry.gameId,
      strategy: entry.strategy,
      isFalsePositive: wrong.has(entry),
    }));
}

/** One night at a time: the decisions behind its candidates are long. */
async function missedOf(
  db: Db,
  runIds: readonly string[],
  byKey: ReadonlyMap<string, JudgedMarket>,
): Promise<ValidationSample["missed"]> {
  const markets = new Map(
    [...byKey].map(([key, { side, value }]) => [key, { team: side, settlementValue: value }]),
  );
  const outcomes = [];
  for (const runId of runIds) {
    outcomes.push(...candidateOutcomes(await candidates(db, runId), markets));
  }
  return outcomes;
}
