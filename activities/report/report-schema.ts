import { z } from "zod";

/** Money as a decimal string of dollars, to the micro-dollar. */
const Usd = z.string().regex(/^-?\d+\.\d{6}$/);
const IsoInstant = z.iso.datetime();
const Count = z.int().nonnegative();
const Probability = z.number().min(0).max(1);

export const PnlUsd = z.strictObject({ gross: Usd, fees: Usd, net: Usd });
export type PnlUsd = z.infer<typeof PnlUsd>;

const GameSummary = z.strictObject({
  eventTicker: z.string(),
  home: z.string(),
  away: z.string(),
  tipAt: IsoInstant,
  phase: z.string(),
  result: z.enum(["home", "away", "void"]).nullable(),
  /** How often the venue corrected what it had paid here; left out when it did not. */
  corrections: Count.optional(),
  finalScore: z.strictObject({ home: Count.nullable(), away: Count.nullable() }),
  matchConfidence: Probability,
  pregameAttempts: Count,
  lockAttempts: Count,
  decisions: Count,
  orders: Count,
  fills: Count,
  pnlUsd: PnlUsd,
  /** Mean over the scored instants at which both forecast and mid were known; null without any. */
  brier: z.strictObject({ model: Probability.nullable(), market: Probability.nullable() }),
  workflow: z.strictObject({
    id: z.string(),
    runId: z.string().nullable(),
    historyEvents: Count.nullable(),
    actions: Count.nullable(),
  }),
  reconstructed: z.array(z.string()),
});
export type GameSummary = z.infer<typeof GameSummary>;

const StrategySummary = z.strictObject({
  intents: Count,
  refusals: Count,
  orders: Count,
  fills: Count,
  pnlUsd: PnlUsd,
  pregamePnlUsd: PnlUsd,
  livePnlUsd: PnlUsd,
  fillRate: Probability.nullable(),
  fillRateExpected: Probability.nullable(),
  slippageUsd: Usd,
  missedOpportunities: Count,
  falsePositives: Count,
});
export type StrategySummary = z.infer<typeof StrategySummary>;

/**
 * Null where the venue's account is needed and could not be read: not known is neither zero nor equal. A backtest
 * has no venue: its own books tell all but the difference to one.
 */
const Integrity = z.strictObject({
  duplicateOrders: Count.nullable(),
  orphanOrders: Count.nullable(),
  unknownOrders: Count,
  openPositions: Count.nullable(),
  unsettledMarkets: Count,
  ledgerDifferenceUsd: Usd,
  venueDifferenceUsd: Usd.nullable(),
});
export type Integrity = z.infer<typeof Integrity>;

const Criterion = z.strictObject({ id: z.string(), held: z.boolean(), evidence: z.string() });
export type Criterion = z.infer<typeof Criterion>;

const BreakerSummary = z.strictObject({
  id: Count,
  breaker: z.string(),
  level: z.string(),
  cause: z.string(),
  trippedAt: IsoInstant,
  released: z.strictObject({ at: IsoInstant, by: z.string(), reason: z.string() }).nullable(),
  /** Of a loss limit in money: the loss at the trip less the limit. */
  overshootUsd: Usd.nullable(),
  /** Of the daily loss: the day's final loss less the limit; null while the day is not over. */
  finalOvershootUsd: Usd.nullable(),
});
export type BreakerSummary = z.infer<typeof BreakerSummary>;

/** What was done in the account that was not ours, during the run. */
const Foreign = z.strictObject({
  orders: Count,
  fills: Count,
  transfers: Count,
  /** What such trades have moved of the venue's cash. */
  cashUsd: Usd,
});
export type Foreign = z.infer<typeof Foreign>;

/** `report.json`. Its names are a promise to readers: none changes or goes; readers leave what they do not know. */
export const ReportSummary = z.strictObject({
  schemaVersion: z.literal(1),
  tradingDay: z.iso.date(),
  mode: z.string(),
  source: z.string(),
  seed: z.int().nullable(),
  speed: z.number().positive(),
  commit: z.string(),
  configHash: z.string(),
  /** The day was ended before its games were: what is missing was not played. */
  isStopped: z.boolean(),
  /** A backtest, which has no venue; left out of a night. */
  isBacktest: z.literal(true).optional(),
  startedAt: IsoInstant,
  endedAt: IsoInstant.nullable(),
  games: z.array(GameSummary),
  totals: z.strictObject({
    orders: Count,
    fills: Count,
    refusals: Count,
    /** By the first rule that refused; sums to `refusals`. */
    refusalsByCode: z.record(z.string(), Count),
    pnlUsd: PnlUsd,
    cashUsd: z.strictObject({ start: Usd, end: Usd, expected: Usd, difference: Usd }),
  }),
  byStrategy: z.record(z.string(), StrategySummary),
  /** By the way out: lock, take-profit, stop-loss, kill, settlement, open. */
  byExit: z.record(z.string(), z.strictObject({ contracts: z.string(), pnlUsd: PnlUsd })),
  criteria: z.array(Criterion),
  integrity: Integrity,
  /** Absent in reports that were written before it was kept. */
  foreign: Foreign.optional(),
  latencyMs: z.strictObject({
    quoteToOrder: z.strictObject({
      n: Count,
      p50: z.number().nullable(),
      p99: z.number().nullable(),
    }),
  }),
  alarms: z.array(
    z.strictObject({
      severity: z.string(),
      code: z.string(),
      field: z.string().nullable(),
      message: z.string(),
      eventTicker: z.string().nullable(),
      count: Count,
      raisedAt: IsoInstant,
      clearedAt: IsoInstant.nullable(),
    }),
  ),
  /** Circuit breakers that tripped in the run. */
  breakers: z.array(BreakerSummary),
});
export type ReportSummary = z.infer<typeof ReportSummary>;
