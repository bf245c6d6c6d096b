import type { Random } from "./random.ts";

/** One cent: the grid of every NBA winner market. */
export const TICK_MICROS = 10_000;

/** How far a ladder reaches, in ticks. */
export interface LadderShape {
  /** The highest price. */
  readonly top: number;
  /** Levels kept behind the best one, */
  readonly depth: number;
  /** and how far a level may fall behind it before it is pulled. */
  readonly pulledBehind: number;
}

/** Whole cents from 1 to 99, and eight levels. */
const CENT_LADDER: LadderShape = { top: 99, depth: 7, pulledBehind: 9 };

/** The YES side's bids, or the NO side's: what `level` facts describe. */
export type LadderSide = "yes" | "no";

/** A level that changed: whole contracts now displayed at one price of the side's own outcome. */
export interface LevelChange {
  readonly tick: number;
  readonly contracts: number;
}

/**
 * Resting size on one side of one book, by price of its own outcome in ticks.
 *
 * A size, once posted, stays until it is traded, refreshed or pulled, as resting orders do.
 */
export class Ladder {
  readonly #sizes = new Map<number, number>();
  readonly #random: Random;
  readonly #shape: LadderShape;

  constructor(random: Random, shape = CENT_LADDER) {
    this.#random = random;
    this.#shape = shape;
  }

  /** Best price in ticks; 0 when the side is empty. */
  get best(): number {
    let best = 0;
    for (const tick of this.#sizes.keys()) if (tick > best) best = tick;
    return best;
  }

  /** Contracts displayed at a price. */
  size(tick: number): number {
    return this.#sizes.get(tick) ?? 0;
  }

  /** Quotes `best` and a ladder behind it; 0 or less quotes nothing. @returns what changed. */
  quote(best: number): LevelChange[] {
    const { depth, pulledBehind } = this.#shape;
    const top = Math.min(best, this.#shape.top);
    const changes: LevelChange[] = [];
    for (const tick of this.#sizes.keys()) {
      if (tick > top || tick < top - pulledBehind) changes.push(this.#set(tick, 0));
    }
    for (let behind = 0; behind <= depth && top - behind >= 1; behind++) {
      const tick = top - behind;
      if (!this.#sizes.has(tick)) changes.push(this.#set(tick, this.#fresh(behind)));
    }
    return changes;
  }

  /** Somebody adds or pulls size near the top. @returns what changed. */
  refresh(): LevelChange[] {
    const behind = this.#random.integer(0, 3);
    const tick = this.best - behind;
    return tick < 1 ? [] : [this.#set(tick, this.#fresh(behind))];
  }

  /** Takes contracts off a level. @returns what changed. */
  take(tick: number, contracts: number): LevelChange[] {
    return [this.#set(tick, Math.max(0, this.size(tick) - contracts))];
  }

  /** Hundreds at the touch, a thousand or two behind it, thin tails. */
  #fresh(behind: number): number {
    if (behind === 0) return this.#random.integer(100, 800);
    if (behind <= 4) return this.#random.integer(300, 2_000);
    return this.#random.integer(20, 200);
  }

  #set(tick: number, contracts: number): LevelChange {
    if (contracts === 0) this.#sizes.delete(tick);
    else this.#sizes.set(tick, contracts);
    return { tick, contracts };
  }
}

/**
 * Quotes new bests on both sides of a book. The side that backs off goes first, so that the book is
 * not crossed in between.
 */
export function* requote(
  sides: Readonly<Record<LadderSide, Ladder>>,
  best: Readonly<Record<LadderSide, number>>,
): Generator<readonly [LadderSide, LevelChange[]]> {
  const backsOff = best.yes < sides.yes.best ? "yes" : "no";
  const sequence: readonly LadderSide[] = backsOff === "yes" ? ["yes", "no"] : ["no", "yes"];
  for (const side of sequence) yield [side, sides[side].quote(best[side])];
}
