import { sql } from "kysely";
import { BTC_SERIES } from "../../core/domain/btc-contract.ts";
import type { BtcLoopId, BtcLoopName } from "../../core/domain/btc-loop.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";

/** A sign of life of one loop: it has done its work. */
export interface LoopBeat extends BtcLoopId {
  readonly at: Instant;
}

/** Tells that loops are alive. Of two beats the later stands. */
export async function beatLoops(db: Db, mode: Mode, beats: readonly LoopBeat[]): Promise<void> {
  if (beats.length === 0) return;
  const rows = beats.map(({ name, series, at }) => ({ name, series, at: toDate(at) }));
  await sql`
    insert into btc_loops as old (mode, name, series, last_at, last_wall)
    select ${mode}, name, series, max(at), clock_timestamp()
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as told (name text, series text, at timestamptz)
    group by name, series
    on conflict (mode, name, series) do update set
      last_at = greatest(old.last_at, excluded.last_at), last_wall = excluded.last_wall`.execute(
    db,
  );
}

/** When a loop last did its work. */
export interface BtcLoop extends BtcLoopId {
  readonly lastAt: Instant;
  /** Wall milliseconds since then, by the database's clock. */
  readonly wallAgeMs: number;
}

/** Every loop of a mode that ever did its work. */
export async function loopsOf(db: Db, mode: Mode): Promise<readonly BtcLoop[]> {
  const { rows } = await sql<{
    name: BtcLoopName;
    series: string;
    lastAt: Date;
    wallAgeMs: number;
  }>`
    select name, series, last_at as "lastAt",
      (extract(epoch from clock_timestamp() - last_wall) * 1000)::float8 as "wallAgeMs"
    from btc_loops where mode = ${mode} order by name, series`.execute(db);
  return rows.map(({ series, lastAt, ...row }) => ({
    ...row,
    series: BTC_SERIES.find((one) => one === series) ?? "",
    lastAt: toInstant(lastAt),
  }));
}

/** Errors of one class that a loop met at an instant. */
export interface LoopErrors extends BtcLoopId {
  readonly errorClass: string;
  readonly at: Instant;
  readonly count: number;
}

/** Counts errors by the minute; not idempotent: tell each once. */
export async function countErrors(
  db: Db,
  mode: Mode,
  errors: readonly LoopErrors[],
): Promise<void> {
  if (errors.length === 0) return;
  const rows = errors.map((one) => ({ ...one, at: toDate(one.at) }));
  await sql`
    insert into btc_loop_errors as old (mode, name, series, class, minute_at, errors)
    select ${mode}, name, series, "errorClass", date_bin('1 minute', at, 'epoch'), sum(count)
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as told (name text, series text, "errorClass" text, at timestamptz, count bigint)
    group by 2, 3, 4, 5
    on conflict (mode, name, series, class, minute_at) do update set
      errors = old.errors + excluded.errors`.execute(db);
}

/** How often a loop met errors of one class. */
export interface ErrorRate {
  readonly loop: BtcLoopName;
  /** Empty for a loop that serves all series. */
  readonly series: string;
  readonly class: string;
  /** Since the instant that was asked for, and ever. */
  readonly recent: number;
  readonly total: number;
  /** Minute of the last one. */
  readonly lastAt: Instant;
}

/** Errors of a mode by loop and class, up to an instant; the most frequent since another first. */
export async function errorRates(
  db: Db,
  mode: Mode,
  { since, at }: { readonly since: Instant; readonly at: Instant },
): Promise<readonly ErrorRate[]> {
  const { rows } = await sql<Omit<ErrorRate, "lastAt"> & { lastAt: Date }>`
    select name as loop, series, class, max(minute_at) as "lastAt", sum(errors)::bigint as total,
      coalesce(sum(errors) filter (where minute_at > ${toDate(since)}), 0)::bigint as recent
    from btc_loop_errors where mode = ${mode} and minute_at <= ${toDate(at)}
    group by name, series, class
    order by recent desc, total desc, name, series, class`.execute(db);
  return rows.map((row) => ({ ...row, lastAt: toInstant(row.lastAt) }));
}
