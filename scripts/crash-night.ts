/**
 * Plays one night at a slow pace and kills its processes in the middle, `kill -9`, again and again;
 * then reads the books. The last lines are the table of what had to hold; exit code 0 if all did.
 *
 *     npm run crash-night -- --kills 20 --seed 7 [--games 6] [--minutes 15 | --speed X] [--home DIR] [--json FILE]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { easternClock } from "../core/domain/time.ts";
import { integerOption, numberOption, print } from "../cli/output.ts";
import { type Home, homeAt } from "../runtime/home.ts";
import { SEED_MAX } from "../cli/source.ts";
import { createWorld } from "../sim/world/world.ts";
import {
  countEntries,
  type Entries,
  type OrderInFlight,
  ordersInFlightAt,
  orderTimes,
  withBooks,
} from "./crash-night/books.ts";
import { NightProcess } from "./crash-night/night.ts";
import { type PlannedKill, planKills } from "./crash-night/plan.ts";
import { type Kill, strike } from "./crash-night/strike.ts";
import { checkTable, type JudgedKill, judge } from "./crash-night/verdict.ts";

interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly games: number;
  readonly minutes: number;
  readonly speed?: number;
  readonly home?: string;
  readonly json?: string;
}

process.exitCode = (await crashNight(readOptions())) ? 0 : 1;

function readOptions(): Options {
  return new Command("crash-night")
    .option("--kills <n>", "kills in the night", integerOption(1, 100), 20)
    .option("--seed <s>", "seed of the world and of the kills", integerOption(0, SEED_MAX), 7)
    .option("--games <n>", "games of the night", integerOption(1, 15), 6)
    .option("--minutes <m>", "least wall time of the night", numberOption(1, 240), 15)
    .option("--speed <x>", "speed, instead of --minutes", numberOption(1, 240))
    .option("--home <dir>", "where both nights are played (default: a new temporary folder)")
    .option("--json <file>", "also write what happened there")
    .parse()
    .opts<Options>();
}

async function crashNight(options: Options): Promise<boolean> {
  const folder = resolve(options.home ?? (await mkdtemp(join(tmpdir(), "tipoff-crash-night-"))));
  const { seed, games } = options;
  const { startAt, endAt } = createWorld({ seed, games }).manifest;
  const paced = Math.max(1, Math.floor((endAt - startAt) / (options.minutes * 60_000)));
  const speed = options.speed ?? paced;
  print(`crash night: world:${seed}, ${games} games, ${options.kills} kills, in ${folder}`);
  const undisturbed = await playUndisturbed({ home: join(folder, "undisturbed"), seed, games });
  const { approved, filled } = undisturbed.entries;
  print(`undisturbed night: ${approved} entries approved, ${filled} filled`);

  const home = homeAt(join(folder, "disturbed"));
  const planned = planKills(options.kills, seed, undisturbed.orderTimes);
  const wallMinutes = Math.round((endAt - startAt) / speed / 60_000);
  print(`disturbed night: speed ${speed}, ${wallMinutes} minutes and what the kills take`);
  const night = new NightProcess({ home: home.path, seed, games, speed });
  const kills = await killThrough(planned, night, home);
  const exitCode = await night.exited();

  const books = await withBooks(home, async (db) => ({
    entries: await countEntries(db),
    kills: await Promise.all(
      kills.map(
        async (kill): Promise<JudgedKill> => ({
          ...kill,
          inFlight: await ordersInFlightAt(db, kill.at),
        }),
      ),
    ),
  }));
  const report = ReportSummary.parse(JSON.parse(readFileSync(night.reportFile, "utf8")));
  const entries = { disturbed: books.entries, undisturbed: undisturbed.entries };
  const checks = judge({ planned, kills: books.kills, report, exitCode, entries });
  const isHeld = checks.every(({ held }) => held);
  if (options.json !== undefined) {
    const content = { seed, games, speed, isHeld, checks, entries, kills: books.kills };
    writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
  }
  print("by the books of the whole night, on its way at each kill:");
  for (const kill of books.kills) print(killLine(kill, kill.inFlight));
  print(checkTable(checks));
  return isHeld;
}

async function playUndisturbed(wish: {
  readonly home: string;
  readonly seed: number;
  readonly games: number;
}): Promise<{ readonly entries: Entries; readonly orderTimes: readonly number[] }> {
  const night = new NightProcess({ ...wish, speed: null });
  const exitCode = await night.exited();
  if (exitCode !== 0) {
    throw new Error(
      `the undisturbed night ended with exit code ${exitCode ?? "none"}; see ${wish.home}/start.log`,
    );
  }
  return withBooks(homeAt(wish.home), async (db) => ({
    entries: await countEntries(db),
    orderTimes: await orderTimes(db),
  }));
}

/** Makes the kills one after the other. A night that does not recover is ended before this fails. */
async function killThrough(
  planned: readonly PlannedKill[],
  night: NightProcess,
  home: Home,
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  try {
    for (const next of planned) {
      const kill = await strike(next, { night, home });
      if (kill === null) break;
      kills.push(kill);
      print(killLine(kill, kill.seen));
    }
    return kills;
  } catch (error) {
    await night.stop();
    throw error;
  }
}

function killLine(kill: Kill, orders: readonly OrderInFlight[]): string {
  const inFlight = orders.map(
    ({ status, strategy, purpose, clientOrderId }) =>
      `${status} ${strategy} ${purpose} ${clientOrderId.slice(0, 8)}`,
  );
  return [
    `kill ${String(kill.number).padStart(2)} ${kill.at.toISOString()} (${easternClock(kill.runAt)} ET)`,
    kill.victim,
    `in flight: ${inFlight.join(", ") || "nothing"}`,
    `went on after ${(kill.recoveredAfterMs / 1_000).toFixed(1)} s`,
  ].join("; ");
}
