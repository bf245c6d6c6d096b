import { z } from "zod";
import { countCenti, parseDecimal, type PriceMicros } from "../../core/domain/units.ts";
import { type BtcMessage, type Desk, RowClock } from "./btc-messages.ts";
import type { Levels } from "./level-moves.ts";
import { text, timestamp } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import { refuse } from "./refusal.ts";

const DEPTH = [1, 2, 3, 4, 5] as const;
const CENT_MICROS = 10_000;
const DOLLAR_CENTS = 100;
/** Between these the grid is of whole cents, and a whole cent cannot be a rounded tail. */
const EXACT_ABOVE = 10;
const EXACT_BELOW = 90;

const BookRow = z.object({ ts_recv_utc: timestamp, market_ticker: text });

/** One bid: whole cents and hundredths of a contract. */
interface Bid {
  readonly cents: number;
  readonly size: number;
}

/**
 * Reads the five best bids of both sides, about once a second, in whole cents. Where the touch is
 * in a tail, that is a rounding: the message then says so, and levels that it makes meet are left
 * out. A crossed row is left out whole.
 *
 * @throws TradingError RECORDING_INVALID on an unknown market, half a level, a price or size that
 * is none, time that runs backwards.
 */
export async function* readBookRows(file: string, desk: Desk): AsyncGenerator<BtcMessage> {
  const clock = new RowClock(file);
  for await (const row of readCsv(file)) {
    const { market_ticker: marketTicker, ts_recv_utc: received } = parseRow(file, row, BookRow);
    desk.market(file, row.line, marketTicker);
    const at = clock.at(row.line, received);
    let [yes, no] = [sideOf(file, row, "yes"), sideOf(file, row, "no")];
    if (touch(yes, no) > DOLLAR_CENTS) {
      desk.drop("book row that is crossed");
      continue;
    }
    const source = isWholeCent(yes[0]) && isWholeCent(no[0]) ? "book" : "rounded";
    while (touch(yes, no) === DOLLAR_CENTS) {
      [yes, no] = [yes.slice(1), no.slice(1)];
      desk.drop("pair of book levels that whole cents make meet");
    }
    const book = { yes: levelsOf(yes, desk), no: levelsOf(no, desk) };
    yield { kind: "book", at, sourceAt: null, marketTicker, source, book };
  }
}

/** What the best bids of both sides come to; 100 is a bid that meets an ask. */
function touch(yes: readonly Bid[], no: readonly Bid[]): number {
  return yes[0] && no[0] ? yes[0].cents + no[0].cents : 0;
}

function isWholeCent(best: Bid | undefined): boolean {
  return best !== undefined && best.cents > EXACT_ABOVE && best.cents < EXACT_BELOW;
}

function sideOf(file: string, row: CsvRow, side: "yes" | "no"): readonly Bid[] {
  const bids: Bid[] = [];
  for (const place of DEPTH) {
    const name = `${side}_bid_${String(place)}`;
    const cents = cell(file, row, `${name}_c`, 0);
    const size = cell(file, row, `${name}_qty`, 2);
    if ((cents === null) !== (size === null)) {
      throw refuse(file, row.line, `${name}_c, ${name}_qty: one without the other`);
    }
    if (cents === null || size === null) continue;
    if (cents > DOLLAR_CENTS) throw refuse(file, row.line, `${name}_c: not 0 to 100`);
    if (cents >= (bids.at(-1)?.cents ?? Infinity)) {
      throw refuse(file, row.line, `${name}_c: not below the level before it`);
    }
    bids.push({ cents, size });
  }
  return bids;
}

/** A number of the row, scaled; null where it is blank. */
function cell(file: string, row: CsvRow, name: string, decimals: number): number | null {
  const value = row.values[name];
  if (value === "") return null;
  const scaled = value === undefined ? null : parseDecimal(value, decimals);
  if (scaled !== null && scaled >= 0) return scaled;
  throw refuse(file, row.line, `${name}: "${value ?? ""}" is no such number`);
}

function levelsOf(bids: readonly Bid[], desk: Desk): Levels {
  const levels = new Map<PriceMicros, ReturnType<typeof countCenti>>();
  for (const { cents, size } of bids) {
    if (cents === 0 || cents === DOLLAR_CENTS) {
      desk.drop("book level that whole cents make 0 or 100");
      continue;
    }
    const price = desk.price(cents * CENT_MICROS);
    if (price !== null && size > 0) levels.set(price, countCenti(size));
  }
  return levels;
}
