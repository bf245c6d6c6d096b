import type { z } from "zod";
import {
  type FeeSchedule,
  type Market,
  type MarketStatus,
  type MarketStrikes,
  type PriceBand,
  STRIKE_TYPES,
  type StrikeType,
  type VenueEvent,
} from "../../core/domain/market.ts";
import type { ClientOrderId, Fill } from "../../core/domain/order.ts";
import { readWord } from "../../core/domain/settlement.ts";
import { instant, parseDecimal, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import type {
  AccountBalance,
  BookSnapshot,
  ExchangeStatus,
  VenueOrder,
  VenuePosition,
  VenueSettlement,
  VenueTransfer,
} from "../../core/domain/venue.ts";
import { feedInvalid } from "../http/payload.ts";
import type {
  BalanceWire,
  EventWire,
  ExchangeStatusWire,
  FillWire,
  MarketWire,
  OrderBookAnswer,
  OrderWire,
  PositionWire,
  SettlementWire,
  TransferWire,
} from "./wire.ts";

const MICROS_PER_CENT = 10_000;

export function toExchangeStatus(wire: z.infer<typeof ExchangeStatusWire>): ExchangeStatus {
  // The top level speaks for shard 0 only.
  const rows = wire.exchange_index_statuses ?? [{ exchange_index: 0, ...wire }];
  return {
    shards: rows.map((row) => ({
      exchangeIndex: row.exchange_index,
      isTrading: row.exchange_active && row.trading_active,
    })),
  };
}

export function toMarket(wire: MarketWire): Market {
  return {
    ticker: wire.ticker,
    eventTicker: wire.event_ticker,
    yesTitle: wire.yes_sub_title,
    status: toMarketStatus(wire.status),
    openAt: wire.open_time,
    closeAt: wire.close_time,
    expectedExpirationAt: wire.expected_expiration_time ?? null,
    grid: wire.price_ranges.map(toBand).sort((a, b) => a.startMicros - b.startMicros),
    exchangeIndex: wire.exchange_index,
    result: wire.result === "" ? null : wire.result,
    settlementValue: wire.settlement_value_dollars ?? null,
    strikes: toStrikes(wire),
    expirationValue: toExpirationValue(wire.expiration_value ?? ""),
    settledAt: wire.settlement_ts ?? null,
  };
}

/** @returns `null` for a market that compares no numbers. */
function toStrikes(wire: MarketWire): MarketStrikes | null {
  const strikeType = toStrikeType(wire.strike_type);
  if (strikeType === null) return null;
  const { floor_strike: floor, cap_strike: cap } = wire;
  return { strikeType, floorStrike: floor ?? null, capStrike: cap ?? null };
}

/** @returns `null` for a way of comparing that is not one of numbers, or not told. */
export function toStrikeType(word: string | null | undefined): StrikeType | null {
  return STRIKE_TYPES.find((known) => known === word) ?? null;
}

/** An index value, with or without dollar sign and commas. @returns `null` for other words, as a city's. */
function toExpirationValue(words: string): UsdMicros | null {
  const micros = parseDecimal(words.replace(/^\$/, "").replaceAll(",", ""), 6);
  return micros === null ? null : usdMicros(micros);
}

/** The venue lists disputed and amended markets among the closed ones: no trading, no final word. */
function toMarketStatus(status: MarketWire["status"]): MarketStatus {
  return status === "disputed" || status === "amended" ? "closed" : status;
}

function toBand(range: MarketWire["price_ranges"][number]): PriceBand {
  return { startMicros: range.start, endMicros: range.end, stepMicros: range.step };
}

export function toEvent(wire: EventWire): VenueEvent {
  return {
    eventTicker: wire.event_ticker,
    seriesTicker: wire.series_ticker,
    title: wire.title,
    markets: (wire.markets ?? []).map(toMarket),
  };
}

/**
 * The fee schedule in force.
 *
 * @throws TradingError FEED_INVALID for a way of charging that `FeeSchedule` cannot express.
 */
export function toFeeSchedule(kind: string, multiplier: number): FeeSchedule {
  const multiplierMilli = Math.round(multiplier * 1_000);
  if (Math.abs(multiplierMilli - multiplier * 1_000) > 1e-6) {
    throw feeFault("fee_multiplier", `${multiplier} is not a multiple of 0.001`);
  }
  switch (kind) {
    case "quadratic":
    case "quadratic_with_maker_fees":
    case "quadratic_with_combo_maker_fees":
      return { kind, multiplierMilli };
    default:
      throw feeFault("fee_type", `unknown fee type ${kind}`);
  }
}

function feeFault(field: string, reason: string): Error {
  return feedInvalid({ source: "kalshi", field, reason, externalId: null });
}

export function toBook(ticker: string, wire: z.infer<typeof OrderBookAnswer>): BookSnapshot {
  const depth = wire.orderbook_fp ?? wire.orderbook;
  return {
    marketTicker: ticker,
    yes: depth?.yes_dollars ?? [],
    no: depth?.no_dollars ?? [],
    at: null,
  };
}

export function toBalance(wire: z.infer<typeof BalanceWire>): AccountBalance {
  const rows = wire.balance_breakdown ?? [];
  return {
    cash: wire.balance_dollars,
    byShard: rows.map((row) => ({ exchangeIndex: row.exchange_index, cash: row.balance })),
  };
}

export function toOrder(wire: OrderWire): VenueOrder {
  return {
    venueOrderId: wire.order_id,
    clientOrderId: toClientOrderId(wire.client_order_id),
    marketTicker: wire.ticker,
    exchangeIndex: wire.exchange_index,
    side: wire.book_side,
    price: wire.yes_price_dollars,
    status: wire.status,
    count: wire.initial_count_fp,
    filled: wire.fill_count_fp,
    remaining: wire.remaining_count_fp,
    fees: usdMicros(wire.taker_fees_dollars + wire.maker_fees_dollars),
    createdAt: wire.created_time,
    updatedAt: wire.last_update_time ?? null,
  };
}

/** Orders made by hand or by others have an empty id or none. */
function toClientOrderId(text: string | null | undefined): ClientOrderId | null {
  // The brand's one boundary: ids come back from the venue as we sent them.
  return text === null || text === undefined || text === "" ? null : (text as ClientOrderId);
}

export function toFill(wire: FillWire): Fill {
  return {
    fillId: wire.fill_id,
    venueOrderId: wire.order_id,
    // REST fills carry none; the order id leads to it.
    clientOrderId: null,
    marketTicker: wire.ticker,
    side: wire.book_side,
    price: wire.yes_price_dollars,
    count: wire.count_fp,
    fee: wire.fee_cost,
    liquidity: wire.is_taker ? "taker" : "maker",
    at: wire.created_time,
  };
}

export function toPosition(wire: z.infer<typeof PositionWire>): VenuePosition {
  return {
    marketTicker: wire.ticker,
    position: wire.position_fp,
    feesPaid: wire.fees_paid_dollars,
    realizedPnl: wire.realized_pnl_dollars,
  };
}

/** `scalarValue` is what the market itself states: the settlement's own value is cut to cents. */
export function toSettlement(wire: SettlementWire, scalarValue: UsdMicros | null): VenueSettlement {
  return {
    marketTicker: wire.ticker,
    result: wire.market_result,
    value: settledAt(wire, scalarValue),
    yesCount: wire.yes_count_fp,
    noCount: wire.no_count_fp,
    cost: costOf(wire),
    revenue: usdMicros(wire.revenue * MICROS_PER_CENT),
    at: wire.settled_time,
  };
}

function costOf(wire: SettlementWire): UsdMicros | null {
  const yes = wire.yes_total_cost_dollars ?? null;
  const no = wire.no_total_cost_dollars ?? null;
  return yes === null || no === null ? null : usdMicros(yes + no);
}

/** One market's rubbish must not hide the rest of the account: it is no value. */
function settledAt(wire: SettlementWire, scalarValue: UsdMicros | null): UsdMicros | null {
  const { market_result: result } = wire;
  if (result === "void") return null;
  const word = readWord({ result, settlementValue: scalarValue });
  return "field" in word ? null : word.value;
}

/** @returns `null` for money that is on its way, or was sent back. */
export function toTransfer(wire: z.infer<typeof TransferWire>, sign: 1 | -1): VenueTransfer | null {
  if (wire.status !== "applied") return null;
  return {
    transferId: wire.id,
    amount: usdMicros(sign * wire.amount_cents * MICROS_PER_CENT),
    at: instant((wire.finalized_ts ?? wire.created_ts) * 1_000),
  };
}
