import { required } from "../../../core/domain/assert.ts";
import { closeHour } from "../../../core/domain/btc-contract.ts";
import { formatUsd, type Instant } from "../../../core/domain/units.ts";
import {
  compareHorizons,
  type HorizonForecast,
  HORIZON_MINUTES,
  horizonIntervals,
} from "../../../core/scoring/btc-horizons.ts";
import { type ReliabilityBin, reliabilityBins } from "../../../core/scoring/calibration.ts";
import { groupBy } from "../../../core/scoring/group.ts";
import { seededChance } from "../../../core/scoring/inference/chance.ts";
import type { ClosedWouldTrade } from "../../../schema/queries/btc-report-day.ts";
import type { BtcReportInputs, ReportContract } from "./inputs.ts";
import type { BtcReportSummary } from "./report-schema.ts";
import { correctedLevel, judge, type JudgedScores } from "./verdict.ts";

/** The report of Bitcoin: `summary` is report.json, the rest is what its page draws besides. */
export interface BtcReport {
  readonly summary: BtcReportSummary;
  readonly reliability: {
    readonly model: readonly ReliabilityBin[];
    readonly market: readonly ReliabilityBin[];
  };
  readonly paths: readonly ContractPath[];
}

/** One contract drawn over time: probabilities of YES. */
export interface ContractPath {
  readonly marketTicker: string;
  readonly closeAt: Instant;
  readonly outcome: string;
  readonly points: readonly PathPoint[];
  readonly trades: readonly ClosedWouldTrade[];
}

/** What both said at one instant; null when absent. */
export interface PathPoint {
  readonly at: Instant;
  readonly model: number | null;
  readonly market: number | null;
}

/** The same rows give the same intervals on every machine. */
const SEED = 20_260_511;
const DRAWN_CONTRACTS = 4;
const POINTS_MAX = 240;

/** Builds a report from its rows. Pure: the same rows give the same report. */
export function buildBtcReport(inputs: BtcReportInputs): BtcReport {
  const forecasts = forecastsOf(inputs);
  const bins = (side: "model" | "market"): readonly ReliabilityBin[] =>
    reliabilityBins(
      forecasts.map((one) => ({
        ...{ probability: one[side], outcome: one.outcome, cluster: closeHour(one.closeAt) },
      })),
      { chance: seededChance(SEED) },
    );
  return {
    summary: summaryOf(inputs, forecasts),
    reliability: { model: bins("model"), market: bins("market") },
    paths: pathsOf(inputs),
  };
}

/**
 * Contracts that are drawn: those that were traded, then some of the others that resolved, spread over
 * the day so that they are of different hours.
 */
export function drawnContracts(
  contracts: readonly ReportContract[],
  trades: readonly ClosedWouldTrade[],
): readonly ReportContract[] {
  const traded = new Set(
    trades.filter(({ filled }) => filled > 0).map(({ marketTicker }) => marketTicker),
  );
  const resolved = contracts.filter(({ outcome }) => outcome === "yes" || outcome === "no");
  const first = spread(
    resolved.filter(({ marketTicker }) => traded.has(marketTicker)),
    DRAWN_CONTRACTS,
  );
  // The ladders are mostly decided from the beginning: an up-or-down contract shows more.
  const quarters = resolved.filter(({ series }) => series === "KXBTC15M");
  const others = (quarters.length > 0 ? quarters : resolved).filter(
    ({ marketTicker }) => !traded.has(marketTicker),
  );
  return [...first, ...spread(others, DRAWN_CONTRACTS - first.length)];
}

/** Our probability and the market's at each horizon of the contracts that resolved yes or no. */
export function forecastsOf({
  contracts,
  snapshots,
}: Pick<BtcReportInputs, "contracts" | "snapshots">): readonly HorizonForecast[] {
  const known = new Map(contracts.map((one) => [one.marketTicker, one]));
  return snapshots.flatMap(({ marketTicker, minutesToClose, model, market }) => {
    const contract = known.get(marketTicker);
    const minutes = HORIZON_MINUTES.find((one) => one === minutesToClose);
    if (contract === undefined || minutes === undefined) return [];
    const { series, closeAt, outcome } = contract;
    if (outcome !== "yes" && outcome !== "no") return [];
    const resolved = { series, marketTicker, closeAt, outcome: outcome === "yes" ? 1 : 0 } as const;
    return { ...resolved, minutesToClose: minutes, model, market };
  });
}

function summaryOf(
  inputs: BtcReportInputs,
  forecasts: readonly HorizonForecast[],
): BtcReportSummary {
  const { mode, kind, date, series, contracts, edgesPerCycle } = inputs;
  const scores = compareHorizons(forecasts, { chance: seededChance(SEED) });
  const intervals = horizonIntervals(forecasts, { chance: seededChance(SEED) });
  const trades = tradesOf(inputs.trades);
  const settled = contracts.filter(({ outcome }) => outcome !== null);
  const { verdict, evidence } = judge({ ...judgedScores(inputs), trades, to: date });
  return {
    date,
    series: [...series],
    contracts: contracts.length,
    settled: settled.length,
    unsettled: contracts.length - settled.length,
    gaps: gapsOf(inputs),
    horizons: scores.map((score, position) => ({
      ...score,
      intervals: required(intervals[position], "intervals of each comparison"),
    })),
    wouldTrades: trades.summary,
    edgesPerCycle,
    verdict,
    schemaVersion: 1,
    mode,
    kind,
    evidence,
    outcomes: Object.fromEntries(
      [...groupBy(contracts, ({ outcome }) => outcome ?? "unsettled")]
        .map(([outcome, own]): [string, number] => [outcome, own.length])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    judgedFrom: inputs.judged.from,
    corrected: contracts.filter(({ corrections }) => corrections > 0).length,
    buckets: bucketsOf(inputs),
    coverage: coverageOf(inputs),
  };
}

/** The comparisons that the verdict rests on, with plain intervals and with corrected ones. */
function judgedScores({
  judged,
}: BtcReportInputs): Pick<JudgedScores, "scores" | "corrected" | "from"> {
  const forecasts = forecastsOf(judged);
  const scores = compareHorizons(forecasts, { chance: seededChance(SEED) });
  const level = correctedLevel(scores);
  const corrected = compareHorizons(forecasts, { chance: seededChance(SEED), level });
  return { scores, corrected, from: judged.from };
}

/** Gaps that stand: one that was filled since is none. */
function gapsOf({ gaps }: BtcReportInputs): BtcReportSummary["gaps"] {
  return gaps
    .filter(({ filled_at }) => filled_at === null)
    .map((gap) => ({
      table: gap.table_name,
      from: gap.from_at.toISOString(),
      to: gap.to_at.toISOString(),
      missing: gap.missing_rows,
      series: gap.series,
      cause: gap.cause,
    }));
}

function tradesOf(trades: readonly ClosedWouldTrade[]): {
  readonly summary: BtcReportSummary["wouldTrades"];
  readonly filled: number;
  readonly netMicros: number;
} {
  const filled = trades.filter((one) => one.filled > 0).length;
  const settled = trades.flatMap(({ pnl, fee }) => (pnl === null ? [] : { pnl, fee }));
  const netMicros = settled.reduce((sum, { pnl }) => sum + pnl, 0);
  const fees = settled.reduce((sum, { fee }) => sum + fee, 0);
  const hits = settled.filter(({ pnl }) => pnl > 0).length;
  const usd = {
    gross: formatUsd(netMicros + fees),
    fees: formatUsd(fees),
    net: formatUsd(netMicros),
  };
  return {
    filled,
    netMicros,
    summary: {
      n: trades.length,
      filled,
      hits,
      pnlUsd: usd,
      refused: trades.filter(({ refusalCode }) => refusalCode !== null).length,
      settled: settled.length,
      hitRate: settled.length === 0 ? null : hits / settled.length,
    },
  };
}

function bucketsOf({ buckets }: BtcReportInputs): BtcReportSummary["buckets"] {
  const usd = (micros: number | null): string | null =>
    micros === null ? null : formatUsd(Math.round(micros));
  return buckets.map((one) => ({
    series: one.series,
    minutes: one.minutes,
    n: one.n,
    brier: { model: one.brierModel, market: one.brierMarket },
    logLoss: { model: one.logLossModel, market: one.logLossMarket },
    drift: one.drift,
    pnlUsd: { yes: usd(one.pnlYes), no: usd(one.pnlNo) },
  }));
}

function coverageOf({ coverage, cycles }: BtcReportInputs): BtcReportSummary["coverage"] {
  return coverage.map(({ series, written, expected, share }) => {
    const own = cycles.find((one) => one.series === series);
    const excluded = { ...own?.excluded };
    return { series, cycles: own?.cycles ?? 0, written, expected, share, excluded };
  });
}

function pathsOf({ contracts, trades, paths }: BtcReportInputs): readonly ContractPath[] {
  const rows = groupBy(paths, ({ marketTicker }) => marketTicker);
  return drawnContracts(contracts, trades).flatMap(({ marketTicker, closeAt, outcome }) => {
    const points = (rows.get(marketTicker) ?? []).map(({ at, model, bid, ask }) => ({
      at,
      model,
      market: bid === null || ask === null ? null : (bid + ask) / 2e6,
    }));
    if (points.length === 0) return [];
    const own = trades.filter((trade) => trade.marketTicker === marketTicker && trade.filled > 0);
    return {
      marketTicker,
      closeAt,
      outcome: outcome ?? "unsettled",
      points: spread(points, POINTS_MAX),
      trades: own,
    };
  });
}

/** At most so many of a list, evenly spread, the first and the last among them. */
function spread<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  if (most < 2) return items.slice(0, Math.max(0, most));
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, n) => items[Math.round(n * step)]).filter(
    (item) => item !== undefined,
  );
}
