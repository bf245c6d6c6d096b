import { ONE_USD_MICROS, type PriceMicros, priceMicros } from "../../core/domain/units.ts";
import type { Fact, QuoteFact } from "../facts.ts";

/** Spreads at which a night with derived books is scored, in cents. */
export const DERIVED_SPREADS = [1, 2, 3] as const;
/** Width of a derived book in cents. */
export type DerivedSpread = (typeof DERIVED_SPREADS)[number];
/** The spread of a night that names none. */
export const DERIVED_SPREAD_DEFAULT: DerivedSpread = 1;

const CENT_MICROS = 10_000;

/**
 * Opens up derived quotes, which are stored as the last trade's price on both sides. The rule: a
 * price that rose was bought at the ask, one that fell was sold at the bid, an unchanged one is
 * read as before; an even spread lies around the price. So 50, reached from below, is 49/50 at
 * one cent, 49/51 at two and 48/51 at three. A side beyond 1 to 99 cents is empty.
 */
export class DerivedBook {
  readonly #spreadCents: DerivedSpread;
  readonly #last = new Map<string, { price: PriceMicros; hasRisen: boolean }>();

  constructor(spreadCents: DerivedSpread) {
    this.#spreadCents = spreadCents;
  }

  /** The fact as it is played: a derived quote gets its spread, all else is left alone. */
  open(fact: Fact): Fact {
    if (fact.kind !== "quote" || !fact.isDerived || fact.bid === null) return fact;
    return this.#spread(fact, fact.bid);
  }

  #spread(fact: QuoteFact, price: PriceMicros): Fact {
    const last = this.#last.get(fact.marketTicker);
    const hasRisen =
      last === undefined || last.price === price ? (last?.hasRisen ?? true) : price > last.price;
    this.#last.set(fact.marketTicker, { price, hasRisen });
    const half = this.#spreadCents / 2;
    const below = (hasRisen ? Math.ceil(half) : Math.floor(half)) * CENT_MICROS;
    const above = this.#spreadCents * CENT_MICROS - below;
    return { ...fact, bid: inside(price - below), ask: inside(price + above) };
  }
}

function inside(price: number): PriceMicros | null {
  return price > 0 && price < ONE_USD_MICROS ? priceMicros(price) : null;
}
