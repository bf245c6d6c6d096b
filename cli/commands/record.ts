import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { easternDate, isTradingDate } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { LiveSource } from "../../mirror/source.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { createLogger } from "../../runtime/log.ts";
import { finishTape, LIVE_FILE } from "../../sim/recordings/finish-tape.ts";
import { MANIFEST_FILE } from "../../sim/recordings/format.ts";
import { seriesOption } from "../btc-options.ts";
import { interruption } from "../interruption.ts";
import { checkLive, openLiveWish } from "../live.ts";
import { action, EXIT, numberOption, print, printJson, wrongUse } from "../output.ts";

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
/** A month: whoever wants more begins another folder. */
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
    .option("--hours <n>", "how long (default: until Ctrl+C)", numberOption(0.01, HOURS_MAX))
    .option("--json", "answer as JSON")
    .action(action(record));
}

async function record(options: RecordOptions): Promise<number> {
  const { date, nba: hasGames = false, hours = HOURS_MAX } = options;
  const out = resolve(options.out);
  if (date !== undefined && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  if (date !== undefined && !hasGames) throw wrongUse("--date is of games", "add --nba");
  if (existsSync(join(out, MANIFEST_FILE))) {
    throw wrongUse(`${out} is a finished recording`, "name another folder with --out");
  }
  const series = options.series ?? (hasGames ? [] : BTC_SERIES);
  const environment = readEnvironment();
  await checkLive(environment, date ?? null, undefined);
  const log = createLogger({ level: "warn", service: "record" });
  const interrupted = interruption();
  const isContinued = existsSync(join(out, LIVE_FILE));
  const wish = { date: date ?? easternDate(instant(Date.now())), series, hasGames, hours };
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

/** Takes what comes until the time is over, or it is told to stop. */
async function listen(
  source: LiveSource,
  hours: number,
  interrupted: AbortSignal,
  isTold: boolean,
): Promise<void> {
  const { arrivals, manifest } = source;
  const until = manifest.startAt + hours * 3_600_000;
  let count = 0;
  // What was kept comes first; at its end it is listened on.
  const kept = source.facts();
  while ((await kept.next()).done !== true) count += 1;
  let toldAt = Date.now();
  while (!interrupted.aborted && arrivals.clock.now() < until) {
    await sleep(TAKE_MS, undefined, { signal: interrupted }).catch(() => undefined);
    count += arrivals.take().length;
    if (!isTold || Date.now() - toldAt < TELL_MS) continue;
    toldAt = Date.now();
    print(`${new Date(toldAt).toISOString().slice(11, 19)} UTC  ${String(count)} facts`);
  }
  await arrivals.close();
}
