import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { compareResults } from "../../core/scoring/comparison.ts";
import { brierDifference } from "../../core/scoring/forecast-comparison.ts";
import { edgeDecay } from "../../core/scoring/edge-decay.ts";
import { forecastFigures } from "../../core/scoring/validation/forecasts.ts";
import { netOf } from "../../core/scoring/results.ts";
import { dailyReturns } from "../../core/scoring/returns.ts";
import { limitsUsed } from "../../core/scoring/validation/limits-used.ts";
import { proposeDecision, type ReviewFacts } from "../../core/scoring/validation/review.ts";
import type { JudgedTrade, ValidationSample } from "../../core/scoring/validation/sample.ts";
import { freshResampling, scoreSample } from "../../core/scoring/validation/scores.ts";
import type { StageTerms } from "../../core/scoring/validation/validate.ts";
import type { Db } from "../../schema/database.ts";
import { gateSettlements, gateWouldTrades } from "../../schema/queries/gate-facts.ts";
import { troublesOf } from "../../schema/queries/judged-nights.ts";
import { partsOf, tradesOf, wouldFills } from "../gates/trades.ts";
import { BITCOIN, bitcoinKind } from "./bitcoin.ts";
import { decayChart, scoreCharts } from "./charts.ts";
import { daysBefore, tellLeftOut } from "./days.ts";
import { gatherSample } from "./gather.ts";
import { driftUpTo, driftWindow, MONITORING, tilesOf } from "./nightly.ts";
import type { Paper } from "./paper.ts";
import { LONGER_DAYS, reviewedNights, WEEK_DAYS } from "./reviewed-nights.ts";
import type { ExplainedTrade, WeekReview } from "./week.ts";
import { weeklyTables } from "./weekly-tables.ts";

/** Which week is reviewed: seven days that end with a date. */
export interface ReviewRequest {
  readonly mode: Mode;
  readonly to: TradingDate;
  /** Of the mode's own stage. */
  readonly terms: StageTerms;
}

/** Winners and losers that are explained, each. */
const EXPLAINED = 5;

/** Reviews a week; nights of worlds are only ever taken together with such, others with others. */
export async function reviewWeek(
  db: Db,
  { mode, to, terms }: ReviewRequest,
): Promise<{ readonly review: WeekReview; readonly paper: Paper }> {
  const from = daysBefore(to, WEEK_DAYS - 1);
  const { nights, longer, troubled, unended, ...told } = await reviewedNights(db, { mode, to });
  const runIds = nights.map(({ runId }) => runId);
  const { capital } = terms;
  const capitalOn = (): number => capital;
  const week = await gatherSample(db, { mode, nights, capital, withMissed: true });
  const all = await gatherSample(db, { mode, nights: longer, capital });
  const bitcoin = await bitcoinKind(db, driftWindow({ mode, to }), longer);
  const { drift, since } = await driftUpTo(db, { mode, to, sample: all, bitcoin });
  const troubles = await troublesOf(db, { mode, runIds: troubled.map(({ runId }) => runId) });
  const scores = scoreSample(week, MONITORING);
  const againstShadow = compareResults(
    week.trades,
    await shadowResults(db, { mode, runIds }),
    freshResampling(MONITORING),
  );
  const decay = edgeDecay(all.trades);
  const facts: ReviewFacts = {
    againstShadow: againstShadow.difference,
    brierExcess: brierDifference(all.forecasts, freshResampling(MONITORING)),
    drift,
    decay: decay.verdict,
    failedNights: nights.filter(({ verdict }) => verdict === "failed").length + unended.length,
    breakers: troubles.breakers.length,
    incidents: troubles.incidents.length,
    criticalAlarms: troubles.criticalAlarms.length,
    limits: limitsUsed({
      days: all.span === null ? [] : dailyReturns(all.trades, { ...all.span, capitalOn }),
      ...{ from, terms, told: troubles.nearLimits, released: troubles.drawdownsReleased },
      worstTrade: week.trades.reduce((least, trade) => Math.min(least, netOf(trade)), 0),
    }),
  };
  const sorted = [...week.trades].sort((a, b) => netOf(b) - netOf(a));
  const explained = (trades: readonly JudgedTrade[]): readonly ExplainedTrade[] =>
    trades.map((trade) => ({ trade, causes: causesOf(trade, week) }));
  const review: WeekReview = {
    ...{ mode, from, to, unended, scores, againstShadow, facts, troubles },
    calibration: forecastFigures(all.forecasts, () => freshResampling(MONITORING)),
    winners: explained(sorted.filter((trade) => netOf(trade) > 0).slice(0, EXPLAINED)),
    losers: explained(
      sorted
        .filter((trade) => netOf(trade) < 0)
        .slice(-EXPLAINED)
        .reverse(),
    ),
    decision: proposeDecision(facts),
  };
  const lead = [
    ...told.lead,
    ...tellLeftOut({ days: LONGER_DAYS, what: BITCOIN, n: bitcoin.leftOut }, !bitcoin.isOfWorld),
    `Proposed: ${review.decision.decision}. A person decides.`,
    ...review.decision.reasons.map((reason) => `Because ${reason}.`),
  ];
  const paper: Paper = {
    title: `Review of ${from} to ${to}, ${mode}`,
    verdict: { words: review.decision.decision, shade: SHADES[review.decision.decision] },
    lead,
    tiles: tilesOf(scores),
    tables: weeklyTables(review, since),
    charts: [...scoreCharts(scores, capital), decayChart(decay)].filter(({ x }) => x.length > 1),
    json: { schemaVersion: 1, kind: "review", ...review, decay },
  };
  return { review, paper };
}

const SHADES = { keep: "passed", tighten: "stopped", "roll-back": "failed" } as const;

/** What shadow would have made of the same nights: every approved entry whole at its worst price, held to the end. */
async function shadowResults(
  db: Db,
  counted: { readonly mode: Mode; readonly runIds: readonly string[] },
) {
  const settlements = (await gateSettlements(db, counted)).rows;
  const fills = wouldFills((await gateWouldTrades(db, counted)).rows);
  return tradesOf(partsOf(fills, settlements))
    .filter(({ isCompleted }) => isCompleted)
    .map(({ gameId, gross, fees }) => ({ cluster: gameId, gross, fees }));
}

/** What explains a result: how it was left, what was claimed, what came, and how it was executed. */
function causesOf(trade: JudgedTrade, week: ValidationSample): readonly string[] {
  const { strategy, cluster, expectedEdge, count, leftBy } = trade;
  const isOwn = (row: { readonly cluster: string; readonly strategy: string }): boolean =>
    row.cluster === cluster && row.strategy === strategy;
  const realised = count === 0 ? null : (netOf(trade) * 100) / count;
  const inCents = (micros: number): string => `${(micros / 10_000).toFixed(1)} cents`;
  const entry = week.entries.find(isOwn);
  const slipped = week.orders
    .filter(isOwn)
    .flatMap(({ side, expectedPrice, fills }) =>
      fills.map(
        ({ price, count: own }) => (side === "bid" ? 1 : -1) * (price - expectedPrice) * own,
      ),
    )
    .reduce((sum, worse) => sum + worse, 0);
  return [
    `left by ${leftBy.join(", ")}`,
    ...(expectedEdge === null || realised === null
      ? []
      : [`claimed ${inCents(expectedEdge)} a contract, brought ${inCents(realised)}`]),
    ...(entry?.isFalsePositive === true ? ["the forecast was on the wrong side of the price"] : []),
    ...(slipped > 0 && count > 0 ? [`filled ${inCents(slipped / count)} worse than planned`] : []),
    ...(trade.fees > Math.abs(trade.gross) ? ["fees were more than the result before them"] : []),
  ];
}
