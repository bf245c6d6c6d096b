import { expect, it } from "vitest";
import { compareWithMarket } from "./elo-comparison.ts";

const rated = { date: "2022-01-01", season: 2022, home: "BOS", away: "NYK" } as const;

it("compares on the games both have, and turns a market that has home and away exchanged", () => {
  const games = [
    { ...rated, probability: 0.6, outcome: 1 as const },
    { ...rated, date: "2022-01-02", probability: 0.5, outcome: 0 as const },
    { ...rated, date: "2022-01-03", probability: 0.9, outcome: 1 as const },
  ];
  const market = [
    { date: "2022-01-01", home: "NYK", away: "BOS", probability: 0.3 },
    { date: "2022-01-02", home: "BOS", away: "NYK", probability: 0.4 },
  ];
  const [only, ...more] = compareWithMarket(games, market);
  expect(more).toEqual([]);
  // (0.4^2 + 0.5^2) / 2 = 0.205; the market said 70 % and 40 %: (0.3^2 + 0.4^2) / 2 = 0.125.
  expect(only).toMatchObject({ season: 2022, n: 2 });
  expect(only?.elo.brier).toBeCloseTo(0.205, 12);
  expect(only?.market.brier).toBeCloseTo(0.125, 12);
  expect(only?.difference.value).toBeCloseTo(0.08, 12);
  expect(only?.difference.lack).toBe("too_few_clusters");
});

it("adds all seasons together where there are several, and says nothing of none", () => {
  const games = [2021, 2022].map((season) => {
    return { ...rated, season, date: `${season}-01-01`, probability: 0.6, outcome: 1 as const };
  });
  const rows = compareWithMarket(games, games);
  expect(rows.map(({ season, n }) => [season, n])).toEqual([
    ...[[2021, 1]],
    ...[[2022, 1]],
    ...[[null, 2]],
  ]);
  expect(compareWithMarket(games, [])).toMatchObject([{ n: 0, elo: { brier: null } }]);
});
