import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";

export type BtcLoopRow = Selectable<Database["btc_loops"]>;

/** A sign of life of one loop. */
export interface LoopBeat {
  readonly mode: Mode;
  readonly name: string;
  /** Empty for a loop that serves all series. */
  readonly series: string;
  readonly at: Instant;
  /** Errors since the beat before, by class: they are added to those of before. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Tells that a loop is alive; not idempotent in its errors: tell each once. */
export async function beatLoop(db: Db, beat: LoopBeat): Promise<void> {
  const errors = JSON.stringify(beat.errors);
  await sql`
    insert into btc_loops as old (mode, name, series, last_at, last_wall, errors)
    values (${beat.mode}, ${beat.name}, ${beat.series}, ${toDate(beat.at)}, clock_timestamp(),
      ${errors})
    on conflict (mode, name, series) do update set
      last_at = greatest(old.last_at, excluded.last_at), last_wall = excluded.last_wall,
      errors = (
        select coalesce(jsonb_object_agg(class, n), '{}')::text from (
          select key as class, sum(value::bigint) as n from (
            select * from jsonb_each_text(old.errors::jsonb)
            union all select * from jsonb_each_text(excluded.errors::jsonb)) both_ways
          group by key) summed)`.execute(db);
}

/** Every loop of a mode. */
export async function loopsOf(db: Db, mode: Mode): Promise<readonly BtcLoopRow[]> {
  return db
    .selectFrom("btc_loops")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("name")
    .orderBy("series")
    .execute();
}
