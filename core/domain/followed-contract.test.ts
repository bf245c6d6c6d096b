import { expect, it } from "vitest";
import type { ContractFact } from "./contract.ts";
import { STARTED_COST } from "./contract-cost.ts";
import { type FollowedContract, followedAfter } from "./followed-contract.ts";
import { instant } from "./units.ts";

const STARTED: FollowedContract = {
  ...{ marketTicker: "T", phase: "entry-window", closeAt: instant(1_000), isStruck: true },
  cost: STARTED_COST,
};

it("knows what a contract was told and what that cost, pauses of the venue among it", () => {
  const told: readonly (readonly [readonly ContractFact[], boolean])[] = [
    [[{ kind: "venue-paused" }], false],
    [[{ kind: "venue-resumed" }], true],
    [[], true],
    [[{ kind: "determined" }], false],
  ];
  let followed = STARTED;
  const seen = told.map(([facts, hasProposal]) => {
    followed = followedAfter(followed, facts, hasProposal);
    return [followed.phase, followed.isVenuePaused, followed.cost];
  });
  expect(seen).toEqual([
    // A signal and the phase that is shown; then a placing more; then no other phase.
    ["entry-window", true, { actions: 4, proposals: 0 }],
    ["entry-window", false, { actions: 7, proposals: 1 }],
    ["entry-window", false, { actions: 9, proposals: 2 }],
    ["determined", false, { actions: 11, proposals: 2 }],
  ]);
});

it("follows a contract to its void end, and counts nothing where the start was not counted", () => {
  const uncounted: FollowedContract = {
    ...{ marketTicker: "T", phase: "closing", closeAt: instant(1_000), isStruck: true },
  };
  const after = followedAfter(uncounted, [{ kind: "voided" }], false);
  expect(after).toEqual({ ...uncounted, phase: "void" });
  // Never backwards.
  expect(followedAfter(after, [{ kind: "entered", phase: "open" }], false).phase).toBe("void");
});
