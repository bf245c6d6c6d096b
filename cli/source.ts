import { resolve } from "node:path";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import { isTradingDate } from "../core/domain/time.ts";
import type { Environment } from "../runtime/config.ts";
import { SPEED_RANGE } from "../sim/exchange/clock.ts";
import type { SourceManifest } from "../sim/facts.ts";
import { openRecording } from "../sim/recordings/reader.ts";
import { createWorld, GAMES_DEFAULT } from "../sim/world/world.ts";
import { checkLive } from "./live.ts";
import { failed, reasonOf, wrongUse } from "./output.ts";

/** A night of at most this long, on the wall, unless a speed is asked for. */
const NIGHT_WALL_MS = 165_000;

/** What a person asked to be played. */
export interface SourceWish {
  /** `world:SEED`, `recording:DIR` or `live`. */
  readonly source: string;
  /** Games of a world, where they are named. */
  readonly games: number | null;
  readonly date: string | null;
  /** Bitcoin that a world plays or the live source hears; a recording plays what it holds. */
  readonly bitcoin?: { readonly series: readonly BtcSeries[]; readonly hours: number };
}

/** A source that can be played, looked at before anything is started. */
export interface PlayableSource {
  /** As the exchange loads it: `world:7`, `recording:` and an absolute folder, or `live`. */
  readonly source: string;
  readonly games: number | null;
  /** Of the live source only what is known before the venue is asked. */
  readonly manifest: SourceManifest;
}

/** The largest seed of a world: fifteen digits. */
export const SEED_MAX = 1e15 - 1;

/**
 * Opens a source and reads what it is made of.
 *
 * @throws CommandError for a source that does not exist, and as a refusal for the live one where it lacks something.
 */
export async function openSource(
  wish: SourceWish,
  environment: Environment,
): Promise<PlayableSource> {
  const { source, date, bitcoin } = wish;
  if (date !== null && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  const world = /^world:(\d{1,15})$/.exec(source);
  if (world) {
    const seed = Number(world[1]);
    const games = wish.games ?? (bitcoin === undefined ? GAMES_DEFAULT : 0);
    const { manifest } = createWorld({
      seed,
      games,
      ...(date !== null && { date }),
      ...(bitcoin !== undefined && { bitcoin }),
    });
    return { source, games, manifest };
  }
  const isRecording = source.startsWith("recording:");
  if (!isRecording && source !== "live") {
    throw wrongUse(`${source} is not a source`, "use world:SEED, recording:DIR, or live");
  }
  if (wish.games !== null) throw wrongUse("--games are of a world", "leave --games out");
  if (isRecording) return openRecorded(source, date);
  return { source, games: null, manifest: await checkLive(environment, date, bitcoin) };
}

/** The speed at which a night takes at most three minutes, as far as the player goes; a live one has the wall's. */
export function defaultSpeed({ kind, startAt, endAt }: SourceManifest): number {
  if (kind === "live") return 1;
  const wished = Math.ceil((endAt - startAt) / NIGHT_WALL_MS);
  return Math.min(Math.max(wished, SPEED_RANGE.min), SPEED_RANGE.max);
}

async function openRecorded(source: string, date: string | null): Promise<PlayableSource> {
  const folder = resolve(source.slice("recording:".length));
  const { manifest } = await openRecording(folder).catch((error: unknown) => {
    throw failed(
      `the recording in ${folder} cannot be played: ${reasonOf(error)}`,
      "make one with `npx tipoff recording import --out DIR`",
    );
  });
  if (date !== null && date !== manifest.date) {
    throw wrongUse(
      `the recording in ${folder} is of ${manifest.date}, not of ${date}`,
      "leave --date out, or import a recording of that date",
    );
  }
  return { source: `recording:${folder}`, games: null, manifest };
}

/** @throws CommandError for a speed that the live source cannot have. */
export function requireSpeed({ manifest }: PlayableSource, speed: number | null): void {
  if (manifest.kind !== "live" || speed === null || speed === 1) return;
  throw wrongUse(`--speed ${speed}: the live source has the wall's speed`, "leave --speed out");
}
