import type { DecisionInput } from "../core/domain/decision.ts";
import { decisionPhase, type GamePhase, type GameState, pauseReason } from "../core/domain/game.ts";

/** What every look at a game asks of its state: told once, when that changes. */
export interface GameStanding {
  readonly phase: DecisionInput["phase"];
  /** Of the game itself. */
  readonly gamePhase: GamePhase;
  /** Why the game itself pauses entries; null when it does not. */
  readonly paused: string | null;
  /** Whether there is anything to decide on. */
  readonly isPlayed: boolean;
}

/** Reads a state of a game. */
export function standingOf(state: GameState): GameStanding {
  const { phase: gamePhase } = state;
  const isPlayed = gamePhase === "pregame" || gamePhase === "live" || gamePhase === "closing";
  return { phase: decisionPhase(state), gamePhase, paused: pauseReason(state), isPlayed };
}
