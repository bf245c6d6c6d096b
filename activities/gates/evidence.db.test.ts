import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { ConditionResult } from "../../core/domain/gate.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { loadGates } from "../../runtime/gates-config.ts";
import { recordJudgement } from "../../schema/queries/judgements.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { assessGate } from "./assess.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(async () => {
  await emptyDatabase(cloned.db);
});

/** One game and one trade a night, one a day until yesterday; a third of them lost. */
async function play(mode: Mode, days: number): Promise<void> {
  await cloned.db.transaction().execute(async (tx) => {
    for (const [index, date] of datesFrom("2026-11-01", days).entries()) {
      await insertNight(tx, { mode, date, isWon: index % 3 !== 2, daysAgo: days - index });
    }
  });
}

async function find(stage: Mode, name: string): Promise<ConditionResult | undefined> {
  const { conditions } = await assessGate(cloned.db, {
    ladder: { position: { stage, step: 0 }, since: null, moves: [], tampered: null },
    gates: loadGates().gates,
    ...{ configHash: "c", limitsHash: "l", capital: 1_000_000_000, nowMs: Date.now() },
  });
  return conditions.find((one) => one.name === name);
}

it("does not trust a number that rests on fewer than thirty games, however good it is", async () => {
  await play("shadow", 21);
  const untrusted = await find("shadow", "calibration");
  expect(untrusted).toMatchObject({ answer: "not-enough-data", sample: 21, interval: null });
  await play("paper", 29);
  for (const name of ["profit_factor", "win_rate", "fee_drag", "total_return", "sharpe"]) {
    expect((await find("paper", name))?.answer).toBe("not-enough-data");
  }
});

it("asks on paper for a validation that found an edge, under these settings and limits", async () => {
  await play("paper", 3);
  const answer = async () => (await find("paper", "validation"))?.answer;
  const validated = (verdict: string, configHash = "c") =>
    recordJudgement(cloned.db, {
      ...{ kind: "validation", mode: "paper", from: "2026-11-01", to: "2026-11-03", verdict },
      basis: { configHash, limitsHash: "l" },
      ...{ reportDir: "d", reportSha256: `${verdict} ${configHash}`, by: "test", at: new Date() },
    });
  expect(await answer()).toBe("not-enough-data");
  await validated("edge", "d");
  expect(await answer()).toBe("not-enough-data");
  await validated("edge");
  expect(await answer()).toBe("pass");
  await validated("not_enough_data");
  expect(await answer()).toBe("not-enough-data");
  await validated("no_edge");
  expect(await answer()).toBe("fail");
  await sql`alter table judgements disable trigger user`.execute(cloned.db);
  await sql`update judgements set verdict = 'edge', recorded_at = now() - interval '8 days'`.execute(
    cloned.db,
  );
  await sql`alter table judgements enable trigger user`.execute(cloned.db);
  expect(await answer()).toBe("fail");
});
