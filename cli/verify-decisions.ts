import { z } from "zod";
import type { GameLimits } from "../core/domain/risk.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import {
  type DecisionConfig,
  type DecisionSettings,
  decideUnder,
} from "../core/strategies/config.ts";
import { replayDecision } from "../core/strategies/replay.ts";
import { limitsOf, parseRiskLimits } from "../runtime/risk-limits.ts";
import type { Db } from "../schema/database.ts";
import { configText } from "../schema/queries/configs.ts";
import { decisionsOfRun } from "../schema/queries/decision-rows.ts";
import { limitsText } from "../schema/queries/limits.ts";
import type { RunRow } from "../schema/queries/runs.ts";

/** What came of deciding a run's stored inputs again. */
export interface VerifiedDecisions {
  readonly equal: number;
  readonly differing: number;
  /** Made under settings or limits that nobody kept: they cannot be decided again. */
  readonly otherSettings: number;
  readonly differingIds: readonly string[];
}

/** Ids of differing decisions that are named; the count is always whole. */
const NAMED_MAX = 20;

/** Decides every stored decision of a run again, each under the settings and limits it was made with. */
export async function verifyDecisions(db: Db, run: RunRow): Promise<VerifiedDecisions> {
  const configFor = decisionConfigs(db, run);
  const differingIds: string[] = [];
  const counts = { equal: 0, differing: 0, otherSettings: 0 };
  for await (const row of decisionsOfRun(db, run.run_id)) {
    const config = await configFor(row);
    if (config === null) counts.otherSettings += 1;
    else if (replayDecision(row.input, row.output, config)) counts.equal += 1;
    else {
      counts.differing += 1;
      if (differingIds.length < NAMED_MAX) differingIds.push(row.decisionId);
    }
  }
  return { ...counts, differingIds };
}

const StoredConfig = z.looseObject({
  decision: z.looseObject({}),
  limits: z.looseObject({}),
});

interface Hashes {
  readonly configHash: string;
  readonly limitsHash: string | null;
}

/** The settings of a decision with the limits in force then, by their hashes; each pair is read once. */
function decisionConfigs(db: Db, run: RunRow): (of: Hashes) => Promise<DecisionConfig | null> {
  const known = new Map<string, DecisionConfig | null>();
  return async ({ configHash, limitsHash }) => {
    if (limitsHash === null) return null;
    const key = `${configHash} ${limitsHash}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const config = await readConfig(db, run, { configHash, limitsHash });
    known.set(key, config);
    return config;
  };
}

async function readConfig(
  db: Db,
  run: RunRow,
  { configHash, limitsHash }: { readonly configHash: string; readonly limitsHash: string },
): Promise<DecisionConfig | null> {
  const [kept, text] = [await configText(db, configHash), await limitsText(db, limitsHash)];
  if (kept === null || text === null) return null;
  const stored = StoredConfig.parse(JSON.parse(kept));
  // Boundary: written by us from a TipoffConfig.
  const settings = stored.decision as unknown as DecisionSettings;
  const gameLimits = stored.limits as unknown as GameLimits;
  const limits = limitsOf(
    parseRiskLimits(limitsHash, text).file,
    positionOfMode(run.mode),
    run.source,
  );
  return decideUnder(settings, { ...limits, ...gameLimits });
}
