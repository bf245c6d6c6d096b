import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import logUpdate from "log-update";
import { BTC_SERIES, type BtcSeries } from "../core/domain/btc-contract.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import type { Db } from "../schema/database.ts";
import { makeBtcReport, readBtcReport, showBtcReport } from "./btc-report.ts";
import { beginBtc, type BtcWish, describeBtc, seriesResults } from "./btc-run.ts";
import { btcLines, btcScreen, readBtcStatus } from "./btc-view.ts";
import type { NightServices } from "./night.ts";
import { EXIT, print } from "./output.ts";
import type { SourceWish } from "./source.ts";

/** What `npm start -- --btc` plays unless told otherwise: an hour in a minute. */
const DEFAULTS = { series: ["KXBTC15M"], hours: 1 } as const;

const SCREEN_MS = 500;
const LINES_MS = 5_000;

/** What of the start command's options is about Bitcoin. */
export interface BtcStartOptions {
  readonly seed?: number;
  readonly recording?: string;
  readonly date?: string;
  readonly series?: readonly BtcSeries[];
  readonly hours?: number;
  readonly games?: number;
  readonly speed?: number;
}

/** Where the series are looked at, and whether on a live screen. */
export interface BtcWatch {
  readonly database: Db;
  readonly exchangeUrl: string;
  readonly mode: "shadow" | "paper";
  /** Pace of the cycles, run milliseconds. */
  readonly cycleMs: number;
  readonly isTerminal: boolean;
}

/** A run that is played and looked at. */
export interface BtcPlay extends BtcWish {
  /** Pace of the cycles that the settings have, run milliseconds. */
  readonly cycleMs: number;
}

/** The source that is asked for, and what of it is watched. */
export function btcSourceOf(
  options: BtcStartOptions,
  usualSeed: number,
): SourceWish & Pick<BtcWish, "series" | "hours" | "isNamed"> {
  const { recording, seed = usualSeed, games = null, date = null } = options;
  const named = [
    options.seed,
    recording,
    options.hours,
    options.series,
    options.games,
    options.date,
  ];
  const isNamed = named.some((option) => option !== undefined);
  if (recording !== undefined) {
    const series = options.series ?? BTC_SERIES;
    return { source: `recording:${recording}`, games, date, series, hours: null, isNamed };
  }
  const { series = DEFAULTS.series, hours = DEFAULTS.hours } = options;
  const bitcoin = { series, hours };
  return { source: `world:${seed}`, games, date, bitcoin, series, hours, isNamed };
}

/** Plays a Bitcoin run to its end and shows its report. @returns the exit code, `null` when interrupted. */
export async function playBtc(
  services: NightServices,
  wish: BtcPlay,
  isTerminal: boolean,
  interrupted: AbortSignal,
  jsonFile: string | null,
): Promise<number | null> {
  const { temporal, database, exchangeUrl } = services;
  const { mode, cycleMs } = wish;
  const begun = await beginBtc(services, wish);
  print(`bitcoin    ${describeBtc(begun)}`);
  if (begun.how !== "already-finished") {
    const watch = { database, exchangeUrl, mode, cycleMs, isTerminal };
    if (!(await followBtc(temporal, watch, begun.series, interrupted))) return null;
  }
  return endBtc(temporal, mode, jsonFile);
}

/** Shows the series until each has ended. @returns false when the wait was given up. */
export async function followBtc(
  temporal: Client,
  watch: BtcWatch,
  series: readonly BtcSeries[],
  givenUp: AbortSignal,
): Promise<boolean> {
  const over = new AbortController();
  const ended = seriesResults(temporal, watch.mode, series, givenUp).finally(() => {
    over.abort();
  });
  const [results] = await Promise.all([ended, show(watch, over.signal)]);
  return results !== null;
}

/** Makes the report of what was watched and shows it. @returns the exit code. */
export async function endBtc(
  temporal: Client,
  mode: BtcWatch["mode"],
  jsonFile: string | null,
): Promise<number> {
  const folder = await makeBtcReport(temporal, mode, { last: "watched" }, "nightly");
  showBtcReport(folder);
  if (jsonFile !== null) await copyFile(join(folder, "report.json"), jsonFile);
  const { unsettled } = readBtcReport(folder);
  if (unsettled > 0) print(`${unsettled} closed contracts are not settled`);
  return unsettled === 0 ? EXIT.done : EXIT.failed;
}

/** Shows each series until the run is over: a live screen, or lines. */
async function show(of: BtcWatch, over: AbortSignal): Promise<void> {
  const control = createExchangeControl(of.exchangeUrl);
  while (!over.aborted) {
    // While a service is away, what was last seen stays.
    const clock = await control.clock().catch(() => null);
    const status =
      clock === null
        ? null
        : await readBtcStatus(of.database, of.mode, clock, of.cycleMs).catch(() => null);
    if (clock !== null && status !== null) {
      if (of.isTerminal) logUpdate(btcScreen(status, clock));
      else for (const line of btcLines(status, clock.nowMs)) print(line);
    }
    const pause = of.isTerminal ? SCREEN_MS : LINES_MS;
    await sleep(pause, undefined, { signal: over }).catch(() => undefined);
  }
  if (of.isTerminal) logUpdate.done();
}
