import { z } from "zod";
import { BTC_SERIES } from "../../../core/domain/btc-contract.ts";
import { REPORT_KINDS } from "./inputs.ts";

/** Money as a decimal string of dollars, to the micro-dollar. */
const Usd = z.string().regex(/^-?\d+\.\d{6}$/);
const IsoInstant = z.iso.datetime();
const Count = z.int().nonnegative();
const Score = z.number().nonnegative().nullable();
const Series = z.enum(BTC_SERIES);

/** What both sides scored; null for an empty sample. */
const Both = z.strictObject({ model: Score, market: Score });

const GapSummary = z.strictObject({
  table: z.string(),
  from: IsoInstant,
  to: IsoInstant,
  missing: Count,
  /** Of a spot table: the source. */
  series: z.string(),
  cause: z.string(),
});

const Ends = z.tuple([z.number(), z.number()]).readonly().nullable();
const BothEnds = z.strictObject({ model: Ends, market: Ends });

const HorizonSummary = z.strictObject({
  series: Series,
  minutesToClose: z.int().positive(),
  n: Count,
  brier: Both,
  logLoss: Both,
  /** Our Brier score less the market's: below 0 we forecast better. Clusters are hours. */
  difference: z.strictObject({
    mean: z.number().nullable(),
    ci95: Ends,
    clusters: Count,
    /** What the interval lacks; null when it can be trusted. */
    lack: z.string().nullable(),
  }),
  /** 95 % intervals over hours of both scores, and of the log losses' difference; reports of before have none. */
  intervals: z
    .strictObject({
      brier: BothEnds,
      logLoss: BothEnds,
      logLossDifference: z.strictObject({ mean: z.number().nullable(), ci95: Ends }),
    })
    .optional(),
});

const BucketSummary = z.strictObject({
  series: z.string(),
  /** At most so many minutes to the close; null: more than all others. */
  minutes: z.int().positive().nullable(),
  n: Count,
  brier: Both,
  logLoss: Both,
  /** Mean of our probability less the market's. */
  drift: z.number().nullable(),
  /** Mean of one YES taken at the ask and one NO at the bid, after the fee; dollars. */
  pnlUsd: z.strictObject({ yes: Usd.nullable(), no: Usd.nullable() }),
});

const BTC_VERDICTS = ["edge", "no_edge", "worse", "not_enough_data"] as const;
export type BtcVerdict = (typeof BTC_VERDICTS)[number];

/**
 * `report.json` of Bitcoin. Its names are a promise to readers: none changes or goes; readers leave
 * what they do not know. What follows `verdict` was added to the names that others fixed.
 */
export const BtcReportSummary = z.strictObject({
  date: z.iso.date(),
  series: z.array(Series),
  contracts: Count,
  settled: Count,
  unsettled: Count,
  gaps: z.array(GapSummary),
  horizons: z.array(HorizonSummary),
  wouldTrades: z.strictObject({
    n: Count,
    filled: Count,
    hits: Count,
    /** Of those that are settled. */
    pnlUsd: z.strictObject({ gross: Usd, fees: Usd, net: Usd }),
    refused: Count,
    settled: Count,
    /** Hits of the settled; null without any. */
    hitRate: z.number().min(0).max(1).nullable(),
  }),
  edgesPerCycle: z.number().nonnegative().nullable(),
  verdict: z.enum(BTC_VERDICTS),
  schemaVersion: z.literal(1),
  mode: z.string(),
  kind: z.enum(REPORT_KINDS),
  /** The verdict in a sentence, with the profit after fees beside it. */
  evidence: z.string(),
  /** The verdict rests on the closes from this date to `date`, of both kinds; reports of before say nothing. */
  judgedFrom: z.iso.date().optional(),
  /** Contracts by result, and those whose settlement was corrected. */
  outcomes: z.record(z.string(), Count),
  corrected: Count,
  buckets: z.array(BucketSummary),
  coverage: z.array(
    z.strictObject({
      series: Series,
      cycles: Count,
      written: Count,
      expected: Count,
      /** `written` of `expected`; null when nothing was expected. */
      share: z.number().nonnegative().nullable(),
      /** Contracts that were not selected, by reason, summed over the cycles. */
      excluded: z.record(z.string(), Count),
    }),
  ),
});
export type BtcReportSummary = z.infer<typeof BtcReportSummary>;
