import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../core/domain/assert.ts";
import { BudgetTime } from "../../core/domain/budget-time.ts";
import type { RunClock } from "../../core/domain/time.ts";

/** A venue's budget: tokens a second of run time, or of the wall while that stands still, and how many it saves up. */
export interface BucketSize {
  readonly refillPerSecond: number;
  readonly capacity: number;
}

interface Taker {
  readonly cost: number;
  readonly goesFirst: boolean;
  readonly answer: (isServed: boolean) => void;
}

/** Somebody who goes first may come while others are waited for. Wall time. */
const LOOK_MS = 20;

/**
 * A token bucket on the run's clock, in which each taker waits its turn: who came first is served first,
 * however large the next. Those that go first have a line of their own, served before the other.
 */
export class TokenBucket {
  readonly #clock: RunClock;
  readonly #time: BudgetTime;
  readonly #size: BucketSize;
  readonly #waiting: Taker[] = [];
  #tokens: number;
  #isServing = false;

  constructor(
    clock: RunClock,
    size: BucketSize,
    initial: number = size.capacity,
    wall: () => number = () => performance.now(),
  ) {
    assert(size.refillPerSecond > 0 && size.capacity > 0, "a bucket has a rate and a size");
    this.#clock = clock;
    this.#time = new BudgetTime(clock, wall);
    this.#size = size;
    this.#tokens = initial;
  }

  /** Tokens there now; negative while takers wait. */
  get level(): number {
    this.#refill();
    return this.#tokens - owedTo(this.#waiting);
  }

  /**
   * Takes `cost` tokens as soon as they are there.
   *
   * @returns false, with nothing taken, when they are not there within `patienceMs` of wall time.
   */
  async take(
    cost: number,
    patienceMs: number = Number.POSITIVE_INFINITY,
    goesFirst = false,
  ): Promise<boolean> {
    this.#refill();
    const ahead = this.#waiting.filter((other) => other.goesFirst || !goesFirst);
    if (ahead.length === 0 && this.#tokens >= this.#neededFor(cost)) {
      this.#tokens -= cost;
      return true;
    }
    if (this.#wallMsUntil(this.#tokens - owedTo(ahead) - cost) > patienceMs) return false;
    return this.#wait(cost, patienceMs, goesFirst, ahead.length);
  }

  #wait(cost: number, patienceMs: number, goesFirst: boolean, place: number): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const answer = (isServed: boolean): void => {
        clearTimeout(timer);
        resolve(isServed);
      };
      const taker = { cost, goesFirst, answer };
      this.#waiting.splice(place, 0, taker);
      // The clock may come to stand still, and the wait be longer than it was reckoned.
      if (Number.isFinite(patienceMs)) {
        timer = setTimeout(() => {
          this.#waiting.splice(this.#waiting.indexOf(taker), 1);
          answer(false);
        }, patienceMs);
      }
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      this.#refill();
      const missing = this.#tokens - this.#neededFor(first.cost);
      if (missing >= 0) {
        this.#waiting.shift();
        this.#tokens -= first.cost;
        first.answer(true);
      } else {
        await sleep(Math.max(1, Math.ceil(Math.min(this.#wallMsUntil(missing), LOOK_MS))));
      }
    }
    this.#isServing = false;
  }

  /** What costs more than the bucket holds is served when it is full, and leaves a debt. */
  #neededFor(cost: number): number {
    return Math.min(cost, this.#size.capacity);
  }

  #refill(): void {
    const gained = (this.#time.lap() / 1_000) * this.#size.refillPerSecond;
    this.#tokens = Math.min(this.#size.capacity, this.#tokens + gained);
  }

  #wallMsUntil(tokens: number): number {
    if (tokens >= 0) return 0;
    return ((-tokens / this.#size.refillPerSecond) * 1_000) / this.#clock.speed;
  }
}

function owedTo(takers: readonly Taker[]): number {
  return takers.reduce((sum, { cost }) => sum + cost, 0);
}

/** The two budgets of an account. */
export interface RateBudget {
  readonly read: TokenBucket;
  readonly write: TokenBucket;
}

/** Kalshi's Basic tier. Source: the venue's rate limit page, late 2026; depth of reads measured. */
const BASIC_TIER: { readonly read: BucketSize; readonly write: BucketSize } = {
  read: { refillPerSecond: 200, capacity: 600 },
  write: { refillPerSecond: 100, capacity: 100 },
};

/** Builds the budgets of an account, one pair a process. */
export function createRateBudget(clock: RunClock, tier = BASIC_TIER): RateBudget {
  return {
    read: new TokenBucket(clock, tier.read),
    // A process that was just restarted may have spent the venue's bucket a moment ago, and a
    // refused write is an order nobody knows: writes start from an empty bucket.
    write: new TokenBucket(clock, tier.write, 0),
  };
}
