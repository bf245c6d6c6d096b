import type { StrategyInput } from "../core/domain/decision.ts";
import type { StrategyState } from "../core/domain/game.ts";
import type { CapitalBook } from "./capital-book.ts";

/**
 * Where a strategy stands, as a decision sees it. Field by field: states that were spread now and then have
 * all kinds of shapes, which are slow to read at every quote.
 */
export function inputOf(
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

/** The same where only what may be committed has changed, elsewhere in the night; the same list where that is equal. */
export function withCapital(
  inputs: readonly StrategyInput[],
  capital: Pick<CapitalBook, "left">,
): readonly StrategyInput[] {
  const isSame = inputs.every(
    ({ strategy, capitalLeft }) => capital.left(strategy) === capitalLeft,
  );
  if (isSame) return inputs;
  return inputs.map((one) => inputOf(one, { ...one, capitalLeft: capital.left(one.strategy) }));
}
