import type { RunClock } from "../core/domain/time.ts";

/** What a workflow needs to set a timer on the run's clock. */
export interface ClockReading {
  readonly nowMs: number;
  /** Run milliseconds per wall millisecond. */
  readonly speed: number;
}

/** Reads the run's clock; workflows themselves only know the wall. */
export const createClockActivities = ({ clock }: { readonly clock: RunClock }) => ({
  readClock(): Promise<ClockReading> {
    return Promise.resolve({ nowMs: clock.now(), speed: clock.speed });
  },
});
export type ClockActivities = ReturnType<typeof createClockActivities>;
