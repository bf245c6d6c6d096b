import { describe, expect, it } from "vitest";
import { driftOf } from "./drift.ts";
import { type Chance, seededChance } from "./inference/chance.ts";

/** A probability between 0.94 and 0.99, and whether it came. */
const nearCertain = (chance: Chance) => {
  const truth = 0.94 + 0.05 * chance.uniform();
  return { truth, outcome: chance.uniform() < truth ? 1 : 0 };
};

/** What is watched, of a game that never drifts. */
const WORLDS: Readonly<Record<string, (chance: Chance) => number>> = {
  bias: (chance) => {
    const { truth, outcome } = nearCertain(chance);
    return outcome - truth;
  },
  "excess of the Brier score": (chance) => {
    const { truth, outcome } = nearCertain(chance);
    const off = (): number => truth + 0.02 * (chance.uniform() - 0.5);
    return (off() - outcome) ** 2 - (off() - outcome) ** 2;
  },
};

const games = (count: number, date: string, value: () => number) =>
  Array.from({ length: count }, (_, game) => ({
    ...{ cluster: `${date} ${game}`, date, value: value() },
  }));

describe("drift of near-certain forecasts", () => {
  it.each(Object.entries(WORLDS).map(([name, valueOf]) => ({ name, valueOf })))(
    "is called of the $name by mistake as seldom as is promised",
    ({ valueOf }) => {
      const chance = seededChance(7);
      let called = 0;
      for (let sample = 0; sample < 200; sample += 1) {
        const values = [
          ...games(300, "2026-01-01", () => valueOf(chance)),
          ...games(40, "2026-01-20", () => valueOf(chance)),
        ];
        const { isDrifting } = driftOf(
          { name: "NBA, five-minutes-left", what: "bias", values },
          { since: "2026-01-14", watched: 5 },
          { chance: seededChance(sample), resamples: 500 },
        );
        if (isDrifting === true) called += 1;
      }
      // 5 % over five that are watched: 2 of 200; 7 or fewer in 999 of 1,000 such tests. Of 400 a bootstrap called 91 and 36.
      expect(called).toBeLessThanOrEqual(7);
    },
    60_000,
  );

  it("is called where they begin to miss", () => {
    const values = [
      ...games(300, "2026-01-01", () => WORLDS["bias"]?.(seededChance(1)) ?? 0).map((one, i) => ({
        ...one,
        value: i % 30 === 0 ? -0.97 : 0.03,
      })),
      ...games(40, "2026-01-20", () => 0.03).map((one, i) => ({
        ...one,
        value: i % 4 === 0 ? -0.97 : 0.03,
      })),
    ];
    const { isDrifting, difference } = driftOf(
      { name: "NBA, five-minutes-left", what: "bias", values },
      { since: "2026-01-14", watched: 20 },
      { chance: seededChance(1) },
    );
    expect(isDrifting).toBe(true);
    expect(difference.value).toBeCloseTo(1 / 30 - 1 / 4, 9);
    expect(difference.interval?.level).toBeCloseTo(0.9975, 12);
  });
});
