import { type Command, Option } from "commander";
import { REPORT_KINDS } from "../../activities/bitcoin/report/inputs.ts";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { easternClock, isTradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { BitcoinConfig } from "../../runtime/bitcoin-config.ts";
import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { homeHolder, readServices } from "../../runtime/home.ts";
import { btcContractPage } from "../../schema/queries/btc-contract-page.ts";
import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { HOURS_MAX } from "../../sim/exchange/sources.ts";
import { GAMES_MAX } from "../../sim/world/world.ts";
import { workflowIds } from "../../temporal.config.ts";
import { basisJson, basisLine, readBasis } from "../btc-basis.ts";
import { readChecklist } from "../btc-checklist.ts";
import { healthTables } from "../btc-health-view.ts";
import { withBtcPlay } from "../btc-options.ts";
import { renderContract } from "../btc-page.ts";
import { findBtcReport, makeBtcReport, readBtcReport, showBtcReport } from "../btc-report.ts";
import { beginBtc, describeBtc, seriesResults, seriesStatuses } from "../btc-run.ts";
import { sweepBtc } from "../btc-sweep.ts";
import { btcScreen, btcStatusJson, readBtcStatus } from "../btc-view.ts";
import { chooseConfig, chooseMode, MODES, requireMode } from "../choices.ts";
import {
  findRunning,
  type HomeOption,
  type OpenedHome,
  openHome,
  withConnections,
  withDatabase,
  withHome,
  withTemporal,
} from "../context.ts";
import { runInstantOption } from "../instants.ts";
import {
  action,
  EXIT,
  failed,
  integerOption,
  numberOption,
  print,
  printJson,
  table,
  wrongUse,
} from "../output.ts";
import { openSource, requireSpeed } from "../source.ts";

interface JsonOption extends HomeOption {
  readonly json?: boolean;
}

interface StartOptions extends JsonOption {
  readonly mode?: (typeof MODES)[number];
  readonly series?: readonly BtcSeries[];
  readonly source?: string;
  readonly hours?: number;
  readonly games?: number;
  readonly speed?: number;
}

interface SweepOptions extends JsonOption {
  readonly since?: (nowMs: number) => number;
}

interface ContractOptions extends JsonOption {
  readonly all?: boolean;
}

interface ReportOptions extends JsonOption {
  readonly nightly?: boolean;
  readonly weekly?: boolean;
  readonly date?: string;
}

const HOURS_DEFAULT = 24;
const STOP_TIMEOUT_MS = 120_000;

/** `tipoff btc`: Bitcoin around the clock. */
export function registerBtc(program: Command): void {
  const btc = program
    .command("btc")
    .description("Bitcoin around the clock: start, look at, report or stop it");
  const start = withHome(btc.command("start"))
    .description("load a source into the paper exchange and watch its Bitcoin series, or go on")
    .addOption(
      new Option(
        "--mode <mode>",
        "that of `tipoff up`: paper or shadow; live does not exist yet",
      ).choices(MODES),
    )
    .option(
      "--source <source>",
      "world:SEED, recording:DIR or live (default: the run that is under way, else world:7)",
    );
  withBtcPlay(start, "all that the source has")
    .option(
      "--games <n>",
      "games of the world beside it, begun by `tipoff day start` (0)",
      integerOption(1, GAMES_MAX),
    )
    .option(
      "--speed <x>",
      "run time per wall time (default: 60, a day in 24 minutes)",
      numberOption(SPEED_RANGE.min, SPEED_RANGE.max),
    )
    .option("--json", "answer as JSON")
    .action(action(startBtc));
  withJson(btc.command("stop"), "end the series: no entry any more, contracts are told").action(
    action(stopBtc),
  );
  withJson(
    btc.command("status"),
    "series, contracts, ages, coverage, would-trades today, and the health of each loop",
  ).action(action(showStatus));
  withJson(btc.command("contract"), "one contract: bounds, path, edges, decisions, score")
    .argument("<ticker>", "market ticker, such as KXBTC15M-26MAY110530-30")
    .option("--all", "list every edge and decision")
    .action(action(showContract));
  withJson(btc.command("sweep"), "settle and score what has closed, as the schedule does")
    .option(
      "--since <when>",
      "only what closed since then, but also what was never listed here: on the run's clock, " +
        "ISO with its zone, or how long ago (30m, 2h, 1d)",
      runInstantOption,
    )
    .action(action(sweep));
  withJson(btc.command("report"), "the report of a day or of a week; made anew while services run")
    .option("--nightly", "contracts that closed on one Eastern date (the default)")
    .option("--weekly", "seven dates that end with it")
    .option("--date <day>", "date, YYYY-MM-DD (default: of the last contract that closed)")
    .action(action(report));
  withJson(
    btc.command("checklist"),
    "quotes updating, snapshots appended, scores growing? 1: no",
  ).action(action(checklist));
}

function withJson(command: Command, description: string): Command {
  return withHome(command).description(description).option("--json", "answer as JSON");
}

async function startBtc(options: StartOptions): Promise<number> {
  const opened = openHome(options);
  // A mode that does not exist is refused before anything is looked for.
  chooseMode(options.mode, opened.environment.mode);
  const { source = "world:7", series = BTC_SERIES } = options;
  const isWorld = source.startsWith("world:");
  const isRecording = !isWorld && source !== "live";
  if (isRecording && options.hours !== undefined) {
    throw wrongUse("--hours: a recording has its own", "leave --hours out");
  }
  const { games = null, hours = isWorld ? HOURS_DEFAULT : HOURS_MAX } = options;
  const wished = { source, games, date: null, ...(!isRecording && { bitcoin: { series, hours } }) };
  const playable = await openSource(wished, opened.environment);
  requireSpeed(playable, options.speed ?? null);
  const running = await findRunning(opened);
  requireMode(options.mode, running.mode);
  const { config } = await chooseConfig(opened, undefined);
  const begun = await withConnections(running, (connections) =>
    beginBtc(
      { ...running, ...connections },
      {
        playable,
        isNamed: [options.source, options.hours, options.games].some(
          (option) => option !== undefined,
        ),
        mode: running.mode,
        series,
        isSeriesNamed: options.series !== undefined,
        hours: isRecording ? null : hours,
        speed: options.speed ?? null,
        startingCashUsd: config.paper.startingCash / 1e6,
      },
    ),
  );
  if (options.json) {
    printJson(begun);
    return EXIT.done;
  }
  print(describeBtc(begun));
  if (begun.how === "already-finished") {
    print("its reports: `npx tipoff btc report`; to play another: --source, or a new --home");
  } else {
    print(`follow it with \`npx tipoff btc status\`, or at ${running.temporalUi ?? "your Web UI"}`);
  }
  return EXIT.done;
}

async function stopBtc(options: JsonOption): Promise<number> {
  const running = await findRunning(openHome(options));
  const { mode } = running;
  const results = await withTemporal(running.temporalAddress, async (temporal) => {
    const statuses = await seriesStatuses(temporal, mode);
    const live = statuses.filter(({ status }) => status === "RUNNING").map(({ series }) => series);
    if (live.length === 0) {
      throw failed("no Bitcoin series is running", "`npx tipoff btc status` shows how they stand");
    }
    for (const series of live) {
      await temporal.workflow.getHandle(workflowIds.btcSeries(mode, series)).cancel();
    }
    if (!options.json) print(`${live.join(", ")} told to stop`);
    return seriesResults(temporal, mode, live, AbortSignal.timeout(STOP_TIMEOUT_MS));
  });
  if (results === null) {
    throw failed(
      `the series have not ended within ${STOP_TIMEOUT_MS / 1_000} s`,
      "look at their workflows in the Web UI; `npx tipoff kill` stops orders at once",
    );
  }
  if (options.json) {
    printJson({ stopped: results });
    return EXIT.done;
  }
  for (const { series, contractsFollowed, endedBecause } of results) {
    print(`${series}: ${endedBecause}, ${contractsFollowed} contracts were followed`);
  }
  print("what has closed is settled and scored by the sweep while the services stay up;");
  print("`npx tipoff btc start` goes on");
  return EXIT.done;
}

async function showStatus(options: JsonOption): Promise<number> {
  const running = await findRunning(openHome(options));
  const { mode } = running;
  const { watch, spot } = await bitcoinOf(running);
  const clock = await createExchangeControl(running.exchangeUrl).clock();
  const at = instant(Math.floor(clock.nowMs));
  const [status, basis, workflows] = await withConnections(running, ({ database, temporal }) =>
    Promise.all([
      readBtcStatus(database, mode, clock, watch.cycleMs),
      readBasis(database, at, spot),
      seriesStatuses(temporal, mode),
    ]),
  );
  const states = workflows.map(({ series, status: state }) => ({
    series,
    workflow: state === null ? "never started" : state.toLowerCase(),
  }));
  if (options.json) {
    const { nowMs, speed, isRunning } = clock;
    printJson({
      mode,
      nowMs,
      speed,
      isRunning,
      workflows: states,
      ...btcStatusJson(status, nowMs),
      basis: basisJson(basis),
    });
    return EXIT.done;
  }
  print(btcScreen(status, clock));
  print(basisLine(basis));
  print(`workflows  ${states.map(({ series, workflow }) => `${series} ${workflow}`).join(", ")}`);
  for (const lines of healthTables(status, clock.nowMs)) print(lines);
  return EXIT.done;
}

/** The Bitcoin settings that this home runs by. */
async function bitcoinOf(opened: OpenedHome): Promise<BitcoinConfig> {
  const { config } = await chooseConfig(opened, undefined);
  return config.bitcoin;
}

async function sweep(options: SweepOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { mode } = running;
  const { nowMs } = await createExchangeControl(running.exchangeUrl).clock();
  const sinceMs = options.since === undefined ? null : Math.floor(options.since(nowMs));
  if (sinceMs !== null && (sinceMs < 0 || sinceMs > nowMs)) {
    throw wrongUse(
      `--since ${new Date(sinceMs).toISOString()} is not in the past of this run`,
      `the run's clock says ${new Date(nowMs).toISOString()}`,
    );
  }
  const swept = await withTemporal(running.temporalAddress, (temporal) =>
    sweepBtc(temporal, { mode, sinceMs }),
  );
  const since = sinceMs === null ? null : new Date(sinceMs).toISOString();
  if (options.json) {
    printJson({ mode, since, ...swept });
    return EXIT.done;
  }
  const { settled, scored, waiting, missed } = swept;
  print(
    `${since === null ? "all that closed" : `what closed since ${since}`}: settled ${settled}, snapshots scored ${scored}`,
  );
  if (since !== null) print(`${missed} contracts had opened and closed while nobody was there`);
  if (waiting > 0) print(`${waiting} wait for the venue's word`);
  return EXIT.done;
}

async function showContract(ticker: string, options: ContractOptions): Promise<number> {
  const running = await findRunning(openHome(options));
  const { spot } = await bitcoinOf(running);
  const { nowMs } = await createExchangeControl(running.exchangeUrl).clock();
  const found = await withDatabase(running.databaseUrl, async (database) => {
    const page = await btcContractPage(database, running.mode, ticker.toUpperCase());
    if (page === null) return null;
    // What its last decisions could know: nothing of after its close.
    const at = instant(Math.floor(Math.min(nowMs, page.contract.close_at.getTime())));
    return { page, basis: await readBasis(database, at, spot) };
  });
  if (found === null) {
    throw failed(
      `there is no contract ${ticker} in this home`,
      "a ticker is written such as KXBTCD-26NOV2021-T80000; `npx tipoff btc status` shows the series",
    );
  }
  const { page, basis } = found;
  if (options.json) printJson({ ...page, basis: basisJson(basis) });
  else print(renderContract(page, basis, options.all === true));
  return EXIT.done;
}

async function report(options: ReportOptions): Promise<number> {
  const { nightly = false, weekly = false, date } = options;
  if (nightly && weekly) throw wrongUse("--nightly and --weekly at once", "ask for one of them");
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-05-12");
  }
  const kind = REPORT_KINDS[weekly ? 1 : 0];
  const opened = openHome(options);
  const { home, environment } = opened;
  const isRunning = (await homeHolder(home)) !== null;
  // The mode that this home ran in last.
  const { mode: usual = environment.mode } = await readServices(home);
  const folder = isRunning
    ? await findRunning(opened).then(({ temporalAddress, mode }) =>
        withTemporal(temporalAddress, (temporal) =>
          makeBtcReport(temporal, mode, date ?? { last: "watched" }, kind),
        ),
      )
    : findBtcReport(home, usual, date, kind);
  if (options.json) printJson(readBtcReport(folder));
  else showBtcReport(folder);
  return EXIT.done;
}

async function checklist(options: JsonOption): Promise<number> {
  const running = await findRunning(openHome(options));
  const clock = await createExchangeControl(running.exchangeUrl).clock();
  const items = await withDatabase(running.databaseUrl, (database) =>
    readChecklist(database, running.mode, clock),
  );
  const isHeld = items.every(({ held }) => held);
  if (options.json) {
    printJson({ mode: running.mode, nowMs: clock.nowMs, held: isHeld, items });
    return isHeld ? EXIT.done : EXIT.failed;
  }
  print(`${running.mode}, ${easternClock(clock.nowMs)} ET, x${clock.speed}`);
  const rows = items.map(({ id, held, rows: n, withinSeconds, ageSeconds }) => [
    id,
    held ? "yes" : "NO",
    `${n} in ${withinSeconds} s`,
    ageSeconds === null ? "none" : `${ageSeconds.toFixed(1)} s`,
  ]);
  print(table(["", "held", "rows", "age of the newest"], rows));
  return isHeld ? EXIT.done : EXIT.failed;
}
