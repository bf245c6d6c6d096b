import type { LifecycleFact, StreamFact } from "../../core/domain/venue.ts";

export type StreamListener = (fact: StreamFact) => void;

/** Told of every market's life: nobody can name a market that is yet to be created. */
export type LifeListener = (fact: LifecycleFact) => void;

interface Entry {
  readonly tickers: ReadonlySet<string>;
  readonly listener: StreamListener;
  /** Markets whose book this listener has whole: only then do changes to it mean anything. */
  readonly whole: Set<string>;
}

/** Who listens to which markets, and who has whose book whole. */
export class StreamListeners {
  readonly #byTicker = new Map<string, Set<Entry>>();
  readonly #entries = new Set<Entry>();
  readonly #lives = new Set<LifeListener>();

  get tickers(): ReadonlySet<string> {
    return new Set(this.#byTicker.keys());
  }

  /** @returns the removal. */
  add(tickers: readonly string[], listener: StreamListener): () => void {
    const entry: Entry = { tickers: new Set(tickers), listener, whole: new Set() };
    this.#entries.add(entry);
    for (const ticker of entry.tickers) {
      const entries = this.#byTicker.get(ticker) ?? new Set();
      this.#byTicker.set(ticker, entries.add(entry));
    }
    return () => {
      this.#entries.delete(entry);
      for (const ticker of entry.tickers) {
        const entries = this.#byTicker.get(ticker);
        entries?.delete(entry);
        if (entries?.size === 0) this.#byTicker.delete(ticker);
      }
    };
  }

  /** @returns the removal. */
  addLife(listener: LifeListener): () => void {
    this.#lives.add(listener);
    return () => this.#lives.delete(listener);
  }

  /** A step of a market's life reaches its listeners, and those of all lives. */
  life(fact: LifecycleFact): void {
    for (const listener of [...this.#lives]) listener(fact);
    this.tell(fact.marketTicker, fact);
  }

  has(ticker: string): boolean {
    return this.#byTicker.has(ticker);
  }

  snapshot(ticker: string, fact: StreamFact): void {
    for (const entry of this.#of(ticker)) {
      entry.whole.add(ticker);
      entry.listener(fact);
    }
  }

  /** A change of a book reaches those who have the book. */
  delta(ticker: string, fact: StreamFact): void {
    for (const entry of this.#of(ticker)) {
      if (entry.whole.has(ticker)) entry.listener(fact);
    }
  }

  /** Anything else reaches all listeners of the market, or of all markets when it names none. */
  tell(ticker: string | null, fact: StreamFact): void {
    for (const entry of ticker === null ? [...this.#entries] : this.#of(ticker)) {
      entry.listener(fact);
    }
  }

  /** Tells each listener once which of its whole books can no longer be believed. */
  stale(tickers: Iterable<string>, reason: string): void {
    const lost = new Set(tickers);
    for (const entry of [...this.#entries]) {
      const marketTickers = [...entry.whole].filter((ticker) => lost.has(ticker));
      for (const ticker of marketTickers) entry.whole.delete(ticker);
      if (marketTickers.length > 0) entry.listener({ kind: "stale", marketTickers, reason });
    }
  }

  /** A copy: a listener may leave, or bring another, while it is told. */
  #of(ticker: string): readonly Entry[] {
    const entries = this.#byTicker.get(ticker);
    return entries === undefined ? [] : [...entries];
  }
}
