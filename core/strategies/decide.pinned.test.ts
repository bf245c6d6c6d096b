import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { VERDICTS } from "./verdicts.ts";
import { decide } from "./decide.ts";
import { Dice, randomConfig, randomInput } from "./testing/random-inputs.ts";

/** Stored decisions are decided again from their inputs: what is pinned here, they must give for ever. */
describe("the bytes of a decision", () => {
  const SEED = 20_261_129;
  const INPUTS = 6_000;
  /** Said by other strategies, by a router, or under a setting that is off here. */
  const OTHERS = [
    ...["not_routed", "not_loaded", "no_model", "no_features", "probability_low"],
    ...["own_refused", "own_failed", "above_low"],
  ];

  it("are those that were given before for the same random inputs", () => {
    const dice = new Dice(SEED);
    const bytes = createHash("sha256");
    const codes = new Set<string>();
    for (let n = 0; n < INPUTS; n += 1) {
      const output = decide(randomInput(dice), randomConfig(dice));
      bytes.update(JSON.stringify(output));
      for (const { code } of output.verdicts) codes.add(code);
    }
    // Whatever the three usual strategies say without a router was said at least once.
    const unsaid = Object.keys(VERDICTS).filter((code) => !codes.has(code));
    expect(unsaid.filter((code) => !OTHERS.includes(code))).toEqual([]);
    expect(bytes.digest("hex")).toBe(
      "eb0924075f919268f1e1dcfeec65732f5a55fa37f08135c23502571b75fff58d",
    );
  });
});
