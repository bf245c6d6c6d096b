import { describe, expect, it } from "vitest";
import type { GameClock } from "../domain/decision.ts";
import { instant } from "../domain/units.ts";
import { BallTrack } from "./ball-track.ts";

/** A believed clock: score of home and away, seconds left, period. */
const clockOf = (
  homeScore: number,
  awayScore: number,
  clockSeconds: number,
  changes: Partial<GameClock> = {},
): GameClock => ({
  ...{ state: "in", period: 2, clockSeconds, homeScore, awayScore },
  ...{ sourceTime: instant(0), receivedAt: instant(0), staleBecause: [], isReconstructed: false },
  ...changes,
});

/** Who has the ball at the last of these clocks. */
function ballAfter(...clocks: readonly GameClock[]): string | null {
  const track = new BallTrack();
  for (const clock of clocks) track.observe(clock);
  const last = clocks.at(-1);
  return last === undefined ? null : track.possession(last);
}

describe("the ball", () => {
  it("is the other team's after a basket, until a shot clock has run down", () => {
    expect(ballAfter(clockOf(40, 40, 300), clockOf(42, 40, 290))).toBe("away");
    expect(ballAfter(clockOf(40, 40, 300), clockOf(40, 43, 290))).toBe("home");
    const scored = [clockOf(40, 40, 300), clockOf(42, 40, 290)];
    expect(ballAfter(...scored, clockOf(42, 40, 266))).toBe("away");
    expect(ballAfter(...scored, clockOf(42, 40, 265))).toBeNull();
  });

  it("is nobody's that is known of before the first score that was seen", () => {
    expect(ballAfter(clockOf(42, 40, 290))).toBeNull();
    // A game seen from before its tip has no score that was not seen.
    const before = clockOf(0, 0, 0, { state: "pre", period: 0 });
    expect(ballAfter(before, clockOf(2, 0, 700, { period: 1 }))).toBe("away");
  });

  it.each([
    ["both have scored since the last look", clockOf(42, 42, 290)],
    ["points were taken back", clockOf(38, 40, 290)],
  ])("is not known when %s", (_, now) => {
    expect(ballAfter(clockOf(40, 40, 300), now)).toBeNull();
  });

  it.each([
    ["the next period", clockOf(42, 40, 720, { period: 3 })],
    ["the period's end", clockOf(42, 40, 0)],
    ["the game's end", clockOf(42, 40, 0, { state: "post", period: 4 })],
  ])("is not known from that basket at %s", (_, now) => {
    expect(ballAfter(clockOf(40, 40, 15), clockOf(42, 40, 10), now)).toBeNull();
  });
});
