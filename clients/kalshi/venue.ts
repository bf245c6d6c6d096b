import type { Mode } from "../../core/domain/decision.ts";
import type { FeedFault } from "../../core/domain/feeds.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { UsdMicros } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Secret } from "../../runtime/secret.ts";
import { type Jitter, systemJitter } from "../http/backoff.ts";
import type { RateBudget } from "../http/token-bucket.ts";
import { DriftSentinel } from "./drift.ts";
import { createHistory } from "./history.ts";
import { assertMarketDataHost, assertOrderHost } from "./hosts.ts";
import { createMarketData } from "./market-data.ts";
import { createOrderGroups, NO_ORDER_GROUPS } from "./order-groups.ts";
import { createOrders, REFUSED_ORDERS } from "./orders.ts";
import { createPortfolio } from "./portfolio.ts";
import { KalshiRest, type RestOptions } from "./rest.ts";
import { createSigner } from "./sign.ts";

/** One host of the venue, and the key for it; a key is used for its own host only. */
interface KalshiAccess {
  /** Up to and with `/trade-api/v2`. */
  readonly restUrl: string;
  readonly keyId: string;
  /** Null asks without a signature: public data only. */
  readonly privateKeyPem: Secret | null;
  readonly bucket: RateBudget;
}

export interface KalshiVenueOptions extends KalshiAccess {
  readonly mode: Mode;
  readonly clock: RunClock;
  readonly log: Logger;
  /** Where public data is read, when not where the orders go: shadow mode only. */
  readonly marketData?: KalshiAccess;
  /** Whether its requests go before those of others that share its budget: for kills. */
  readonly goesFirst?: boolean;
  readonly readTimeoutMs?: number;
  /** Told of each market of a list that cannot be read; by default it is logged. */
  readonly onInvalid?: (fault: FeedFault) => void;
  readonly jitter?: Jitter;
}

const READ_TIMEOUT_MS = 5_000;

/**
 * The venue by its REST interface: the paper exchange and the venue itself are the same adapter.
 *
 * @throws TradingError SAFETY_REFUSED when a host does not fit the mode, CONFIG_INVALID for a bad key.
 */
export function createKalshiVenue(options: KalshiVenueOptions): Venue {
  const { mode, clock, log, marketData } = options;
  assertOrderHost(mode, options.restUrl);
  if (marketData !== undefined) assertMarketDataHost(mode, marketData.restUrl);
  const drift = new DriftSentinel((field) => {
    log.warn({ field }, "the venue sends a field that is not known");
  });
  const shared = {
    clock,
    drift,
    goesFirst: options.goesFirst ?? false,
    readTimeoutMs: options.readTimeoutMs ?? READ_TIMEOUT_MS,
    jitter: options.jitter ?? systemJitter,
  };
  const account = new KalshiRest({ ...shared, ...accessOf(options) });
  const open = marketData ? new KalshiRest({ ...shared, ...accessOf(marketData) }) : account;
  const onInvalid =
    options.onInvalid ??
    ((fault: FeedFault): void => {
      log.error({ ...fault }, "the venue sends a market that cannot be read");
    });
  const publicSide = createMarketData(open, onInvalid);
  const accountMarkets = createMarketData(account, onInvalid);
  const scalarValue = async (ticker: string): Promise<UsdMicros | null> =>
    (await accountMarkets.market(ticker))?.settlementValue ?? null;
  return {
    ...publicSide,
    ...createPortfolio(account, scalarValue),
    ...createHistory(account, clock),
    ...(mode === "shadow"
      ? { ...REFUSED_ORDERS, ...NO_ORDER_GROUPS }
      : { ...createOrders(account), ...createOrderGroups(account) }),
  };
}

function accessOf(access: KalshiAccess): Pick<RestOptions, "baseUrl" | "signer" | "budget"> {
  const { restUrl, keyId, privateKeyPem, bucket } = access;
  return {
    baseUrl: restUrl,
    signer: privateKeyPem === null ? null : createSigner(keyId, privateKeyPem),
    budget: bucket,
  };
}
