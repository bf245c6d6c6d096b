import { seriesOfEvent } from "../core/domain/ids.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import type { Venue } from "../core/domain/venue.ts";

/** Fee schedules in force, by event; read once a while, since the venue may change them at any time. */
export interface FeeBook {
  schedule(eventTicker: string): Promise<FeeSchedule>;
}

const REFRESH_WALL_MS = 10 * 60_000;
/** Events of Bitcoin come by the hour: beyond as many those that were read long ago are forgotten. */
const KEPT_EVENTS = 500;

/** Creates the fee book of a process. */
export function createFeeBook(venue: Pick<Venue, "feeSchedule">): FeeBook {
  const known = new Map<string, { readonly schedule: FeeSchedule; readonly readAt: number }>();
  const isFresh = ({ readAt }: { readonly readAt: number }): boolean =>
    performance.now() - readAt < REFRESH_WALL_MS;
  return {
    schedule: async (eventTicker) => {
      const entry = known.get(eventTicker);
      if (entry !== undefined && isFresh(entry)) return entry.schedule;
      const schedule = await venue.feeSchedule(seriesOfEvent(eventTicker), eventTicker);
      if (known.size >= KEPT_EVENTS) {
        for (const [event, old] of known) if (!isFresh(old)) known.delete(event);
      }
      known.set(eventTicker, { schedule, readAt: performance.now() });
      return schedule;
    },
  };
}
