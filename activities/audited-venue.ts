import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Venue } from "../core/domain/venue.ts";
import { type Db, toDate } from "../schema/database.ts";
import { appendAuditSoon } from "../schema/queries/audit.ts";
import type { AlarmBook } from "./alarm-book.ts";

/** What an audited venue writes with. */
export interface AuditedVenueDeps {
  readonly db: Db;
  readonly clock: RunClock;
  readonly mode: Mode;
  readonly alarms: AlarmBook;
  readonly log: Logger;
  /** Who asks: the process, or the user of a command. */
  readonly actor: string;
}

/** An answer is held back for its record at most this long: a database that is away delays no kill. */
const PATIENCE_MS = 250;

/**
 * A venue whose cancels are audited, whoever asks for them. The request's row is written beside the
 * request, not before it, and waits for no disk: nothing that reduces risk waits for its record, and
 * a database that is away stops no cancel.
 *
 * Creates are not audited here: their request is written in the transaction of the risk check, their
 * answer with the order's update (`schema/queries/intents.ts`, `orders.ts`).
 */
export function auditedVenue<Cancels extends Pick<Venue, "cancelOrder" | "cancelAll">>(
  venue: Cancels,
  deps: AuditedVenueDeps,
): Cancels {
  return {
    ...venue,
    cancelOrder: (order, timeoutMs) =>
      audited(deps, order.venueOrderId, { what: "cancel", ...order }, () =>
        venue.cancelOrder(order, timeoutMs),
      ),
    cancelAll: (timeoutMs) =>
      audited(deps, "all", { what: "cancel-all" }, () => venue.cancelAll(timeoutMs)),
  };
}

async function audited<T>(
  deps: AuditedVenueDeps,
  subject: string,
  request: object,
  ask: () => Promise<T>,
): Promise<T> {
  const requested = note(deps, "cancel-request", subject, request);
  const answered = (answer: object): Promise<unknown> => {
    const noted = requested.then(() => note(deps, "venue-response", subject, { request, answer }));
    return Promise.race([noted, sleep(PATIENCE_MS, undefined, { ref: false })]);
  };
  try {
    const answer = await ask();
    await answered(typeof answer === "object" && answer !== null ? answer : { kind: "ok" });
    return answer;
  } catch (error) {
    await answered({ kind: "failed", reason: String(error) });
    throw error;
  }
}

/** Never throws: a cancel whose record failed was still sent, and its answer must be heard. */
async function note(
  { db, clock, mode, actor, alarms, log }: AuditedVenueDeps,
  kind: "cancel-request" | "venue-response",
  subject: string,
  details: object,
): Promise<void> {
  const now = clock.now();
  try {
    await appendAuditSoon(db, { mode, kind, actor, subject, details, at: toDate(now) });
  } catch (error) {
    // The log keeps what the table could not take.
    log.error({ kind, subject, details, error: String(error) }, "audit row not written");
    alarms.raise({
      runId: null,
      gameId: null,
      severity: "critical",
      code: "audit_row_lost",
      field: kind,
      message: `the record of a ${kind} could not be written; it is in the log of the process`,
      details: { subject },
      at: now,
    });
  }
}
