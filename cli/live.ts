import { TRADING_ERRORS, TradingError } from "../core/domain/errors.ts";
import { easternDate, type TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import type { MirrorAccess } from "../mirror/access.ts";
import { liveManifest, type LiveWish } from "../mirror/begin.ts";
import { type LiveSource, openLive } from "../mirror/source.ts";
import type { Environment } from "../runtime/config.ts";
import { loadLiveSourceConfig } from "../runtime/live-source-config.ts";
import type { Logger } from "../runtime/log.ts";
import type { SourceManifest } from "../sim/facts.ts";
import { ApiError, invalidParameters } from "../sim/exchange/errors.ts";
import { HOURS_MAX, type LoadRequest } from "../sim/exchange/sources.ts";
import { SYSTEM_CLOCK } from "../runtime/wall.ts";
import { venueKey } from "../workers/venue.ts";
import { explain, refused } from "./output.ts";

/** How long a day of games is taken to be before the slate is known. */
const DAY_HOURS = 24;
const REACHED_WITHIN_MS = 4_000;

/** What a live night has no choice of: it is what there is. */
const NOT_CHOSEN = ["games", "edge", "scalarGame", "spreadCents"] as const;

/** What of the world outside a load asks for. @throws ApiError 400 for what would change nothing. */
function liveWishOf(request: LoadRequest): LiveWish {
  const { date, series = [], hours = HOURS_MAX } = request;
  const vain = NOT_CHOSEN.filter((name) => request[name] !== undefined);
  if (vain.length > 0) throw invalidParameters(`${vain.join(", ")}: not of a live night`);
  if (request.hours !== undefined && series.length === 0) {
    throw invalidParameters("hours are of Bitcoin series: name them");
  }
  const today = easternDate(SYSTEM_CLOCK.now());
  return { date: date ?? today, series, hasGames: series.length === 0, hours };
}

/** Opens what is heard live, kept in a folder. */
export async function openLiveRequest(
  request: LoadRequest,
  dir: string,
  environment: Environment,
  log: Logger,
): Promise<LiveSource> {
  try {
    return await openLiveWish(liveWishOf(request), dir, environment, log);
  } catch (error) {
    throw error instanceof TradingError ? liveRefusal(error) : error;
  }
}

/** Whoever asked the exchange to load it is told why, what to do, and whether asking again may help. */
function liveRefusal(error: TradingError): ApiError {
  const { cause, next } = explain(error);
  return TRADING_ERRORS[error.code].retryable
    ? new ApiError(503, "live_source_unavailable", cause, "", next)
    : new ApiError(422, "live_source_refused", cause, "", next);
}

/** Opens what is wished for, kept in a folder. @throws TradingError CONFIG_INVALID for the key or an address. */
export async function openLiveWish(
  wish: LiveWish,
  dir: string,
  environment: Environment,
  log: Logger,
): Promise<LiveSource> {
  return openLive(wish, await accessOf(environment), dir, log);
}

/**
 * Looks, before anything is started, whether there is what the live source takes.
 *
 * @returns a manifest of what is known before the venue is asked: its date and its series.
 * @throws CommandError, a refusal, with everything that is missing.
 */
export async function checkLive(
  environment: Environment,
  date: TradingDate | null,
  bitcoin: { readonly series: readonly BtcSeries[]; readonly hours: number } | undefined,
): Promise<SourceManifest> {
  const { addresses } = loadLiveSourceConfig(environment.liveSourceFile);
  const { rest } = addresses.kalshi;
  const unreached = await lacksOf(rest);
  const missing = [
    ...(environment.kalshiKeyId ? [] : ["KALSHI_API_KEY_ID (a key with read scope only)"]),
    ...(environment.kalshiPrivateKeyPath ? [] : ["KALSHI_PRIVATE_KEY_PATH"]),
    ...(unreached === null ? [] : [unreached]),
  ];
  if (missing.length > 0) {
    throw refused(
      `the live source needs what is not here: ${missing.join("; ")}`,
      "provide these, or play --source world:7 or recording:DIR",
    );
  }
  await accessOf(environment);
  const startAt = SYSTEM_CLOCK.now();
  const endAt = instant(startAt + (bitcoin?.hours ?? DAY_HOURS) * 3_600_000);
  return liveManifest(
    { date: date ?? easternDate(startAt), series: bitcoin?.series ?? [] },
    { startAt, endAt, games: [], lacks: [] },
  );
}

async function accessOf(environment: Environment): Promise<MirrorAccess> {
  const key = await venueKey(environment).catch((error: unknown) => {
    if (error instanceof TradingError) throw error;
    throw unreadable(environment, error);
  });
  if (key === null) throw unreadable(environment, "there is none");
  return { ...loadLiveSourceConfig(environment.liveSourceFile), ...key, clock: SYSTEM_CLOCK };
}

function unreadable({ kalshiPrivateKeyPath }: Environment, error: unknown): TradingError {
  return new TradingError("CONFIG_INVALID", {
    file: kalshiPrivateKeyPath,
    faults: [`the key of KALSHI_PRIVATE_KEY_PATH cannot be read: ${String(error)}`],
  });
}

/** What is missing for the venue to answer. @returns `null` when it does. */
async function lacksOf(rest: string): Promise<string | null> {
  const { host } = new URL(rest);
  const signal = AbortSignal.timeout(REACHED_WITHIN_MS);
  try {
    const { status } = await fetch(`${rest}/exchange/status`, { signal });
    return status < 500 ? null : `a venue that is well (${host} answered ${status})`;
  } catch {
    return `a network on which ${host} answers`;
  }
}
