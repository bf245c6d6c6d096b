import type { Instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import type { PeriodPoints } from "./game.ts";

/** Score and clock at one instant. */
export interface ScoreAt {
  readonly at: Instant;
  readonly period: number;
  readonly clockSeconds: number;
  readonly home: number;
  readonly away: number;
}

type Shown = Pick<
  Extract<Fact, { kind: "game-state" }>,
  "state" | "statusName" | "isReconstructed"
>;

/** The NBA feed before tip. */
export function preState(eventTicker: string, at: Instant): Fact {
  const shown = { state: "pre", statusName: "STATUS_SCHEDULED", isReconstructed: false } as const;
  const nothing = { at, period: 0, clockSeconds: 0, home: 0, away: 0 };
  return gameState(eventTicker, nothing, { home: [], away: [] }, shown);
}

/** The NBA feed in play, or at the end of a period. */
export function liveState(
  eventTicker: string,
  score: ScoreAt,
  periods: PeriodPoints,
  isReconstructed: boolean,
): Fact {
  const shown = { state: "in", statusName: statusName(score), isReconstructed } as const;
  return gameState(eventTicker, score, periods, shown);
}

/** The NBA feed after the end. */
export function finalState(
  eventTicker: string,
  score: ScoreAt,
  periods: PeriodPoints,
  isReconstructed: boolean,
): Fact {
  const shown = { state: "post", statusName: "STATUS_FINAL", isReconstructed } as const;
  return gameState(eventTicker, score, periods, shown);
}

function gameState(eventTicker: string, score: ScoreAt, periods: PeriodPoints, shown: Shown): Fact {
  return {
    kind: "game-state",
    feed: "nba",
    eventTicker,
    ...shown,
    period: score.period,
    clockSeconds: score.clockSeconds,
    homeScore: score.home,
    awayScore: score.away,
    homePeriods: periods.home,
    awayPeriods: periods.away,
    sourceTime: score.at,
    receivedAt: score.at,
  };
}

/** Points of each period so far, from the score at each instant. */
export function periodPoints(scores: readonly ScoreAt[]): PeriodPoints {
  const ends = new Map(scores.map((score) => [score.period, score]));
  const periods: { home: number[]; away: number[] } = { home: [], away: [] };
  let [home, away] = [0, 0];
  for (let period = 1; period <= Math.max(0, ...ends.keys()); period += 1) {
    const end = ends.get(period) ?? { home, away };
    periods.home.push(end.home - home);
    periods.away.push(end.away - away);
    [home, away] = [end.home, end.away];
  }
  return periods;
}

function statusName({ period, clockSeconds }: ScoreAt): string {
  if (clockSeconds > 0) return "STATUS_IN_PROGRESS";
  return period === 2 ? "STATUS_HALFTIME" : "STATUS_END_PERIOD";
}
