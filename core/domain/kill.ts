/** Kill levels, mildest first. What each forbids is in `allowsOrder`. */
export const KILL_LEVELS = ["no-entries", "reduce-only", "cancel-all", "flatten"] as const;
/** One kill level. */
export type KillLevel = (typeof KILL_LEVELS)[number];

/** A kill as signals carry it; `killId` is absent when a person sends the signal by hand. */
export interface KillOrder {
  readonly killId: string | null;
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
    level,
    reason: read("reason") ?? "no reason given",
    by: read("by") ?? "signal",
  };
}

/** The stricter of two levels; null means no kill. */
export function stricter(a: KillLevel | null, b: KillLevel | null): KillLevel | null {
  const rank = (level: KillLevel | null): number =>
    level === null ? -1 : KILL_LEVELS.indexOf(level);
  return rank(a) >= rank(b) ? a : b;
}

/**
 * Whether an order may be sent under a kill: entries under none; exits of strategies under
 * `no-entries` and `reduce-only`; under `cancel-all` nothing, and under `flatten` only the
 * kill's own reductions.
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
  // A lock buys the other side: it takes cash and a new position, so no kill lets it through.
  if (!order.isReduceOnly) return false;
  if (level === "no-entries" || level === "reduce-only") return true;
  return level === "flatten" && order.exitType === "kill";
}
