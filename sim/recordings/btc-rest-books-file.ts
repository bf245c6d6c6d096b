import { z } from "zod";
import { type CountCenti, countCenti, type PriceMicros } from "../../core/domain/units.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import type { Levels } from "./level-moves.ts";
import { timestamp } from "./columns.ts";
import { readJsonLines } from "./json-lines.ts";
import { refuse } from "./refusal.ts";

const CENT_MICROS = 10_000;
/** Cents with a tenth as floating point: what is left of the integer after scaling. */
const ROUNDED_MICROS = 1e-3;

const cents = z.array(
  z
    .number()
    .min(0)
    .max(100)
    .transform((value) => value * CENT_MICROS)
    .refine((micros) => Math.abs(micros - Math.round(micros)) < ROUNDED_MICROS, "is no price")
    .transform(Math.round),
);
const sizes = z.array(
  z
    .number()
    .nonnegative()
    .transform((value) => countCenti(Math.round(value * 100))),
);
const RestBook = z.object({
  ts_utc: timestamp,
  market_ticker: z.string().min(1),
  strike: z.number().nullable(),
  yes_bid_c: cents,
  yes_bid_qty: sizes,
  no_bid_c: cents,
  no_bid_qty: sizes,
});

/**
 * Reads whole books asked for now and then.
 *
 * @throws TradingError RECORDING_INVALID on an unknown market, prices without as many sizes,
 * another strike than the markets file's, time that runs backwards.
 */
export async function* readRestBooks(file: string, desk: Desk): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  for await (const { line, value } of readJsonLines(file, RestBook, refuse)) {
    const { market_ticker: marketTicker, strike } = value;
    const market = desk.market(file, line, marketTicker);
    if (strike !== null && Math.round(strike * 1e6) !== market.strike) {
      throw refuse(file, line, `strike: ${String(strike)} is not the markets file's`);
    }
    const isWhole =
      value.yes_bid_c.length === value.yes_bid_qty.length &&
      value.no_bid_c.length === value.no_bid_qty.length;
    if (!isWhole) throw refuse(file, line, "prices without as many sizes");
    const at = clock.at(line, value.ts_utc);
    const book = {
      yes: levelsOf(value.yes_bid_c, value.yes_bid_qty, desk),
      no: levelsOf(value.no_bid_c, value.no_bid_qty, desk),
    };
    yield { kind: "book", at, sourceAt: null, marketTicker, source: "rest", book };
  }
}

function levelsOf(prices: readonly number[], sizes: readonly CountCenti[], desk: Desk): Levels {
  const levels = new Map<PriceMicros, CountCenti>();
  prices.forEach((micros, index) => {
    const price = desk.price(micros);
    const size = sizes[index] ?? countCenti(0);
    if (price !== null && size > 0) levels.set(price, size);
  });
  return levels;
}
