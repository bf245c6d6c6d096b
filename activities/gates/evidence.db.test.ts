import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { NONE_LEFT_OUT } from "../../schema/queries/gate-facts.ts";
import { recordJudgement } from "../../schema/queries/judgements.ts";
import type { Ladder } from "../../schema/queries/stages.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { assessAt, conditionOf, standingAt } from "../../test/db/gate.ts";
import {
  datesFrom,
  type HandNight,
  insertDecision,
  insertNight,
  insertNights,
} from "../../test/db/stage-nights.ts";
import type { Assessment } from "./assess.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop(), 60_000);
afterEach(async () => {
  await emptyDatabase(cloned.db);
});

const assess = (
  ladder: Ladder,
  hashes: { readonly configHash?: string; readonly limitsHash?: string } = {},
): Promise<Assessment> => assessAt(cloned.db, ladder, hashes);

/** One game and one trade a night. */
const play = (mode: Mode, days: number, change: Partial<HandNight> = {}): Promise<void> =>
  insertNights(cloned.db, days, { mode, ...change });

it("does not trust a number that rests on fewer than thirty games, however good it is", async () => {
  await play("shadow", 21);
  const untrusted = conditionOf(await assess(standingAt("shadow")), "calibration");
  expect(untrusted).toMatchObject({ answer: "not-enough-data", sample: 21, interval: null });
  await play("paper", 29);
  for (const name of ["profit_factor", "win_rate", "fee_drag", "total_return", "sharpe"]) {
    expect(conditionOf(await assess(standingAt("paper")), name)?.answer).toBe("not-enough-data");
  }
});

it("asks on paper for a validation that found an edge, under these settings and limits", async () => {
  await play("paper", 3);
  const answer = async () => conditionOf(await assess(standingAt("paper")), "validation")?.answer;
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
  // The same again is the newest, as young as its run.
  await validated("edge");
  expect(await answer()).toBe("pass");
  await sql`alter table judgements disable trigger user`.execute(cloned.db);
  await sql`update judgements set verdict = 'edge', recorded_at = now() - interval '8 days'`.execute(
    cloned.db,
  );
  await sql`alter table judgements enable trigger user`.execute(cloned.db);
  expect(await answer()).toBe("fail");
});

it("counts only nights under the settings in force, of the stage's mode, since it was entered", async () => {
  await play("paper", 21);
  expect((await assess(standingAt("paper"))).nights).toHaveLength(21);
  expect((await assess(standingAt("paper"), { configHash: "other" })).nights).toEqual([]);
  expect((await assess(standingAt("shadow"))).nights).toEqual([]);
  expect((await assess(standingAt("paper", new Date()))).nights).toEqual([]);
});

it("counts only nights that decided, and all under the limits and settings in force", async () => {
  await play("paper", 3);
  expect((await assess(standingAt("paper"), { limitsHash: "other" })).leftOut.limits).toBe(3);
  const changed = { gameId: "game/paper/KXNBAGAME-2026-11-01", at: "2026-11-01T23:30:00Z" };
  const resumed = { gameId: "game/paper/KXNBAGAME-2026-11-02", at: "2026-11-02T23:30:00Z" };
  const decided = { decisionId: "changed", configHash: "c", limitsHash: "other" };
  await insertDecision(cloned.db, { ...changed, ...decided });
  await insertDecision(cloned.db, {
    ...resumed,
    ...decided,
    decisionId: "resumed",
    configHash: "d",
  });
  const idle = { mode: "paper", date: "2026-11-04", isWon: true, limitsHash: null } as const;
  await insertNight(cloned.db, idle);
  const { nights, leftOut } = await assess(standingAt("paper"));
  expect(nights.map(({ date }) => date)).toEqual(["2026-11-03"]);
  expect(leftOut).toEqual({ ...NONE_LEFT_OUT, settings: 1, limits: 1, idle: 1 });
});

it.each([
  ["limits", { limitsHash: "tight" }],
  ["settings", { configHash: "tight" }],
] as const)("begins the evidence after the last night under other %s", async (why, change) => {
  const changes: readonly Partial<HandNight>[] = [
    { isWon: false },
    { source: "world:7" },
    change,
    {},
    { limitsHash: null },
    { source: "world:7", ...change },
    {},
  ];
  for (const [index, date] of datesFrom("2026-11-01", changes.length).entries()) {
    const night = { mode: "paper", date, isWon: true, daysAgo: 10 - index } as const;
    await insertNight(cloned.db, { ...night, ...changes[index] });
  }
  const { nights, leftOut } = await assess(standingAt("paper"));
  expect(nights.map(({ date }) => date)).toEqual(["2026-11-04", "2026-11-07"]);
  expect(leftOut).toEqual({ ...NONE_LEFT_OUT, world: 2, [why]: 1, idle: 1, earlier: 1 });
});

it("counts days of the wall: many nights that were played in one day are one", async () => {
  await play("shadow", 21, { daysAgo: 1 });
  const assessed = await assess(standingAt("shadow"));
  expect(assessed.isOpen).toBe(false);
  for (const name of ["runtime", "nights"]) {
    expect(conditionOf(assessed, name)).toMatchObject({ value: 1, answer: "not-enough-data" });
  }
});

it("takes no night of a seeded world for evidence, and says how many were left out", async () => {
  await play("shadow", 21, { source: "world:7" });
  await insertNight(cloned.db, { mode: "shadow", date: "2026-11-22", isWon: true });
  const assessed = await assess(standingAt("shadow"));
  expect(assessed.nights.map(({ date }) => date)).toEqual(["2026-11-22"]);
  expect(conditionOf(assessed, "nights")?.value).toBe(1);
  expect(assessed.leftOut).toMatchObject({ world: 21 });
});

it("does not count a position that is still open as a trade", async () => {
  await play("paper", 2);
  await insertNight(cloned.db, {
    mode: "paper",
    date: "2026-11-03",
    isWon: true,
    isSettled: false,
  });
  expect(conditionOf(await assess(standingAt("paper")), "completed_trades")?.value).toBe(2);
});
