import type { Mode } from "../../core/domain/decision.ts";
import { parseRiskLimits } from "../../runtime/risk-limits.ts";
import { type StageCapital, stageCapital } from "../../runtime/stage-capital.ts";
import type { Db } from "../../schema/database.ts";
import { limitsInForce } from "../../schema/queries/limits.ts";

/**
 * What stages have to work with by the limits in force in a mode: a file that was edited and not applied
 * judges nothing, as it trades nothing. @returns `null` before the first start.
 *
 * @throws TradingError CONFIG_INVALID when this version cannot read them.
 */
export async function capitalInForce(db: Db, mode: Mode): Promise<StageCapital | null> {
  const inForce = await limitsInForce(db, mode);
  if (inForce === null) return null;
  return stageCapital(parseRiskLimits("the limits in force", inForce.text));
}
