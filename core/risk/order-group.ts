import type { RiskLimits } from "../domain/risk.ts";
import { type CountCenti, countCenti, ONE_CONTRACT_CENTI } from "../domain/units.ts";

/** Entries at lower prices are possible and rare: a group sized for them would brake nothing. Micros. */
const CHEAPEST_ENTRY_MICROS = 100_000;

/**
 * The limit of an order group: what the whole capital buys at 10 cents. More than that matched
 * within the venue's 15 s is not trading, it is something gone wrong, and the venue cancels the rest
 * whether or not we live.
 */
export function orderGroupLimit(limits: Pick<RiskLimits, "maxTotalCapital">): CountCenti {
  const contracts = Math.floor(limits.maxTotalCapital / CHEAPEST_ENTRY_MICROS);
  return countCenti(Math.max(1, contracts) * ONE_CONTRACT_CENTI);
}
