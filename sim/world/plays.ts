import { playerName, ROSTER, shortName } from "./players.ts";
import type { Random } from "./random.ts";
import type { NightGame } from "./slate.ts";
import type { Ball } from "./truth.ts";

/** One line of the play-by-play. Scores are those after it. */
export interface PlayText {
  readonly period: number;
  readonly clockSeconds: number;
  /** NBA's action type, such as `3pt` or `freethrow`. */
  readonly actionType: string;
  readonly teamCode: string | null;
  readonly homeScore: number;
  readonly awayScore: number;
  readonly description: string;
}

/** Where the game stands while a play is told. */
interface Standing {
  readonly game: NightGame;
  readonly period: number;
  readonly clock: number;
  readonly home: number;
  readonly away: number;
}

/** A possession's lines, and how long the ball is dead after it. */
interface Told {
  readonly plays: readonly PlayText[];
  readonly stopSeconds: number;
}

function teamCode(game: NightGame, side: Ball): string {
  return side === "home" ? game.home.code : game.away.code;
}

function other(side: Ball): Ball {
  return side === "home" ? "away" : "home";
}

/** One line, with the score after `points` more for `side`. */
function line(
  standing: Standing,
  side: Ball | null,
  actionType: string,
  description: string,
  points = 0,
): PlayText {
  return {
    period: standing.period,
    clockSeconds: standing.clock,
    actionType,
    teamCode: side === null ? null : teamCode(standing.game, side),
    homeScore: standing.home + (side === "home" ? points : 0),
    awayScore: standing.away + (side === "away" ? points : 0),
    description,
  };
}

function someone(standing: Standing, side: Ball, random: Random): string {
  return shortName(playerName(teamCode(standing.game, side), random.integer(0, ROSTER - 1)));
}

/** Tells a possession of `ball` that brought `points`. */
export function describePossession(
  standing: Standing,
  ball: Ball,
  points: number,
  random: Random,
): Told {
  const shooter = someone(standing, ball, random);
  if (points === 3) {
    const made = line(standing, ball, "3pt", `${shooter} 26' 3PT Jump Shot`, 3);
    return { plays: [made], stopSeconds: random.between(1, 5) };
  }
  // A single point always comes from the line; one pair in five does.
  if (points === 1 || (points === 2 && random.chance(0.2))) {
    return freeThrows(standing, ball, points, shooter, random);
  }
  if (points === 2) {
    const made = line(standing, ball, "2pt", `${shooter} driving Layup`, 2);
    return { plays: [made], stopSeconds: random.between(1, 5) };
  }
  return emptyPossession(standing, ball, shooter, random);
}

function freeThrows(
  standing: Standing,
  ball: Ball,
  points: number,
  shooter: string,
  random: Random,
): Told {
  const guilty = someone(standing, other(ball), random);
  const plays = [
    line(standing, other(ball), "foul", `${guilty} personal shooting foul`),
    line(standing, ball, "freethrow", `${shooter} Free Throw 1 of 2`, 1),
  ];
  const second = `${shooter} Free Throw 2 of 2`;
  if (points === 2) plays.push(line(standing, ball, "freethrow", second, 2));
  else plays.push(line(standing, ball, "freethrow", `MISS ${second}`, 1));
  return { plays, stopSeconds: random.between(24, 44) };
}

function emptyPossession(standing: Standing, ball: Ball, shooter: string, random: Random): Told {
  if (random.chance(0.3)) {
    const lost = line(standing, ball, "turnover", `${shooter} bad pass TURNOVER`);
    return { plays: [lost], stopSeconds: random.between(2, 16) };
  }
  const [type, shot] = random.chance(0.45)
    ? ["3pt", "25' 3PT Jump Shot"]
    : ["2pt", "12' Jump Shot"];
  const rebounder = someone(standing, other(ball), random);
  const plays = [
    line(standing, ball, type, `MISS ${shooter} ${shot}`),
    line(standing, other(ball), "rebound", `${rebounder} REBOUND`),
  ];
  return { plays, stopSeconds: random.between(0, 6) };
}

/** The line for a period that starts or ends. */
export function periodLine(standing: Standing, what: "start" | "end"): PlayText {
  return line(standing, null, "period", `Period ${what} ${standing.period}`);
}

/** The line for the end of the game. */
export function gameEndLine(standing: Standing): PlayText {
  return line(standing, null, "game", "Game End");
}

/** The line for a time-out of `side`. */
export function timeoutLine(standing: Standing, side: Ball): PlayText {
  return line(standing, side, "timeout", `${teamCode(standing.game, side)} Timeout`);
}
