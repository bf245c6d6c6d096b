/**
 * How one possession goes. The game is played by these numbers and the true win probability is
 * computed from the same ones, so that the truth is exact and not a second opinion.
 */

/** A possession lasts a whole number of seconds from `min` to `max`, each as likely. */
export const POSSESSION_SECONDS = { min: 8, max: 24 } as const;
/** With less than this on the clock there is no shot. */
export const SHOT_SECONDS = 3;
export const REGULATION_PERIODS = 4;
export const PERIOD_SECONDS = 720;
export const OVERTIME_SECONDS = 300;

/** Possessions of a regulation game, both teams: 2880 s at 16 s each. */
const POSSESSIONS = 180;
/** Standard deviation of the final margin that these possessions make, points. */
export const MARGIN_DEVIATION = 13.7;
/**
 * Elo points worth one point of expected margin, such that the normal margin gives the same
 * winner's chance as Elo's logistic curve near even.
 */
export const ELO_PER_POINT = 20.8;
/** Playing at home, in Elo points. */
export const HOME_ELO = 65;

/** Chance of 0, 1, 2 and 3 points from one possession. */
export type Chances = readonly [none: number, one: number, two: number, three: number];

/** The chances between equal teams: 1.18 points a possession. */
const EVEN: Chances = [0.35, 0.22, 0.33, 0.1];
const EVEN_POINTS = EVEN[1] + 2 * EVEN[2] + 3 * EVEN[3];

/** How the two teams score. */
export interface Offences {
  readonly home: Chances;
  readonly away: Chances;
}

function offence(pointsShift: number): Chances {
  const scale = 1 + pointsShift / EVEN_POINTS;
  const [one, two, three] = [EVEN[1] * scale, EVEN[2] * scale, EVEN[3] * scale];
  return [1 - one - two - three, one, two, three];
}

/** The two offences of a game in which home is `eloEdge` better, home advantage included. */
export function offences(eloEdge: number): Offences {
  const shift = eloEdge / ELO_PER_POINT / POSSESSIONS;
  return { home: offence(shift), away: offence(-shift) };
}

/** Seconds of a period: 720 in regulation, 300 in overtime. */
export function periodSeconds(period: number): number {
  return period <= REGULATION_PERIODS ? PERIOD_SECONDS : OVERTIME_SECONDS;
}

/** Game-clock seconds left in regulation, or in the overtime being played. */
export function secondsLeft(period: number, clockSeconds: number): number {
  return clockSeconds + Math.max(0, REGULATION_PERIODS - period) * PERIOD_SECONDS;
}
