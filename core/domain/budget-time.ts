import type { RunClock } from "./time.ts";

/** A run that has not moved for so long on the wall stands still. */
const STILL_AFTER_MS = 1_000;

/**
 * The time that refills a budget of calls: the run's, and while the run stands still the wall's. A venue's
 * budget fills up whatever we do, and who waits for a run to go on still asks it whether it trades. Both ends
 * count alike, the paper exchange and who asks it.
 */
export class BudgetTime {
  readonly #clock: RunClock;
  readonly #wall: () => number;
  #run: number;
  /** Wall time of the last lap, and of the last that saw the run move. */
  #lapAt: number;
  #movedAt: number;

  /** @param wall milliseconds of a clock of the wall that never runs backwards. */
  constructor(clock: RunClock, wall: () => number) {
    this.#clock = clock;
    this.#wall = wall;
    this.#run = clock.now();
    this.#lapAt = wall();
    this.#movedAt = this.#lapAt;
  }

  /** Milliseconds that count since the last call. */
  lap(): number {
    const [run, wall] = [this.#clock.now(), this.#wall()];
    const moved = run - this.#run;
    const stood = wall - Math.max(this.#lapAt, this.#movedAt + STILL_AFTER_MS);
    this.#run = run;
    this.#lapAt = wall;
    if (moved === 0) return Math.max(0, stood);
    this.#movedAt = wall;
    return moved;
  }
}
