import { type Instant, instant } from "../../core/domain/units.ts";
import type { PlayText } from "./plays.ts";
import { describePossession, gameEndLine, periodLine, timeoutLine } from "./plays.ts";
import {
  type Offences,
  offences,
  periodSeconds,
  POSSESSION_SECONDS,
  REGULATION_PERIODS,
  SHOT_SECONDS,
} from "./possession.ts";
import type { Random } from "./random.ts";
import type { NightGame } from "./slate.ts";
import { type Ball, truthTable } from "./truth.ts";

/** A play as the arena saw it. */
interface ScriptPlay extends PlayText {
  readonly actionNumber: number;
}

/** The game right after something changed, with the exact chance that home wins from there. */
export interface Moment {
  readonly at: Instant;
  /** ESPN's name for the state of play. */
  readonly status:
    | "STATUS_IN_PROGRESS"
    | "STATUS_END_PERIOD"
    | "STATUS_HALFTIME"
    | "STATUS_FINAL"
    | "STATUS_POSTPONED";
  readonly period: number;
  readonly clockSeconds: number;
  readonly homeScore: number;
  readonly awayScore: number;
  /** Probability that home wins, given everything up to here. */
  readonly truth: number;
  readonly plays: readonly ScriptPlay[];
}

/** A game as it will happen, from the tip to the final. */
export interface GameScript {
  /** Probability that home wins before the ball goes up. */
  readonly pregameTruth: number;
  readonly moments: readonly Moment[];
  readonly endAt: Instant;
}

const BREAK_MS = { quarter: [150_000, 195_000], half: [870_000, 930_000] } as const;
/** Television takes its time-outs at the first stop below these clocks. */
const MEDIA_CLOCKS = [420, 180] as const;

/** The game in progress: the one mutable thing, local to `playGame`. */
interface Play {
  readonly game: NightGame;
  readonly chances: Offences;
  readonly random: Random;
  readonly truth: ReturnType<typeof truthTable>;
  readonly moments: Moment[];
  at: number;
  period: number;
  clock: number;
  home: number;
  away: number;
  action: number;
}

/** Plays a game possession by possession. */
export function playGame(game: NightGame, random: Random): GameScript {
  const chances = offences(game.eloEdge);
  const truth = truthTable(chances);
  const play: Play = {
    game,
    chances,
    random,
    truth,
    moments: [],
    at: game.startAt,
    period: 0,
    clock: 0,
    home: 0,
    away: 0,
    action: 0,
  };
  do {
    playPeriod(play);
  } while (play.period < REGULATION_PERIODS || play.home === play.away);
  play.at += random.between(15_000, 45_000);
  const won = play.home > play.away ? 1 : 0;
  record(play, "STATUS_FINAL", won, [gameEndLine(play)]);
  return {
    pregameTruth: truth.atEnd(0, 0),
    moments: play.moments,
    endAt: instant(Math.round(play.at)),
  };
}

/** A game that is called off at its tip: the arena is dark. */
export function postponedGame(game: NightGame, random: Random): GameScript {
  const at = instant(game.startAt + Math.round(random.between(300_000, 900_000)));
  const truth = truthTable(offences(game.eloEdge)).atEnd(0, 0);
  const moment: Moment = {
    at,
    status: "STATUS_POSTPONED",
    period: 0,
    clockSeconds: 0,
    homeScore: 0,
    awayScore: 0,
    truth,
    plays: [],
  };
  return { pregameTruth: truth, moments: [moment], endAt: at };
}

function record(
  play: Play,
  status: Moment["status"],
  truth: number,
  texts: readonly PlayText[],
): void {
  const numbered = texts.map((text) => {
    play.action += play.random.integer(1, 3);
    return { ...text, actionNumber: play.action };
  });
  play.moments.push({
    at: instant(Math.round(play.at)),
    status,
    period: play.period,
    clockSeconds: play.clock,
    homeScore: play.home,
    awayScore: play.away,
    truth,
    plays: numbered,
  });
}

function playPeriod(play: Play): void {
  const { random, truth } = play;
  play.period += 1;
  play.clock = periodSeconds(play.period);
  let ball: Ball = random.chance(0.5) ? "home" : "away";
  record(play, "STATUS_IN_PROGRESS", truth.at(play.period, play.clock, margin(play), ball), [
    periodLine(play, "start"),
  ]);
  let mediaTaken = 0;
  while (play.clock > 0) {
    playPossession(play, ball);
    ball = ball === "home" ? "away" : "home";
    mediaTaken = stopPlay(play, ball, mediaTaken);
  }
  const isHalf = play.period === 2;
  record(
    play,
    isHalf ? "STATUS_HALFTIME" : "STATUS_END_PERIOD",
    truth.atEnd(play.period, margin(play)),
    [periodLine(play, "end")],
  );
  const isOver = play.period >= REGULATION_PERIODS && margin(play) !== 0;
  if (!isOver) {
    const [low, high] = isHalf ? BREAK_MS.half : BREAK_MS.quarter;
    play.at += random.between(low, high);
  }
}

const margin = (play: Play): number => play.home - play.away;

function playPossession(play: Play, ball: Ball): void {
  const { random } = play;
  const drawn = random.integer(POSSESSION_SECONDS.min, POSSESSION_SECONDS.max);
  const isLast = drawn >= play.clock;
  const noShot = play.clock < SHOT_SECONDS;
  const lasted = isLast ? play.clock : drawn;
  play.clock -= lasted;
  play.at += lasted * 1000;
  const points = noShot
    ? 0
    : drawPoints(ball === "home" ? play.chances.home : play.chances.away, random);
  const told = noShot
    ? { plays: [], stopSeconds: 0 }
    : describePossession(play, ball, points, random);
  if (ball === "home") play.home += points;
  else play.away += points;
  const next: Ball = ball === "home" ? "away" : "home";
  const value = isLast
    ? play.truth.atEnd(play.period, margin(play))
    : play.truth.at(play.period, play.clock, margin(play), next);
  record(play, "STATUS_IN_PROGRESS", value, told.plays);
  play.at += told.stopSeconds * 1000;
}

function drawPoints(chances: readonly number[], random: Random): number {
  let left = random.uniform();
  for (let points = 0; points < chances.length; points++) {
    left -= chances[points] ?? 0;
    if (left < 0) return points;
  }
  return 0;
}

/** Time-outs: two for television a quarter, and now and then a coach's own. */
function stopPlay(play: Play, ball: Ball, mediaTaken: number): number {
  const { random } = play;
  if (play.clock === 0) return mediaTaken;
  const isRegulation = play.period <= REGULATION_PERIODS;
  const mediaClock = isRegulation ? MEDIA_CLOCKS[mediaTaken] : undefined;
  const isMedia = mediaClock !== undefined && play.clock < mediaClock;
  if (!isMedia && !random.chance(0.03)) return mediaTaken;
  play.at += random.between(1_000, 4_000);
  const truth = play.truth.at(play.period, play.clock, margin(play), ball);
  record(play, "STATUS_IN_PROGRESS", truth, [timeoutLine(play, ball)]);
  play.at += isMedia ? random.between(150_000, 180_000) : random.between(60_000, 90_000);
  return isMedia ? mediaTaken + 1 : mediaTaken;
}
