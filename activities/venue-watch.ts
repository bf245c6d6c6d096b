import type { Logger } from "pino";
import type { RunClock } from "../core/domain/time.ts";
import type { UsdMicros } from "../core/domain/units.ts";
import { repeat } from "../runtime/repeat.ts";
import type { AccountBalance, ExchangeStatus, Venue } from "../core/domain/venue.ts";

/** Whether the venue trades, and the cash there, as far as it answered lately. */
export interface VenueWatch {
  /** @returns `null` before it answered, and when it has been silent for long. */
  isTrading(exchangeIndex: number): boolean | null;
  /** Cash on a shard, micros. @returns `null` as `isTrading`. */
  cash(exchangeIndex: number): UsdMicros | null;
  /** How long ago it answered, wall milliseconds. @returns `null` before the first time. */
  silentMs(): number | null;
  stop(): Promise<void>;
}

/** Asked this often in run time, and not more often than the floor in wall time. */
const PERIOD_MS = 4_000;
const FLOOR_WALL_MS = 500;
/** An answer is believed this long, wall time: played fast, run time is no measure of a silent venue. */
const BELIEVED_WALL_MS = 15_000;

interface Heard {
  readonly status: ExchangeStatus;
  readonly balance: AccountBalance;
  readonly wall: number;
}

/** Asks the venue for its status and our balance all the time, so that no order has to wait for it. */
export function watchVenue(options: {
  readonly venue: Pick<Venue, "exchangeStatus" | "balance">;
  readonly clock: RunClock;
  readonly log: Logger;
}): VenueWatch {
  const { venue, clock, log } = options;
  let heard: Heard | null = null;
  let started = 0;
  const look = async (): Promise<void> => {
    started = performance.now();
    const [status, balance] = await Promise.all([venue.exchangeStatus(), venue.balance()]);
    heard = { status, balance, wall: performance.now() };
  };
  const pause = (): number => {
    const dueMs = Math.max(FLOOR_WALL_MS, PERIOD_MS / clock.speed);
    return Math.max(5, dueMs - (performance.now() - started));
  };
  const stop = repeat(look, pause, (error) => {
    log.debug({ error: String(error) }, "venue status not read");
  });
  const believed = (): Heard | null =>
    heard !== null && performance.now() - heard.wall < BELIEVED_WALL_MS ? heard : null;
  return {
    isTrading: (exchangeIndex) => {
      const shards = believed()?.status.shards;
      const shard = shards?.find((one) => one.exchangeIndex === exchangeIndex);
      return shards === undefined ? null : (shard?.isTrading ?? false);
    },
    cash: (exchangeIndex) => {
      const shards = believed()?.balance.byShard;
      return shards?.find((one) => one.exchangeIndex === exchangeIndex)?.cash ?? null;
    },
    silentMs: () => (heard === null ? null : performance.now() - heard.wall),
    stop,
  };
}
