import { type Instant, instant } from "../../core/domain/units.ts";
import type { RunClock } from "../../core/domain/time.ts";

/** Fastest and slowest that a night is played. */
export const SPEED_RANGE = { min: 1, max: 240 } as const;

/** Wall time that a promised horizon covers: what a crash can skip at most. */
const RUNWAY_WALL_MS = 150;

export interface ClockOptions {
  readonly startAt: Instant;
  readonly speed: number;
  /** Advance without a lease, as a bot's owner wants it. */
  readonly isFreeRunning: boolean;
  /** Monotonic wall milliseconds. */
  readonly wall: () => number;
}

/**
 * Simulated time. It advances only while leased (or free-running) and never beyond a horizon that
 * was made durable first: after a crash it resumes at the horizon, so no reader sees it run back.
 */
export class SimClock implements RunClock {
  #speed: number;
  #leaseUntil: number;
  #anchorWall: number;
  #anchor: number;
  #horizon: Instant;
  readonly #wall: () => number;

  constructor(options: ClockOptions) {
    this.#wall = options.wall;
    this.#speed = options.speed;
    this.#leaseUntil = options.isFreeRunning ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#anchorWall = options.wall();
    this.#anchor = options.startAt;
    this.#horizon = options.startAt;
  }

  get speed(): number {
    return this.#speed;
  }

  /** Up to where time may pass. */
  get horizon(): Instant {
    return this.#horizon;
  }

  get isRunning(): boolean {
    return this.#wall() < this.#leaseUntil;
  }

  /** Whole milliseconds; stands still at the horizon and loses the wall time spent there. */
  now(): Instant {
    const wall = this.#wall();
    const until = Math.min(wall, Math.max(this.#leaseUntil, this.#anchorWall));
    const raw = this.#anchor + (until - this.#anchorWall) * this.#speed;
    if (raw > this.#horizon) {
      this.#anchor = this.#horizon;
      this.#anchorWall = wall;
      return this.#horizon;
    }
    return instant(Math.floor(raw));
  }

  setSpeed(speed: number): void {
    this.#reanchor();
    this.#speed = speed;
  }

  /** Keeps time running for `ttlMs` of wall time from now. */
  renewLease(ttlMs: number): void {
    this.#reanchor();
    this.#leaseUntil = Math.max(this.#leaseUntil, this.#wall() + ttlMs);
  }

  /** The horizon to make durable next, or null while the present one lasts. */
  wantedHorizon(): Instant | null {
    if (!this.isRunning) return null;
    const runway = Math.ceil(RUNWAY_WALL_MS * this.#speed);
    const now = this.now();
    return this.#horizon - now < runway / 2 ? instant(now + runway) : null;
  }

  /** Allows time to pass up to `horizon`, which is durable now. */
  promiseHorizon(horizon: Instant): void {
    if (horizon > this.#horizon) this.#horizon = horizon;
  }

  /** Wall time that passed while nobody held the lease, or at the horizon, is not played. */
  #reanchor(): void {
    const now = this.now();
    const wall = this.#wall();
    const fraction = this.isRunning ? this.#anchor + (wall - this.#anchorWall) * this.#speed : now;
    this.#anchor = Math.max(now, Math.min(fraction, this.#horizon));
    this.#anchorWall = wall;
  }
}
