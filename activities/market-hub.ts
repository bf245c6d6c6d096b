import type { Logger } from "pino";
import type { Quote, Trade } from "../core/domain/market.ts";
import { type MarketMark, marksAt } from "../core/domain/marking.ts";
import { OrderBook } from "../core/domain/order-book.ts";
import { type OwnOrderNews, OwnOrders } from "../core/domain/own-orders.ts";
import type { RunClock } from "../core/domain/time.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../core/domain/units.ts";
import type { BookSnapshot, StreamFact } from "../core/domain/venue.ts";
import { RollingSum } from "../core/models/rolling-window.ts";
import { VOLUME_MS } from "../core/strategies/market-track.ts";
import { wallNow } from "../runtime/wall.ts";
import type { MarketStream } from "./ports.ts";

/** Who hears of a market. One call a fact, on the stream's own turn: keep it short. */
export interface MarketListener {
  /** The best prices of others changed. `wallMs` is when the frame arrived, on the wall, for latency figures. */
  onQuote(quote: Quote, wallMs: number): void;
  onTrade(trade: Trade): void;
  /** The market's book cannot be believed until the next quote. */
  onStale(marketTicker: string, reason: string): void;
  /** `closeAt`: the close of the market, where this step of its life states one. */
  onLifecycle(marketTicker: string, eventType: string, closeAt: Instant | null): void;
  onInvalid(field: string, reason: string, raw: string): void;
}

/** Which of our orders changed, as far as the stream says. */
export interface OwnOrderHint {
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
}

/** Best prices of others in a market with what speaks against them. */
export interface HubView {
  /** As old as the line has been silent, or as the last change, whichever is newer. */
  readonly quote: Quote;
  /** Why the quote cannot be believed; null when it can. */
  readonly staleBecause: string | null;
  /** For how long it could not be, wall milliseconds; 0 when it can. */
  readonly staleForMs: number;
  /** Contracts printed in the last minute; null while none was ever seen. */
  readonly recentVolume: CountCenti | null;
}

interface Entry {
  readonly book: OrderBook;
  readonly listeners: Set<MarketListener>;
  readonly volume: RollingSum;
  hasVolume: boolean;
  last: Quote | null;
  stale: { readonly because: string; readonly sinceWall: number } | null;
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
  /** What each market could be left at while it last traded; outlives the watch of its game. */
  readonly #marks = new Map<string, MarketMark>();
  readonly #closed = new Set<string>();
  readonly #areOrdersStreamed: boolean;
  readonly #own = new OwnOrders();
  #heardWall: number | null = null;

  constructor(options: {
    readonly stream: MarketStream;
    readonly clock: RunClock;
    readonly log: Logger;
    /** Whether its books have our orders in them; those of another exchange than our orders' have not. */
    readonly areOrdersStreamed?: boolean;
  }) {
    this.#areOrdersStreamed = options.areOrdersStreamed ?? true;
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
        volume: new RollingSum(VOLUME_MS),
        hasVolume: false,
        last: null,
        stale: null,
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

  /**
   * Takes in what is left of one of our orders. The venue's book counts it in; the quotes of this hub are of
   * what others offer, and are told anew where that changes them.
   */
  ownOrder(news: OwnOrderNews): void {
    if (!this.#areOrdersStreamed) return;
    const shownBefore = news.said === "sent" ? this.#othersAt(news) : null;
    if (this.#own.learn(news, shownBefore)) this.#quoteAnew(news.marketTicker);
  }

  /** The best prices of others in a market. @returns null when they cannot be believed or are not known. */
  quote(marketTicker: string): Quote | null {
    const view = this.view(marketTicker);
    return view === null || view.staleBecause !== null ? null : view.quote;
  }

  /**
   * The best prices of others in a market, believed or not. Those of a quiet book hold as long as the line is heard:
   * the venue would have told of a change.
   *
   * @returns null before the first.
   */
  view(marketTicker: string): HubView | null {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined || entry.last === null) return null;
    const now = this.#clock.now();
    // A line's silence is wall time, at whatever speed a run is played.
    const heardAt = now - (this.silentMs() ?? Number.POSITIVE_INFINITY);
    const receivedAt = instant(Math.floor(Math.min(now, Math.max(entry.last.receivedAt, heardAt))));
    return {
      quote: { ...entry.last, receivedAt },
      staleBecause: entry.stale?.because ?? null,
      staleForMs: entry.stale === null ? 0 : performance.now() - entry.stale.sinceWall,
      recentVolume: entry.hasVolume ? countCenti(entry.volume.total(now)) : null,
    };
  }

  /** The displayed book of a market, as the venue sends it, our orders in it. @returns null when it cannot be believed. */
  displayed(marketTicker: string): BookSnapshot | null {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined || entry.last === null || entry.stale !== null) return null;
    const sideOf = (side: "bid" | "ask"): BookSnapshot["yes"] =>
      entry.book
        .depth(side, Number.POSITIVE_INFINITY)
        .map(({ price, size }) => [
          side === "bid" ? price : priceMicros(ONE_USD_MICROS - price),
          size,
        ]);
    return { marketTicker, yes: sideOf("bid"), no: sideOf("ask"), at: entry.last.quotedAt };
  }

  /** The last public trade of a market that is or was watched. @returns null before the first. */
  lastTrade(marketTicker: string): { readonly price: PriceMicros; readonly at: Instant } | null {
    return this.#lastTrades.get(marketTicker) ?? null;
  }

  /** What either side of each market could last be left at; a closed market keeps its last prices. */
  marks(): Readonly<Record<string, MarketMark>> {
    return Object.fromEntries(this.#marks);
  }

  /** Forgets what outlives the watch of markets: nothing is held in them, or will be, that needs a price. */
  forget(marketTickers: readonly string[]): void {
    for (const ticker of marketTickers) {
      if (this.#entries.has(ticker)) continue;
      this.#marks.delete(ticker);
      this.#lastTrades.delete(ticker);
      this.#closed.delete(ticker);
    }
  }

  /** Takes over prices that an earlier process saw; those that were seen since are newer. */
  restoreMark(marketTicker: string, mark: MarketMark): void {
    if (!this.#marks.has(marketTicker)) this.#marks.set(marketTicker, mark);
  }

  /**
   * How long the stream has delivered no book and no trade of the watched markets, wall milliseconds: a
   * line is silent in the time it is made of, however fast a run plays. @returns `null` before the first.
   */
  silentMs(): number | null {
    return this.#heardWall === null ? null : performance.now() - this.#heardWall;
  }

  /** A book that shows what no venue would is asked for again, whole; while it stays so, again and again. */
  distrust(marketTicker: string, reason: string): void {
    this.#markStale(marketTicker, reason);
    if (this.#distrusted.has(marketTicker)) return;
    this.#distrusted.add(marketTicker);
    setTimeout(() => {
      this.#distrusted.delete(marketTicker);
      this.#stream.resync(marketTicker, reason);
    }, RESYNC_AFTER_MS).unref();
  }

  #take(fact: StreamFact): void {
    switch (fact.kind) {
      case "snapshot":
      case "delta":
        this.#takeBook(fact);
        return;
      case "trade":
        this.#heardWall = performance.now();
        this.#addVolume(fact);
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
          listener.onLifecycle(fact.marketTicker, fact.eventType, fact.closeAt);
        }
        return;
      case "own-order":
        this.#takeOwn(fact);
        for (const listener of this.#ownListeners) listener(fact);
        return;
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
    this.#heardWall = performance.now();
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

  /**
   * The account has the last word of an order; the stream is only sooner. A fill of ours is told by its level first:
   * until this word of the order, milliseconds later, others are taken for fewer than they are.
   */
  #takeOwn({ clientOrderId, ...shown }: Extract<StreamFact, { kind: "own-order" }>): void {
    if (clientOrderId === null) return;
    const ticker = this.#own.show(clientOrderId, shown);
    if (ticker !== null) this.#quoteAnew(ticker);
  }

  /** @returns null where the book is not known or not believed. */
  #othersAt({ marketTicker, side, price }: OwnOrderNews): CountCenti | null {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined || entry.last === null || entry.stale !== null) return null;
    return entry.book.othersAt({ side, price }, this.#own.in(marketTicker));
  }

  /** The book stands as it did: its quote is as old as it would be had we learned nothing of our part in it. */
  #quoteAnew(ticker: string): void {
    const entry = this.#entries.get(ticker);
    const view = this.view(ticker);
    if (entry === undefined || view === null || view.staleBecause !== null) return;
    const { quotedAt, receivedAt, bid, bidSize, ask, askSize } = view.quote;
    const now = entry.book.quote(quotedAt, receivedAt, this.#own.in(ticker));
    const isSame = now.bid === bid && now.bidSize === bidSize;
    if (isSame && now.ask === ask && now.askSize === askSize) return;
    this.#tellQuote(entry, quotedAt, receivedAt);
  }

  /** Told for every change of the book: the same best prices again still prove that it is alive. */
  #tellQuote(entry: Entry, at: Instant | null, receivedAt: Instant): void {
    const ours = this.#own.in(entry.book.marketTicker);
    const quote = entry.book.quote(at ?? receivedAt, receivedAt, ours);
    entry.last = quote;
    const before = entry.stale;
    entry.stale = null;
    if (!this.#closed.has(quote.marketTicker)) this.#marks.set(quote.marketTicker, marksAt(quote));
    const wallMs = wallNow();
    for (const listener of entry.listeners) listener.onQuote(quote, wallMs);
    // A listener may distrust it at once: then it has not been believed in between.
    this.#keepSince(entry, before);
  }

  #addVolume({ marketTicker, at, count }: Extract<StreamFact, { kind: "trade" }>): void {
    const entry = this.#entries.get(marketTicker);
    if (entry === undefined) return;
    entry.hasVolume = true;
    entry.volume.add(at, count);
  }

  #keepSince(entry: Entry, before: Entry["stale"]): void {
    if (entry.stale !== null && before !== null) {
      entry.stale = { ...entry.stale, sinceWall: before.sinceWall };
    }
  }

  #markStale(ticker: string, because: string): void {
    const entry = this.#entries.get(ticker);
    if (entry === undefined) return;
    entry.stale = { because, sinceWall: entry.stale?.sinceWall ?? performance.now() };
  }

  #tellStale(ticker: string, reason: string): void {
    this.#markStale(ticker, reason);
    for (const listener of this.#listeners(ticker)) listener.onStale(ticker, reason);
  }

  #listeners(ticker: string): Iterable<MarketListener> {
    return this.#entries.get(ticker)?.listeners ?? [];
  }

  #everybody(): ReadonlySet<MarketListener> {
    return new Set([...this.#entries.values()].flatMap(({ listeners }) => [...listeners]));
  }
}
