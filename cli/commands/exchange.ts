import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { createLogger } from "../../runtime/log.ts";
import { SPEED_RANGE } from "../../sim/exchange/clock.ts";
import { TIERS, type TierName } from "../../sim/exchange/http/tokens.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { GAMES_MAX } from "../../sim/world/world.ts";
import { action, EXIT, integerOption, numberOption, print } from "../output.ts";

interface ExchangeCommandOptions {
  readonly data: string;
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
    .option("--data <dir>", "its own data folder: keys, nights, journal", ".tipoff/exchange")
    .option(
      "--port <port>",
      "port on this machine, 0 for a free one",
      integerOption(0, 65_535),
      7440,
    )
    .option("--source <source>", "play world:SEED or recording:DIR at once")
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
    .option("--cash <usd>", "starting cash in dollars", numberOption(1, 1_000_000), 10_000)
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
  const log = createLogger({ level: "info", service: "exchange" });
  let end: (exitCode: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const handle = await startExchange({
    dataDir: options.data,
    port: options.port,
    isFreeRunning: options.freeRunning === true,
    latencyMs: options.latency,
    tier: options.tier,
    log,
    onFailure: () => {
      end(EXIT.failed);
    },
  });
  if (options.source !== undefined) {
    await handle.nights.load({
      source: absolute(options.source),
      speed: options.speed,
      startingCashUsd: options.cash,
      ...(options.games !== undefined && { games: options.games }),
      ...(options.scalarGame !== undefined && { scalarGame: options.scalarGame }),
    });
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

/** A recording's folder by its whole path: the night resumes from any working folder. */
function absolute(source: string): string {
  const [kind = "", ...rest] = source.split(":");
  return kind === "recording" ? `recording:${resolve(rest.join(":"))}` : source;
}

function printAddresses(handle: ExchangeHandle): void {
  print(`rest     ${handle.restUrl}`);
  print(`stream   ${handle.wsUrl}`);
  print(`feeds    ${handle.url}/espn and ${handle.url}/nba`);
  print(`control  ${handle.url}/sim/v1`);
  print(`key      ${handle.key.privateKeyPath}; its id is in ${handle.key.keyIdPath}`);
}
