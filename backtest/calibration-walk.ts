import type { TradingDate } from "../core/domain/time.ts";
import {
  calibrate,
  type CalibrationMethod,
  fitCalibration,
  type FittedCalibration,
} from "../core/models/calibration.ts";
import { brierScore, type ResolvedForecast } from "../core/scoring/brier.ts";
import {
  type BrierDecomposition,
  brierDecomposition,
  type ReliabilityBin,
  reliabilityBins,
  type TailGaps,
  tailGaps,
} from "../core/scoring/calibration.ts";
import { brierDifference } from "../core/scoring/forecast-comparison.ts";
import { type Chance, seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { logLoss } from "../core/scoring/log-loss.ts";

/** A forecast of a past game, by the season it belongs to. */
export interface SeasonForecast extends ResolvedForecast {
  readonly date: TradingDate;
  readonly season: number;
}

/** Brier score and log loss; null of an empty sample. */
export interface Scores {
  readonly brier: number | null;
  readonly logLoss: number | null;
}

/** One season's forecasts, calibrated by what the seasons before it taught. */
interface WalkedSeason {
  readonly season: number;
  readonly n: number;
  /** Games the map was fitted on. */
  readonly fittedOn: number;
  readonly identityBecause: FittedCalibration["identityBecause"];
  readonly before: Scores;
  readonly after: Scores;
}

/** How forecasts look: how often they came true, in the tails too, and what their score is made of. */
interface Judged extends Scores {
  readonly bins: readonly ReliabilityBin[];
  readonly tails: TailGaps;
  readonly decomposition: BrierDecomposition;
}

/** A method's effect out of sample. */
export interface CalibrationWalk {
  readonly method: CalibrationMethod;
  readonly seasons: readonly WalkedSeason[];
  readonly games: number;
  readonly before: Judged;
  readonly after: Judged;
  /** Brier score after less before, with an interval over nights; below zero it helps. */
  readonly difference: Estimate;
}

/** Tails are what is said at most 20 %, and at least 80 %: Elo says less than 10 % a few times a season. */
const TAIL = 0.2;
/** Resamples of an interval: its ends are read to three digits. */
const RESAMPLES = 2_000;

/**
 * Walks through the seasons: each is calibrated by a map that was fitted on the seasons before it
 * alone, from the first one given. The first season has none before it and is not judged.
 */
export function walkCalibration(
  method: CalibrationMethod,
  forecasts: readonly SeasonForecast[],
): CalibrationWalk {
  const years = [...new Set(forecasts.map(({ season }) => season))].sort((a, b) => a - b);
  const judged: { readonly raw: SeasonForecast; readonly calibrated: number }[] = [];
  const seasons = years.slice(1).map((season): WalkedSeason => {
    const past = forecasts.filter((one) => one.season < season);
    const own = forecasts.filter((one) => one.season === season);
    const { map, identityBecause } = fitCalibration(method, past);
    const after = own.map((raw) => ({ raw, calibrated: calibrate(map, raw.probability) }));
    judged.push(...after);
    return {
      ...{ season, n: own.length, fittedOn: past.length, identityBecause },
      before: scoresOf(own),
      after: scoresOf(after.map(resolved)),
    };
  });
  const compared = judged.map(({ raw, calibrated }, game) => ({
    ...{ cluster: raw.date, game: `${game}` },
    ...{ model: calibrated, baseline: raw.probability, outcome: raw.outcome },
  }));
  const chance = (): Chance => seededChance(7);
  return {
    method,
    seasons,
    games: judged.length,
    before: judge(
      judged.map(({ raw }) => ({ ...raw, cluster: raw.date })),
      chance(),
    ),
    after: judge(
      judged.map((one) => ({ ...resolved(one), cluster: one.raw.date })),
      chance(),
    ),
    difference: brierDifference(compared, { chance: chance(), resamples: RESAMPLES }),
  };
}

/**
 * The method that was best out of sample by log loss, if its gain in Brier score is certain to the
 * 95 % of its interval; else the identity. Chosen among several, the best looks a little better than it is.
 */
export function chooseMethod(walks: readonly CalibrationWalk[]): CalibrationMethod {
  const scored = walks.filter(({ after }) => after.logLoss !== null);
  const [best] = [...scored].sort((a, b) => (a.after.logLoss ?? 0) - (b.after.logLoss ?? 0));
  const high = best?.difference.interval?.high ?? null;
  return best && high !== null && high < 0 ? best.method : "identity";
}

function resolved(one: { raw: SeasonForecast; calibrated: number }): ResolvedForecast {
  return { probability: one.calibrated, outcome: one.raw.outcome };
}

/** Brier score and log loss of a sample. */
export function scoresOf(sample: readonly ResolvedForecast[]): Scores {
  return { brier: brierScore(sample), logLoss: logLoss(sample) };
}

function judge(
  sample: readonly (ResolvedForecast & { readonly cluster: string })[],
  chance: Chance,
): Judged {
  return {
    ...scoresOf(sample),
    bins: reliabilityBins(sample, { chance, resamples: RESAMPLES }),
    tails: tailGaps(sample, { chance, resamples: RESAMPLES }, TAIL),
    decomposition: brierDecomposition(sample),
  };
}
