import { userInfo } from "node:os";
import type { Command } from "commander";
import { lastNightToReview } from "../../activities/judgement/acts.ts";
import { archivePaper } from "../../activities/judgement/archive.ts";
import { reviewWeek } from "../../activities/judgement/weekly.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { dayOption, noNight, printPaper, requireTerms } from "../judged-days.ts";
import { action, EXIT } from "../output.ts";

interface ReviewOptions extends HomeOption {
  readonly json?: boolean;
}

const SHOWN = [
  "Against what shadow expected",
  "Calibration, recomputed",
  "Drift",
  "Top winners",
  "Top losers",
  "Incidents",
  "Limits used",
  "What risk refused",
];

/** `tipoff review`: what the schedule does each Monday, now. */
export function registerReview(program: Command): void {
  withHome(program.command("review"))
    .description(
      "the week's review with its proposal: keep, tighten or roll back; a person decides",
    )
    .argument(
      "[to]",
      "the week's last trading date (default: that of the last night that ended or was given up)",
      dayOption,
    )
    .option("--json", "answer as JSON")
    .action(action(review));
}

async function review(last: string | undefined, options: ReviewOptions): Promise<number> {
  const { mode, databaseUrl, home } = await findRunning(openHome(options));
  const { paper, folder } = await withDatabase(databaseUrl, async (db) => {
    const to = last ?? (await lastNightToReview(db, mode));
    if (to === null) throw noNight(mode);
    const { stages } = await requireTerms(db, mode);
    const reviewed = await reviewWeek(db, { mode, to, terms: stages[0] });
    const { from, decision } = reviewed.review;
    const archived = await archivePaper(db, reviewed.paper, {
      ...{ kind: "weekly", mode, from, to, basis: null, verdict: decision.decision },
      by: userInfo().username,
      at: new Date(),
      reportsDir: home.reports,
    });
    return { paper: reviewed.paper, folder: archived };
  });
  printPaper(paper, { json: options.json === true, tables: SHOWN, folder });
  return EXIT.done;
}
