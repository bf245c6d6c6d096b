import type { FeeSchedule } from "../core/domain/market.ts";
import { NBA_SERIES } from "../core/domain/ids.ts";
import type { Venue } from "../core/domain/venue.ts";

/** Fee schedules in force, by game; read once a while, since the venue may change them at any time. */
export interface FeeBook {
  schedule(gameId: string): Promise<FeeSchedule>;
}

const REFRESH_WALL_MS = 10 * 60_000;

/** Creates the fee book of a process. */
export function createFeeBook(venue: Venue): FeeBook {
  const known = new Map<string, { readonly schedule: FeeSchedule; readonly readAt: number }>();
  return {
    schedule: async (gameId) => {
      const entry = known.get(gameId);
      if (entry !== undefined && performance.now() - entry.readAt < REFRESH_WALL_MS) {
        return entry.schedule;
      }
      const eventTicker = gameId.slice(gameId.lastIndexOf("/") + 1);
      const schedule = await venue.feeSchedule(NBA_SERIES, eventTicker);
      known.set(gameId, { schedule, readAt: performance.now() });
      return schedule;
    },
  };
}
