import type { Estimate, GateFacts } from "../../core/domain/gate.ts";
import { easternDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { Db } from "../../schema/database.ts";
import {
  type CountedNights,
  type Evidence,
  gateBreaches,
  gateFills,
  gateGames,
  gateIncidents,
  type GateNight,
  gateNights,
  gateOrders,
  gateScores,
  gateSettlements,
  type GateWindow,
  gateWouldTrades,
  lastDrill,
  type LeftOut,
} from "../../schema/queries/gate-facts.ts";
import { lastValidation } from "../../schema/queries/judgements.ts";
import { calibrationOf, executionFacts, tradeStatistics } from "./statistics.ts";
import { partsOf, type Trade, tradesOf, wouldFills } from "./trades.ts";

const DAY_MS = 86_400_000;

/** What the facts are reckoned against. */
export interface FactsRequest {
  readonly window: GateWindow;
  /** The stage's capital, micros: what returns are shares of. */
  readonly capital: number;
  /** Now, wall milliseconds. */
  readonly nowMs: number;
  readonly ignoredBreakers: readonly string[];
}

/** The facts of a window, with the nights they rest on. */
export interface WindowFacts {
  readonly facts: GateFacts;
  readonly nights: readonly GateNight[];
  /** Nights of the window that are no evidence. */
  readonly leftOut: LeftOut;
}

/** Reads the ledger and reckons everything a gate can ask. What cannot be told is `null`, never 0. */
export async function readGateFacts(db: Db, request: FactsRequest): Promise<WindowFacts> {
  const { window, capital, nowMs, ignoredBreakers } = request;
  const nights = await gateNights(db, window);
  const counted = { mode: window.mode, runIds: nights.rows.map(({ runId }) => runId) };
  const wallDays = wallDaysOf(nights.rows);
  const span = spanOf(nights.rows.map(({ date }) => date));
  const { trades, query } = await readTrades(db, counted);
  const dateOf = await gateGames(db, counted);
  const breaches = await gateBreaches(db, counted, ignoredBreakers);
  const incidents = await gateIncidents(db, counted);
  return {
    nights: nights.rows,
    leftOut: nights.leftOut,
    facts: {
      ...runtimeFacts(nights, wallDays, nowMs),
      ...tradeStatistics({
        trades: trades.map((trade) => ({ ...trade, date: dateOf.get(trade.gameId) ?? "" })),
        span,
        capital,
        query,
      }),
      calibration: calibrationOf(await gateScores(db, counted)),
      ...executionFacts(await gateOrders(db, counted)),
      limitBreaches: countOf(breaches, wallDays.length),
      incidents: countOf(incidents, wallDays.length),
      killDrillAgeDays: ageOf(await lastDrill(db, window.mode, "kill"), nowMs),
      restoreDrillAgeDays: ageOf(await lastDrill(db, window.mode, "restore"), nowMs),
      // There is no live trading to compare with: mode live does not exist.
      liveDivergence: plain(null, 0, "mode live does not exist"),
      validation: await validationFact(db, window, nowMs),
    },
  };
}

/** Facts of which nothing is known: of a stage whose mode does not exist. */
export function noFacts(why: string): GateFacts {
  const none = plain(null, 0, why);
  return {
    runtimeDays: none,
    nights: none,
    dataAgeDays: none,
    completedTrades: none,
    totalReturn: none,
    weeklyReturns: [],
    begunWeekReturn: null,
    weeklyQuery: why,
    sharpe: none,
    profitFactor: none,
    drawdown: none,
    feeDrag: none,
    winRate: none,
    worstTrade: none,
    calibration: none,
    fillRateGap: none,
    slippageCents: none,
    limitBreaches: none,
    incidents: none,
    killDrillAgeDays: none,
    restoreDrillAgeDays: none,
    liveDivergence: none,
    validation: { ...none, verdict: null },
  };
}

async function readTrades(
  db: Db,
  nights: CountedNights,
): Promise<{ readonly trades: readonly Trade[]; readonly query: string }> {
  const settlements = await gateSettlements(db, nights);
  if (nights.mode === "shadow") {
    const would = await gateWouldTrades(db, nights);
    const parts = partsOf(wouldFills(would.rows), settlements.rows);
    return { trades: tradesOf(parts), query: would.query };
  }
  const fills = await gateFills(db, nights);
  return { trades: tradesOf(partsOf(fills.rows, settlements.rows)), query: fills.query };
}

async function validationFact(
  db: Db,
  window: GateWindow,
  nowMs: number,
): Promise<GateFacts["validation"]> {
  const { rows, query } = await lastValidation(db, window);
  return { ...ageOf({ rows, query }, nowMs), verdict: rows[0]?.verdict ?? null };
}

function plain(value: number | null, sample: number, query: string): Estimate {
  return { value, interval: null, sample, query };
}

interface Span {
  readonly from: string;
  readonly to: string;
}

function spanOf(dates: readonly string[]): Span | null {
  const sorted = [...dates].sort();
  const from = sorted[0];
  const to = sorted.at(-1);
  return from === undefined || to === undefined ? null : { from, to };
}

/** The dates of the wall on which nights were begun: what a night is called, `--date` chooses. */
function wallDaysOf(nights: readonly GateNight[]): readonly string[] {
  return [...new Set(nights.map(({ begunAtMs }) => easternDate(instant(begunAtMs))))];
}

function runtimeFacts(
  { rows, query }: Evidence<GateNight>,
  wallDays: readonly string[],
  nowMs: number,
): Pick<GateFacts, "runtimeDays" | "nights" | "dataAgeDays"> {
  const n = wallDays.length;
  const span = spanOf(wallDays);
  const last = n === 0 ? null : Math.max(...rows.map(({ begunAtMs }) => begunAtMs));
  return {
    runtimeDays: plain(span === null ? null : daysOf(span), n, query),
    nights: plain(n === 0 ? null : n, n, query),
    dataAgeDays: plain(last === null ? null : (nowMs - last) / DAY_MS, n, query),
  };
}

/** Calendar days, both ends counted. */
function daysOf({ from, to }: Span): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** A count over nights that were played; without a night there is nothing that could have happened. */
function countOf({ rows, query }: Evidence<{ readonly n: number }>, nights: number): Estimate {
  return plain(nights === 0 ? null : (rows[0]?.n ?? null), nights, query);
}

function ageOf({ rows, query }: Evidence<{ readonly atMs: number }>, nowMs: number): Estimate {
  const at = rows[0]?.atMs;
  return plain(at === undefined ? null : (nowMs - at) / DAY_MS, at === undefined ? 0 : 1, query);
}
