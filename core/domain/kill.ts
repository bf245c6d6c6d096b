/** Kill levels, mildest first. What each forbids is in `allowsOrder`. */
export const KILL_LEVELS = ["no-entries", "reduce-only", "cancel-all", "flatten"] as const;
/** One kill level. */
export type KillLevel = (typeof KILL_LEVELS)[number];

/** A kill as signals carry it; both ids are absent when a person sends the signal by hand. */
export interface KillOrder {
  readonly killId: string | null;
  /** Of this one telling of one workflow run, in the signals of the kill's own workflow; see `tellingId`. */
  readonly tellingId: string | null;
  readonly level: KillLevel;
  readonly reason: string;
  readonly by: string;
}

/**
 * Reads a kill from outside input, such as a signal typed into the Web UI. Never throws: a handler
 * that throws would block its workflow, and a garbled kill must still stop trading, at `cancel-all`.
 */
export function readKill(payload: unknown): KillOrder {
  const fields = typeof payload === "object" && payload !== null ? payload : {};
  const read = (name: string): string | null => {
    const value: unknown = Object.entries(fields).find(([key]) => key === name)?.[1];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const level = KILL_LEVELS.find((known) => known === read("level")) ?? "cancel-all";
  return {
    killId: read("killId"),
    tellingId: read("tellingId"),
    level,
    reason: read("reason") ?? "no reason given",
    by: read("by") ?? "signal",
  };
}

/** Names one telling of one run of a workflow: in a copy it is another run's, or was heard before. */
export function tellingId(runId: string, unique: string): string {
  return `${runId}/${unique}`;
}

/** Whether a telling is of this run of a workflow. */
export function isToldTo(runId: string, telling: string): boolean {
  return telling.startsWith(`${runId}/`);
}

/**
 * Reads the text of a file named KILL: empty, or JSON as a signal's payload, or a level, or lines
 * `level: ...` and `reason: ...`, or any words, which are the reason. Never throws: whatever stands
 * in it, the file stops trading, at `cancel-all` when it names no level.
 */
export function readKillText(text: string): KillOrder {
  const by = "KILL file";
  const told = text.trim();
  const json = parseObject(told);
  if (json !== null) return readKill({ by, ...json, killId: null });
  const field = (name: string): string | undefined =>
    new RegExp(`^[ \\t]*${name}[ \\t]*[:=][ \\t]*(.+)$`, "im").exec(told)?.[1]?.trim();
  const [first = "", ...rest] = told.split(/\s+/);
  const isLevel = KILL_LEVELS.some((known) => known === first);
  const level = field("level") ?? (isLevel ? first : null);
  const words = isLevel ? rest.join(" ") : told;
  const reason = field("reason") ?? (field("level") === undefined ? words : "");
  return readKill({ by, level, reason: reason === "" ? "a file named KILL" : reason });
}

function parseObject(text: string): object | null {
  if (!text.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Codes with which a kill, or the breaker behind it, refuses an order: in the risk transaction, and before the wire. */
export const KILL_REFUSALS = ["kill_level", "kill_switch"] as const;

/** Whether a level takes every resting order off the venue; the milder ones take what they forbid. */
export function sweepsAll(level: KillLevel): boolean {
  return level === "cancel-all" || level === "flatten";
}

/** The stricter of two levels; null means no kill. */
export function stricter(a: KillLevel | null, b: KillLevel | null): KillLevel | null {
  const rank = (level: KillLevel | null): number =>
    level === null ? -1 : KILL_LEVELS.indexOf(level);
  return rank(a) >= rank(b) ? a : b;
}

/**
 * Whether an order may be sent, or rest, under a kill. Entries: under none. Sales that the venue takes as
 * reductions: under `no-entries` and `reduce-only`. A lock, which closes a position by a purchase: under
 * `no-entries`; that it adds nothing is the rule `exit_reduces`. Under `cancel-all` nothing, and under
 * `flatten` only the kill's own reductions.
 */
export function allowsOrder(
  level: KillLevel | null,
  order: {
    readonly purpose: "entry" | "exit";
    readonly isReduceOnly: boolean;
    readonly exitType: string | null;
  },
): boolean {
  if (level === null) return true;
  if (order.purpose === "entry") return false;
  switch (level) {
    case "no-entries":
      return order.isReduceOnly || order.exitType === "lock";
    case "reduce-only":
      return order.isReduceOnly;
    case "cancel-all":
      return false;
    case "flatten":
      return order.isReduceOnly && order.exitType === "kill";
  }
}
