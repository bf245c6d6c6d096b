/** Room of a new ring; a power of two, as every room is. */
const ROOM = 64;

/**
 * A queue of numbers in one block of memory that grows by doubling: nothing is allocated for a number.
 * Each has a running index, which it keeps until it is dropped. Reading what is not there gives NaN.
 */
export class Ring {
  #numbers = new Float64Array(ROOM);
  /** Running indexes of the oldest number and of the next one. */
  #head = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#head;
  }

  /** The number with this running index. */
  at(index: number): number {
    return this.#numbers[index & (this.#numbers.length - 1)] ?? Number.NaN;
  }

  first(): number {
    return this.size > 0 ? this.at(this.#head) : Number.NaN;
  }

  second(): number {
    return this.size > 1 ? this.at(this.#head + 1) : Number.NaN;
  }

  last(): number {
    return this.size > 0 ? this.at(this.#end - 1) : Number.NaN;
  }

  /** @returns its running index. */
  push(value: number): number {
    if (this.size === this.#numbers.length) this.#grow();
    const index = this.#end;
    this.#numbers[index & (this.#numbers.length - 1)] = value;
    this.#end = index + 1;
    return index;
  }

  /** @returns the running index of what was dropped. */
  dropFirst(): number {
    const index = this.#head;
    if (index < this.#end) this.#head = index + 1;
    return index;
  }

  dropLast(): void {
    if (this.#end > this.#head) this.#end -= 1;
  }

  #grow(): void {
    const grown = new Float64Array(this.#numbers.length * 2);
    for (let index = this.#head; index < this.#end; index += 1) {
      grown[index & (grown.length - 1)] = this.at(index);
    }
    this.#numbers = grown;
  }
}
