import { setCurrentDetails } from "@temporalio/workflow";
import { drills, placing } from "./activities.ts";
import type { DrillInput, DrillResult } from "./contracts.ts";
import { startOrder } from "./order.ts";
import { markEnd } from "./shared.ts";

/**
 * Rests the bids that a drill's kill is to cancel, on the way of every order: risk judges and reserves them, the
 * journal keeps them, and a workflow follows each to its end.
 */
export async function drill({ killId, mode }: DrillInput): Promise<DrillResult> {
  const bids = await drills.planDrill({ mode });
  const refused: DrillResult["refused"][number][] = [];
  let rested = 0;
  for (const [index, { occasion, intent, quote }] of bids.entries()) {
    const intentKey = `${killId}/${index + 1}`;
    const named = { occasion, intent, intentKey, decisionId: intentKey };
    const placed = await placing.placeOrder({ ...named, quote, parentId: null });
    if (placed.kind === "refused" || placed.isOver) {
      const code = placed.kind === "refused" ? placed.code : placed.status;
      refused.push({ marketTicker: intent.marketTicker, code });
      continue;
    }
    const { clientOrderId, status, at: placedAt } = placed;
    await startOrder({ ...named, clientOrderId, status, placedAt });
    rested += 1;
  }
  const refusals = refused.map(({ marketTicker, code }) => `- ${marketTicker}: ${code}`);
  setCurrentDetails([`**${killId}** rested ${rested}`, "", ...refusals].join("\n"));
  markEnd(rested > 0 ? "rested" : "nothing rested");
  return { rested, refused };
}
