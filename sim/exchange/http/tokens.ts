import { BudgetTime } from "../../../core/domain/budget-time.ts";
import type { RunClock } from "../../../core/domain/time.ts";
import { ApiError } from "../errors.ts";

/** A tier's budgets: tokens a second and the depth of each bucket. Source: venue's rate table, 2026-09. */
export interface Tier {
  readonly name: string;
  readonly read: { readonly refillRate: number; readonly capacity: number };
  readonly write: { readonly refillRate: number; readonly capacity: number };
}

export const TIERS = {
  basic: {
    name: "basic",
    read: { refillRate: 200, capacity: 600 },
    write: { refillRate: 100, capacity: 100 },
  },
  advanced: {
    name: "advanced",
    read: { refillRate: 300, capacity: 900 },
    write: { refillRate: 300, capacity: 600 },
  },
  premier: {
    name: "premier",
    read: { refillRate: 1_200, capacity: 3_600 },
    write: { refillRate: 1_200, capacity: 2_400 },
  },
  prestige: {
    name: "prestige",
    read: { refillRate: 12_000, capacity: 36_000 },
    write: { refillRate: 9_600, capacity: 19_200 },
  },
} as const satisfies Record<string, Tier>;
export type TierName = keyof typeof TIERS;

/** What a call costs, unless the endpoint table says otherwise. */
export const DEFAULT_COST = 10;
/** What a cancel, or the reading of one order, costs. */
export const SMALL_COST = 2;

/** A bucket on the run's clock: at sixty times the speed it refills sixty times as fast. */
export class TokenBucket {
  readonly #time: BudgetTime;
  readonly #refillRate: number;
  readonly #capacity: number;
  #tokens: number;

  constructor(clock: RunClock, budget: { refillRate: number; capacity: number }) {
    this.#time = new BudgetTime(clock, () => performance.now());
    this.#refillRate = budget.refillRate;
    this.#capacity = budget.capacity;
    this.#tokens = budget.capacity;
  }

  /** @throws ApiError 429, with no Retry-After, as the venue. */
  take(cost: number): void {
    const earned = (this.#time.lap() / 1_000) * this.#refillRate;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
    if (this.#tokens < cost) throw new ApiError(429, "too_many_requests", "too many requests");
    this.#tokens -= cost;
  }
}
