/**
 * Plays a world of Bitcoin in a home of its own, does to it what is asked for, and reads its books. One
 * row a simulated hour; the last lines are the table of what had to hold. Exit code 0 if all did.
 *
 *     npm run btc-soak -- --hours 24 --speed 60 [--kills] [--faults] [--seed 7] [--series LIST] [--home DIR] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { dateOfClose } from "../activities/bitcoin/report/window.ts";
import { type RunningServices, withOwnServices } from "../bench/home.ts";
import { withBtcPlay } from "../cli/btc-options.ts";
import { makeBtcReport } from "../cli/btc-report.ts";
import { beginBtc, seriesResults } from "../cli/btc-run.ts";
import { integerOption, numberOption, print, table } from "../cli/output.ts";
import { openSource } from "../cli/source.ts";
import { BTC_SERIES, type BtcSeries } from "../core/domain/btc-contract.ts";
import { easternClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { homeAt } from "../runtime/home.ts";
import { ActionCounter } from "./btc-soak/actions.ts";
import { findFaults, sumBooks, worldContracts } from "./btc-soak/books.ts";
import { judgeSoak, type SoakHour } from "./btc-soak/checks.ts";
import { readMemory } from "./btc-soak/memory.ts";
import { planTroubles, type Trouble } from "./btc-soak/trouble.ts";
import { checkTable } from "./crash-night/verdict.ts";

interface Options {
  readonly hours?: number;
  readonly speed: number;
  readonly seed: number;
  readonly series?: readonly BtcSeries[];
  readonly kills?: boolean;
  readonly faults?: boolean;
  readonly home?: string;
  readonly json?: string;
}

const MODE = "shadow" as const;
const HOUR_MS = 3_600_000;
const LOOK_MS = 250;
/** What is still on its way when the source is over is given so long to arrive. */
const ENDING_TIMEOUT_MS = 10 * 60_000;

process.exitCode = (await soak(readOptions())) ? 0 : 1;

function readOptions(): Options {
  return withBtcPlay(new Command("btc-soak"), "all three")
    .option("--speed <x>", "run time per wall time", numberOption(1, 240), 60)
    .option("--seed <s>", "seed of the world", integerOption(0, 1e15), 7)
    .option("--kills", "kill the worker every two simulated hours, and in a shorter run once")
    .option(
      "--faults",
      "drop feeds, lose trades of the spot, pause the exchange: one an hour, or all in less",
    )
    .option("--home <dir>", "where it is played (default: a new temporary folder)")
    .option("--json <file>", "also write what happened there")
    .parse()
    .opts<Options>();
}

async function soak(options: Options): Promise<boolean> {
  const path = resolve(options.home ?? (await mkdtemp(join(tmpdir(), "tipoff-btc-soak-"))));
  const { hours: length = 24, speed, seed, series = BTC_SERIES } = options;
  const minutes = Math.round((length * 60) / speed);
  print(`btc soak: world:${seed}, ${series.join(", ")}, ${length} hours at ${speed}, in ${path}`);
  print(`about ${minutes} minutes, and what the troubles take`);
  const home = homeAt(path);
  const services = { home, mode: MODE, workerScript: "scripts/btc-soak-worker.ts" } as const;
  return withOwnServices({ ...services, settings: (usual) => usual }, async (running) => {
    const hours = await play(running, { ...options, hours: length, series });
    const { startAt, endAt } = await createExchangeControl(running.exchangeUrl).manifest();
    const contracts = worldContracts(seed, instant(startAt), { series, hours: length });
    const faults = await findFaults(running.database, MODE, { endAt, contracts });
    const hasKills = options.kills ?? false;
    const hasAllSeries = series.length === BTC_SERIES.length;
    const hasFaults = options.faults ?? false;
    const checks = judgeSoak({ hours, faults, hasKills, hasFaults, hasAllSeries });
    const isHeld = checks.every(({ held }) => held);
    if (options.json !== undefined) {
      const content = { seed, length, speed, series, isHeld, checks, hours };
      writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
    }
    print(checkTable(checks));
    return isHeld;
  });
}

/** Plays to the end of the source and reports every date of it. */
async function play(
  running: RunningServices,
  options: Options & { readonly hours: number; readonly series: readonly BtcSeries[] },
): Promise<readonly SoakHour[]> {
  const { series, hours, speed, seed, kills = false, faults = false } = options;
  const { environment, exchangeUrl, temporal, startingCashUsd } = running;
  const wished = { source: `world:${seed}`, games: 0, date: null, bitcoin: { series, hours } };
  const playable = await openSource(wished, environment);
  const wish = { playable, isNamed: true, mode: MODE, series, hours, speed, startingCashUsd };
  const begun = await beginBtc(running, wish);
  const span = await createExchangeControl(exchangeUrl).manifest();
  const troubles = planTroubles(running, span, { kills, faults });
  const over = new AbortController();
  const ended = seriesResults(temporal, MODE, begun.series, new AbortController().signal).finally(
    () => {
      over.abort();
    },
  );
  const [rows] = await Promise.all([watch(running, span, troubles, over.signal), ended]);
  const dates = new Set<string>();
  for (let at = span.startAt + 1; at <= span.endAt; at += HOUR_MS / 4) {
    dates.add(dateOfClose(instant(at)));
  }
  for (const date of dates) {
    const folder = await makeBtcReport(temporal, MODE, date, "nightly");
    print(`report of ${date}: ${join(folder, "report.html")}`);
  }
  return rows;
}

/** Strikes when it is due, and reads the books each simulated hour, until the run is over. */
async function watch(
  running: RunningServices,
  span: { readonly startAt: number; readonly endAt: number },
  planned: readonly Trouble[],
  over: AbortSignal,
): Promise<readonly SoakHour[]> {
  const control = createExchangeControl(running.exchangeUrl);
  const counter = new ActionCounter(running.temporal);
  const rows: SoakHour[] = [];
  const due = [...planned];
  let struck: string[] = [];
  let actionsBefore = 0;
  let overAt: number | null = null;
  for (;;) {
    const now = await control.clock().then(({ nowMs }) => nowMs);
    const next = due[0];
    if (next !== undefined && next.atMs <= now) {
      due.shift();
      await next.strike();
      struck.push(next.what);
      print(`${easternClock(now)} ET: ${next.what}`);
      continue;
    }
    const hour = rows.length + 1;
    const isLast = over.aborted;
    if (now >= span.startAt + hour * HOUR_MS || isLast) {
      const cost = await counter.count();
      const [sums, memory] = await Promise.all([
        sumBooks(running.database, MODE, now),
        readMemory(running.home),
      ]);
      const actions = cost.actions - actionsBefore;
      actionsBefore = cost.actions;
      const { heapMb = null, residentMb = null } = memory ?? {};
      const isWhole = !isLast;
      const row = {
        hour,
        isWhole,
        ...sums,
        ...cost,
        heapMb,
        residentMb,
        actions,
        troubles: struck,
      };
      rows.push(row);
      struck = [];
      print(rowLine(row));
    }
    if (isLast) break;
    if (now >= span.endAt) overAt ??= Date.now();
    if (overAt !== null && Date.now() - overAt > ENDING_TIMEOUT_MS) {
      throw new Error("the source is over, and the series have not ended");
    }
    await sleep(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
  }
  print(hourTable(rows));
  return rows;
}

function rowLine(row: SoakHour): string {
  return (
    `hour ${row.hour}: closed ${row.closed}, settled ${row.settled}, scored ${row.scored}, ` +
    `cycles ${row.cycles}, gaps ${row.gaps}, heap ${megabytes(row.heapMb)}, resident ` +
    `${megabytes(row.residentMb)}, history ${row.longestHistory}, actions ${row.actions}`
  );
}

function hourTable(rows: readonly SoakHour[]): string {
  const head = ["hour", "closed", "settled", "scored", "cycles", "gaps", "open", "heap MB"];
  return table(
    [...head, "resident MB", "history", "actions", "done to it"],
    rows.map((row) => [
      ...[row.hour, row.closed, row.settled, row.scored, row.cycles, row.gaps, row.openMost].map(
        String,
      ),
      megabytes(row.heapMb),
      megabytes(row.residentMb),
      String(row.longestHistory),
      String(row.actions),
      row.troubles.join(", "),
    ]),
  );
}

function megabytes(value: number | null): string {
  return value === null ? "?" : value.toFixed(1);
}
