import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import { type GameObservation, SCORE_AGE_MAX_MS, scoreGame } from "./game-instants.ts";

const game = { scheduledTipAt: instant(1_000_000), homeWon: true };

function seen(
  observedAt: number,
  clockState: GameObservation["clockState"],
  period: number | null,
  clockSeconds: number | null,
  model: number | null = 0.6,
  market: number | null = 0.5,
): GameObservation {
  return { observedAt: instant(observedAt), clockState, period, clockSeconds, model, market };
}

const whole = [
  seen(900_000, "pre", 0, 0, 0.51, 0.52),
  seen(1_600_000, "in", 1, 720, 0.55, 0.56),
  seen(3_000_000, "in", 1, 0, 0.61, 0.62),
  seen(3_200_000, "in", 2, 720),
  seen(5_000_000, "in", 3, 700, 0.71, 0.72),
  seen(7_000_000, "in", 4, 720, 0.81, 0.82),
  seen(7_500_000, "in", 4, 301),
  seen(7_510_000, "in", 4, 298, 0.91, 0.92),
  seen(8_500_000, "post", 4, 0, 1, 0.99),
];

describe("scoreGame", () => {
  it("scores tip, quarter ends and five minutes left where they were seen", () => {
    const rows = scoreGame(whole, game);
    expect(rows.map((row) => [row.instantName, row.scoredAt, row.model, row.market])).toEqual([
      ["tip", 1_600_000, 0.55, 0.56],
      ["q1", 3_000_000, 0.61, 0.62],
      ["q2", 5_000_000, 0.71, 0.72],
      ["q3", 7_000_000, 0.81, 0.82],
      ["q4", 8_500_000, 1, 0.99],
      ["five-minutes-left", 7_510_000, 0.91, 0.92],
    ]);
    expect(rows.every((row) => row.homeWon)).toBe(true);
  });

  it("scores a game with only a final score at its scheduled tip and at no quarter it never saw", () => {
    const rows = scoreGame([seen(990_000, "pre", 0, 0), seen(9_000_000, "post", null, null)], game);
    expect(rows.map((row) => [row.instantName, row.scoredAt])).toEqual([["tip", 1_000_000]]);
  });

  it("ends the fourth quarter when overtime begins", () => {
    const rows = scoreGame([...whole.slice(0, -1), seen(8_400_000, "in", 5, 300)], game);
    expect(rows.find((row) => row.instantName === "q4")?.scoredAt).toBe(8_400_000);
  });

  it("scores null rather than a value more than a minute old", () => {
    const late = seen(1_600_000, "in", 1, 720, null, null);
    const rows = scoreGame([seen(1_600_000 - SCORE_AGE_MAX_MS - 1, "pre", 0, 0), late], game);
    expect(rows[0]).toMatchObject({ instantName: "tip", model: null, market: null });
    const fresh = scoreGame([seen(1_600_000 - SCORE_AGE_MAX_MS, "pre", 0, 0), late], game);
    expect(fresh[0]).toMatchObject({ model: 0.6, market: 0.5 });
  });

  it("has no score for a game that was never seen", () => {
    expect(scoreGame([], game)).toEqual([]);
  });

  it("never uses what was seen after the instant", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
        const whenever = scoreGame(whole, game);
        // Whatever happens after a scored instant, its row stays the same.
        const known = whole.slice(0, cut);
        const last = known.at(-1)?.observedAt ?? 0;
        const before = whenever.filter((row) => row.scoredAt <= last);
        const early = scoreGame(known, game).filter(
          (row) => known.length > 1 || row.model !== null,
        );
        for (const row of before) expect(early).toContainEqual(row);
      }),
    );
  });
});
