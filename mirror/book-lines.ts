import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
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

/** Books in doubt for longer than this, more than half of all, are an outage. Wall milliseconds: a resync is shorter. */
const OUTAGE_AFTER_MS = 1_000;
const LOOK_MS = 100;

/** Markets that were subscribed together. */
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

  constructor(options: BookLinesOptions) {
    this.#options = options;
    this.#isOut = options.isOut;
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Follows markets; those that are followed already are left alone. */
  follow(tickers: readonly string[]): void {
    const fresh = tickers.filter((ticker) => !this.#batches.has(ticker));
    if (fresh.length === 0) return;
    const end = this.#options.stream.subscribe(fresh, (fact) => {
      this.#hear(fact);
    });
    const batch = { open: new Set(fresh), end };
    for (const ticker of fresh) {
      this.#batches.set(ticker, batch);
      if (this.#isOut) this.#inDoubt.set(ticker, -Infinity);
    }
  }

  /** A market takes no orders any more: its line ends with the last of those it was subscribed with. */
  drop(ticker: string): void {
    const batch = this.#batches.get(ticker);
    if (batch === undefined) return;
    batch.open.delete(ticker);
    if (batch.open.size > 0) return;
    batch.end();
    for (const [of, one] of this.#batches) {
      if (one !== batch) continue;
      this.#batches.delete(of);
      this.#inDoubt.delete(of);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { end } of new Set(this.#batches.values())) end();
    this.#batches.clear();
  }

  #hear(fact: StreamFact): void {
    switch (fact.kind) {
      case "snapshot": {
        const { marketTicker, at } = fact.book;
        this.#inDoubt.delete(marketTicker);
        for (const level of this.#options.books.whole(fact.book)) this.#tell(level, at);
        return;
      }
      case "delta": {
        const level = this.#options.books.changed(fact);
        if (level !== null) this.#tell(level, fact.at);
        else this.#options.stream.resync(fact.marketTicker, "a change takes more than is there");
        return;
      }
      case "trade": {
        const { tradeId, marketTicker, price, count, takerSide, at } = fact;
        this.#tell({ kind: "trade", tradeId, marketTicker, price, count, takerSide }, at);
        return;
      }
      case "stale": {
        const since = performance.now();
        for (const ticker of fact.marketTickers) {
          if (!this.#inDoubt.has(ticker)) this.#inDoubt.set(ticker, since);
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

  /** Most books in doubt for so long: nobody knows them, and nothing is to be traded on what they were. */
  #look(): void {
    if (this.#batches.size === 0) return;
    const now = performance.now();
    const lost = [...this.#inDoubt.values()].filter((since) => now - since > OUTAGE_AFTER_MS);
    const isOut = lost.length * 2 > this.#batches.size;
    if (isOut === this.#isOut) return;
    this.#isOut = isOut;
    this.#options.log.warn({ isOut, books: lost.length }, "the line to the venue");
    this.#tell({ kind: "outage", isOut }, null);
  }

  #tell(body: FactBody, at: Instant | null): void {
    if (body.kind === "level") this.#options.books.note(body);
    this.#options.tell({ ...body, sourceTime: at ?? this.#options.clock.now() });
  }
}
