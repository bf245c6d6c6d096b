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

/** Room of a new window, in changes; a power of two, as every room is. */
const ROOM = 64;

/**
 * Low, high and time-weighted mean of a value over a sliding window; amortised O(1) a change.
 *
 * The value that stood at the window's start counts, although it was set before it: a price that
 * jumped a moment ago has a range, however long it had stood still.
 *
 * Every quote of every game passes through two of them, so they keep plain blocks of numbers: a change has a
 * running index, and lies at that index in a block whose end is followed by its beginning. What a block lacks,
 * which is never asked for, reads as no number; it is written out at each read, as calls are what is slow here.
 */
export class RollingWindow {
  readonly #lengthMs: number;
  #mask = ROOM - 1;
  /** When the value changed, and to what: from `#head` to before `#end`. */
  #times = new Float64Array(ROOM);
  #values = new Float64Array(ROOM);
  #head = 0;
  #end = 0;
  /** Indexes of values that may still become the window's low, ascending; its high, descending: below 2^31. */
  #lows = new Int32Array(ROOM);
  #lowValues = new Float64Array(ROOM);
  #lowHead = 0;
  #lowEnd = 0;
  #highs = new Int32Array(ROOM);
  #highValues = new Float64Array(ROOM);
  #highHead = 0;
  #highEnd = 0;
  /** Integral of the value over time between the oldest and the newest change. */
  #area = 0;

  constructor(lengthMs: number) {
    assert(lengthMs > 0, "a window has a length");
    this.#lengthMs = lengthMs;
  }

  /** The value changed to `value`. Repeats and instants before the last change are ignored. */
  push(at: number, value: number): void {
    const index = this.#end;
    if (index > this.#head) {
      const lastAt = this.#times[(index - 1) & this.#mask] ?? Number.NaN;
      const last = this.#values[(index - 1) & this.#mask] ?? Number.NaN;
      if (at < lastAt || last === value) return;
      this.#area += last * (at - lastAt);
      if (index - this.#head > this.#mask) this.#makeRoom(at);
    }
    this.#times[index & this.#mask] = at;
    this.#values[index & this.#mask] = value;
    this.#end = index + 1;
    this.#rank(index, value);
  }

  /** Statistics at `at`. @returns `null` before the first value. */
  stats(at: number): RollingStats | null {
    const stats = { samples: 0, spanMs: 0, low: 0, high: 0, mean: 0 };
    return this.read(at, stats) ? stats : null;
  }

  /** Writes the statistics at `at` into `into`. @returns `false` before the first value. */
  read(at: number, into: { -readonly [Key in keyof RollingStats]: RollingStats[Key] }): boolean {
    if (this.#end === this.#head) return false;
    this.#evict(at);
    const mask = this.#mask;
    const times = this.#times;
    const values = this.#values;
    const newest = (this.#end - 1) & mask;
    const last = values[newest] ?? Number.NaN;
    const firstAt = times[this.#head & mask] ?? Number.NaN;
    const start = Math.max(firstAt, at - this.#lengthMs);
    const spanMs = Math.max(0, at - start);
    const before = (values[this.#head & mask] ?? Number.NaN) * (start - firstAt);
    const area = this.#area + last * (at - (times[newest] ?? Number.NaN)) - before;
    into.samples = this.#end - this.#head;
    into.spanMs = spanMs;
    into.low = this.#lowValues[this.#lowHead & mask] ?? Number.NaN;
    into.high = this.#highValues[this.#highHead & mask] ?? Number.NaN;
    into.mean = spanMs > 0 ? area / spanMs : last;
    return true;
  }

  /** High less low at `at`. @returns `null` before the first value. */
  range(at: number): number | null {
    if (this.#end === this.#head) return null;
    this.#evict(at);
    const high = this.#highValues[this.#highHead & this.#mask] ?? Number.NaN;
    return high - (this.#lowValues[this.#lowHead & this.#mask] ?? Number.NaN);
  }

  /**
   * The value that stood at the start of a window that ends at `at`.
   *
   * @returns `null` while the values do not reach back so far.
   */
  opening(at: number): number | null {
    if (this.#end === this.#head) return null;
    this.#evict(at);
    const first = this.#head & this.#mask;
    return (this.#times[first] ?? Number.NaN) <= at - this.#lengthMs
      ? (this.#values[first] ?? Number.NaN)
      : null;
  }

  /** Takes the newest value among those that may become a low or a high: what it outdoes never will. */
  #rank(index: number, value: number): void {
    const mask = this.#mask;
    const lows = this.#lowValues;
    const highs = this.#highValues;
    let end = this.#lowEnd;
    while (end > this.#lowHead && (lows[(end - 1) & mask] ?? Number.NaN) >= value) end -= 1;
    this.#lows[end & mask] = index;
    lows[end & mask] = value;
    this.#lowEnd = end + 1;
    end = this.#highEnd;
    while (end > this.#highHead && (highs[(end - 1) & mask] ?? Number.NaN) <= value) end -= 1;
    this.#highs[end & mask] = index;
    highs[end & mask] = value;
    this.#highEnd = end + 1;
  }

  /** Drops what no longer stood at the window's start. */
  #evict(at: number): void {
    const start = at - this.#lengthMs;
    const mask = this.#mask;
    const times = this.#times;
    let head = this.#head;
    while (this.#end - head > 1 && (times[(head + 1) & mask] ?? Number.NaN) <= start) {
      const lasted = (times[(head + 1) & mask] ?? Number.NaN) - (times[head & mask] ?? Number.NaN);
      this.#area -= (this.#values[head & mask] ?? Number.NaN) * lasted;
      if ((this.#lows[this.#lowHead & mask] ?? 0) === head) this.#lowHead += 1;
      if ((this.#highs[this.#highHead & mask] ?? 0) === head) this.#highHead += 1;
      head += 1;
    }
    this.#head = head;
  }

  /** What is old is dropped when it is read, or here: a window that nobody reads must not grow for ever. */
  #makeRoom(at: number): void {
    this.#evict(at);
    if (this.#end - this.#head <= this.#mask) return;
    const room = (this.#mask + 1) * 2;
    this.#times = moved(this.#times, new Float64Array(room), this.#head, this.#end);
    this.#values = moved(this.#values, new Float64Array(room), this.#head, this.#end);
    this.#lows = moved(this.#lows, new Int32Array(room), this.#lowHead, this.#lowEnd);
    this.#lowValues = moved(this.#lowValues, new Float64Array(room), this.#lowHead, this.#lowEnd);
    this.#highs = moved(this.#highs, new Int32Array(room), this.#highHead, this.#highEnd);
    this.#highValues = moved(
      this.#highValues,
      new Float64Array(room),
      this.#highHead,
      this.#highEnd,
    );
    this.#mask = room - 1;
  }
}

/** Moves what has the running indexes from `head` to before `end` from one block to a larger one. */
function moved<B extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  from: B,
  to: B,
  head: number,
  end: number,
): B {
  for (let index = head; index < end; index += 1) {
    to[index & (to.length - 1)] = from[index & (from.length - 1)] ?? 0;
  }
  return to;
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
