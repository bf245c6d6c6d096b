import { userInfo } from "node:os";
import type { Command } from "commander";
import { releaseKill } from "../../schema/queries/kill.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { action, EXIT, print, printJson } from "../output.ts";

interface ResumeOptions extends HomeOption {
  readonly reason: string;
  readonly json?: boolean;
}

/** `tipoff resume`: lift every kill and pause. */
export function registerResume(program: Command): void {
  withHome(program.command("resume"))
    .description("lift every kill and every pause of entries")
    .option("--reason <text>", "why it is safe again; it is kept", "resumed by hand")
    .option("--json", "answer as JSON")
    .action(action(resume));
}

async function resume(options: ResumeOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const by = userInfo().username;
  const { mode } = running;
  // The row first: a workflow that resumes looks at it before it sends.
  const released = await withDatabase(running.databaseUrl, (database) =>
    releaseKill(database, { mode, by, reason: options.reason }),
  );
  const told = await withTemporal(running.temporalAddress, async (temporal) => {
    const query = `ExecutionStatus = 'Running' AND WorkflowType = 'tradingDay' AND TradeMode = '${mode}'`;
    const days: string[] = [];
    for await (const { workflowId } of temporal.workflow.list({ query })) {
      // A day passes it on to its games.
      await temporal.workflow
        .getHandle(workflowId)
        .signal("resume", { reason: options.reason, by });
      days.push(workflowId);
    }
    return days;
  });
  if (options.json) printJson({ released, told });
  else {
    print(
      released.length === 0 ? "no kill stood" : `lifted ${released.length}: ${released.join(", ")}`,
    );
    print(told.length === 0 ? "no day is running" : `told ${told.join(", ")}`);
  }
  return EXIT.done;
}
