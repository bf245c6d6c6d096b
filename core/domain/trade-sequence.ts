import type { SpotPrice } from "./spot.ts";

/** Trades that are known to exist and have not been told, both ends included. */
export interface TradeHole {
  readonly from: number;
  readonly to: number;
}

/** What became of the trades of a feed, counted since its start. */
export interface TradeCounts {
  /** Trades told before, or older than all that is asked for. */
  readonly repeated: number;
  /** Trades that came late or by asking, into a hole. */
  readonly filled: number;
  /** Trades that nobody could tell. */
  readonly lost: number;
}

/**
 * Brings the trades of a feed into the sequence of their ids, each once. Ids of one product follow
 * each other by one, so a leap is a hole: what stands behind it waits until the hole is filled or
 * given up. Source: Coinbase Exchange, WebSocket overview: messages may be dropped and out of
 * order.
 */
export class TradeSequence {
  readonly #holeMax: number;
  /** Behind a hole, by id. */
  readonly #waiting = new Map<number, SpotPrice>();
  /** Up to here every trade was let through or lost; null before the first. */
  #last: number | null = null;
  /** The newest trade that is known to exist. */
  #newest = 0;
  #repeated = 0;
  #filled = 0;
  #lost = 0;

  /**
   * @param holeMax trades that are waited for at most; of a larger hole the older are lost at
   * once.
   */
  constructor(holeMax: number) {
    this.#holeMax = holeMax;
  }

  get counts(): TradeCounts {
    return { repeated: this.#repeated, filled: this.#filled, lost: this.#lost };
  }

  /** Whether every trade that is known to exist was let through or is lost. */
  get isWhole(): boolean {
    return this.#last === null || this.#newest <= this.#last;
  }

  /** The newest trade that is known to exist; null before the first. */
  get newest(): number | null {
    return this.#last === null ? null : this.#newest;
  }

  /** The oldest hole; null when none is known. */
  get hole(): TradeHole | null {
    if (this.#last === null || this.isWhole) return null;
    const behind = Math.min(this.#newest + 1, ...this.#waiting.keys());
    return { from: this.#last + 1, to: behind - 1 };
  }

  /** Takes a trade. @returns what may go on, in sequence. */
  take(tradeId: number, price: SpotPrice): readonly SpotPrice[] {
    this.#last ??= tradeId - 1;
    if (tradeId <= this.#last || this.#waiting.has(tradeId)) {
      this.#repeated += 1;
      return [];
    }
    if (tradeId < this.#newest) this.#filled += 1;
    this.#waiting.set(tradeId, price);
    return this.knowOf(tradeId);
  }

  /** Learns that a trade exists; nothing is missing before the first. @returns what may go on. */
  knowOf(tradeId: number): readonly SpotPrice[] {
    if (this.#last === null) return [];
    this.#newest = Math.max(this.#newest, tradeId);
    return this.giveUp(this.#newest - this.#holeMax);
  }

  /** Gives up what is still missing up to a trade, that included. @returns what may go on. */
  giveUp(upTo: number): readonly SpotPrice[] {
    const free: SpotPrice[] = [];
    if (this.#last === null) return free;
    for (let next = this.#last + 1; next <= this.#newest; next += 1) {
      const price = this.#waiting.get(next);
      if (price === undefined) {
        if (next > upTo) break;
        // A hole of millions is passed in one step: nobody waits in it.
        const end = Math.min(upTo, this.#newest, Math.min(...this.#waiting.keys()) - 1);
        this.#lost += end - next + 1;
        next = end;
      } else {
        this.#waiting.delete(next);
        free.push(price);
      }
      this.#last = next;
    }
    return free;
  }
}
