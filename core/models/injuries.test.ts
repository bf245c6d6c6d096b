import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import { expectedLoss, type Injury, injuriesKnownAt, injuryShift } from "./injuries.ts";
import { injuryReading } from "./readings.ts";

const CONFIG = { defaultImpactElo: 15, notSubmittedLossElo: 39, maxLossElo: 150, players: {} };
const NOON = instant(1_760_000_000_000);
const later = (ms: number) => instant(NOON + ms);
const injury = (changes: Partial<Injury>): Injury => ({
  teamCode: "BOS",
  player: "A",
  status: "Out",
  reason: null,
  impactElo: 40,
  sourceTime: NOON,
  receivedAt: NOON,
  ...changes,
});
const loss = (injuries: readonly Injury[], config = CONFIG, at = NOON): number =>
  expectedLoss(injuries, "BOS", at, config);

describe("injuries", () => {
  it("counts a player by the chance that he sits out", () => {
    const statuses = ["Out", "Doubtful", "Questionable", "Probable", "Available"] as const;
    expect(statuses.map((status) => loss([injury({ status })]))).toEqual([40, 30, 20, 4, 0]);
  });

  it("takes a player's worth from the feed, else from the table, else the default", () => {
    const unknown = injury({ player: "Jaylen Brown", impactElo: null });
    expect(loss([unknown])).toBe(15);
    const config = { ...CONFIG, players: { "BOS Jaylen Brown": 45, "NYK Jaylen Brown": 1 } };
    expect(loss([unknown], config)).toBe(45);
    expect(loss([{ ...unknown, impactElo: 40 }], config)).toBe(40);
  });

  it("misses little of who plays in the G League, and nothing of who is not with the team", () => {
    const reasons = ["G League - Two-Way", "Not With Team", "Injury/Illness - Left Ankle; Sprain"];
    expect(reasons.map((reason) => loss([injury({ reason })]))).toEqual([4, 0, 40]);
  });

  it("counts a player once, by the line that was received last", () => {
    const early = injury({ status: "Out" });
    const late = injury({ status: "Questionable", receivedAt: later(1_000) });
    for (const lines of [
      [early, late],
      [late, early],
    ]) {
      expect(loss(lines, CONFIG, later(1_000))).toBe(20);
    }
  });

  it("never counts what was published or received after the decision", () => {
    const received = injury({ receivedAt: later(1) });
    const published = injury({ player: "B", sourceTime: later(1) });
    expect(loss([received, published])).toBe(0);
    expect(loss([received, published], CONFIG, later(1))).toBe(80);
    expect(injuriesKnownAt([received, published], NOON)).toBeNull();
    expect(injuriesKnownAt([received, published], later(9))).toBe(later(1));
  });

  it("expects the loss of the table where a report is not yet submitted, until there are lines", () => {
    const waiting = injury({ player: "NOT YET SUBMITTED", status: "Not Yet Submitted" });
    expect(loss([waiting])).toBe(39);
    expect(loss([waiting, injury({ status: "Questionable" })])).toBe(20);
    expect(loss([waiting, injury({ status: "Available" })])).toBe(0);
    expect(loss([injury({ ...waiting, receivedAt: later(1) })])).toBe(0);
  });

  it("bounds what one report may move", () => {
    const team = Array.from({ length: 9 }, (_, i) => injury({ player: `P${i}` }));
    expect(loss(team)).toBe(150);
  });

  it("moves the chance away from the team that is hurt, and not at all when both are alike", () => {
    const shift = (injuries: readonly Injury[], home: string, away: string): number =>
      injuryShift(injuries, { home, away }, NOON, CONFIG);
    // 40 Elo points are 40 * ln(10) / 400 = 0.2303 in log-odds.
    expect(shift([injury({})], "BOS", "NYK")).toBeCloseTo(-0.2303, 4);
    expect(shift([injury({})], "NYK", "BOS")).toBeCloseTo(0.2303, 4);
    expect(shift([injury({}), injury({ teamCode: "NYK" })], "NYK", "BOS")).toBe(0);
  });

  it("gives a reading that names the table and the parser, known when its newest line was", () => {
    const sheet = { injuries: [injury({ receivedAt: later(-5) })], at: later(60), parser: "p-1" };
    const game = { home: "NYK", away: "BOS" };
    expect(injuryReading(sheet, game, CONFIG)).toMatchObject({
      ...{ source: "injuries", version: "pim-2/p-1", knownAt: NOON, absentBecause: null },
    });
  });
});
