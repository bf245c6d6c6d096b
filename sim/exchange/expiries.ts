import type { Instant } from "../../core/domain/units.ts";
import type { AccountOrder } from "./order.ts";

/** Orders that end by themselves, and when. */
export class Expiries {
  #orders: { readonly order: AccountOrder; readonly expiresAt: Instant }[] = [];

  /** One without an end is left out. */
  add(order: AccountOrder): void {
    const { expiresAt } = order.terms;
    if (expiresAt === null) return;
    this.#orders.push({ order, expiresAt });
    this.#orders.sort((a, b) => a.expiresAt - b.expiresAt);
  }

  /** Those that are over by `at`, once each, first the first. */
  *due(at: number): Generator<{ readonly order: AccountOrder; readonly expiresAt: Instant }> {
    for (let first = this.#orders[0]; first !== undefined; first = this.#orders[0]) {
      if (first.expiresAt > at) return;
      this.#orders.shift();
      yield first;
    }
  }
}
