/** Room of a new ring; a power of two, as every room is. */
const ROOM = 64;

/**
 * A queue of numbers in one block of memory that grows by doubling: nothing is allocated for a number.
 * Reading what is not there gives NaN.
 */
export class Ring {
  #numbers = new Float64Array(ROOM);
  /** Running indexes of the oldest number and of the next one. */
  #head = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#head;
  }

  /** The oldest number. */
  first(): number {
    return this.size > 0 ? this.#at(this.#head) : Number.NaN;
  }

  push(value: number): void {
    if (this.size === this.#numbers.length) this.#grow();
    this.#numbers[this.#end & (this.#numbers.length - 1)] = value;
    this.#end += 1;
  }

  dropFirst(): void {
    if (this.#head < this.#end) this.#head += 1;
  }

  #at(index: number): number {
    return this.#numbers[index & (this.#numbers.length - 1)] ?? Number.NaN;
  }

  #grow(): void {
    const grown = new Float64Array(this.#numbers.length * 2);
    for (let index = this.#head; index < this.#end; index += 1) {
      grown[index & (grown.length - 1)] = this.#at(index);
    }
    this.#numbers = grown;
  }
}
