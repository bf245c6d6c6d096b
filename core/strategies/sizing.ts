import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
} from "../domain/units.ts";
import type { SizingConfig } from "./config.ts";

/** What a size is made from: micros per contract, fees included in the cost. */
export interface SizingRequest {
  readonly fairValue: number;
  readonly unitCost: number;
  /** What the strategy may still commit in this game, micros. */
  readonly capitalLeft: number;
  /** What a router leaves of the stake, 0 to 1; absent where there is none. */
  readonly share?: number;
}

/**
 * Whole contracts to buy, in hundredths: a share of Kelly's stake, a fixed budget, or a fixed number; never more
 * than one entry's cap or the capital left. Kelly's share of the bankroll for a contract that
 * costs c and pays 1 with probability p is (p - c) / (1 - c) (Kelly, 1956, for a binary bet).
 *
 * @returns 0 when there is no edge, no capital, or a number is not finite.
 */
export function contractsFor(request: SizingRequest, config: SizingConfig): CountCenti {
  const { fairValue, unitCost, capitalLeft, share = 1 } = request;
  if (!(unitCost > 0 && unitCost < ONE_USD_MICROS && fairValue > unitCost)) return countCenti(0);
  const budget = Math.min(
    share * Math.min(wanted(fairValue, unitCost, config), config.maxEntryMicros),
    capitalLeft,
  );
  const affordable = Math.floor(budget / unitCost);
  const most = config.method === "contracts" ? share * (config.contracts ?? 0) : Infinity;
  const contracts = Math.min(affordable, Math.floor(most));
  return countCenti(Number.isFinite(contracts) ? Math.max(0, contracts) * ONE_CONTRACT_CENTI : 0);
}

/** What the method would commit, micros; a number of contracts asks for no budget. */
function wanted(fairValue: number, unitCost: number, config: SizingConfig): number {
  if (config.method !== "kelly") return config.maxEntryMicros;
  const stake = (fairValue - unitCost) / (ONE_USD_MICROS - unitCost);
  return config.kellyFraction * stake * config.bankrollMicros;
}
