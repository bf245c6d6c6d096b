import { z } from "zod";
import { type CountCenti, countCenti } from "../core/domain/units.ts";
import type { EntryWindow } from "../core/domain/contract.ts";
import type { BtcSpotConfig } from "../core/models/btc-spot.ts";
import { BASIS_CONFIG } from "../core/models/spot-basis.ts";
import { VOLATILITY_CONFIG } from "../core/models/spot-volatility.ts";
import type { BtcEdgeConfig } from "../core/strategies/btc-decision.ts";
import type { SelectionConfig } from "../core/strategies/btc-selection.ts";
import { bounded, whole } from "./config-file.ts";

/** How a Bitcoin series is watched. Run milliseconds unless the name says wall. */
interface BtcWatchConfig {
  /** Quotes, edges and snapshots are written at whole multiples of this. */
  readonly cycleMs: number;
  /** Longest chunk, and least time between two evaluations. */
  readonly maxChunkWallMs: number;
  readonly evaluateWallMs: number;
  /** Markets are asked for again this often. */
  readonly refreshMs: number;
  /** A decision row at least this often for a contract in its entry window, */
  readonly decisionIntervalMs: number;
  /** and at most this often for a changed verdict. */
  readonly verdictIntervalMs: number;
  /** No new proposal for this long after one that came to nothing. */
  readonly retryMs: number;
  /** Proposals of one contract at most: each costs its workflow actions. */
  readonly maxAttempts: number;
  /** In shadow an order reaches the book this long after its decision. */
  readonly shadowLatencyMs: number;
}

/** Settings of the Bitcoin pipeline in the units of the core. */
export interface BitcoinConfig {
  readonly spot: BtcSpotConfig;
  readonly selection: SelectionConfig;
  readonly rules: BtcEdgeConfig;
  readonly window: EntryWindow;
  readonly watch: BtcWatchConfig;
  /** Days of run time that each of the daily tables keeps. */
  readonly retentionDays: BitcoinFile["retentionDays"];
}

const cents = bounded(0, 99);
const isOrdered = (low: number, high: number): boolean => low < high;

const WINDOW_RULE = { error: "must be above minSecondsToClose", path: ["maxSecondsToClose"] };
const PRICE_RULE = { error: "must be above minPriceCents", path: ["maxPriceCents"] };

/** Days of run time that each of the daily tables keeps. */
const RetentionDays = z.strictObject({
  spotTicks: whole(1, 3_660),
  quotes: whole(1, 3_660),
  edgeSnapshots: whole(1, 3_660),
  snapshotScores: whole(1, 3_660),
  decisions: whole(1, 3_660),
});

/** The section `bitcoin` of `tipoff.yaml`. */
export const BitcoinFile = z.strictObject({
  spotHoldsSeconds: bounded(1, 60),
  spotMaxAgeSeconds: bounded(1, 600),
  selection: z
    .strictObject({
      maxPerEvent: whole(1, 500),
      maxDeviations: bounded(0.1, 100),
      minSecondsToClose: bounded(0, 86_400),
      maxSecondsToClose: bounded(60, 86_400),
      opensWithinSeconds: bounded(0, 86_400),
      maxSpreadCents: cents,
      minContracts: bounded(0, 1_000_000),
      maxQuoteAgeSeconds: bounded(0.1, 3_600),
    })
    .refine((one) => isOrdered(one.minSecondsToClose, one.maxSecondsToClose), WINDOW_RULE),
  rules: z
    .strictObject({
      minSecondsToClose: bounded(0, 86_400),
      maxSecondsToClose: bounded(1, 86_400),
      maxSpotAgeSeconds: bounded(0.1, 600),
      maxQuoteAgeSeconds: bounded(0.1, 600),
      maxSpreadCents: cents,
      minContracts: bounded(0, 1_000_000),
      minPriceCents: bounded(0.1, 99.9),
      maxPriceCents: bounded(0.1, 99.9),
      minConfidence: bounded(0, 1),
      trust: bounded(0, 1),
      minEdgeCents: cents,
      proxy: z.strictObject({
        minDistanceBasisPoints: bounded(0, 1_000),
        basisDeviations: bounded(0, 20),
        minSecondsToClose: bounded(0, 3_600),
      }),
      kellyFraction: bounded(0, 1),
      bankrollUsd: bounded(1, 10_000_000),
      maxEntryUsd: bounded(1, 100_000),
      maxShareOfSize: bounded(0.01, 1),
    })
    .refine((one) => isOrdered(one.minSecondsToClose, one.maxSecondsToClose), WINDOW_RULE)
    .refine((one) => isOrdered(one.minPriceCents, one.maxPriceCents), PRICE_RULE),
  watch: z.strictObject({
    cycleSeconds: bounded(1, 600),
    maxChunkWallSeconds: bounded(5, 60),
    evaluateWallMs: bounded(1, 10_000),
    refreshSeconds: bounded(5, 3_600),
    decisionIntervalSeconds: bounded(1, 3_600),
    verdictIntervalSeconds: bounded(0, 3_600),
    retrySeconds: bounded(1, 3_600),
    maxAttempts: whole(1, 100),
    shadowLatencyMs: bounded(0, 60_000),
  }),
  retentionDays: RetentionDays,
});
export type BitcoinFile = z.infer<typeof BitcoinFile>;

/** Seconds to whole milliseconds, cents to micros, contracts to hundredths. */
const ms = (value: number): number => Math.round(value * 1_000);
const micros = (value: number): number => Math.round(value * 10_000);
const contracts = (value: number): CountCenti => countCenti(Math.round(value * 100));

/** The file's section in the units of the core. */
export function toBitcoin(file: BitcoinFile): BitcoinConfig {
  const { selection, rules, watch } = file;
  return {
    spot: {
      volatility: VOLATILITY_CONFIG,
      basis: BASIS_CONFIG,
      priceHoldsMs: ms(file.spotHoldsSeconds),
      maxAgeMs: ms(file.spotMaxAgeSeconds),
    },
    selection: {
      maxPerEvent: selection.maxPerEvent,
      maxDeviations: selection.maxDeviations,
      minSecondsToClose: selection.minSecondsToClose,
      maxSecondsToClose: selection.maxSecondsToClose,
      opensWithinMs: ms(selection.opensWithinSeconds),
      maxSpreadMicros: micros(selection.maxSpreadCents),
      minSize: contracts(selection.minContracts),
      maxQuoteAgeMs: ms(selection.maxQuoteAgeSeconds),
    },
    rules: toRules(rules),
    window: {
      opensBeforeCloseMs: ms(rules.maxSecondsToClose),
      closesBeforeCloseMs: ms(rules.minSecondsToClose),
    },
    watch: {
      cycleMs: ms(watch.cycleSeconds),
      maxChunkWallMs: ms(watch.maxChunkWallSeconds),
      evaluateWallMs: watch.evaluateWallMs,
      refreshMs: ms(watch.refreshSeconds),
      decisionIntervalMs: ms(watch.decisionIntervalSeconds),
      verdictIntervalMs: ms(watch.verdictIntervalSeconds),
      retryMs: ms(watch.retrySeconds),
      maxAttempts: watch.maxAttempts,
      shadowLatencyMs: watch.shadowLatencyMs,
    },
    retentionDays: file.retentionDays,
  };
}

function toRules(rules: BitcoinFile["rules"]): BtcEdgeConfig {
  return {
    minSecondsToClose: rules.minSecondsToClose,
    maxSecondsToClose: rules.maxSecondsToClose,
    maxSpotAgeMs: ms(rules.maxSpotAgeSeconds),
    maxQuoteAgeMs: ms(rules.maxQuoteAgeSeconds),
    maxSpreadMicros: micros(rules.maxSpreadCents),
    minSize: contracts(rules.minContracts),
    minPriceMicros: micros(rules.minPriceCents),
    maxPriceMicros: micros(rules.maxPriceCents),
    minConfidence: rules.minConfidence,
    trust: rules.trust,
    minEdgeMicros: micros(rules.minEdgeCents),
    proxy: {
      minDistance: rules.proxy.minDistanceBasisPoints / 10_000,
      basisDeviations: rules.proxy.basisDeviations,
      minSecondsToClose: rules.proxy.minSecondsToClose,
    },
    sizing: {
      method: "kelly",
      kellyFraction: rules.kellyFraction,
      maxEntryMicros: Math.round(rules.maxEntryUsd * 1e6),
      bankrollMicros: Math.round(rules.bankrollUsd * 1e6),
    },
    maxShareOfSize: rules.maxShareOfSize,
  };
}
