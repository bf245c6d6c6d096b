import { patched, setCurrentDetails } from "@temporalio/workflow";
import type { ScoringResult } from "../activities/score.ts";
import { batch } from "./activities.ts";
import type { ScoringInput } from "./contracts.ts";
import { scoreAmongNights } from "./score-among-nights.ts";
import { markEnd } from "./shared.ts";

/** Scores a day, writes its report, and looks for drift. Idempotent by run: the schedule may repeat what the day already did. */
export async function nightlyScoring(input: ScoringInput): Promise<ScoringResult> {
  const run = await batch.findRunToScore(input);
  if (run === null) {
    markEnd("nothing to score");
    return { runId: null, scored: 0, verdict: "passed", reportDir: null };
  }
  const show = (what: string): void => {
    setCurrentDetails(`**${run.runId}** ${what}`);
  };
  show("is scored");
  await batch.scoreRun({ runId: run.runId });
  show("is scored; the account is compared with the ledger");
  await batch.reconcile({ mode: run.mode, runId: run.runId });
  show("is scored and compared; its report is written");
  const { isStopped } = input;
  const scoring = await batch.writeRunReport({
    runId: run.runId,
    ...(isStopped !== undefined && { isStopped }),
  });
  const { verdict, scored, reportDir } = scoring;
  const told = `${verdict}, games scored ${scored}, report ${reportDir ?? "none"}`;
  show(told);
  // Runs that were open before there were scores of many nights end without them.
  if (patched("nightly-scores")) {
    show(`${told}; ${await scoreAmongNights(run.mode, run.tradingDate)}`);
  }
  markEnd(verdict, run.tradingDate);
  return scoring;
}
