import { afterAll, beforeAll, expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { createAlarmBook } from "./alarm-book.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

it("leaves no alarm open that ended between two writes of it", async () => {
  const alarms = createAlarmBook({ db: cloned.db, log: SILENT });
  const key = { runId: null, gameId: null, code: "feed_invalid", field: "espn.score" };
  const alarm = { ...key, severity: "warning", message: "NaN", details: {} } as const;
  alarms.raise({ ...alarm, at: instant(1_000) });
  await alarms.flush();
  // Raised again at once: its second write waits, and the end comes before it.
  alarms.raise({ ...alarm, at: instant(2_000) });
  alarms.clear(key, instant(3_000));
  await expect
    .poll(async () => {
      const rows = await cloned.db.selectFrom("alarms").select(["count", "cleared_at"]).execute();
      return rows.map(({ count, cleared_at: cleared }) => [count, cleared?.getTime() ?? null]);
    })
    .toEqual([[2, 3_000]]);
  await alarms.flush();
  const open = await cloned.db
    .selectFrom("alarms")
    .select("alarm_id")
    .where("cleared_at", "is", null)
    .execute();
  expect(open).toEqual([]);
});
