import { formatCount, ONE_USD_MICROS } from "../../../core/domain/units.ts";
import type { LifeNews } from "../events.ts";
import { strikesWire } from "../http/market-wire.ts";
import { dollars, marketId } from "../http/wire.ts";
import { shardOf } from "../series.ts";
import type { Listing, PublicTrade } from "../listing.ts";
import type { AccountFill, AccountOrder, AccountPosition } from "../order.ts";

const seconds = (at: number): number => Math.floor(at / 1_000);

export function tickerMessage(listing: Listing, atMs: number): object {
  const { bid, ask, bidSize, askSize } = listing.top();
  return {
    market_ticker: listing.ticker,
    market_id: marketId(listing.ticker),
    price_dollars: dollars(listing.lastPrice ?? 0),
    yes_bid_dollars: dollars(bid ?? 0),
    yes_ask_dollars: dollars(ask ?? ONE_USD_MICROS),
    yes_bid_size_fp: formatCount(bidSize),
    yes_ask_size_fp: formatCount(askSize),
    last_trade_size_fp: formatCount(listing.tape.at(-1)?.count ?? 0),
    volume_fp: formatCount(listing.volume),
    open_interest_fp: "0.00",
    dollar_volume: 0,
    dollar_open_interest: 0,
    ts_ms: atMs,
  };
}

export function tradeMessage(trade: PublicTrade): object {
  return {
    trade_id: trade.tradeId,
    market_ticker: trade.marketTicker,
    yes_price_dollars: dollars(trade.price),
    no_price_dollars: dollars(ONE_USD_MICROS - trade.price),
    count_fp: formatCount(trade.count),
    taker_outcome_side: trade.takerSide === "bid" ? "yes" : "no",
    taker_book_side: trade.takerSide,
    is_block_trade: false,
    ts_ms: trade.at,
  };
}

/** A step of a market's life. Opening and closing by time are not told, as at the venue. */
export function lifecycleMessage(listing: Listing, news: LifeNews): object {
  const base = { market_ticker: listing.ticker };
  switch (news.kind) {
    case "created":
      return {
        ...base,
        event_type: "created",
        open_ts: seconds(news.openAt),
        close_ts: seconds(news.closeAt),
        price_level_structure: listing.priceGrid,
        exchange_index: shardOf(listing.ticker),
        additional_metadata: {
          event_ticker: news.eventTicker,
          expected_expiration_ts: seconds(listing.expectedExpirationAt),
          ...strikesWire(news.strikes),
        },
      };
    case "bounds":
      return { ...base, event_type: "metadata_updated", ...strikesWire(news.strikes) };
    case "activated":
      return { ...base, event_type: "activated", is_deactivated: false };
    case "deactivated":
      return { ...base, event_type: "deactivated", is_deactivated: true };
    case "close-moved":
      return { ...base, event_type: "close_date_updated", close_ts: seconds(news.closeAt) };
    case "determined":
      return {
        ...base,
        event_type: "determined",
        result: news.result ?? "",
        determination_ts: seconds(news.at),
        settlement_value: dollars(news.settlementValue ?? 0),
      };
    case "settled":
      return { ...base, event_type: "settled", settled_ts: seconds(news.at) };
  }
}

export function fillMessage(fill: AccountFill): object {
  return {
    trade_id: fill.fillId,
    order_id: fill.orderId,
    ...(fill.clientOrderId !== null && { client_order_id: fill.clientOrderId }),
    market_ticker: fill.marketTicker,
    is_taker: fill.liquidity === "taker",
    outcome_side: fill.side === "bid" ? "yes" : "no",
    book_side: fill.side,
    yes_price_dollars: dollars(fill.price),
    count_fp: formatCount(fill.count),
    fee_cost: dollars(fill.fee),
    post_position_fp: formatCount(fill.positionAfter),
    exchange_index: shardOf(fill.marketTicker),
    ts_ms: fill.at,
  };
}

export function orderMessage(order: AccountOrder): object {
  const { terms } = order;
  return {
    order_id: terms.orderId,
    client_order_id: terms.clientOrderId ?? "",
    ticker: terms.marketTicker,
    status: order.status,
    outcome_side: terms.side === "bid" ? "yes" : "no",
    book_side: terms.side,
    yes_price_dollars: dollars(terms.price),
    initial_count_fp: formatCount(terms.count),
    fill_count_fp: formatCount(order.filled),
    remaining_count_fp: formatCount(order.remaining),
    taker_fill_cost_dollars: dollars(order.takerCost),
    maker_fill_cost_dollars: dollars(order.makerCost),
    taker_fees_dollars: dollars(order.takerFees),
    maker_fees_dollars: dollars(order.makerFees),
    created_ts_ms: order.createdAt,
    last_updated_ts_ms: order.updatedAt,
    ...(terms.expiresAt !== null && { expiration_ts_ms: terms.expiresAt }),
    subaccount_number: 0,
    exchange_index: shardOf(terms.marketTicker),
  };
}

export function positionMessage(position: AccountPosition): object {
  return {
    market_ticker: position.marketTicker,
    position_fp: formatCount(position.position),
    position_cost_dollars: dollars(position.cost),
    realized_pnl_dollars: dollars(position.realized),
    fees_paid_dollars: dollars(position.fees),
    position_fee_cost_dollars: dollars(position.fees),
    volume_fp: formatCount(position.volume),
  };
}
