import { REGULATION_SECONDS } from "../../core/domain/game-clock.ts";
import { type InGameConfig, inGameProbability } from "../../core/models/win-probability.ts";
import type { LeadPath, QuarterGame } from "./games.ts";

/** What was fitted, and on how much. */
export interface InGameFit {
  readonly constants: InGameConfig;
  readonly games: number;
  readonly paths: number;
  /** Mean log loss in nats over the ends of the first three quarters. */
  readonly logLoss: number;
}

/** A probability is kept this far from 0 and 1 before its logarithm is taken. */
const CLIP = 1e-6;
/** Within a possession's length what varies is the last possession; over a few it is who has the ball. */
const FLOOR_SPANS = [6, 12, 24] as const;
const BALL_SPANS = [36, 48, 60] as const;
const SIGMA_RANGE = [10, 28] as const;
/** What another floor moves sigma by, and more. */
const SIGMA_SHIFT_MAX = 0.5;

/**
 * Fits the three constants. `sigmaPoints` by likelihood of the winners at the ends of the quarters;
 * `possessionPoints` as what a team gains over the next minute after the other scored;
 * `lastPossessionPoints` as what changes within a possession over what sigma explains.
 */
export function fitInGame(games: readonly QuarterGame[], paths: readonly LeadPath[]): InGameFit {
  const possessionPoints = mean(BALL_SPANS.map((span) => gainAfterBasket(paths, span)));
  let constants = { sigmaPoints: 14, lastPossessionPoints: 1, possessionPoints };
  for (let round = 0; round < 2; round += 1) {
    const { lastPossessionPoints } = constants;
    const lossAt = (sigmaPoints: number): number =>
      meanLogLoss(games, { sigmaPoints, lastPossessionPoints, possessionPoints });
    const around = constants.sigmaPoints;
    const [from, to] =
      round === 0 ? SIGMA_RANGE : [around - SIGMA_SHIFT_MAX, around + SIGMA_SHIFT_MAX];
    const sigmaPoints = lowest(lossAt, from, to);
    const perSecond = sigmaPoints ** 2 / REGULATION_SECONDS;
    const beyond = FLOOR_SPANS.map((span) => changeVariance(paths, span) - perSecond * span);
    constants = {
      sigmaPoints,
      lastPossessionPoints: Math.sqrt(Math.max(0, mean(beyond))),
      possessionPoints,
    };
  }
  const logLoss = meanLogLoss(games, constants);
  return { constants: rounded(constants), games: games.length, paths: paths.length, logLoss };
}

/** Mean log loss in nats of the winners, over the ends of the first three quarters of each game. */
export function meanLogLoss(games: readonly QuarterGame[], config: InGameConfig): number {
  let sum = 0;
  for (const { leads, hasHomeWon, pregame } of games) {
    for (const [index, lead] of leads.entries()) {
      const secsToGameEnd = REGULATION_SECONDS * (1 - (index + 1) / 4);
      const state = { lead, secsToGameEnd, hasEnded: false, possession: null, pregame };
      const home = inGameProbability(state, config);
      const given = hasHomeWon ? home : 1 - home;
      sum -= Math.log(Math.min(1 - CLIP, Math.max(CLIP, given)));
    }
  }
  return sum / (3 * games.length);
}

/** Mean points that the team without the last basket gains in the next `span` seconds of its quarter. */
function gainAfterBasket(paths: readonly LeadPath[], span: number): number {
  const gains: number[] = [];
  for (const path of paths) {
    for (let second = 1; second + span < path.length; second += 1) {
      const scored = at(path, second) - at(path, second - 1);
      if (scored === 0 || (second % 720) + span >= 720) continue;
      gains.push(-Math.sign(scored) * (at(path, second + span) - at(path, second)));
    }
  }
  return mean(gains);
}

/** Variance of the lead's change over `span` seconds. */
function changeVariance(paths: readonly LeadPath[], span: number): number {
  const changes = paths.flatMap((path) =>
    Array.from(path.subarray(span), (lead, second) => lead - at(path, second)),
  );
  const middle = mean(changes);
  return mean(changes.map((change) => (change - middle) ** 2));
}

/** Golden-section search for the lowest point of a function with one valley, to 0.01. */
function lowest(f: (x: number) => number, from: number, to: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [left, right] = [high - golden * (high - low), low + golden * (high - low)];
  let [atLeft, atRight] = [f(left), f(right)];
  while (high - low > 0.02) {
    if (atLeft < atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = f(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = f(right);
    }
  }
  return (low + high) / 2;
}

/** Two digits say all that these samples know. */
function rounded(constants: InGameConfig): InGameConfig {
  const two = (value: number): number => Math.round(value * 100) / 100;
  return {
    sigmaPoints: Math.round(constants.sigmaPoints * 10) / 10,
    lastPossessionPoints: two(constants.lastPossessionPoints),
    possessionPoints: two(constants.possessionPoints),
  };
}

function at(path: LeadPath, second: number): number {
  return path[second] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
