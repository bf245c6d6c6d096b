import { describe, expect, it } from "vitest";
import { expectedLoss, type Injury, injuryShift } from "./injuries.ts";

const CONFIG = { defaultImpactElo: 15, maxLossElo: 150 };
const injury = (changes: Partial<Injury>): Injury => ({
  teamCode: "BOS",
  player: "A",
  status: "Out",
  impactElo: 40,
  ...changes,
});

describe("injuries", () => {
  it("counts a player by the chance that he sits out", () => {
    const statuses = ["Out", "Doubtful", "Questionable", "Probable", "Available"] as const;
    const losses = statuses.map((status) => expectedLoss([injury({ status })], "BOS", CONFIG));
    expect(losses).toEqual([40, 30, 20, 4, 0]);
  });

  it("takes the default where the feed gives no figure, and counts a player once", () => {
    expect(expectedLoss([injury({ impactElo: null })], "BOS", CONFIG)).toBe(15);
    const twice = [injury({ status: "Questionable" }), injury({ status: "Out" })];
    expect(expectedLoss(twice, "BOS", CONFIG)).toBe(40);
  });

  it("bounds what one report may move", () => {
    const team = Array.from({ length: 9 }, (_, i) => injury({ player: `P${i}` }));
    expect(expectedLoss(team, "BOS", CONFIG)).toBe(150);
  });

  it("moves the chance away from the team that is hurt, and not at all when both are alike", () => {
    // 40 Elo points are 40 * ln(10) / 400 = 0.2303 in log-odds.
    expect(injuryShift([injury({})], "BOS", "NYK", CONFIG)).toBeCloseTo(-0.2303, 4);
    expect(injuryShift([injury({})], "NYK", "BOS", CONFIG)).toBeCloseTo(0.2303, 4);
    const both = [injury({}), injury({ teamCode: "NYK" })];
    expect(injuryShift(both, "NYK", "BOS", CONFIG)).toBe(0);
  });
});
