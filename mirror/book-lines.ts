import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { eventOfMarket } from "../core/domain/ids.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import type { Logger } from "../runtime/log.ts";
import type { FactBody } from "../sim/facts.ts";
import type { MirroredBooks } from "./books.ts";
import type { Tell } from "./port.ts";

interface BookLinesOptions {
  readonly stream: Pick<KalshiStream, "subscribe" | "resync">;
  readonly books: MirroredBooks;
  /** Whether it was told that nobody knows the books: so it stands until there are some. */
  readonly isOut: boolean;
  readonly tell: Tell;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** A book in doubt for longer than this is empty until there is a whole one. Wall milliseconds: a resync is shorter. */
const DOUBT_MS = 1_000;
const LOOK_MS = 100;

/** Markets of one event, which close together: they are subscribed and left as one. */
interface Batch {
  readonly open: Set<string>;
  readonly end: () => void;
}

/** The venue's books and prints, told as they come; and whether they come at all. */
export class BookLines {
  readonly #options: BookLinesOptions;
  readonly #batches = new Map<string, Batch>();
  /** Markets whose book cannot be believed, by wall time since when. */
  readonly #inDoubt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isOut: boolean;
  #isComplete = false;

  constructor(options: BookLinesOptions) {
    this.#options = options;
    this.#isOut = options.isOut;
    // What an earlier process showed is as old as its end.
    for (const ticker of options.books.tickers) this.#empty(ticker);
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Follows markets; those that are followed already are left alone. */
  follow(tickers: readonly string[]): void {
    const fresh = tickers.filter((ticker) => !this.#batches.has(ticker));
    const events = new Set(fresh.map(eventOfMarket));
    for (const event of events) {
      this.#subscribe(fresh.filter((ticker) => eventOfMarket(ticker) === event));
    }
  }

  /** All that trade are followed by now: from here on it is known whether most books are there. */
  complete(): void {
    this.#isComplete = true;
  }

  /** A market takes no orders any more: its line ends with the last of those it was subscribed with. */
  drop(ticker: string): void {
    const batch = this.#batches.get(ticker);
    this.#inDoubt.delete(ticker);
    if (batch?.open.delete(ticker) !== true || batch.open.size > 0) return;
    batch.end();
    for (const [of, one] of this.#batches) if (one === batch) this.#batches.delete(of);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { end } of new Set(this.#batches.values())) end();
    this.#batches.clear();
  }

  #subscribe(tickers: readonly string[]): void {
    const open = new Set(tickers);
    const end = this.#options.stream.subscribe(tickers, (fact) => {
      this.#hear(fact, open);
    });
    const batch = { open, end };
    for (const ticker of tickers) this.#batches.set(ticker, batch);
    if (!this.#isOut) return;
    for (const ticker of tickers) this.#inDoubt.set(ticker, Number.NEGATIVE_INFINITY);
  }

  /** Nothing is told of a market that has closed while others of its batch are open. */
  #hear(fact: StreamFact, open: ReadonlySet<string>): void {
    switch (fact.kind) {
      case "snapshot": {
        const { marketTicker, at } = fact.book;
        if (!open.has(marketTicker)) return;
        this.#inDoubt.delete(marketTicker);
        for (const level of this.#options.books.whole(fact.book)) this.#tell(level, at);
        return;
      }
      case "delta": {
        if (!open.has(fact.marketTicker)) return;
        const level = this.#options.books.changed(fact);
        if (level !== null) this.#tell(level, fact.at);
        else this.#options.stream.resync(fact.marketTicker, "a change takes more than is there");
        return;
      }
      case "trade": {
        const { tradeId, marketTicker, price, count, takerSide, isBlock, at } = fact;
        if (isBlock === true || !open.has(marketTicker)) return;
        this.#tell({ kind: "trade", tradeId, marketTicker, price, count, takerSide }, at);
        return;
      }
      case "stale": {
        const since = performance.now();
        for (const ticker of fact.marketTickers) {
          if (open.has(ticker) && !this.#inDoubt.has(ticker)) this.#inDoubt.set(ticker, since);
        }
        return;
      }
      case "invalid":
        this.#options.log.error({ field: fact.field, reason: fact.reason }, "invalid frame");
        return;
      case "lifecycle":
      case "own-order":
      case "own-fill":
        return;
    }
  }

  /**
   * A book that stays in doubt is shown empty: nothing is traded on what it was. Where most are, the line to the
   * venue is lost, and nothing is traded at all.
   */
  #look(): void {
    const now = performance.now();
    const lost = [...this.#inDoubt].flatMap(([ticker, since]) =>
      now - since > DOUBT_MS ? [ticker] : [],
    );
    for (const ticker of lost) this.#empty(ticker);
    if (!this.#isComplete) return;
    const followed = new Set(this.#batches.values());
    const open = [...followed].reduce((sum, batch) => sum + batch.open.size, 0);
    const isOut = lost.length * 2 > open;
    if (isOut === this.#isOut) return;
    this.#isOut = isOut;
    this.#options.log.warn({ isOut, books: lost.length }, "the line to the venue");
    this.#tell({ kind: "outage", isOut }, null);
  }

  #empty(marketTicker: string): void {
    const nothing = { marketTicker, yes: [], no: [], at: null };
    for (const level of this.#options.books.whole(nothing)) this.#tell(level, null);
  }

  #tell(body: FactBody, at: Instant | null): void {
    if (body.kind === "level") this.#options.books.note(body);
    this.#options.tell({ ...body, sourceTime: at ?? this.#options.clock.now() });
  }
}
