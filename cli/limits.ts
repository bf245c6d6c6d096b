import type { Mode } from "../core/domain/decision.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import {
  type LimitChange,
  limitChanges,
  loadRiskLimits,
  type LoadedLimits,
  parseRiskLimits,
} from "../runtime/risk-limits.ts";
import { flattenLimits } from "../runtime/risk-limits-file.ts";
import type { Db } from "../schema/database.ts";
import { applyLimits, type ApplyOutcome, limitsInForce } from "../schema/queries/limits.ts";
import { type CommandError, failed, reasonOf, refused } from "./output.ts";

/** The limits in force beside the file. */
export interface ComparedLimits {
  readonly inForce: {
    readonly hash: string;
    readonly by: string;
    readonly reason: string;
    readonly at: string;
  };
  readonly file: { readonly path: string; readonly hash: string };
  readonly changes: readonly LimitChange[];
  /** Why they cannot be compared; null when they can. */
  readonly problem: string | null;
  /** Key and value of the mode's section in force, in the file's units. */
  readonly values: readonly (readonly [string, number])[];
}

/**
 * Compares what is in force in a mode with the file.
 *
 * @throws TradingError CONFIG_INVALID when the file is not valid; CommandError when nothing is in force yet.
 */
export async function compareLimits(
  database: Db,
  mode: Mode,
  path: string,
): Promise<ComparedLimits> {
  const loaded = loadRiskLimits(path);
  const row = await limitsInForce(database, mode);
  if (row === null) throw nothingInForce();
  const { hash, by, reason, at } = row;
  const known = {
    inForce: { hash, by, reason, at: at.toISOString() },
    file: { path, hash: loaded.hash },
  };
  let before: LoadedLimits;
  try {
    before = parseRiskLimits("the limits in force", row.text);
  } catch (error) {
    const problem = `the limits in force cannot be read by this version: ${reasonOf(error)}`;
    return { ...known, changes: [], problem, values: [] };
  }
  const section = `${positionOfMode(mode).stage}.`;
  return {
    ...known,
    changes: limitChanges(before.file, loaded.file),
    problem: null,
    values: [...flattenLimits(before.file)].flatMap(([key, value]) =>
      key.startsWith(section) ? [[key.slice(section.length), value] as const] : [],
    ),
  };
}

/** What came of putting a file in force, and how it compares with what was. */
export interface AppliedFile {
  readonly compared: ComparedLimits;
  readonly outcome: ApplyOutcome | { readonly kind: "unchanged" };
}

/**
 * Puts a limits file in force in a mode, recorded and audited; a loosening not while anything is at stake.
 *
 * @throws as {@link compareLimits}.
 */
export async function applyLimitsFile(
  database: Db,
  act: {
    readonly mode: Mode;
    readonly path: string;
    readonly by: string;
    readonly reason: string;
  },
): Promise<AppliedFile> {
  const { mode, path, by, reason } = act;
  const { hash, text } = loadRiskLimits(path);
  const compared = await compareLimits(database, mode, path);
  const { changes, inForce, problem } = compared;
  if (hash === inForce.hash) return { compared, outcome: { kind: "unchanged" } };
  const outcome = await applyLimits(database, {
    mode,
    hash,
    text,
    by,
    reason,
    changes,
    replaces: inForce.hash,
    // What cannot be compared may allow anything.
    isLoosening: problem !== null || changes.some(({ direction }) => direction === "looser"),
  });
  return { compared, outcome };
}

/** Before a first start there is nothing to compare with or to judge by. */
export function nothingInForce(): CommandError {
  const next = "the worker takes the file into force when it starts";
  return failed("no limits are in force yet", next);
}

/**
 * Refuses while the file is not what is in force in one of the modes: what is signed or frozen would not be
 * what is traded. A mode without limits takes the file itself into force at its first start.
 *
 * @throws CommandError 3 naming the file and the mode.
 */
export async function requireApplied(
  database: Db,
  path: string,
  modes: readonly Mode[],
): Promise<void> {
  const { hash } = loadRiskLimits(path);
  for (const mode of modes) {
    const inForce = await limitsInForce(database, mode);
    if (inForce === null || inForce.hash === hash) continue;
    throw refused(
      `${path} differs from the limits in force in ${mode}`,
      "`npx tipoff limits apply --reason TEXT` puts it in force, `npx tipoff limits show` tells what differs",
    );
  }
}
