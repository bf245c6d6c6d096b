import type { Domain } from "../domain/occasion.ts";
import type { FeeSchedule } from "../domain/market.ts";
import type { OwnedIntent } from "../domain/order.ts";
import type { RiskSubject } from "../domain/risk.ts";
import { reservation } from "./exposure.ts";

/** An intent with the occasion that it is of, and the fees that it would pay. */
export interface ProposedOrder {
  readonly occasionId: string;
  readonly domain: Domain;
  readonly intent: OwnedIntent;
  readonly fees: FeeSchedule;
}

/** An intent as the rules look at it, with the worst case that would be reserved for it. */
export function subjectOf(
  { occasionId, domain, intent, fees }: ProposedOrder,
  { slate, replaces }: Pick<RiskSubject, "slate" | "replaces">,
): RiskSubject {
  return {
    occasionId,
    domain,
    slate,
    strategy: intent.strategy,
    marketTicker: intent.marketTicker,
    purpose: intent.purpose,
    exitType: intent.exitType,
    phase: intent.phase,
    side: intent.side,
    exchangeIndex: intent.exchangeIndex,
    isTaker: intent.plan.timeInForce !== "good_till_canceled",
    price: intent.plan.price,
    limitPrice: intent.limitPrice,
    count: intent.count,
    isReduceOnly: intent.isReduceOnly,
    edgeMicros: intent.edgeMicros,
    fairValue: intent.fairValue,
    reservation: reservation(intent, fees),
    replaces,
  };
}
