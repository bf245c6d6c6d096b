import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Mode } from "../core/domain/decision.ts";
import { readSignalNote } from "../core/domain/signal-note.ts";
import { attributes, dateAttribute } from "../temporal.config.ts";
import { audit, clock } from "./activities.ts";
import type { TimelineEntry } from "./contracts.ts";

/** Writes the phase to the search attributes, and only when it changed: each write is an action. */
export function createPhaseMarker(initial: string): (phase: string) => void {
  let shown = initial;
  return (phase) => {
    if (phase === shown) return;
    shown = phase;
    upsertSearchAttributes([{ key: attributes.phase, value: phase }]);
  };
}

/** Shows how a workflow ended, which its list keeps; runs of before there was such a phase show none. */
export function markEnd(phase: string, date?: string): void {
  if (!patched("end-phase")) return;
  upsertSearchAttributes([
    { key: attributes.phase, value: phase },
    ...(date === undefined ? [] : [{ key: attributes.date, value: dateAttribute(date) }]),
  ]);
}

/** Keeps the last lines of what happened, for the `timeline` query and the details in the Web UI. */
export class Timeline {
  private readonly entries: TimelineEntry[];

  constructor(carried: readonly TimelineEntry[] = []) {
    this.entries = [...carried];
  }

  add(at: Instant | null, what: string): void {
    this.entries.push({ at, what });
    if (this.entries.length > 200) this.entries.shift();
  }

  all(): readonly TimelineEntry[] {
    return this.entries;
  }

  show(head: string): void {
    const lines = this.entries.slice(-15).map((entry) => {
      const time = entry.at === null ? "" : `${new Date(entry.at).toISOString().slice(11, 19)}Z `;
      return `- ${time}${entry.what}`;
    });
    setCurrentDetails(`${head}\n\n${lines.join("\n")}`);
  }
}

/**
 * Waits until the run's clock shows `until`, or until `wake()` is true. Timers run on the wall and
 * simulated time may stand still, so a timer that fires early looks at the clock and sleeps again.
 */
export async function sleepUntil(until: Instant, wake: () => boolean): Promise<Instant> {
  for (;;) {
    const { nowMs, speed } = await clock.readClock();
    if (nowMs >= until || wake()) return instant(nowMs);
    const wallMs = Math.max(50, Math.ceil((until - nowMs) / speed));
    await condition(wake, wallMs);
  }
}

/**
 * Runs a long poll that `interrupt()` may end early. Interrupted, it is canceled without waiting
 * for it (TRY_CANCEL) and answers null.
 */
export async function interruptible<T>(
  poll: () => Promise<T>,
  interrupt: () => boolean,
): Promise<T | null> {
  if (interrupt()) return null;
  const scope = new CancellationScope();
  const done = { isDone: false };
  const result = scope
    .run(poll)
    .catch((error: unknown) => {
      if (isCancellation(error) && scope.consideredCancelled) return null;
      throw error;
    })
    .finally(() => {
      done.isDone = true;
    });
  await condition(() => done.isDone || interrupt());
  if (!done.isDone) scope.cancel();
  return await result;
}

/** Records the signals that pause or resume a workflow; one passed on by another was recorded there. */
export function createActRecorder(
  mode: Mode,
): (kind: "pause" | "resume", payload: unknown) => Promise<void> {
  let recorded = 0;
  return async (kind, payload) => {
    const { reason, by, isPassedOn } = readSignalNote(payload);
    if (isPassedOn) return;
    recorded += 1;
    const { workflowId, runId } = workflowInfo();
    const signalId = `${runId}/${recorded}`;
    // Said is said: the record is made though the workflow is canceled meanwhile.
    await CancellationScope.nonCancellable(() =>
      audit.recordAct({ kind, mode, workflowId, signalId, reason, by }),
    );
  };
}

/** Whether the history is long enough to continue as new. */
export function isHistoryLong(maxEvents: number | null): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || (maxEvents !== null && info.historyLength > maxEvents);
}
