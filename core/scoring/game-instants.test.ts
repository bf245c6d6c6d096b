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
  [homeScore, awayScore]: readonly [number, number] = [101, 99],
): GameObservation {
  const clock = { clockState, period, clockSeconds, homeScore, awayScore };
  return { observedAt: instant(observedAt), ...clock, model, market };
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
  seen(8_490_000, "in", 4, 0, 0.999, 0.98),
  seen(8_500_000, "post", 4, 0, 1, 0.99),
];

/** The same until the end of regulation, which is a tie, and an overtime. */
const tied = [
  ...whole.slice(0, -2),
  // The last basket is told after the buzzer.
  seen(8_350_000, "in", 4, 0, 0.99, 0.6),
  seen(8_360_000, "in", 4, 0, 0.55, 0.56, [101, 101]),
  seen(8_400_000, "in", 5, 300, 0.57, 0.58, [101, 101]),
  seen(8_900_000, "in", 5, 0, 0.999, 0.98, [111, 109]),
  seen(8_910_000, "post", 5, 0, 1, 0.99, [111, 109]),
];

describe("scoreGame", () => {
  it("scores tip, quarter ends and five minutes left where they were seen", () => {
    const rows = scoreGame(whole, game);
    expect(rows.map((row) => [row.instantName, row.scoredAt, row.model, row.market])).toEqual([
      ["tip", 1_600_000, 0.55, 0.56],
      ["q1", 3_000_000, 0.61, 0.62],
      ["q2", 5_000_000, 0.71, 0.72],
      ["q3", 7_000_000, 0.81, 0.82],
      ["five-minutes-left", 7_510_000, 0.91, 0.92],
    ]);
    expect(rows.every((row) => row.homeWon)).toBe(true);
  });

  it("takes no decided game for a forecast: not at the buzzer, not after it, not in hindsight", () => {
    const decided = [
      [seen(8_500_000, "post", 4, 0, 1, 0.99)],
      [seen(8_490_000, "in", 4, 0, 0.999, 0.98)],
      [seen(8_910_000, "in", 5, 0, 0.999, 0.98, [111, 109])],
    ];
    for (const end of decided) {
      // Nothing of the game was seen between the tip and its end: no quarter ends there.
      const rows = scoreGame([...whole.slice(0, 2), ...end], game);
      expect(rows.map((row) => row.instantName)).toEqual(["tip"]);
    }
    // A clock that was first seen when it was over says nothing of the tip.
    const late = scoreGame([seen(900_000, "pre", 0, 0), seen(8_490_000, "in", 4, 0)], game);
    expect(late.map((row) => [row.instantName, row.scoredAt])).toEqual([["tip", 1_000_000]]);
  });

  it("ends the fourth quarter where it is tied and overtime is played after it", () => {
    const [q4] = scoreGame(tied, game).filter((row) => row.instantName === "q4");
    expect(q4).toMatchObject({ scoredAt: 8_360_000, model: 0.55, market: 0.56 });
    // A tie at the buzzer that was none: the last basket was told late, and no overtime came.
    const lateBasket = [...tied.slice(0, -3), seen(8_500_000, "post", 4, 0, 1, 0.99)];
    expect(scoreGame(lateBasket, game).map((row) => row.instantName)).not.toContain("q4");
    // A reconstructed overtime is known when it is over: so may it have been at the tie, told late.
    const reconstructed = [...tied.slice(0, -3), seen(8_910_000, "post", 5, 0, 1, 0.99)];
    expect(scoreGame(reconstructed, game).map((row) => row.instantName)).not.toContain("q4");
  });

  it("scores a game with only a final score at its scheduled tip and at no quarter it never saw", () => {
    const rows = scoreGame([seen(990_000, "pre", 0, 0), seen(9_000_000, "post", null, null)], game);
    expect(rows.map((row) => [row.instantName, row.scoredAt])).toEqual([["tip", 1_000_000]]);
  });

  it("scores no quarter that may have been told after the game: a reconstructed third", () => {
    // Each quarter is told when it has certainly ended; the market knows the result by the third.
    const quarters = [1, 2, 3, 4].map((period) =>
      seen(2_000_000 * period, "in", period, 0, 0.6, period < 3 ? 0.6 : 0.99),
    );
    const rows = scoreGame(
      [...whole.slice(0, 2), ...quarters, seen(8_000_001, "post", 4, 0)],
      game,
    );
    expect(rows.map((row) => row.instantName)).toEqual(["tip", "q1", "q2"]);
  });

  it("ends the fourth quarter when overtime begins, where its tie was not seen", () => {
    const rows = scoreGame([...whole.slice(0, -2), seen(8_400_000, "in", 5, 300)], game);
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
      fc.property(fc.integer({ min: 0, max: tied.length }), (cut) => {
        // Whatever happens after a scored instant, its row stays the same: only whether the end of the
        // fourth quarter has one hangs on what is played then.
        const whenever = scoreGame(tied, game).filter((row) => row.instantName !== "q4");
        const known = tied.slice(0, cut);
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
