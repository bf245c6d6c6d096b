import { sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstantOrNull } from "../database.ts";

/** How many rows came since an instant, and when the newest of them is of. */
export interface Growth {
  readonly rows: number;
  readonly newestAt: Instant | null;
}

/** Rows that show that the pipeline works. */
export interface BtcGrowth {
  /** Those that can be believed. */
  readonly quotes: Growth;
  readonly snapshots: Growth;
  /** By when they were scored. */
  readonly scores: Growth;
}

/** Further back the newest row is not looked for. */
const LOOK_BACK_MS = 86_400_000;

/** Counts what came in the last `recentMs`, and for scores in the last `scoredMs`. */
export async function btcGrowth(
  db: Db,
  of: {
    readonly mode: Mode;
    readonly at: Instant;
    readonly recentMs: number;
    readonly scoredMs: number;
  },
): Promise<BtcGrowth> {
  const { mode, at, recentMs, scoredMs } = of;
  const back = toDate(instant(Math.max(0, at - LOOK_BACK_MS)));
  const now = toDate(at);
  const since = (ms: number): Date => toDate(instant(Math.max(0, at - ms)));
  const grown = async (table: string, column: string, ms: number): Promise<Growth> => {
    const when = sql.ref(column);
    const own = table === "kalshi_quotes" ? sql`stale_because is null` : sql`mode = ${mode}`;
    const { rows } = await sql<{ rows: number; newest: Date | null }>`
      select count(*) filter (where ${when} > ${since(ms)}) as rows, max(${when}) as newest
      from ${sql.table(table)} where ${when} > ${back} and ${when} <= ${now} and ${own}`.execute(
      db,
    );
    return { rows: rows[0]?.rows ?? 0, newestAt: toInstantOrNull(rows[0]?.newest ?? null) };
  };
  return {
    quotes: await grown("kalshi_quotes", "observed_at", recentMs),
    snapshots: await grown("kalshi_edge_snapshots", "computed_at", recentMs),
    scores: await grown("kalshi_contract_scores", "scored_at", scoredMs),
  };
}

/** What alarms are raised for. */
export interface BtcTroubles {
  /** Newest believable quote of a series' open contracts; null when there is none. */
  readonly quotes: readonly { readonly series: string; readonly newestAt: Instant | null }[];
  /** Contracts that closed before an instant and are not settled. */
  readonly late: readonly {
    readonly series: string;
    readonly contracts: number;
    readonly since: Instant | null;
  }[];
  /** Gaps that stand and were noticed since an instant. */
  readonly gaps: readonly {
    readonly series: string;
    readonly table: string;
    readonly rows: number;
  }[];
}

/** Reads what may be wrong with some series of a mode. */
export async function btcTroubles(
  db: Db,
  of: {
    readonly mode: Mode;
    readonly series: readonly BtcSeries[];
    readonly at: Instant;
    readonly quotesSince: Instant;
    readonly closedBefore: Instant;
    readonly gapsSince: Instant;
  },
): Promise<BtcTroubles> {
  const { mode, at } = of;
  const series = [...of.series];
  const quotes = await sql<{ series: string; newest: Date | null }>`
    select c.series_ticker as series, max(q.observed_at) as newest
    from kalshi_contracts c left join kalshi_quotes q on q.market_ticker = c.market_ticker
      and q.stale_because is null and q.observed_at > ${toDate(of.quotesSince)}
      and q.observed_at <= ${toDate(at)}
    where c.series_ticker = any(${series}) and c.open_at <= ${toDate(of.quotesSince)}
      and c.close_at > ${toDate(at)}
    group by 1 order by 1`.execute(db);
  const late = await sql<{ series: string; contracts: number; since: Date | null }>`
    select series_ticker as series, count(*) as contracts, min(close_at) as since
    from kalshi_contracts where outcome is null and series_ticker = any(${series})
      and close_at <= ${toDate(of.closedBefore)}
    group by 1 order by 1`.execute(db);
  const gaps = await sql<BtcTroubles["gaps"][number]>`
    select series, table_name as "table", sum(missing_rows)::bigint as rows from btc_gaps
    where mode = ${mode} and filled_at is null and noticed_at > ${toDate(of.gapsSince)}
    group by 1, 2 order by 1, 2`.execute(db);
  return {
    quotes: quotes.rows.map(({ series: name, newest }) => ({
      series: name,
      newestAt: toInstantOrNull(newest),
    })),
    late: late.rows.map(({ since, ...row }) => ({ ...row, since: toInstantOrNull(since) })),
    gaps: gaps.rows,
  };
}
