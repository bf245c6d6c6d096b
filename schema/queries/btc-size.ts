import { sql } from "kysely";
import type { Db } from "../database.ts";
import { DAILY_TABLES } from "./btc-partitions.ts";

/** What a table takes on the disk. */
interface TableSize {
  readonly table: string;
  readonly rows: number;
  /** Indexes included. */
  readonly bytes: number;
}

/** What the tables of the pipeline take, and what that means for a month. */
export interface BtcSize {
  readonly tables: readonly TableSize[];
  /** One contract looked at every ten seconds for an hour is 360 snapshots; null before the first. */
  readonly contractHours: number | null;
  /** Of the tables that grow with contracts: quotes, snapshots, scores. */
  readonly bytesPerContractHour: number | null;
  /** Contracts that one instant shows, mean of those that have a snapshot. */
  readonly contractsAtOnce: number | null;
  /** What a month of 30 days takes at ten seconds with as many contracts, and as many ticks. */
  readonly bytesPerMonth: number | null;
}

const OTHERS = [
  "kalshi_edges",
  "kalshi_markets",
  "kalshi_contracts",
  "kalshi_contract_scores",
  "would_trades",
  "btc_cycles",
  "btc_gaps",
  "btc_loops",
  "btc_loop_errors",
  "btc_spot_spells",
] as const;

const SNAPSHOTS_AN_HOUR = 360;
const HOURS_A_MONTH = 720;

/** Measures what is there. Rows are counted one by one: not for a busy moment. */
export async function btcSize(db: Db): Promise<BtcSize> {
  const tables: TableSize[] = [];
  for (const table of [...DAILY_TABLES, ...OTHERS]) tables.push(await sizeOf(db, table));
  const { rows } = await sql<{ snapshots: number; instants: number; hours: number | null }>`
    select count(*) as snapshots, count(distinct date_bin('10 s', computed_at, 'epoch')) as instants,
      (select extract(epoch from max(source_at) - min(source_at))::float8 / 3600
        from spot_ticks) as hours
    from kalshi_edge_snapshots`.execute(db);
  const { snapshots = 0, instants = 0, hours = null } = rows[0] ?? {};
  const bytesOf = (name: string): number => tables.find((one) => one.table === name)?.bytes ?? 0;
  if (snapshots === 0) {
    const none = { contractHours: null, bytesPerContractHour: null };
    return { tables, ...none, contractsAtOnce: null, bytesPerMonth: null };
  }
  const contractHours = snapshots / SNAPSHOTS_AN_HOUR;
  const growing = DAILY_TABLES.filter((table) => table !== "spot_ticks");
  const bytes = growing.reduce((total, table) => total + bytesOf(table), 0);
  const bytesPerContractHour = bytes / contractHours;
  const contractsAtOnce = snapshots / instants;
  const spotAnHour = hours === null || hours === 0 ? 0 : bytesOf("spot_ticks") / hours;
  const bytesPerMonth = (bytesPerContractHour * contractsAtOnce + spotAnHour) * HOURS_A_MONTH;
  return { tables, contractHours, bytesPerContractHour, contractsAtOnce, bytesPerMonth };
}

async function sizeOf(db: Db, table: string): Promise<TableSize> {
  const { rows } = await sql<{ rows: number; bytes: number }>`
    select (select count(*) from ${sql.table(table)}) as rows,
      (select sum(pg_total_relation_size(relid))::bigint
        from pg_partition_tree(${table}::regclass)) as bytes`.execute(db);
  return { table, rows: rows[0]?.rows ?? 0, bytes: rows[0]?.bytes ?? 0 };
}
