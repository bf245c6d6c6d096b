import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import type { FairPath } from "./fair.ts";
import { Ladder, type LadderSide, type LevelChange, requote, TICK_MICROS } from "./ladder.ts";
import type { Random } from "./random.ts";

/** One market's book to be played. */
export interface BookPlan {
  readonly marketTicker: string;
  /** Whether YES is the home team. */
  readonly isHome: boolean;
  readonly fair: FairPath;
  /** When the market learns something and quotes at once; in order. */
  readonly newsAt: readonly number[];
  readonly openAt: Instant;
  readonly tipAt: Instant;
  readonly closeAt: Instant;
}

/** Mean time between changes of a book nobody has news for. */
const QUIET_MS = { pregame: 20_000, play: 3_600, wild: 1_800 } as const;
/** A move of this many ticks at once makes the book wild for a while: wider and faster. */
const WILD_TICKS = 4;

/** Plays one market's book: `level` facts and the `trade` prints that go with them, in order. */
export function* bookFacts(plan: BookPlan, random: Random): Generator<Fact> {
  const book = new Book(plan, random);
  yield* book.quote(plan.openAt);
  let now: number = plan.openAt;
  let news = 0;
  for (;;) {
    const next = Math.ceil(now + 1 + random.exponential(book.pace(now)));
    const known = plan.newsAt[news] ?? Number.POSITIVE_INFINITY;
    now = Math.min(next, Math.max(known, now + 1));
    if (known <= now) news += 1;
    if (now >= plan.closeAt) return;
    yield* book.step(instant(now));
  }
}

/** One market's two ladders and its mood. */
class Book {
  readonly #plan: BookPlan;
  readonly #random: Random;
  readonly #sides: Record<LadderSide, Ladder>;
  #spread = 1;
  #wildUntil = 0;
  /** The side that stands one tick back for a while; it never improves on fair. */
  #shy: LadderSide | null = null;
  #centre: number | null = null;

  constructor(plan: BookPlan, random: Random) {
    this.#plan = plan;
    this.#random = random;
    this.#sides = { yes: new Ladder(random), no: new Ladder(random) };
  }

  pace(now: number): number {
    if (now < this.#plan.tipAt) return QUIET_MS.pregame;
    return now < this.#wildUntil ? QUIET_MS.wild : QUIET_MS.play;
  }

  /** One change: a new quote where fair has moved, a print, or somebody's size. */
  *step(at: Instant): Generator<Fact> {
    this.#changeMood(at);
    const before = [this.#sides.yes.best, this.#sides.no.best];
    yield* this.quote(at);
    const isMoved = before[0] !== this.#sides.yes.best || before[1] !== this.#sides.no.best;
    if (isMoved) return;
    if (this.#random.chance(at < this.#plan.tipAt ? 0.2 : 0.35)) yield* this.#print(at);
    else yield* this.#levels(at, ...this.#refreshed());
  }

  /** Quotes around fair. Stale offers that the move runs over are partly traded on their way out. */
  *quote(at: Instant): Generator<Fact> {
    const home = this.#plan.fair.at(at);
    const centre = 100 * (this.#plan.isHome ? home : 1 - home);
    if (this.#centre !== null && Math.abs(centre - this.#centre) >= WILD_TICKS) {
      this.#wildUntil = at + this.#random.between(12_000, 40_000);
    }
    this.#centre = centre;
    const bid = Math.round(centre - this.#spread / 2);
    const yes = bid - (this.#shy === "yes" ? 1 : 0);
    const no = 100 - (bid + this.#spread) - (this.#shy === "no" ? 1 : 0);
    yield* this.#sweep(at, "yes", yes);
    yield* this.#sweep(at, "no", no);
    for (const [side, changes] of requote(this.#sides, { yes, no })) {
      yield* this.#levels(at, side, changes);
    }
  }

  #changeMood(at: Instant): void {
    const isWild = at < this.#wildUntil;
    const isSettling = !isWild && this.#spread > 2;
    if (isSettling || this.#random.chance(isWild ? 0.3 : 0.05)) {
      this.#spread = isWild ? this.#random.integer(2, 4) : this.#random.chance(0.7) ? 1 : 2;
    }
    if (this.#shy === null && this.#random.chance(0.03)) {
      this.#shy = this.#random.pick(["yes", "no"] as const);
    } else if (this.#random.chance(0.12)) this.#shy = null;
  }

  #refreshed(): [LadderSide, LevelChange[]] {
    const side = this.#random.pick(["yes", "no"] as const);
    return [side, this.#sides[side].refresh()];
  }

  /** Takers catch some of the best price before it is pulled. */
  *#sweep(at: Instant, side: LadderSide, target: number): Generator<Fact> {
    const ladder = this.#sides[side];
    const tick = ladder.best;
    if (tick === 0 || tick <= target || !this.#random.chance(0.6)) return;
    const contracts = Math.ceil(ladder.size(tick) * this.#random.between(0.2, 1));
    yield this.#trade(at, side, tick, contracts);
  }

  /** An ordinary print at the touch; a taker's size is mostly small. */
  *#print(at: Instant): Generator<Fact> {
    const side = this.#random.pick(["yes", "no"] as const);
    const ladder = this.#sides[side];
    const tick = ladder.best;
    if (tick === 0) return;
    const wanted = Math.ceil(this.#random.exponential(150));
    const contracts = Math.min(wanted, Math.ceil(ladder.size(tick) * 0.9));
    yield this.#trade(at, side, tick, contracts);
    yield* this.#levels(at, side, ladder.take(tick, contracts));
  }

  /** A print against the bids of `side`: whoever hits a NO bid buys YES. */
  #trade(at: Instant, side: LadderSide, tick: number, contracts: number): Fact {
    const yesTick = side === "yes" ? tick : 100 - tick;
    return {
      kind: "trade",
      sourceTime: at,
      receivedAt: at,
      marketTicker: this.#plan.marketTicker,
      tradeId: tradeId(this.#random),
      price: priceMicros(yesTick * TICK_MICROS),
      count: countCenti(contracts * 100),
      takerSide: side === "yes" ? "ask" : "bid",
    };
  }

  *#levels(at: Instant, side: LadderSide, changes: readonly LevelChange[]): Generator<Fact> {
    for (const change of changes) {
      yield {
        kind: "level",
        sourceTime: at,
        receivedAt: at,
        marketTicker: this.#plan.marketTicker,
        outcome: side,
        price: priceMicros(change.tick * TICK_MICROS),
        size: countCenti(change.contracts * 100),
      };
    }
  }
}

/** An id of the venue's shape. */
export function tradeId(random: Random): string {
  const hex = (length: number): string => {
    let digits = "";
    while (digits.length < length) digits += random.integer(0, 15).toString(16);
    return digits;
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}
