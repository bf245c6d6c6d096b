import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { type Command, Option } from "commander";
import { KILL_LEVELS, type KillLevel } from "../../core/domain/kill.ts";
import { recordDrill } from "../../schema/queries/drills.ts";
import { activeKill } from "../../schema/queries/kill.ts";
import { playedRun } from "../../schema/queries/runs.ts";
import { openAccount } from "../account.ts";
import { findRunning, type HomeOption, openHome, withDatabase, withHome } from "../context.ts";
import { restForDrill } from "../drill-orders.ts";
import { missedPromises, PROMISED } from "../drill-promises.ts";
import { killDirectly } from "../kill-path.ts";
import { describeReport } from "../kill-view.ts";
import { action, EXIT, print, printJson, refused } from "../output.ts";

interface DrillOptions extends HomeOption {
  readonly level: KillLevel;
  readonly json?: boolean;
}

const SWEEP_MS = 30_000;
const REPORT_MS = 60_000;

/** `tipoff drill`: a kill on purpose, measured and recorded for the gates. */
export function registerDrill(program: Command): void {
  withHome(program.command("drill"))
    .description("throw the kill switch on purpose, measure it, and record it for the gates")
    .addOption(
      new Option("--level <level>", "as of a kill").choices(KILL_LEVELS).default("cancel-all"),
    )
    .option("--json", "answer as JSON")
    .addHelpText(
      "after",
      "\nTrading stands still afterwards: `tipoff resume` lifts it. Where nothing rests that the kill\nwould cancel, the worker rests a few bids of one contract first, within the limits.",
    )
    .action(action(drill));
}

async function drill({ level, json, ...options }: DrillOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { mode } = running;
  refuseOutsidePaper(mode);
  const standing = await withDatabase(running.databaseUrl, (database) =>
    activeKill(database, mode),
  );
  if (standing !== null) {
    throw refused(
      `a kill stands already (${standing.killId})`,
      "a drill measures a kill of a system that trades: `npx tipoff resume` first",
    );
  }
  const say = json ? (): void => undefined : print;
  const killId = `drill-${randomUUID()}`;
  const restingBefore =
    mode === "shadow"
      ? 0
      : await restForDrill(await openAccount(running), { running, killId, level });
  say(`drill: ${restingBefore} orders rest at the exchange`);
  const by = userInfo().username;
  const kill = { killId, mode, level, reason: "drill", by };
  const done = await killDirectly(running, kill, { say, sweepMs: SWEEP_MS, reportMs: REPORT_MS });
  const missed = missedPromises({ ...done, level, mode, restingBefore });
  const passed = missed.length === 0;
  const report = { level, restingBefore, promised: PROMISED, missed, ...done };
  const drillId = await withDatabase(running.databaseUrl, async (database) =>
    recordDrill(database, {
      mode,
      kind: "kill",
      runId: (await playedRun(database, mode))?.run_id ?? null,
      killId: kill.killId,
      passed,
      report,
      by,
    }),
  );
  if (json) printJson({ drillId, passed, ...report });
  else {
    for (const line of done.report ? describeReport(done.report) : []) print(line);
    print(passed ? `drill ${drillId} passed` : `drill ${drillId} FAILED: ${missed.join("; ")}`);
    print(`trading stands still; \`npx tipoff resume --reason "drill ${drillId}"\` lifts it`);
  }
  return passed ? EXIT.done : EXIT.failed;
}

/** @throws CommandError 3 where a kill on purpose would cost money. */
function refuseOutsidePaper(mode: string): void {
  if (mode === "shadow" || mode === "paper") return;
  throw refused(`a drill is for shadow and paper, and ${mode} runs here`, "use another home");
}
