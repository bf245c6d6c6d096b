import { setCurrentDetails } from "@temporalio/workflow";
import type { WeekReviewed } from "../activities/judgement/acts.ts";
import { judging } from "./activities.ts";
import type { ReviewInput } from "./contracts.ts";
import { markEnd } from "./shared.ts";

/**
 * Reviews a week and archives what it found, with a proposal to keep on, to tighten or to roll back: a
 * person decides. By schedule and on demand; safe to repeat.
 *
 * @returns null when nothing was played.
 */
export async function weeklyReview(input: ReviewInput): Promise<WeekReviewed | null> {
  const { mode } = input;
  const to = input.to ?? (await judging.findWeekToReview({ mode }));
  if (to === null) {
    markEnd("nothing to review");
    return null;
  }
  setCurrentDetails(`**${mode}** week to ${to} is reviewed`);
  const reviewed = await judging.reviewWeek({ mode, to });
  const { decision, reasons, reportDir } = reviewed;
  setCurrentDetails(
    `**${mode}** week to ${to}: proposed is ${decision}; a person decides\n\n` +
      `${reasons.map((reason) => `- ${reason}`).join("\n")}\n\nreport ${reportDir}`,
  );
  markEnd(decision, to);
  return reviewed;
}
