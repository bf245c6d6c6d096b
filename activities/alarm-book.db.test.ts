import { setTimeout as sleep } from "node:timers/promises";
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

/** Does the first act, lets what it began wait for the table for a while, and does the second meanwhile. */
async function whileWriting(first: () => Promise<void>, second: () => void): Promise<void> {
  let writing: Promise<void> | undefined;
  await cloned.db.transaction().execute(async (tx) => {
    // Whoever writes or clears waits for this lock.
    await tx.selectFrom("alarms").selectAll().forUpdate().execute();
    writing = first();
    await sleep(300);
    second();
  });
  await writing;
}

async function endsOf(field: string): Promise<readonly (number | null)[]> {
  const rows = await cloned.db
    .selectFrom("alarms")
    .select("cleared_at")
    .where("field", "=", field)
    .execute();
  return rows.map(({ cleared_at: cleared }) => cleared?.getTime() ?? null);
}

it.each([
  { what: "its first end", field: "nba.body", isEnd: true },
  { what: "it", field: "espn.body", isEnd: false },
])(
  "leaves no alarm open that came again, and ended, while $what was being written",
  async ({ field, isEnd }) => {
    const alarms = createAlarmBook({ db: cloned.db, log: SILENT });
    const key = { runId: null, gameId: null, code: "feed_invalid", field };
    const alarm = { ...key, severity: "warning", message: "html", details: {} } as const;
    alarms.raise({ ...alarm, at: instant(1_000) });
    await alarms.flush();
    await whileWriting(
      () => {
        if (isEnd) alarms.clear(key, instant(2_000));
        else alarms.raise({ ...alarm, at: instant(2_000) });
        return alarms.flush();
      },
      () => {
        alarms.raise({ ...alarm, at: instant(3_000) });
        alarms.clear(key, instant(4_000));
      },
    );
    await alarms.flush();
    expect(await endsOf(field)).toEqual([4_000]);
  },
);
