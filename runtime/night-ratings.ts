import { easternInstant, seasonOf, type TradingDate } from "../core/domain/time.ts";
import type { BlendConfig } from "../core/models/blend.ts";
import { carriedTo, type RatedGame } from "../core/models/elo.ts";
import { type NightRatings, ratedByResults } from "../core/models/night-ratings.ts";
import {
  openRatings,
  type RatingsSettings,
  ratingsOf,
  resultsTo,
  whyStale,
} from "./elo-artifact.ts";

/** Where a night's own past results are asked for. */
export interface PastResults {
  pastGames(): Promise<readonly RatedGame[]>;
}

/** Code of a calibration that knows the night's results or later ones. */
export const CALIBRATION_FROM_THE_FUTURE = "calibration_from_the_future";

/**
 * The ratings of a night: from the night's own past results, or from the folder that the settings
 * name. A folder is read again for each night; one that is stale, or that cannot be read, gives none,
 * and there are none for a calibration that knows the night's results.
 */
export async function ratingsOfNight(
  source: PastResults,
  { elo: config, calibration }: Pick<BlendConfig, "elo" | "calibration">,
  settings: RatingsSettings,
  date: TradingDate,
): Promise<NightRatings> {
  if (calibration && calibration.lastGame >= date) {
    const reason = `the calibration ${calibration.version} knows games of ${calibration.lastGame}`;
    return { kind: "stale", code: CALIBRATION_FROM_THE_FUTURE, reason };
  }
  if (settings.artifact === null) return ratedByResults(await source.pastGames(), config, date);
  try {
    const artifact = openRatings(settings.artifact);
    const stale = whyStale(artifact, config, { date, maxAgeDays: settings.maxAgeDays });
    if (stale !== null) return { kind: "stale", ...stale };
    const ratedIn = artifact.metadata.lastGame.season;
    const ratings = carriedTo(seasonOf(date), ratedIn, ratingsOf(artifact), config);
    const knownAt = easternInstant(date, 0, 0);
    const { version } = artifact;
    return { kind: "rated", ratings, version, knownAt, resultsTo: resultsTo(artifact, date) };
  } catch (error) {
    return { kind: "stale", code: "ratings_unreadable", reason: String(error) };
  }
}

/** What is said of ratings that may not be used. */
export function unusedRatings({ artifact }: RatingsSettings, reason: string): string {
  return `${artifact ?? "ratings"}: ${reason}; no forecast is made of them`;
}
