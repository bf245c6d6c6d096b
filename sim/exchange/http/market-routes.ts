import type { FastifyInstance } from "fastify";
import type { ListedEvent } from "../catalog.ts";
import type { FeeSchedule } from "../../../core/domain/market.ts";
import { invalidParameters, notFound } from "../errors.ts";
import type { Listing, PublicTrade } from "../listing.ts";
import type { Night } from "../night.ts";
import { seriesTicker } from "../series.ts";
import { isMarketOn, isOn, type Side } from "./archive.ts";
import { type ApiContext, requireCutoff, requireNight } from "./context.ts";
import { isInRange, page, parseQuery, type Query, refuseFilter } from "./query.ts";
import { eventWire, marketWire } from "./market-wire.ts";
import { bookWire, candleWire, tradeWire } from "./wire.ts";

/** The words of the status filter are not those of the object's status. */
const STATUS_FILTERS: Readonly<Record<string, readonly string[]>> = {
  unopened: ["initialized"],
  open: ["active"],
  paused: ["inactive"],
  closed: ["closed", "determined"],
  settled: ["finalized"],
};

/** Each kind of time that markets are found by, and the statuses that it may be asked with, beside none. */
const TIME_KINDS: readonly {
  readonly kind: string;
  readonly names: readonly (keyof Query)[];
  readonly statuses: readonly string[];
}[] = [
  {
    kind: "created",
    names: ["min_created_ts", "max_created_ts"],
    statuses: ["unopened", "open"],
  },
  { kind: "close", names: ["min_close_ts", "max_close_ts"], statuses: ["closed"] },
  { kind: "settled", names: ["min_settled_ts", "max_settled_ts"], statuses: ["settled"] },
  { kind: "updated", names: ["min_updated_ts"], statuses: [] },
];

/** As the venue: tickers of one call for candles, and candles that they could have in it. */
const TICKERS_MAX = 100;
const CANDLES_MAX = 10_000;

/** Events, markets, books, the tape and candles. */
export function marketRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get("/events", ({ query }) => listEvents(requireNight(context), parseQuery(query)));
  app.get<{ Params: { event: string } }>("/events/:event", ({ params, query }) => {
    const night = requireNight(context);
    const event = night.engine.catalog.event(params.event);
    if (!event) throw notFound(`event ${params.event}`);
    const markets = event.listings.map(marketWire);
    const isNested = parseQuery(query).with_nested_markets === true;
    const own = feesOf(night, event);
    return isNested
      ? { event: eventWire(event, markets, own) }
      : { event: eventWire(event, null, own), markets };
  });
  app.get("/markets", ({ query }) => listMarkets(context, "live", parseQuery(query)));
  app.get<{ Params: { ticker: string } }>("/markets/:ticker", ({ params }) => ({
    market: marketWire(listingOn(context, "live", params.ticker)),
  }));
  app.get<{ Params: { ticker: string } }>("/markets/:ticker/orderbook", ({ params, query }) => {
    const listing = requireNight(context).engine.listing(params.ticker);
    return { orderbook_fp: bookWire(listing.displayed(), parseQuery(query).depth ?? 0) };
  });
  app.get<{ Querystring: { tickers?: string | string[] } }>("/markets/orderbooks", ({ query }) => {
    const { engine } = requireNight(context);
    // Here the venue wants the parameter repeated; a comma would be part of one ticker.
    const tickers = [query.tickers ?? []].flat();
    if (tickers.length > TICKERS_MAX) throw invalidParameters(`at most ${TICKERS_MAX} tickers`);
    return {
      orderbooks: tickers.map((ticker) => ({
        ticker,
        orderbook_fp: bookWire(engine.listing(ticker).displayed(), 0),
      })),
    };
  });
  app.get("/markets/trades", ({ query }) => listTrades(context, "live", parseQuery(query)));
  candleRoutes(app, context);
  historicalRoutes(app, context);
}

function candleRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get<{ Params: { series: string; ticker: string } }>(
    "/series/:series/markets/:ticker/candlesticks",
    ({ params, query }) => ({
      ticker: params.ticker,
      candlesticks: candles(context, "live", params.ticker, parseQuery(query)),
    }),
  );
  app.get<{ Params: { series: string; event: string } }>(
    "/series/:series/events/:event/candlesticks",
    ({ params, query }) => {
      const wanted = parseQuery(query);
      const event = requireNight(context).engine.catalog.event(params.event);
      if (!event) throw notFound(`event ${params.event}`);
      const tickers = liveOnes(
        context,
        event.listings.map(({ ticker }) => ticker),
      );
      return {
        market_tickers: tickers,
        market_candlesticks: tickers.map((ticker) => candles(context, "live", ticker, wanted)),
        adjusted_end_ts: wanted.end_ts,
      };
    },
  );
  app.get("/markets/candlesticks", ({ query }) => manyCandles(context, parseQuery(query)));
}

/** Candles of many markets; those that are not there are left out, as at the venue. */
function manyCandles(context: ApiContext, query: Query): object {
  const tickers = query.market_tickers ?? [];
  if (tickers.length === 0) throw invalidParameters("market_tickers is needed");
  if (tickers.length > TICKERS_MAX) throw invalidParameters(`at most ${TICKERS_MAX} tickers`);
  const { start_ts: start = 0, end_ts: end = 0, period_interval: minutes = 1 } = query;
  const asked = tickers.length * Math.ceil((end - start) / (minutes * 60));
  if (asked > CANDLES_MAX) {
    throw invalidParameters(
      `requested candlesticks across all markets: ${asked}, max candlesticks: ${CANDLES_MAX}`,
    );
  }
  return {
    markets: liveOnes(context, tickers).map((ticker) => ({
      market_ticker: ticker,
      candlesticks: candles(context, "live", ticker, query),
    })),
  };
}

/** Of these tickers, those of markets that are there and not in the archive. */
function liveOnes(context: ApiContext, tickers: readonly string[]): readonly string[] {
  const { listings } = requireNight(context).engine;
  const cutoff = requireCutoff(context);
  return tickers.filter((ticker) => {
    const listing = listings.get(ticker);
    return listing !== undefined && isMarketOn("live", listing, cutoff);
  });
}

/** What has moved to the archive, and is live no more. */
function historicalRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get("/historical/markets", ({ query }) =>
    listMarkets(context, "archive", { ...parseQuery(query), status: "settled" }),
  );
  app.get<{ Params: { ticker: string } }>("/historical/markets/:ticker", ({ params }) => ({
    market: marketWire(listingOn(context, "archive", params.ticker)),
  }));
  app.get<{ Params: { ticker: string } }>(
    "/historical/markets/:ticker/candlesticks",
    ({ params, query }) => ({
      ticker: params.ticker,
      candlesticks: candles(context, "archive", params.ticker, parseQuery(query)),
    }),
  );
  app.get("/historical/trades", ({ query }) => listTrades(context, "archive", parseQuery(query)));
}

/** A market of this side of the archive's border. @throws ApiError 404 when it is not there. */
function listingOn(context: ApiContext, side: Side, ticker: string): Listing {
  const listing = requireNight(context).engine.listing(ticker);
  if (isMarketOn(side, listing, requireCutoff(context))) return listing;
  throw notFound(`${side === "archive" ? "historical market" : "market"} ${ticker}`);
}

function listEvents(night: Night, query: Query): object {
  refuseFilter(query, ["min_updated_ts"]);
  const wanted = statusFilter(query.status);
  const isMatch = ({ eventTicker, listings }: ListedEvent): boolean => {
    const isSeries =
      query.series_ticker === undefined || seriesTicker(eventTicker) === query.series_ticker;
    const isTicker = query.tickers?.includes(eventTicker) ?? true;
    // An event is shown whole if any of its markets is as asked for.
    const isAny = listings.some(
      ({ status, closeAt }) => wanted(status) && isWithin(closeAt, query.min_close_ts, undefined),
    );
    return isSeries && isTicker && isAny;
  };
  const limit = { fallback: 200, max: 200 };
  const { items, cursor } = page(night.engine.catalog.events(), isMatch, query, limit);
  const isNested = query.with_nested_markets === true;
  return {
    events: items.map((event) =>
      eventWire(event, isNested ? event.listings.map(marketWire) : null, feesOf(night, event)),
    ),
    milestones: [],
    cursor,
  };
}

function feesOf({ engine, playedTo }: Night, { eventTicker }: ListedEvent): FeeSchedule | null {
  return engine.fees.override(eventTicker, playedTo);
}

function listMarkets(context: ApiContext, side: Side, query: Query): object {
  checkTimes(query);
  const night = requireNight(context);
  const cutoff = requireCutoff(context);
  const wanted = statusFilter(query.status);
  const isMatch = (listing: Listing): boolean =>
    isMarketOn(side, listing, cutoff) &&
    wanted(listing.status) &&
    (query.event_ticker?.includes(listing.eventTicker) ?? true) &&
    (query.tickers?.includes(listing.ticker) ?? true) &&
    (query.series_ticker === undefined || seriesTicker(listing.ticker) === query.series_ticker) &&
    // None of ours has several legs.
    query.mve_filter !== "only" &&
    isWithin(listing.createdAt, query.min_created_ts, query.max_created_ts) &&
    listing.updatedAt > (query.min_updated_ts ?? -1) * 1_000 &&
    isWithin(listing.closeAt, query.min_close_ts, query.max_close_ts) &&
    isWithin(listing.settledAt, query.min_settled_ts, query.max_settled_ts);
  const listings = [...night.engine.listings.values()];
  const { items, cursor } = page(listings, isMatch, query, { fallback: 100, max: 1_000 });
  return { markets: items.map(marketWire), cursor };
}

/** The venue takes one kind of time, and only with the status that it belongs to. */
function checkTimes(query: Query): void {
  const asked = TIME_KINDS.filter(({ names }) => names.some((name) => query[name] !== undefined));
  if (asked.length > 1) {
    const kinds = asked.map(({ kind }) => kind).join(" and ");
    throw invalidParameters(`${kinds} times exclude each other`);
  }
  const { status = "" } = query;
  for (const { kind, statuses } of asked) {
    if (status === "" || statuses.includes(status)) continue;
    const of = statuses.length > 0 ? `status ${statuses.join(" or ")}, or none` : "no status";
    throw invalidParameters(`${kind} times are of ${of}, not of ${status}`);
  }
}

/** Bounds in seconds, both of them within; what has no time lies in none but the open range. */
function isWithin(at: number | null, from: number | undefined, to: number | undefined): boolean {
  if (from === undefined && to === undefined) return true;
  return at !== null && at >= (from ?? 0) * 1_000 && (to === undefined || at <= to * 1_000);
}

function listTrades(context: ApiContext, side: Side, query: Query): object {
  const night = requireNight(context);
  const { trades } = requireCutoff(context);
  const tape =
    query.ticker === undefined
      ? [...night.engine.listings.values()]
          .flatMap((listing) => listing.tape)
          .sort((a, b) => a.at - b.at)
      : night.engine.listing(query.ticker).tape;
  // None of ours is a block trade.
  const isMatch = ({ at }: PublicTrade): boolean =>
    query.is_block_trade !== true && isOn(side, at, trades) && isInRange(at, query);
  const { items, cursor } = page(tape, isMatch, query, { fallback: 100, max: 1_000 });
  return { trades: items.map(tradeWire), cursor };
}

/** The archive's names its prices without the unit. */
function candles(context: ApiContext, side: Side, ticker: string, query: Query): readonly object[] {
  refuseFilter(query, ["include_latest_before_start"]);
  const { start_ts: start, end_ts: end, period_interval: minutes } = query;
  if (start === undefined || end === undefined || minutes === undefined) {
    throw invalidParameters("start_ts, end_ts and period_interval are needed");
  }
  const { candles: series } = listingOn(context, side, ticker);
  // A minute is known at its end.
  const until = Math.min(end * 1_000, requireNight(context).playedTo);
  const suffix = side === "live" ? "_dollars" : "";
  return series.range(start * 1_000, until, minutes).map((candle) => candleWire(candle, suffix));
}

function statusFilter(filter: string | undefined): (status: string) => boolean {
  if (filter === undefined || filter === "") return () => true;
  const statuses = STATUS_FILTERS[filter];
  if (!statuses) throw invalidParameters(`status ${filter}`);
  return (status) => statuses.includes(status);
}
