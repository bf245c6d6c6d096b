import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { easternDate, isTradingDate } from "../../core/domain/time.ts";
import type { LiveSource } from "../../mirror/source.ts";
import { type Environment, readEnvironment } from "../../runtime/config.ts";
import { HomeHeldError, type HomeLock, takeLock } from "../../runtime/home-lock.ts";
import { createLogger } from "../../runtime/log.ts";
import { SYSTEM_CLOCK } from "../../runtime/wall.ts";
import { finishTape, LIVE_FILE, readLiveManifest } from "../../sim/recordings/finish-tape.ts";
import { MANIFEST_FILE } from "../../sim/recordings/format.ts";
import { seriesOption } from "../btc-options.ts";
import { interruption } from "../interruption.ts";
import { checkLive, openLiveWish } from "../live.ts";
import { action, EXIT, numberOption, print, printJson, refused, wrongUse } from "../output.ts";

interface RecordOptions {
  readonly out: string;
  readonly series?: readonly BtcSeries[];
  readonly nba?: boolean;
  readonly date?: string;
  readonly hours?: number;
  readonly json?: boolean;
}

const TAKE_MS = 200;
const TELL_MS = 10_000;
/** In the recording's folder, while it is written. */
const LOCK_FILE = "record.lock";
/** A month: whoever wants more sits down again. */
const HOURS_MAX = 744;

/** `tipoff record`: what the live venue and its feeds send, as a recording. */
export function registerRecord(program: Command): void {
  program
    .command("record")
    .description(
      "write down what the live venue and its feeds send, as a recording that can be played",
    )
    .requiredOption("--out <dir>", "folder of the recording; one that was cut off goes on")
    .addOption(
      new Option(
        "--series <list>",
        `Bitcoin, of ${BTC_SERIES.join(",")} (default: all, without --nba)`,
      ).argParser(seriesOption),
    )
    .option("--nba", "the games of a date, with their feeds")
    .option("--date <day>", "date of the games, YYYY-MM-DD (default: today, Eastern)")
    .option(
      "--hours <n>",
      "how long, from now on (default: until Ctrl+C)",
      numberOption(0.01, HOURS_MAX),
    )
    .option("--json", "answer as JSON")
    .action(action(record));
}

async function record(options: RecordOptions): Promise<number> {
  const { date, nba: hasGames = false } = options;
  const out = resolve(options.out);
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  if (date !== undefined && !hasGames) throw wrongUse("--date is of games", "add --nba");
  requireUnfinished(out);
  const environment = readEnvironment();
  await checkLive(environment, date ?? null, undefined);
  await mkdir(out, { recursive: true });
  const lock = await hold(out);
  try {
    return await sit(options, out, environment);
  } finally {
    await lock.release();
  }
}

/** @throws CommandError for a folder that nothing can be added to. */
function requireUnfinished(out: string): void {
  if (!existsSync(join(out, MANIFEST_FILE))) return;
  throw wrongUse(`${out} is a finished recording`, "name another folder with --out");
}

/** Two at once would write into each other's lines. @throws CommandError, a refusal that names who records there. */
async function hold(out: string): Promise<HomeLock> {
  try {
    return await takeLock(join(out, LOCK_FILE), "tipoff record");
  } catch (error) {
    if (!(error instanceof HomeHeldError)) throw error;
    const { pid, command, since } = error.holder;
    throw refused(
      `${out} is held by process ${pid} (${command}) since ${since}`,
      "end it first, or name another folder with --out",
    );
  }
}

/** Records into a folder that is held, and makes a recording of all that its tape has. */
async function sit(options: RecordOptions, out: string, environment: Environment): Promise<number> {
  const { date, nba: hasGames = false, hours = HOURS_MAX } = options;
  // It may have been finished while this one looked around.
  requireUnfinished(out);
  const isContinued = existsSync(join(out, LIVE_FILE));
  if (isContinued) await requireSame(options, out);
  const log = createLogger({ level: "warn", service: "record" });
  const interrupted = interruption();
  const series = options.series ?? (hasGames ? [] : BTC_SERIES);
  const wish = { date: date ?? easternDate(SYSTEM_CLOCK.now()), series, hasGames, hours };
  const source = await openLiveWish(wish, out, environment, log);
  if (!options.json) print(`${isContinued ? "goes on" : "records"}   ${out}; Ctrl+C ends it`);
  await listen(source, hours, interrupted, options.json !== true);
  const { manifest, facts } = await finishTape(out, out);
  if (options.json) {
    printJson({ dir: out, facts, manifest });
    return EXIT.done;
  }
  print(`wrote      ${out}: ${String(facts)} facts`);
  print(`next       npx tipoff recording info ${out}`);
  return EXIT.done;
}

/** What is recorded was chosen when the folder began. @throws CommandError for anything else that is named. */
async function requireSame({ series, nba, date }: RecordOptions, out: string): Promise<void> {
  const found = await readLiveManifest(out);
  const recorded = found.bitcoin?.series ?? [];
  const isOther =
    (series !== undefined &&
      series.join() !== BTC_SERIES.filter((one) => recorded.includes(one)).join()) ||
    (nba === true && found.games.length === 0) ||
    (date !== undefined && date !== found.date);
  if (!isOther) return;
  const games = found.games.length > 0 ? [`the games of ${found.date}`] : [];
  throw wrongUse(
    `${out} records ${[...recorded, ...games].join(", ")}, and goes on with that`,
    "leave --series, --nba and --date out, or name another folder with --out",
  );
}

/** Takes what comes until the time is over, or it is told to stop. The hours are those of this sitting. */
export async function listen(
  source: LiveSource,
  hours: number,
  interrupted: AbortSignal,
  isTold: boolean,
): Promise<void> {
  const { arrivals } = source;
  let count = 0;
  try {
    // What was kept comes first; at its end it is listened on.
    const kept = source.facts();
    while ((await kept.next()).done !== true) count += 1;
    const until = arrivals.clock.now() + hours * 3_600_000;
    let toldAt = Date.now();
    while (!interrupted.aborted && arrivals.clock.now() < until) {
      await sleep(TAKE_MS, undefined, { signal: interrupted }).catch(() => undefined);
      count += arrivals.take().length;
      if (!isTold || Date.now() - toldAt < TELL_MS) continue;
      toldAt = Date.now();
      print(`${new Date(toldAt).toISOString().slice(11, 19)} UTC  ${String(count)} facts`);
    }
  } finally {
    await arrivals.close();
  }
}
