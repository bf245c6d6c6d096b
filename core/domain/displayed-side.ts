import { PriceLevels } from "./price-levels.ts";

/** What is known of the sizes on a side: all levels, the best one, or none. */
export type SizeKnowledge = "all-levels" | "best-level" | "none";

/** A displayed side as JSON-safe data. Prices are the outcome's own, micros. */
export interface DisplayedSideState {
  /** Price, displayed size, and how much of it we took. */
  readonly levels: readonly (readonly [price: number, size: number, taken: number])[];
  readonly unsizedPrice: number | null;
  readonly knowledge: SizeKnowledge;
}

/**
 * What others display on one side of a market, less what we took from it. Prices are the outcome's
 * own (the NO price for offers of YES), so that on both sides higher is better.
 */
export class DisplayedSide {
  readonly #sizes = new PriceLevels();
  readonly #taken = new Map<number, number>();
  #unsizedPrice: number | null = null;
  #knowledge: SizeKnowledge = "all-levels";

  /** The best price where its size is not known. */
  get unsizedPrice(): number | null {
    return this.#unsizedPrice;
  }

  /** Sets one level. @returns whether anything changed; what we took is displayed again if so. */
  setLevel(price: number, size: number): boolean {
    const isChanged = this.#sizes.get(price) !== size || this.#knowledge !== "all-levels";
    this.#unsizedPrice = null;
    this.#knowledge = "all-levels";
    if (!isChanged) return false;
    this.#sizes.set(price, size);
    this.#taken.delete(price);
    return true;
  }

  /** Replaces the side by its best level; a null size is not known. @returns whether anything changed. */
  setBest(price: number | null, size: number | null): boolean {
    // Nearly always one best level follows another, and nothing was taken: asked at every quote.
    const isFollowing = this.#knowledge === "best-level" && this.#taken.size === 0;
    if (isFollowing && price !== null && size !== null) return this.#sizes.setOnly(price, size);
    const before = this.#unsizedPrice ?? this.#sizes.highest();
    const sizeBefore =
      this.#unsizedPrice !== null || before === null ? null : this.#sizes.get(before);
    const knowledgeBefore = this.#knowledge;
    // An emptied side says nothing about sizes: what is known of them stays, except about depth.
    if (price !== null) this.#knowledge = size === null ? "none" : "best-level";
    else if (knowledgeBefore === "all-levels") this.#knowledge = "none";
    const isSame = before === price && sizeBefore === size && knowledgeBefore === this.#knowledge;
    if (isSame) return false;
    if (this.#taken.size > 0) this.#taken.clear();
    this.#unsizedPrice = size === null ? price : null;
    if (price !== null && size !== null) this.#sizes.setOnly(price, size);
    else this.#sizes.clear();
    return true;
  }

  /** Known size at a price that we have not taken. */
  available(price: number): number {
    return this.#sizes.get(price) - (this.#taken.get(price) ?? 0);
  }

  /** Takes from a level what it has. */
  take(price: number, count: number): void {
    this.#taken.set(price, (this.#taken.get(price) ?? 0) + count);
  }

  /** Others' size ahead of an order that arrives at a price. @returns `null` when it is not known. */
  aheadOf(price: number): number | null {
    if (this.#knowledge === "none") return null;
    const best = this.#sizes.highest();
    if (this.#knowledge === "best-level" && best !== null && price < best) return null;
    return this.available(price);
  }

  /** Prices with something to take, best first. */
  openPrices(): readonly number[] {
    if (this.#unsizedPrice !== null) return [this.#unsizedPrice];
    return this.#sizes
      .prices()
      .filter((price) => this.available(price) > 0)
      .reverse();
  }

  /** The side as data. */
  state(): DisplayedSideState {
    return {
      levels: this.#sizes
        .prices()
        .map((price) => [price, this.#sizes.get(price), this.#taken.get(price) ?? 0] as const),
      unsizedPrice: this.#unsizedPrice,
      knowledge: this.#knowledge,
    };
  }

  /** Becomes the side that was written down. */
  restore(state: DisplayedSideState): void {
    this.#sizes.clear();
    this.#taken.clear();
    for (const [price, size, taken] of state.levels) {
      this.#sizes.set(price, size);
      if (taken > 0) this.#taken.set(price, taken);
    }
    this.#unsizedPrice = state.unsizedPrice;
    this.#knowledge = state.knowledge;
  }
}
