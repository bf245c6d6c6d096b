import { resolve } from "node:path";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { requireRecordedChecks } from "../../runtime/game-strategies.ts";
import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { type Command, Option } from "commander";
import { GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { withBtcPlay } from "../btc-options.ts";
import { btcSourceOf, playBtc } from "../btc-start.ts";
import { chooseConfig, chooseMode, MODES } from "../choices.ts";
import {
  type HomeOption,
  type OpenedHome,
  openHome,
  withConnections,
  withHome,
} from "../context.ts";
import { printAbove } from "../follow.ts";
import { playBoth, playNight } from "../night-start.ts";
import { aborted, interruption } from "../interruption.ts";
import {
  action,
  EXIT,
  integerOption,
  numberOption,
  print,
  printAlert,
  wrongUse,
} from "../output.ts";
import { describeStatus, type HeldServices, startServices } from "../services.ts";
import { openSource, type PlayableSource, SEED_MAX } from "../source.ts";
import { checkWritable } from "../writable.ts";

interface StartOptions extends HomeOption {
  readonly mode?: (typeof MODES)[number];
  readonly btc?: boolean;
  readonly series?: readonly BtcSeries[];
  readonly hours?: number;
  readonly games?: number;
  readonly seed?: number;
  readonly speed?: number;
  readonly strategyConfig?: string;
  readonly recording?: string;
  readonly date?: string;
  readonly json?: string;
  readonly exit?: boolean;
}

/** A night as it was asked for, checked before anything is started. */
interface Wanted {
  readonly opened: OpenedHome;
  readonly mode: "shadow" | "paper";
  readonly playable: PlayableSource;
  readonly options: StartOptions;
  /** Where the report is wanted too. */
  readonly jsonFile: string | null;
}

const DEFAULTS = { games: GAMES_DEFAULT, seed: 7 } as const;

/** `npm start`: up, day start, report. */
export function registerStart(program: Command): void {
  const command = withHome(program.command("start"))
    .description("bring everything up, play one paper night, or Bitcoin, show its report")
    .addOption(
      new Option("--mode <mode>", "paper (default) or shadow; live does not exist yet").choices(
        MODES,
      ),
    )
    .option("--btc", "play Bitcoin: an hour of KXBTC15M at 60, unless told otherwise");
  withBtcPlay(command, "KXBTC15M")
    .option(
      "--games <n>",
      `games of the world (${DEFAULTS.games}; with --btc: 0)`,
      integerOption(1, GAMES_MAX),
    )
    .option("--seed <s>", `seed of the world (${DEFAULTS.seed})`, integerOption(0, SEED_MAX))
    .addOption(
      new Option(
        "--speed <x>",
        "run time per wall time (default: a night in three minutes)",
      ).argParser(numberOption(SPEED_RANGE.min, SPEED_RANGE.max)),
    )
    .option("--strategy-config <file>", "strategies and limits (default: config/tipoff.yaml)")
    .addOption(new Option("--recording <dir>", "play a recording").conflicts(["seed", "games"]))
    .option("--date <day>", "date of the world's night, YYYY-MM-DD (default: drawn from the seed)")
    .option("--json <file>", "also write report.json there")
    .option("--exit", "end the services when the night is over, in a terminal too")
    .action(action(start));
}

async function start(options: StartOptions): Promise<number> {
  const isBtc = options.btc === true;
  if (!isBtc && (options.series !== undefined || options.hours !== undefined)) {
    throw wrongUse("--series and --hours are of Bitcoin", "add --btc, or leave them out");
  }
  if (isBtc && options.games !== undefined && options.json !== undefined) {
    throw wrongUse("--json is one report, and there are two", "leave it out; both are in the home");
  }
  const opened = openHome(options);
  const mode = chooseMode(options.mode, opened.environment.mode);
  const { configFile, config } = await chooseConfig(opened, options.strategyConfig);
  const wish = isBtc ? btcSourceOf(options, DEFAULTS.seed) : sourceOf(options);
  const playable = await openSource(wish, opened.environment);
  // Bitcoin alone asks no strategy of a game.
  if (!isBtc || options.games !== undefined) {
    await requireRecordedChecks(config.decision.strategies, opened, playable.manifest.name);
  }
  const jsonFile = options.json === undefined ? null : resolve(options.json);
  // Asked now: a night must not end in a path that cannot be written.
  if (jsonFile !== null) await checkWritable("--json", jsonFile);
  const interrupted = interruption();
  const isTerminal = process.stdout.isTTY;
  let isWatched = false;
  const services = await startServices(opened, {
    command: "tipoff start",
    mode,
    configFile,
    say: print,
    sayAlert: isTerminal ? printAbove : printAlert,
    onStatus: (status) => {
      const line = describeStatus(status);
      if (line && !(isTerminal && isWatched)) print(line);
    },
  });
  try {
    isWatched = true;
    const wanted = { opened, mode, playable, options, jsonFile };
    const exitCode = await play(wanted, services, isTerminal, interrupted);
    isWatched = false;
    if (exitCode === null) {
      const again = isBtc ? "npm start -- --btc" : "npm start";
      print(`stopped in the middle; \`${again}\` resumes it where it is`);
      return EXIT.failed;
    }
    if (isTerminal && options.exit !== true) {
      print(
        `services stay up (Web UI ${services.stack.temporalUi ?? "elsewhere"}); Ctrl+C ends them`,
      );
      await aborted(interrupted);
    }
    return exitCode;
  } finally {
    print("ending: worker, exchange, Temporal, PostgreSQL");
    await services.stop();
  }
}

function sourceOf(options: StartOptions): Parameters<typeof openSource>[0] {
  const { recording, seed = DEFAULTS.seed, games = null, date = null } = options;
  return {
    source: recording === undefined ? `world:${seed}` : `recording:${recording}`,
    games,
    date,
  };
}

/** Plays what was asked for to its end. @returns the exit code, or `null` when interrupted. */
async function play(
  { opened, mode, playable, options, jsonFile }: Wanted,
  { stack }: HeldServices,
  isTerminal: boolean,
  interrupted: AbortSignal,
): Promise<number | null> {
  const { home } = opened;
  const { exchangeUrl, config } = stack;
  const startingCashUsd = config.paper.startingCash / 1e6;
  const common = { playable, mode, speed: options.speed ?? null, startingCashUsd };
  const show = { services: () => stack.statuses(), isTerminal, interrupted, jsonFile };
  const { series, hours, isNamed } = btcSourceOf(options, DEFAULTS.seed);
  const { cycleMs } = config.bitcoin.watch;
  const bitcoin = { ...common, isNamed, series, hours, cycleMs };
  return withConnections(stack, (connections) => {
    const at = { home, exchangeUrl, ...connections };
    if (options.btc !== true) {
      return playNight(at, { ...common, isNamed: isNightNamed(options) }, show);
    }
    if (options.games !== undefined) return playBoth(at, bitcoin, show);
    return playBtc(at, bitcoin, isTerminal, interrupted, jsonFile);
  });
}

function isNightNamed({ seed, games, recording, date }: StartOptions): boolean {
  return [seed, games, recording, date].some((option) => option !== undefined);
}
