import type { FastifyInstance } from "fastify";
import { NBA_SERIES } from "../../../core/domain/ids.ts";
import { NBA_FEES, NBA_SHARD } from "../engine.ts";
import { notFound } from "../errors.ts";
import { type ApiContext, requireNight } from "./context.ts";
import { DEFAULT_COST, SMALL_COST, TIERS } from "./tokens.ts";
import { rfc3339 } from "./wire.ts";

const SHARDS = ["Default", "Combos", "Crypto & Commodities", "Tennis, Baseball, Basketball"];
const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ALL_DAY = [{ open_time: "00:00", close_time: "00:00" }];

const series = {
  ticker: NBA_SERIES,
  title: "Professional Basketball Game",
  frequency: "custom",
  category: "Sports",
  categories: ["Sports"],
  tags: ["Basketball"],
  settlement_sources: [{ name: "the Governing League", url: "https://www.nba.com" }],
  contract_url: "",
  contract_terms_url: "",
  product_metadata: { scope: "Game" },
  fee_type: NBA_FEES.kind,
  fee_multiplier: NBA_FEES.multiplierMilli / 1_000,
  additional_prohibitions: [],
  exchange_index: NBA_SHARD,
};

/** The exchange itself: status, hours, series and fees, limits. */
export function exchangeRoutes(app: FastifyInstance, context: ApiContext): void {
  app.get("/exchange/status", () => {
    const up = {
      exchange_active: true,
      trading_active: true,
      intra_exchange_transfers_active: false,
    };
    return {
      ...up,
      exchange_estimated_resume_time: null,
      exchange_index_statuses: SHARDS.map((description, index) => ({
        exchange_index: index,
        description,
        ...up,
      })),
    };
  });
  // A paper night has no Thursday pause: no game overlaps the real one.
  app.get("/exchange/schedule", () => ({
    schedule: {
      standard_hours: [
        {
          start_time: "2024-12-01T00:00:00Z",
          end_time: "2200-12-01T00:00:00Z",
          ...Object.fromEntries(DAYS.map((day) => [day, ALL_DAY])),
        },
      ],
      maintenance_windows: [],
    },
  }));
  app.get("/exchange/user_data_timestamp", () => ({
    as_of_time: rfc3339(requireNight(context).playedTo),
  }));
  app.get("/series", () => ({ series: [series] }));
  app.get<{ Params: { series: string } }>("/series/:series", ({ params }) => {
    if (params.series !== NBA_SERIES) throw notFound(`series ${params.series}`);
    return { series };
  });
  app.get("/series/fee_changes", () => ({ series_fee_change_arr: [] }));
  app.get("/events/fee_changes", () => ({ event_fee_changes: [], cursor: "" }));
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
    const { startAt } = requireNight(context).manifest;
    return {
      market_settled_ts: rfc3339(startAt),
      trades_created_ts: rfc3339(startAt),
      orders_updated_ts: rfc3339(startAt),
    };
  });
}
