import { describe, expect, it } from "vitest";
import { describeWorld } from "./describe.ts";
import { createWorld } from "./world.ts";

describe("describeWorld", () => {
  it("tells of each game the truth that no feed shows, and counts all facts", () => {
    const world = createWorld({ seed: 12, games: 2, scalarGame: 1 });
    const told = describeWorld(world);
    const [played, off] = told.games;
    expect(played?.minutes).toBeGreaterThan(120);
    expect(played?.homeProbability).toBeCloseTo(world.games[0]?.script.pregameTruth ?? 0, 4);
    expect(off).toMatchObject({ isScalar: true, minutes: 0, homeScore: 0, awayScore: 0 });
    const counted = Object.values(told.facts).reduce((sum, count) => sum + count, 0);
    expect(counted).toBe([...world.facts()].length);
    expect(told.pastGames).toBe(world.pastGames.length);
  });

  it("states the edge in cents, and none where there is none", () => {
    // 0.26 of log-odds is 25 * 0.26 = 6.5 cents at even odds; 0.14 is 3.5.
    const told = describeWorld(createWorld({ seed: 12, games: 1 })).statedEdge.text;
    expect(told).toContain("off by about 3.5 cents");
    expect(told).toContain("overshoots by about 6.5 cents");
    const none = describeWorld(createWorld({ seed: 12, games: 1, edge: "none" })).statedEdge;
    expect(none.numbers).toEqual({});
  });
});
