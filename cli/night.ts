import type { Client } from "@temporalio/client";
import type { TradingDate } from "../core/domain/time.ts";
import { heldInNight, isGamesAlone } from "../activities/held-night.ts";
import { endChildren } from "../runtime/child.ts";
import {
  createExchangeControl,
  isOfOtherMode,
  type PlayedManifest,
} from "../runtime/exchange-control.ts";
import { type Home, readServices } from "../runtime/home.ts";
import type { Db } from "../schema/database.ts";
import { cash } from "../schema/queries/ledger.ts";
import type { TradingDayInput } from "../workflows/contracts.ts";
import { dayStatus, runIdOf, startDay } from "./day-workflow.ts";
import { failed, refused } from "./output.ts";
import { defaultSpeed, type PlayableSource } from "./source.ts";
import { otherMode, requireOneMode } from "./under-way.ts";

/** A night that was asked for. */
export interface NightWish {
  readonly playable: PlayableSource;
  /** Whether the source was named by the person, or is the default one. */
  readonly isNamed: boolean;
  readonly mode: "shadow" | "paper";
  /** Run time per wall time; null chooses one that ends within three minutes. */
  readonly speed: number | null;
  /** Cash of an account that has none yet. */
  readonly startingCashUsd: number;
}

/** Where a home's night stands after it was asked for. */
export interface BegunNight {
  readonly how: "started" | "resumed" | "already-finished";
  readonly runId: string;
  readonly date: TradingDate;
  /** Such as `world:7`. */
  readonly name: string;
  readonly games: number;
  readonly speed: number;
}

/** What a night needs of a running home. */
export interface NightServices {
  readonly home: Home;
  readonly database: Db;
  readonly temporal: Client;
  readonly exchangeUrl: string;
}

/**
 * Resumes the home's unfinished night, or loads the wished one and starts its workflow.
 *
 * @throws CommandError when another night than the named one, or one of the other mode, is unfinished.
 */
export async function beginNight(services: NightServices, wish: NightWish): Promise<BegunNight> {
  const { temporal, exchangeUrl } = services;
  await requireOneMode(services, wish.mode);
  const control = createExchangeControl(exchangeUrl);
  const state = await control.state();
  const loaded = state.loaded === null ? null : await control.manifest();
  if (loaded) {
    const runId = runIdOf(wish.mode, loaded.date);
    const status = await dayStatus(temporal, runId);
    const isWished = isSameNight(loaded, wish.playable);
    const isOthers = isOfOtherMode(state, wish.mode);
    const isBitcoin = loaded.bitcoin !== undefined;
    const isLeft = (isOthers && !isBitcoin) || (await wasOthers(temporal, wish.mode, loaded));
    const isBegun = status !== null || isLeft;
    const isUnfinished = status === "RUNNING" || (!isBegun && !state.isDone);
    // Bitcoin that was stopped may go on, in the account that it began with.
    if (isUnfinished && isOthers && isBitcoin) throw bitcoinPlayed(loaded, otherMode(wish.mode));
    if (isUnfinished && loaded.games.length === 0) throw bitcoinPlayed(loaded, wish.mode);
    if (isUnfinished && wish.isNamed && !isWished) throw otherNight(loaded, wish.playable);
    if (isUnfinished) {
      const speed = wish.speed ?? (await control.clock()).speed;
      if (wish.speed !== null) await control.setSpeed(wish.speed);
      if (status === null) await startDay(temporal, inputOf(wish, loaded, speed));
      // Beside Bitcoin the night is loaded before its day begins.
      const how = status === null && loaded.bitcoin !== undefined ? "started" : "resumed";
      return { how, runId, ...summary(loaded), speed };
    }
  }
  return loadAndStart(services, wish, loaded);
}

/** Whether the other mode's day has been in it, which is over: what is left of it is no night of this mode's. */
async function wasOthers(
  temporal: Client,
  mode: NightWish["mode"],
  loaded: PlayedManifest,
): Promise<boolean> {
  if (!isGamesAlone(loaded)) return false;
  return (await dayStatus(temporal, runIdOf(otherMode(mode), loaded.date))) !== null;
}

async function loadAndStart(
  { home, database, temporal, exchangeUrl }: NightServices,
  wish: NightWish,
  loaded: PlayedManifest | null,
): Promise<BegunNight> {
  const { source, games, manifest: wished } = wish.playable;
  const runId = runIdOf(wish.mode, wished.date);
  const speed = wish.speed ?? defaultSpeed(wished);
  const control = createExchangeControl(exchangeUrl);
  if ((await dayStatus(temporal, runId)) !== null) {
    return { how: "already-finished", runId, ...summary(wished), speed };
  }
  if (loaded !== null) await requireSettled(database, wish, loaded);
  await control.load({
    source,
    speed,
    startingCashUsd: await accountCashUsd(database, wish),
    date: wished.date,
    mode: wish.mode,
    ...(games !== null && { games }),
    ...(loaded !== null && isGamesAlone(loaded) && { isAnew: true }),
  });
  if (loaded !== null) await renewWorker(home);
  const manifest = await control.manifest();
  await startDay(temporal, inputOf(wish, manifest, speed));
  return { how: "started", runId, ...summary(manifest), speed };
}

/** A paper exchange forgets a night for the next: what is still held in it would never be paid. */
export async function requireSettled(
  database: Db,
  { mode }: Pick<NightWish, "mode">,
  loaded: PlayedManifest,
): Promise<void> {
  for (const holder of [mode, otherMode(mode)]) {
    const held = await heldInNight(database, holder, loaded);
    if (held.length === 0) continue;
    const names = [...new Set(held.map(({ market_ticker: ticker }) => ticker))].join(", ");
    const up = holder === mode ? "`npx tipoff up`" : `\`npx tipoff up --mode ${holder}\``;
    throw refused(
      `${held.length} positions of ${loaded.name} on ${loaded.date} are held and not settled yet: ${names}`,
      `leave ${up} running until they are paid (\`npx tipoff reconcile\` books what is), or play the other in its own --home DIR`,
    );
  }
}

/** The account goes on from night to night: what the ledger holds, once anything was booked. */
export async function accountCashUsd(
  database: Db,
  wish: Pick<NightWish, "mode" | "startingCashUsd">,
): Promise<number> {
  const held = await cash(database, wish.mode);
  return held > 0 ? held / 1e6 : wish.startingCashUsd;
}

/** Ends the worker: one belongs to one night, whose clock never runs backwards; the supervisor starts another. */
export async function renewWorker(home: Home): Promise<void> {
  const { processes } = await readServices(home);
  const worker = processes.find(({ name }) => name === "worker");
  if (worker) await endChildren([worker]);
}

/** A begun night in one line. */
export function describeNight({ how, runId, date, name, games, speed }: BegunNight): string {
  if (how === "already-finished") return `${runId} was played in this home already`;
  const resumed = how === "resumed" ? " (resumed where it was)" : "";
  return `${name} on ${date}, ${games} games, at speed ${speed}${resumed}; workflow ${runId}`;
}

function summary(
  manifest: Pick<PlayedManifest, "date" | "name"> & { readonly games: readonly object[] },
) {
  return { date: manifest.date, name: manifest.name, games: manifest.games.length };
}

function inputOf(wish: NightWish, manifest: PlayedManifest, speed: number): TradingDayInput {
  const { date, name: source, seed } = manifest;
  return { runId: runIdOf(wish.mode, date), mode: wish.mode, date, source, seed, speed };
}

function isSameNight(loaded: PlayedManifest, wished: PlayableSource): boolean {
  const { kind, name, date, games } = wished.manifest;
  // Which games are played live is known once they are.
  if (kind === "live") return loaded.name === name && loaded.date === date;
  return loaded.name === name && loaded.date === date && loaded.games.length === games.length;
}

/** A day of no games would end at once, and stand for the night of that date. */
function bitcoinPlayed({ kind, name, date }: PlayedManifest, mode: NightWish["mode"]): Error {
  return failed(
    `this home is in the middle of Bitcoin of ${name} on ${date}`,
    kind === "live"
      ? "play the night in its own --home DIR; what is heard here goes on until `npx tipoff btc stop`"
      : `finish it with \`npm start -- --btc --mode ${mode}\`, or play the night in its own --home DIR`,
  );
}

function otherNight(loaded: PlayedManifest, wished: PlayableSource): Error {
  return failed(
    `this home is in the middle of ${loaded.name} on ${loaded.date}, ` +
      `and was asked for ${wished.manifest.name} on ${wished.manifest.date}`,
    "finish it with a plain `npm start`, or play the other in its own --home DIR",
  );
}
