import { type Command, Option } from "commander";
import { STARTING_CASH_USD } from "../../core/domain/paper-cash.ts";
import { createLogger } from "../../runtime/log.ts";
import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { TIERS, type TierName } from "../../sim/exchange/http/tokens.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { GAMES_DEFAULT, GAMES_MAX } from "../../sim/world/world.ts";
import { type LoadRequest, openSource as openPlayed } from "../../sim/exchange/sources.ts";
import { type Environment, readEnvironment } from "../../runtime/config.ts";
import { homeAt } from "../../runtime/home.ts";
import { action, EXIT, integerOption, numberOption, print, wrongUse } from "../output.ts";
import { openLiveRequest } from "../live.ts";
import { openSource, requireSpeed } from "../source.ts";

interface ExchangeCommandOptions {
  readonly data?: string;
  readonly port: number;
  readonly source?: string;
  readonly speed: number;
  readonly games?: number;
  readonly scalarGame?: number;
  readonly cash: number;
  readonly tier: TierName;
  readonly latency: number;
  readonly freeRunning?: boolean;
}

/** `tipoff exchange`: the paper exchange and the feeds as a program of their own. */
export function registerExchange(program: Command): void {
  program
    .command("exchange")
    .description("run the paper exchange (Kalshi REST and WebSocket, ESPN and NBA feeds) alone")
    .option(
      "--data <dir>",
      "its own folder: keys, nights, journal (`exchange` of the data directory)",
    )
    .option(
      "--port <port>",
      "port on this machine, 0 for a free one",
      integerOption(0, 65_535),
      7440,
    )
    .option(
      "--source <source>",
      "play world:SEED or recording:DIR at once, or hear the games of today live",
    )
    .option("--games <count>", "games of a world", integerOption(1, GAMES_MAX))
    .option(
      "--scalar-game <index>",
      "game of a world, from 0, that is called off and settles at a fair price",
      integerOption(0, GAMES_MAX - 1),
    )
    .option(
      "--speed <factor>",
      "run time per wall time",
      numberOption(SPEED_RANGE.min, SPEED_RANGE.max),
      1,
    )
    .option(
      "--cash <usd>",
      "starting cash in dollars",
      numberOption(STARTING_CASH_USD.min, STARTING_CASH_USD.max),
      10_000,
    )
    .option(
      "--latency <ms>",
      "run time from an order's arrival to matching",
      integerOption(0, 10_000),
      20,
    )
    .addOption(
      new Option("--tier <tier>", "rate limits as of this usage tier")
        .choices(Object.keys(TIERS))
        .default("basic"),
    )
    .option("--free-running", "time passes without anyone holding the lease")
    .action(action(run));
}

async function run(options: ExchangeCommandOptions): Promise<number> {
  const environment = readEnvironment();
  // Looked at before anything is served: a night that cannot be played is no exchange that runs.
  const night = await chooseNight(options, environment);
  const log = createLogger({ level: "info", service: "exchange" });
  let end: (exitCode: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const handle = await startExchange({
    dataDir: options.data ?? homeAt(environment.home).exchange,
    port: options.port,
    isFreeRunning: options.freeRunning === true,
    latencyMs: options.latency,
    tier: options.tier,
    log,
    openSource: (request, dir) =>
      request.source === "live"
        ? openLiveRequest(request, dir, environment, log)
        : openPlayed(request),
    onFailure: () => {
      end(EXIT.failed);
    },
  });
  try {
    if (night !== null) await handle.nights.load(nightToLoad(night, handle.nights));
  } catch (error) {
    await handle.close();
    throw error;
  }
  // Without a terminal the output is a log, one JSON object a line.
  if (process.stdout.isTTY) printAddresses(handle);
  else {
    const { restUrl, wsUrl, key } = handle;
    log.info({ rest: restUrl, stream: wsUrl, key: key.keyIdPath }, "serving");
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      end(EXIT.done);
    });
  }
  const exitCode = await ended;
  await handle.close();
  return exitCode;
}

/** The night that is played at once. @throws CommandError 2 for one that there is not. */
export async function chooseNight(
  { source, games, scalarGame, speed, cash }: ExchangeCommandOptions,
  environment: Environment,
): Promise<LoadRequest | null> {
  if (source === undefined) {
    const alone =
      games !== undefined ? "--games" : scalarGame !== undefined ? "--scalar-game" : null;
    if (alone === null) return null;
    throw wrongUse(`${alone} is of a world that is played at once`, "add --source world:SEED");
  }
  const count = games ?? GAMES_DEFAULT;
  const opened = await openSource({ source, games: games ?? null, date: null }, environment);
  requireSpeed(opened, speed);
  if (opened.games === null && scalarGame !== undefined) {
    throw wrongUse("--scalar-game is of a world", "leave it out");
  }
  if (scalarGame !== undefined && scalarGame >= count) {
    throw wrongUse(
      `--scalar-game ${scalarGame}: the night has games 0 to ${count - 1}`,
      "name one of them, or ask for more with --games",
    );
  }
  return {
    source: opened.source,
    speed,
    startingCashUsd: cash,
    // Named, so that the same command on another day is another night.
    ...(opened.manifest.kind === "live" && { date: opened.manifest.date }),
    ...(opened.games !== null && { games: opened.games }),
    ...(scalarGame !== undefined && { scalarGame }),
  };
}

/** A live night that midnight found unfinished is still the one that is meant. */
export function nightToLoad(
  wish: LoadRequest,
  { request, night }: { request: LoadRequest | null; night: { isDone: boolean } | null },
): LoadRequest {
  const isGoingOn = request?.source === "live" && night?.isDone === false;
  return wish.source === "live" && isGoingOn ? { ...wish, date: request.date } : wish;
}

function printAddresses(handle: ExchangeHandle): void {
  print(`rest     ${handle.restUrl}`);
  print(`stream   ${handle.wsUrl}`);
  print(`feeds    ${handle.url}/espn and ${handle.url}/nba`);
  print(`control  ${handle.url}/sim/v1`);
  print(`key      ${handle.key.privateKeyPath}; its id is in ${handle.key.keyIdPath}`);
}
