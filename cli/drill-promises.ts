import type { Mode } from "../core/domain/decision.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { DirectKill } from "./kill-path.ts";

/** What a kill must keep to, wall milliseconds from its row. */
export const PROMISED = { acknowledgedMs: 2_500, noRestingMs: 3_000, flatMs: 10_000 } as const;

/** A kill that was thrown on purpose, and what it had to do. */
interface MadeDrill extends DirectKill {
  readonly level: KillLevel;
  readonly mode: Mode;
  /** Orders that rested at the exchange before it. */
  readonly restingBefore: number;
}

/** What a drill did not keep to, in words. @returns nothing when it was passed. */
export function missedPromises(drill: MadeDrill): readonly string[] {
  const { acknowledged, report, venue, level, mode, restingBefore } = drill;
  const missed: string[] = [];
  const within = (name: keyof typeof PROMISED, ms: number | null): void => {
    if (ms !== null && ms <= PROMISED[name]) return;
    missed.push(`${name} ${ms ?? "never"}, promised ${PROMISED[name]}`);
  };
  if (acknowledged === null) missed.push("the database did not answer");
  else if (!acknowledged.isQuiet) missed.push("senders were still under way at the answer");
  if (mode !== "shadow" && restingBefore === 0) {
    missed.push("nothing rested that the kill could cancel");
  }
  if (report === null) return [...missed, "the worker wrote no report"];
  within("acknowledgedMs", report.acknowledgedMs);
  if (mode === "shadow") return missed;
  if (venue?.clearedMs === null) missed.push("the exchange did not answer");
  within("noRestingMs", report.noRestingMs);
  if (level === "flatten") within("flatMs", report.flatMs);
  return missed;
}
