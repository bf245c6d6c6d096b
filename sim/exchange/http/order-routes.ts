import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply } from "fastify";
import { formatCount } from "../../../core/domain/units.ts";
import { SERIES, seriesTicker, shardOf } from "../series.ts";
import { ApiError, errorBody, invalidOrder, notFound } from "../errors.ts";
import type { Night } from "../night.ts";
import type { AccountOrder, OrderTerms } from "../order.ts";
import { type ApiContext, requireNight } from "./context.ts";
import {
  AmendOrder,
  Batch,
  CancelOrder,
  CreateOrder,
  DecreaseOrder,
  parseBody,
} from "./order-requests.ts";
import { parseQuery } from "./query.ts";
import { DEFAULT_COST, SMALL_COST } from "./tokens.ts";
import { dollars } from "./wire.ts";

const PATH = "/portfolio/events/orders";

interface ById {
  Params: { id: string };
}

/** The V2 order operations: the only way to write. */
export function orderRoutes(app: FastifyInstance, context: ApiContext): void {
  const spend = (cost: number): void => {
    context.buckets().write.take(cost);
  };
  app.post(PATH, async ({ body }, reply) => {
    const night = requireNight(context);
    spend(DEFAULT_COST);
    const created = await create(night, parseBody(CreateOrder, body));
    return reply.status(201).send(created);
  });
  app.post(`${PATH}/batched`, async ({ body }, reply) => {
    const night = requireNight(context);
    const { orders } = parseBody(Batch, body);
    spend(DEFAULT_COST * orders.length);
    const answers = await each(orders, async (item) => create(night, parseBody(CreateOrder, item)));
    return reply.status(201).send({ orders: answers });
  });
  app.delete<ById>(`${PATH}/:id`, async ({ params, query }) => {
    const night = requireNight(context);
    spend(SMALL_COST);
    const { market_ticker, exchange_index } = parseQuery(query);
    return cancel(night, { order_id: params.id, market_ticker, exchange_index });
  });
  app.delete(`${PATH}/batched`, async ({ body }) => {
    const night = requireNight(context);
    const { orders } = parseBody(Batch, body);
    spend(SMALL_COST * orders.length);
    return { orders: await each(orders, (item) => cancel(night, parseBody(CancelOrder, item))) };
  });
  app.delete(PATH, async (_request, reply: FastifyReply) => {
    const night = requireNight(context);
    spend(SMALL_COST);
    await cancelAll(night);
    return reply.status(204).send();
  });
  app.post<ById>(`${PATH}/:id/amend`, async ({ params, body }) => {
    const night = requireNight(context);
    spend(DEFAULT_COST);
    return amend(night, params.id, body);
  });
  app.post<ById>(`${PATH}/:id/decrease`, async ({ params, body }) => {
    const night = requireNight(context);
    spend(DEFAULT_COST);
    return decrease(night, params.id, body);
  });
  retiredRoutes(app);
}

/** The V1 paths that bots still try. */
function retiredRoutes(app: FastifyInstance): void {
  const gone = (): never => {
    throw new ApiError(410, "deprecated_v1_order_endpoint", "use /portfolio/events/orders");
  };
  app.post("/portfolio/orders", gone);
  app.post("/portfolio/orders/batched", gone);
  app.delete("/portfolio/orders/batched", gone);
  app.delete("/portfolio/orders/:id", gone);
  app.post("/portfolio/orders/:id/amend", gone);
  app.post("/portfolio/orders/:id/decrease", gone);
}

async function create(night: Night, body: CreateOrder): Promise<object> {
  const { ticker: listed } = night.engine.listing(body.ticker);
  checkShard(listed, body.exchange_index, listed, `market ${listed}`);
  const isReduceOnly = body.reduce_only === true;
  if (isReduceOnly && body.time_in_force !== "immediate_or_cancel") {
    throw invalidOrder("reduce only needs immediate_or_cancel");
  }
  const expiresAt = body.expiration_time ?? null;
  if (expiresAt !== null && body.time_in_force !== "good_till_canceled") {
    throw invalidOrder("expiration_time needs good_till_canceled");
  }
  if (body.count === 0) throw invalidOrder("count must be positive");
  const clientOrderId = body.client_order_id ?? null;
  const terms: OrderTerms = {
    orderId: randomUUID(),
    clientOrderId,
    marketTicker: body.ticker,
    side: body.side,
    price: body.price,
    count: body.count,
    timeInForce: body.time_in_force,
    isPostOnly: body.post_only === true,
    isReduceOnly,
    selfTradePrevention: body.self_trade_prevention_type,
    expiresAt,
    isCanceledOnPause: body.cancel_order_on_pause === true,
    orderGroupId: body.order_group_id ?? null,
  };
  const { order } = await night.submit({ kind: "place", terms });
  if (terms.timeInForce === "fill_or_kill" && order.filled === 0) {
    throw new ApiError(
      409,
      "fill_or_kill_insufficient_resting_volume",
      "fill or kill: insufficient resting volume",
    );
  }
  return {
    order_id: terms.orderId,
    ...named(order),
    fill_count: formatCount(order.filled),
    remaining_count: formatCount(order.remaining),
    ...averages(night, order),
    ts_ms: order.updatedAt,
  };
}

async function cancel(night: Night, request: CancelOrder): Promise<object> {
  const existing = findOrder(night, request.order_id);
  checkShard(
    existing.terms.marketTicker,
    request.exchange_index,
    request.market_ticker,
    `order ${request.order_id}`,
  );
  const { order, canceled } = await night.submit({ kind: "cancel", orderId: request.order_id });
  return {
    order_id: request.order_id,
    ...named(order),
    reduced_by: formatCount(canceled),
    ts_ms: order.updatedAt,
  };
}

/** On all shards; one that takes no cancels does not keep the others from theirs. */
async function cancelAll(night: Night): Promise<void> {
  const { account, shards } = night.engine;
  const resting = [...account.resting.values()];
  await Promise.all(
    resting.map(({ terms }) =>
      night.submit({ kind: "cancel", orderId: terms.orderId }).catch((error: unknown) => {
        // Filled, or canceled by its market's close, before its turn came.
        if (!(error instanceof ApiError)) throw error;
      }),
    ),
  );
  for (const { terms } of resting) {
    shards.check("cancel", shardOf(terms.marketTicker), night.playedTo);
  }
}

async function amend(night: Night, orderId: string, raw: unknown): Promise<object> {
  const body = parseBody(AmendOrder, raw);
  const existing = findOrder(night, orderId);
  const { marketTicker, side } = existing.terms;
  checkShard(marketTicker, body.exchange_index, body.ticker, `order ${orderId}`);
  if (marketTicker !== body.ticker || side !== body.side) {
    throw invalidOrder("ticker and side of an order never change");
  }
  const { order } = await night.submit({
    kind: "amend",
    orderId,
    price: body.price,
    count: body.count,
    clientOrderId: body.updated_client_order_id ?? null,
  });
  return {
    order_id: orderId,
    ...named(order),
    remaining_count: formatCount(order.remaining),
    fill_count: formatCount(order.filled),
    ...averages(night, order),
    ts_ms: order.updatedAt,
  };
}

async function decrease(night: Night, orderId: string, raw: unknown): Promise<object> {
  const body = parseBody(DecreaseOrder, raw);
  const existing = findOrder(night, orderId);
  const { marketTicker } = existing.terms;
  checkShard(marketTicker, body.exchange_index, body.market_ticker, `order ${orderId}`);
  const { reduce_to: remaining, reduce_by: reduceBy } = body;
  const { order } = await night.submit({
    kind: "decrease",
    orderId,
    // By what rests when its turn comes, after the latency.
    ...(typeof reduceBy === "number" ? { reduceBy } : { remaining: remaining ?? undefined }),
  });
  return {
    order_id: orderId,
    ...named(order),
    remaining_count: formatCount(order.remaining),
    ts_ms: order.updatedAt,
  };
}

/**
 * A write names its market's shard, or -1 and a market to be routed by. One that does not is looked
 * for where nothing of ours is, and a living order is "not found".
 */
function checkShard(
  marketTicker: string,
  named: number | null | undefined,
  routedBy: string | null | undefined,
  what: string,
): void {
  const routed = SERIES.get(seriesTicker(routedBy ?? ""))?.shard;
  const shard = named === -1 ? routed : named;
  if (shard !== shardOf(marketTicker)) throw notFound(what);
}

function findOrder(night: Night, orderId: string): AccountOrder {
  const order = night.engine.account.orders.get(orderId);
  if (!order) throw notFound(`order ${orderId}`);
  return order;
}

function named({ terms }: AccountOrder): object {
  return terms.clientOrderId === null ? {} : { client_order_id: terms.clientOrderId };
}

/** Average price and fee per contract, only once something has filled. */
function averages(night: Night, order: AccountOrder): object {
  if (order.filled === 0) return {};
  const fills = night.engine.account.fills.filter(({ orderId }) => orderId === order.terms.orderId);
  const paid = fills.reduce((total, { price, count }) => total + price * count, 0);
  const fees = fills.reduce((total, { fee }) => total + fee, 0);
  return {
    average_fill_price: dollars(Math.round(paid / order.filled)),
    average_fee_paid: dollars(Math.round((fees * 100) / order.filled)),
  };
}

/** Each item's own answer: one refused item does not sink the others. */
async function each(
  items: readonly unknown[],
  act: (item: unknown) => Promise<object>,
): Promise<readonly object[]> {
  return Promise.all(
    items.map(async (item) => {
      try {
        return await act(item);
      } catch (error) {
        if (error instanceof ApiError) return errorBody(error);
        throw error;
      }
    }),
  );
}
