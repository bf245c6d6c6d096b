import { expect, it } from "vitest";
import { newGame } from "../core/domain/game.ts";
import { usdMicros } from "../core/domain/units.ts";
import { CapitalBook } from "./capital-book.ts";
import { inputsOf, withCapital } from "./strategy-input.ts";

const NAMES = ["pregame-anchored", "model-edge"] as const;
const LIMIT = usdMicros(100_000_000);

it("tells every game what another one has committed, and nothing new where nothing changed", () => {
  const maxStrategyCapital = {
    "pregame-anchored": LIMIT,
    "model-edge": LIMIT,
    "mean-reversion": LIMIT,
    "model-trees": LIMIT,
    "btc-edge": LIMIT,
  };
  const capital = new CapitalBook({ maxStrategyCapital });
  const before = inputsOf(NAMES, {
    state: newGame(NAMES),
    orders: { isWorking: () => false },
    positions: { inputs: () => [] },
    capital,
  });
  expect(before.map(({ capitalLeft }) => capitalLeft)).toEqual([LIMIT, LIMIT]);
  expect(withCapital(before, capital)).toBe(before);
  capital.change("model-edge", 40_000_000);
  const after = withCapital(before, capital);
  expect(after).toEqual([before[0], { ...before[1], capitalLeft: 60_000_000 }]);
});
