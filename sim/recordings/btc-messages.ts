import { isOnGrid, TAPERED_DECI_CENT } from "../../core/domain/price-grid.ts";
import {
  type CountCenti,
  type PriceMicros,
  priceMicros,
  type UsdMicros,
} from "../../core/domain/units.ts";
import type { BtcMarket } from "./btc-market.ts";
import type { Skipped } from "./game.ts";
import type { BookLevels } from "./level-moves.ts";
import { refuse } from "./refusal.ts";

/** Rows of a file that are late by up to this are taken as of the row above them. */
const DISORDER_MS = 5_000;

/**
 * What tells a market's book, the worst first. The best that has spoken lately is shown: a whole
 * stream; five levels a second in whole cents, while these are the venue's own; best prices to the
 * tenth of a cent; those five levels where whole cents are a rounding; a snapshot now and then.
 */
export const BOOK_SOURCES = ["rest", "rounded", "ticker", "book", "stream"] as const;
/** One of them. */
export type BookSource = (typeof BOOK_SOURCES)[number];

/** One message of a recording. */
export type BtcMessage = {
  /** When it was received, on the recorder's clock; milliseconds. */
  readonly at: number;
  /** When it happened on the clock of its source; null where that is not said. */
  readonly sourceAt: number | null;
} & BtcMessageBody;

/** What a message says. */
type BtcMessageBody =
  | {
      readonly kind: "book";
      readonly marketTicker: string;
      readonly source: BookSource;
      readonly book: BookLevels;
    }
  /** One level of a stream whose whole book is `book`, valid until the next message. */
  | {
      readonly kind: "level";
      readonly marketTicker: string;
      readonly outcome: "yes" | "no";
      readonly price: PriceMicros;
      readonly size: CountCenti;
      readonly book: BookLevels;
    }
  /** Best prices without sizes. */
  | {
      readonly kind: "quote";
      readonly marketTicker: string;
      readonly bid: PriceMicros | null;
      readonly ask: PriceMicros | null;
    }
  /** Contracts printed since the market opened, and the last print where it is known. */
  | {
      readonly kind: "printed";
      readonly marketTicker: string;
      readonly volume: CountCenti;
      readonly last: { readonly price: PriceMicros; readonly count: CountCenti } | null;
    }
  | { readonly kind: "spot-trade"; readonly tradeId: number; readonly price: UsdMicros };

/** What the readers of all files share: which markets there are, and what was left out and why. */
export class Desk {
  readonly markets: ReadonlyMap<string, BtcMarket>;
  readonly #dropped = new Map<string, number>();

  constructor(markets: ReadonlyMap<string, BtcMarket>) {
    this.markets = markets;
  }

  /** @throws TradingError RECORDING_INVALID when the markets file has no such market. */
  market(file: string, line: number, ticker: string): BtcMarket {
    const market = this.markets.get(ticker);
    if (market) return market;
    throw refuse(file, line, `market_ticker: ${ticker} is not in the markets file`);
  }

  /** Counts something that is left out. */
  drop(reason: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  get dropped(): readonly Skipped[] {
    return [...this.#dropped].map(([reason, count]) => ({ what: String(count), reason }));
  }

  /** A price of the series' grid; null, and counted, for any other. */
  price(micros: number): PriceMicros | null {
    if (isOnGrid(micros, TAPERED_DECI_CENT)) return priceMicros(micros);
    this.drop("price that is not on the grid");
    return null;
  }
}

/** The time of each row of a file, which never runs backwards. */
export class RowClock {
  readonly #file: string;
  #last = -Infinity;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws TradingError RECORDING_INVALID when a row is earlier than the one above it by seconds. */
  at(line: number, ms: number): number {
    if (this.#last - ms > DISORDER_MS) {
      throw refuse(this.#file, line, "received before the row above it");
    }
    this.#last = Math.max(this.#last, ms);
    return this.#last;
  }
}
