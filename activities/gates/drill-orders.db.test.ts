import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { readGateFacts } from "./facts.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
  for (const date of datesFrom("2026-11-01", 3)) {
    await insertNight(cloned.db, { mode: "paper", date, isWon: true });
  }
});
afterAll(() => cloned.drop());

const facts = async (limitsHash = "l") =>
  readGateFacts(cloned.db, {
    window: { mode: "paper", configHash: "c", limitsHash, since: new Date(0) },
    capital: 1_000_000_000,
    nowMs: Date.now(),
    ignoredBreakers: [],
  });

it("takes no order of a drill for evidence: no trade, no fill rate, no night that decided something", async () => {
  const before = await facts();
  expect(before.facts.completedTrades.value).toBe(3);
  expect(before.facts.fillRateGap.sample).toBe(3);
  const last = "trading-day/paper/2026-11-03";
  await sql`update orders set strategy = 'drill' where run_id = ${last}`.execute(cloned.db);
  await sql`update intents set strategy = 'drill' where run_id = ${last}`.execute(cloned.db);
  const after = await facts();
  expect(after.facts.completedTrades.value).toBe(2);
  expect(after.facts.fillRateGap.sample).toBe(2);
  // The drill's intent is all that is left of the night.
  await sql`alter table decisions disable trigger all`.execute(cloned.db);
  await sql`delete from decisions where decision_id like '%2026-11-03#1'`.execute(cloned.db);
  expect((await facts()).leftOut.idle).toBe(1);
});
