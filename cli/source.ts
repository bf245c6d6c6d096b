import { resolve } from "node:path";
import { KALSHI_HOST } from "../clients/kalshi/hosts.ts";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import { isTradingDate } from "../core/domain/time.ts";
import type { Environment } from "../runtime/config.ts";
import { SPEED_RANGE } from "../sim/exchange/clock.ts";
import type { SourceManifest } from "../sim/facts.ts";
import { openRecording } from "../sim/recordings/reader.ts";
import { createWorld } from "../sim/world/world.ts";
import { failed, reasonOf, refused, wrongUse } from "./output.ts";

/** A night of at most this long, on the wall, unless a speed is asked for. */
const NIGHT_WALL_MS = 165_000;

/** What a person asked to be played. */
export interface SourceWish {
  /** `world:SEED`, `recording:DIR` or `live`. */
  readonly source: string;
  /** Games of a world. */
  readonly games: number;
  readonly date: string | null;
  /** Bitcoin that a world plays; a recording plays what it holds. */
  readonly bitcoin?: { readonly series: readonly BtcSeries[]; readonly hours: number };
}

/** A source that can be played, looked at before anything is started. */
export interface PlayableSource {
  /** As the exchange loads it: `world:7`, or `recording:` and an absolute folder. */
  readonly source: string;
  readonly games: number | null;
  readonly manifest: SourceManifest;
}

/**
 * Opens a source and reads what it is made of.
 *
 * @throws CommandError for a source that does not exist, and as a refusal for the live one.
 */
export async function openSource(
  wish: SourceWish,
  environment: Environment,
): Promise<PlayableSource> {
  const { source, games, date, bitcoin } = wish;
  if (date !== null && !isTradingDate(date)) {
    throw wrongUse(`${date} is not a date`, "write it as YYYY-MM-DD, such as 2026-12-01");
  }
  if (source === "live") throw await refuseLive(environment);
  const world = /^world:(\d{1,15})$/.exec(source);
  if (world) {
    const seed = Number(world[1]);
    const { manifest } = createWorld({
      seed,
      games,
      ...(date !== null && { date }),
      ...(bitcoin !== undefined && { bitcoin }),
    });
    return { source, games, manifest };
  }
  if (source.startsWith("recording:")) return openRecorded(source, date);
  throw wrongUse(`${source} is not a source`, "use world:SEED, recording:DIR, or live");
}

/** The speed at which a night takes at most three minutes, as far as the player goes. */
export function defaultSpeed({ startAt, endAt }: SourceManifest): number {
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

/** Why the live source cannot be played here and now, with everything that is needed. */
async function refuseLive(environment: Environment): Promise<Error> {
  const missing: string[] = [];
  if (!environment.kalshiKeyId) missing.push("KALSHI_API_KEY_ID (a key with read scope only)");
  if (!environment.kalshiPrivateKeyPath) missing.push("KALSHI_PRIVATE_KEY_PATH");
  if (!(await reaches(`https://${KALSHI_HOST}/trade-api/v2/exchange/status`))) {
    missing.push(`a network on which ${KALSHI_HOST} answers`);
  }
  if (missing.length > 0) {
    return refused(
      `the live source needs what is not here: ${missing.join("; ")}`,
      "provide these, or play --source world:7 or recording:DIR",
    );
  }
  return refused(
    "the live source is not in this version: the paper exchange does not mirror live books yet",
    "play --source world:7 or recording:DIR",
  );
}

async function reaches(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(4_000) })).status < 500;
  } catch {
    return false;
  }
}
