import type { Mode } from "../../core/domain/decision.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { Domain } from "../../core/domain/occasion.ts";
import type { ClientOrderId, OwnedIntent } from "../../core/domain/order.ts";
import type { DecisionBasis, RiskInputs } from "../../core/domain/risk.ts";
import { isSameEasternDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";

/** What a strategy proposed, with all that risk must know to judge it. */
export interface NewIntent {
  readonly clientOrderId: ClientOrderId;
  /** `<workflow id>/<decision number>[/r<replacement>]`: what `clientOrderId` was derived from. */
  readonly intentKey: string;
  readonly decisionId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly occasionId: string;
  readonly domain: Domain;
  /** The order this one replaces. */
  readonly parentId: ClientOrderId | null;
  readonly intent: OwnedIntent;
  readonly fees: FeeSchedule;
  /** What the decision rested on; null for a replacement, which has its first order's. */
  readonly basis: DecisionBasis | null;
  /** What the process knows of market, venue and feeds at this moment. */
  readonly inputs: RiskInputs;
  /** When the strategy proposed it, run time. */
  readonly proposedAt: Instant;
  /** Now, run time: ages count to this instant, however late a retry comes. */
  readonly at: Instant;
  /** For latency: when the quote that triggered it came, on the run's clock and on the wall, ms. */
  readonly quoteReceivedAt: Instant | null;
  readonly quoteReceivedWallMs: number | null;
}

/**
 * Whether a proposal may be judged in one group with others: all of one mode and one Eastern day, and no
 * two of one occasion, so that what is read of an occasion, a chain of orders or a decision is the business of one alone.
 */
export function fitsGroup(group: readonly NewIntent[], proposal: NewIntent): boolean {
  const { mode, occasionId, clientOrderId, parentId, decisionId, at } = proposal;
  return group.every(
    (one) =>
      one.mode === mode &&
      one.occasionId !== occasionId &&
      one.decisionId !== decisionId &&
      one.clientOrderId !== clientOrderId &&
      one.clientOrderId !== parentId &&
      isSameEasternDate(one.at, at),
  );
}
