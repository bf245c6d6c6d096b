import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionStatusName,
} from "@temporalio/client";
import { isGamesAlone } from "../activities/held-night.ts";
import { BTC_SERIES, type BtcSeries } from "../core/domain/btc-contract.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import {
  createExchangeControl,
  isOfOtherMode,
  type PlayedManifest,
} from "../runtime/exchange-control.ts";
import { findRun } from "../schema/queries/runs.ts";
import { SERIES_HISTORY_MAX, shown, TASK_QUEUES, workflowIds } from "../temporal.config.ts";
import type { BtcRun, BtcSeriesInput, BtcSeriesResult } from "../workflows/btc-contracts.ts";
import { dayStatus, runIdOf, workflowResult } from "./day-workflow.ts";
import { accountCashUsd, type NightServices, renewWorker, requireSettled } from "./night.ts";
import { failed } from "./output.ts";
import type { PlayableSource } from "./source.ts";
import { otherMode, requireOneMode } from "./under-way.ts";

/** A Bitcoin run that was asked for. */
export interface BtcWish {
  readonly playable: PlayableSource;
  /** Whether the source was named by the person, or is the default one. */
  readonly isNamed: boolean;
  readonly mode: "shadow" | "paper";
  /** Series that are watched. */
  readonly series: readonly BtcSeries[];
  /** Whether these were named: else, of a run that is heard live, those that it has are meant. */
  readonly isSeriesNamed?: boolean;
  /** Hours that a world plays or the live source is heard; null for a recording. */
  readonly hours: number | null;
  readonly speed: number | null;
  readonly startingCashUsd: number;
}

/** Where a home's Bitcoin run stands after it was asked for. */
export interface BegunBtc {
  readonly how: "started" | "resumed" | "already-finished";
  readonly runId: string;
  readonly date: TradingDate;
  readonly name: string;
  readonly series: readonly BtcSeries[];
  readonly speed: number;
}

/** An hour in a minute, a day in 24. */
const BTC_SPEED = 60;

/** Id of a Bitcoin run. */
function btcRunId(mode: string, date: TradingDate): string {
  return `btc/${mode}/${date}`;
}

/**
 * Goes on with the home's unfinished run, starting what of its series does not run, or loads the wished
 * source and starts it.
 *
 * @throws CommandError when something else is unfinished in this home.
 */
export async function beginBtc(services: NightServices, wish: BtcWish): Promise<BegunBtc> {
  await requireOneMode(services, wish.mode);
  const control = createExchangeControl(services.exchangeUrl);
  const state = await control.state();
  const loaded = state.loaded === null ? null : await control.manifest();
  if (loaded === null) return loadAndStart(services, wish, null);
  const isWished = isSameSource(loaded, wish);
  // Its account is of the other mode's books.
  const isOthers = isOfOtherMode(state, wish.mode);
  const isUnfinished = await isUnfinishedIn(services.temporal, wish.mode, loaded, state.isDone);
  const isBitcoin = loaded.bitcoin !== undefined;
  const goesOn = isBitcoin && !isOthers && (isWished || !wish.isNamed);
  // What is heard live ends with nobody's doing: once its series are stopped another source takes its place.
  const isLeft =
    (isOthers && isGamesAlone(loaded)) ||
    (loaded.kind === "live" &&
      (isOthers || wish.playable.manifest.kind !== "live") &&
      !goesOn &&
      !(await isRunningIn(services.temporal, wish.mode, loaded)));
  if (isUnfinished && !isLeft && !goesOn) {
    throw isOthers ? othersSource(loaded, wish) : otherSource(loaded, wish);
  }
  if (!isUnfinished || isLeft) return loadAndStart(services, wish, loaded);
  if (wish.speed !== null) await control.setSpeed(wish.speed);
  const { speed } = await control.clock();
  return startSeries(services.temporal, wish, loaded, { speed, how: "resumed" });
}

/** How the workflow of each series stands; a series that never ran has none. */
export async function seriesStatuses(
  client: Client,
  mode: string,
): Promise<readonly { series: BtcSeries; status: WorkflowExecutionStatusName | null }[]> {
  return Promise.all(
    BTC_SERIES.map(async (series) => ({
      series,
      status: await dayStatus(client, workflowIds.btcSeries(mode, series)),
    })),
  );
}

/** Waits for the end of each series. @returns `null` when the wait was given up. */
export async function seriesResults(
  client: Client,
  mode: string,
  series: readonly BtcSeries[],
  givenUp: AbortSignal,
): Promise<readonly BtcSeriesResult[] | null> {
  const ends = await Promise.all(
    series.map((one) => workflowResult(client, workflowIds.btcSeries(mode, one), givenUp)),
  );
  const results = ends.filter((end) => end !== null) as BtcSeriesResult[]; // Boundary: our workflow's.
  return results.length < series.length ? null : results;
}

/** A begun run in one line. */
export function describeBtc({ how, runId, name, series, speed }: BegunBtc): string {
  if (how === "already-finished") return `${runId} was played in this home already`;
  const resumed = how === "resumed" ? " (resumed where it was)" : "";
  return `${name}, ${series.join(", ")}, at speed ${speed}${resumed}; run ${runId}`;
}

async function loadAndStart(
  { home, database, temporal, exchangeUrl }: NightServices,
  wish: BtcWish,
  loaded: PlayedManifest | null,
): Promise<BegunBtc> {
  const { source, manifest: wished } = wish.playable;
  const runId = btcRunId(wish.mode, wished.date);
  const speed = wish.speed ?? (wished.kind === "live" ? 1 : BTC_SPEED);
  const before = await findRun(database, runId);
  // What was heard live goes on after a stop, also where another source took its place: it is heard anew.
  const isHeardAnew =
    wished.kind === "live" && before?.source === wished.name && before.verdict !== "passed";
  if (before !== null && !isHeardAnew) {
    const { date, name } = wished;
    return { how: "already-finished", runId, date, name, series: wish.series, speed };
  }
  if (loaded !== null) await requireSettled(database, wish, loaded);
  const control = createExchangeControl(exchangeUrl);
  await control.load({
    source,
    speed,
    startingCashUsd: await accountCashUsd(database, wish),
    date: wished.date,
    mode: wish.mode,
    ...(wish.playable.games !== null && { games: wish.playable.games }),
    ...(wish.hours !== null && { series: wish.series, hours: wish.hours }),
    ...(loaded !== null && isGamesAlone(loaded) && { isAnew: true }),
  });
  if (loaded !== null) await renewWorker(home);
  const manifest = await control.manifest();
  return startSeries(temporal, wish, manifest, { speed, how: "started" });
}

/** Starts the wished series that the source has and that do not run. */
async function startSeries(
  client: Client,
  wish: BtcWish,
  manifest: PlayedManifest,
  { speed, how }: { readonly speed: number; readonly how: "started" | "resumed" },
): Promise<BegunBtc> {
  const { mode } = wish;
  const has = manifest.bitcoin?.series ?? [];
  const series = wish.series.filter((one) => has.includes(one));
  if (series.length === 0) {
    throw failed(
      `${manifest.name} has none of ${wish.series.join(", ")}: it has ${has.join(", ")}`,
      "name one of those with --series",
    );
  }
  const { name: source, date, seed } = manifest;
  const runId = btcRunId(mode, date);
  const endsAt = instant(manifest.endAt);
  const run: BtcRun = { runId, mode, date, source, seed, speed, endsAt };
  for (const one of series) await startOne(client, run, one);
  return { how, runId, date, name: source, series, speed };
}

async function startOne(client: Client, run: BtcRun, series: BtcSeries): Promise<void> {
  const { mode, source, date } = run;
  const input: BtcSeriesInput = {
    run,
    series,
    maxHistoryEvents: SERIES_HISTORY_MAX,
    carried: null,
  };
  try {
    await client.workflow.start("btcSeries", {
      workflowId: workflowIds.btcSeries(mode, series),
      taskQueue: TASK_QUEUES.trading,
      args: [input],
      // One that was stopped goes on; one that runs is left alone.
      workflowIdReusePolicy: "ALLOW_DUPLICATE",
      workflowTaskTimeout: "5s",
      ...shown.btcSeries({ mode, series, source, date }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

async function isUnfinishedIn(
  client: Client,
  mode: "shadow" | "paper",
  loaded: PlayedManifest,
  isDone: boolean,
): Promise<boolean> {
  const status = await statusOfGames(client, mode, loaded);
  if (status === "RUNNING" || (status === null && !isDone)) return true;
  if (loaded.bitcoin === undefined) return false;
  return !isDone || (await isRunningIn(client, mode, loaded));
}

/** Whether a workflow watches any of it. */
async function isRunningIn(
  client: Client,
  mode: "shadow" | "paper",
  loaded: PlayedManifest,
): Promise<boolean> {
  if ((await statusOfGames(client, mode, loaded)) === "RUNNING") return true;
  const statuses = await seriesStatuses(client, mode);
  return statuses.some(({ status }) => status === "RUNNING");
}

/** How the day of its games stands: null where it never ran, `none` where there are no games. */
async function statusOfGames(
  client: Client,
  mode: string,
  { games, date }: PlayedManifest,
): Promise<WorkflowExecutionStatusName | "none" | null> {
  return games.length === 0 ? "none" : dayStatus(client, runIdOf(mode, date));
}

function isSameSource(loaded: PlayedManifest, wish: BtcWish): boolean {
  const { manifest } = wish.playable;
  const [played, wished] = [loaded.bitcoin?.series ?? [], manifest.bitcoin?.series ?? []];
  // Of the live source only its begin knows more, and it goes on over days.
  if (manifest.kind === "live") {
    return loaded.name === manifest.name && unheard(loaded, wish).length === 0;
  }
  return (
    loaded.name === manifest.name &&
    loaded.date === manifest.date &&
    loaded.games.length === manifest.games.length &&
    loaded.endAt === manifest.endAt &&
    played.length === wished.length &&
    wished.every((series) => played.includes(series))
  );
}

/** What was named and a live run does not hear. */
function unheard({ bitcoin }: PlayedManifest, { series, isSeriesNamed }: BtcWish): string[] {
  return isSeriesNamed === true ? series.filter((one) => !bitcoin?.series.includes(one)) : [];
}

function othersSource({ name, date }: PlayedManifest, { mode }: BtcWish): Error {
  const other = otherMode(mode);
  return failed(
    `this home is in the middle of ${name} on ${date} in mode ${other}, and was asked for mode ${mode}`,
    `finish it with \`npm start -- --btc --mode ${other}\`, or play ${mode} in its own --home DIR`,
  );
}

function otherSource(loaded: PlayedManifest, wish: BtcWish): Error {
  const { playable } = wish;
  if (playable.manifest.kind === "live" && loaded.name === playable.manifest.name) {
    const heard = loaded.bitcoin?.series.join(", ") ?? "games";
    const missing = unheard(loaded, wish).join(", ") || "Bitcoin";
    return failed(
      `this home hears ${heard} live since ${loaded.date}, and not ${missing}`,
      loaded.bitcoin === undefined
        ? "finish it, or hear Bitcoin in its own --home DIR"
        : "leave --series out, or hear these in a --home DIR of their own",
    );
  }
  return failed(
    `this home is in the middle of ${loaded.name} on ${loaded.date}, ` +
      `and was asked for ${playable.manifest.name} on ${playable.manifest.date}`,
    "finish it, or play the other in its own --home DIR",
  );
}
