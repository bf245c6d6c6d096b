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
/** A slot has eight places, which is a line of a processor's cache: two numbers of each queue, and two to spare. */
const SHIFT = 3;
/** When the value changed, and to what. */
const AT = 0;
const VALUE = 1;
/** Which change may still become the low, and its value. */
const LOW_INDEX = 2;
const LOW = 3;
const HIGH_INDEX = 4;
const HIGH = 5;

/**
 * Low, high and time-weighted mean of a value over a sliding window; amortised O(1) a change.
 *
 * The value that stood at the window's start counts, although it was set before it: a price that
 * jumped a moment ago has a range, however long it had stood still.
 *
 * Every quote of every game passes through two of them, so they keep one block of numbers, whose end is followed
 * by its beginning: to look for its parts here and there in memory is what is slow. It has a slot for each change,
 * found by the change's running index, and in the same slots two queues with indexes of their own. What a block
 * lacks, which is never asked for, reads as no number; it is written out at each read, as calls are slow too.
 */
export class RollingWindow {
  readonly #lengthMs: number;
  #mask = ROOM - 1;
  #slots = new Float64Array(ROOM << SHIFT);
  /** The changes: from `#head` to before `#end`. */
  #head = 0;
  #end = 0;
  /** Values that may still become the window's low, ascending; its high, descending. */
  #lowHead = 0;
  #lowEnd = 0;
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
      const newest = ((index - 1) & this.#mask) << SHIFT;
      const lastAt = this.#slots[newest + AT] ?? Number.NaN;
      const last = this.#slots[newest + VALUE] ?? Number.NaN;
      if (at < lastAt || last === value) return;
      this.#area += last * (at - lastAt);
      if (index - this.#head > this.#mask) this.#makeRoom(at);
    }
    const slot = (index & this.#mask) << SHIFT;
    this.#slots[slot + AT] = at;
    this.#slots[slot + VALUE] = value;
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
    const slots = this.#slots;
    const newest = ((this.#end - 1) & mask) << SHIFT;
    const oldest = (this.#head & mask) << SHIFT;
    const last = slots[newest + VALUE] ?? Number.NaN;
    const firstAt = slots[oldest + AT] ?? Number.NaN;
    const start = Math.max(firstAt, at - this.#lengthMs);
    const spanMs = Math.max(0, at - start);
    const before = (slots[oldest + VALUE] ?? Number.NaN) * (start - firstAt);
    const area = this.#area + last * (at - (slots[newest + AT] ?? Number.NaN)) - before;
    into.samples = this.#end - this.#head;
    into.spanMs = spanMs;
    into.low = slots[((this.#lowHead & mask) << SHIFT) + LOW] ?? Number.NaN;
    into.high = slots[((this.#highHead & mask) << SHIFT) + HIGH] ?? Number.NaN;
    into.mean = spanMs > 0 ? area / spanMs : last;
    return true;
  }

  /** High less low at `at`. @returns `null` before the first value. */
  range(at: number): number | null {
    if (this.#end === this.#head) return null;
    this.#evict(at);
    const mask = this.#mask;
    const high = this.#slots[((this.#highHead & mask) << SHIFT) + HIGH] ?? Number.NaN;
    return high - (this.#slots[((this.#lowHead & mask) << SHIFT) + LOW] ?? Number.NaN);
  }

  /**
   * The value that stood at the start of a window that ends at `at`.
   *
   * @returns `null` while the values do not reach back so far.
   */
  opening(at: number): number | null {
    if (this.#end === this.#head) return null;
    this.#evict(at);
    const first = (this.#head & this.#mask) << SHIFT;
    return (this.#slots[first + AT] ?? Number.NaN) <= at - this.#lengthMs
      ? (this.#slots[first + VALUE] ?? Number.NaN)
      : null;
  }

  /** Takes the newest value among those that may become a low or a high: what it outdoes never will. */
  #rank(index: number, value: number): void {
    const mask = this.#mask;
    const slots = this.#slots;
    let end = this.#lowEnd;
    while (end > this.#lowHead && (slots[(((end - 1) & mask) << SHIFT) + LOW] ?? 0) >= value) {
      end -= 1;
    }
    let slot = (end & mask) << SHIFT;
    slots[slot + LOW_INDEX] = index;
    slots[slot + LOW] = value;
    this.#lowEnd = end + 1;
    end = this.#highEnd;
    while (end > this.#highHead && (slots[(((end - 1) & mask) << SHIFT) + HIGH] ?? 0) <= value) {
      end -= 1;
    }
    slot = (end & mask) << SHIFT;
    slots[slot + HIGH_INDEX] = index;
    slots[slot + HIGH] = value;
    this.#highEnd = end + 1;
  }

  /** Drops what no longer stood at the window's start. */
  #evict(at: number): void {
    const start = at - this.#lengthMs;
    const mask = this.#mask;
    const slots = this.#slots;
    let head = this.#head;
    while (this.#end - head > 1) {
      const nextAt = slots[(((head + 1) & mask) << SHIFT) + AT] ?? Number.NaN;
      if (!(nextAt <= start)) break;
      const oldest = (head & mask) << SHIFT;
      const lasted = nextAt - (slots[oldest + AT] ?? Number.NaN);
      this.#area -= (slots[oldest + VALUE] ?? Number.NaN) * lasted;
      if (slots[((this.#lowHead & mask) << SHIFT) + LOW_INDEX] === head) this.#lowHead += 1;
      if (slots[((this.#highHead & mask) << SHIFT) + HIGH_INDEX] === head) this.#highHead += 1;
      head += 1;
    }
    this.#head = head;
  }

  /** What is old is dropped when it is read, or here: a window that nobody reads must not grow for ever. */
  #makeRoom(at: number): void {
    this.#evict(at);
    if (this.#end - this.#head <= this.#mask) return;
    const from = this.#slots;
    const to = new Float64Array(from.length * 2);
    copyPair(from, to, AT, this.#head, this.#end);
    copyPair(from, to, LOW_INDEX, this.#lowHead, this.#lowEnd);
    copyPair(from, to, HIGH_INDEX, this.#highHead, this.#highEnd);
    this.#slots = to;
    this.#mask = this.#mask * 2 + 1;
  }
}

/** Copies two neighbouring places of the slots with the running indexes from `head` to before `end`. */
function copyPair(
  from: Float64Array,
  to: Float64Array,
  place: number,
  head: number,
  end: number,
): void {
  for (let index = head; index < end; index += 1) {
    const source = ((index << SHIFT) & (from.length - 1)) + place;
    const target = ((index << SHIFT) & (to.length - 1)) + place;
    to[target] = from[source] ?? Number.NaN;
    to[target + 1] = from[source + 1] ?? Number.NaN;
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
