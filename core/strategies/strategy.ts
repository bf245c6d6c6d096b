import type { Verdict } from "../domain/decision.ts";
import type { GameStrategy } from "../domain/order.ts";
import type { EntryContext } from "./entry.ts";

/** What a strategy cannot enter without: it says so, and refuses with a reason where it is missing. */
type StrategyNeed = "forecast" | "live-score" | "window" | "features";

/** What an exit hook knows of the position it is asked about. Micros per contract, run milliseconds. */
export interface HeldPosition {
  readonly marketTicker: string;
  readonly team: "home" | "away";
  /** Average price paid, fees included. */
  readonly cost: number;
  /** What selling now gains over the cost, fees paid. */
  readonly sellGain: number;
  readonly heldMs: number;
}

/** An exit hook's answer: leave, or stay, and the numbers it judged by. */
export interface LeaveAnswer {
  readonly leaves: boolean;
  readonly numbers: Readonly<Record<string, number | null>>;
}

/** One strategy of a game, as `decide` sees it. Hooks are pure: equal contexts give equal answers. */
export interface GameStrategyDefinition {
  readonly name: GameStrategy;
  /** Raised with each change of its rules. */
  readonly version: string;
  readonly summary: string;
  readonly needs: readonly StrategyNeed[];
  /** Asked when the strategy holds nothing. */
  readonly entry: (context: EntryContext) => Verdict;
  /**
   * Asked when a position would be held: stop-loss, lock, take-profit and the longest hold of the
   * settings come first, so a hook may leave earlier than they do, never later. Null: it has no word.
   */
  readonly exit: ((context: EntryContext, held: HeldPosition) => LeaveAnswer) | null;
}
