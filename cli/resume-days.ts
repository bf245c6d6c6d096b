import type { Client } from "@temporalio/client";

/**
 * Tells every running day and Bitcoin series of a mode to go on; they pass it on to their games and
 * contracts. @returns their ids.
 */
export async function resumeDays(
  temporal: Client,
  mode: string,
  why: { readonly reason: string; readonly by: string },
): Promise<readonly string[]> {
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN ('tradingDay', 'btcSeries') AND TradeMode = '${mode}'`;
  const days: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    await temporal.workflow.getHandle(workflowId).signal("resume", why);
    days.push(workflowId);
  }
  return days;
}
