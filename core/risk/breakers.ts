import type { KillLevel } from "../domain/kill.ts";
import { LOSS_BREAKERS } from "./loss-triggers.ts";

/**
 * Every breaker, by its stable code: rows, reports and runbooks key on it. Add, never rename. Those
 * of losses are judged in `loss-triggers.ts`.
 */
export const BREAKERS = [
  ...LOSS_BREAKERS,
  "execution_failures",
  "api_failures",
  "data_integrity",
  "model_anomaly",
  "reconciliation_difference",
  "fee_mismatch",
  "config_changed",
] as const;
/** Code of a breaker. */
export type BreakerCode = (typeof BREAKERS)[number];

/**
 * The kill that each breaker causes. None goes beyond `reduce-only`: whatever is wrong, exits must
 * still go, and orders in the account that are not ours are left alone.
 */
export const BREAKER_LEVELS: Readonly<Record<BreakerCode, KillLevel>> = {
  // As `loss-triggers.ts` has it.
  daily_loss: "no-entries",
  weekly_loss: "no-entries",
  single_trade_loss: "no-entries",
  consecutive_losses: "no-entries",
  drawdown: "no-entries",
  execution_failures: "reduce-only",
  // A sweep would only add to the calls that fail; what rests is canceled by its followers.
  api_failures: "no-entries",
  data_integrity: "reduce-only",
  model_anomaly: "reduce-only",
  reconciliation_difference: "reduce-only",
  // Prices are sound, only their cost is not known: nothing has to leave the book in a hurry.
  fee_mismatch: "no-entries",
  // A locked test window whose settings were changed: what is held goes on by the settings it has.
  config_changed: "no-entries",
};

/** When each breaker trips that is not one of losses. A threshold that is not a number trips. */
export interface BreakerThresholds {
  readonly execution: {
    /** Orders that the venue rejected or left unanswered. */
    readonly maxFailures: number;
    /** Run milliseconds in which they are counted. */
    readonly windowMs: number;
  };
  readonly api: {
    /** Calls of the venue that failed one after the other. */
    readonly maxFailuresInRow: number;
    /** Last calls over which the share is taken. */
    readonly calls: number;
    /** Failed share of them, 0 to 1. */
    readonly maxFailedShare: number;
    /** Either counts only when the failures span this long, wall milliseconds. */
    readonly minSpanWallMs: number;
  };
  readonly data: {
    /** A source that says nothing but what cannot be true for this long, run milliseconds. */
    readonly maxInvalidMs: number;
    /** Observations that the database refused, and broken spooled files, within `refusedWindowMs` of run time. */
    readonly maxRefusedObservations: number;
    readonly refusedWindowMs: number;
  };
  readonly model: {
    /** Largest move of a forecast between two evaluations without news, 0 to 1. */
    readonly maxJump: number;
    /** News explains moves for this long, run milliseconds. */
    readonly newsMs: number;
    /** With less left on the game clock time alone may move it so far; seconds. */
    readonly minSecondsToGameEnd: number;
    /** Anomalies, within `windowMs` of run time. */
    readonly maxAnomalies: number;
    readonly windowMs: number;
  };
  readonly reconciliation: {
    /** Comparisons in a row that find the same difference. */
    readonly maxRepeats: number;
  };
  readonly fees: {
    /** Most that an order's fees may differ from ours, micros. */
    readonly maxDifference: number;
  };
}

/** What a breaker says of the facts: whether they trip it, why, and the numbers it compared. */
export interface BreakerJudgement {
  readonly isTripped: boolean;
  readonly cause: string;
  readonly numbers: Readonly<Record<string, number | string>>;
}

/** Nothing speaks for a trip. */
const CALM: BreakerJudgement = { isTripped: false, cause: "", numbers: {} };

/** `value` has come to `limit`. What is not a number has: NaN fails closed. */
function reaches(value: number, limit: number): boolean {
  return !(value < limit);
}

/** Orders of the window that came to nothing at the venue. */
export interface ExecutionFacts {
  /** Refused by the venue; one that would have crossed, or a fill-or-kill unfilled, is the market's move. */
  readonly rejected: number;
  /** Unanswered: lost on the way, whatever was proven later. */
  readonly unknown: number;
}

/** Repeated execution failures: what we send does not become orders. */
export function judgeExecution(
  { rejected, unknown }: ExecutionFacts,
  { maxFailures, windowMs }: BreakerThresholds["execution"],
): BreakerJudgement {
  const failures = rejected + unknown;
  return {
    isTripped: reaches(failures, maxFailures),
    cause: `${failures} orders failed (${rejected} rejected, ${unknown} unanswered)`,
    numbers: { value: failures, limit: maxFailures, rejected, unknown, windowMs },
  };
}

/** The venue's last calls; wall milliseconds, since sockets do not run on simulated time. */
export interface ApiFacts {
  /** Failed one after the other, up to the last call. */
  readonly failedInRow: number;
  /** From the first of these to now. */
  readonly rowSpanMs: number;
  readonly calls: number;
  readonly failed: number;
  /** For how long their failed share has been too high without a break. */
  readonly shareSpanMs: number;
  /** Why the last call failed. */
  readonly reason: string;
}

/** API failures: in a row, or by rate. A short outage is no breaker: both must last. */
export function judgeApi(
  { failedInRow, rowSpanMs, calls, failed, shareSpanMs, reason }: ApiFacts,
  thresholds: BreakerThresholds["api"],
): BreakerJudgement {
  const { maxFailuresInRow, maxFailedShare, minSpanWallMs } = thresholds;
  if (reaches(failedInRow, maxFailuresInRow) && reaches(rowSpanMs, minSpanWallMs)) {
    const cause = `${failedInRow} calls of the venue failed in a row: ${reason}`;
    const numbers = { value: failedInRow, limit: maxFailuresInRow, spanWallMs: rowSpanMs };
    return { isTripped: true, cause, numbers };
  }
  const share = calls === 0 ? 0 : failed / calls;
  const isWhole = reaches(calls, thresholds.calls);
  return {
    isTripped: isWhole && reaches(share, maxFailedShare) && reaches(shareSpanMs, minSpanWallMs),
    cause: `${failed} of the last ${calls} calls of the venue failed: ${reason}`,
    numbers: { value: share, limit: maxFailedShare, calls, failed, spanWallMs: shareSpanMs },
  };
}

/** A book or feed since it last made sense, run milliseconds. */
export interface InvalidSource {
  /** Such as `book KXNBAGAME-...-NYK` or `espn KXNBAGAME-...`. */
  readonly source: string;
  readonly field: string;
  readonly invalidForMs: number;
}

/** What came from outside and cannot be used. */
export interface DataFacts {
  readonly sources: readonly InvalidSource[];
  readonly refusedObservations: number;
}

/** Data integrity: a source wrong beyond the bound, or observations that the database refuses. */
export function judgeData(
  { sources, refusedObservations }: DataFacts,
  { maxInvalidMs, maxRefusedObservations }: BreakerThresholds["data"],
): BreakerJudgement {
  if (reaches(refusedObservations, maxRefusedObservations)) {
    return {
      isTripped: true,
      cause: `${refusedObservations} observations were refused: by the database, or as a broken spooled file`,
      numbers: { value: refusedObservations, limit: maxRefusedObservations },
    };
  }
  const worst = [...sources].sort((a, b) => b.invalidForMs - a.invalidForMs)[0];
  if (worst === undefined) return CALM;
  const { source, field, invalidForMs } = worst;
  return {
    isTripped: sources.some((one) => reaches(one.invalidForMs, maxInvalidMs)),
    cause: `${source} is invalid (${field}) for ${Math.round(invalidForMs / 1_000)} s`,
    numbers: { value: invalidForMs, limit: maxInvalidMs, source, field },
  };
}

/** The books against themselves, micros: both zero, or they do not balance. */
export interface LedgerFacts {
  /** Cash against deposits, fills, settlements and fees. */
  readonly difference: number;
  /** Sum over all accounts. */
  readonly imbalance: number;
}

/** Data integrity as well: a ledger that does not balance. Nothing is tolerated. */
export function judgeLedger({ difference, imbalance }: LedgerFacts): BreakerJudgement {
  const isTripped = difference !== 0 || imbalance !== 0;
  return {
    isTripped,
    cause: `the ledger does not balance: ${difference} micros of cash, ${imbalance} over all accounts`,
    numbers: { value: difference, limit: 0, imbalance },
  };
}

/** A difference between account and ledger, as it is stored. */
export interface StoredDifference {
  readonly kind: string;
  readonly what: string;
  readonly venue: number | null;
  readonly ledger: number | null;
}

/** Reconciliation difference: the last comparisons, newest first, all find the same gap. */
export function judgeReconciliation(
  comparisons: readonly (readonly StoredDifference[])[],
  { maxRepeats }: BreakerThresholds["reconciliation"],
): BreakerJudgement {
  const [newest = [], ...before] = comparisons.slice(0, maxRepeats);
  const key = ({ kind, what, venue, ledger }: StoredDifference): string =>
    `${kind} ${what} ${(venue ?? 0) - (ledger ?? 0)}`;
  const earlier = before.map((one) => new Set(one.map(key)));
  const lasting = newest.filter((one) => earlier.every((keys) => keys.has(key(one))));
  const [first] = lasting;
  if (first === undefined || !reaches(comparisons.length, maxRepeats)) return CALM;
  const { kind, what, venue, ledger } = first;
  return {
    isTripped: true,
    cause: `${kind} ${what} differs ${maxRepeats} times in a row: venue ${venue ?? "-"}, ledger ${ledger ?? "-"}`,
    numbers: {
      value: (venue ?? 0) - (ledger ?? 0),
      limit: 0,
      differences: lasting.length,
      kind,
      what,
    },
  };
}

/** Fees of one order so far, micros. */
export interface FeeFacts {
  readonly clientOrderId: string;
  readonly charged: number;
  readonly expected: number;
}

/** Fee mismatch: the venue charges what our fee model does not say, so no edge is what it seems. */
export function judgeFees(
  orders: readonly FeeFacts[],
  { maxDifference }: BreakerThresholds["fees"],
): BreakerJudgement {
  const wrong = orders.filter(
    ({ charged, expected }) => !(Math.abs(charged - expected) <= maxDifference),
  );
  const [worst] = [...wrong].sort(
    (a, b) => Math.abs(b.charged - b.expected) - Math.abs(a.charged - a.expected),
  );
  if (worst === undefined) return CALM;
  const { clientOrderId, charged, expected } = worst;
  return {
    isTripped: true,
    cause: `order ${clientOrderId} was charged ${charged} micros of fees, expected ${expected}`,
    numbers: {
      value: charged - expected,
      limit: maxDifference,
      charged,
      expected,
      orders: wrong.length,
    },
  };
}

/** How many anomalies the window holds, and the last of them. */
export interface ModelFacts {
  readonly anomalies: number;
  /** What `forecastAnomaly` said of the last one. */
  readonly last: { readonly what: string; readonly numbers: BreakerJudgement["numbers"] } | null;
}

/** Model anomalies: a forecast that is no probability, has no metadata, or jumps without news. */
export function judgeModel(
  { anomalies, last }: ModelFacts,
  { maxAnomalies, windowMs }: BreakerThresholds["model"],
): BreakerJudgement {
  return {
    isTripped: reaches(anomalies, maxAnomalies),
    cause: last?.what ?? "no anomaly",
    numbers: { ...last?.numbers, anomalies, maxAnomalies, windowMs },
  };
}
