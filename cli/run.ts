import { isTradingDate } from "../core/domain/time.ts";
import type { Db } from "../schema/database.ts";
import { runsOfMode } from "../schema/queries/runs.ts";
import type { RunningHome } from "./context.ts";
import { runIdOf } from "./day-workflow.ts";
import { failed, wrongUse } from "./output.ts";

/** The run of a date, or of the latest night of the home. @throws CommandError when there is none. */
export async function currentRun(
  running: Pick<RunningHome, "mode">,
  database: Db,
  date: string | undefined,
): Promise<string> {
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  const runs = await runsOfMode(database, running.mode);
  const newest = [...runs].sort((a, b) => b.recorded_at.getTime() - a.recorded_at.getTime());
  const wanted = date === undefined ? null : runIdOf(running.mode, date);
  const found = wanted === null ? newest[0] : runs.find((run) => run.run_id === wanted);
  if (!found) {
    const what = date === undefined ? "no night" : `no night of ${date}`;
    throw failed(`${what} was played in this home`, "start one with `npx tipoff day start`");
  }
  return found.run_id;
}
