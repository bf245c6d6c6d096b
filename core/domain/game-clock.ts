import { assert } from "./assert.ts";
import type { GameClock } from "./decision.ts";

/** Regulation: four quarters of twelve minutes. */
const QUARTER_SECONDS = 720;
/** Overtime periods last five minutes. */
const OVERTIME_SECONDS = 300;
/** Regulation in seconds of game clock. */
export const REGULATION_SECONDS = 2_880;

/** A point of the game clock: period from 1, and seconds left in it. */
export interface ClockPoint {
  readonly period: number;
  readonly clockSeconds: number;
}

/** Length of a period in seconds. */
export function periodSeconds(period: number): number {
  return period <= 4 ? QUARTER_SECONDS : OVERTIME_SECONDS;
}

/**
 * Seconds of game clock until the end of regulation, or of the overtime being played.
 *
 * Game clock, not wall time: 2,880 s of it take more than two hours.
 *
 * @throws InvariantError when the point is not on the clock.
 */
export function secsToGameEnd(point: ClockPoint): number {
  assertPoint(point);
  return point.period <= 4
    ? point.clockSeconds + (4 - point.period) * QUARTER_SECONDS
    : point.clockSeconds;
}

/**
 * Seconds of game clock played, overtime included.
 *
 * @throws InvariantError when the point is not on the clock.
 */
export function elapsedSeconds(point: ClockPoint): number {
  assertPoint(point);
  const { period, clockSeconds } = point;
  return period <= 4
    ? (period - 1) * QUARTER_SECONDS + (QUARTER_SECONDS - clockSeconds)
    : REGULATION_SECONDS + (period - 5) * OVERTIME_SECONDS + (OVERTIME_SECONDS - clockSeconds);
}

/**
 * Share of regulation played, 0 to 1; 1 throughout overtime.
 *
 * @throws InvariantError when the point is not on the clock.
 */
export function gameProgress(point: ClockPoint): number {
  return point.period >= 5 ? 1 : elapsedSeconds(point) / REGULATION_SECONDS;
}

/** Where a game stands, with the cases that the plain formulas get wrong put right. */
export interface GameTime {
  readonly secsToGameEnd: number;
  /** 0 to 1. */
  readonly progress: number;
  readonly elapsedSeconds: number;
  /** 0 in regulation, 1 in the first overtime. */
  readonly overtime: number;
  /** The feed says it is over. At 0:00 of the fourth a review may still restore time. */
  readonly hasEnded: boolean;
}

/**
 * Reads a game clock: before tip a whole game is left; a tie at the end of regulation or of an
 * overtime has another overtime to come; a finished game has nothing left.
 */
export function gameTime(clock: Omit<GameClock, "sourceTime" | "receivedAt">): GameTime {
  if (clock.state === "pre" || (clock.state === "in" && clock.period < 1)) {
    return {
      secsToGameEnd: REGULATION_SECONDS,
      progress: 0,
      elapsedSeconds: 0,
      overtime: 0,
      hasEnded: false,
    };
  }
  const period = Math.max(clock.period, clock.state === "post" ? 4 : 1);
  const overtime = Math.max(0, period - 4);
  if (clock.state === "post") {
    const elapsed = elapsedSeconds({ period, clockSeconds: 0 });
    return { secsToGameEnd: 0, progress: 1, elapsedSeconds: elapsed, overtime, hasEnded: true };
  }
  const point = { period, clockSeconds: Math.min(clock.clockSeconds, periodSeconds(period)) };
  const isTiedAtTheEnd =
    period >= 4 && point.clockSeconds === 0 && clock.homeScore === clock.awayScore;
  return {
    secsToGameEnd: isTiedAtTheEnd ? OVERTIME_SECONDS : secsToGameEnd(point),
    progress: gameProgress(point),
    elapsedSeconds: elapsedSeconds(point),
    overtime,
    hasEnded: false,
  };
}

/** Seconds until the scheduled tip, never negative; `isOverdue` when it has passed. */
export function timeToTip(tipAt: number, at: number): { seconds: number; isOverdue: boolean } {
  return { seconds: Math.max(0, (tipAt - at) / 1_000), isOverdue: at > tipAt };
}

function assertPoint({ period, clockSeconds }: ClockPoint): void {
  assert(Number.isInteger(period) && period >= 1, "a period is a whole number from 1");
  assert(
    clockSeconds >= 0 && clockSeconds <= periodSeconds(period),
    "0 <= seconds left <= length of the period",
  );
}
