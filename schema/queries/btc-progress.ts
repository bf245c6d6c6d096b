import { sql } from "kysely";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant, toInstantOrNull } from "../database.ts";

type ModeOfSeries = { readonly mode: Mode; readonly series: BtcSeries };

/**
 * Up to when every contract of a series that was open is in the tables.
 *
 * @param now what is later belongs to another source that was played in the same home.
 * @returns `null` where the series was never watched.
 */
export async function catalogueKnownUntil(
  db: Db,
  { mode, series }: ModeOfSeries,
  now: Instant,
): Promise<Instant | null> {
  const row = await db
    .selectFrom("btc_progress")
    .select("until_at")
    .where("mode", "=", mode)
    .where("work", "=", "catalogue")
    .where("series", "=", series)
    .where("until_at", "<=", toDate(now))
    .executeTakeFirst();
  return toInstantOrNull(row?.until_at ?? null);
}

/** Every contract that was open until an instant is in the tables now. */
export async function recordCatalogue(
  db: Db,
  { mode, series }: ModeOfSeries,
  until: Instant,
): Promise<void> {
  await db
    .insertInto("btc_progress")
    .values({ mode, work: "catalogue", series, until_at: toDate(until) })
    .onConflict((conflict) =>
      conflict
        .columns(["mode", "work", "series"])
        .doUpdateSet({ until_at: sql`excluded.until_at` }),
    )
    .execute();
}

/**
 * The same after a time in which nobody read the catalogue: what was open since then has gaps, and the
 * search for them goes back. Both or neither: a process that dies in between looks back once more.
 */
export async function recordLookBack(
  db: Db,
  of: ModeOfSeries,
  { since, until }: { readonly since: Instant; readonly until: Instant },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await recordCatalogue(tx, of, until);
    // Counted also where it has not come so far: one that is under way may have passed there already.
    await tx
      .insertInto("btc_progress")
      .values({ ...searchOf(of.mode), until_at: toDate(NEVER_SEARCHED.until), sent_back: 1 })
      .onConflict((conflict) =>
        conflict.columns(["mode", "work", "series"]).doUpdateSet({
          until_at: sql`least(btc_progress.until_at, ${toDate(since)})`,
          sent_back: sql`btc_progress.sent_back + 1`,
        }),
      )
      .execute();
  });
}

/** How far the search for gaps of a mode has come. */
export interface GapSearchProgress {
  readonly until: Instant;
  /** How often it was sent back. */
  readonly sentBack: number;
}

const NEVER_SEARCHED: GapSearchProgress = { until: instant(0), sentBack: 0 };

const searchOf = (mode: Mode) => ({ mode, work: "gap_search", series: "" }) as const;

/** How far gaps of a mode were searched. */
export async function gapSearchProgress(db: Db, mode: Mode): Promise<GapSearchProgress> {
  const row = await db
    .selectFrom("btc_progress")
    .select(["until_at", "sent_back"])
    .where("mode", "=", mode)
    .where("work", "=", "gap_search")
    .executeTakeFirst();
  if (row === undefined) return NEVER_SEARCHED;
  return { until: toInstant(row.until_at), sentBack: row.sent_back };
}

/**
 * Gaps were searched up to an instant. Where the search was sent back since it began, it stays there.
 *
 * @param sentBack what `gapSearchProgress` said when it began.
 */
export async function recordGapSearch(
  db: Db,
  mode: Mode,
  { until, sentBack }: GapSearchProgress,
): Promise<void> {
  await db
    .insertInto("btc_progress")
    .values({ ...searchOf(mode), until_at: toDate(until), sent_back: sentBack })
    .onConflict((conflict) =>
      conflict
        .columns(["mode", "work", "series"])
        .doUpdateSet({ until_at: sql`excluded.until_at` })
        .where("btc_progress.sent_back", "=", sentBack),
    )
    .execute();
}
