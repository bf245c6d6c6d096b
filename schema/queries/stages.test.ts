import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { ConditionResult } from "../../core/domain/gate.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
import { type GatePass, readLadder, recordFall, recordRise } from "./stages.ts";
import { emptyDatabase } from "../../test/db/empty.ts";

const AT = new Date("2026-11-28T12:00:00.123Z");
const ACT = { reason: "by hand", by: "test", at: AT };

let cloned: ClonedDatabase;
let own: SigningHome;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});
afterEach(async () => {
  await emptyDatabase(cloned.db);
  await sql`alter table stage_moves enable trigger all`.execute(cloned.db);
  await sql`alter table gate_passes enable trigger all`.execute(cloned.db);
});

function condition(answer: ConditionResult["answer"]): ConditionResult {
  return {
    name: "runtime",
    answer,
    value: 14,
    interval: null,
    sample: 14,
    needs: "14 days",
    query: "select 1",
  };
}

function passOf(change: Partial<GatePass> = {}): GatePass {
  return {
    passId: randomUUID(),
    from: "shadow",
    to: "paper",
    configHash: "c",
    limitsHash: "l",
    gatesHash: "g",
    codeCommit: "abc",
    nightCommits: ["abc"],
    dataFrom: "2026-11-01",
    dataTo: "2026-11-20",
    runIds: ["trading-day/shadow/2026-11-01"],
    conditions: [condition("pass")],
    ...change,
  };
}

const START = { stage: "shadow", step: 0 } as const;
const rise = (change: Partial<GatePass> = {}) =>
  recordRise(cloned.db, own.signer, {
    ...ACT,
    kind: "promotion",
    from: START,
    pass: passOf(change),
  });
const fall = (kind: "demotion" | "step-back", cause: string | null = null) =>
  recordFall(cloned.db, own.signer, { ...ACT, kind, cause });
const ladder = () => readLadder(cloned.db, own.signer);

/** As somebody with the database's own rights would. */
async function forge(table: "stage_moves" | "gate_passes", statement: string): Promise<void> {
  await sql`alter table ${sql.table(table)} disable trigger all`.execute(cloned.db);
  await sql.raw(statement).execute(cloned.db);
}

/** Goes to micro by signed passes. */
async function climb(): Promise<void> {
  await rise();
  await recordRise(cloned.db, own.signer, {
    ...ACT,
    kind: "promotion",
    from: { stage: "paper", step: 0 },
    pass: passOf({ from: "paper", to: "micro" }),
  });
}

it("begins at the bottom, and goes up by a passed gate, signed and audited", async () => {
  expect(await ladder()).toMatchObject({ position: START, since: null, tampered: null });
  expect(await rise()).toEqual({ stage: "paper", step: 0 });
  expect(await ladder()).toMatchObject({ position: { stage: "paper" }, since: AT, tampered: null });
  const audited = await cloned.db
    .selectFrom("audit_log")
    .select(["kind", "actor", "subject"])
    .execute();
  expect(audited).toEqual([{ kind: "stage", actor: "test", subject: "move-1" }]);
});

it.each<[string, Partial<GatePass>]>([
  ["a condition failed", { conditions: [condition("pass"), condition("fail")] }],
  ["a condition lacks data", { conditions: [condition("not-enough-data")] }],
  ["nothing was asked", { conditions: [] }],
  ["the gate is another stage's", { from: "paper", to: "micro" }],
  ["a stage would be jumped over", { to: "micro" }],
])("stays where it is when %s", async (_, change) => {
  await expect(rise(change)).rejects.toThrow("SAFETY_REFUSED");
  expect(await ladder()).toMatchObject({ position: START, moves: [] });
});

it("refuses a gate that was judged where the ladder no longer stands, also of two at once", async () => {
  const both = await Promise.allSettled([rise(), rise()]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(rise()).rejects.toThrow("no longer stands where the gate was judged");
  expect((await ladder()).moves).toHaveLength(1);
});

it("goes down without a gate, and acts once on each cause", async () => {
  await climb();
  expect(await fall("step-back", "breaker-1")).toEqual({ stage: "micro", step: 1 });
  expect(await fall("step-back", "breaker-1")).toBeNull();
  expect(await fall("demotion", "breaker-2")).toEqual({ stage: "paper", step: 0 });
  expect(await fall("demotion")).toEqual(START);
  expect(await fall("demotion")).toBeNull();
  expect((await ladder()).moves.map(({ kind }) => kind)).toEqual([
    "promotion",
    "promotion",
    "step-back",
    "demotion",
    "demotion",
  ]);
});

it("steps up within a stage by a signed pass of that stage only", async () => {
  await climb();
  const from = { stage: "micro", step: 2 } as const;
  const stepUp = (pass: GatePass) =>
    recordRise(cloned.db, own.signer, { ...ACT, kind: "step-up", from, pass });
  await expect(stepUp(passOf({ from: "micro", to: "small" }))).rejects.toThrow("was not passed");
  expect(await stepUp(passOf({ from: "micro", to: "micro" }))).toEqual({ stage: "micro", step: 3 });
});

it("rewrites nothing: the tables themselves refuse it", async () => {
  await rise();
  const update = sql`update stage_moves set to_stage = 'standard'`.execute(cloned.db);
  await expect(update).rejects.toThrow("append-only");
  await expect(sql`delete from gate_passes`.execute(cloned.db)).rejects.toThrow("append-only");
});

it.each<[string, "stage_moves" | "gate_passes", string, RegExp]>([
  [
    "a stage",
    "stage_moves",
    "update stage_moves set to_stage = 'small' where move_no = 2",
    /move 2/,
  ],
  ["a reason", "stage_moves", "update stage_moves set reason = 'x' where move_no = 1", /move 1/],
  [
    "an instant",
    "stage_moves",
    "update stage_moves set moved_at = now() where move_no = 1",
    /move 1/,
  ],
  [
    "a missing move",
    "stage_moves",
    "delete from stage_moves where move_no = 2",
    /move 2 is missing/,
  ],
  ["the last move, gone", "stage_moves", "delete from stage_moves where move_no = 3", /move 3/],
  [
    "a signature of another row",
    "stage_moves",
    "update stage_moves set signature = (select signature from stage_moves where move_no = 1) where move_no = 2",
    /move 2/,
  ],
  ["a number of a pass", "gate_passes", "update gate_passes set conditions = '[]'", /gate pass/],
  [
    "a commit of a pass's nights",
    "gate_passes",
    "update gate_passes set night_commits = null",
    /gate pass/,
  ],
  [
    "a window of a pass",
    "gate_passes",
    "update gate_passes set data_to = '2026-12-31'",
    /gate pass/,
  ],
])("believes nothing any more after %s was changed", async (_, table, statement, says) => {
  await climb();
  await fall("demotion");
  await forge(table, statement);
  const read = await ladder();
  expect(read.tampered).toMatch(says);
  expect(read.position).toEqual(START);
  await expect(rise()).rejects.toThrow("the record of stages was changed");
  await expect(fall("demotion", "breaker-9")).rejects.toThrow("the record of stages was changed");
});

it("believes a pass that was signed before the commits of nights were kept", async () => {
  await rise();
  const row = await cloned.db.selectFrom("gate_passes").selectAll().executeTakeFirstOrThrow();
  const passed_at = row.passed_at.toISOString();
  const before = { ...row, passed_at, signature: undefined, night_commits: undefined };
  const signature = own.signer.sign(before);
  await forge(
    "gate_passes",
    `update gate_passes set night_commits = null, signature = '${signature}'`,
  );
  expect((await ladder()).tampered).toBeNull();
});

it("believes no promotion of another key, nor one without a gate", async () => {
  const stranger = await signingHome();
  await recordRise(cloned.db, stranger.signer, {
    ...ACT,
    kind: "promotion",
    from: START,
    pass: passOf(),
  });
  stranger.remove();
  expect((await ladder()).tampered).toMatch(/is not as it was signed/);
  const ungated = sql`insert into stage_moves
    select 2, kind, 'paper', 0, 'micro', 2, null, null, reason, moved_by, moved_at, signature, signed_by, 'x'
    from stage_moves`.execute(cloned.db);
  await expect(ungated).rejects.toThrow("check");
});
