import type { ForecastReading } from "../domain/decision.ts";
import type { Instant } from "../domain/units.ts";
import { type EloConfig, eloForecast, type Ratings } from "./elo.ts";
import { injuriesKnownAt, type Injury, type InjuryConfig, injuryShift } from "./injuries.ts";
import { INJURY_TABLE_VERSION } from "./injury-table.ts";

/** Elo's reading for a game. @returns `null` without any past result: home advantage alone is no forecast. */
export function eloReading(
  ratings: Ratings,
  game: { readonly home: string; readonly away: string; readonly isNeutral: boolean },
  known: { readonly at: Instant; readonly version: string; readonly resultsTo?: Instant },
  config: EloConfig,
): ForecastReading | null {
  if (ratings.size === 0) return null;
  const reading = present("elo", eloForecast(ratings, game, config), known.version, known.at);
  return known.resultsTo === undefined ? reading : { ...reading, resultsTo: known.resultsTo };
}

/** Elo's reading where the ratings may not be used, by a stable code such as `ratings_too_old`. */
export function noEloReading(absentBecause: string): ForecastReading {
  return { source: "elo", value: null, version: "none", knownAt: null, absentBecause };
}

/** A report as it stands at an instant. */
export interface InjurySheet {
  readonly injuries: readonly Injury[];
  /** The instant; what was published or received later does not count. */
  readonly at: Instant;
  /** What read it, for the version. */
  readonly parser: string;
}

/**
 * The injury report's reading: a shift of home's log-odds, 0 when nobody is hurt. Its version names
 * the table and what read the report.
 */
export function injuryReading(
  { injuries, at, parser }: InjurySheet,
  game: { readonly home: string; readonly away: string },
  config: InjuryConfig,
): ForecastReading {
  const shift = injuryShift(injuries, game, at, config);
  const version = `${INJURY_TABLE_VERSION}/${parser}`;
  return present("injuries", shift, version, injuriesKnownAt(injuries, at) ?? at);
}

/** The partner's reading. A probability of 0 or 1 means that none was set. */
export function partnerReading(homeProbability: number, knownAt: Instant): ForecastReading {
  return homeProbability > 0 && homeProbability < 1
    ? present("partner", homeProbability, "partner", knownAt)
    : { source: "partner", value: null, version: "none", knownAt: null, absentBecause: "not_set" };
}

function present(
  source: ForecastReading["source"],
  value: number,
  version: string,
  knownAt: Instant,
): ForecastReading {
  return { source, value: value === 0 ? 0 : value, version, knownAt, absentBecause: null };
}
