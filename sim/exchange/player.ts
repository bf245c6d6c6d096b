import type { Instant } from "../../core/domain/units.ts";
import { instant } from "../../core/domain/units.ts";
import type { Fact, FactSource } from "../facts.ts";
import { FactQueue } from "./facts-queue.ts";

/** Facts played before other work gets its turn. */
const FACTS_PER_TURN = 2_000;

/** Who is shown what is played. */
export interface Audience {
  /** One fact, in sequence. */
  show(fact: Fact): void;
  /** Time has come to `at`, whether or not a fact stands there. */
  pass(at: Instant): void;
}

/** Plays a source: every fact up to a time, in sequence, and nothing later. */
export class Player {
  readonly #queue: FactQueue;
  readonly #audience: Audience;
  #position = 0;
  #playedTo: Instant;
  #filling: Promise<void> | null = null;

  constructor(source: FactSource, audience: Audience) {
    this.#queue = new FactQueue(source);
    this.#audience = audience;
    this.#playedTo = source.manifest.startAt;
  }

  /** Facts played so far: the place of a command among them. */
  get position(): number {
    return this.#position;
  }

  get playedTo(): Instant {
    return this.#playedTo;
  }

  get isExhausted(): boolean {
    return this.#queue.isExhausted;
  }

  async advanceTo(target: Instant): Promise<void> {
    await this.#play((fact) => fact.receivedAt <= target);
    this.#pass(target);
  }

  /** Plays every fact that there is. */
  async advanceToEnd(): Promise<void> {
    await this.#play(() => true);
  }

  /** Plays until `position` facts are played, for a command that stood there. @returns whether it got there. */
  async advanceToPosition(position: number): Promise<boolean> {
    await this.#play(() => this.#position < position);
    return this.#position === position;
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #play(isDue: (fact: Fact) => boolean): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      const fact = this.#queue.peek();
      if (fact === null) {
        await this.#fill();
        if (this.#queue.isExhausted) return;
        continue;
      }
      if (!isDue(fact)) return;
      this.#queue.take();
      this.#position += 1;
      this.#pass(fact.receivedAt);
      this.#audience.show(fact);
      if (turn % FACTS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Two readers of the queue wait for the same batch. */
  async #fill(): Promise<void> {
    this.#filling ??= this.#queue.fill().finally(() => {
      this.#filling = null;
    });
    await this.#filling;
  }

  #pass(at: Instant): void {
    this.#playedTo = instant(Math.max(this.#playedTo, at));
    this.#audience.pass(this.#playedTo);
  }
}
