import { type Instant, instant } from "../../core/domain/units.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { ApiError } from "./errors.ts";

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
  /** Stretches that are leapt over: who comes to `from` is at `to`. In sequence. */
  readonly gaps?: readonly Gap[];
}

/** The clock of a night. */
export interface NightClock extends RunClock {
  /** Whether time passes now. */
  readonly isRunning: boolean;
  /** @throws ApiError 400 for a speed that this clock cannot have. */
  setSpeed(speed: number): void;
  /** Keeps time running for `ttlMs` of wall time from now. */
  renewLease(ttlMs: number): void;
  /** Up to where time may pass. */
  readonly horizon: Instant;
  /** The horizon to make durable next, or null while the present one lasts. */
  wantedHorizon(): Instant | null;
  /** Allows time to pass up to `horizon`, which is durable now. */
  promiseHorizon(horizon: Instant): void;
}

/** A stretch of run time that is not played. */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * Simulated time. It advances only while leased (or free-running) and never beyond a horizon that
 * was made durable first: after a crash it resumes at the horizon, so no reader sees it run back.
 */
export class SimClock implements NightClock {
  #speed: number;
  #leaseUntil: number;
  #anchorWall: number;
  #anchor: number;
  #horizon: Instant;
  readonly #wall: () => number;
  readonly #gaps: readonly Gap[];

  constructor(options: ClockOptions) {
    this.#wall = options.wall;
    this.#gaps = options.gaps ?? [];
    this.#speed = options.speed;
    this.#leaseUntil = options.isFreeRunning ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#anchorWall = options.wall();
    this.#anchor = this.#after(options.startAt, 0);
    this.#horizon = instant(this.#anchor);
  }

  get speed(): number {
    return this.#speed;
  }

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
    const raw = this.#after(this.#anchor, (until - this.#anchorWall) * this.#speed);
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

  renewLease(ttlMs: number): void {
    this.#reanchor();
    this.#leaseUntil = Math.max(this.#leaseUntil, this.#wall() + ttlMs);
  }

  wantedHorizon(): Instant | null {
    if (!this.isRunning) return null;
    const runway = Math.ceil(RUNWAY_WALL_MS * this.#speed);
    const now = this.now();
    const halfway = this.#after(now, runway / 2);
    return this.#horizon < halfway ? instant(this.#after(now, runway)) : null;
  }

  promiseHorizon(horizon: Instant): void {
    if (horizon > this.#horizon) this.#horizon = horizon;
  }

  /** Wall time that passed while nobody held the lease, or at the horizon, is not played. */
  #reanchor(): void {
    const now = this.now();
    const wall = this.#wall();
    const played = (wall - this.#anchorWall) * this.#speed;
    const fraction = this.isRunning ? this.#after(this.#anchor, played) : now;
    this.#anchor = Math.max(now, Math.min(fraction, this.#horizon));
    this.#anchorWall = wall;
  }

  /** The time that is played `ms` after `from`: gaps that it comes to on the way take no time. */
  #after(from: number, ms: number): number {
    let at = from + ms;
    for (const gap of this.#gaps) {
      if (from < gap.to && at >= gap.from) at += gap.to - Math.max(from, gap.from);
    }
    return at;
  }
}

/**
 * The clock of a live night: that of the wall outside. It waits for nobody, has its own speed, and stands still
 * while the other is set back.
 */
export class LiveClock implements NightClock {
  readonly isRunning = true;
  readonly #outside: RunClock;
  #shown: number;

  constructor(startAt: Instant, outside: RunClock) {
    this.#outside = outside;
    this.#shown = startAt;
  }

  get speed(): number {
    return this.#outside.speed;
  }

  get horizon(): Instant {
    return this.now();
  }

  now(): Instant {
    this.#shown = Math.max(this.#shown, this.#outside.now());
    return instant(this.#shown);
  }

  setSpeed(speed: number): void {
    if (speed === this.speed) return;
    const reason = `a live night has the speed of the wall, not ${speed}`;
    throw new ApiError(400, "invalid_parameters", "invalid parameters", reason);
  }

  renewLease(): void {
    // It runs without one.
  }

  wantedHorizon(): null {
    return null;
  }

  promiseHorizon(): void {
    // The wall passes any horizon.
  }
}
