/**
 * Sizes by price, sorted: one side of a book. Prices in micros, sizes in hundredths of a contract.
 *
 * Arrays and binary search, because books are short and the best end changes most: no allocation
 * per update.
 */
export class PriceLevels {
  readonly #prices: number[] = [];
  readonly #sizes: number[] = [];

  /** Size at a price, 0 where nothing rests. */
  get(price: number): number {
    const index = this.#indexOf(price);
    return this.#prices[index] === price ? (this.#sizes[index] ?? 0) : 0;
  }

  /** Sets the size at a price; 0 removes the level. */
  set(price: number, size: number): void {
    const index = this.#indexOf(price);
    const isPresent = this.#prices[index] === price;
    if (size === 0) {
      if (isPresent) {
        this.#prices.splice(index, 1);
        this.#sizes.splice(index, 1);
      }
    } else if (isPresent) {
      this.#sizes[index] = size;
    } else {
      this.#prices.splice(index, 0, price);
      this.#sizes.splice(index, 0, size);
    }
  }

  /** Replaces every level by one; by none when its size is 0. @returns `false` when it was the only one already. */
  setOnly(price: number, size: number): boolean {
    if (this.#prices.length !== 1 || size === 0) {
      this.clear();
      this.set(price, size);
      return true;
    }
    if (this.#prices[0] === price && this.#sizes[0] === size) return false;
    this.#prices[0] = price;
    this.#sizes[0] = size;
    return true;
  }

  /** Removes every level. */
  clear(): void {
    this.#prices.length = 0;
    this.#sizes.length = 0;
  }

  /** The highest price. @returns `null` when there is none. */
  highest(): number | null {
    return this.#prices[this.#prices.length - 1] ?? null;
  }

  /** Prices from low to high. */
  prices(): readonly number[] {
    return this.#prices;
  }

  /** First position whose price is not below the given one. */
  #indexOf(price: number): number {
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#prices[middle] ?? 0) < price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
