import type { StrategyInput } from "../core/domain/decision.ts";
import { type GameState, type StrategyState, strategyState } from "../core/domain/game.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import type { CapitalBook } from "./capital-book.ts";
import type { OrderDesk } from "./order-desk.ts";
import type { GamePositions } from "./positions.ts";

/** Where a strategy of a game stands beside its own state. */
interface Standing {
  readonly state: GameState;
  readonly orders: Pick<OrderDesk, "isWorking">;
  readonly positions: Pick<GamePositions, "inputs">;
  readonly capital: Pick<CapitalBook, "left">;
}

/**
 * Where the strategies of a game stand, as a decision sees them. Lists are pushed together here: what `map`
 * makes is of another kind once it is compiled, and then all that reads it at every quote is compiled anew.
 */
export function inputsOf(
  names: readonly GameStrategy[],
  { state, orders, positions, capital }: Standing,
): readonly StrategyInput[] {
  const inputs: StrategyInput[] = [];
  for (const strategy of names) {
    const now = {
      hasWorkingOrder: orders.isWorking(strategy),
      positions: positions.inputs(strategy),
      capitalLeft: capital.left(strategy),
    };
    inputs.push(inputOf(strategyState(state, strategy), now));
  }
  return inputs;
}

/** The same where only what may be committed has changed, elsewhere in the night; the same list where that is equal. */
export function withCapital(
  inputs: readonly StrategyInput[],
  capital: Pick<CapitalBook, "left">,
): readonly StrategyInput[] {
  let isSame = true;
  const changed: StrategyInput[] = [];
  for (const one of inputs) {
    const capitalLeft = capital.left(one.strategy);
    isSame &&= capitalLeft === one.capitalLeft;
    changed.push(inputOf(one, { ...one, capitalLeft }));
  }
  return isSame ? inputs : changed;
}

/** Field by field: states that were spread now and then have all kinds of shapes, which are slow to read. */
function inputOf(
  state: StrategyState,
  now: Pick<StrategyInput, "hasWorkingOrder" | "positions" | "capitalLeft">,
): StrategyInput {
  return {
    strategy: state.strategy,
    entries: state.entries,
    pregameAttempts: state.pregameAttempts,
    lockAttempts: state.lockAttempts,
    hasExited: state.hasExited,
    disabledBecause: state.disabledBecause,
    retryAt: state.retryAt,
    hasWorkingOrder: now.hasWorkingOrder,
    positions: now.positions,
    capitalLeft: now.capitalLeft,
  };
}
