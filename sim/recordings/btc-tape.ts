import { countCenti, type Instant, instant } from "../../core/domain/units.ts";
import type { Fact, SourceManifest } from "../facts.ts";
import { lifeEndsAt } from "./btc-market.ts";
import { BOOK_SOURCES, type BtcMessage, type Desk } from "./btc-messages.ts";
import { LOST_AFTER_MS, ShownBook, type ShownSource } from "./btc-shown-book.ts";

type Gap = NonNullable<SourceManifest["gaps"]>[number];
type Printed = Extract<BtcMessage, { kind: "printed" }>;

/**
 * Turns messages into facts. All receive times are moved by one constant, by which the recorder's
 * clock was behind: nothing is then received before it happened, and what came first stays first.
 */
export class BtcTape {
  readonly #desk: Desk;
  readonly #behindMs: number;
  readonly #open = new Map<string, { readonly book: ShownBook; readonly endsAt: Instant }>();
  readonly #volumes = new Map<string, number>();
  readonly #best = new Map<string, ShownSource>();
  readonly #gaps: Gap[] = [];
  #lastTradeId = -1;
  #lastAt: Instant;

  constructor(desk: Desk, behindMs: number, startAt: Instant) {
    this.#desk = desk;
    this.#behindMs = behindMs;
    // Nothing was heard before the start: what is silent from there on is a gap at once.
    this.#lastAt = instant(startAt - LOST_AFTER_MS);
  }

  *hear(message: BtcMessage): Generator<Fact> {
    const receivedAt = instant(message.at + this.#behindMs);
    yield* this.#pass(receivedAt);
    this.#closeGap(receivedAt);
    const times = { sourceTime: instant(message.sourceAt ?? receivedAt), receivedAt };
    switch (message.kind) {
      case "spot-trade": {
        const { tradeId, price } = message;
        if (tradeId <= this.#lastTradeId) {
          this.#desk.drop("spot trade told before");
          return;
        }
        this.#lastTradeId = tradeId;
        yield { kind: "spot-trade", tradeId, price, size: null, takerSide: null, ...times };
        return;
      }
      case "printed":
        if (this.#bookOf(message.marketTicker, receivedAt) !== null) {
          yield* this.#print(message, times);
        }
        return;
      case "book":
      case "level":
      case "quote": {
        const book = this.#bookOf(message.marketTicker, receivedAt);
        if (book === null) return;
        yield* book.hear(message, times);
        this.#note(message.marketTicker, book.source);
      }
    }
  }

  /** After the last message: what is still shown is given up in its time, and the rest is a gap. */
  *end(endAt: Instant): Generator<Fact> {
    yield* this.#pass(endAt);
    this.#closeGap(endAt);
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** The best source that each market was ever shown from; one that nothing told of is missing. */
  get bestSources(): ReadonlyMap<string, ShownSource> {
    return this.#best;
  }

  /** The book of a market in its life; what is told before or after it is left out. */
  #bookOf(ticker: string, at: Instant): ShownBook | null {
    const known = this.#open.get(ticker);
    if (known) return known.book;
    const market = this.#desk.markets.get(ticker);
    if (market === undefined) return null;
    const endsAt = lifeEndsAt(market);
    if (at < market.openAt || at >= endsAt) {
      this.#desk.drop(`message ${at < market.openAt ? "before the open" : "after the settlement"}`);
      return null;
    }
    const book = new ShownBook(ticker, at);
    this.#open.set(ticker, { book, endsAt });
    return book;
  }

  /** Time comes to `at`: books that ended or were lost before it are cleared, in sequence. */
  *#pass(at: Instant): Generator<Fact> {
    if (this.#open.size === 0) return;
    const due = [...this.#open].flatMap(([ticker, { book, endsAt }]) => {
      const clearAt = Math.min(endsAt, book.lostAt);
      return clearAt <= at ? [{ ticker, book, clearAt: instant(clearAt) }] : [];
    });
    due.sort((a, b) => a.clearAt - b.clearAt);
    for (const { ticker, book, clearAt } of due) {
      yield* book.clear(clearAt);
      this.#open.delete(ticker);
    }
  }

  #closeGap(at: Instant): void {
    const from = instant(this.#lastAt + LOST_AFTER_MS);
    if (at > from) this.#gaps.push({ from, to: at });
    this.#lastAt = at;
  }

  *#print(
    { marketTicker, volume, last }: Printed,
    times: Pick<Fact, "sourceTime" | "receivedAt">,
  ): Generator<Fact> {
    const before = this.#volumes.get(marketTicker);
    this.#volumes.set(marketTicker, Math.max(volume, before ?? 0));
    // Two sources may tell the same volume: only what is more than told before was printed since.
    if (before === undefined || volume <= before) return;
    const printed = volume - before;
    const known = Math.min(printed, last?.count ?? 0);
    if (printed > known) {
      yield { kind: "volume", marketTicker, count: countCenti(printed - known), ...times };
    }
    if (last === null || known === 0) return;
    const tradeId = `${marketTicker}@${String(volume)}`;
    const count = countCenti(known);
    const trade = { marketTicker, tradeId, price: last.price, count, takerSide: null };
    yield { kind: "trade", ...trade, ...times };
  }

  #note(ticker: string, source: ShownSource | null): void {
    if (source === null) return;
    const best = this.#best.get(ticker);
    if (best === undefined || rank(source) > rank(best)) this.#best.set(ticker, source);
  }
}

function rank(source: ShownSource): number {
  return source === "quote" ? -1 : BOOK_SOURCES.indexOf(source);
}
