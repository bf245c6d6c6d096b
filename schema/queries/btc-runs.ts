import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Mode } from "../../core/domain/decision.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";

/** Writes that a series belongs to a run; one that goes on is open again. */
export async function openRunSeries(
  db: Db,
  of: { readonly runId: string; readonly series: BtcSeries; readonly at: Instant },
): Promise<void> {
  await db
    .insertInto("btc_run_series")
    .values({ run_id: of.runId, series: of.series, started_at: toDate(of.at) })
    .onConflict((conflict) =>
      conflict.columns(["run_id", "series"]).doUpdateSet({ ended_at: null, ended_because: null }),
    )
    .execute();
}

/** Writes that a series of a run is over. @returns how many of its run are not. */
export async function closeRunSeries(
  db: Db,
  of: {
    readonly runId: string;
    readonly series: BtcSeries;
    readonly because: string;
    readonly at: Instant;
  },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    // Two that end at the same moment must not each take the other for open.
    await tx
      .selectFrom("runs")
      .select("run_id")
      .where("run_id", "=", of.runId)
      .forUpdate()
      .executeTakeFirst();
    await tx
      .updateTable("btc_run_series")
      .set({ ended_at: toDate(of.at), ended_because: of.because })
      .where("run_id", "=", of.runId)
      .where("series", "=", of.series)
      .execute();
    const { left } = await tx
      .selectFrom("btc_run_series")
      .select((eb) => eb.fn.countAll<number>().as("left"))
      .where("run_id", "=", of.runId)
      .where("ended_at", "is", null)
      .executeTakeFirstOrThrow();
    return left;
  });
}

/** Whether a series of a run is over, or was stopped; one that goes on is not. */
export async function isSeriesEnded(
  db: Db,
  of: { readonly runId: string; readonly series: BtcSeries },
): Promise<boolean> {
  const row = await db
    .selectFrom("btc_run_series")
    .select("ended_at")
    .where("run_id", "=", of.runId)
    .where("series", "=", of.series)
    .executeTakeFirst();
  return row !== undefined && row.ended_at !== null;
}

/** The number of the last cycle of a series in a run; 0 before the first. */
export async function lastBtcCycle(
  db: Db,
  of: { readonly runId: string; readonly series: BtcSeries },
): Promise<number> {
  const row = await db
    .selectFrom("btc_cycles")
    .select((eb) => eb.fn.max("cycle_no").as("last"))
    .where("run_id", "=", of.runId)
    .where("series", "=", of.series)
    .executeTakeFirst();
  return row?.last ?? 0;
}

/** Series of a mode's newest run that are not over: those whose loops have work. */
export async function openSeries(db: Db, mode: Mode): Promise<readonly BtcSeries[]> {
  const rows = await db
    .selectFrom("btc_run_series")
    .select("series")
    .where("ended_at", "is", null)
    .where("run_id", "=", (eb) =>
      eb
        .selectFrom("runs")
        .select("run_id")
        .where("mode", "=", mode)
        .where("domain", "=", "btc")
        .orderBy("started_at", "desc")
        .limit(1),
    )
    .execute();
  return BTC_SERIES.filter((series) => rows.some((row) => row.series === series));
}
