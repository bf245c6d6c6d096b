import type { FastifyInstance } from "fastify";
import { required } from "../../../core/domain/assert.ts";
import type { FeeSchedule } from "../../../core/domain/market.ts";
import { instant } from "../../../core/domain/units.ts";
import type { EventFeeChange } from "../../facts.ts";
import { notFound } from "../errors.ts";
import type { Night } from "../night.ts";
import { SERIES, type Series } from "../series.ts";
import { Shards } from "../shards.ts";
import { stableUuid } from "../stable-uuid.ts";
import { type ApiContext, requireCutoff, requireNight } from "./context.ts";
import { overrideWire } from "./market-wire.ts";
import { page, parseQuery, type Query, refuseFilter } from "./query.ts";
import { DEFAULT_COST, SMALL_COST, TIERS } from "./tokens.ts";
import { rfc3339 } from "./wire.ts";

const FEE_CHANGE_LIMIT = { fallback: 100, max: 1_000 };
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ALL_DAY = [{ open_time: "00:00", close_time: "00:00" }];
const AROUND_PAUSE = [
  { open_time: "00:00", close_time: "03:00" },
  { open_time: "05:00", close_time: "00:00" },
];

/** The exchange itself: status, hours, series and fees, limits. */
export function exchangeRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get("/exchange/status", () => exchangeStatus(context.night()));
  app.get("/exchange/schedule", () => ({
    schedule: {
      standard_hours: [
        {
          start_time: "2024-12-01T00:00:00Z",
          end_time: "2200-12-01T00:00:00Z",
          ...Object.fromEntries(DAYS.map((day) => [day, ALL_DAY])),
          thursday: AROUND_PAUSE,
        },
      ],
      maintenance_windows: [],
    },
  }));
  app.get("/exchange/user_data_timestamp", () => ({
    as_of_time: rfc3339(requireNight(context).playedTo),
  }));
  app.get("/series", ({ query }) => {
    refuseFilter(parseQuery(query), ["category", "tags", "min_updated_ts"]);
    return { series: [...SERIES.values()].map((series) => seriesWire(series, context.night())) };
  });
  app.get<{ Params: { series: string } }>("/series/:series", ({ params }) => {
    const series = SERIES.get(params.series);
    if (!series) throw notFound(`series ${params.series}`);
    return { series: seriesWire(series, context.night()) };
  });
  app.get("/series/fee_changes", ({ query }) => ({
    series_fee_change_arr: seriesFeeChanges(requireNight(context), parseQuery(query)),
  }));
  app.get("/events/fee_changes", ({ query }) => {
    const { items, cursor } = eventFeeChanges(requireNight(context), parseQuery(query));
    return { event_fee_changes: items, cursor };
  });
  app.get("/account/limits", () => {
    const { name, read, write } = TIERS[context.tier];
    const bucket = (budget: { refillRate: number; capacity: number }): object => ({
      refill_rate: budget.refillRate,
      bucket_capacity: budget.capacity,
    });
    return { usage_tier: name, read: bucket(read), write: bucket(write), grants: [] };
  });
  app.get("/account/endpoint_costs", () => ({
    default_cost: DEFAULT_COST,
    endpoint_costs: [
      ["GET", "/portfolio/orders/{order_id}"],
      ["DELETE", "/portfolio/events/orders/{order_id}"],
      ["DELETE", "/portfolio/events/orders/batched"],
      ["DELETE", "/portfolio/events/orders"],
    ].map(([method, path]) => ({ method, path, cost: SMALL_COST })),
  }));
  app.get("/historical/cutoff", () => {
    const { markets, trades, orders, positions } = requireCutoff(context);
    return {
      market_settled_ts: rfc3339(markets),
      trades_created_ts: rfc3339(trades),
      orders_updated_ts: rfc3339(orders),
      market_positions_last_updated_ts: rfc3339(positions),
    };
  });
}

function exchangeStatus(night: Night | null): object {
  const at = night?.playedTo ?? instant(0);
  const shards = night?.engine.shards ?? new Shards(at);
  const statuses = shards.statuses(at).map(({ index, description, ...activity }) => ({
    exchange_index: index,
    description,
    exchange_active: activity.isExchangeActive,
    trading_active: activity.isTradingActive,
    intra_exchange_transfers_active: false,
  }));
  const first = required(statuses[0], "the first shard");
  const resumesAt = shards.pausedUntil(at);
  return {
    // The top level speaks for shard 0 alone.
    exchange_active: first.exchange_active,
    trading_active: first.trading_active,
    intra_exchange_transfers_active: false,
    exchange_estimated_resume_time: resumesAt === null ? null : rfc3339(resumesAt),
    exchange_index_statuses: statuses,
  };
}

function seriesWire({ ticker, shard, fees, about }: Series, night: Night | null): object {
  return {
    ticker,
    ...about,
    contract_url: "",
    contract_terms_url: "",
    additional_prohibitions: [],
    exchange_index: shard,
    ...feeWire(night?.engine.fees.at(ticker, night.playedTo) ?? fees),
  };
}

/** Those to come; with `show_historical` also the one in force and those before it. */
function seriesFeeChanges({ engine, playedTo }: Night, query: Query): readonly object[] {
  const named = query.series_ticker;
  const tickers = [...SERIES.keys()].filter((ticker) => (named ?? ticker) === ticker);
  return tickers.flatMap((ticker) =>
    engine.fees
      .changes(ticker)
      .filter(({ at }) => query.show_historical === true || at > playedTo)
      .map((change) => ({
        id: stableUuid(`fee-change/${ticker}/${change.at}`),
        series_ticker: ticker,
        ...feeWire(change),
        scheduled_ts: rfc3339(change.at),
      })),
  );
}

/** Those to come, of one event or of all; the newest first. */
function eventFeeChanges(
  { engine, playedTo }: Night,
  query: Query,
): { items: readonly object[]; cursor: string } {
  const isMatch = ({ eventTicker, at }: EventFeeChange): boolean =>
    (query.event_ticker?.includes(eventTicker) ?? true) && at > playedTo;
  const { items, cursor } = page(engine.fees.overrides, isMatch, query, FEE_CHANGE_LIMIT);
  const wire = ({ eventTicker, at, override }: EventFeeChange): object => ({
    id: stableUuid(`fee-change/${eventTicker}/${at}`),
    event_ticker: eventTicker,
    ...overrideWire(override),
    scheduled_ts: rfc3339(at),
  });
  return { items: items.map(wire), cursor };
}

function feeWire({ kind, multiplierMilli }: FeeSchedule): object {
  return { fee_type: kind, fee_multiplier: multiplierMilli / 1_000 };
}
