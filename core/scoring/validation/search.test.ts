import { expect, it } from "vitest";
import { seededChance } from "../inference/chance.ts";
import { searchOf, triedOn } from "./search.ts";
import { handSample } from "./testing/hand-sample.ts";
import { validate } from "./validate.ts";

const CAPITAL = 1_000_000_000;
const dayOf = (n: number): string =>
  new Date(Date.parse("2026-01-01T00:00:00Z") + n * 86_400_000).toISOString().slice(0, 10);

/** Results on some days, that earn. */
const earning = (name: string, days: readonly number[], seed: number) => {
  const chance = seededChance(seed);
  return {
    name,
    results: days.map((day) => ({
      ...{ cluster: `game ${day}`, date: dayOf(day), fees: 0 },
      gross: Math.round(5_000_000 + 1_000_000 * chance.normal()),
    })),
  };
};

it("counts days on which a configuration has a result, not those of the calendar", () => {
  const [played, other] = triedOn(
    [earning("played", [0, 20, 59], 1), earning("other", [0, 40], 2)],
    CAPITAL,
  );
  // Days 0, 20, 40 and 59: what did not play on a day of another brought nothing there.
  expect(played?.daily.map((share) => share > 0)).toEqual([true, true, false, true]);
  expect(other?.daily.map((share) => share > 0)).toEqual([true, false, true, false]);
  expect(triedOn([], CAPITAL)).toEqual([]);
});

it("does not tell skill from luck on five nights of a window of sixty days", () => {
  const nights = [0, 15, 30, 45, 59];
  const tried = triedOn([earning("played", nights, 1), earning("other", nights, 2)], CAPITAL);
  expect(searchOf(tried)).toMatchObject({
    overfitting: { days: 5, splits: 0, probability: null },
    deflated: { n: 5, probability: null },
  });
  const options = { stages: [], others: [], resamples: 300, tried };
  expect(validate(handSample({ games: 240, edge: 900_000 }), options).judgement).toEqual({
    verdict: "not_enough_data",
    reasons: ["the search: 5 days with a result are too few to tell skill from luck"],
  });
});

it("does not take the days of the others for its own", () => {
  const every = Array.from({ length: 40 }, (_, day) => day);
  const tried = triedOn(
    [earning("played", [0, 9, 18, 27, 36], 1), earning("other", every, 2)],
    CAPITAL,
  );
  // Five days of its own among forty of another are no forty.
  expect(searchOf(tried)).toMatchObject({
    overfitting: { days: 40 },
    deflated: { n: 5, probability: null },
  });
  const options = { stages: [], others: [], resamples: 300, tried };
  expect(validate(handSample({ games: 240, edge: 900_000 }), options).judgement.reasons).toEqual([
    "the search: 5 days with a result are too few to tell skill from luck",
  ]);
});

it("asks for thirty-two days, two in each of sixteen blocks", () => {
  const on = (days: number) => {
    const nights = Array.from({ length: days }, (_, day) => 2 * day);
    return searchOf(triedOn([earning("a", nights, 1), earning("b", nights, 2)], CAPITAL));
  };
  expect(on(29)).toMatchObject({ deflated: { probability: null } });
  expect(on(31)).toMatchObject({ overfitting: { days: 31, probability: null } });
  const enough = on(32);
  expect(enough?.overfitting).toMatchObject({ days: 32, splits: 12_870 });
  expect(enough?.overfitting.probability).not.toBeNull();
  expect(enough?.deflated.probability).not.toBeNull();
  expect(searchOf(triedOn([earning("a", [1], 1)], CAPITAL))).toBeNull();
});
