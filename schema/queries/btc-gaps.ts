import { type RawBuilder, type Selectable, sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotSource } from "../../core/domain/spot.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import type { Database } from "../tables.ts";
import type { DailyTable } from "./btc-partitions.ts";

export type BtcGapRow = Selectable<Database["btc_gaps"]>;

/** A table that is written at a steady pace, for a series or from a source. */
export type SteadyTable = Exclude<DailyTable, "kalshi_edge_snapshot_scores" | "btc_decisions">;

/** Rows that are missing: from the first instant without to the first with again. */
export interface DataGap {
  readonly table: SteadyTable;
  /** Of `spot_ticks` the source. */
  readonly series: BtcSeries | SpotSource;
  readonly from: Instant;
  readonly to: Instant;
  readonly missing: number;
  readonly cause: string;
}

/** Cause of a gap that nobody told of: found by looking. */
export const FOUND = "not_written";

/** Writes down a gap that was noticed when it happened. Once: a repeat may make it longer, never shorter. */
export async function recordGap(
  db: Db,
  mode: Mode,
  gap: DataGap,
  noticedAt: Instant,
): Promise<void> {
  await db
    .insertInto("btc_gaps")
    .values({
      mode,
      table_name: gap.table,
      series: gap.series,
      from_at: toDate(gap.from),
      to_at: toDate(gap.to),
      missing_rows: gap.missing,
      cause: gap.cause,
      noticed_at: toDate(noticedAt),
      filled_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(["mode", "table_name", "series", "from_at"]).doUpdateSet({
        to_at: sql`greatest(btc_gaps.to_at, excluded.to_at)`,
        missing_rows: sql`greatest(btc_gaps.missing_rows, excluded.missing_rows)`,
        // A cause that was told says more than that something was found.
        cause: sql`case btc_gaps.cause when ${FOUND} then excluded.cause else btc_gaps.cause end`,
        filled_at: null,
      }),
    )
    .execute();
}

/** Where to look for gaps. */
export interface GapSearch {
  readonly mode: Mode;
  readonly series: BtcSeries;
  /** Feed that the series is priced from. */
  readonly source: SpotSource;
  readonly from: Instant;
  /** Not later than all that is looked at must have been written. */
  readonly to: Instant;
  /** The pace of the cycles, run milliseconds; whole multiples of it are looked at. */
  readonly everyMs: number;
  readonly at: Instant;
}

/**
 * Finds what is missing in `kalshi_edge_snapshots`, `kalshi_quotes` and `spot_ticks` and writes it
 * down, once for each gap however often it is searched. One that touches the beginning of the search
 * is searched from its own beginning; one that is there no more is marked as filled.
 *
 * Each contract, from its open to before its close, has a snapshot and a quote in every step of the
 * pace; the spot has a price in every step. Steps without make a gap, with as many rows missing; of
 * the spot as many as the trade ids on both sides leave out, where it has such.
 *
 * @returns the gaps that stand in the range, oldest first.
 */
export async function findGaps(db: Db, search: GapSearch): Promise<readonly BtcGapRow[]> {
  const steady = (table: SteadyTable, series: DataGap["series"]) =>
    db.transaction().execute((tx) => searchTable(tx, table, series, search));
  const snapshots = await steady("kalshi_edge_snapshots", search.series);
  const quotes = await steady("kalshi_quotes", search.series);
  const ticks = await steady("spot_ticks", search.source);
  return [...snapshots, ...quotes, ...ticks];
}

const GAP_LOCK = 7_412;

async function searchTable(
  tx: Db,
  table: SteadyTable,
  series: DataGap["series"],
  search: GapSearch,
): Promise<readonly BtcGapRow[]> {
  const { mode, everyMs } = search;
  await sql`select pg_advisory_xact_lock(${GAP_LOCK}::int, hashtext(${mode}))`.execute(tx);
  const to = instant(Math.floor(search.to / everyMs) * everyMs);
  const touched = await gapsWithin(tx, { mode, table, series, from: search.from, to });
  const first = Math.min(search.from, ...touched.map(({ from_at }) => from_at.getTime()));
  const from = instant(Math.ceil(first / everyMs) * everyMs);
  if (from >= to) return touched;
  const holes = await holesOf(tx, table, { ...search, from, to });
  for (const hole of holes) {
    await keepHole(tx, mode, { ...hole, table, series }, touched, search.at);
  }
  await markFilled(tx, touched, holes, { from, to, at: search.at });
  return gapsWithin(tx, { mode, table, series, from, to });
}

interface Hole {
  readonly from: Instant;
  readonly to: Instant;
  readonly missing: number;
}

type Steps = Pick<GapSearch, "mode" | "series" | "source" | "from" | "to" | "everyMs">;

async function holesOf(db: Db, table: SteadyTable, steps: Steps): Promise<readonly Hole[]> {
  const lacking =
    table === "spot_ticks"
      ? stepsWithoutTick(steps)
      : stepsWithoutRow(steps, table, PRESENT[table](steps.mode));
  const { rows } = await sql<{ from: Date; to: Date; missing: number }>`
    with lacking as (${lacking}),
    runs as (
      select step, missing, step - row_number() over (order by step) * ${paceOf(steps)} as run
      from lacking),
    holes as (
      select min(step) as "from", max(step) + ${paceOf(steps)} as "to",
        sum(missing)::bigint as missing
      from runs group by run)
    select "from", "to", ${table === "spot_ticks" ? missingTicks(steps) : sql`missing`} as missing
    from holes order by "from"`.execute(db);
  return rows.map(({ from, to, missing }) => ({
    from: toInstant(from),
    to: toInstant(to),
    missing,
  }));
}

const paceOf = ({ everyMs }: Steps) => sql`make_interval(secs => ${everyMs / 1_000}::float8)`;

const stepsOf = (steps: Steps) => sql`
  generate_series(${toDate(steps.from)}::timestamptz, ${new Date(steps.to - steps.everyMs)},
    ${paceOf(steps)}) as step`;

/** Which rows a contract has, by the step they fall into. */
const PRESENT: Readonly<
  Record<
    Exclude<SteadyTable, "spot_ticks">,
    (mode: Mode) => { at: string; own: RawBuilder<unknown> }
  >
> = {
  kalshi_quotes: () => ({ at: "observed_at", own: sql`true` }),
  kalshi_edge_snapshots: (mode) => ({ at: "computed_at", own: sql`mode = ${mode}` }),
};

function stepsWithoutRow(
  steps: Steps,
  table: string,
  { at, own }: { at: string; own: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const when = sql.ref(at);
  return sql`
    select step, count(*)::bigint as missing
    from ${stepsOf(steps)} join kalshi_contracts c on c.open_at <= step and c.close_at > step
      left join (
        select distinct market_ticker, date_bin(${paceOf(steps)}, ${when}, 'epoch') as step
        from ${sql.table(table)}
        where ${own} and ${when} >= ${toDate(steps.from)} and ${when} < ${toDate(steps.to)}
      ) present using (market_ticker, step)
    where c.series_ticker = ${steps.series} and present.step is null
    group by step`;
}

function stepsWithoutTick(steps: Steps): RawBuilder<unknown> {
  return sql`
    select step, 1::bigint as missing
    from ${stepsOf(steps)} left join (
      select distinct date_bin(${paceOf(steps)}, source_at, 'epoch') as step from spot_ticks
      where source = ${steps.source} and source_at >= ${toDate(steps.from)}
        and source_at < ${toDate(steps.to)}) present using (step)
    where present.step is null`;
}

/** Trades that happened in a hole by the ids of its neighbours; else its steps. */
function missingTicks(steps: Steps): RawBuilder<number> {
  // Neighbours are looked for within a day: further back are other partitions.
  const id = (order: "desc" | "asc"): RawBuilder<number> => {
    const near =
      order === "desc"
        ? sql`source_at < holes."from" and source_at >= holes."from" - interval '1 day'`
        : sql`source_at >= holes."to" and source_at < holes."to" + interval '1 day'`;
    return sql<number>`(select trade_id from spot_ticks
      where source = ${steps.source} and ${near}
      order by source_at ${sql.raw(order)}, trade_id ${sql.raw(order)} limit 1)`;
  };
  return sql<number>`coalesce(${id("asc")} - ${id("desc")} - 1, missing)`;
}

/** Writes a hole, unless a gap that was told covers it; one that was told in part lends its cause. */
async function keepHole(
  db: Db,
  mode: Mode,
  hole: Omit<DataGap, "cause">,
  touched: readonly BtcGapRow[],
  at: Instant,
): Promise<void> {
  const told = touched.filter(({ from_at, to_at, cause }) => {
    return cause !== FOUND && from_at.getTime() < hole.to && to_at.getTime() > hole.from;
  });
  const isCovered = told.some(({ from_at, to_at }) => {
    return from_at.getTime() <= hole.from && to_at.getTime() >= hole.to;
  });
  if (!isCovered) await recordGap(db, mode, { ...hole, cause: told[0]?.cause ?? FOUND }, at);
}

/** A gap in whose time nothing is missing now was filled, such as from a spool or by REST. */
async function markFilled(
  db: Db,
  touched: readonly BtcGapRow[],
  holes: readonly Hole[],
  { from, to, at }: { readonly from: Instant; readonly to: Instant; readonly at: Instant },
): Promise<void> {
  const filled = touched.filter(({ from_at, to_at, filled_at }) => {
    const begins = from_at.getTime();
    const ends = to_at.getTime();
    const isSearched = begins >= from && ends <= to;
    const isMissing = holes.some((hole) => hole.from < ends && hole.to > begins);
    return filled_at === null && isSearched && !isMissing;
  });
  for (const { mode, table_name, series, from_at } of filled) {
    await db
      .updateTable("btc_gaps")
      .set({ filled_at: toDate(at) })
      .where("mode", "=", mode)
      .where("table_name", "=", table_name)
      .where("series", "=", series)
      .where("from_at", "=", from_at)
      .execute();
  }
}

/** Gaps that touch a range, oldest first, those filled since among them. */
export async function gapsWithin(
  db: Db,
  where: {
    readonly mode: Mode;
    readonly from: Instant;
    readonly to: Instant;
    readonly table?: SteadyTable;
    readonly series?: DataGap["series"];
  },
): Promise<readonly BtcGapRow[]> {
  let query = db
    .selectFrom("btc_gaps")
    .selectAll()
    .where("mode", "=", where.mode)
    .where("from_at", "<=", toDate(where.to))
    .where("to_at", ">=", toDate(where.from));
  if (where.table !== undefined) query = query.where("table_name", "=", where.table);
  if (where.series !== undefined) query = query.where("series", "=", where.series);
  return query.orderBy("from_at").orderBy("table_name").orderBy("series").execute();
}
