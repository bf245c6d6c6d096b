import { formatCount, formatUsd, ONE_USD_MICROS } from "../../../core/domain/units.ts";
import type { Bar, Candle } from "../candles.ts";
import type { DisplayedBook, PublicTrade } from "../listing.ts";
import type {
  AccountFill,
  AccountOrder,
  AccountPosition,
  AccountSettlement,
  AccountTransfer,
} from "../order.ts";
import type { OrderGroup } from "../order-groups.ts";
import { shardOf } from "../series.ts";
import { stableUuid } from "../stable-uuid.ts";

/** The one user of the paper exchange. */
const PAPER_USER_ID = stableUuid("paper-user");

/** Dollars as the venue writes them: four decimals, six where they are needed. */
export function dollars(micros: number): string {
  const text = formatUsd(micros);
  return text.endsWith("00") ? text.slice(0, -2) : text;
}

export const rfc3339 = (at: number): string => new Date(at).toISOString();

const seconds = (at: number): number => Math.floor(at / 1_000);
const cents = (micros: number): number => Math.trunc(micros / 10_000);

/** The id that the venue gives a market besides its ticker. */
export function marketId(ticker: string): string {
  const id = MARKET_IDS.get(ticker) ?? stableUuid(`market/${ticker}`);
  MARKET_IDS.set(ticker, id);
  return id;
}

/** Each delta carries one: they are not hashed anew by the thousand. */
const MARKET_IDS = new Map<string, string>();

export function bookWire({ yes, no }: DisplayedBook, depth: number): object {
  const side = (levels: DisplayedBook["yes"]): string[][] =>
    (depth === 0 ? levels : levels.slice(-depth)).map(([price, size]) => [
      dollars(price),
      formatCount(size),
    ]);
  return { yes_dollars: side(yes), no_dollars: side(no) };
}

export function tradeWire(trade: PublicTrade): object {
  return {
    trade_id: trade.tradeId,
    ticker: trade.marketTicker,
    count_fp: formatCount(trade.count),
    yes_price_dollars: dollars(trade.price),
    no_price_dollars: dollars(ONE_USD_MICROS - trade.price),
    taker_outcome_side: trade.takerSide === "bid" ? "yes" : "no",
    taker_book_side: trade.takerSide,
    created_time: rfc3339(trade.at),
    is_block_trade: false,
  };
}

/** `suffix` is `_dollars` now, and empty for the historical twin. */
export function candleWire(candle: Candle, suffix: "_dollars" | ""): object {
  const bar = (value: Bar | null): object =>
    value === null
      ? {}
      : Object.fromEntries(
          Object.entries(value).map(([name, micros]) => [
            `${name}${suffix}`,
            dollars(Number(micros)),
          ]),
        );
  const fp = suffix === "" ? "" : "_fp";
  const mean =
    candle.price === null
      ? {}
      : { [`mean${suffix}`]: dollars(Math.round(candle.priceVolume / candle.volume)) };
  return {
    end_period_ts: seconds(candle.endAt),
    yes_bid: bar(candle.bid),
    yes_ask: bar(candle.ask),
    price: { ...bar(candle.price), ...mean },
    [`volume${fp}`]: formatCount(candle.volume),
    [`open_interest${fp}`]: "0.00",
  };
}

export function orderWire(order: AccountOrder): object {
  const { terms } = order;
  const outcome = terms.side === "bid" ? "yes" : "no";
  return {
    order_id: terms.orderId,
    user_id: PAPER_USER_ID,
    client_order_id: terms.clientOrderId ?? "",
    ticker: terms.marketTicker,
    outcome_side: outcome,
    book_side: terms.side,
    type: "limit",
    status: order.status,
    yes_price_dollars: dollars(terms.price),
    no_price_dollars: dollars(ONE_USD_MICROS - terms.price),
    initial_count_fp: formatCount(terms.count),
    fill_count_fp: formatCount(order.filled),
    remaining_count_fp: formatCount(order.remaining),
    taker_fill_cost_dollars: dollars(order.takerCost),
    maker_fill_cost_dollars: dollars(order.makerCost),
    taker_fees_dollars: dollars(order.takerFees),
    maker_fees_dollars: dollars(order.makerFees),
    created_time: rfc3339(order.createdAt),
    last_update_time: rfc3339(order.updatedAt),
    expiration_time: terms.expiresAt === null ? null : rfc3339(terms.expiresAt),
    self_trade_prevention_type: terms.selfTradePrevention,
    order_group_id: terms.orderGroupId,
    cancel_order_on_pause: terms.isCanceledOnPause,
    subaccount_number: 0,
    exchange_index: shardOf(terms.marketTicker),
  };
}

export function groupWire({ id, shard, limit }: OrderGroup): object {
  return {
    id,
    contracts_limit: Math.floor(limit / 100),
    contracts_limit_fp: formatCount(limit),
    is_auto_cancel_enabled: true,
    exchange_index: shard,
  };
}

export function fillWire(fill: AccountFill): object {
  return {
    fill_id: fill.fillId,
    trade_id: fill.fillId,
    order_id: fill.orderId,
    ticker: fill.marketTicker,
    market_ticker: fill.marketTicker,
    outcome_side: fill.side === "bid" ? "yes" : "no",
    book_side: fill.side,
    count_fp: formatCount(fill.count),
    yes_price_dollars: dollars(fill.price),
    no_price_dollars: dollars(ONE_USD_MICROS - fill.price),
    is_taker: fill.liquidity === "taker",
    fee_cost: formatUsd(fill.fee),
    created_time: rfc3339(fill.at),
    ts: seconds(fill.at),
    subaccount_number: 0,
    exchange_index: shardOf(fill.marketTicker),
  };
}

export function positionWire(position: AccountPosition): object {
  return {
    ticker: position.marketTicker,
    exchange_index: shardOf(position.marketTicker),
    position_fp: formatCount(position.position),
    market_exposure_dollars: dollars(position.cost),
    total_traded_dollars: dollars(position.traded),
    realized_pnl_dollars: dollars(position.realized),
    fees_paid_dollars: dollars(position.fees),
    last_updated_ts: rfc3339(position.updatedAt),
  };
}

export function eventPositionWire(
  eventTicker: string,
  positions: readonly AccountPosition[],
): object {
  const sum = (read: (position: AccountPosition) => number): number =>
    positions.reduce((total, position) => total + read(position), 0);
  return {
    event_ticker: eventTicker,
    total_cost_dollars: dollars(sum(({ traded }) => traded)),
    total_cost_shares_fp: formatCount(sum(({ volume }) => volume)),
    event_exposure_dollars: dollars(sum(({ cost }) => cost)),
    realized_pnl_dollars: dollars(sum(({ realized }) => realized)),
    fees_paid_dollars: dollars(sum(({ fees }) => fees)),
  };
}

export function settlementWire(settlement: AccountSettlement, eventTicker: string): object {
  return {
    ticker: settlement.marketTicker,
    event_ticker: eventTicker,
    exchange_index: shardOf(settlement.marketTicker),
    market_result: settlement.result,
    yes_count_fp: formatCount(settlement.yesCount),
    yes_total_cost_dollars: dollars(settlement.yesCost),
    no_count_fp: formatCount(settlement.noCount),
    no_total_cost_dollars: dollars(settlement.noCost),
    revenue: cents(settlement.revenue),
    value: settlement.value === null ? null : cents(settlement.value),
    fee_cost: formatUsd(settlement.fees),
    settled_time: rfc3339(settlement.at),
  };
}

export function transferWire({ transferId, amount, at }: AccountTransfer): object {
  return {
    id: transferId,
    status: "applied",
    type: "ach",
    amount_cents: cents(Math.abs(amount)),
    fee_cents: 0,
    created_ts: seconds(at),
    finalized_ts: seconds(at),
  };
}
