import type { TradingDate } from "../core/domain/time.ts";
import { easternInstant, seasonOf } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import {
  carriedTo,
  ELO_VERSION,
  type EloConfig,
  type Ratings,
  ratingsForSeason,
} from "../core/models/elo.ts";
import { openRatings, type RatingsSettings, ratingsOf, whyStale } from "../runtime/elo-artifact.ts";
import type { NightSource } from "./ports.ts";

/** What a night's ratings are, or why there are none. */
export type NightRatings =
  | {
      readonly kind: "rated";
      readonly ratings: Ratings;
      readonly version: string;
      /** Built from results before the night's date: known since that day began. */
      readonly knownAt: Instant;
    }
  | { readonly kind: "stale"; readonly code: string; readonly reason: string };

/**
 * The ratings of a night: from the night's own past results, or from the folder that the settings
 * name. A folder is read again for each night; one that is stale, or that cannot be read, gives none.
 */
export async function ratingsOfNight(
  source: Pick<NightSource, "pastGames">,
  config: EloConfig,
  settings: RatingsSettings,
  date: TradingDate,
): Promise<NightRatings> {
  const knownAt = easternInstant(date, 0, 0);
  const season = seasonOf(date);
  if (settings.artifact === null) {
    const ratings = ratingsForSeason(await source.pastGames(), season, config);
    return { kind: "rated", ratings, version: ELO_VERSION, knownAt };
  }
  try {
    const artifact = openRatings(settings.artifact);
    const stale = whyStale(artifact, config, { date, maxAgeDays: settings.maxAgeDays });
    if (stale !== null) return { kind: "stale", ...stale };
    const ratedIn = artifact.metadata.lastGame.season;
    const ratings = carriedTo(season, ratedIn, ratingsOf(artifact), config);
    return { kind: "rated", ratings, version: artifact.version, knownAt };
  } catch (error) {
    return { kind: "stale", code: "ratings_unreadable", reason: String(error) };
  }
}
