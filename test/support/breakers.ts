import type { BreakerBook } from "../../activities/breaker-book.ts";
import type { BreakerThresholds } from "../../core/risk/breakers.ts";

/** Breakers that look away: for tests of something else, which must not be stopped by its own faults. */
export const NO_BREAKERS: BreakerBook = {
  changed: () => Promise.resolve(),
  settled: () => Promise.resolve(),
  venueCalled: () => undefined,
  observationsRefused: () => undefined,
  sourceInvalid: () => undefined,
  sourceValid: () => undefined,
  evaluated: () => undefined,
  stop: () => undefined,
};

/** Thresholds small enough to be reached within a test. */
export const THRESHOLDS: BreakerThresholds = {
  execution: { maxFailures: 3, windowMs: 600_000 },
  api: { maxFailuresInRow: 3, calls: 6, maxFailedShare: 0.5, minSpanWallMs: 0 },
  data: { maxInvalidMs: 200_000, maxRefusedObservations: 1, refusedWindowMs: 60_000 },
  model: {
    maxJump: 0.25,
    newsMs: 120_000,
    minSecondsToGameEnd: 240,
    maxAnomalies: 1,
    windowMs: 60_000,
  },
  reconciliation: { maxRepeats: 2 },
  fees: { maxDifference: 0 },
};
