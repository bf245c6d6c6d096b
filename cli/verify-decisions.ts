import { z } from "zod";
import { loadGameStrategies, type StrategyPlaces } from "../runtime/game-strategies.ts";
import { TradingError } from "../core/domain/errors.ts";
import type { GameLimits } from "../core/domain/risk.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import {
  type DecisionConfig,
  type DecisionSettings,
  decideUnder,
} from "../core/strategies/config.ts";
import { replayDecision } from "../core/strategies/replay.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { limitsOf, parseRiskLimits } from "../runtime/risk-limits.ts";
import type { Db } from "../schema/database.ts";
import { configText } from "../schema/queries/configs.ts";
import { decisionsLost, decisionsOfRun } from "../schema/queries/decision-rows.ts";
import { limitsText } from "../schema/queries/limits.ts";
import type { RunRow } from "../schema/queries/runs.ts";

/** What came of deciding a run's stored inputs again. */
export interface VerifiedDecisions {
  readonly equal: number;
  readonly differing: number;
  /** Made under settings, limits or code of users that nobody kept: they cannot be decided again. */
  readonly otherSettings: number;
  /** That the run's cycles and orders name, and that are not kept. */
  readonly lost: number;
  readonly differingIds: readonly string[];
}

/** Ids of differing decisions that are named; the count is always whole. */
const NAMED_MAX = 20;

/** Decides every stored decision of a run again, each under the settings and limits it was made with. */
export async function verifyDecisions(
  db: Db,
  run: RunRow,
  places: StrategyPlaces,
): Promise<VerifiedDecisions> {
  const configFor = decisionConfigs(db, run, places);
  const differingIds: string[] = [];
  const counts = { equal: 0, differing: 0, otherSettings: 0 };
  for await (const row of decisionsOfRun(db, run.run_id)) {
    const by = await configFor(row);
    if (by === null) counts.otherSettings += 1;
    else if (replayDecision(row.input, row.output, by.config, by.strategies)) counts.equal += 1;
    else {
      counts.differing += 1;
      if (differingIds.length < NAMED_MAX) differingIds.push(row.decisionId);
    }
  }
  return { ...counts, lost: await decisionsLost(db, run.run_id), differingIds };
}

/**
 * What is to be said of it, and whether it proves the day.
 *
 * @param reported decisions that the day's report counted; null where there is no report yet.
 */
export function judgeVerified(
  { equal, differing, otherSettings, lost }: VerifiedDecisions,
  reported: number | null,
): { readonly isProven: boolean; readonly lines: readonly string[] } {
  const kept = equal + differing + otherSettings;
  const missing = [
    ...(lost > 0 ? [`${lost} that cycles or orders name are not kept`] : []),
    ...(reported !== null && reported > kept
      ? [`the day's report counted ${reported}, ${kept} are kept`]
      : []),
  ];
  const first =
    kept === 0
      ? `nothing to verify: ${missing.length > 0 ? "its decisions are gone" : "no decision was made"}`
      : `${equal} decisions replay to the same bytes, ${differing} differ, ` +
        `${otherSettings} were made with settings that were not kept`;
  const isProven = differing + otherSettings + missing.length === 0;
  return { isProven, lines: [first, ...missing.map((what) => `  missing: ${what}`)] };
}

const StoredConfig = z.looseObject({
  decision: z.looseObject({}),
  limits: z.looseObject({}),
});

interface Hashes {
  readonly configHash: string;
  readonly limitsHash: string | null;
}

/** All that a decision was made by but its input. */
interface DecidedBy {
  readonly config: DecisionConfig;
  readonly strategies: readonly GameStrategyDefinition[];
}

/** The settings of a decision with the limits in force then, by their hashes; each pair is read once. */
function decisionConfigs(
  db: Db,
  run: RunRow,
  places: StrategyPlaces,
): (of: Hashes) => Promise<DecidedBy | null> {
  const known = new Map<string, DecidedBy | null>();
  return async ({ configHash, limitsHash }) => {
    if (limitsHash === null) return null;
    const key = `${configHash} ${limitsHash}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const config = await readConfig(db, run, { configHash, limitsHash });
    const strategies = config === null ? null : await codeOf(config, places);
    const by = config === null || strategies === null ? null : { config, strategies };
    known.set(key, by);
    return by;
  };
}

/** @returns `null` when the home has the checked code of a strategy no more. */
async function codeOf(
  config: DecisionConfig,
  places: StrategyPlaces,
): Promise<DecidedBy["strategies"] | null> {
  try {
    return await loadGameStrategies(config.strategies, places);
  } catch (error) {
    if (error instanceof TradingError && error.code === "CONFIG_INVALID") return null;
    throw error;
  }
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
