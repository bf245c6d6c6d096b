import type { FastifyInstance } from "fastify";
import { NBA_SERIES } from "../../../core/domain/ids.ts";
import { ONE_CONTRACT_CENTI, formatCount } from "../../../core/domain/units.ts";
import { type Series, SERIES, shardOf } from "../series.ts";
import { notFound } from "../errors.ts";
import type { Night } from "../night.ts";
import type { AccountFill, AccountOrder, AccountPosition, AccountTransfer } from "../order.ts";
import { isOn, isOrderOn, isPositionOn, type Side } from "./archive.ts";
import { type ApiContext, requireCutoff, requireNight } from "./context.ts";
import { isInRange, page, parseQuery, type Query } from "./query.ts";
import {
  dollars,
  eventPositionWire,
  fillWire,
  orderWire,
  positionWire,
  settlementWire,
  transferWire,
} from "./wire.ts";

const LIMIT = { fallback: 100, max: 1_000 };
const TRANSFER_LIMIT = { fallback: 100, max: 500 };
const SHARD_COUNT = 4;

/** The account as it reads: balance, orders, fills, positions, settlements, queue positions. */
export function portfolioRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get("/portfolio/balance", ({ query }) =>
    balance(requireNight(context), parseQuery(query).exchange_index),
  );
  for (const [path, side] of twins("orders")) {
    app.get(path, ({ query }) => listOrders(context, side, parseQuery(query)));
  }
  app.get<{ Params: { id: string } }>("/portfolio/orders/:id", ({ params }) => {
    const order = requireNight(context).engine.account.orders.get(params.id);
    const isLive = order !== undefined && isOrderOn("live", order, requireCutoff(context));
    if (!isLive) throw notFound(`order ${params.id}`);
    return { order: orderWire(order) };
  });
  app.get("/portfolio/orders/queue_positions", ({ query }) => {
    const night = requireNight(context);
    const wanted = parseQuery(query);
    const orders = [...night.engine.account.resting.values()].filter((order) =>
      isInMarket(night, order.terms.marketTicker, wanted),
    );
    return { queue_positions: orders.map((order) => queuePosition(night, order)) };
  });
  app.get<{ Params: { id: string } }>("/portfolio/orders/:id/queue_position", ({ params }) => {
    const night = requireNight(context);
    const order = night.engine.account.resting.get(params.id);
    if (!order) throw notFound(`order ${params.id} does not rest`);
    return queuePosition(night, order);
  });
  for (const [path, side] of twins("fills")) {
    app.get(path, ({ query }) => listFills(context, side, parseQuery(query)));
  }
  for (const [path, side] of twins("positions")) {
    app.get(path, ({ query }) => listPositions(context, side, parseQuery(query)));
  }
  app.get("/portfolio/deposits", ({ query }) => {
    const { items, cursor } = listTransfers(requireNight(context), parseQuery(query), 1);
    return { deposits: items, cursor };
  });
  app.get("/portfolio/withdrawals", ({ query }) => {
    const { items, cursor } = listTransfers(requireNight(context), parseQuery(query), -1);
    return { withdrawals: items, cursor };
  });
  app.get("/portfolio/settlements", ({ query }) =>
    listSettlements(requireNight(context), parseQuery(query)),
  );
}

/** The endpoint of what is live, and its twin of what has moved to the archive. */
function twins(what: "orders" | "fills" | "positions"): readonly (readonly [string, Side])[] {
  return [
    [`/portfolio/${what}`, "live"],
    [`/historical/${what}`, "archive"],
  ];
}

function balance(night: Night, shard: number | undefined): object {
  const { account, listings } = night.engine;
  const shares = cashByShard(night);
  const cash = shard === undefined ? account.cash : (shares[shard] ?? 0);
  let value = 0;
  for (const { marketTicker, position } of account.positions.values()) {
    const top = listings.get(marketTicker)?.top();
    const price = position > 0 ? (top?.bid ?? 0) : 1_000_000 - (top?.ask ?? 1_000_000);
    value += (Math.abs(position) * price) / ONE_CONTRACT_CENTI;
  }
  return {
    balance: Math.trunc(cash / 10_000),
    balance_dollars: dollars(cash),
    portfolio_value: Math.trunc(value / 10_000),
    updated_ts: Math.floor(night.playedTo / 1_000),
    balance_breakdown: shares.map((share, index) => ({
      exchange_index: index,
      balance: dollars(share),
    })),
  };
}

/**
 * The account is one purse, shown where the night's markets trade: on the one shard that they are
 * on, or, with games and Bitcoin, one half on each.
 */
function cashByShard({ engine, manifest }: Night): readonly number[] {
  const { cash } = engine.account;
  const { games, bitcoin } = manifest;
  const isPlayed = ({ ticker }: Series): boolean =>
    ticker === NBA_SERIES ? games.length > 0 || !bitcoin : bitcoin !== undefined;
  const played = [...SERIES.values()].filter(isPlayed).map((series) => series.shard);
  const [first, second] = [...new Set(played)];
  const half = second === undefined ? 0 : Math.floor(cash / 2);
  return Array.from({ length: SHARD_COUNT }, (_, index) => {
    if (index === second) return half;
    return index === first ? cash - half : 0;
  });
}

function listOrders(context: ApiContext, side: Side, query: Query): object {
  const night = requireNight(context);
  const cutoff = requireCutoff(context);
  const isMatch = (order: AccountOrder): boolean =>
    isOrderOn(side, order, cutoff) &&
    isInMarket(night, order.terms.marketTicker, query) &&
    (query.status === undefined || order.status === query.status) &&
    isInRange(order.createdAt, query);
  const orders = [...night.engine.account.orders.values()];
  const { items, cursor } = page(orders, isMatch, query, LIMIT);
  return { orders: items.map(orderWire), cursor };
}

function listFills(context: ApiContext, side: Side, query: Query): object {
  const night = requireNight(context);
  const { trades } = requireCutoff(context);
  const isMatch = (fill: AccountFill): boolean =>
    isOn(side, fill.at, trades) &&
    isInMarket(night, fill.marketTicker, query) &&
    (query.order_id === undefined || fill.orderId === query.order_id) &&
    isInRange(fill.at, query);
  const { items, cursor } = page(night.engine.account.fills, isMatch, query, LIMIT);
  return { fills: items.map(fillWire), cursor };
}

function listPositions(context: ApiContext, side: Side, query: Query): object {
  const night = requireNight(context);
  const cutoff = requireCutoff(context);
  const wanted = query.count_filter?.split(",") ?? ["position", "total_traded"];
  const isMatch = (position: AccountPosition): boolean =>
    isPositionOn(side, position, cutoff) &&
    isInMarket(night, position.marketTicker, query) &&
    ((wanted.includes("position") && position.position !== 0) ||
      (wanted.includes("total_traded") && position.traded !== 0));
  const positions = [...night.engine.account.positions.values()];
  const { items, cursor } = page(positions, isMatch, query, LIMIT);
  const byEvent = new Map<string, AccountPosition[]>();
  for (const position of items) {
    const event = eventOf(night, position.marketTicker);
    byEvent.set(event, [...(byEvent.get(event) ?? []), position]);
  }
  return {
    market_positions: items.map(positionWire),
    event_positions: [...byEvent].map(([event, held]) => eventPositionWire(event, held)),
    cursor,
  };
}

function listSettlements(night: Night, query: Query): object {
  const { items, cursor } = page(
    night.engine.account.settlements,
    ({ marketTicker, at }) => isInMarket(night, marketTicker, query) && isInRange(at, query),
    query,
    LIMIT,
  );
  return {
    settlements: items.map((one) => settlementWire(one, eventOf(night, one.marketTicker))),
    cursor,
  };
}

/** Deposits have a positive sign, withdrawals a negative one. */
function listTransfers(
  night: Night,
  query: Query,
  sign: 1 | -1,
): { items: readonly object[]; cursor: string } {
  const isMatch = ({ amount }: AccountTransfer): boolean => Math.sign(amount) === sign;
  const { items, cursor } = page(night.engine.account.transfers, isMatch, query, TRANSFER_LIMIT);
  return { items: items.map(transferWire), cursor };
}

function queuePosition(night: Night, { terms }: AccountOrder): object {
  const ahead = night.engine.listing(terms.marketTicker).book.queuePosition(terms.orderId);
  return {
    order_id: terms.orderId,
    market_ticker: terms.marketTicker,
    // Where a source has no sizes nobody is known to stand ahead.
    queue_position_fp: formatCount(ahead ?? 0),
  };
}

function eventOf(night: Night, marketTicker: string): string {
  return night.engine.listing(marketTicker).eventTicker;
}

function isInMarket(night: Night, marketTicker: string, query: Query): boolean {
  const isOnShard =
    query.exchange_index === undefined || query.exchange_index === shardOf(marketTicker);
  return (
    isOnShard &&
    (query.ticker === undefined || query.ticker === marketTicker) &&
    (query.market_tickers?.includes(marketTicker) ?? true) &&
    (query.event_ticker?.includes(eventOf(night, marketTicker)) ?? true)
  );
}
