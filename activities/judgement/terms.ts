import type { Mode } from "../../core/domain/decision.ts";
import type { LadderPosition } from "../../core/domain/stage.ts";
import { promoted } from "../../core/risk/ladder.ts";
import type { StageTerms } from "../../core/scoring/validation/validate.ts";
import { limitsOf, parseRiskLimits } from "../../runtime/risk-limits.ts";
import { stageCapital } from "../../runtime/stage-capital.ts";
import type { Db } from "../../schema/database.ts";
import { limitsInForce, limitsText } from "../../schema/queries/limits.ts";

/** What a mode has at work, and what its losses are measured by, by the limits in force. */
export interface ModeTerms {
  readonly limitsHash: string;
  /** The mode's own stage first, then the one above it, as it is entered. */
  readonly stages: readonly [StageTerms, ...StageTerms[]];
}

/**
 * The capital that a mode's own stage has by limits that were in force once, micro-dollars. @returns `null`
 * where nobody kept these.
 *
 * @throws TradingError CONFIG_INVALID when this version cannot read them.
 */
export async function capitalUnder(
  db: Db,
  { mode, limitsHash: hash }: { readonly mode: Mode; readonly limitsHash: string },
): Promise<number | null> {
  const text = await limitsText(db, hash);
  if (text === null) return null;
  const limits = parseRiskLimits(`the limits of before (${hash.slice(0, 12)})`, text);
  return stageCapital(limits).capital[mode];
}

/**
 * Reads them. @returns `null` before the first start, when no limits are in force.
 *
 * @throws TradingError CONFIG_INVALID when this version cannot read them.
 */
export async function modeTerms(db: Db, mode: Mode): Promise<ModeTerms | null> {
  const inForce = await limitsInForce(db, mode);
  if (inForce === null) return null;
  const { file } = parseRiskLimits("the limits in force", inForce.text);
  const termsOf = (position: LadderPosition): StageTerms => {
    const limits = limitsOf(file, position, "live");
    return {
      stage: position.stage,
      capital: limits.maxTotalCapital,
      dailyLoss: limits.maxDailyLoss,
      weeklyLoss: limits.maxWeeklyLoss,
      singleTradeLoss: limits.maxSingleTradeLoss,
      consecutiveLosses: limits.consecutiveLossesHalt,
      drawdownShare: limits.drawdownHaltPct / 100,
    };
  };
  const own = { stage: mode, step: 0 };
  const above = promoted(own);
  return {
    limitsHash: inForce.hash,
    stages: above === null ? [termsOf(own)] : [termsOf(own), termsOf(above)],
  };
}
