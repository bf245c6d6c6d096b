import type { Domain } from "../domain/occasion.ts";
import { feePerContract, type Liquidity } from "../domain/fees.ts";
import type { FeeSchedule } from "../domain/market.ts";
import { ownPrice } from "../domain/notional.ts";
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
  const isTaker = intent.plan.timeInForce !== "good_till_canceled";
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
    isTaker,
    price: intent.plan.price,
    limitPrice: intent.limitPrice,
    count: intent.count,
    isReduceOnly: intent.isReduceOnly,
    edgeMicros: edgeOf(intent, isTaker ? "taker" : "maker", fees),
    fairValue: intent.fairValue,
    reservation: reservation(intent, fees),
    replaces,
  };
}

/**
 * The edge an order goes out with, micros per contract: for an entry what its own plan leaves of it. A
 * replacement carries the edge of the order that the intent began with, whose price and fee are not its own.
 */
function edgeOf(intent: OwnedIntent, liquidity: Liquidity, fees: FeeSchedule): number {
  const { purpose, side, fairValue, edgeMicros, plan } = intent;
  if (purpose === "exit") return edgeMicros;
  const { expectedPrice } = plan;
  const cost = ownPrice(side, expectedPrice) + feePerContract(fees, liquidity, expectedPrice);
  return Math.min(edgeMicros, Math.floor(ownPrice(side, fairValue) - cost));
}
