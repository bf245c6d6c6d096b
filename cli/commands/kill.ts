import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { type Command, Option } from "commander";
import { KILL_LEVELS, type KillLevel } from "../../core/domain/kill.ts";
import { homeHolder } from "../../runtime/home.ts";
import { findKill, type NewKill, recentKills } from "../../schema/queries/kill.ts";
import {
  findKnown,
  findRunning,
  type HomeOption,
  nothingRuns,
  type OpenedHome,
  openHome,
  type RunningHome,
  withDatabase,
  withHome,
} from "../context.ts";
import { type DirectKill, killDirectly, writeKillFile } from "../kill-path.ts";
import { describeKill, describeReport, killJson } from "../kill-view.ts";
import { action, EXIT, failed, print, printJson, reasonOf, wrongUse } from "../output.ts";

interface KillOptions extends HomeOption {
  readonly level: KillLevel;
  readonly reason?: string;
  readonly status?: string | true;
  readonly json?: boolean;
}

/** How long the exchange may be away before this command, not the kill, gives up. Wall time. */
const SWEEP_MS = 60_000;
/** The same in a home in which nothing runs: nobody is likely to come back. */
const SWEEP_ALONE_MS = 3_000;
const REPORT_MS = 10_000;
const FLATTEN_REPORT_MS = 60_000;
const OTHERS_SHOWN = 5;
const SHADOW = "shadow: nothing of ours is at the exchange";
const REMOVE_FILE = "remove the file and type `npx tipoff resume` when the database is back";

/** `tipoff kill`: stop trading now. */
export function registerKill(program: Command): void {
  withHome(program.command("kill"))
    .description("stop trading: nothing that increases exposure is sent once this has answered")
    .addOption(
      new Option("--level <level>", "no-entries, reduce-only, cancel-all or flatten")
        .choices(KILL_LEVELS)
        .default("cancel-all"),
    )
    .option("--reason <text>", "why; it is kept (required to kill)")
    .option("--status [id]", "kill nothing: show the kills that stand and the last ones, or one")
    .option("--json", "answer as JSON")
    .addHelpText(
      "after",
      "\nWorks with worker, Temporal and database away, and while they come up. Exit code 1: orders may still rest, or positions are left.",
    )
    .action(action((options: KillOptions) => (options.status ? status(options) : kill(options))));
}

async function kill(options: KillOptions): Promise<number> {
  const { level, reason } = options;
  if (reason === undefined || reason.trim() === "") {
    throw wrongUse("a kill needs a reason", 'say it: --reason "why"');
  }
  const opened = openHome(options);
  const say = options.json ? (): void => undefined : print;
  const asked = { killId: randomUUID(), level, reason, by: userInfo().username };
  const running = await findKnown(opened).catch((error: unknown) => {
    say(reasonOf(error));
    return null;
  });
  if (running === null) return await killUnreached(opened, asked, options);
  const isHeld = (await homeHolder(running.home)) !== null;
  const input = { ...asked, mode: running.mode };
  const done = await killDirectly(running, input, {
    say,
    sweepMs: isHeld ? SWEEP_MS : SWEEP_ALONE_MS,
    reportMs: level === "flatten" ? FLATTEN_REPORT_MS : REPORT_MS,
  });
  if (options.json) {
    const { isQuiet = false, inFlight = [] } = done.acknowledged ?? {};
    printJson({ ...input, isQuiet, inFlight, venue: done.venue, sweep: done.report });
  } else for (const line of describe(done)) print(line);
  return isStopped(done, level) ? EXIT.done : EXIT.failed;
}

/**
 * Where the services answer is not known while they come up, nor after a start that failed. The file stops
 * them all the same: whatever comes up finds it before it sends anything.
 *
 * @throws CommandError when the folder is no home.
 */
async function killUnreached(
  opened: OpenedHome,
  asked: Omit<NewKill, "mode">,
  { json }: KillOptions,
): Promise<number> {
  const { home } = opened;
  if (![home.servicesFile, home.lockFile].some((path) => existsSync(path))) {
    throw nothingRuns(opened);
  }
  await writeKillFile(home, asked);
  // Of the mode only the last start's is known, which need not be that of what comes up.
  if (json) {
    const { killFile } = home;
    const venue = { clearedMs: null, faults: 0 };
    printJson({ ...asked, mode: null, isQuiet: false, inFlight: [], venue, sweep: null, killFile });
  } else {
    print(
      "where database and exchange answer is not known: they come up, or the last start failed",
    );
    print(`${home.killFile} stands: nothing is sent while it does`);
    print("THE EXCHANGE WAS NOT ASKED: orders may still rest there");
    print("the worker throws this kill once it is up, and clears the exchange; type the same then");
    print(REMOVE_FILE);
  }
  return EXIT.failed;
}

function describe({ acknowledged, venue, report }: DirectKill): readonly string[] {
  const cleared = venue?.clearedMs ?? null;
  const atVenue =
    venue === null
      ? SHADOW
      : cleared === null
        ? "THE EXCHANGE DID NOT ANSWER: orders may still rest there; type the same again"
        : `the exchange shows no order that this forbids, after ${Math.round(cleared)} ms`;
  const wayBack = acknowledged === null ? REMOVE_FILE : "`npx tipoff resume` shows the way back";
  const worker = report
    ? describeReport(report)
    : ["the worker has not answered; it goes on with this kill as soon as it and Temporal do"];
  return [atVenue, ...worker, wayBack];
}

function isStopped({ venue, report }: DirectKill, level: KillLevel): boolean {
  const isClear = venue === null || venue.clearedMs !== null;
  return isClear && (level !== "flatten" || report?.isFlat === true);
}

async function status(options: KillOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const rows = await withDatabase(running.databaseUrl, async (database) => {
    if (typeof options.status !== "string") {
      return recentKills(database, running.mode, OTHERS_SHOWN);
    }
    const row = await findKill(database, options.status);
    if (row === null) throw unknownKill(running, options.status);
    return [row];
  });
  if (options.json) printJson(rows.map(killJson));
  else if (rows.length === 0) print("no kill was ever thrown here");
  else print(rows.map(describeKill).join("\n"));
  return EXIT.done;
}

function unknownKill({ home }: RunningHome, id: string): Error {
  return failed(`no kill ${id} in ${home.path}`, "`npx tipoff kill --status` lists them");
}
