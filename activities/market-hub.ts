import type { Logger } from "pino";
import { OrderBook } from "../core/domain/order-book.ts";
import type { Quote, Trade } from "../core/domain/market.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { StreamFact } from "../core/domain/venue.ts";
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

/** Books of all watched markets of this process, from the one shared stream. */
export interface MarketHub {
  add(marketTickers: readonly string[], listener: MarketListener): () => void;
  /** Hints that one of our orders changed; the reader asks the account. */
  onOwnOrder(
    listener: (ids: { venueOrderId: string; clientOrderId: string | null }) => void,
  ): () => void;
  quote(marketTicker: string): Quote | null;
}

interface Entry {
  readonly book: OrderBook;
  readonly listeners: Set<MarketListener>;
  last: Quote | null;
}

/** Creates the hub of a process. */
export function createMarketHub(options: {
  readonly stream: MarketStream;
  readonly clock: RunClock;
  readonly log: Logger;
}): MarketHub {
  const { stream, clock, log } = options;
  const entries = new Map<string, Entry>();
  const ownListeners = new Set<
    (ids: { venueOrderId: string; clientOrderId: string | null }) => void
  >();

  const changed = (entry: Entry, at: Instant | null, receivedAt: Instant): void => {
    const quote = entry.book.quote(at ?? receivedAt, receivedAt);
    const last = entry.last;
    const isSame =
      last !== null &&
      last.bid === quote.bid &&
      last.ask === quote.ask &&
      last.bidSize === quote.bidSize &&
      last.askSize === quote.askSize;
    entry.last = quote;
    // The same prices again still prove that the book is alive: the age of the quote is renewed.
    const wallMs = performance.timeOrigin + performance.now();
    for (const listener of entry.listeners)
      if (!isSame || at !== null) listener.onQuote(quote, wallMs);
  };

  const onFact = (fact: StreamFact): void => {
    switch (fact.kind) {
      case "snapshot": {
        const entry = entries.get(fact.book.marketTicker);
        if (!entry) return;
        entry.book.applySnapshot(fact.book);
        changed(entry, fact.book.at, fact.receivedAt);
        return;
      }
      case "delta": {
        const entry = entries.get(fact.marketTicker);
        if (!entry) return;
        const problem = entry.book.applyDelta(fact.outcome, fact.price, fact.delta);
        if (problem === null) changed(entry, fact.at, fact.receivedAt);
        else for (const listener of entry.listeners) listener.onStale(fact.marketTicker, problem);
        return;
      }
      case "trade": {
        const { kind: _kind, receivedAt: _receivedAt, ...trade } = fact;
        for (const listener of entries.get(fact.marketTicker)?.listeners ?? [])
          listener.onTrade(trade);
        return;
      }
      case "stale":
        for (const ticker of fact.marketTickers) {
          for (const listener of entries.get(ticker)?.listeners ?? []) {
            listener.onStale(ticker, fact.reason);
          }
        }
        return;
      case "lifecycle":
        for (const listener of entries.get(fact.marketTicker)?.listeners ?? []) {
          listener.onLifecycle(fact.marketTicker, fact.eventType);
        }
        return;
      case "own-order":
      case "own-fill":
        for (const listener of ownListeners) listener(fact);
        return;
      case "invalid": {
        log.warn({ field: fact.field, reason: fact.reason }, "invalid frame from the venue");
        const all = new Set([...entries.values()].flatMap((entry) => [...entry.listeners]));
        for (const listener of all) listener.onInvalid(fact.field, fact.reason, fact.raw);
        return;
      }
    }
  };

  return {
    add: (marketTickers, listener) => {
      for (const ticker of marketTickers) {
        const entry = entries.get(ticker) ?? {
          book: new OrderBook(ticker),
          listeners: new Set(),
          last: null,
        };
        entry.listeners.add(listener);
        entries.set(ticker, entry);
      }
      const unsubscribe = stream.subscribe(marketTickers, onFact);
      return () => {
        unsubscribe();
        for (const ticker of marketTickers) {
          const entry = entries.get(ticker);
          entry?.listeners.delete(listener);
          if (entry?.listeners.size === 0) entries.delete(ticker);
        }
      };
    },
    onOwnOrder: (listener) => {
      ownListeners.add(listener);
      return () => ownListeners.delete(listener);
    },
    quote: (ticker) => {
      const entry = entries.get(ticker);
      // Read at the moment of asking: a book with a problem has no quote.
      if (!entry || entry.book.problem !== null || entry.last === null) return null;
      return {
        ...entry.last,
        receivedAt: entry.last.receivedAt <= clock.now() ? entry.last.receivedAt : clock.now(),
      };
    },
  };
}
