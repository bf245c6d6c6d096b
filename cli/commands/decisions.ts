import type { Command } from "commander";
import { z } from "zod";
import type { DecisionConfig } from "../../core/strategies/config.ts";
import { replayDecision } from "../../core/strategies/replay.ts";
import { decisionsOfRun } from "../../schema/queries/decision-rows.ts";
import { findRun, type RunRow } from "../../schema/queries/runs.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, failed, print, printJson } from "../output.ts";
import { currentRun } from "../run.ts";

interface VerifyOptions extends HomeOption {
  readonly json?: boolean;
}

/** Ids of differing decisions that are named; the count is always whole. */
const NAMED_MAX = 20;

/** `tipoff decisions verify DAY`: decide again from the stored inputs. */
export function registerDecisions(program: Command): void {
  const decisions = program.command("decisions").description("the decisions of a day");
  withHome(decisions.command("verify"))
    .description("run every stored decision again and compare the bytes")
    .argument("<day>", "date, YYYY-MM-DD")
    .option("--json", "answer as JSON")
    .action(action(verify));
}

async function verify(day: string, options: VerifyOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const found = await withDatabase(running.databaseUrl, async (database) => {
    const runId = await currentRun(running, database, day);
    const run = await findRun(database, runId);
    if (!run) throw failed(`${runId} is gone`, "`npx tipoff day status` shows the latest run");
    const config = decisionConfig(run);
    const differing: string[] = [];
    const counts = { equal: 0, differing: 0, otherSettings: 0 };
    for await (const row of decisionsOfRun(database, runId)) {
      if (row.configHash !== run.config_hash) counts.otherSettings += 1;
      else if (replayDecision(row.input, row.output, config)) counts.equal += 1;
      else {
        counts.differing += 1;
        if (differing.length < NAMED_MAX) differing.push(row.decisionId);
      }
    }
    return { runId, ...counts, differingIds: differing };
  });
  if (options.json) printJson(found);
  else {
    print(
      `${found.runId}: ${found.equal} decisions replay to the same bytes, ` +
        `${found.differing} differ, ${found.otherSettings} were made with other settings`,
    );
    for (const id of found.differingIds) print(`  differs: ${id}`);
  }
  return found.differing + found.otherSettings === 0 ? EXIT.done : EXIT.failed;
}

const StoredConfig = z.looseObject({ decision: z.looseObject({}) });

/** The settings the run began with, as it stored them. */
function decisionConfig(run: RunRow): DecisionConfig {
  const { decision } = StoredConfig.parse(JSON.parse(run.config));
  return decision as unknown as DecisionConfig; // Boundary: written by us from a DecisionConfig.
}
