import { compareResults } from "../comparison.ts";
import { edgeDecay } from "../edge-decay.ts";
import { groupBy } from "../group.ts";
import type { Resampling } from "../inference/bootstrap.ts";
import { regimeScores } from "../regimes.ts";
import { netOf, type Result } from "../results.ts";
import { samplePlan } from "../sample-plan.ts";
import { seededChance } from "../inference/chance.ts";
import { survival, type SurvivalPlan } from "../survival.ts";
import type { ValidationFigures } from "./figures.ts";
import { forwardFigures } from "./forward.ts";
import type { ValidationSample } from "./sample.ts";
import { freshResampling, scoreSample } from "./scores.ts";
import { searchOf, type TriedConfiguration } from "./search.ts";
import { type Judgement, judge } from "./verdict.ts";

/** The capital and limits of a stage, under which futures are played. Micro-dollars; a share. */
export interface StageTerms
  extends Pick<
    SurvivalPlan,
    | "capital"
    | "dailyLoss"
    | "weeklyLoss"
    | "singleTradeLoss"
    | "consecutiveLosses"
    | "drawdownShare"
  > {
  readonly stage: string;
}

/** The same strategies played elsewhere: in a backtest, in shadow, on paper. */
interface OtherResults {
  readonly name: string;
  /** Whether a result is of a position, or of all positions of a game together. */
  readonly of: "position" | "game";
  readonly results: readonly Result[];
}

/** What a validation is made of besides its sample. */
export interface ValidationOptions {
  /** What survival is played at: the present stage, another capital under its limits, the next stage. */
  readonly stages: readonly StageTerms[];
  /** Of the same days, the one that is played first; fewer than two say nothing of overfitting. */
  readonly tried: readonly TriedConfiguration[];
  readonly others: readonly OtherResults[];
  /** Resamples of each interval; 10,000 unless stated. */
  readonly resamples?: number;
}

/** The whole statistical validation. */
export interface Validation extends ValidationFigures {
  readonly judgement: Judgement;
}

/** Days of a future: a quarter of a year. */
const FUTURE_DAYS = 91;

/** Validates a sample. Pure: the same sample and options give the same figures. */
export function validate(sample: ValidationSample, options: ValidationOptions): Validation {
  const { resamples = 10_000 } = options;
  const scores = scoreSample(sample, { resamples });
  const resampling = (): Resampling => freshResampling({ resamples });
  const { trades, forecasts } = sample;
  const byDate = groupBy(trades, ({ date }) => date);
  const seen = scores.money.daily.map(({ date }) =>
    (byDate.get(date) ?? []).map((trade) => netOf(trade) / sample.capital),
  );
  const search = searchOf(options.tried);
  const found = {
    ...scores,
    regimes: regimeScores(trades, resampling),
    forward: forwardFigures(trades, forecasts, resampling),
    decay: edgeDecay(trades),
    survival: options.stages.map(({ stage, ...terms }) => ({
      stage,
      capital: terms.capital,
      days: FUTURE_DAYS,
      ...survival({ seen, days: FUTURE_DAYS, ...terms }, seededChance(SURVIVAL_SEED)),
    })),
    plan: samplePlan(trades, {
      forecastGames: new Set(forecasts.map(({ cluster }) => cluster)).size,
      searchDays: search === null ? null : search.overfitting.days,
    }),
    comparisons: options.others.map(({ name, of, results }) => ({
      name,
      of,
      ...compareResults(of === "game" ? byGame(trades) : trades, results, resampling()),
    })),
    search,
  };
  return { ...found, judgement: judge(found) };
}

/** All positions of a game as one result. */
function byGame(trades: readonly Result[]): readonly Result[] {
  return [...groupBy(trades, ({ cluster }) => cluster)].map(([cluster, own]) => ({
    cluster,
    gross: own.reduce((sum, { gross }) => sum + gross, 0),
    fees: own.reduce((sum, { fees }) => sum + fees, 0),
  }));
}

const SURVIVAL_SEED = 20_262;
