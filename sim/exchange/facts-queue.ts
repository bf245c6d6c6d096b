import type { Arrivals, Fact, FactSource } from "../facts.ts";

const BATCH = 1_024;

/** Facts of a source, read ahead in batches, so that playing them is synchronous. */
export class FactQueue {
  readonly #facts: AsyncIterator<Fact> | Iterator<Fact>;
  readonly #arrivals: Arrivals | null;
  #buffer: readonly Fact[] = [];
  #next = 0;
  #isEnded = false;

  constructor(source: FactSource) {
    const facts = source.facts();
    this.#arrivals = source.arrivals ?? null;
    this.#facts =
      Symbol.asyncIterator in facts ? facts[Symbol.asyncIterator]() : facts[Symbol.iterator]();
  }

  /** Whether every fact was taken, of a live source every one that has come. */
  get isExhausted(): boolean {
    return this.#isEnded && this.#next >= this.#buffer.length;
  }

  /** The next fact, without taking it; null when the buffer is empty: `fill` it. */
  peek(): Fact | null {
    return this.#buffer[this.#next] ?? null;
  }

  take(): void {
    this.#next += 1;
  }

  /** Reads ahead once the buffer is empty, of a live source what has come. */
  async fill(): Promise<void> {
    if (this.#next < this.#buffer.length) return;
    if (this.#isEnded) {
      this.#hold(this.#arrivals?.take() ?? []);
      return;
    }
    const batch: Fact[] = [];
    while (batch.length < BATCH) {
      const step = await this.#facts.next();
      if (step.done === true) {
        this.#isEnded = true;
        break;
      }
      batch.push(step.value);
    }
    this.#hold(batch);
  }

  async close(): Promise<void> {
    await this.#facts.return?.();
    await this.#arrivals?.close();
  }

  #hold(batch: readonly Fact[]): void {
    this.#buffer = batch;
    this.#next = 0;
  }
}
