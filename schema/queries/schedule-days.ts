import { type Selectable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";

export type ScheduleDayRow = Selectable<Database["schedule_days"]>;

/** Records what the unattended schedule did on a day. A day once started is never called missed. */
export async function recordScheduleDay(
  db: Db,
  day: {
    readonly date: TradingDate;
    readonly mode: Mode;
    readonly status: ScheduleDayRow["status"];
    readonly details: string;
  },
): Promise<void> {
  await db
    .insertInto("schedule_days")
    .values({
      trading_date: day.date,
      mode: day.mode,
      status: day.status,
      details: day.details,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["trading_date", "mode"])
        .doUpdateSet({ status: day.status, details: day.details, at: sql`now()` })
        .where("schedule_days.status", "!=", "started"),
    )
    .execute();
}

/** Days of a mode, the last first. */
export async function scheduleDays(
  db: Db,
  mode: Mode,
  limit = 30,
): Promise<readonly ScheduleDayRow[]> {
  return db
    .selectFrom("schedule_days")
    .selectAll()
    .where("mode", "=", mode)
    .orderBy("trading_date", "desc")
    .limit(limit)
    .execute();
}
