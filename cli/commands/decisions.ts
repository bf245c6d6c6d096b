import type { Command } from "commander";
import { reportFolder } from "../../runtime/home.ts";
import { openSigner } from "../../runtime/signing-key.ts";
import { findRun } from "../../schema/queries/runs.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { action, EXIT, failed, print, printJson } from "../output.ts";
import { decisionsReported } from "../night-report.ts";
import { currentRun } from "../run.ts";
import { judgeVerified, verifyDecisions } from "../verify-decisions.ts";

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
    .addHelpText(
      "after",
      "\nExit code 1: some differ, or cannot be decided again, or the day counted more than are kept.",
    )
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
  const reported = await decisionsReported(reportFolder(running.home, running.mode, day));
  const { isProven, lines } = judgeVerified(found, reported);
  if (options.json) printJson({ ...found, reported });
  else {
    print(`${found.runId}: ${lines.join("\n")}`);
    for (const id of found.differingIds) print(`  differs: ${id}`);
  }
  return isProven ? EXIT.done : EXIT.failed;
}
