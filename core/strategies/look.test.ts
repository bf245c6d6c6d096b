import type { Forecast, Verdict } from "../domain/decision.ts";
import { instant } from "../domain/units.ts";
import { describe, expect, it } from "vitest";
import { decide, Decider } from "./decide.ts";
import { BUILT_IN } from "./registry.ts";
import { Dice, randomConfig, randomInput } from "./testing/random-inputs.ts";

/** What a look may not leave out: all that money or a count depends on. */
const said = ({ strategy, code, edgeMicros, intent, exitType }: Verdict) => ({
  strategy,
  code,
  edgeMicros,
  intent,
  exitType,
});

/** A forecast without the ages of its terms, which only records show. */
const ageless = ({ sources, ...forecast }: Forecast) => ({
  ...forecast,
  sources: sources.map((term) => ({ ...term, ageMs: null })),
});

describe("Decider.look", () => {
  it("says of the same readings later what the whole decision says then", () => {
    const dice = new Dice(11);
    let changed = 0;
    for (let n = 0; n < 2_000; n += 1) {
      const config = randomConfig(dice);
      const decider = new Decider(config, BUILT_IN);
      const input = { ...randomInput(dice), phase: "pregame" as const };
      // What is known only later becomes known, what is ESPN's turns stale, and the game begins.
      let { at } = input;
      for (const phase of ["pregame", "pregame", "pregame", "live"] as const) {
        at = instant(at + dice.whole(0, 60_000));
        const one = { ...input, at, phase };
        const { forecast } = decide(one, config);
        expect(ageless(decider.look(one).forecast)).toEqual(ageless(forecast));
        if (forecast.homeProbability !== decide(input, config).forecast.homeProbability) {
          changed += 1;
        }
      }
    }
    expect(changed).toBeGreaterThan(100);
  });

  it("gives the codes, edges and intents that the whole decision gives, on whatever input", () => {
    const dice = new Dice(7);
    let proposals = 0;
    for (let n = 0; n < 3_000; n += 1) {
      const config = randomConfig(dice);
      const decider = new Decider(config, BUILT_IN);
      const input = randomInput(dice);
      // A second input with the same strategies, sound or not: they are not looked at again.
      const next = { ...randomInput(dice), strategies: input.strategies };
      for (const one of [input, next, input]) {
        const { verdicts: whole, forecast } = decide(one, config);
        const look = decider.look(one);
        expect(look.verdicts.map(said)).toEqual(whole.map(said));
        expect(look.forecast).toEqual(forecast);
        // What is recorded of a look is what anybody would decide.
        expect(decider.decide(one)).toEqual(decide(one, config));
        proposals += whole.filter(({ intent }) => intent !== null).length;
      }
    }
    expect(proposals).toBeGreaterThan(500);
  });
});
