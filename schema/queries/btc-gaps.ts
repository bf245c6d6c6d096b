import { type RawBuilder, type Selectable, sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotSource } from "../../core/domain/spot.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import type { Database } from "../tables.ts";
import { stepAtOrAfter, stepAtOrBefore } from "./btc-coverage.ts";
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
/** Cause of one in which the source that is played has nothing. */
const NOT_RECORDED = "not_recorded";

/** Writes down a gap. One that begins where another does is that one, as it is known by now. */
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
        to_at: sql`excluded.to_at`,
        missing_rows: sql`excluded.missing_rows`,
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
  /** Where the source itself has nothing: no fault of ours. */
  readonly unrecorded: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Finds what is missing in `kalshi_edge_snapshots` and `kalshi_quotes` of a series and writes it down: one
 * row for each hole, however often it is searched and on whichever side it grows or shrinks. What touches
 * the search is searched to its own ends; what is there no more is marked as filled.
 *
 * Each contract, from its open to before its close, has a snapshot and a quote in every step of the
 * pace. Steps without make a gap, with as many rows missing.
 *
 * @returns the gaps that stand in the range, oldest first.
 */
export async function findSeriesGaps(db: Db, search: GapSearch): Promise<readonly BtcGapRow[]> {
  const steady = (table: SteadyTable) =>
    db.transaction().execute((tx) => searchTable(tx, table, search.series, search));
  return [...(await steady("kalshi_edge_snapshots")), ...(await steady("kalshi_quotes"))];
}

/**
 * The same of the spot, which has a price in every step: as many rows are missing as the trade ids on both
 * sides leave out, where it has such, else one a step.
 */
export function findSpotGaps(
  db: Db,
  search: Omit<GapSearch, "series">,
): Promise<readonly BtcGapRow[]> {
  return db
    .transaction()
    .execute((tx) => searchTable(tx, "spot_ticks", search.source, { ...search, series: null }));
}

const GAP_LOCK = 7_412;

async function searchTable(
  tx: Db,
  table: SteadyTable,
  series: DataGap["series"],
  search: Steps & Pick<GapSearch, "at" | "unrecorded">,
): Promise<readonly BtcGapRow[]> {
  const { mode, everyMs } = search;
  await sql`select pg_advisory_xact_lock(${GAP_LOCK}::int, hashtext(${mode}))`.execute(tx);
  const asked = {
    from: stepAtOrAfter(search.from, everyMs),
    to: stepAtOrBefore(search.to, everyMs),
  };
  if (asked.from >= asked.to) return gapsWithin(tx, { mode, table, series, ...asked });
  const { from, to, touched } = await widened(tx, { mode, table, series, everyMs }, asked);
  const holes = await holesOf(tx, table, { ...search, from, to });
  const isHole = (row: BtcGapRow): boolean => holes.some((hole) => overlaps(hole, row));
  await dropGaps(tx, touched.filter(isHole));
  for (const hole of holes) {
    const before = touched.filter((row) => overlaps(hole, row));
    const noticedAt = Math.min(search.at, ...before.map(({ noticed_at }) => noticed_at.getTime()));
    const cause = causeOf(hole, before, search.unrecorded);
    await recordGap(tx, mode, { ...hole, table, series, cause }, instant(noticedAt));
  }
  const gone = touched.filter((row) => row.filled_at === null && !isHole(row));
  await markFilled(tx, gone, search.at);
  return gapsWithin(tx, { mode, table, series, from, to });
}

interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** The search with all of every gap that touches it, and these gaps. */
async function widened(
  db: Db,
  of: Pick<GapSearch, "mode" | "everyMs"> & Pick<DataGap, "table" | "series">,
  { from, to }: Span,
): Promise<Span & { readonly touched: readonly BtcGapRow[] }> {
  const touched = await gapsWithin(db, { ...of, from, to });
  const first = Math.min(from, ...touched.map(({ from_at }) => from_at.getTime()));
  const last = Math.max(to, ...touched.map(({ to_at }) => to_at.getTime()));
  const wider = {
    from: instant(Math.floor(first / of.everyMs) * of.everyMs),
    to: instant(Math.ceil(last / of.everyMs) * of.everyMs),
  };
  if (wider.from === from && wider.to === to) return { from, to, touched };
  return widened(db, of, wider);
}

function overlaps(hole: Span, { from_at, to_at }: BtcGapRow): boolean {
  return hole.from < to_at.getTime() && hole.to > from_at.getTime();
}

/** What was told of any part of a hole says more than that it was found. */
function causeOf(
  hole: Span,
  before: readonly BtcGapRow[],
  unrecorded: GapSearch["unrecorded"],
): string {
  const told = before.find(({ cause }) => cause !== FOUND);
  if (told !== undefined) return told.cause;
  const isUnrecorded = unrecorded.some((one) => one.from < hole.to && one.to > hole.from);
  return isUnrecorded ? NOT_RECORDED : FOUND;
}

interface Hole extends Span {
  readonly missing: number;
}

type Steps = Pick<GapSearch, "mode" | "source" | "from" | "to" | "everyMs"> & {
  /** Null where the spot is searched. */
  readonly series: BtcSeries | null;
};

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

const keysOf = (rows: readonly BtcGapRow[]) =>
  sql.join(
    rows.map(
      (row) => sql`(${row.mode}, ${row.table_name}, ${row.series}, ${row.from_at}::timestamptz)`,
    ),
  );

/** Deletes gaps in whose place their holes are written. */
async function dropGaps(db: Db, rows: readonly BtcGapRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`delete from btc_gaps
    where (mode, table_name, series, from_at) in (${keysOf(rows)})`.execute(db);
}

/** A gap in whose time nothing is missing now was filled, such as from a spool or by REST. */
async function markFilled(db: Db, rows: readonly BtcGapRow[], at: Instant): Promise<void> {
  if (rows.length === 0) return;
  await sql`update btc_gaps set filled_at = ${toDate(at)}
    where (mode, table_name, series, from_at) in (${keysOf(rows)})`.execute(db);
}

/** A time that is reported, `to` excluded, and the pace of its cycles, run milliseconds. */
type GapWindow = Pick<GapSearch, "mode" | "from" | "to" | "everyMs">;

/**
 * The gaps of a window, oldest first, each cut to it with what is missing inside; those filled since as they
 * were. Of ticks that are missing the window has its share by time: their ids do not say when they were.
 */
export async function gapsOfWindow(db: Db, window: GapWindow): Promise<readonly BtcGapRow[]> {
  const rows = await gapsWithin(db, window);
  const cut = rows
    .filter((row) => overlaps(window, row))
    .map(async (row) => {
      const from = instant(Math.max(window.from, row.from_at.getTime()));
      const to = instant(Math.min(window.to, row.to_at.getTime()));
      const isWhole = to - from === row.to_at.getTime() - row.from_at.getTime();
      if (isWhole) return row;
      const missing_rows = await missingWithin(db, row, { ...window, from, to });
      return { ...row, from_at: toDate(from), to_at: toDate(to), missing_rows };
    });
  return (await Promise.all(cut)).filter(({ missing_rows }) => missing_rows > 0);
}

async function missingWithin(db: Db, row: BtcGapRow, part: GapWindow): Promise<number> {
  const share = (part.to - part.from) / (row.to_at.getTime() - row.from_at.getTime());
  if (row.table_name === "spot_ticks" || row.filled_at !== null) {
    return Math.round(row.missing_rows * share);
  }
  // Boundary: the search writes down only tables and series of ours.
  const table = row.table_name as Exclude<SteadyTable, "spot_ticks">;
  const steps = { ...part, series: row.series as BtcSeries, source: "coinbase" } as const;
  const from = instant(Math.ceil(part.from / part.everyMs) * part.everyMs);
  const to = instant(Math.floor(part.to / part.everyMs) * part.everyMs);
  const holes = await holesOf(db, table, { ...steps, from, to });
  return holes.reduce((sum, { missing }) => sum + missing, 0);
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
