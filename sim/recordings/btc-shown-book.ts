import {
  type CountCenti,
  type Instant,
  instant,
  type PriceMicros,
} from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { BOOK_SOURCES, type BookSource, type BtcMessage } from "./btc-messages.ts";
import { type BookLevels, movesTo } from "./level-moves.ts";

/** While a better source has spoken within this, the others are not shown. */
const FRESH_MS = 10_000;
/** A market that nothing was heard of for this long is not shown any longer. */
export const LOST_AFTER_MS = 60_000;

/** Who may tell what is shown: a source of books, or polls of best prices. */
export type ShownSource = BookSource | "quote";

type Told = Extract<BtcMessage, { kind: "book" | "level" | "quote" }>;
interface Times {
  readonly sourceTime: Instant;
  readonly receivedAt: Instant;
}

/**
 * What is shown of one market: one source at a time, the best that has spoken lately. It answers
 * each message with the facts that take what is shown to what is told.
 */
export class ShownBook {
  readonly #marketTicker: string;
  readonly #shown = {
    yes: new Map<PriceMicros, CountCenti>(),
    no: new Map<PriceMicros, CountCenti>(),
  };
  readonly #heard = new Map<BookSource, number>();
  #source: ShownSource | null = null;
  #heardAt: Instant;

  constructor(marketTicker: string, heardAt: Instant) {
    this.#marketTicker = marketTicker;
    this.#heardAt = heardAt;
  }

  /** Who tells what is shown; null when nothing is. */
  get source(): ShownSource | null {
    return this.#source;
  }

  /** When it is given up, unless something is heard before. */
  get lostAt(): Instant {
    return instant(this.#heardAt + LOST_AFTER_MS);
  }

  *hear(message: Told, times: Times): Generator<Fact> {
    const at = times.receivedAt;
    this.#heardAt = at;
    if (message.kind === "quote") {
      this.#source = "quote";
      yield this.#quote(message.bid, message.ask, times);
      return;
    }
    const source = message.kind === "level" ? "stream" : message.source;
    // Whole cents that became a rounding: the tenths of the ticker are better from here on.
    if (source === "rounded") this.#heard.delete("book");
    this.#heard.set(source, at);
    if (!this.#isBest(source, at)) return;
    if (message.kind === "level" && this.#source === "stream") {
      yield this.#level(message.outcome, message.price, message.size, times);
      return;
    }
    this.#source = source;
    yield* this.#moveTo(message.book, times);
  }

  /** Shows nothing any longer. */
  *clear(at: Instant): Generator<Fact> {
    const times = { sourceTime: at, receivedAt: at };
    if (this.#source === "quote") yield this.#quote(null, null, times);
    else yield* this.#moveTo({ yes: new Map(), no: new Map() }, times);
    this.#source = null;
    this.#heard.clear();
  }

  #isBest(source: BookSource, at: number): boolean {
    const better = BOOK_SOURCES.slice(BOOK_SOURCES.indexOf(source) + 1);
    return better.every((one) => at - (this.#heard.get(one) ?? -Infinity) > FRESH_MS);
  }

  *#moveTo(book: BookLevels, times: Times): Generator<Fact> {
    for (const { outcome, price, size } of movesTo(this.#shown, book)) {
      yield this.#level(outcome, price, size, times);
    }
  }

  #level(outcome: "yes" | "no", price: PriceMicros, size: CountCenti, times: Times): Fact {
    if (size === 0) this.#shown[outcome].delete(price);
    else this.#shown[outcome].set(price, size);
    const marketTicker = this.#marketTicker;
    return { kind: "level", marketTicker, outcome, price, size, ...times };
  }

  #quote(bid: PriceMicros | null, ask: PriceMicros | null, times: Times): Fact {
    const marketTicker = this.#marketTicker;
    const sizes = { bidSize: null, askSize: null, isDerived: false };
    return { kind: "quote", marketTicker, bid, ask, ...sizes, ...times };
  }
}
