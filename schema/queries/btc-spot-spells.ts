import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { SpotStale } from "../../core/domain/spot.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";

/** A while in which no price of the spot could be believed, for one reason. */
export interface SpotSpell {
  readonly because: SpotStale;
  readonly from: Instant;
  /** Null while it lasts. */
  readonly to: Instant | null;
}

/** Writes spells down. Repeating it changes nothing; one that has ended is ended once. */
export async function keepSpotSpells(
  db: Db,
  mode: Mode,
  spells: readonly SpotSpell[],
): Promise<void> {
  if (spells.length === 0) return;
  await db
    .insertInto("btc_spot_spells")
    .values(
      spells.map(({ because, from, to }) => ({
        mode,
        because,
        from_at: toDate(from),
        to_at: to === null ? null : toDate(to),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(["mode", "from_at", "because"]).doUpdateSet({
        to_at: sql`coalesce(btc_spot_spells.to_at, excluded.to_at)`,
      }),
    )
    .execute();
}

/** Ends what a process left open that died: what it saw ends where the next one begins to look. */
export async function endSpotSpells(db: Db, mode: Mode, at: Instant): Promise<void> {
  await sql`
    update btc_spot_spells set to_at = greatest(from_at, ${toDate(at)})
    where mode = ${mode} and to_at is null`.execute(db);
}

/** How the spot stands, and how it stood since an instant. */
export interface SpotStaleness {
  /** What lasts now; null when the spot can be believed. */
  readonly now: { readonly because: SpotStale; readonly from: Instant } | null;
  readonly reasons: readonly {
    readonly because: SpotStale;
    readonly spells: number;
    /** Run milliseconds of them that lie in the time that was asked for. */
    readonly ms: number;
  }[];
}

/** Reads the spells between two instants, the longest reason first. */
export async function spotStaleness(
  db: Db,
  mode: Mode,
  { since, at }: { readonly since: Instant; readonly at: Instant },
): Promise<SpotStaleness> {
  const [from, to] = [toDate(since), toDate(at)];
  const { rows: open } = await sql<{ because: SpotStale; from: Date }>`
    select because, from_at as "from" from btc_spot_spells
    where mode = ${mode} and to_at is null and from_at <= ${to}
    order by from_at desc limit 1`.execute(db);
  const { rows: reasons } = await sql<SpotStaleness["reasons"][number]>`
    select because, count(*) as spells, sum(extract(epoch from
      least(coalesce(to_at, ${to}), ${to}) - greatest(from_at, ${from})) * 1000)::float8 as ms
    from btc_spot_spells
    where mode = ${mode} and from_at <= ${to} and (to_at is null or to_at > ${from})
    group by because order by ms desc, because`.execute(db);
  const [last] = open;
  return {
    now: last === undefined ? null : { because: last.because, from: toInstant(last.from) },
    reasons,
  };
}
