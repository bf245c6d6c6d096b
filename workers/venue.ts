import { readFile } from "node:fs/promises";
import { createRateBudget } from "../clients/http/token-bucket.ts";
import { isLoopback } from "../clients/http/hosts.ts";
import { assertVenueSettings } from "../clients/kalshi/hosts.ts";
import { createKalshiStream } from "../clients/kalshi/stream.ts";
import type { KalshiStreamOptions } from "../clients/kalshi/stream-port.ts";
import { createKalshiVenue, type KalshiVenueOptions } from "../clients/kalshi/venue.ts";
import type { Mode } from "../core/domain/decision.ts";
import { TradingError } from "../core/domain/errors.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Environment } from "../runtime/config.ts";
import type { Logger } from "../runtime/log.ts";
import { Secret } from "../runtime/secret.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { SYSTEM_CLOCK } from "../runtime/wall.ts";
import { LOCAL, type VenueAddresses } from "../runtime/venue-addresses.ts";
import { readPaperKey } from "./paper-key.ts";

type Key = Pick<KalshiStreamOptions, "keyId" | "privateKeyPem">;
type KeyVariables = Pick<Environment, "kalshiKeyId" | "kalshiPrivateKeyPath">;

/** Where one process looks for the venue and for the keys. */
interface VenuePlaces {
  readonly venue: VenueAddresses;
  /** Where the exchange keeps the key of the paper account. */
  readonly exchangeDir: string;
  readonly environment: KeyVariables;
}

/**
 * The venue's REST addresses with their keys and budgets. What is on this machine is asked with the paper
 * account's key, what is not with that of the environment: neither ever signs for the other's host.
 *
 * @throws Error when there is no paper key yet, TradingError CONFIG_INVALID for half a key.
 */
export async function restAccess(
  places: VenuePlaces,
  clock: RunClock,
): Promise<
  Pick<KalshiVenueOptions, "restUrl" | "keyId" | "privateKeyPem" | "bucket" | "marketData">
> {
  const { venue, exchangeDir } = places;
  const paper = await readPaperKey(exchangeDir);
  const account = { restUrl: venue.orders, ...paper, bucket: createRateBudget(clock) };
  if (venue.marketData === venue.orders) return account;
  // Public data are told without a signature too.
  const key = (await keyFor(venue.marketData, places)) ?? { keyId: "", privateKeyPem: null };
  // The venue itself counts requests by the wall, whatever night is played.
  const pace = isLoopback(venue.marketData) ? clock : SYSTEM_CLOCK;
  const marketData = { restUrl: venue.marketData, ...key, bucket: createRateBudget(pace) };
  return { ...account, marketData };
}

/**
 * Opens the venue and its stream where settings say that they are.
 *
 * @throws TradingError SAFETY_REFUSED when a host does not fit the mode, CONFIG_INVALID when a key is
 *   missing.
 */
export async function openVenue(options: {
  readonly mode: Mode;
  readonly places: VenuePlaces;
  /** Wall milliseconds after which a stream that shows nothing is dead. */
  readonly stallMs: number;
  readonly clock: RunClock;
  readonly log: Logger;
}) {
  const { mode, places, stallMs, clock, log } = options;
  const access = { ...(await restAccess(places, clock)), mode, clock, log };
  return {
    keyId: access.keyId,
    venue: createKalshiVenue(access),
    // The same account and budget: a kill does not stand in line behind what is only asked.
    urgentVenue: createKalshiVenue({ ...access, goesFirst: true }),
    areOrdersStreamed: isOfOrders(places.venue),
    stream: createKalshiStream({ ...(await streamAccess(places)), mode, clock, log, stallMs }),
  };
}

/** Whether the books of the stream have our orders in them: those of another exchange know nothing of them. */
export function isOfOrders({ orders, stream }: Pick<VenueAddresses, "orders" | "stream">): boolean {
  if (isLoopback(orders) !== isLoopback(stream)) return false;
  return !isLoopback(orders) || new URL(orders).host === new URL(stream).host;
}

async function streamAccess(
  places: VenuePlaces,
): Promise<Pick<KalshiStreamOptions, "wsUrl"> & Key> {
  const { stream } = places.venue;
  const key = await keyFor(stream, places);
  if (key === null) throw noKey(`the stream of ${stream}`);
  return { wsUrl: stream, ...key };
}

/**
 * Looks, before anything is started, whether the venue that a settings file names may be used in a
 * mode, and whether there is the key that it takes.
 *
 * @throws TradingError SAFETY_REFUSED naming file, key, rule and what is allowed; CONFIG_INVALID naming
 *   the variables of the key.
 */
export async function checkVenueSettings(
  mode: Mode,
  configFile: string,
  environment: KeyVariables,
): Promise<void> {
  const { venue } = loadTipoffConfig(configFile).config;
  assertVenueSettings(mode, configFile, venue);
  if (venue.stream === LOCAL || isLoopback(venue.stream)) return;
  if ((await venueKey(environment)) === null) throw noKey(`venue.stream of ${configFile}`);
}

async function keyFor(url: string, { exchangeDir, environment }: VenuePlaces): Promise<Key | null> {
  return isLoopback(url) ? readPaperKey(exchangeDir) : venueKey(environment);
}

/**
 * The key of the environment for the venue's own hosts. @returns `null` when there is none. @throws TradingError
 *   CONFIG_INVALID for half of one.
 */
export async function venueKey({
  kalshiKeyId: keyId,
  kalshiPrivateKeyPath: path,
}: KeyVariables): Promise<Key | null> {
  if (keyId === null && path === null) return null;
  if (keyId === null || path === null) {
    throw noKey("an account of the venue, of which one half is set,");
  }
  return { keyId, privateKeyPem: new Secret(await readFile(path, "utf8")) };
}

function noKey(what: string): TradingError {
  return new TradingError("CONFIG_INVALID", {
    reason: `${what} takes a key, and there is none in the environment`,
    nextStep:
      "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH (read scope), or write local in the section venue",
  });
}
