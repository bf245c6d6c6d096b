import fc from "fast-check";
import { expect, it } from "vitest";
import { type GameStrategy, GAME_STRATEGIES, inSequence, isOwnStrategy } from "./order.ts";

const name = fc.oneof(
  fc.constantFrom(...GAME_STRATEGIES),
  fc.constantFrom<GameStrategy>("own-b", "own-a", "own-ab"),
);

it("asks strategies in one sequence, whatever the sequence they are named in, and each once", () => {
  fc.assert(
    fc.property(fc.array(name), (names) => {
      const sequence = inSequence(names);
      expect(inSequence([...names].reverse())).toEqual(sequence);
      expect(inSequence(sequence)).toEqual(sequence);
      expect(new Set(sequence)).toEqual(new Set(names));
      const own = sequence.filter(isOwnStrategy);
      expect([...own].sort()).toEqual(own);
      expect(sequence.slice(sequence.length - own.length)).toEqual(own);
    }),
  );
});

it.each(["own-", "own-Late", "own-9", "own-a_b", `own-${"a".repeat(33)}`, "late", "own-a b"])(
  "takes %j for no name of a user's strategy",
  (wrong) => {
    expect(isOwnStrategy(wrong)).toBe(false);
  },
);
