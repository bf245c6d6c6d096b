import fc from "fast-check";
import { expect, it } from "vitest";
import type { ContractPhase } from "./contract.ts";
import {
  affordsNewsAlone,
  CONTRACT_ACTIONS_MAX,
  type ContractCost,
  costAfter,
  STARTED_COST,
} from "./contract-cost.ts";

const PHASE = { isPhaseChanged: true, hasProposal: false };
const PROPOSAL = { isPhaseChanged: false, hasProposal: true };
const LIFE = ["open", "entry-window", "closing", "settled"] as const;

it("lets a contract that tried nothing hear of its determination by itself", () => {
  // Start 2, window 2, closing 2, then 2 for the word and 2 for the end: 10 of 12.
  const cost = [PHASE, PHASE].reduce(costAfter, STARTED_COST);
  expect(cost).toEqual({ actions: 6, proposals: 0 });
  expect(affordsNewsAlone(cost, "closing", 2)).toBe(true);
});

it("keeps it for the next news once two attempts have used up the room", () => {
  // Start 2, window 2, twice 2 for an attempt, closing 2: with the end 12.
  const cost = [PHASE, PROPOSAL, PROPOSAL, PHASE].reduce(costAfter, STARTED_COST);
  expect(cost).toEqual({ actions: 10, proposals: 2 });
  expect(affordsNewsAlone(cost, "closing", 2)).toBe(false);
});

it("keeps room in the window for the attempts that may come, and knows none of one that it did not count", () => {
  const inWindow = costAfter(STARTED_COST, PHASE);
  expect(affordsNewsAlone(inWindow, "entry-window", 2)).toBe(false);
  expect(affordsNewsAlone(inWindow, "entry-window", 1)).toBe(true);
  expect(affordsNewsAlone(null, "closing", 2)).toBe(false);
});

it("never lets a life from its open on cost more than twelve actions, whatever is told between", () => {
  // What happens in between two phases: an attempt where one is left, or something told by itself.
  const between = fc.array(fc.constantFrom("attempt" as const, "aside" as const), { maxLength: 6 });
  fc.assert(
    fc.property(fc.tuple(between, between, between), (steps) => {
      let phase: ContractPhase = "open";
      let cost: ContractCost = STARTED_COST;
      for (const [index, next] of LIFE.slice(1).entries()) {
        for (const step of steps[index] ?? []) {
          const canTry = phase === "entry-window" && cost.proposals < 2;
          if (step === "attempt" && canTry) cost = costAfter(cost, PROPOSAL);
          if (step === "aside" && affordsNewsAlone(cost, phase, 2)) cost = costAfter(cost, PHASE);
        }
        cost = costAfter(cost, PHASE);
        phase = next;
      }
      expect(cost.actions).toBeLessThanOrEqual(CONTRACT_ACTIONS_MAX);
    }),
  );
});
