import { required } from "../../core/domain/assert.ts";
import { eventTicker, marketTicker } from "../../core/domain/ids.ts";
import { TEAMS, type Team } from "../../core/domain/teams.ts";
import { easternInstant, seasonOf, type TradingDate } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact, SlateGame } from "../facts.ts";
import type { League } from "./league.ts";
import { HOME_ELO } from "./possession.ts";
import type { Random } from "./random.ts";
import { playerName } from "./players.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** The night opens this long before its first scheduled tip. */
const LEAD_MS = 35 * MINUTE_MS;
/** Up to this many games tip within 90 minutes; more spread to 22:30 Eastern. */
const SHORT_NIGHT_GAMES = 6;

type InjuryStatus = Extract<Fact, { kind: "injury" }>["status"];

/** A player the injury report names, and what becomes of him by tip. */
interface Injury {
  readonly teamCode: string;
  readonly player: string;
  readonly impactElo: number;
  readonly reported: InjuryStatus;
  readonly decided: "Available" | "Out";
}

/** One game as it is known, and as it truly is, before tip. */
export interface NightGame {
  readonly slate: SlateGame;
  readonly home: Team;
  readonly away: Team;
  /** When the ball really goes up: some minutes after the schedule. */
  readonly startAt: Instant;
  readonly injuries: readonly Injury[];
  /** True strengths tonight, Elo points, without the players who are out. */
  readonly homeElo: number;
  readonly awayElo: number;
  /** Home's true advantage, Elo points, home court included. */
  readonly eloEdge: number;
}

/** The default night of a seed: one of 150 days of the 2026-27 season. */
export function dateOfSeed(seed: number): TradingDate {
  const opening = Date.parse("2026-10-21");
  return new Date(opening + (seed % 150) * DAY_MS).toISOString().slice(0, 10);
}

/** When a night with this first tip opens. */
export function nightStart(games: readonly NightGame[]): Instant {
  return instant(Math.min(...games.map((game) => game.slate.tipAt)) - LEAD_MS);
}

/** Draws the slate: who plays whom, when, and who is hurt. */
export function drawSlate(
  date: TradingDate,
  count: number,
  league: League,
  random: Random,
): NightGame[] {
  const teams = random.shuffled(TEAMS);
  return Array.from({ length: count }, (_, index) => {
    const home = required(teams[2 * index], "a home team");
    const away = required(teams[2 * index + 1], "an away team");
    const slate = slateGame(date, home, away, index, count);
    const injuries = [home, away].flatMap((team) => drawInjuries(team, random));
    const fit = (team: Team): number => required(league.strengths.get(team.code), team.code);
    const lost = (team: Team): number =>
      injuries
        .filter((injury) => injury.teamCode === team.code && injury.decided === "Out")
        .reduce((sum, injury) => sum + injury.impactElo, 0);
    const homeElo = fit(home) - lost(home);
    const awayElo = fit(away) - lost(away);
    return {
      slate,
      home,
      away,
      startAt: instant(slate.tipAt + Math.round(random.between(4, 10) * MINUTE_MS)),
      injuries,
      homeElo,
      awayElo,
      eloEdge: homeElo + HOME_ELO - awayElo,
    };
  });
}

function slateGame(
  date: TradingDate,
  home: Team,
  away: Team,
  index: number,
  count: number,
): SlateGame {
  const span = count <= SHORT_NIGHT_GAMES ? 90 : 210;
  const minutes = 30 * Math.floor((index * (span / 30 + 1)) / count);
  const event = eventTicker({ date, away: away.code, home: home.code });
  const season = String(seasonOf(date) - 1).slice(2);
  const dayNumber = Math.floor(Date.parse(date) / DAY_MS);
  // A season has room for 100,000 numbers; the day and the place in the slate make one.
  const number = (dayNumber % 1_000) * 20 + index + 1;
  return {
    eventTicker: event,
    date,
    home: home.code,
    away: away.code,
    tipAt: easternInstant(date, 19 + Math.floor(minutes / 60), minutes % 60),
    espnEventId: `401${String(800_000 + number)}`,
    nbaGameId: `002${season}${String(number).padStart(5, "0")}`,
    marketTickers: [marketTicker(event, home.code), marketTicker(event, away.code)],
    reconstructed: [],
  };
}

/** What a reported status is worth: the chance that the player sits out. */
const OUT_CHANCE = { Available: 0, Probable: 0.1, Questionable: 0.5, Doubtful: 0.8, Out: 1 };

function drawInjuries(team: Team, random: Random): Injury[] {
  const hurt = random.integer(0, 3);
  const jerseys = random.shuffled([0, 1, 2, 3, 4, 5, 6, 7]).slice(0, hurt);
  return jerseys.map((jersey) => {
    const reported = random.pick(["Probable", "Questionable", "Doubtful", "Out"] as const);
    return {
      teamCode: team.code,
      player: playerName(team.code, jersey),
      impactElo: Math.round(Math.min(80, 8 + random.exponential(18))),
      reported,
      decided: random.chance(OUT_CHANCE[reported]) ? "Out" : "Available",
    };
  });
}
