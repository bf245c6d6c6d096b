import type { Estimate, GateFacts, GateRules } from "../../domain/gate.ts";

/** An estimate with so large a sample that only its value decides. */
export function known(
  value: number | null,
  sample = 1_000,
  interval: Estimate["interval"] = null,
): Estimate {
  return { value, interval, sample, query: "select by hand" };
}

/** Facts that pass every condition of `RULES`. */
export const PASSING: GateFacts = {
  runtimeDays: known(14),
  nights: known(14),
  dataAgeDays: known(1),
  completedTrades: known(120),
  totalReturn: known(0.02),
  weeklyReturns: [0.01, 0.01],
  begunWeekReturn: null,
  weeklyQuery: "select by hand",
  sharpe: known(2, 30, [0.4, 3.6]),
  profitFactor: known(1.6),
  drawdown: known(0.03),
  feeDrag: known(0.1),
  winRate: known(0.5),
  worstTrade: known(-0.01),
  calibration: known(-0.005),
  fillRateGap: known(-0.02),
  slippageCents: known(0.3),
  limitBreaches: known(0),
  incidents: known(0),
  killDrillAgeDays: known(2),
  restoreDrillAgeDays: known(2),
  liveDivergence: known(0.2),
  validation: { ...known(1), verdict: "edge" },
};

/** A gate that asks everything. */
export const RULES: GateRules = {
  minRuntimeDays: 14,
  minNights: 10,
  maxDataAgeDays: 7,
  minCompletedTrades: 100,
  minTotalReturn: 0.01,
  catastrophicWeek: -0.05,
  minSharpe: 1.5,
  minReturnDays: 20,
  minProfitFactor: 1.3,
  maxDrawdown: 0.1,
  maxFeeDrag: 0.15,
  winRate: { min: 0.45, max: 0.6 },
  worstTrade: -0.05,
  maxBrierExcess: 0,
  minScoredGames: 50,
  maxFillRateGap: 0.1,
  maxSlippageCents: 1,
  maxLimitBreaches: 0,
  maxIncidents: 0,
  killDrillMaxAgeDays: 7,
  restoreDrillMaxAgeDays: 7,
  maxLiveDivergence: 0.5,
  validationMaxAgeDays: 7,
};
