import type { Instant } from "../core/domain/units.ts";
import type { TipoffConfig } from "../runtime/tipoff-config.ts";
import type { Db } from "../schema/database.ts";
import {
  type DailyTable,
  dayOf,
  type DayHold,
  type DayPartition,
  dayPartitions,
  dropDay,
} from "../schema/queries/btc-partitions.ts";

/** Days that each table keeps, as the settings say. */
export type RetentionDays = TipoffConfig["bitcoin"]["retentionDays"];

/** What a retention did, or would do. */
export interface Retention {
  readonly dropped: readonly DayPartition[];
  /** Old enough, and still needed. */
  readonly held: readonly (DayPartition & { readonly hold: DayHold })[];
  /** Of what was dropped, indexes included. */
  readonly bytesFreed: number;
}

const KEY: Readonly<Record<DailyTable, keyof RetentionDays>> = {
  spot_ticks: "spotTicks",
  kalshi_quotes: "quotes",
  kalshi_edge_snapshots: "edgeSnapshots",
  kalshi_edge_snapshot_scores: "snapshotScores",
  btc_decisions: "decisions",
};

const DAY_MS = 86_400_000;

/**
 * Drops the days of each table that are older than the settings keep, whole: the last day that is
 * kept is as many days before the current one. Days with a contract that is not settled and scored
 * stay until it is. Repeating it changes nothing.
 */
export async function retainDays(
  db: Db,
  request: { readonly days: RetentionDays; readonly at: Instant; readonly isDryRun: boolean },
): Promise<Retention> {
  const { days, at, isDryRun } = request;
  const dropped: DayPartition[] = [];
  const held: (DayPartition & { hold: DayHold })[] = [];
  for (const partition of await dayPartitions(db)) {
    if (partition.day >= dayOf(at - days[KEY[partition.table]] * DAY_MS)) continue;
    const hold = await dropDay(db, partition, isDryRun);
    if (hold === null) dropped.push(partition);
    else held.push({ ...partition, hold });
  }
  const bytesFreed = dropped.reduce((total, { bytes }) => total + bytes, 0);
  return { dropped, held, bytesFreed };
}
