import { z } from "zod";
import { contractBounds } from "../../core/domain/btc-contract.ts";
import {
  CountText,
  PositionText,
  PriceText,
  TimeText,
  UsdAmount,
  UsdText,
} from "../http/payload.ts";
import { wireObject } from "./drift.ts";

// What the venue sends by REST, as of late 2026: every field that is read, and the names of those
// that are known and left alone. A field that is read and missing refuses the whole payload.

const Side = z.enum(["bid", "ask"]);
const Shard = z.int().min(0);
/** The last page's cursor is empty or absent. */
const Cursor = z.string().nullish();

export const ExchangeStatusWire = wireObject(
  {
    trading_active: z.boolean(),
    exchange_active: z.boolean(),
    exchange_index_statuses: z
      .array(
        wireObject(
          { exchange_index: Shard, exchange_active: z.boolean(), trading_active: z.boolean() },
          ["description", "intra_exchange_transfers_active"],
        ),
      )
      .optional(),
  },
  ["intra_exchange_transfers_active", "exchange_estimated_resume_time"],
);

const Money = UsdText.nullish();

export const MarketWire = wireObject(
  {
    ticker: z.string().min(1),
    event_ticker: z.string().min(1),
    yes_sub_title: z.string(),
    status: z.enum([
      "initialized",
      "active",
      "inactive",
      "closed",
      "determined",
      "disputed",
      "amended",
      "finalized",
    ]),
    open_time: TimeText,
    close_time: TimeText,
    expected_expiration_time: TimeText.nullish(),
    result: z.enum(["yes", "no", "scalar", ""]),
    settlement_value_dollars: Money,
    price_ranges: z
      .array(wireObject({ start: UsdText, end: UsdText, step: UsdText }))
      .min(1, "a market has a price grid"),
    exchange_index: Shard,
    /** An open word: `structured`, `functional` and `custom` markets have no numbers to compare. */
    strike_type: z.string().nullish(),
    floor_strike: UsdAmount.nullish(),
    cap_strike: UsdAmount.nullish(),
    /** What it settled on, in words; for an index its value. */
    expiration_value: z.string().nullish(),
    settlement_ts: TimeText.nullish(),
  },
  (
    "market_type title subtitle no_sub_title created_time updated_time expiration_time " +
    "latest_expiration_time settlement_timer_seconds yes_bid_dollars yes_bid_size_fp " +
    "yes_ask_dollars yes_ask_size_fp no_bid_dollars no_ask_dollars last_price_dollars " +
    "previous_yes_bid_dollars previous_yes_ask_dollars previous_price_dollars volume_fp " +
    "volume_24h_fp open_interest_fp notional_value_dollars liquidity_dollars can_close_early " +
    "early_close_condition occurrence_datetime fee_waiver_expiration_time functional_strike " +
    "custom_strike rules_primary rules_secondary price_level_structure primary_participant_key " +
    "is_provisional mve_collection_ticker mve_selected_legs fractional_trading_enabled " +
    "response_price_units"
  ).split(" "),
).superRefine((wire, context) => {
  const { strike_type: strikeType, floor_strike: floor, cap_strike: cap } = wire;
  if (strikeType !== "between") return;
  const strikes = { strikeType, floorStrike: floor ?? null, capStrike: cap ?? null };
  if (contractBounds(strikes) !== null) return;
  const message = "a range has a floor below its cap";
  context.addIssue({ code: "custom", path: ["floor_strike"], message });
});

export type MarketWire = z.infer<typeof MarketWire>;
export const MarketAnswer = wireObject({ market: MarketWire });
/** Each market is read by itself: one that is malformed does not take the page down. */
export const MarketsPage = wireObject({ markets: z.array(z.unknown()), cursor: Cursor });

export const EventWire = wireObject(
  {
    event_ticker: z.string().min(1),
    series_ticker: z.string().min(1),
    title: z.string(),
    fee_type_override: z.string().nullish(),
    fee_multiplier_override: z.number().nullish(),
    markets: z.array(MarketWire).optional(),
  },
  (
    "sub_title collateral_return_type mutually_exclusive category strike_date strike_period " +
    "product_metadata settlement_sources last_updated_ts exchange_index available_on_brokers"
  ).split(" "),
);
export type EventWire = z.infer<typeof EventWire>;
export const EventAnswer = wireObject({ event: EventWire }, ["markets"]);
export const EventsPage = wireObject({ events: z.array(EventWire), cursor: Cursor }, [
  "milestones",
]);

export const SeriesAnswer = wireObject({
  series: wireObject(
    { ticker: z.string(), fee_type: z.string(), fee_multiplier: z.number().min(0) },
    (
      "title frequency category categories tags settlement_sources contract_url " +
      "contract_terms_url product_metadata additional_prohibitions volume_fp last_updated_ts " +
      "exchange_index"
    ).split(" "),
  ),
});

/** Price and size; an empty side is an empty list, null or absent. */
const Levels = z.array(z.tuple([PriceText, CountText])).nullish();
const Depth = wireObject({ yes_dollars: Levels, no_dollars: Levels }, ["yes", "no"]);
/** The wrapper's name was seen both ways. */
export const OrderBookAnswer = wireObject({
  orderbook_fp: Depth.optional(),
  orderbook: Depth.optional(),
}).refine((answer) => (answer.orderbook_fp ?? answer.orderbook) !== undefined, {
  path: ["orderbook_fp"],
  message: "missing",
});

export const BalanceWire = wireObject(
  {
    balance_dollars: UsdText,
    balance_breakdown: z.array(wireObject({ exchange_index: Shard, balance: UsdText })).optional(),
  },
  ["balance", "portfolio_value", "updated_ts"],
);

export const OrderWire = wireObject(
  {
    order_id: z.string().min(1),
    client_order_id: z.string().nullish(),
    ticker: z.string().min(1),
    book_side: Side,
    status: z.enum(["resting", "canceled", "executed"]),
    yes_price_dollars: PriceText,
    initial_count_fp: CountText,
    fill_count_fp: CountText,
    remaining_count_fp: CountText,
    taker_fees_dollars: UsdText,
    maker_fees_dollars: UsdText,
    created_time: TimeText,
    last_update_time: TimeText.nullish(),
    exchange_index: Shard,
  },
  (
    "user_id side action outcome_side type no_price_dollars taker_fill_cost_dollars " +
    "maker_fill_cost_dollars expiration_time self_trade_prevention_type order_group_id " +
    "cancel_order_on_pause subaccount_number queue_position post_only reduce_only time_in_force"
  ).split(" "),
);
export type OrderWire = z.infer<typeof OrderWire>;
export const OrderAnswer = wireObject({ order: OrderWire });
export const OrdersPage = wireObject({ orders: z.array(OrderWire), cursor: Cursor });

export const FillWire = wireObject(
  {
    fill_id: z.string().min(1),
    order_id: z.string().min(1),
    ticker: z.string().min(1),
    book_side: Side,
    yes_price_dollars: PriceText,
    count_fp: CountText,
    fee_cost: UsdText,
    is_taker: z.boolean(),
    created_time: TimeText,
  },
  (
    "trade_id market_ticker client_order_id side action outcome_side no_price_dollars " +
    "subaccount_number exchange_index ts"
  ).split(" "),
);
export type FillWire = z.infer<typeof FillWire>;
export const FillsPage = wireObject({ fills: z.array(FillWire), cursor: Cursor });

export const PositionWire = wireObject(
  {
    ticker: z.string().min(1),
    position_fp: PositionText,
    fees_paid_dollars: UsdText,
    realized_pnl_dollars: UsdText,
  },
  (
    "exchange_index market_exposure_dollars total_traded_dollars last_updated_ts " +
    "settlement_status resting_orders_count"
  ).split(" "),
);
export const PositionsPage = wireObject(
  { market_positions: z.array(PositionWire), cursor: Cursor },
  ["event_positions"],
);

export const SettlementWire = wireObject(
  {
    ticker: z.string().min(1),
    /** Void is the older word, which the newest description leaves out: one row must not hide all others. */
    market_result: z.enum(["yes", "no", "scalar", "void"]),
    yes_count_fp: CountText,
    yes_total_cost_dollars: UsdText.nullish(),
    no_count_fp: CountText,
    no_total_cost_dollars: UsdText.nullish(),
    /** Whole cents, truncated. */
    revenue: z.int(),
    settled_time: TimeText,
  },
  "event_ticker exchange_index fee_cost value".split(" "),
);
export type SettlementWire = z.infer<typeof SettlementWire>;
export const SettlementsPage = wireObject({
  settlements: z.array(SettlementWire),
  cursor: Cursor,
});

/** A deposit or a withdrawal; its amount is whole cents, its times whole seconds. */
export const TransferWire = wireObject(
  {
    id: z.string().min(1),
    status: z.string(),
    amount_cents: z.int().min(0),
    created_ts: z.int(),
    finalized_ts: z.int().nullish(),
  },
  ["type", "fee_cents"],
);
export const DepositsPage = wireObject({ deposits: z.array(TransferWire), cursor: Cursor });
export const WithdrawalsPage = wireObject({ withdrawals: z.array(TransferWire), cursor: Cursor });

export const CutoffWire = wireObject({ orders_updated_ts: TimeText, trades_created_ts: TimeText }, [
  "market_settled_ts",
  "market_positions_last_updated_ts",
]);

/** The answer to a created order: counts without the `_fp` suffix of the reads. */
export const CreatedWire = wireObject(
  {
    order_id: z.string().min(1),
    client_order_id: z.string().nullish(),
    fill_count: CountText,
    remaining_count: CountText,
  },
  ["average_fill_price", "average_fee_paid", "ts_ms"],
);

/** The answer to a created order group. */
export const CreatedGroupWire = wireObject({ order_group_id: z.string().min(1) }, [
  "contracts_limit",
  "contracts_limit_fp",
  "subaccount",
  "exchange_index",
]);

/** The account's order groups. */
export const GroupsAnswer = wireObject({
  order_groups: z.array(
    wireObject({ id: z.string().min(1), contracts_limit_fp: CountText.nullish() }, [
      "contracts_limit",
      "is_auto_cancel_enabled",
      "exchange_index",
      "subaccount",
    ]),
  ),
});

/** The answer to a cancel. */
export const CanceledWire = wireObject({ order_id: z.string().min(1), reduced_by: CountText }, [
  "client_order_id",
  "ts_ms",
]);
