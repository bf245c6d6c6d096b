import type { Logger } from "pino";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { ClockState, ExchangeControl } from "./exchange-control.ts";

const RENEW_MS = 150;
const TTL_MS = 700;
/** No crash or rounding sets a player's clock back by so much: it plays another night. */
const NEW_NIGHT_MS = 6 * 3_600_000;

/** A run's clock that follows the exchange's: that of what is played, or the wall's of what is heard live. */
export interface LeasedClock extends RunClock {
  /** Whether simulated time is moving, as far as is known. */
  isRunning(): boolean;
  /** Whether the night has been played to its end. */
  isDone(): boolean;
  stop(): void;
}

/**
 * Follows the player's clock and keeps it moving: simulated time advances only while this lease is
 * renewed, and it is renewed only while `isHealthy` says that every service answers. So a night
 * stands still while anything is down, and nothing is missed.
 */
export async function followPlayerClock(options: {
  readonly control: ExchangeControl;
  readonly holder: string;
  readonly isHealthy: () => boolean;
  readonly log: Logger;
}): Promise<LeasedClock> {
  const first = await options.control.clock();
  const face = new ClockFace(first);
  let isStopped = false;
  const renew = async (): Promise<void> => {
    try {
      const state = options.isHealthy()
        ? await options.control.lease(options.holder, TTL_MS)
        : await options.control.clock();
      face.set(state);
    } catch (error) {
      options.log.debug({ error: String(error) }, "player's clock not reached");
    }
    if (!isStopped) setTimeout(() => void renew(), RENEW_MS).unref();
  };
  await renew();
  return {
    now: () => face.now(),
    get speed() {
      return face.speed;
    },
    isRunning: () => face.isRunning,
    isDone: () => face.isDone,
    stop: () => {
      isStopped = true;
    },
  };
}

/** Reads the clock between two answers: extrapolates while it runs, stands still when answers stay away. */
class ClockFace {
  private state: ClockState;
  private readAt = performance.now();
  private shown: number;

  constructor(state: ClockState) {
    this.state = state;
    this.shown = state.nowMs;
  }

  get speed(): number {
    return this.state.speed;
  }

  get isRunning(): boolean {
    return this.state.isRunning && performance.now() - this.readAt < TTL_MS;
  }

  get isDone(): boolean {
    return this.state.isDone;
  }

  set(state: ClockState): void {
    // Another night was loaded, of an earlier date: only then does the clock go back.
    if (this.shown - state.nowMs > NEW_NIGHT_MS) this.shown = state.nowMs;
    this.state = state;
    this.readAt = performance.now();
  }

  now(): Instant {
    const elapsed = Math.min(performance.now() - this.readAt, TTL_MS);
    const moved = this.state.isRunning ? elapsed * this.state.speed : 0;
    this.shown = Math.max(this.shown, Math.floor(this.state.nowMs + moved));
    return instant(this.shown);
  }
}
