import { assert } from "../domain/assert.ts";
import { Ring } from "./ring.ts";

/** Statistics of a value over the last `spanMs`, each value lasting until the next. */
export interface RollingStats {
  /** Changes of the value inside the window. */
  readonly samples: number;
  /** Time covered, at most the window's length, milliseconds. */
  readonly spanMs: number;
  readonly low: number;
  readonly high: number;
  /** Mean weighted by time. */
  readonly mean: number;
}

/**
 * Low, high and time-weighted mean of a value over a sliding window; amortised O(1) a change.
 *
 * The value that stood at the window's start counts, although it was set before it: a price that
 * jumped a moment ago has a range, however long it had stood still.
 */
export class RollingWindow {
  readonly #lengthMs: number;
  /** Changes of the value, by a running index: when, and to what. */
  readonly #times = new Ring();
  readonly #values = new Ring();
  /** Indexes of values that may still become the window's low, ascending; and its high, descending. */
  readonly #lows = new Ring();
  readonly #highs = new Ring();
  /** Integral of the value over time between the oldest and the newest change. */
  #area = 0;

  constructor(lengthMs: number) {
    assert(lengthMs > 0, "a window has a length");
    this.#lengthMs = lengthMs;
  }

  /** The value changed to `value`. Repeats and instants before the last change are ignored. */
  push(at: number, value: number): void {
    const times = this.#times;
    const values = this.#values;
    if (times.size > 0) {
      const lastAt = times.last();
      const last = values.last();
      if (at < lastAt || last === value) return;
      this.#area += last * (at - lastAt);
    }
    const index = times.push(at);
    values.push(value);
    const lows = this.#lows;
    while (lows.size > 0 && values.at(lows.last()) >= value) lows.dropLast();
    lows.push(index);
    const highs = this.#highs;
    while (highs.size > 0 && values.at(highs.last()) <= value) highs.dropLast();
    highs.push(index);
    this.#evict(at);
  }

  /** Statistics at `at`. @returns `null` before the first value. */
  stats(at: number): RollingStats | null {
    const stats = { samples: 0, spanMs: 0, low: 0, high: 0, mean: 0 };
    return this.read(at, stats) ? stats : null;
  }

  /** Writes the statistics at `at` into `into`. @returns `false` before the first value. */
  read(at: number, into: { -readonly [Key in keyof RollingStats]: RollingStats[Key] }): boolean {
    this.#evict(at);
    const times = this.#times;
    const values = this.#values;
    if (times.size === 0) return false;
    const last = values.last();
    const firstAt = times.first();
    const start = Math.max(firstAt, at - this.#lengthMs);
    const spanMs = Math.max(0, at - start);
    const area = this.#area + last * (at - times.last()) - values.first() * (start - firstAt);
    into.samples = times.size;
    into.spanMs = spanMs;
    into.low = values.at(this.#lows.first());
    into.high = values.at(this.#highs.first());
    into.mean = spanMs > 0 ? area / spanMs : last;
    return true;
  }

  /** High less low at `at`. @returns `null` before the first value. */
  range(at: number): number | null {
    this.#evict(at);
    const values = this.#values;
    if (values.size === 0) return null;
    return values.at(this.#highs.first()) - values.at(this.#lows.first());
  }

  /**
   * The value that stood at the start of a window that ends at `at`.
   *
   * @returns `null` while the values do not reach back so far.
   */
  opening(at: number): number | null {
    this.#evict(at);
    const isCovered = this.#times.size > 0 && this.#times.first() <= at - this.#lengthMs;
    return isCovered ? this.#values.first() : null;
  }

  /** Drops what no longer stood at the window's start. */
  #evict(at: number): void {
    const start = at - this.#lengthMs;
    const times = this.#times;
    while (times.size > 1 && times.second() <= start) {
      this.#area -= this.#values.first() * (times.second() - times.first());
      const index = times.dropFirst();
      this.#values.dropFirst();
      if (this.#lows.first() === index) this.#lows.dropFirst();
      if (this.#highs.first() === index) this.#highs.dropFirst();
    }
  }
}

/** Sum of amounts over the last `lengthMs`; amortised O(1) an amount. */
export class RollingSum {
  readonly #lengthMs: number;
  readonly #times = new Ring();
  readonly #amounts = new Ring();
  #total = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(at: number, value: number): void {
    this.#times.push(at);
    this.#amounts.push(value);
    this.#total += value;
    this.total(at);
  }

  /** The sum at `at`. */
  total(at: number): number {
    while (this.#times.size > 0 && this.#times.first() <= at - this.#lengthMs) {
      this.#total -= this.#amounts.first();
      this.#times.dropFirst();
      this.#amounts.dropFirst();
    }
    return this.#total;
  }
}
