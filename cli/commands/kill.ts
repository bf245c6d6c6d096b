import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { type Command, Option } from "commander";
import type { KillReport } from "../../activities/kill.ts";
import { KILL_LEVELS, type KillLevel } from "../../core/domain/kill.ts";
import { type Acknowledgement, acknowledgeKill, throwKill } from "../../schema/queries/kill.ts";
import { TASK_QUEUES, workflowIds } from "../../temporal.config.ts";
import type { KillInput } from "../../workflows/contracts.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { action, EXIT, print, printJson, reasonOf } from "../output.ts";

interface KillOptions extends HomeOption {
  readonly level: KillLevel;
  readonly reason: string;
  readonly json?: boolean;
}

const SWEEP_TIMEOUT_MS = 15_000;

/** `tipoff kill`: stop trading now. */
export function registerKill(program: Command): void {
  withHome(program.command("kill"))
    .description("stop trading: nothing that increases exposure is sent once this has answered")
    .addOption(
      new Option("--level <level>", "no-entries, reduce-only, cancel-all or flatten")
        .choices(KILL_LEVELS)
        .default("cancel-all"),
    )
    .requiredOption("--reason <text>", "why; it is kept")
    .option("--json", "answer as JSON")
    .action(action(kill));
}

async function kill(options: KillOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { level, reason } = options;
  const by = userInfo().username;
  const input: KillInput = { killId: randomUUID(), mode: running.mode, level, reason, by };
  const say = options.json ? (): void => undefined : print;
  const startedAt = performance.now();
  // The row first, by ourselves: it holds even when Temporal and the worker are down.
  const acknowledged = await withDatabase(running.databaseUrl, async (database) => {
    await throwKill(database, input);
    return acknowledgeKill(database, input);
  });
  say(describe(acknowledged, level, performance.now() - startedAt));
  const swept = await withTemporal(running.temporalAddress, async (temporal) => {
    const handle = await temporal.workflow.start("killSwitch", {
      workflowId: workflowIds.kill(input.killId),
      taskQueue: TASK_QUEUES.trading,
      args: [input],
      staticSummary: `kill ${level}: ${reason}`.slice(0, 190),
    });
    const givenUp = AbortSignal.timeout(SWEEP_TIMEOUT_MS);
    const report: unknown = await temporal.withAbortSignal(givenUp, () => handle.result());
    return report as KillReport; // Boundary: the workflow's own type.
  }).catch((error: unknown) => {
    say(`the sweep has not answered (${reasonOf(error)}); the kill stands in the database`);
    return null;
  });
  if (options.json) printJson({ ...input, ...acknowledged, sweep: swept });
  else if (swept) {
    const cleared =
      swept.noRestingMs === null ? "" : `, no order rests since ${swept.noRestingMs} ms`;
    print(`${swept.workflowsSignaled} workflows told${cleared}; \`npx tipoff resume\` lifts it`);
  } else print("the sweep is not finished; it goes on as soon as worker and exchange answer");
  return swept ? EXIT.done : EXIT.failed;
}

function describe(acknowledged: Acknowledgement, level: KillLevel, tookMs: number): string {
  const took = `${Math.round(tookMs)} ms`;
  if (acknowledged.isQuiet) return `killed (${level}) in ${took}: nothing is in flight`;
  const orders = acknowledged.inFlight.join(", ") || "none known by name";
  return `killed (${level}) in ${took}; still in flight: ${orders}`;
}
