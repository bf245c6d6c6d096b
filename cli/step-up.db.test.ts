import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { loadGates } from "../runtime/gates-config.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { loadRiskLimits } from "../runtime/risk-limits.ts";
import { putInForce } from "../schema/queries/limits.ts";
import { readLadder } from "../schema/queries/stages.ts";
import { climb } from "../test/db/climb.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { emptyDatabase } from "../test/db/empty.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { datesFrom, type HandNight, insertNight } from "../test/db/stage-nights.ts";
import { type JudgedStage, readStage } from "./ladder.ts";
import { takeStep } from "./step-up.ts";

const { gates, hash: gatesHash } = loadGates();
const { windowDays, minCompletedTrades } = gates.steps;
const DAY_MS = 86_400_000;

let cloned: ClonedDatabase;
let own: SigningHome;
let limitsFile: string;
let limitsHash: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
  limitsFile = join(own.home.path, "limits.yaml");
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});
/** Entered micro, at half, before the first of the nights. */
beforeEach(async () => {
  await emptyDatabase(cloned.db);
  await copyFile(join(PACKAGE_ROOT, "config", "risk_limits.yaml"), limitsFile);
  const { hash, text } = loadRiskLimits(limitsFile);
  limitsHash = hash;
  const first = { by: "test", reason: "first start", changes: [] };
  await putInForce(cloned.db, { mode: "paper", hash, text, ...first });
  await climb(cloned.db, own.signer, { stage: "micro", at: new Date(Date.now() - 60 * DAY_MS) });
});

/** As many nights on paper as make a stable window, the last one tonight: one trade each, won. */
async function play(change: (index: number) => Partial<HandNight> = () => ({})): Promise<void> {
  const nights = Math.max(windowDays, minCompletedTrades);
  for (const [index, date] of datesFrom("2026-11-01", nights).entries()) {
    const night = { mode: "paper", date, isWon: true, daysAgo: nights - 1 - index } as const;
    await insertNight(cloned.db, { ...night, limitsHash, ...change(index) });
  }
}

const read = (): Promise<JudgedStage> =>
  readStage(cloned.db, {
    running: { mode: "paper" },
    signer: own.signer,
    gates,
    configHash: "c",
  });

const take = async (...confirm: string[]) =>
  takeStep(
    cloned.db,
    { signer: own.signer, configHash: "c", gatesHash, places: { limitsFile } },
    await read(),
    { confirm, reason: "stable" },
  );
const refusal = (message: string | RegExp) => ({
  exitCode: 3,
  message: expect.stringMatching(message) as string,
});
const position = async () => (await readLadder(cloned.db, own.signer)).position;

/** Three quarters of micro's 500 USD. */
const WORDS = ["3", "375"];

it("takes one step after a stable window and two typed words: signed, audited, of its nights", async () => {
  await play();
  expect((await read()).step).toMatchObject({ verdict: "up", mode: "paper" });
  expect(await take(...WORDS)).toEqual({ stage: "micro", step: 3 });
  const { position: now, tampered, moves } = await readLadder(cloned.db, own.signer);
  expect({ now, tampered }).toEqual({ now: { stage: "micro", step: 3 }, tampered: null });
  expect(moves.at(-1)).toMatchObject({ kind: "step-up", reason: "stable" });
  const passes = await cloned.db.selectFrom("gate_passes").selectAll().execute();
  const pass = passes.find(({ pass_id }) => pass_id === moves.at(-1)?.passId);
  expect(pass).toMatchObject({ from_stage: "micro", to_stage: "micro", limits_hash: limitsHash });
  expect(pass?.data_from).toBe("2026-11-01");
  const audited = await cloned.db
    .selectFrom("audit_log")
    .select(["kind", "details"])
    .where("subject", "=", `move-${moves.length}`)
    .execute();
  expect(audited).toMatchObject([{ kind: "stage" }]);
  expect(audited[0]?.details).toContain('"kind":"step-up"');
});

it("asks for a new window after each step", async () => {
  await play();
  await take(...WORDS);
  expect((await read()).step).toMatchObject({ verdict: "hold", to: { stage: "micro", step: 4 } });
  await expect(take("4", "500")).rejects.toMatchObject(refusal(/step_trades/));
});

it.each<[string, readonly string[]]>([
  ["no word", []],
  ["one word", ["3"]],
  ["another step", ["4", "375"]],
  ["the capital of the whole stage", ["3", "500"]],
])("stays where it is with %s", async (_, words) => {
  await play();
  await expect(take(...words)).rejects.toMatchObject({ exitCode: 3 });
  expect(await position()).toEqual({ stage: "micro", step: 2 });
});

it.each<[string, (index: number) => Partial<HandNight>, RegExp]>([
  [
    "nights without a trade",
    () => ({ trades: false }),
    /step_trades 0, needs at least 20.*step_return -,/,
  ],
  ["the last nights lost", (index) => ({ isWon: index < 15 }), /step_drawdown 0\.\d+, needs/],
  [
    "a night that failed",
    (index) => (index === 3 ? { verdict: "failed" } : {}),
    /step_process_failures 1, needs none \(fail\)/,
  ],
  ["nights under other limits", () => ({ limitsHash: "other" }), /step_window -/],
])("refuses a window with %s, by its numbers", async (_, change, says) => {
  await play(change);
  await expect(take(...WORDS)).rejects.toMatchObject(refusal(says));
  expect(await position()).toEqual({ stage: "micro", step: 2 });
});

it("refuses while the limits file is not what is in force", async () => {
  await play();
  const text = await readFile(limitsFile, "utf8");
  await writeFile(limitsFile, text.replace(/max_total_capital: 500$/m, "max_total_capital: 600"));
  await expect(take(...WORDS)).rejects.toMatchObject(refusal("differs from the limits in force"));
});

it("has no step in stages without real money", async () => {
  await emptyDatabase(cloned.db);
  const { hash, text } = loadRiskLimits(limitsFile);
  const first = { by: "test", reason: "first start", changes: [] };
  await putInForce(cloned.db, { mode: "paper", hash, text, ...first });
  expect((await read()).step).toBeNull();
  await expect(take("1", "1")).rejects.toMatchObject(refusal("no further step"));
});
