import { z } from "zod";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { isOnGrid, LINEAR_CENT } from "../../core/domain/price-grid.ts";
import {
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { decimal, priceDollars, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { MarketTape } from "./game.ts";
import { refuse } from "./refusal.ts";
import { farFromTip } from "./wall-times.ts";

/** Prints between two rows further apart than this have no known price. */
const SAME_PRICE_MS = 60_000;

const TickRow = z.object({
  ts_utc_epoch_s: wholeNumber,
  market_ticker: z.string().refine((ticker) => parseMarketTicker(ticker) !== null, {
    error: ({ input }) => `unknown ticker ${String(input)}`,
  }),
  yes_bid: priceDollars,
  yes_ask: priceDollars,
  last_price: priceDollars,
  volume_contracts: decimal(2).refine((value) => value >= 0, "is negative"),
});
type TickRow = z.infer<typeof TickRow>;

/** A market's tape, and where in the file each of its rows is. */
export interface TickTape extends MarketTape {
  readonly rows: readonly { readonly at: Instant; readonly line: number }[];
}

interface Seen {
  readonly at: Instant;
  readonly bid: number;
  readonly ask: number;
  readonly volume: number;
}

/**
 * Reads a capture of the ticker channel: quotes without sizes, and what was printed since the row
 * before, booked at the last price. A bid of 0 or an ask of 1 is an emptied side.
 *
 * @throws TradingError RECORDING_INVALID on a crossed or locked quote, a price off the grid, time
 * or volume that runs backwards, a ticker that is no NBA market's.
 */
export async function readTicks(file: string): Promise<readonly TickTape[]> {
  const tapes = new Map<string, { facts: Fact[]; rows: TickTape["rows"][number][] }>();
  const last = new Map<string, Seen>();
  let lastAt = -Infinity;
  for await (const row of readCsv(file)) {
    const tick = parseRow(file, row, TickRow);
    const at = instant(tick.ts_utc_epoch_s * 1000);
    if (at < lastAt) throw refuse(file, row.line, "ts_utc_epoch_s: earlier than the row above it");
    lastAt = at;
    const seen = last.get(tick.market_ticker);
    const tape = tapes.get(tick.market_ticker) ?? { facts: [], rows: [] };
    tape.facts.push(...printed(file, row, tick, at, seen), quote(file, row, tick, at));
    tape.rows.push({ at, line: row.line });
    tapes.set(tick.market_ticker, tape);
    const { yes_bid: bid, yes_ask: ask, volume_contracts: volume } = tick;
    last.set(tick.market_ticker, { at, bid, ask, volume });
  }
  return [...tapes].map(([marketTicker, tape]) => ({ marketTicker, ...tape }));
}

/** @throws TradingError RECORDING_INVALID on the first row of a tape that is far from its game. */
export function checkNearGame(file: string, { rows }: TickTape, tipAt: Instant): void {
  for (const { at, line } of rows) {
    const far = farFromTip(at, tipAt);
    if (far !== null) throw refuse(file, line, `ts_utc_epoch_s: ${far}`);
  }
}

function quote(file: string, { line }: CsvRow, tick: TickRow, at: Instant): Fact {
  const { yes_bid: bid, yes_ask: ask } = tick;
  if (ask <= bid) throw refuse(file, line, "yes_ask: not above yes_bid");
  return {
    kind: "quote",
    marketTicker: tick.market_ticker,
    bid: bid === 0 ? null : onGrid(file, line, "yes_bid", bid),
    bidSize: null,
    ask: ask === ONE_USD_MICROS ? null : onGrid(file, line, "yes_ask", ask),
    askSize: null,
    isDerived: false,
    sourceTime: at,
    receivedAt: at,
  };
}

function printed(
  file: string,
  { line }: CsvRow,
  tick: TickRow,
  at: Instant,
  before: Seen | undefined,
): readonly Fact[] {
  if (before === undefined) return [];
  const count = tick.volume_contracts - before.volume;
  if (count < 0) throw refuse(file, line, "volume_contracts: less than in the row before");
  if (count === 0) return [];
  const market = { marketTicker: tick.market_ticker, sourceTime: at, receivedAt: at };
  if (at - before.at > SAME_PRICE_MS) {
    return [{ ...market, kind: "volume", count: countCenti(count) }];
  }
  const price = onGrid(file, line, "last_price", tick.last_price);
  const takerSide = price >= before.ask ? "bid" : price <= before.bid ? "ask" : null;
  const tradeId = `${tick.market_ticker}#${line}`;
  return [{ ...market, kind: "trade", tradeId, price, count: countCenti(count), takerSide }];
}

function onGrid(file: string, line: number, field: string, price: number): PriceMicros {
  if (isOnGrid(price, LINEAR_CENT)) return priceMicros(price);
  throw refuse(file, line, `${field}: not a whole cent from 1 to 99`);
}
