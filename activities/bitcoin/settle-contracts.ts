import type { Logger } from "pino";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { ContractFact } from "../../core/domain/contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { FeeSchedule, Market } from "../../core/domain/market.ts";
import { isVoid, readWord, type SettlementWord, VOID } from "../../core/domain/settlement.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { LEAST_PROBABILITY } from "../../core/scoring/btc-horizons.ts";
import type { Db } from "../../schema/database.ts";
import {
  settleContracts,
  settledSince,
  type ToldSettlement,
  unknownContracts,
  unscoredContracts,
  unsettledContracts,
} from "../../schema/queries/btc-contracts.ts";
import { beatLoops, countErrors } from "../../schema/queries/btc-loops.ts";
import { settleDecisions } from "../../schema/queries/btc-orders.ts";
import { watchedSince } from "../../schema/queries/btc-report-day.ts";
import { scoreSettled } from "../../schema/queries/btc-scores.ts";
import { knownOccasions } from "../../schema/queries/occasions.ts";
import { workflowIds } from "../../temporal.config.ts";
import type { ContractNews } from "../../workflows/btc-contracts.ts";
import type { AlarmBook } from "../alarm-book.ts";
import { errorClassOf } from "./health-notes.ts";
import { keepMarkets } from "./keep-markets.ts";
import type { ContractEnd } from "./series-markets.ts";
import type { SpotBook } from "./spot-book.ts";

/** What a look at closed contracts found. */
interface Settled {
  /** All that were asked for, as the venue shows them. */
  readonly markets: readonly Market[];
  /** Those whose end is in the tables now, scored. */
  readonly ended: readonly { readonly marketTicker: string; readonly end: ContractEnd }[];
  /** Those of them that were settled otherwise before. */
  readonly corrected: readonly string[];
  /** Snapshots scored by this look. */
  readonly scored: number;
}

/** Settles and scores contracts in batches. Everything is safe to repeat. */
export interface ContractSettler {
  settle(request: {
    readonly mode: Mode;
    readonly tickers: readonly string[];
    readonly at: Instant;
  }): Promise<Settled>;
  /**
   * Asks the venue for what closed between two instants and was never listed here: it opened and closed
   * while nobody was there. @returns the tickers, which the tables know now.
   */
  learnClosed(request: {
    readonly series: readonly BtcSeries[];
    readonly since: Instant;
    readonly at: Instant;
  }): Promise<readonly string[]>;
}

export interface SettlerDeps {
  readonly db: Db;
  readonly venue: Pick<Venue, "markets" | "feeSchedule">;
  readonly spot: Pick<SpotBook, "settled">;
  readonly clock: RunClock;
  readonly alarms: Pick<AlarmBook, "raise" | "clear">;
  /** Resolves when what was observed so far is in the database: scores are of that. */
  readonly flush: () => Promise<void>;
  readonly log: Logger;
}

/** Tickers that one question names. */
const TICKERS_PER_QUESTION = 100;

/** Creates the settler of a process. */
export function createSettler(deps: SettlerDeps): ContractSettler {
  const refused: Parameters<typeof finalOf>[2] = new Map();
  return {
    async settle({ mode, tickers, at }) {
      const markets = await readMarkets(deps.venue, tickers);
      const final = finalOf(deps, { mode, markets, at }, refused);
      if (final.length === 0) return { markets, ended: [], corrected: [], scored: 0 };
      await deps.flush();
      const told = final.map(({ market, word }) => toldOf(market, word));
      const { unknown, corrected } = await settleContracts(deps.db, told);
      if (unknown.length > 0) {
        await keepUnknown(deps, markets, unknown, at);
        const late = new Set(unknown);
        await settleContracts(
          deps.db,
          told.filter(({ ticker }) => late.has(ticker)),
        );
      }
      for (const { market } of final) {
        const { expirationValue: average } = market;
        if (average !== null && average > 0) deps.spot.settled(market.closeAt, average, at);
      }
      const ended = final.map(({ market }) => market.ticker);
      const { snapshots } = await scoreSettled(deps.db, {
        mode,
        tickers: ended,
        at,
        leastProbability: LEAST_PROBABILITY,
      });
      await settleDecisions(deps.db, mode, ended);
      deps.log.info({ mode, ended: ended.length, snapshots }, "contracts settled and scored");
      return {
        markets,
        ended: final.map((one) => ({ marketTicker: one.market.ticker, end: endOf(one) })),
        corrected,
        scored: snapshots,
      };
    },
    async learnClosed({ series, since, at }) {
      const missed: Market[] = [];
      for (const seriesTicker of series) {
        const window = { seriesTicker, minCloseAt: since, maxCloseAt: at };
        missed.push(...(await deps.venue.markets(window)));
      }
      const tickers = missed.map(({ ticker }) => ticker);
      const unknown = await unknownContracts(deps.db, tickers);
      await keepUnknown(deps, missed, unknown, at);
      return unknown;
    },
  };
}

/** What a sweep came to. */
export interface SweepOutcome {
  readonly settled: number;
  readonly scored: number;
  /** Closed, and the venue has not said its final word. */
  readonly waiting: number;
  /** Of those that were due, never listed here before: only a sweep since an instant asks for them. */
  readonly missed: number;
  /** For contracts that had a workflow. */
  readonly news: readonly { readonly marketTicker: string; readonly news: ContractNews }[];
}

/** Argument of `sweepSettlements`. */
export interface SweepRequest {
  readonly mode: Mode;
  /**
   * Of what is not settled only what closed since this instant, epoch milliseconds, but also what was never
   * listed here; null: all that is known.
   */
  readonly sinceMs: number | null;
  /** Asks also about what is settled and closed within this time: the venue may have corrected it. */
  readonly againMs?: number;
}

type SweepDeps = Pick<SettlerDeps, "db" | "clock"> & {
  readonly openBitcoin: () => Promise<{ readonly settler: ContractSettler }>;
};

/** The sweep: all that closed and is not settled, watched or not, also what closed while nobody was there. */
export const createSweepActivities = (deps: SweepDeps) => ({
  async sweepSettlements(request: SweepRequest): Promise<SweepOutcome> {
    const { db, clock } = deps;
    const { mode } = request;
    const loop = { name: "sweep", series: "" } as const;
    try {
      const outcome = await sweep(deps, request);
      await beatLoops(db, mode, [{ ...loop, at: clock.now() }]);
      return outcome;
    } catch (error) {
      const met = { ...loop, errorClass: errorClassOf(error), at: clock.now(), count: 1 };
      // Where no error can be counted either, the silence of the loop tells.
      await countErrors(db, mode, [met]).catch(() => undefined);
      throw error;
    }
  },
});
export type SweepActivities = ReturnType<typeof createSweepActivities>;

async function sweep(deps: SweepDeps, request: SweepRequest): Promise<SweepOutcome> {
  const { db, clock } = deps;
  const { mode, sinceMs, againMs } = request;
  const at = clock.now();
  const since = sinceMs === null ? null : instant(sinceMs);
  const missed = since === null ? [] : await learnMissed(deps, mode, since, at);
  const unsettled = await unsettledContracts(db, { since, until: at });
  const unscored = await unscoredContracts(db, mode, at);
  const due = new Set([...unsettled.map((row) => row.market_ticker), ...unscored]);
  const again =
    againMs === undefined
      ? []
      : await settledSince(db, { since: instant(at - againMs), until: at });
  const tickers = [...new Set([...due, ...again])];
  // A home that plays games alone has none, and opens no feed of the spot for them.
  if (tickers.length === 0) return { settled: 0, scored: 0, waiting: 0, missed: 0, news: [] };
  const { settler } = await deps.openBitcoin();
  const { ended, corrected, scored } = await settler.settle({ mode, tickers, at });
  const changed = ended.filter(
    ({ marketTicker }) => due.has(marketTicker) || corrected.includes(marketTicker),
  );
  const idOf = (marketTicker: string): string => workflowIds.btcContract(mode, marketTicker);
  const followed = await knownOccasions(
    db,
    changed.map(({ marketTicker }) => idOf(marketTicker)),
  );
  const news = changed.flatMap(({ marketTicker, end }) => {
    if (!followed.has(idOf(marketTicker))) return [];
    const facts: ContractFact[] = [end, ...(end.kind === "settled" ? [SCORED] : [])];
    return [{ marketTicker, news: { at, facts, proposal: null } }];
  });
  const found = changed.filter(({ marketTicker }) => due.has(marketTicker)).length;
  const waiting = due.size - found;
  return { settled: changed.length, scored, waiting, missed: missed.length, news };
}

/** Of the series that the mode has ever watched. */
async function learnMissed(
  { db, openBitcoin }: SweepDeps,
  mode: Mode,
  since: Instant,
  at: Instant,
): Promise<readonly string[]> {
  const series = (await watchedSince(db, mode)).map((one) => one.series);
  if (series.length === 0) return [];
  const { settler } = await openBitcoin();
  return settler.learnClosed({ series, since, at });
}

const SCORED: ContractFact = { kind: "scored" };

async function readMarkets(
  venue: SettlerDeps["venue"],
  tickers: readonly string[],
): Promise<readonly Market[]> {
  const markets: Market[] = [];
  for (let from = 0; from < tickers.length; from += TICKERS_PER_QUESTION) {
    const named = tickers.slice(from, from + TICKERS_PER_QUESTION);
    markets.push(...(await venue.markets({ tickers: named })));
  }
  return markets;
}

/** A market whose final word is sound, and what that says. */
interface FinalMarket {
  readonly market: Market;
  readonly word: SettlementWord;
}

/**
 * Those that the venue has said its final word on. What is no word is told and left: it keeps up nobody else.
 *
 * @param refused the alarms that stand, by market; changed.
 */
function finalOf(
  { alarms, clock, log }: SettlerDeps,
  {
    mode,
    markets,
    at,
  }: { readonly mode: Mode; readonly markets: readonly Market[]; readonly at: Instant },
  refused: Map<string, Parameters<AlarmBook["clear"]>[0]>,
): readonly FinalMarket[] {
  return markets.flatMap((market) => {
    if (market.status !== "finalized") return [];
    const { ticker } = market;
    const word = isVoid(market, at) ? VOID : readWord(market);
    const before = refused.get(ticker);
    const fault = "field" in word ? word : null;
    const field = fault?.field ?? null;
    if (before !== undefined && before.field !== field) {
      refused.delete(ticker);
      alarms.clear(before, clock.now());
    }
    if (!("field" in word)) return [{ market, word }];
    const gameId = workflowIds.btcContract(mode, ticker);
    const key = { runId: null, gameId, code: "btc_settlement_invalid", field };
    refused.set(ticker, key);
    const message = `${ticker} is not settled: ${word.field}: ${word.reason}`;
    log.error({ ticker, ...word }, "a contract cannot be settled");
    alarms.raise({ ...key, severity: "critical", message, details: {}, at: clock.now() });
    return [];
  });
}

/** What the venue says of a contract's end, for its row. */
export function toldOf(market: Market, word: SettlementWord): ToldSettlement {
  return {
    ticker: market.ticker,
    outcome: word.result,
    payout: word.value,
    settlementValue: market.expirationValue,
    settledAt: market.settledAt ?? market.closeAt,
  };
}

function endOf({ market, word }: FinalMarket): ContractEnd {
  if (word.result === "void") return { kind: "voided" };
  const { result, value } = word;
  const { expirationValue: average } = market;
  return { kind: "settled", result, scalarValue: result === "scalar" ? value : null, average };
}

const MARKETS_AT_ONCE = 200;

/** Contracts that closed before they were ever listed here are learned of. */
async function keepUnknown(
  deps: SettlerDeps,
  markets: readonly Market[],
  unknown: readonly string[],
  at: Instant,
): Promise<void> {
  const wanted = new Set(unknown);
  for (const series of BTC_SERIES) {
    const own = markets.filter(
      ({ ticker, eventTicker }) => isOf(series, eventTicker) && wanted.has(ticker),
    );
    const [first] = own;
    if (first === undefined) continue;
    const fees: FeeSchedule = await deps.venue.feeSchedule(series, first.eventTicker);
    // After days away they are thousands: what is open must not stand still while they are written.
    for (let from = 0; from < own.length; from += MARKETS_AT_ONCE) {
      const part = own.slice(from, from + MARKETS_AT_ONCE);
      await keepMarkets(deps.db, { series, markets: part, feesOf: () => fees, at });
    }
  }
}

function isOf(series: BtcSeries, eventTicker: string): boolean {
  return eventTicker.startsWith(`${series}-`);
}
