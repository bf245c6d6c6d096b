import { required } from "../../core/domain/assert.ts";
import { TEAMS } from "../../core/domain/teams.ts";
import { seasonOf, type TradingDate } from "../../core/domain/time.ts";
import type { PastGame } from "../facts.ts";
import { ELO_PER_POINT, HOME_ELO, MARGIN_DEVIATION } from "./possession.ts";
import type { Random } from "./random.ts";

/** Elo of an average team. */
const MEAN_ELO = 1505;
/** Spread of true strengths between teams, Elo points. */
const STRENGTH_DEVIATION = 85;
/** Share of a team's distance from the mean that it keeps over a summer. */
const CARRY_OVER = 0.6;
/** Finished seasons before tonight's. */
const PAST_SEASONS = 3;
const DAY_MS = 86_400_000;

/** The league before the night: true strengths, and the results they produced. */
export interface League {
  /** True strength of each team tonight with everybody fit, Elo points, by tricode. */
  readonly strengths: ReadonlyMap<string, number>;
  /** Oldest first, all before the night's date. */
  readonly pastGames: readonly PastGame[];
}

/** The next day of the calendar, which no time zone changes. */
function nextDay(date: TradingDate): TradingDate {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
}

/** Plays the seasons before `date`, and this one up to it. */
export function playLeague(date: TradingDate, random: Random): League {
  const tonight = seasonOf(date);
  let strengths = new Map(
    TEAMS.map((team) => [team.code, random.normal(MEAN_ELO, STRENGTH_DEVIATION)]),
  );
  const pastGames: PastGame[] = [];
  for (let season = tonight - PAST_SEASONS; season <= tonight; season++) {
    const seasonEnd = `${season}-04-12`;
    const end = season === tonight && date < seasonEnd ? date : seasonEnd;
    for (let day = `${season - 1}-10-21`; day < end; day = nextDay(day)) {
      pastGames.push(...playDay(day, season, strengths, random));
    }
    if (season < tonight) strengths = summer(strengths, random);
  }
  return { strengths, pastGames };
}

/** Teams drift towards the mean, and trade and draft: the spread between them stays the same. */
function summer(strengths: ReadonlyMap<string, number>, random: Random): Map<string, number> {
  const change = STRENGTH_DEVIATION * Math.sqrt(1 - CARRY_OVER ** 2);
  return new Map(
    [...strengths].map(([code, strength]) => [
      code,
      MEAN_ELO + CARRY_OVER * (strength - MEAN_ELO) + random.normal(0, change),
    ]),
  );
}

/** About seven games a day make about 82 games a team over the 173 days of a season. */
function playDay(
  date: TradingDate,
  season: number,
  strengths: ReadonlyMap<string, number>,
  random: Random,
): PastGame[] {
  const teams = random.shuffled(TEAMS);
  const games: PastGame[] = [];
  const count = random.integer(3, 11);
  for (let index = 0; index < count; index++) {
    const home = required(teams[2 * index], "a home team").code;
    const away = required(teams[2 * index + 1], "an away team").code;
    const edge =
      required(strengths.get(home), home) + HOME_ELO - required(strengths.get(away), away);
    const margin = playedMargin(edge, random);
    const total = Math.round(random.normal(214, 17));
    // Total and margin have the same parity: both come from two whole scores.
    const homePoints = Math.floor((total + margin) / 2);
    games.push({
      date,
      season,
      home,
      away,
      homePoints,
      awayPoints: homePoints - margin,
      isNeutral: false,
    });
  }
  return games;
}

/** A final margin, never zero. */
function playedMargin(edge: number, random: Random): number {
  for (;;) {
    const margin = Math.round(random.normal(edge / ELO_PER_POINT, MARGIN_DEVIATION));
    if (margin !== 0) return margin;
  }
}
