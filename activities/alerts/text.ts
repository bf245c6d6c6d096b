import type { Severity } from "../../core/domain/alert.ts";
import type { ClaimedDelivery } from "../../schema/queries/alert-deliveries.ts";

/** What of an alert stands in its line. */
export interface AlertLine {
  /** Null for one that was told without the database. */
  readonly alertId: number | null;
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly round: number;
  readonly count: number;
  /** A condition that has ended by itself; it still wants to be acknowledged. */
  readonly hasEnded: boolean;
}

/** One alert as one line: how bad, what, how often, and what to do. */
export function alertLine(alert: AlertLine): string {
  const { alertId, severity, code, message, round, count } = alert;
  const notes = [
    ...(count > 1 ? [`raised ${count} times`] : []),
    ...(alert.hasEnded ? ["has ended"] : []),
    ...(round > 0 ? [`repeat ${round}`] : []),
    ...(severity === "critical" && alertId !== null ? [`npx tipoff ack ${alertId}`] : []),
  ];
  const name = severity === "critical" ? "CRITICAL" : severity;
  const id = alertId === null ? "" : ` #${alertId}`;
  return `${name}${id} ${code}: ${message}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
}

/** The head of a message of several alerts; of one, the alert itself. */
export function titleOf(lines: readonly AlertLine[]): string {
  const [first] = lines;
  if (lines.length === 1 && first) return `Tipoff ${alertLine(first)}`;
  const critical = lines.filter(({ severity }) => severity === "critical").length;
  const parts = [
    ...(critical > 0 ? [`${critical} CRITICAL`] : []),
    ...(lines.length > critical ? [`${lines.length - critical} warnings`] : []),
  ];
  return `Tipoff: ${parts.join(", ")}`;
}

/** A delivery's line. */
export function lineOfDelivery(delivery: ClaimedDelivery): AlertLine {
  return {
    ...delivery,
    hasEnded: delivery.nature === "condition" && delivery.clearedAt !== null,
  };
}
