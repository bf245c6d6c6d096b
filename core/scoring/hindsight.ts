import { feePerContract } from "../domain/fees.ts";
import type { FeeSchedule } from "../domain/market.ts";
import { type PriceMicros, priceMicros } from "../domain/units.ts";
import type { LeftBy, PnlPart } from "./pnl.ts";

/**
 * An entry that was not made: a strategy saw an edge net of fees above zero, and either passed
 * (skipped) or proposed and was refused by risk. One candidate stands for one game, strategy,
 * market and reason, at the first time it was seen, so that a reason repeated every second counts
 * once.
 */
export interface Candidate {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly kind: "refused" | "skipped";
  /** Why it was not made: the refusal's or the verdict's stable code. */
  readonly code: string;
  /** What a contract would have cost: the ask then, or the proposed order's expected price. */
  readonly price: PriceMicros;
  /** What the forecast said that it was worth, micros. */
  readonly fairValue: number;
  readonly feeSchedule: FeeSchedule;
  /** What one contract paid at settlement, micros; null while it has not settled. */
  readonly settlementValue: number | null;
  /** Highest bid seen afterwards, micros; null when there was none. */
  readonly bestBidAfter: PriceMicros | null;
}

/** A candidate in hindsight. Micros per contract, net of taker fees on each trade. */
export interface CandidateOutcome {
  readonly candidate: Candidate;
  /** Bought and held to settlement: value - price - fee; null while it has not settled. */
  readonly netAtSettlement: number | null;
  /**
   * Bought and sold at the fair value then claimed (its take-profit), as soon as a bid reached it:
   * fair value - price - both fees, each that of the price traded at; null when no bid did.
   */
  readonly netAtTakeProfit: number | null;
  /** Missed opportunity: either way would have earned more than nothing. */
  readonly wouldHavePaid: boolean;
}

/** Values a candidate at its settlement and at its take-profit. */
export function candidateOutcome(candidate: Candidate): CandidateOutcome {
  const { price, fairValue, feeSchedule, settlementValue, bestBidAfter } = candidate;
  const entryFee = feePerContract(feeSchedule, "taker", price);
  const netAtSettlement = settlementValue === null ? null : settlementValue - price - entryFee;
  const isReached = bestBidAfter !== null && bestBidAfter >= fairValue && fairValue > price;
  // The fee of the price sold at: that of the highest bid would be next to nothing for every winner.
  const exitFee = isReached ? feePerContract(feeSchedule, "taker", priceMicros(fairValue)) : 0;
  const netAtTakeProfit = isReached ? fairValue - price - entryFee - exitFee : null;
  return {
    candidate,
    netAtSettlement,
    netAtTakeProfit,
    wouldHavePaid: (netAtSettlement ?? 0) > 0 || (netAtTakeProfit ?? 0) > 0,
  };
}

/** What was missed, summed over candidates. */
export interface MissedSummary {
  readonly candidates: number;
  readonly missed: number;
  readonly paidAtSettlement: number;
  readonly paidAtTakeProfit: number;
  /**
   * Mean of `netAtSettlement` over all settled candidates, winners and losers alike, micros per
   * contract: below zero, not to trade was right on average. Null when none has settled.
   */
  readonly meanNetAtSettlement: number | null;
}

/** Summarises candidates; those that would have lost count as much as those that would have paid. */
export function missedSummary(outcomes: readonly CandidateOutcome[]): MissedSummary {
  const settled = outcomes.flatMap(({ netAtSettlement }) => netAtSettlement ?? []);
  return {
    candidates: outcomes.length,
    missed: outcomes.filter((outcome) => outcome.wouldHavePaid).length,
    paidAtSettlement: settled.filter((net) => net > 0).length,
    paidAtTakeProfit: outcomes.filter(({ netAtTakeProfit }) => (netAtTakeProfit ?? 0) > 0).length,
    meanNetAtSettlement:
      settled.length === 0 ? null : settled.reduce((sum, net) => sum + net, 0) / settled.length,
  };
}

/** An entry that was made: at least a part of it filled. */
export interface Entry {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly fairValue: number;
  /** Average price paid per contract, micros. */
  readonly averagePrice: number;
  readonly settlementValue: number | null;
}

/** An entry that was wrong and cost money. Net in micro-dollars, over the strategy's whole game. */
export interface FalsePositive {
  readonly entry: Entry;
  readonly net: number;
  readonly leftBy: readonly LeftBy[];
}

/**
 * Finds false positives: the forecast valued the contract above what was paid, the market settled
 * below it, and the strategy lost on this game net of fees, exits included. An entry on the wrong
 * side that was sold with a gain in time is none, nor is a loss on the right side.
 */
export function falsePositives(
  entries: readonly Entry[],
  parts: readonly PnlPart[],
): readonly FalsePositive[] {
  return entries.flatMap((entry) => {
    const { settlementValue, averagePrice, fairValue } = entry;
    const isWrong =
      settlementValue !== null && fairValue > averagePrice && settlementValue < averagePrice;
    const own = parts.filter(
      (part) => part.gameId === entry.gameId && part.strategy === entry.strategy,
    );
    const net = own.reduce((sum, part) => sum + part.gross - part.fees, 0);
    const leftBy = [...new Set(own.map((part) => part.leftBy))];
    return isWrong && net < 0 ? [{ entry, net, leftBy }] : [];
  });
}
