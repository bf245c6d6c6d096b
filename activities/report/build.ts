import { KILL_REFUSALS } from "../../core/domain/kill.ts";
import { isKeptBackCode } from "../../core/domain/order.ts";
import { formatCount, formatUsd } from "../../core/domain/units.ts";
import { brierScore } from "../../core/scoring/brier.ts";
import { percentiles } from "../../core/scoring/percentile.ts";
import { pnlBy, type PnlPart, sumPnl } from "../../core/scoring/pnl.ts";
import type { GameRow, IntentRow, OrderRow } from "../../schema/queries/report-rows.ts";
import { type Analysis, analyse, resolvedPairs } from "./analysis.ts";
import { breakersOf, refusalsByCode } from "./breakers.ts";
import { criteriaOf, pregameAttempts } from "./criteria.ts";
import type { ReportInputs, WorkflowFigures } from "./inputs.ts";
import { cashIdentity, foreignOf, integrityOf } from "./integrity.ts";
import { iso, joinNight, type Night, pnlUsd, readWords, strategiesOf } from "./night.ts";
import { type GamePicture, picturesOf } from "./picture.ts";
import type { GameSummary, ReportSummary, StrategySummary } from "./report-schema.ts";

/** A night's report: `summary` is report.json, the rest is what its pages show besides. */
export interface NightReport {
  readonly summary: ReportSummary;
  readonly analysis: Analysis;
  readonly pictures: readonly GamePicture[];
}

/** Builds the report of a night from its rows. Pure: the same rows give the same report. */
export function buildReport(inputs: ReportInputs): NightReport {
  const night = joinNight(inputs.rows);
  const analysis = analyse(night, inputs);
  return { summary: summaryOf(night, analysis, inputs), analysis, pictures: picturesOf(night) };
}

function summaryOf(night: Night, analysis: Analysis, inputs: ReportInputs): ReportSummary {
  const { rows, parts } = night;
  const { run } = rows;
  return {
    schemaVersion: 1,
    tradingDay: run.tradingDay,
    mode: run.mode,
    source: run.source,
    seed: run.seed,
    speed: run.speed,
    commit: run.commit,
    configHash: run.configHash,
    isStopped: inputs.isStopped,
    ...(inputs.venue === "none" && { isBacktest: true as const }),
    startedAt: iso(run.startedAt),
    endedAt: run.endedAt === null ? null : iso(run.endedAt),
    games: rows.games.map((game) => gameSummary(night, game, inputs.workflows)),
    totals: totalsOf(night),
    byStrategy: Object.fromEntries(
      strategiesOf(night).map((strategy) => [strategy, strategySummary(night, analysis, strategy)]),
    ),
    byExit: byExit(parts),
    criteria: [...criteriaOf(night, inputs.logs)],
    integrity: integrityOf(night, inputs.venue),
    foreign: foreignOf(night),
    latencyMs: { quoteToOrder: percentiles(latencies(night)) },
    alarms: rows.alarms.map((alarm) => ({
      severity: alarm.severity,
      code: alarm.code,
      field: alarm.field,
      message: alarm.message,
      eventTicker: night.games.get(alarm.gameId ?? "")?.eventTicker ?? null,
      count: alarm.count,
      raisedAt: iso(alarm.raisedAt),
      clearedAt: alarm.clearedAt === null ? null : iso(alarm.clearedAt),
    })),
    breakers: breakersOf(night),
  };
}

function gameSummary(
  night: Night,
  game: GameRow,
  workflows: readonly WorkflowFigures[],
): GameSummary {
  const { rows, fills, parts } = night;
  const own = <Row extends { readonly gameId: string }>(all: readonly Row[]): readonly Row[] =>
    all.filter((row) => row.gameId === game.gameId);
  const { model, market } = resolvedPairs(own(rows.scores));
  const workflow = workflows.find((figures) => figures.gameId === game.gameId);
  const corrections = Math.max(0, ...own(rows.settlements).map((row) => row.corrections));
  return {
    eventTicker: game.eventTicker,
    home: game.home,
    away: game.away,
    tipAt: iso(game.tipAt),
    phase: game.phase,
    result: readResult(game.result),
    ...(corrections > 0 && { corrections }),
    finalScore: { home: game.homeScore, away: game.awayScore },
    matchConfidence: game.matchConfidence,
    pregameAttempts: pregameAttempts(rows.intents, game.gameId),
    lockAttempts: own(rows.intents).filter((intent) => isLockAttempt(night, intent)).length,
    decisions: game.decisions,
    orders: own(rows.orders).filter(wasSent).length,
    fills: fills.filter(({ order }) => order.gameId === game.gameId).length,
    pnlUsd: pnlUsd(sumPnl(own(parts))),
    brier: { model: brierScore(model), market: brierScore(market) },
    workflow: {
      id: game.gameId,
      runId: workflow?.runId ?? game.workflowRunId,
      historyEvents: workflow?.historyEvents ?? null,
      actions: workflow?.actions ?? null,
    },
    reconstructed: [...readWords(game.reconstructed)],
  };
}

/** As the cap on them counts: what goes on with an attempt is none, nor is what a kill refused. */
function isLockAttempt({ orders }: Night, intent: IntentRow): boolean {
  if (intent.exitType !== "lock" || intent.parentId !== null) return false;
  const refusal = intent.refusalCode ?? orders.get(intent.clientOrderId)?.rejectCode;
  return !KILL_REFUSALS.some((code) => code === refusal);
}

function totalsOf(night: Night): ReportSummary["totals"] {
  const { rows, parts } = night;
  const { start, end, expected } = cashIdentity(night);
  return {
    orders: rows.orders.filter(wasSent).length,
    fills: rows.fills.length,
    refusals: rows.intents.filter((intent) => intent.refusalCode !== null).length,
    refusalsByCode: refusalsByCode(night),
    pnlUsd: pnlUsd(sumPnl(parts)),
    cashUsd: {
      start: formatUsd(start),
      end: formatUsd(end),
      expected: formatUsd(expected),
      difference: formatUsd(end - expected),
    },
  };
}

function strategySummary(night: Night, analysis: Analysis, strategy: string): StrategySummary {
  const { rows, fills } = night;
  const parts = night.parts.filter((part) => part.strategy === strategy);
  const intents = rows.intents.filter((intent) => intent.strategy === strategy);
  const byPhase = pnlBy(parts, (part) => part.entryPhase);
  const quality = analysis.fillQuality[strategy];
  const missed = analysis.missed.filter((row) => row.strategy === strategy);
  return {
    // What was proposed: a replacement goes on with its first order's intent.
    intents: intents.filter(({ parentId }) => parentId === null).length,
    refusals: intents.filter((intent) => intent.refusalCode !== null).length,
    orders: rows.orders.filter((order) => order.strategy === strategy && wasSent(order)).length,
    fills: fills.filter(({ order }) => order.strategy === strategy).length,
    pnlUsd: pnlUsd(sumPnl(parts)),
    pregamePnlUsd: pnlUsd(byPhase.get("pregame") ?? sumPnl([])),
    livePnlUsd: pnlUsd(byPhase.get("live") ?? sumPnl([])),
    fillRate: quality?.fillRate ?? null,
    fillRateExpected: quality?.fillRateExpected ?? null,
    slippageUsd: formatUsd(quality?.slippageTotalMicros ?? 0),
    missedOpportunities: missed.reduce((sum, row) => sum + row.missed, 0),
    falsePositives: analysis.falsePositives.filter(({ entry }) => entry.strategy === strategy)
      .length,
  };
}

function byExit(parts: readonly PnlPart[]): ReportSummary["byExit"] {
  const contracts = new Map<string, number>();
  for (const { leftBy, count } of parts) {
    contracts.set(leftBy, (contracts.get(leftBy) ?? 0) + count);
  }
  return Object.fromEntries(
    [...pnlBy(parts, (part) => part.leftBy)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([leftBy, pnl]) => [
        leftBy,
        { contracts: formatCount(contracts.get(leftBy) ?? 0), pnlUsd: pnlUsd(pnl) },
      ]),
  );
}

/** What a kill or a spent budget kept back was no order of the night; in shadow all are that would have been sent. */
function wasSent({ rejectCode }: OrderRow): boolean {
  return !isKeptBackCode(rejectCode);
}

/** Quote received to order on the wire, wall milliseconds. */
function latencies({ rows }: Night): readonly number[] {
  return rows.orders.flatMap(({ quoteReceivedWallMs, sentWallMs }) =>
    quoteReceivedWallMs === null || sentWallMs === null ? [] : sentWallMs - quoteReceivedWallMs,
  );
}

function readResult(text: string | null): GameSummary["result"] {
  return text === "home" || text === "away" || text === "void" ? text : null;
}
