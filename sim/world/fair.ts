import type { Random } from "./random.ts";
import { PERIOD_SECONDS, REGULATION_PERIODS, secondsLeft } from "./possession.ts";
import type { GameScript, Moment } from "./script.ts";

/** Whether the market errs in ways that can be traded, or is the truth. */
export type Edge = "default" | "none";

/**
 * The stated edge of the default world. The numbers are log-odds: 0.1 is 2.5 cents at a price of
 * 50, and less towards 0 and 100.
 */
export const STATED_EDGE = {
  /** Spread of the market's pregame error; it fades in proportion to the time left to play. */
  pregameDeviation: 0.14,
  /** Unanswered points that count as a run. */
  runPoints: 7,
  /** How far the market overshoots when a run is reached. */
  overshoot: 0.26,
  /** And for each further point of the run. */
  overshootPerPoint: 0.03,
  /** The overshoot halves in a time between these, seconds: it is gone after 1 to 4 minutes. */
  halfLifeSeconds: [20, 70],
} as const;

/** The market's own opinion of home's chance, as time goes by. Ask with times that do not fall. */
export interface FairPath {
  /** The market's probability that home wins, at `at`. */
  at(at: number): number;
}

/** Something the market learns: the truth from now on, and how much it overreacts to it. */
interface News {
  readonly at: number;
  readonly truth: number;
  readonly kick: number;
  readonly halfLifeMs: number;
  /** Share of the game still to play, 1 before tip. */
  readonly shareLeft: number;
}

const logit = (p: number): number => Math.log(p / (1 - p));
const fromLogit = (x: number): number => 1 / (1 + Math.exp(-x));
const REGULATION_SECONDS = REGULATION_PERIODS * PERIOD_SECONDS;
/** A kick below this many log-odds moves no price. */
const NEGLIGIBLE = 0.004;

/**
 * When one market has seen each moment, and what it makes of it.
 *
 * `reaction` is the market's own, `game` is shared: both books of a game overreact alike, and
 * one may be a second or two behind the other.
 */
export function marketNews(script: GameScript, edge: Edge, game: Random, reaction: Random): News[] {
  let run = 0;
  let before = { home: 0, away: 0 };
  let seenAt = 0;
  return script.moments.map((moment) => {
    // Courtside traders are 1 to 4 seconds behind the ball, well ahead of every feed.
    seenAt = Math.max(seenAt, Math.round(moment.at + reaction.between(1_000, 4_000)));
    const scored = moment.homeScore - before.home - (moment.awayScore - before.away);
    before = { home: moment.homeScore, away: moment.awayScore };
    const isRunBroken = Math.sign(scored) * Math.sign(run) < 0;
    run = isRunBroken ? scored : run + scored;
    const [low, high] = STATED_EDGE.halfLifeSeconds;
    const halfLifeMs = game.between(low, high) * 1000;
    const kick = edge === "none" ? 0 : overshoot(run, scored, moment);
    const left = secondsLeft(moment.period, moment.clockSeconds) / REGULATION_SECONDS;
    const shareLeft = moment.status === "STATUS_POSTPONED" ? 1 : Math.min(1, left);
    return { at: seenAt, truth: moment.truth, kick, halfLifeMs, shareLeft };
  });
}

/** Log-odds by which the market overshoots when `scored` brings the run to `run`. */
function overshoot(run: number, scored: number, moment: Moment): number {
  const points = Math.abs(run);
  if (scored === 0 || points < STATED_EDGE.runPoints) return 0;
  const isReachedNow = points - Math.abs(scored) < STATED_EDGE.runPoints;
  const further = isReachedNow ? points - STATED_EDGE.runPoints : Math.abs(scored);
  const size = (isReachedNow ? STATED_EDGE.overshoot : 0) + STATED_EDGE.overshootPerPoint * further;
  // Near the end the score speaks for itself.
  const calm = Math.min(1, secondsLeft(moment.period, moment.clockSeconds) / 480);
  return Math.sign(run) * size * calm;
}

/** The market's opinion over a game: the truth, and with an edge also its two errors. */
export function fairPath(
  script: GameScript,
  news: readonly News[],
  edge: Edge,
  random: Random,
): FairPath {
  const bias = edge === "none" ? 0 : random.normal(0, STATED_EDGE.pregameDeviation);
  let next = 0;
  let truth = script.pregameTruth;
  let shareLeft = 1;
  let kicks: News[] = [];
  return {
    at: (at) => {
      for (let item = news[next]; item !== undefined && item.at <= at; item = news[next]) {
        ({ truth, shareLeft } = item);
        if (item.kick !== 0) kicks.push(item);
        next += 1;
      }
      if (truth === 0 || truth === 1 || edge === "none") return truth;
      const decayed = (kick: News): number => kick.kick * 0.5 ** ((at - kick.at) / kick.halfLifeMs);
      kicks = kicks.filter((kick) => Math.abs(decayed(kick)) > NEGLIGIBLE);
      const overshot = kicks.reduce((sum, kick) => sum + decayed(kick), 0);
      return fromLogit(logit(truth) + bias * shareLeft + overshot);
    },
  };
}
