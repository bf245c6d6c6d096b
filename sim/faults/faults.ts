import type { Instant } from "../../core/domain/units.ts";

/** Which host misbehaves. */
export const FAULT_TARGETS = ["espn", "nba", "kalshi", "coinbase"] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/** How a host misbehaves; `sim/faults/README.md` says what each one does to which host. */
export const FAULT_KINDS = [
  "html",
  "500",
  "429",
  "401",
  "404",
  "409",
  "hang",
  "reset",
  "truncated",
  "missing-field",
  "nan",
  "swapped",
  "frozen-clock",
  "off-grid",
  "crossed",
  "timeout-after-accept",
  "500-after-accept",
  "empty-after-accept",
  "reset-after-accept",
  "empty-list",
  "doubled",
  "reversed",
  "uncounted-fills",
  "stream-gap",
  "stream-stall",
  "stream-drop",
  "jump",
  "skew",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault in force. */
export interface Fault {
  readonly id: number;
  readonly target: FaultTarget;
  readonly kind: FaultKind;
  /** Text that the request's path (or, for the stream, the market ticker) must contain; null is all. */
  readonly match: string | null;
  /** Run time at which it ends by itself; null lasts until it is cleared. */
  readonly untilMs: number | null;
}

/** The faults in force. Not durable: a restarted host is healthy. */
export class FaultBook {
  #faults: readonly Fault[] = [];
  #nextId = 1;

  add(fault: Omit<Fault, "id">): Fault {
    const added = { ...fault, id: this.#nextId };
    this.#nextId += 1;
    this.#faults = [...this.#faults, added];
    return added;
  }

  /** Ends one fault, or all. @returns how many ended. */
  clear(id?: number): number {
    const kept = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
    const ended = this.#faults.length - kept.length;
    this.#faults = kept;
    return ended;
  }

  /** The faults still in force at `at`. */
  list(at: Instant): readonly Fault[] {
    if (this.#faults.some((fault) => fault.untilMs !== null && fault.untilMs <= at)) {
      this.#faults = this.#faults.filter((fault) => fault.untilMs === null || fault.untilMs > at);
    }
    return this.#faults;
  }

  /** What is wrong with this path of this host now; the oldest fault wins. */
  find(target: FaultTarget, path: string, at: Instant): FaultKind | null {
    if (this.#faults.length === 0) return null;
    const found = this.list(at).find(
      (fault) => fault.target === target && (fault.match === null || path.includes(fault.match)),
    );
    return found?.kind ?? null;
  }
}
