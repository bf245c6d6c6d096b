import { assert } from "../domain/assert.ts";

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

interface Sample {
  readonly at: number;
  readonly value: number;
}

/**
 * Low, high and time-weighted mean of a value over a sliding window; amortised O(1) a change.
 *
 * The value that stood at the window's start counts, although it was set before it: a price that
 * jumped a moment ago has a range, however long it had stood still.
 */
export class RollingWindow {
  readonly #lengthMs: number;
  readonly #samples = new Queue();
  /** Values that may still become the window's low, ascending; and its high, descending. */
  readonly #lows = new Queue();
  readonly #highs = new Queue();
  /** Integral of the value over time between the oldest and the newest sample. */
  #area = 0;

  constructor(lengthMs: number) {
    assert(lengthMs > 0, "a window has a length");
    this.#lengthMs = lengthMs;
  }

  /** The value changed to `value`. Repeats and instants before the last change are ignored. */
  push(at: number, value: number): void {
    const last = this.#samples.last();
    if (last && (at < last.at || last.value === value)) return;
    if (last) this.#area += last.value * (at - last.at);
    const sample = { at, value };
    this.#samples.push(sample);
    this.#lows.popLastWhile((one) => one.value >= value);
    this.#lows.push(sample);
    this.#highs.popLastWhile((one) => one.value <= value);
    this.#highs.push(sample);
    this.#evict(at);
  }

  /** Statistics at `at`. @returns `null` before the first value. */
  stats(at: number): RollingStats | null {
    this.#evict(at);
    const first = this.#samples.first();
    const last = this.#samples.last();
    const low = this.#lows.first();
    const high = this.#highs.first();
    if (!first || !last || !low || !high) return null;
    const start = Math.max(first.at, at - this.#lengthMs);
    const spanMs = Math.max(0, at - start);
    const area = this.#area + last.value * (at - last.at) - first.value * (start - first.at);
    return {
      samples: this.#samples.size,
      spanMs,
      low: low.value,
      high: high.value,
      mean: spanMs > 0 ? area / spanMs : last.value,
    };
  }

  /**
   * The value that stood at the start of a window that ends at `at`.
   *
   * @returns `null` while the values do not reach back so far.
   */
  opening(at: number): number | null {
    this.#evict(at);
    const first = this.#samples.first();
    return first && first.at <= at - this.#lengthMs ? first.value : null;
  }

  /** Drops what no longer stood at the window's start. */
  #evict(at: number): void {
    const start = at - this.#lengthMs;
    for (;;) {
      const first = this.#samples.first();
      const second = this.#samples.second();
      if (!first || !second || second.at > start) return;
      this.#area -= first.value * (second.at - first.at);
      this.#samples.shift();
      if (this.#lows.first() === first) this.#lows.shift();
      if (this.#highs.first() === first) this.#highs.shift();
    }
  }
}

/** Sum of amounts over the last `lengthMs`; amortised O(1) an amount. */
export class RollingSum {
  readonly #lengthMs: number;
  readonly #amounts = new Queue();
  #total = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(at: number, value: number): void {
    this.#amounts.push({ at, value });
    this.#total += value;
    this.total(at);
  }

  /** The sum at `at`. */
  total(at: number): number {
    for (let first = this.#amounts.first(); first; first = this.#amounts.first()) {
      if (first.at > at - this.#lengthMs) break;
      this.#total -= first.value;
      this.#amounts.shift();
    }
    return this.#total;
  }
}

/** A queue over an array that is compacted when half of it is spent. */
class Queue {
  #items: Sample[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  first(): Sample | undefined {
    return this.#items[this.#head];
  }

  second(): Sample | undefined {
    return this.#items[this.#head + 1];
  }

  last(): Sample | undefined {
    return this.size > 0 ? this.#items[this.#items.length - 1] : undefined;
  }

  push(sample: Sample): void {
    this.#items.push(sample);
  }

  shift(): void {
    this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  popLastWhile(isSpent: (sample: Sample) => boolean): void {
    for (let last = this.last(); last && isSpent(last); last = this.last()) this.#items.pop();
  }
}
