import type { Command } from "commander";
import { openSigner } from "../../runtime/signing-key.ts";
import { findRun } from "../../schema/queries/runs.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, failed, print, printJson } from "../output.ts";
import { currentRun } from "../run.ts";
import { verifyDecisions } from "../verify-decisions.ts";

interface VerifyOptions extends HomeOption {
  readonly json?: boolean;
}

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
    const { home } = running;
    const places = { home, signer: await openSigner(home) };
    return { runId, ...(await verifyDecisions(database, run, places)) };
  });
  if (options.json) printJson(found);
  else {
    print(
      `${found.runId}: ${found.equal} decisions replay to the same bytes, ` +
        `${found.differing} differ, ${found.otherSettings} were made with settings that were not kept`,
    );
    for (const id of found.differingIds) print(`  differs: ${id}`);
  }
  return found.differing + found.otherSettings === 0 ? EXIT.done : EXIT.failed;
}
