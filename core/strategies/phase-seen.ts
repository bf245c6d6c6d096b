import type { Instant } from "../domain/units.ts";
import type { GameView } from "./view.ts";

/** The phase of a game as feeds and venue show it; before tip they show none. */
export type SeenPhase = "live" | "closing" | "final";

/**
 * What the feeds and the venue show of a game's phase at `at`.
 *
 * @param statuses of its markets; undefined where the venue has said nothing yet.
 * @param closingSeconds of game clock, the last of the game, in which nothing is entered.
 * @returns `null` while there is nothing to say.
 */
export function phaseSeen(
  view: Pick<GameView, "finalWord" | "clock" | "phase">,
  statuses: readonly (string | undefined)[],
  at: Instant,
  closingSeconds: number,
): SeenPhase | null {
  let over = 0;
  for (const status of statuses) if (isOver(status)) over += 1;
  if (over === statuses.length) return "final";
  // A game that is called over is managed no more: one feed's word alone only pauses its entries.
  const word = view.finalWord(at);
  if (word === "proven" || (word === "alone" && over > 0)) return "final";
  const clock = view.clock(at);
  // What leapt is no reason to close a game either.
  if (clock?.staleBecause.includes("jumped") === true) return null;
  if (clock?.state === "in") {
    const isLate = clock.period >= 4 && clock.clockSeconds <= closingSeconds;
    return isLate && !clock.isReconstructed ? "closing" : "live";
  }
  return view.phase(at) === "live" ? "live" : null;
}

/** Whether the venue has ended a market: nothing is traded in it any more. */
function isOver(status: string | undefined): boolean {
  return status === "closed" || status === "determined" || status === "finalized";
}
