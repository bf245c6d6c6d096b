import type { ScoringResult } from "../activities/score.ts";
import { batch } from "./activities.ts";
import type { ScoringInput } from "./contracts.ts";

/** Scores a day and writes its report. Idempotent by run: the schedule may repeat what the day already did. */
export async function nightlyScoring(input: ScoringInput): Promise<ScoringResult> {
  const run = await batch.findRunToScore(input);
  if (run === null) {
    return { runId: null, scored: 0, verdict: "passed", reportDir: null };
  }
  await batch.scoreRun({ runId: run.runId });
  await batch.reconcile({ mode: run.mode, runId: run.runId });
  return await batch.writeRunReport({ runId: run.runId });
}
