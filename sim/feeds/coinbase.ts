import { formatUsd, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import type { FaultKind } from "../faults/faults.ts";
import type { Minute, SpotTape, SpotTradeFact } from "./spot-tape.ts";

/** The only product there is. */
export const PRODUCT = "BTC-USD";
/** A clock that is off is off by so much, run milliseconds: more than any speed excuses. */
const SKEW_MS = 120_000;
/** With the fault `jump`, each trade whose id this divides is told at a price that is absurd, */
const JUMP_EVERY = 5;
/** by this factor. */
const JUMP_FACTOR = 1.1;
const PAGE_MAX = 1_000;
const CANDLES_MAX = 300;
const DAY_MS = 86_400_000;

/** A time as the host tells it. */
export function timeText(at: number, fault: FaultKind | null): string {
  const told = fault === "skew" ? at + SKEW_MS : at;
  return new Date(told).toISOString().replace("Z", "000Z");
}

/**
 * The parts of a trade that all messages have. Sizes and sides that the source lacks are told as 0
 * and `buy`.
 */
function tradeParts(trade: SpotTradeFact, fault: FaultKind | null): object {
  return {
    trade_id: trade.tradeId,
    price: usd(trade.price),
    size: (trade.size ?? 0).toFixed(8),
    time: timeText(trade.sourceTime, fault),
    // The maker's side: a taker that bought met an order to sell.
    side: trade.takerSide === "bid" ? "sell" : "buy",
  };
}

/** A `match`, or the `last_match` that a subscription begins with. */
export function matchMessage(
  type: "match" | "last_match",
  trade: SpotTradeFact,
  sequence: number,
  fault: FaultKind | null,
): object {
  const isAbsurd = fault === "jump" && trade.tradeId % JUMP_EVERY === 0;
  const price = isAbsurd ? usdMicros(Math.round(trade.price * JUMP_FACTOR)) : trade.price;
  const id = String(trade.tradeId).padStart(12, "0");
  return {
    type,
    maker_order_id: `00000000-0000-4000-8000-${id}`,
    taker_order_id: `00000000-0000-4000-9000-${id}`,
    product_id: PRODUCT,
    sequence,
    ...tradeParts({ ...trade, price }, fault),
  };
}

/** A `ticker` of the newest trade; its side is the taker's. */
export function tickerMessage(
  tape: SpotTape,
  trade: SpotTradeFact,
  sequence: number,
  fault: FaultKind | null,
): object {
  const { size, time } = { size: (trade.size ?? 0).toFixed(8), time: trade.sourceTime };
  const day = dayOf(tape);
  return {
    type: "ticker",
    sequence,
    product_id: PRODUCT,
    price: usd(trade.price),
    open_24h: day.open,
    volume_24h: day.volume,
    low_24h: day.low,
    high_24h: day.high,
    volume_30d: day.volume,
    best_bid: usd(trade.price),
    best_bid_size: size,
    best_ask: usd(trade.price + 10_000),
    best_ask_size: size,
    side: trade.takerSide === "ask" ? "sell" : "buy",
    time: timeText(time, fault),
    trade_id: trade.tradeId,
    last_size: size,
  };
}

export function heartbeatMessage(tape: SpotTape, now: number, fault: FaultKind | null): object {
  return {
    type: "heartbeat",
    sequence: tape.trades.end,
    last_trade_id: tape.trades.items.at(-1)?.tradeId ?? 0,
    product_id: PRODUCT,
    time: timeText(now, fault),
  };
}

/** `/products/BTC-USD/ticker`; null before the first trade. */
export function tickerAnswer(tape: SpotTape, fault: FaultKind | null): object | null {
  const trade = tape.trades.items.at(-1);
  if (trade === undefined) return null;
  const { price } = trade;
  const quote = { ask: usd(price + 10_000), bid: usd(price), volume: dayOf(tape).volume };
  return { ...quote, ...tradeParts(trade, fault) };
}

/**
 * A page of `/products/BTC-USD/trades`, newest first: those older than `after`, or newer than
 * `before`.
 */
export function tradesAnswer(
  tape: SpotTape,
  query: { after: number | null; before: number | null; limit: number | null },
  fault: FaultKind | null,
): { readonly rows: readonly object[]; readonly newest: number; readonly oldest: number } {
  const { after, before, limit } = query;
  const asked = tape.trades.items.filter(
    ({ tradeId }) => (after === null || tradeId < after) && (before === null || tradeId > before),
  );
  const page = asked.slice(-Math.min(PAGE_MAX, limit ?? PAGE_MAX)).reverse();
  return {
    rows: page.map((trade) => tradeParts(trade, fault)),
    newest: page[0]?.tradeId ?? 0,
    oldest: page.at(-1)?.tradeId ?? 0,
  };
}

/**
 * Rows of `/products/BTC-USD/candles`, newest first; the running minute is among them, as at the
 * host.
 */
export function candlesAnswer(
  tape: SpotTape,
  span: { start: number; end: number },
): readonly (readonly number[])[] {
  return tape.minutes
    .filter(({ openAt }) => openAt >= span.start && openAt <= span.end)
    .slice(-CANDLES_MAX)
    .reverse()
    .map(({ openAt, low, high, open, close, volume }) => [
      openAt / 1_000,
      ...[low, high, open, close].map((micros) => micros / 1_000_000),
      Number(volume.toFixed(8)),
    ]);
}

/** `/products/BTC-USD/stats`. */
export function statsAnswer(tape: SpotTape): object {
  const { volume, ...day } = dayOf(tape);
  return { ...day, volume, volume_30day: volume };
}

interface Day {
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly last: string;
  readonly volume: string;
}

/**
 * The last day of a tape as it was when its newest minute began: a day is not added up for each
 * trade.
 */
const days = new WeakMap<SpotTape, { readonly openAt: number; readonly day: Day }>();

function dayOf(tape: SpotTape): Day {
  const openAt = tape.newestMinute ?? 0;
  const cached = days.get(tape);
  if (cached?.openAt === openAt) return cached.day;
  const all = tape.minutes.filter((minute) => minute.openAt > openAt - DAY_MS);
  const by = (pick: (minute: Minute) => UsdMicros): UsdMicros[] => all.map(pick);
  const day: Day = {
    open: usd(all[0]?.open ?? 0),
    high: usd(Math.max(0, ...by(({ high }) => high))),
    low: usd(all.length === 0 ? 0 : Math.min(...by(({ low }) => low))),
    last: usd(all.at(-1)?.close ?? 0),
    volume: all.reduce((sum, { volume }) => sum + volume, 0).toFixed(8),
  };
  days.set(tape, { openAt, day });
  return day;
}

/** Dollars with cents, and with more digits where there are any. */
function usd(micros: number): string {
  return formatUsd(micros).replace(/0{1,4}$/, "");
}
