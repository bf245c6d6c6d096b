import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../core/domain/assert.ts";
import type { RunClock } from "../../core/domain/time.ts";

/** A venue's budget: tokens a second of run time, and how many it saves up. */
export interface BucketSize {
  readonly refillPerSecond: number;
  readonly capacity: number;
}

/**
 * A token bucket on the run's clock, in which each taker waits its turn. A taker goes into debt at
 * once and waits until the debt is repaid: who came first is served first, however large the next.
 */
export class TokenBucket {
  readonly #clock: RunClock;
  readonly #size: BucketSize;
  #tokens: number;
  #filledAt: number;

  constructor(clock: RunClock, size: BucketSize, initial: number = size.capacity) {
    assert(size.refillPerSecond > 0 && size.capacity > 0, "a bucket has a rate and a size");
    this.#clock = clock;
    this.#size = size;
    this.#tokens = initial;
    this.#filledAt = clock.now();
  }

  /** Tokens there now; negative while takers wait. */
  get level(): number {
    this.#refill();
    return this.#tokens;
  }

  /**
   * Takes `cost` tokens as soon as they are there.
   *
   * @returns false, with nothing taken, when they are not there within `patienceMs` of wall time.
   */
  async take(cost: number, patienceMs: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.#refill();
    if (this.#wallMsUntil(this.#tokens - cost) > patienceMs) return false;
    this.#tokens -= cost;
    // What others take later does not count against this taker: only its own place in the line.
    let owed = -this.#tokens;
    let seenAt = this.#filledAt;
    let waitedMs = 0;
    while (owed > 0) {
      // The clock may stand still, and then only patience ends the wait.
      if (waitedMs >= patienceMs) {
        this.#tokens += cost;
        return false;
      }
      const waitMs = Math.max(1, Math.ceil(Math.min(this.#wallMsUntil(-owed), patienceMs)));
      await sleep(waitMs);
      waitedMs += waitMs;
      const now = this.#clock.now();
      owed -= ((now - seenAt) / 1_000) * this.#size.refillPerSecond;
      seenAt = now;
    }
    return true;
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#filledAt) / 1_000) * this.#size.refillPerSecond;
    this.#tokens = Math.min(this.#size.capacity, this.#tokens + gained);
    this.#filledAt = now;
  }

  #wallMsUntil(tokens: number): number {
    if (tokens >= 0) return 0;
    return ((-tokens / this.#size.refillPerSecond) * 1_000) / this.#clock.speed;
  }
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
