import { type ContractFact, type ContractPhase, isLaterContractPhase } from "./contract.ts";
import { type ContractCost, costAfter } from "./contract-cost.ts";
import type { Instant } from "./units.ts";

/** A contract with a workflow, and what that workflow was told last by its series. JSON-safe. */
export interface FollowedContract {
  readonly marketTicker: string;
  readonly phase: ContractPhase;
  readonly closeAt: Instant;
  readonly isStruck: boolean;
  /** Whether it was told last that the venue pauses; absent while it never was. */
  readonly isVenuePaused?: boolean;
  /** Whether it was told that what it held was left whole; absent while it was not. */
  readonly hasExited?: true;
  /** Absent of one whose actions were not counted from its start. */
  readonly cost?: ContractCost;
}

/** What a contract's workflow has been told, and has cost, once it was told one piece of news more. */
export function followedAfter(
  before: FollowedContract,
  facts: readonly ContractFact[],
  hasProposal: boolean,
): FollowedContract {
  const after = facts.reduce(told, before);
  if (before.cost === undefined) return after;
  const isPhaseChanged =
    after.phase !== before.phase || after.isVenuePaused !== before.isVenuePaused;
  return { ...after, cost: costAfter(before.cost, { isPhaseChanged, hasProposal }) };
}

function told(followed: FollowedContract, fact: ContractFact): FollowedContract {
  const reach = (phase: FollowedContract["phase"]): FollowedContract =>
    isLaterContractPhase(followed.phase, phase) ? { ...followed, phase } : followed;
  switch (fact.kind) {
    case "entered":
      return reach(fact.phase);
    case "determined":
    case "settled":
    case "scored":
      return reach(fact.kind);
    case "voided":
      return reach("void");
    case "bounds-read":
      return { ...followed, isStruck: true };
    case "close-moved":
      return { ...followed, closeAt: fact.closeAt };
    case "venue-paused":
    case "venue-resumed":
      return { ...followed, isVenuePaused: fact.kind === "venue-paused" };
    case "flat":
      return { ...followed, hasExited: true };
    case "proposed":
    case "refused":
    case "placed":
    case "order-closed":
    case "killed":
    case "resumed":
    case "entries-paused":
    case "canceled":
      return followed;
  }
}
