import { TradingError } from "../../core/domain/errors.ts";
import type { MarketsQuery, Venue } from "../../core/domain/venue.ts";
import type { FeedFault } from "../../core/domain/feeds.ts";
import type { Market } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import { toBook, toEvent, toExchangeStatus, toFeeSchedule, toMarket } from "./mapper.ts";
import { type KalshiRest, toMinTs } from "./rest.ts";
import {
  EventAnswer,
  EventsPage,
  ExchangeStatusWire,
  MarketAnswer,
  MarketsPage,
  MarketWire,
  OrderBookAnswer,
  SeriesAnswer,
} from "./wire.ts";

const EVENTS_PER_PAGE = 200;
const MARKETS_PER_PAGE = 1_000;
/** Tickers named in one request: its address stays short enough for any server. */
const TICKERS_PER_CALL = 100;

/** The venue's public side. */
export type MarketData = Pick<
  Venue,
  "exchangeStatus" | "events" | "market" | "markets" | "feeSchedule" | "orderBook"
>;

/** `onInvalid` is told of each market of a list that cannot be read. */
export function createMarketData(
  rest: KalshiRest,
  onInvalid: (fault: FeedFault) => void,
): MarketData {
  return {
    async exchangeStatus() {
      return toExchangeStatus(await rest.read("/exchange/status", {}, ExchangeStatusWire));
    },

    async events({ seriesTicker, status }) {
      const query = {
        series_ticker: seriesTicker,
        status,
        with_nested_markets: true,
        limit: EVENTS_PER_PAGE,
      };
      const events = await rest.pages("/events", query, EventsPage, (page) => page.events);
      return events.map(toEvent);
    },

    async market(ticker) {
      const answer = await rest.find(`/markets/${encodeURIComponent(ticker)}`, {}, MarketAnswer);
      if (answer !== null) return toMarket(answer.market);
      // Archived markets leave the live set for good.
      const path = `/historical/markets/${encodeURIComponent(ticker)}`;
      const archived = await rest.find(path, {}, MarketAnswer);
      return archived === null ? null : toMarket(archived.market);
    },

    async markets(query) {
      const { tickers } = query;
      if (tickers === undefined) {
        return (await listMarkets(rest, query, onInvalid)).filter(isAskedFor(query));
      }
      const found: Market[] = [];
      for (let from = 0; from < tickers.length; from += TICKERS_PER_CALL) {
        const named = tickers.slice(from, from + TICKERS_PER_CALL);
        found.push(...(await listMarkets(rest, { ...query, tickers: named }, onInvalid)));
      }
      return found.filter(isAskedFor(query));
    },

    async feeSchedule(seriesTicker, eventTicker) {
      const [{ series }, { event }] = await Promise.all([
        rest.read(`/series/${encodeURIComponent(seriesTicker)}`, {}, SeriesAnswer),
        rest.read(`/events/${encodeURIComponent(eventTicker)}`, {}, EventAnswer),
      ]);
      return toFeeSchedule(
        event.fee_type_override ?? series.fee_type,
        event.fee_multiplier_override ?? series.fee_multiplier,
      );
    },

    async orderBook(ticker) {
      const path = `/markets/${encodeURIComponent(ticker)}/orderbook`;
      const answer = await rest.find(path, { depth: 0 }, OrderBookAnswer);
      if (answer === null) {
        throw new TradingError("VENUE_REFUSED", { path, status: 404, code: "not_found" });
      }
      return toBook(ticker, answer);
    },
  };
}

/** The venue counts in whole seconds; whether a bound counts itself is not documented. */
function isAskedFor(query: MarketsQuery): (market: Market) => boolean {
  const { minCloseAt, maxCloseAt, minSettledAt } = query;
  return ({ closeAt, settledAt }) =>
    (minCloseAt === undefined || closeAt >= minCloseAt) &&
    (maxCloseAt === undefined || closeAt <= maxCloseAt) &&
    (minSettledAt === undefined || (settledAt !== null && settledAt >= minSettledAt));
}

function minTs(at: Instant | undefined): number | undefined {
  return at === undefined ? undefined : toMinTs(at);
}

/** An upper bound, a second late. */
function maxTs(at: Instant | undefined): number | undefined {
  return at === undefined ? undefined : Math.ceil(at / 1_000) + 1;
}

function tickerOf(item: unknown): string | null {
  const ticker = typeof item === "object" && item !== null && "ticker" in item ? item.ticker : null;
  return typeof ticker === "string" ? ticker : null;
}

/** One list of markets, all its pages. */
async function listMarkets(
  rest: KalshiRest,
  query: MarketsQuery,
  onInvalid: (fault: FeedFault) => void,
): Promise<readonly Market[]> {
  const filters = {
    series_ticker: query.seriesTicker,
    event_ticker: query.eventTicker,
    tickers: query.tickers?.join(","),
    status: query.status,
    min_close_ts: minTs(query.minCloseAt),
    max_close_ts: maxTs(query.maxCloseAt),
    min_settled_ts: minTs(query.minSettledAt),
    limit: MARKETS_PER_PAGE,
  };
  const items = await rest.pages("/markets", filters, MarketsPage, (page) => page.markets);
  const what = { path: "markets", idOf: tickerOf };
  return rest.readEach(MarketWire, items, what, onInvalid).map(toMarket);
}
