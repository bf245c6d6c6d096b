import type { ApiFacts, BreakerThresholds } from "./breakers.ts";

/** One call of the venue: whether it failed, and when it ended, wall milliseconds. */
export interface VenueCall {
  readonly isFailed: boolean;
  readonly wallMs: number;
  /** Why it failed; empty when it did not. */
  readonly reason: string;
}

/** What is remembered of the calls so far. Instants are wall milliseconds. */
export interface CallRecord {
  /** Whether each of the last calls failed, oldest first. */
  readonly recent: readonly boolean[];
  readonly failedInRow: number;
  readonly goodInRow: number;
  /** End of the first failure in the row; null when the last call was good. */
  readonly rowSince: number | null;
  /** Since when the failed share has been too high without a break; null when it is not. */
  readonly shareSince: number | null;
  readonly lastAt: number;
  readonly reason: string;
}

/** Before the first call. */
export const NO_CALLS: CallRecord = {
  recent: [],
  failedInRow: 0,
  goodInRow: 0,
  rowSince: null,
  shareSince: null,
  lastAt: 0,
  reason: "",
};

/**
 * Adds a call. A row of good calls as long as the row of failures that would trip ends an outage:
 * what was before it is forgotten.
 */
export function addCall(
  record: CallRecord,
  { isFailed, wallMs, reason }: VenueCall,
  { calls, maxFailuresInRow, maxFailedShare }: BreakerThresholds["api"],
): CallRecord {
  const goodInRow = isFailed ? 0 : record.goodInRow + 1;
  const known = goodInRow >= maxFailuresInRow ? [] : record.recent;
  const recent = [...known, isFailed].slice(-calls);
  const share = recent.filter(Boolean).length / recent.length;
  const isTooMuch = recent.length >= calls && share >= maxFailedShare;
  return {
    recent,
    failedInRow: isFailed ? record.failedInRow + 1 : 0,
    goodInRow,
    rowSince: isFailed ? (record.rowSince ?? wallMs) : null,
    shareSince: isTooMuch ? (record.shareSince ?? wallMs) : null,
    lastAt: wallMs,
    reason: isFailed ? reason : record.reason,
  };
}

/** What a record says, at the end of its last call. */
export function apiFacts(record: CallRecord): ApiFacts {
  const since = (at: number | null): number => (at === null ? 0 : record.lastAt - at);
  return {
    failedInRow: record.failedInRow,
    rowSpanMs: since(record.rowSince),
    calls: record.recent.length,
    failed: record.recent.filter(Boolean).length,
    shareSpanMs: since(record.shareSince),
    reason: record.reason,
  };
}
