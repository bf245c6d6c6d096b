import { required } from "../../core/domain/assert.ts";
import { PRICE_GRIDS, type PriceGridName } from "../../core/domain/price-grid.ts";
import {
  countCenti,
  type Instant,
  ONE_USD_MICROS,
  type PriceMicros,
  priceMicros,
} from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { tradeId } from "./book-facts.ts";
import { Ladder, type LadderSide, type LevelChange, requote } from "./ladder.ts";
import type { Random } from "./random.ts";

/** Chances of a spread of 1, 2 and 3 ticks, and that one is drawn anew at a new quote. */
const SPREAD_SHARES = [0.6, 0.3, 0.1] as const;
const SPREAD_CHANGES = 0.1;
/** A quote stays while fair value is this near to where it was quoted, ticks; it is not redone for less. */
const STICKINESS = 0.6;
/** How often a price that runs away from a resting quote is partly traded on its way out. */
const SWEEP_CHANCE = 0.3;

/** The valid prices of a grid by number, from 1 on: ticks for a `Ladder`. */
export class TickGrid {
  /** With 0 and 1 USD at the ends, which are no prices. */
  readonly #prices: readonly number[];

  constructor(name: PriceGridName) {
    const prices = new Set<number>();
    for (const { startMicros, endMicros, stepMicros } of PRICE_GRIDS[name]) {
      for (let price = startMicros; price <= endMicros; price += stepMicros) prices.add(price);
    }
    this.#prices = [...prices];
  }

  /** The number of the highest price. */
  get top(): number {
    return this.#prices.length - 2;
  }

  price(tick: number): PriceMicros {
    return priceMicros(required(this.#prices[tick], "a tick of the grid"));
  }

  /** Where a probability lies between the prices, in ticks. */
  position(probability: number): number {
    const micros = probability * ONE_USD_MICROS;
    let low = 0;
    let high = this.#prices.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (required(this.#prices[middle], "a price") <= micros) low = middle;
      else high = middle;
    }
    const [below, above] = [this.#prices[low] ?? 0, this.#prices[high] ?? ONE_USD_MICROS];
    return low + (micros - below) / (above - below);
  }
}

/** One contract's two ladders. Its grid must look the same from both ends, as the venue's do. */
export class BtcBook {
  readonly #marketTicker: string;
  readonly #grid: TickGrid;
  readonly #random: Random;
  readonly #sides: Record<LadderSide, Ladder>;
  #spread = 1;
  #centre = Number.NEGATIVE_INFINITY;

  constructor(marketTicker: string, grid: TickGrid, random: Random) {
    const shape = { top: grid.top, depth: 4, pulledBehind: 6 };
    this.#marketTicker = marketTicker;
    this.#grid = grid;
    this.#random = random;
    this.#sides = { yes: new Ladder(random, shape), no: new Ladder(random, shape) };
  }

  /** Whether a fair value is far enough from the one that was quoted. */
  isStale(fair: number): boolean {
    return Math.abs(this.#grid.position(fair) - this.#centre) >= STICKINESS;
  }

  /** Quotes around a fair value. */
  quote(at: Instant, fair: number): Fact[] {
    if (this.#random.chance(SPREAD_CHANGES)) this.#spread = drawSpread(this.#random);
    this.#centre = this.#grid.position(fair);
    const bid = Math.round(this.#centre - this.#spread / 2);
    const best = { yes: bid, no: this.#grid.top + 1 - (bid + this.#spread) };
    const facts: Fact[] = [...this.#sweep(at, "yes", best.yes), ...this.#sweep(at, "no", best.no)];
    for (const [side, changes] of requote(this.#sides, best)) {
      facts.push(...this.#levels(at, side, changes));
    }
    return facts;
  }

  /** A print at the touch, or somebody's size: nothing where the side drawn is empty. */
  bustle(at: Instant): Fact[] {
    const side = this.#random.pick(["yes", "no"] as const);
    const ladder = this.#sides[side];
    if (ladder.best === 0) return [];
    if (this.#random.chance(0.5)) return this.#levels(at, side, ladder.refresh());
    const tick = ladder.best;
    const wanted = Math.ceil(this.#random.exponential(80));
    const contracts = Math.min(wanted, Math.ceil(ladder.size(tick) * 0.9));
    const print = this.#trade(at, side, tick, contracts);
    return [print, ...this.#levels(at, side, ladder.take(tick, contracts))];
  }

  #sweep(at: Instant, side: LadderSide, target: number): Fact[] {
    const ladder = this.#sides[side];
    const tick = ladder.best;
    if (tick === 0 || tick <= target || !this.#random.chance(SWEEP_CHANCE)) return [];
    const contracts = Math.ceil(ladder.size(tick) * this.#random.between(0.2, 1));
    return [this.#trade(at, side, tick, contracts)];
  }

  /** A print against the bids of `side`: whoever hits a NO bid buys YES. */
  #trade(at: Instant, side: LadderSide, tick: number, contracts: number): Fact {
    return {
      kind: "trade",
      sourceTime: at,
      receivedAt: at,
      marketTicker: this.#marketTicker,
      tradeId: tradeId(this.#random),
      price: this.#grid.price(side === "yes" ? tick : this.#grid.top + 1 - tick),
      count: countCenti(contracts * 100),
      takerSide: side === "yes" ? "ask" : "bid",
    };
  }

  #levels(at: Instant, side: LadderSide, changes: readonly LevelChange[]): Fact[] {
    return changes.map(({ tick, contracts }) => ({
      kind: "level",
      sourceTime: at,
      receivedAt: at,
      marketTicker: this.#marketTicker,
      outcome: side,
      price: this.#grid.price(tick),
      size: countCenti(contracts * 100),
    }));
  }
}

function drawSpread(random: Random): number {
  let left = random.uniform();
  for (const [index, share] of SPREAD_SHARES.entries()) {
    left -= share;
    if (left < 0) return index + 1;
  }
  return SPREAD_SHARES.length;
}
