import type { Logger } from "pino";
import type { Quote, Trade } from "../core/domain/market.ts";
import { OrderBook } from "../core/domain/order-book.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant, type PriceMicros } from "../core/domain/units.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import { wallNow } from "../runtime/wall.ts";
import type { MarketStream } from "./ports.ts";

/** Who hears of a market. One call a fact, on the stream's own turn: keep it short. */
export interface MarketListener {
  /** The best prices changed. `wallMs` is when the frame arrived, on the wall, for latency figures. */
  onQuote(quote: Quote, wallMs: number): void;
  onTrade(trade: Trade): void;
  /** The market's book cannot be believed until the next quote. */
  onStale(marketTicker: string, reason: string): void;
  onLifecycle(marketTicker: string, eventType: string): void;
  onInvalid(field: string, reason: string, raw: string): void;
}

/** Which of our orders changed, as far as the stream says. */
export interface OwnOrderHint {
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
}

interface Entry {
  readonly book: OrderBook;
  readonly listeners: Set<MarketListener>;
  last: Quote | null;
}

/** The venue's lifecycle words after which the empty book of a market no longer says what YES is worth. */
const CLOSING = new Set(["deactivated", "closed", "determined", "settled"]);

/** A book that cannot be true is asked for again this long after it was seen, wall time. */
const RESYNC_AFTER_MS = 500;

/** Books of all watched markets of this process, from the one shared stream. */
export class MarketHub {
  readonly #stream: MarketStream;
  readonly #clock: RunClock;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #ownListeners = new Set<(hint: OwnOrderHint) => void>();
  readonly #distrusted = new Set<string>();
  readonly #lastTrades = new Map<string, { readonly price: PriceMicros; readonly at: Instant }>();
  /** Best bid of each market while it last traded, 0 when nobody bid; outlives the watch of its game. */
  readonly #marks = new Map<string, number>();
  readonly #closed = new Set<string>();
  #heardWall: number | null = null;

  constructor(options: {
    readonly stream: MarketStream;
    readonly clock: RunClock;
    readonly log: Logger;
  }) {
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Delivers what happens in these markets. @returns the end of it. */
  add(marketTickers: readonly string[], listener: MarketListener): () => void {
    for (const ticker of marketTickers) {
      const entry = this.#entries.get(ticker) ?? {
        book: new OrderBook(ticker),
        listeners: new Set(),
        last: null,
      };
      entry.listeners.add(listener);
      this.#entries.set(ticker, entry);
    }
    const unsubscribe = this.#stream.subscribe(marketTickers, (fact) => {
      this.#take(fact);
    });
    return () => {
      unsubscribe();
      for (const ticker of marketTickers) {
        const entry = this.#entries.get(ticker);
        entry?.listeners.delete(listener);
        if (entry?.listeners.size === 0) this.#entries.delete(ticker);
      }
    };
  }

  /** Hints that one of our orders changed; the reader asks the account. @returns the end of it. */
  onOwnOrder(listener: (hint: OwnOrderHint) => void): () => void {
    this.#ownListeners.add(listener);
    return () => {
      this.#ownListeners.delete(listener);
    };
  }

  /** The best prices of a market. @returns null when they cannot be believed or are not known. */
  quote(marketTicker: string): Quote | null {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined || entry.book.problem !== null || entry.last === null) return null;
    const receivedAt = instant(Math.min(entry.last.receivedAt, this.#clock.now()));
    return { ...entry.last, receivedAt };
  }

  /** The last public trade of a market that is or was watched. @returns null before the first. */
  lastTrade(marketTicker: string): { readonly price: PriceMicros; readonly at: Instant } | null {
    return this.#lastTrades.get(marketTicker) ?? null;
  }

  /** What YES of each market was last bid, micros, 0 when nobody bid; a closed market keeps its last bid. */
  marks(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#marks);
  }

  /** Takes over a bid that an earlier process saw; one that was seen since is newer. */
  restoreMark(marketTicker: string, bid: number): void {
    if (!this.#marks.has(marketTicker)) this.#marks.set(marketTicker, bid);
  }

  /**
   * How long the stream has delivered nothing of the watched markets, wall milliseconds: a line is silent
   * in the time it is made of, however fast a run plays. @returns `null` before the first time.
   */
  silentMs(): number | null {
    return this.#heardWall === null ? null : performance.now() - this.#heardWall;
  }

  /** A book that shows what no venue would is asked for again, whole; while it stays so, again and again. */
  distrust(marketTicker: string, reason: string): void {
    if (this.#distrusted.has(marketTicker)) return;
    this.#distrusted.add(marketTicker);
    setTimeout(() => {
      this.#distrusted.delete(marketTicker);
      this.#stream.resync(marketTicker, reason);
    }, RESYNC_AFTER_MS).unref();
  }

  #take(fact: StreamFact): void {
    if (fact.kind !== "stale" && fact.kind !== "invalid") this.#heardWall = performance.now();
    switch (fact.kind) {
      case "snapshot":
      case "delta":
        this.#takeBook(fact);
        return;
      case "trade":
        this.#lastTrades.set(fact.marketTicker, { price: fact.price, at: fact.receivedAt });
        for (const listener of this.#listeners(fact.marketTicker)) listener.onTrade(fact);
        return;
      case "stale":
        for (const ticker of fact.marketTickers) this.#tellStale(ticker, fact.reason);
        return;
      case "lifecycle":
        if (CLOSING.has(fact.eventType)) this.#closed.add(fact.marketTicker);
        else if (fact.eventType === "activated") this.#closed.delete(fact.marketTicker);
        for (const listener of this.#listeners(fact.marketTicker)) {
          listener.onLifecycle(fact.marketTicker, fact.eventType);
        }
        return;
      case "own-order":
      case "own-fill":
        for (const listener of this.#ownListeners) listener(fact);
        return;
      case "invalid":
        this.#log.warn({ field: fact.field, reason: fact.reason }, "invalid frame from the venue");
        for (const listener of this.#everybody()) {
          listener.onInvalid(fact.field, fact.reason, fact.raw);
        }
        return;
    }
  }

  #takeBook(fact: Extract<StreamFact, { kind: "snapshot" | "delta" }>): void {
    const ticker = fact.kind === "snapshot" ? fact.book.marketTicker : fact.marketTicker;
    const entry = this.#entries.get(ticker);
    if (entry === undefined) return;
    if (fact.kind === "snapshot") {
      entry.book.applySnapshot(fact.book);
      this.#tellQuote(entry, fact.book.at, fact.receivedAt);
      return;
    }
    const problem = entry.book.applyDelta(fact.outcome, fact.price, fact.delta);
    if (problem === null) {
      this.#tellQuote(entry, fact.at, fact.receivedAt);
      return;
    }
    this.#tellStale(ticker, problem);
    this.distrust(ticker, problem);
  }

  /** Told for every change of the book: the same best prices again still prove that it is alive. */
  #tellQuote(entry: Entry, at: Instant | null, receivedAt: Instant): void {
    const quote = entry.book.quote(at ?? receivedAt, receivedAt);
    entry.last = quote;
    if (!this.#closed.has(quote.marketTicker)) this.#marks.set(quote.marketTicker, quote.bid ?? 0);
    const wallMs = wallNow();
    for (const listener of entry.listeners) listener.onQuote(quote, wallMs);
  }

  #tellStale(ticker: string, reason: string): void {
    for (const listener of this.#listeners(ticker)) listener.onStale(ticker, reason);
  }

  #listeners(ticker: string): Iterable<MarketListener> {
    return this.#entries.get(ticker)?.listeners ?? [];
  }

  #everybody(): ReadonlySet<MarketListener> {
    return new Set([...this.#entries.values()].flatMap(({ listeners }) => [...listeners]));
  }
}
