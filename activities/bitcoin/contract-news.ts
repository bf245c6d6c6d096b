import { hasStrike } from "../../core/domain/btc-contract.ts";
import {
  type ContractFact,
  duePhase,
  type EntryWindow,
  isLaterContractPhase,
} from "../../core/domain/contract.ts";
import { affordsNewsAlone } from "../../core/domain/contract-cost.ts";
import type { MarketStatus } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { FollowedContract } from "../../core/domain/followed-contract.ts";
import type { TrackedContract } from "./series-markets.ts";

/** What a series knows beside its contracts when it looks for news. */
export interface NewsContext {
  readonly at: Instant;
  readonly window: EntryWindow;
  /** The venue has said that it does not trade these markets now; silence is no such word. */
  readonly isVenuePaused: boolean;
  /** Proposals of one contract at most. */
  readonly maxAttempts: number;
}

/** The venue has said how a market resolves, and not settled it yet or not so that it was read. */
const DETERMINED: ReadonlySet<MarketStatus> = new Set(["determined", "finalized"]);

/**
 * Facts that a contract's workflow has not heard, in the sequence of its life. A pause of the venue, its
 * end, a determination and an exit bar nothing that the series does not bar by itself: they go with
 * whatever else is told, and alone only where the contract's actions allow it.
 */
export function untoldFacts(
  followed: FollowedContract,
  tracked: TrackedContract,
  context: NewsContext & { readonly hasProposal: boolean; readonly hasExited: boolean },
): readonly ContractFact[] {
  const { end } = tracked;
  const before = factsOfLife(followed, tracked, context);
  const asides = [
    ...exitFacts(followed, context),
    ...pauseFacts(followed, tracked, context),
    ...determination(followed, tracked),
  ];
  const after: ContractFact[] = end === null ? [] : [end];
  if (end?.kind === "settled") after.push({ kind: "scored" });
  const isTold = before.length + after.length > 0 || context.hasProposal;
  const { cost, phase } = followed;
  const isAffordable = affordsNewsAlone(cost ?? null, phase, context.maxAttempts);
  if (!isTold && !isAffordable) return [];
  return [...before, ...asides, ...after];
}

/** What catalogue and clock say. */
function factsOfLife(
  followed: FollowedContract,
  { contract }: TrackedContract,
  { at, window }: NewsContext,
): readonly ContractFact[] {
  const facts: ContractFact[] = [];
  const isStruck = hasStrike(contract.bounds);
  if (contract.closeAt !== followed.closeAt) {
    facts.push({ kind: "close-moved", closeAt: contract.closeAt });
  }
  if (isStruck && !followed.isStruck) facts.push({ kind: "bounds-read", bounds: contract.bounds });
  const due = duePhase(contract, at, window).phase;
  const isReached = due !== "waiting" && (due !== "entry-window" || isStruck);
  if (isReached && isLaterContractPhase(followed.phase, due)) {
    facts.push({ kind: "entered", phase: due });
  }
  return facts;
}

/** The whole venue pauses, or this one market is deactivated; after its close neither means anything. */
function pauseFacts(
  { phase, isVenuePaused: wasPaused = false }: FollowedContract,
  { contract, status }: TrackedContract,
  { at, isVenuePaused }: NewsContext,
): readonly ContractFact[] {
  if (!isLaterContractPhase(phase, "determined") || at >= contract.closeAt) return [];
  const isPaused = isVenuePaused || (status === "inactive" && at >= contract.openAt);
  if (isPaused === wasPaused) return [];
  return [{ kind: isPaused ? "venue-paused" : "venue-resumed" }];
}

/** What was held was sold before the settlement, by whoever sold it. */
function exitFacts(
  { hasExited: wasTold }: FollowedContract,
  { hasExited }: { readonly hasExited: boolean },
): readonly ContractFact[] {
  return hasExited && wasTold !== true ? [{ kind: "flat" }] : [];
}

function determination(
  { phase }: FollowedContract,
  { status }: TrackedContract,
): readonly ContractFact[] {
  const isNews = DETERMINED.has(status) && isLaterContractPhase(phase, "determined");
  return isNews ? [{ kind: "determined" }] : [];
}
