import { type BrierDecomposition, brierDecomposition } from "../../core/scoring/calibration.ts";
import { brierDifference, type ComparedForecast } from "../../core/scoring/forecast-comparison.ts";
import { groupBy } from "../../core/scoring/group.ts";
import type { Resampling } from "../../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../../core/scoring/inference/chance.ts";
import type { Estimate } from "../../core/scoring/inference/estimate.ts";
import { type PnlPart, sumPnl } from "../../core/scoring/pnl.ts";
import {
  feeDrag,
  profitFactor,
  type Result,
  winRate,
  worstResult,
} from "../../core/scoring/results.ts";
import type { ScoreRow } from "../../schema/queries/report-rows.ts";
import { type Night, strategiesOf } from "./night.ts";

/** Figures of a night with what they rest on: forecasts, and the results of ended positions. */
export interface NightStatistics {
  /** Our forecasts at the instants at which the market's price was known too. */
  readonly brier: BrierDecomposition;
  /** Brier score, ours less the market's: below zero we were better. */
  readonly againstMarket: Estimate;
  /** By strategy, and of all under `all`. */
  readonly results: Readonly<Record<string, ResultStatistics>>;
}

interface ResultStatistics {
  readonly profitFactor: Estimate;
  readonly winRate: Estimate;
  readonly feeDrag: Estimate;
  /** Net of fees, micro-dollars. */
  readonly worst: number | null;
}

/** The same rows give the same bytes: chance starts at one seed for every figure. */
const SEED = 1;

/** What of a night its figures rest on. */
interface Judged extends Pick<Night, "parts"> {
  readonly rows: Pick<Night["rows"], "scores" | "cycles" | "intents">;
}

/** Computes a night's figures; clusters are games. */
export function nightStatistics(night: Judged): NightStatistics {
  const { rows, parts } = night;
  const compared = rows.scores.flatMap(comparedOf);
  const forecasts = compared.map(({ model, outcome }) => ({ probability: model, outcome }));
  const own = strategiesOf(night).map(
    (strategy) =>
      [strategy, statisticsOf(parts.filter((part) => part.strategy === strategy))] as const,
  );
  return {
    brier: brierDecomposition(forecasts),
    againstMarket: brierDifference(compared, resampling()),
    results: Object.fromEntries([["all", statisticsOf(parts)] as const, ...own]),
  };
}

function comparedOf({ gameId, model, market, homeWon }: ScoreRow): readonly ComparedForecast[] {
  if (model === null || market === null) return [];
  return [{ cluster: gameId, model, baseline: market, outcome: homeWon ? 1 : 0 }];
}

function statisticsOf(parts: readonly PnlPart[]): ResultStatistics {
  const results = positionsOf(parts);
  return {
    profitFactor: profitFactor(results, resampling()),
    winRate: winRate(results, resampling()),
    feeDrag: feeDrag(results, resampling()),
    worst: worstResult(results, 1).net,
  };
}

/** What each strategy held in each game, as one result; none while a part of it is open. */
function positionsOf(parts: readonly PnlPart[]): readonly Result[] {
  const positions = groupBy(parts, ({ gameId, strategy }) => JSON.stringify([gameId, strategy]));
  return [...positions.values()].flatMap((own) => {
    const [first] = own;
    if (!first || own.some(({ leftBy }) => leftBy === "open")) return [];
    const { gross, fees } = sumPnl(own);
    return [{ cluster: first.gameId, gross, fees }];
  });
}

function resampling(): Resampling {
  return { chance: seededChance(SEED) };
}
