import type { ContractPhase } from "./contract.ts";

/** Temporal actions that one contract may cost, from its start by its series to its score, in shadow. */
export const CONTRACT_ACTIONS_MAX = 12;

/** Its start by another workflow. */
const START_ACTIONS = 2;
/** A signal, and the phase that it changes in the search attributes. */
const NEWS_ACTIONS = 2;
/** A signal, and the placing that comes of it. */
const PROPOSAL_ACTIONS = 2;

/** What a contract's workflow has cost so far. JSON-safe. */
export interface ContractCost {
  readonly actions: number;
  readonly proposals: number;
}

/** What a contract has cost that was just started. */
export const STARTED_COST: ContractCost = { actions: START_ACTIONS, proposals: 0 };

/** What a contract has cost once it was told a piece of news more. */
export function costAfter(
  cost: ContractCost,
  news: { readonly isPhaseChanged: boolean; readonly hasProposal: boolean },
): ContractCost {
  const actions = 1 + (news.isPhaseChanged ? 1 : 0) + (news.hasProposal ? 1 : 0);
  return {
    actions: cost.actions + actions,
    proposals: cost.proposals + (news.hasProposal ? 1 : 0),
  };
}

/** News that must still come to a contract, at most: its open, its window, its closing and its end. */
const NEWS_LEFT: Readonly<Record<ContractPhase, number>> = {
  waiting: 4,
  open: 3,
  "entry-window": 2,
  closing: 1,
  determined: 1,
  settled: 1,
  scored: 0,
  void: 0,
};

/**
 * Whether a contract can be told what it could also learn with the next news, and still hear all that must
 * come within `CONTRACT_ACTIONS_MAX`: its phases, its attempts, its end. A pause of the venue and a
 * determination are such: nothing is decided by them alone, since a series proposes nothing in either.
 *
 * @param cost null when it is not known, as of a contract that began before it was counted.
 * @param maxAttempts proposals of one contract at most.
 */
export function affordsNewsAlone(
  cost: ContractCost | null,
  phase: ContractPhase,
  maxAttempts: number,
): boolean {
  if (cost === null) return false;
  const isPastEntries = NEWS_LEFT[phase] <= NEWS_LEFT.closing;
  const attempts = isPastEntries ? 0 : Math.max(0, maxAttempts - cost.proposals);
  const reserved = NEWS_LEFT[phase] * NEWS_ACTIONS + attempts * PROPOSAL_ACTIONS;
  return cost.actions + NEWS_ACTIONS + reserved <= CONTRACT_ACTIONS_MAX;
}
