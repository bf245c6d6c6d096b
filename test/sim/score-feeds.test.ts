import { expect, it } from "vitest";
import type { Fact } from "../../sim/facts.ts";
import { createWorld } from "../../sim/world/world.ts";
import { doubtsOf } from "../support/arbitrate.ts";

it("calls nothing that the feeds of a world show a leap or a way back, looked at often or seldom", () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const world = createWorld({ seed, games: 3 });
    const facts: readonly Fact[] = [...world.facts()];
    for (const { eventTicker } of world.manifest.games) {
      const states = facts
        .filter((fact) => fact.kind === "game-state")
        .filter(
          (fact) => fact.eventTicker === eventTicker && fact.statusName !== "STATUS_POSTPONED",
        );
      for (const pollMs of [5_000, 60_000]) expect([...doubtsOf(states, pollMs)]).toEqual([]);
    }
  }
});
