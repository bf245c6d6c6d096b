import { required } from "../../core/domain/assert.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { TICK_MICROS } from "./ladder.ts";

/** A book rebuilt from `level` facts the plain way, in ticks, for tests to look at. */
export class PlainBook {
  readonly yes = new Map<number, number>();
  readonly no = new Map<number, number>();

  apply(fact: Extract<Fact, { kind: "level" }>): void {
    const side = fact.outcome === "yes" ? this.yes : this.no;
    const tick = fact.price / TICK_MICROS;
    if (fact.size === 0) side.delete(tick);
    else side.set(tick, fact.size);
  }

  /** Best YES bid; null when there is none. */
  get bid(): number | null {
    return highest(this.yes);
  }

  /** Best YES offer; null when there is none. */
  get ask(): number | null {
    const best = highest(this.no);
    return best === null ? null : 100 - best;
  }

  /** Middle of a two-sided book, ticks. */
  get mid(): number | null {
    const { bid, ask } = this;
    return bid === null || ask === null ? null : (bid + ask) / 2;
  }
}

/** The best tick of a side; null when it is empty. */
function highest(side: ReadonlyMap<number, number>): number | null {
  let best: number | null = null;
  for (const tick of side.keys()) if (best === null || tick > best) best = tick;
  return best;
}

/** The mid of one market after each instant at which its book changed; null where one-sided. */
export interface MidPath {
  readonly times: readonly Instant[];
  readonly mids: readonly (number | null)[];
}

/** Mids of every market of a night. */
export function midPaths(facts: Iterable<Fact>): ReadonlyMap<string, MidPath> {
  const books = new Map<string, { book: PlainBook; times: Instant[]; mids: (number | null)[] }>();
  for (const fact of facts) {
    if (fact.kind !== "level") continue;
    const fresh = { book: new PlainBook(), times: [], mids: [] };
    const one = books.get(fact.marketTicker) ?? fresh;
    books.set(fact.marketTicker, one);
    one.book.apply(fact);
    if (one.times.at(-1) !== fact.receivedAt) one.times.push(fact.receivedAt);
    one.mids[one.times.length - 1] = one.book.mid;
  }
  return books;
}

/** The mid at an instant; null when one-sided, or before the book. */
export function midAt(path: MidPath, at: number): number | null {
  let low = 0;
  let high = path.times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (required(path.times[middle], "a time") <= at) low = middle + 1;
    else high = middle;
  }
  return path.mids[low - 1] ?? null;
}
