import { formatCount, ONE_USD_MICROS } from "../../../core/domain/units.ts";
import type { DisplayedBook } from "../listing.ts";
import { dollars, marketId } from "../http/wire.ts";

type Levels = DisplayedBook["yes"];

/** One change of one level, ready to be sent: `[NO prices on the NO leg, on the YES leg]`. */
export type DeltaText = readonly [string, string];

/** What changed between two looks at a book, one delta a level. */
export function diffBooks(
  ticker: string,
  before: DisplayedBook,
  after: DisplayedBook,
  atMs: number,
): readonly DeltaText[] {
  const text = (side: "yes" | "no", price: number, delta: number): DeltaText => {
    const body = (shown: number): string =>
      JSON.stringify({
        market_ticker: ticker,
        market_id: marketId(ticker),
        price_dollars: dollars(shown),
        delta_fp: formatCount(delta),
        side,
        ts_ms: atMs,
      });
    const own = body(price);
    return [own, side === "no" ? body(ONE_USD_MICROS - price) : own];
  };
  const changes = [
    ...diffSide(before.yes, after.yes).map(([price, delta]) => ["yes", price, delta] as const),
    ...diffSide(before.no, after.no).map(([price, delta]) => ["no", price, delta] as const),
  ];
  // What goes away is told first: on no step of the way does the book cross.
  changes.sort(([, , a], [, , b]) => Math.sign(a) - Math.sign(b));
  return changes.map(([side, price, delta]) => text(side, price, delta));
}

/** Both sides are sorted by price: one walk finds what differs, as [price, delta]. */
function diffSide(before: Levels, after: Levels): readonly (readonly [number, number])[] {
  const changes: (readonly [number, number])[] = [];
  let old = 0;
  let now = 0;
  while (old < before.length || now < after.length) {
    const [oldPrice = Number.POSITIVE_INFINITY, oldSize = 0] = before[old] ?? [];
    const [newPrice = Number.POSITIVE_INFINITY, newSize = 0] = after[now] ?? [];
    const price = Math.min(oldPrice, newPrice);
    const delta = (newPrice === price ? newSize : 0) - (oldPrice === price ? oldSize : 0);
    if (delta !== 0) changes.push([price, delta]);
    if (oldPrice === price) old += 1;
    if (newPrice === price) now += 1;
  }
  return changes;
}

/** The whole book. A side that is empty is absent. */
export function snapshotText(
  ticker: string,
  book: DisplayedBook,
  isYesLeg: boolean,
  atMs: number,
): string {
  const levels = (side: Levels, turn: boolean): string[][] =>
    side.map(([price, size]) => [
      dollars(turn ? ONE_USD_MICROS - price : price),
      formatCount(size),
    ]);
  return JSON.stringify({
    market_ticker: ticker,
    market_id: marketId(ticker),
    ...(book.yes.length > 0 && { yes_dollars_fp: levels(book.yes, false) }),
    ...(book.no.length > 0 && { no_dollars_fp: levels(book.no, isYesLeg) }),
    ts_ms: atMs,
  });
}
