import type { SpotPrice } from "../../core/domain/spot.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type FeedOptions, type FeedQuery, fetchExisting, USER_AGENT } from "../http/feed.ts";
import { CandlesWire, TimeWire, TradesWire, TradeWire } from "./wire.ts";

/** A price of a trade, which has an id. */
export type TradePrice = SpotPrice & { readonly tradeId: number };

/** The clock of the host, and when we asked. */
interface HostTime {
  readonly sourceAt: Instant;
  readonly askedAt: Instant;
  readonly receivedAt: Instant;
}

/**
 * Coinbase Exchange's public REST, of BTC-USD. @throws from every method: FEED_UNAVAILABLE,
 * FEED_INVALID.
 */
export interface CoinbaseRest {
  /** The newest trade. */
  ticker(): Promise<TradePrice>;
  /** Trades before one, newest first, at most `PAGE`; the newest of all without it. */
  trades(before: number | null): Promise<readonly TradePrice[]>;
  /**
   * Closes of minutes that had ended by `endedBy`, oldest first; a minute without trades has none.
   */
  candles(from: Instant, endedBy: Instant): Promise<readonly SpotPrice[]>;
  time(): Promise<HostTime>;
}

export const PRODUCT = "BTC-USD";
/** Most trades that one answer holds. */
export const PAGE = 1_000;
/** Most candles that one answer holds. */
const CANDLES_MAX = 300;
const MINUTE_MS = 60_000;

export function createCoinbaseRest(options: {
  readonly restUrl: string;
  readonly clock: RunClock;
  readonly timeoutMs: number;
}): CoinbaseRest {
  const { restUrl, clock, timeoutMs } = options;
  const headers = { "user-agent": USER_AGENT };
  const feed: FeedOptions = { source: "coinbase", baseUrl: restUrl, headers, clock, timeoutMs };
  return {
    async ticker() {
      const { value, raw } = await fetchExisting(
        feed,
        `/products/${PRODUCT}/ticker`,
        {},
        TradeWire,
      );
      return toPrice(value, raw.receivedAt);
    },
    async trades(before) {
      const query: FeedQuery = { limit: PAGE, ...(before !== null && { after: before }) };
      const path = `/products/${PRODUCT}/trades`;
      const { value, raw } = await fetchExisting(feed, path, query, TradesWire);
      return value.map((trade) => toPrice(trade, raw.receivedAt));
    },
    async candles(from, endedBy) {
      const start = Math.max(from, endedBy - CANDLES_MAX * MINUTE_MS);
      const query = { granularity: 60, start: iso(start), end: iso(endedBy) };
      const path = `/products/${PRODUCT}/candles`;
      const { value, raw } = await fetchExisting(feed, path, query, CandlesWire);
      return value
        .map(([seconds, , , , close]): SpotPrice => {
          const sourceAt = instant(seconds * 1_000 + MINUTE_MS);
          const { receivedAt } = raw;
          return { source: "coinbase-candle", tradeId: null, price: close, sourceAt, receivedAt };
        })
        .filter(({ sourceAt }) => sourceAt <= endedBy)
        .sort((a, b) => a.sourceAt - b.sourceAt);
    },
    async time() {
      const { value, raw } = await fetchExisting(feed, "/time", {}, TimeWire);
      return { sourceAt: value.iso, askedAt: raw.fetchedAt, receivedAt: raw.receivedAt };
    },
  };
}

/** A trade as a price, received at a time of ours. */
export function toPrice(trade: TradeWire, receivedAt: Instant): TradePrice {
  const { trade_id: tradeId, price, time: sourceAt } = trade;
  return { source: "coinbase", tradeId, price, sourceAt, receivedAt };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
