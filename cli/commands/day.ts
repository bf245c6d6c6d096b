import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { type Command, Option } from "commander";
import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { reportFolder } from "../../runtime/home.ts";
import { formatCount } from "../../core/domain/units.ts";
import { requireRecordedChecks } from "../../runtime/game-strategies.ts";
import type { Db } from "../../schema/database.ts";
import { slateView } from "../../schema/queries/slate-view.ts";
import { findRun } from "../../schema/queries/runs.ts";
import { GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { chooseConfig, chooseMode, MODES, requireMode } from "../choices.ts";
import {
  findRunning,
  type HomeOption,
  openHome,
  withConnections,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { dayResult, dayStatus } from "../day-workflow.ts";
import { easternClock } from "../../core/domain/time.ts";
import { readLive, slateTable } from "../live-view.ts";
import { beginNight, describeNight } from "../night.ts";
import { action, EXIT, failed, integerOption, numberOption, print, printJson } from "../output.ts";
import { currentRun } from "../run.ts";
import { openSource, requireSpeed } from "../source.ts";

interface StartOptions extends HomeOption {
  readonly date?: string;
  readonly mode?: (typeof MODES)[number];
  readonly source?: string;
  readonly games?: number;
  readonly speed?: number;
  readonly json?: boolean;
}

interface RunOptions extends HomeOption {
  readonly date?: string;
  readonly json?: boolean;
}

const STOP_TIMEOUT_MS = 120_000;

/** `tipoff day start|status|stop`: the trading day of a home whose services run. */
export function registerDay(program: Command): void {
  const day = program.command("day").description("start, look at or stop a trading day");
  withHome(day.command("start"))
    .description("load a source into the paper exchange and start its day, or resume the home's")
    .option("--date <day>", "date of the night, YYYY-MM-DD (default: the source's own)")
    .addOption(
      new Option(
        "--mode <mode>",
        "that of `tipoff up`: paper or shadow; live does not exist yet",
      ).choices(MODES),
    )
    .option(
      "--source <source>",
      "world:SEED, recording:DIR or live (default: the night that is under way, else world:7)",
    )
    .option(
      "--games <n>",
      `games of a world (default: ${GAMES_DEFAULT})`,
      integerOption(1, GAMES_MAX),
    )
    .addOption(
      new Option(
        "--speed <x>",
        "run time per wall time (default: a night in three minutes)",
      ).argParser(numberOption(SPEED_RANGE.min, SPEED_RANGE.max)),
    )
    .option("--json", "answer as JSON")
    .action(action(startDay));
  withHome(day.command("status"))
    .description("how the day stands")
    .option("--date <day>", "date, YYYY-MM-DD (default: the latest)")
    .option("--json", "answer as JSON")
    .action(action(showDay));
  withHome(day.command("stop"))
    .description("end the day: cancel its games and their orders, account for everything, report")
    .option("--date <day>", "date, YYYY-MM-DD (default: the latest)")
    .option("--json", "answer as JSON")
    .action(action(stopDay));
}

async function startDay(options: StartOptions): Promise<number> {
  const opened = openHome(options);
  // A mode that does not exist is refused before anything is looked for.
  chooseMode(options.mode, opened.environment.mode);
  const { source = "world:7", games = null, date = null } = options;
  const playable = await openSource({ source, games, date }, opened.environment);
  requireSpeed(playable, options.speed ?? null);
  const running = await findRunning(opened);
  requireMode(options.mode, running.mode);
  const { config } = await chooseConfig(opened, undefined);
  await requireRecordedChecks(config.decision.strategies, opened, playable.manifest.name);
  const wish = {
    playable,
    isNamed: [options.source, options.games, options.date].some((option) => option !== undefined),
    mode: running.mode,
    speed: options.speed ?? null,
    startingCashUsd: config.paper.startingCash / 1e6,
  };
  const night = await withConnections(running, (connections) =>
    beginNight({ ...running, ...connections }, wish),
  );
  if (options.json) {
    printJson({ how: night.how, runId: night.runId, date: night.date, speed: night.speed });
    return EXIT.done;
  }
  print(describeNight(night));
  if (night.how === "already-finished") {
    print(`its report: ${reportFolder(opened.home, running.mode, night.date)}`);
    print("to play another night: another --source, --date, or a new --home");
  } else {
    print(`follow it with \`npx tipoff day status\`, or at ${running.temporalUi ?? "your Web UI"}`);
  }
  return EXIT.done;
}

async function showDay(options: RunOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  return withDatabase(running.databaseUrl, async (database) => {
    const runId = await currentRun(running, database, options.date);
    const [run, view, clock] = await Promise.all([
      findRun(database, runId),
      slateView(database, runId),
      createExchangeControl(running.exchangeUrl).clock(),
    ]);
    const verdict = run?.verdict ?? null;
    if (options.json) {
      const games = view.games.map((game) => ({ ...game, liveState: readLive(game) }));
      printJson({ runId, verdict, nowMs: clock.nowMs, isRunning: clock.isRunning, ...view, games });
      return EXIT.done;
    }
    const state = verdict ?? (clock.isRunning ? "running" : "standing still");
    print(`${runId}: ${state}, ${easternClock(clock.nowMs)} ET at speed ${clock.speed}`);
    print(slateTable(view));
    print(
      `orders ${view.orders} (${view.openOrders} open), fills ${view.fills}, ` +
        `refusals ${view.refusals}, open alarms ${view.alarms.length}`,
    );
    return EXIT.done;
  });
}

async function stopDay(options: RunOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const runId = await withDatabase(running.databaseUrl, (database) =>
    currentRun(running, database, options.date),
  );
  const result = await withTemporal(running.temporalAddress, async (temporal) => {
    const status = await dayStatus(temporal, runId);
    if (status !== "RUNNING") {
      throw failed(`${runId} is not running`, "`npx tipoff day status` shows how it ended");
    }
    await temporal.workflow.getHandle(runId).cancel();
    if (!options.json) print(`${runId} was told to stop; its orders are being canceled`);
    return dayResult(temporal, runId, AbortSignal.timeout(STOP_TIMEOUT_MS));
  });
  if (result === null) {
    throw failed(
      `${runId} has not ended within ${STOP_TIMEOUT_MS / 1_000} s`,
      "look at its workflow in the Web UI; `npx tipoff kill` stops orders at once",
    );
  }
  const held = await withDatabase(running.databaseUrl, (database) => heldInRun(database, runId));
  if (options.json) {
    printJson({ ...result, held });
    return EXIT.done;
  }
  print(`verdict: ${result.verdict}; report: ${result.reportDir ?? "none"}`);
  for (const { count, marketTicker, strategy } of held) {
    print(`still held: ${count} ${marketTicker}, ${strategy}`);
  }
  if (held.length > 0) {
    print("what is held is booked when the exchange settles it, while the services stay up:");
    print("`npx tipoff day status` shows what is left; another night may begin once nothing is");
  }
  return EXIT.done;
}

/** What a run left in the market. */
async function heldInRun(
  database: Db,
  runId: string,
): Promise<readonly { marketTicker: string; strategy: string; count: string }[]> {
  const { games } = await slateView(database, runId);
  return games.flatMap(({ positions }) =>
    positions.map(({ marketTicker, strategy, countCenti }) => ({
      marketTicker,
      strategy,
      count: formatCount(countCenti),
    })),
  );
}
