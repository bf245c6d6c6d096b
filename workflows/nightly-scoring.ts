import { setCurrentDetails } from "@temporalio/workflow";
import type { ScoringResult } from "../activities/score.ts";
import { batch } from "./activities.ts";
import type { ScoringInput } from "./contracts.ts";
import { markEnd } from "./shared.ts";

/** Scores a day and writes its report. Idempotent by run: the schedule may repeat what the day already did. */
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
  show(`${verdict}, games scored ${scored}, report ${reportDir ?? "none"}`);
  markEnd(verdict, run.tradingDate);
  return scoring;
}
