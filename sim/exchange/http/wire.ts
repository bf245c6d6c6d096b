import { PRICE_GRIDS } from "../../../core/domain/price-grid.ts";
import { teamByCode } from "../../../core/domain/teams.ts";
import { formatCount, formatUsd, ONE_USD_MICROS } from "../../../core/domain/units.ts";
import type { SlateGame } from "../../facts.ts";
import type { Bar, Candle } from "../candles.ts";
import { NBA_SHARD } from "../shards.ts";
import type { DisplayedBook, Listing, PublicTrade } from "../listing.ts";
import type {
  AccountFill,
  AccountOrder,
  AccountPosition,
  AccountSettlement,
  AccountTransfer,
} from "../order.ts";
import type { OrderGroup } from "../order-groups.ts";
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

export function marketWire(listing: Listing): object {
  const { game, ticker, result, settlementValue, settledAt } = listing;
  const isQuoted = listing.status === "active" || listing.status === "inactive";
  const top = listing.top();
  const bid = isQuoted ? (top.bid ?? 0) : 0;
  const ask = isQuoted ? (top.ask ?? ONE_USD_MICROS) : ONE_USD_MICROS;
  const last = dollars(listing.lastPrice ?? 0);
  return {
    ticker,
    event_ticker: game.eventTicker,
    market_type: "binary",
    title: eventTitle(game),
    yes_sub_title: listing.yesTitle,
    no_sub_title: listing.yesTitle,
    created_time: rfc3339(listing.createdAt),
    updated_time: rfc3339(listing.updatedAt),
    open_time: rfc3339(listing.openAt),
    close_time: rfc3339(listing.closeAt),
    expected_expiration_time: rfc3339(listing.expectedExpirationAt),
    occurrence_datetime: rfc3339(listing.expectedExpirationAt),
    latest_expiration_time: rfc3339(game.tipAt + 14 * 86_400_000),
    settlement_timer_seconds: 30,
    status: listing.status,
    yes_bid_dollars: dollars(bid),
    yes_bid_size_fp: formatCount(isQuoted ? top.bidSize : 0),
    yes_ask_dollars: dollars(ask),
    yes_ask_size_fp: formatCount(isQuoted ? top.askSize : 0),
    no_bid_dollars: dollars(ONE_USD_MICROS - ask),
    no_ask_dollars: dollars(ONE_USD_MICROS - bid),
    last_price_dollars: last,
    previous_price_dollars: last,
    previous_yes_bid_dollars: dollars(bid),
    previous_yes_ask_dollars: dollars(ask),
    volume_fp: formatCount(listing.volume),
    volume_24h_fp: formatCount(listing.volume),
    open_interest_fp: "0.00",
    liquidity_dollars: "0.0000",
    notional_value_dollars: "1.0000",
    result: result ?? "",
    ...(settlementValue === null ? {} : { settlement_value_dollars: dollars(settlementValue) }),
    ...(settledAt === null ? {} : { settlement_ts: rfc3339(settledAt) }),
    can_close_early: true,
    early_close_condition: "This market will close and expire after a winner is declared.",
    expiration_value: listing.expirationValue,
    strike_type: "structured",
    custom_strike: { basketball_team: stableUuid(`team/${listing.teamCode}`) },
    rules_primary: `If ${listing.yesTitle} wins the ${eventTitle(game)} professional basketball game originally scheduled for ${game.date}, then the market resolves to Yes.`,
    rules_secondary: "",
    price_level_structure: listing.priceGrid,
    price_ranges: PRICE_GRIDS[listing.priceGrid].map(({ startMicros, endMicros, stepMicros }) => ({
      start: dollars(startMicros),
      end: dollars(endMicros),
      step: dollars(stepMicros),
    })),
    exchange_index: NBA_SHARD,
  };
}

function eventTitle({ away, home }: SlateGame): string {
  return `${teamByCode(away)?.city ?? away} at ${teamByCode(home)?.city ?? home}`;
}

export function eventWire(game: SlateGame, markets: readonly object[] | null): object {
  return {
    event_ticker: game.eventTicker,
    series_ticker: seriesOf(game.eventTicker),
    title: eventTitle(game),
    sub_title: `${game.away} at ${game.home} (${game.date})`,
    collateral_return_type: "",
    mutually_exclusive: true,
    product_metadata: { competition: "Pro Basketball (M)", competition_scope: "Game" },
    settlement_sources: [{ name: "the Governing League", url: "https://www.nba.com" }],
    exchange_index: NBA_SHARD,
    ...(markets === null ? {} : { markets }),
  };
}

/** The series a ticker belongs to: what stands before its first dash. */
export function seriesOf(ticker: string): string {
  return ticker.split("-")[0] ?? ticker;
}

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
    exchange_index: NBA_SHARD,
  };
}

export function groupWire({ id, limit }: OrderGroup): object {
  return {
    id,
    contracts_limit: Math.floor(limit / 100),
    contracts_limit_fp: formatCount(limit),
    is_auto_cancel_enabled: true,
    exchange_index: NBA_SHARD,
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
    exchange_index: NBA_SHARD,
  };
}

export function positionWire(position: AccountPosition): object {
  return {
    ticker: position.marketTicker,
    exchange_index: NBA_SHARD,
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
    exchange_index: NBA_SHARD,
    market_result: settlement.result,
    yes_count_fp: formatCount(settlement.yesCount),
    yes_total_cost_dollars: dollars(settlement.yesCost),
    no_count_fp: formatCount(settlement.noCount),
    no_total_cost_dollars: dollars(settlement.noCost),
    revenue: cents(settlement.revenue),
    value: cents(settlement.value),
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
