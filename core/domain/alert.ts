/** How much an alert matters: told until acknowledged, told once, or kept in the store only. */
export type Severity = "info" | "warning" | "critical";

/** The same cause within this time of its first word is one alert with a count. Wall milliseconds. */
export const ALERT_WINDOW_MS = 600_000;

/** Stable code of the alarm that a sink does not take what it is sent; its field names the sink. */
export const SINK_FAILING = "alert_sink_failing";

/** What of a sink's settings decides which alerts it is told. */
export interface SinkRule {
  readonly name: string;
  /** The least severity it is told. */
  readonly least: "warning" | "critical";
  /** Critical alerts reach it from this repeat on; 0 is at once. */
  readonly joinsAtRepeat: number;
}

/** What of an alert decides who is told. */
export interface AlertCause {
  readonly severity: Severity;
  readonly code: string;
  readonly field: string | null;
}

/**
 * Which sinks are told of an alert in one round: round 0 is the first word, each repeat of a critical
 * alert is one more and reaches as many sinks or more. The sink an alert is about is not told of itself.
 *
 * @returns an empty list when nobody is told, as of `info`.
 */
export function sinksOfRound(
  alert: AlertCause,
  round: number,
  sinks: readonly SinkRule[],
): readonly string[] {
  const able = sinks.filter(({ name }) => alert.code !== SINK_FAILING || alert.field !== name);
  if (alert.severity === "info") return [];
  if (alert.severity === "warning") {
    return round === 0 ? able.filter(({ least }) => least === "warning").map(nameOf) : [];
  }
  // With the first sinks away somebody must still be told: the next ones, at once.
  const first = Math.min(...able.map(({ joinsAtRepeat }) => joinsAtRepeat));
  return able.filter(({ joinsAtRepeat }) => joinsAtRepeat <= Math.max(round, first)).map(nameOf);
}

/**
 * When the next round of an alert is due after one was planned, wall milliseconds from now.
 *
 * @returns `null` when no round follows: only a critical alert is repeated, and only until somebody
 * has acknowledged it.
 */
export function nextRoundInMs(
  alert: AlertCause & { readonly isAcknowledged: boolean },
  repeatMs: number,
): number | null {
  return alert.severity === "critical" && !alert.isAcknowledged ? repeatMs : null;
}

/** Most times one delivery is attempted; a critical alert is then tried again in its next round. */
export const DELIVERY_ATTEMPTS = 5;

/** Wall milliseconds before a failed delivery is tried again; attempts count from 1. */
export function retryInMs(attempts: number): number {
  return Math.min(30_000, 1_000 * 2 ** (attempts - 1));
}

function nameOf({ name }: SinkRule): string {
  return name;
}
