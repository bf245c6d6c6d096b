import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import { actionsIn } from "../../activities/workflow-figures.ts";
import type { BtcContract } from "../../core/domain/btc-contract.ts";
import type { ContractFact } from "../../core/domain/contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { occasionOfContract } from "../../core/domain/occasion.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import type { PlaceResult, ProposedIntent } from "../../activities/place-order.ts";
import type { BtcContractInput, ContractNews } from "../../workflows/btc-contracts.ts";

/** Run time of the workflow tests of Bitcoin: half an hour before the close of their contracts. */
export const BTC_AT = Date.parse("2026-11-21T00:30:00Z");
export const BTC_CLOSE = instant(Date.parse("2026-11-21T01:00:00Z"));

/** A contract of its own for each test. */
export function aContract(): BtcContract {
  const eventTicker = "KXBTCD-26NOV2020";
  return {
    series: "KXBTCD",
    eventTicker,
    marketTicker: `${eventTicker}-T${randomUUID().slice(0, 8)}`,
    bounds: { kind: "above", strike: usdMicros(80_000_000_000) },
    openAt: instant(BTC_CLOSE - 3_600_000),
    closeAt: BTC_CLOSE,
  };
}

/** A contract's start, in its entry window unless said otherwise. */
export function aContractInput(
  changes: Partial<BtcContractInput> = {},
  mode: Mode = "paper",
): BtcContractInput {
  const contract = changes.contract ?? aContract();
  const runId = `btc/${mode}/2026-11-20`;
  return {
    occasion: occasionOfContract({ runId, mode, contract, exchangeIndex: 2 }),
    contract,
    retryMs: 60_000,
    decisionsBefore: 0,
    phase: "entry-window",
    at: instant(BTC_AT),
    killLevel: null,
    entriesPausedBecause: null,
    ...changes,
  };
}

/** An entry in a contract: ten YES at 40 cents, now or never. */
export function aProposal({ marketTicker, eventTicker }: BtcContract): ProposedIntent {
  const price = priceMicros(400_000);
  const intent: OrderIntent = {
    strategy: "btc-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker,
    eventTicker,
    exchangeIndex: 2,
    side: "bid",
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: price,
    fairValue: priceMicros(450_000),
    edgeMicros: 30_000,
    plan: {
      price,
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
      expectedFillProbability: 0.9,
      expectedPrice: price,
    },
    mayTakeFallback: false,
  };
  return { decisionId: randomUUID(), intent, quote: null };
}

/** An order that the venue has answered: filled, or not over yet. */
export function anAnswer(
  changes: Partial<Extract<PlaceResult, { kind: "order" }>> = {},
): PlaceResult {
  return {
    kind: "order",
    clientOrderId: randomUUID(),
    status: "filled",
    filledCenti: 1_000,
    isOver: true,
    isFlat: false,
    at: BTC_AT,
    ...changes,
  };
}

export function news(
  facts: readonly ContractFact[],
  changes: Partial<ContractNews> = {},
): ContractNews {
  return { at: instant(BTC_AT), facts, proposal: null, ...changes };
}

export const settledAs = (result: "yes" | "no"): ContractFact => ({
  kind: "settled",
  result,
  scalarValue: null,
  average: usdMicros(80_123_450_000),
});
export const SCORED: ContractFact = { kind: "scored" };
/** The last news of a contract: it pays, and is scored. */
export const END: readonly ContractFact[] = [settledAs("yes"), SCORED];

/** Billable actions that stand in the history of the latest run of a workflow. */
export async function actionsOfRun(client: Client, workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return actionsIn(events ?? []);
}
