import type { Mode } from "../core/domain/decision.ts";
import type { GameLimits, RiskLimits } from "../core/domain/risk.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import { limitsOf, type LoadedLimits, parseRiskLimits } from "../runtime/risk-limits.ts";
import type { Db } from "../schema/database.ts";
import type { FindLimits } from "../schema/queries/judge-group.ts";
import { limitsInForce, limitsText } from "../schema/queries/limits.ts";
import { findRun } from "../schema/queries/runs.ts";

/** The limits a run trades under now. */
interface RunLimits {
  /** Of the file in force. */
  readonly hash: string;
  readonly limits: RiskLimits;
}

/** The limits in force: read by hash, each once. */
export interface LimitsBook {
  /** For the risk transaction, which knows hash and source from its own snapshot. */
  readonly find: FindLimits;
  /** For a decision: what its run trades under at this moment. */
  ofRun(runId: string): Promise<RunLimits>;
  /** The same by the run's source, such as `world:7`. */
  ofSource(source: string): Promise<RunLimits>;
}

/** Creates the limits book of a process. A night's own limits, of its settings, go on top. */
export function createLimitsBook(options: {
  readonly db: Db;
  readonly mode: Mode;
  readonly gameLimits: GameLimits;
}): LimitsBook {
  const { db, mode, gameLimits } = options;
  const files = new Map<string, LoadedLimits>();
  const sources = new Map<string, string>();
  const fileOf = async (tx: Db, hash: string): Promise<LoadedLimits> => {
    const known = files.get(hash);
    if (known !== undefined) return known;
    const text = await limitsText(tx, hash);
    if (text === null) throw notInForce(mode);
    const loaded = parseRiskLimits(`the limits in force (${hash.slice(0, 12)})`, text);
    files.set(hash, loaded);
    return loaded;
  };
  const find: FindLimits = async (tx, { hash, source }) => {
    if (hash === null) throw notInForce(mode);
    const { file } = await fileOf(tx, hash);
    return { ...limitsOf(file, positionOfMode(mode), source), ...gameLimits };
  };
  const sourceOf = async (runId: string): Promise<string> => {
    const source = sources.get(runId) ?? (await findRun(db, runId))?.source;
    if (source === undefined) throw new Error(`there is no run ${runId}`);
    sources.set(runId, source);
    return source;
  };
  const ofSource = async (source: string): Promise<RunLimits> => {
    const inForce = await limitsInForce(db, mode);
    if (inForce === null) throw notInForce(mode);
    return { hash: inForce.hash, limits: await find(db, { hash: inForce.hash, source }) };
  };
  return { find, ofSource, ofRun: async (runId) => ofSource(await sourceOf(runId)) };
}

function notInForce(mode: Mode): Error {
  return new Error(`no risk limits are in force in mode ${mode}`);
}
