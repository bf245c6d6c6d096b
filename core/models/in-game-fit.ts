import type { InGameConfig } from "./win-probability.ts";

/**
 * What recorded games say of the in-game model; written by `scripts/fit-in-game.ts`.
 *
 * Sigma by likelihood of the winners at the ends of three quarters of 19810 games of 2007-10 to
 * 2022-23 with moneylines, log loss 0.4669 nats; the ball and the last possession by the leads of 5
 * games of 2024-10, second by second. The leads of real games are worth less than those of seeded
 * worlds, whose sigma is 13.7: quarters of one game are correlated by -0.03 to -0.11.
 */
export const IN_GAME_FIT: InGameConfig = {
  sigmaPoints: 19,
  lastPossessionPoints: 0.65,
  possessionPoints: 0.53,
};
