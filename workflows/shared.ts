import {
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import { defineSearchAttributeKey } from "@temporalio/common";
import { type Instant, instant } from "../core/domain/units.ts";
import { clock } from "./activities.ts";
import type { TimelineEntry } from "./contracts.ts";

/** Typed keys of the search attributes; registered by the server's start. */
export const attributes = {
  domain: defineSearchAttributeKey("TradeDomain", "KEYWORD"),
  mode: defineSearchAttributeKey("TradeMode", "KEYWORD"),
  phase: defineSearchAttributeKey("TradePhase", "KEYWORD"),
  event: defineSearchAttributeKey("EventTicker", "KEYWORD"),
  market: defineSearchAttributeKey("MarketTicker", "KEYWORD"),
  date: defineSearchAttributeKey("TradingDate", "DATETIME"),
  strategy: defineSearchAttributeKey("Strategy", "KEYWORD"),
} as const;

/** A trading date as a search attribute: noon UTC, so that no zone moves it to another day. */
export function dateAttribute(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}

/** Writes the phase to the search attributes, and only when it changed: each write is an action. */
export function createPhaseMarker(initial: string): (phase: string) => void {
  let shown = initial;
  return (phase) => {
    if (phase === shown) return;
    shown = phase;
    upsertSearchAttributes([{ key: attributes.phase, value: phase }]);
  };
}

/** Keeps the last lines of what happened, for the `timeline` query and the details in the Web UI. */
export class Timeline {
  private readonly entries: TimelineEntry[] = [];

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

/** Whether the history is long enough to continue as new. */
export function isHistoryLong(maxEvents: number | null): boolean {
  const info = workflowInfo();
  return info.continueAsNewSuggested || (maxEvents !== null && info.historyLength > maxEvents);
}
