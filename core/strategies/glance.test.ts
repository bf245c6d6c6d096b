import { describe, expect, it } from "vitest";
import { decide, Glance } from "./decide.ts";
import { BUILT_IN } from "./registry.ts";
import { Dice, randomConfig, randomInput } from "./testing/random-inputs.ts";

/** What a glance may not leave out: all that money or a count depends on. */
const said = ({
  strategy,
  code,
  edgeMicros,
  intent,
  exitType,
}: ReturnType<Glance["verdicts"]>[number]) => ({
  strategy,
  code,
  edgeMicros,
  intent,
  exitType,
});

describe("Glance", () => {
  it("gives the codes, edges and intents that the whole decision gives, on whatever input", () => {
    const dice = new Dice(7);
    let proposals = 0;
    for (let n = 0; n < 3_000; n += 1) {
      const config = randomConfig(dice);
      const glance = new Glance(config, BUILT_IN);
      const input = randomInput(dice);
      // A second input with the same strategies, sound or not: they are not looked at again.
      const next = { ...randomInput(dice), strategies: input.strategies };
      for (const one of [input, next, input]) {
        const whole = decide(one, config).verdicts;
        expect(glance.verdicts(one).map(said)).toEqual(whole.map(said));
        proposals += whole.filter(({ intent }) => intent !== null).length;
      }
    }
    expect(proposals).toBeGreaterThan(500);
  });
});
