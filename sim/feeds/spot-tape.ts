import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;
export type SpotTradeFact = FactOf<"spot-trade">;
type IndexFact = FactOf<"index-value">;

/** One minute of the spot market. Micro-dollars, bitcoin. */
export interface Minute {
  readonly openAt: number;
  readonly open: UsdMicros;
  readonly high: UsdMicros;
  readonly low: UsdMicros;
  readonly close: UsdMicros;
  readonly volume: number;
}

const MINUTE_MS = 60_000;
/** A day and the minute that runs. */
const MINUTES_KEPT = 1_441;
const TRADES_KEPT = 50_000;
const INDEX_KEPT = 256;

/** The end of a list that grows, with the place of each item since its begin. */
class Tail<T> {
  readonly #kept: number;
  #items: T[] = [];
  #dropped = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  get end(): number {
    return this.#dropped + this.#items.length;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    // Dropped in bulk: a list is not moved for each item.
    if (this.#items.length <= 2 * this.#kept) return;
    this.#dropped += this.#items.length - this.#kept;
    this.#items = this.#items.slice(-this.#kept);
  }

  from(place: number): readonly T[] {
    return this.#items.slice(Math.max(0, place - this.#dropped));
  }
}

/** The spot market as a fold of the facts played so far: trades, minutes, values of the index. */
export class SpotTape {
  readonly trades = new Tail<SpotTradeFact>(TRADES_KEPT);
  readonly index = new Tail<IndexFact>(INDEX_KEPT);
  /**
   * By the begin of the minute; those that the source tells whole are not counted up from trades.
   */
  readonly #minutes = new Map<number, Minute & { readonly isTold: boolean }>();
  #newestMinute: number | null = null;

  /** Whether anything of the spot market was ever told. */
  get isEmpty(): boolean {
    return this.trades.end === 0 && this.#minutes.size === 0;
  }

  /** The begin of the newest minute; null while there is none. */
  get newestMinute(): number | null {
    return this.#newestMinute;
  }

  /** Minutes with trades, oldest first; the newest may still run. */
  get minutes(): readonly Minute[] {
    return [...this.#minutes.values()].sort((a, b) => a.openAt - b.openAt);
  }

  apply(fact: SpotTradeFact | IndexFact | FactOf<"spot-candle">): void {
    switch (fact.kind) {
      case "spot-trade":
        this.trades.push(fact);
        this.#count(fact);
        return;
      case "spot-candle":
        this.#keep({ ...fact, isTold: true });
        return;
      case "index-value":
        this.index.push(fact);
        return;
    }
  }

  /** Values of the index in a span of the index's clock, both ends included. */
  indexWithin(from: number, to: Instant): readonly IndexFact[] {
    return this.index.items.filter(({ sourceTime }) => sourceTime >= from && sourceTime <= to);
  }

  #count({ price, size, sourceTime }: SpotTradeFact): void {
    const openAt = Math.floor(sourceTime / MINUTE_MS) * MINUTE_MS;
    const before = this.#minutes.get(openAt);
    if (before?.isTold === true) return;
    const { open, high, low, volume } = before ?? {
      open: price,
      high: price,
      low: price,
      volume: 0,
    };
    this.#keep({
      openAt,
      open,
      high: price > high ? price : high,
      low: price < low ? price : low,
      close: price,
      volume: volume + (size ?? 0),
      isTold: false,
    });
  }

  #keep(minute: Minute & { readonly isTold: boolean }): void {
    this.#newestMinute = Math.max(this.#newestMinute ?? 0, minute.openAt);
    this.#minutes.set(minute.openAt, minute);
    if (this.#minutes.size <= MINUTES_KEPT) return;
    const [oldest] = this.#minutes.keys();
    if (oldest !== undefined) this.#minutes.delete(oldest);
  }
}
