/** What a condition answers. `not-enough-data` is neither of the others, and opens no gate. */
export type ConditionAnswer = "pass" | "fail" | "not-enough-data";

/** A number read from the ledger, with all that says how far to believe it. */
export interface Estimate {
  /** `null` where there is no evidence, or no statistic for it yet. */
  readonly value: number | null;
  /** 95 % interval, lower and upper end; `null` where none is defined. */
  readonly interval: readonly [number, number] | null;
  /** How many nights, days, weeks, trades, orders or games it rests on. */
  readonly sample: number;
  /** It rests on too few independent games or days for an interval that could be trusted. */
  readonly hasFewClusters?: boolean;
  /** The query behind it, as it was sent, its parameters after it. */
  readonly query: string;
}

/** Everything the gates look at, over the nights a stage was judged on. Shares are of the stage's capital. */
export interface GateFacts {
  /** Days of the wall from the first night's to the last's, both counted; sample: nights. */
  readonly runtimeDays: Estimate;
  /** Nights that ended, at most one a day of the wall. */
  readonly nights: Estimate;
  /** Wall days since the last night was begun; sample: nights. */
  readonly dataAgeDays: Estimate;
  /** Positions that were opened and are wholly closed. */
  readonly completedTrades: Estimate;
  /** Net of fees, share of the capital; sample: days. */
  readonly totalReturn: Estimate;
  /** Net return of each whole week, shares, oldest first. */
  readonly weeklyReturns: readonly number[];
  /** The same of the days after the last whole week; `null` when there are none. */
  readonly begunWeekReturn: number | null;
  readonly weeklyQuery: string;
  /** Daily net returns, annualised by the root of 365; sample: days. */
  readonly sharpe: Estimate;
  /** Profits over losses; sample: trades. */
  readonly profitFactor: Estimate;
  /** From the high-water mark, share of the capital, 0 or more; sample: days. */
  readonly drawdown: Estimate;
  /** Fees over gross profit; sample: trades. */
  readonly feeDrag: Estimate;
  /** Share of trades that gained; sample: trades. */
  readonly winRate: Estimate;
  /** Net of the worst trade, share of the capital; sample: trades. */
  readonly worstTrade: Estimate;
  /** Our Brier score minus the market's at the same instants: below 0 is better; sample: games. */
  readonly calibration: Estimate;
  /** Filled share of orders minus what their plans expected; sample: orders. */
  readonly fillRateGap: Estimate;
  /** Cents per contract by which fills were worse than planned; sample: orders. */
  readonly slippageCents: Estimate;
  /** Breakers that tripped; sample: nights. */
  readonly limitBreaches: Estimate;
  /** Critical alarms and nights that failed; sample: nights. */
  readonly incidents: Estimate;
  /** Wall days since the last kill drill that was passed; sample: drills. */
  readonly killDrillAgeDays: Estimate;
  readonly restoreDrillAgeDays: Estimate;
  /** Distance of live returns from paper's, share of paper's; sample: days. */
  readonly liveDivergence: Estimate;
  /** Wall days since the last validation under these settings and limits, and what it came to. */
  readonly validation: Estimate & { readonly verdict: string | null };
}

/** What a gate asks; `null` asks nothing. Shares, not percent. */
export interface GateRules {
  readonly minRuntimeDays: number;
  readonly minNights: number;
  readonly maxDataAgeDays: number;
  readonly minCompletedTrades: number | null;
  readonly minTotalReturn: number | null;
  /** The sum of the weeks positive, as it is when each is, and no week at or below this. */
  readonly catastrophicWeek: number | null;
  readonly minSharpe: number | null;
  /** Days that the Sharpe ratio, drawdown and total return must rest on. */
  readonly minReturnDays: number;
  readonly minProfitFactor: number | null;
  readonly maxDrawdown: number | null;
  readonly maxFeeDrag: number | null;
  readonly winRate: { readonly min: number; readonly max: number } | null;
  readonly worstTrade: number | null;
  /** Most by which our Brier score may exceed the baseline's, and the games it must rest on. */
  readonly maxBrierExcess: number | null;
  readonly minScoredGames: number;
  readonly maxFillRateGap: number | null;
  readonly maxSlippageCents: number | null;
  readonly maxLimitBreaches: number;
  readonly maxIncidents: number;
  readonly killDrillMaxAgeDays: number | null;
  readonly restoreDrillMaxAgeDays: number | null;
  readonly maxLiveDivergence: number | null;
  /** Most wall days since a validation that found an edge. */
  readonly validationMaxAgeDays: number | null;
}

/** One condition of a gate, judged. */
export interface ConditionResult extends Estimate {
  /** Stable name, such as `profit_factor`. */
  readonly name: string;
  readonly answer: ConditionAnswer;
  /** What it asks, in words with its numbers. */
  readonly needs: string;
}
