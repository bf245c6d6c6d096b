import { afterAll, beforeAll, expect, it } from "vitest";
import type { DecisionConfig } from "../core/strategies/config.ts";
import { decideUnder } from "../core/strategies/config.ts";
import { decide } from "../core/strategies/decide.ts";
import { inputOf } from "../core/strategies/testing/inputs.ts";
import { canonicalJson, hashOf } from "../runtime/config-file.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig, type TipoffConfig } from "../runtime/tipoff-config.ts";
import { keepConfig } from "../schema/queries/configs.ts";
import { putInForce } from "../schema/queries/limits.ts";
import { insertDecisions } from "../schema/queries/observations.ts";
import { findRun } from "../schema/queries/runs.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, RUN_ID } from "../test/db/night.ts";
import { type SigningHome, signingHome } from "../test/db/signer.ts";
import { judgeVerified, verifyDecisions } from "./verify-decisions.ts";
import { positionOfMode } from "../core/domain/stage.ts";

const PAPER = positionOfMode("paper");

const before = loadTipoffConfig("config/tipoff.yaml").config;
/** A night that goes on without its strategy before tip. */
const after: TipoffConfig = {
  ...before,
  decision: {
    ...before.decision,
    strategies: {
      ...before.decision.strategies,
      pregameAnchored: { ...before.decision.strategies.pregameAnchored, isEnabled: false },
    },
  },
};
const limits = loadRiskLimits("config/risk_limits.yaml");

let cloned: ClonedDatabase;
let gameId = "";
let places: SigningHome;
beforeAll(async () => {
  cloned = await cloneDatabase();
  places = await signingHome();
  gameId = await addGame(cloned.db);
  const { hash, text } = limits;
  await putInForce(cloned.db, {
    ...{ mode: "paper", hash, text, by: "test", reason: "first start", changes: [] },
  });
});
afterAll(async () => {
  places.remove();
  await cloned.drop();
});

function under(config: TipoffConfig): DecisionConfig {
  const inForce = limitsOf(limits.file, PAPER, "world:7");
  return decideUnder(config.decision, { ...inForce, ...config.limits });
}

/** Stores what `decided` makes of an input, as a decision under `named`. */
async function store(no: number, decided: TipoffConfig, named: TipoffConfig): Promise<void> {
  const input = inputOf({ configHash: hashOf(named) });
  await insertDecisions(cloned.db, [
    {
      decision_id: `${gameId}#${no}`,
      game_id: gameId,
      decided_at: new Date(input.at),
      reason: "interval",
      input: JSON.stringify(input),
      output: JSON.stringify(decide(input, under(decided))),
      config_hash: input.configHash,
      limits_hash: limits.hash,
    },
  ]);
}

async function verified() {
  const run = await findRun(cloned.db, RUN_ID);
  if (run === null) throw new Error(`no run ${RUN_ID}`);
  return verifyDecisions(cloned.db, run, places);
}

it("decides each row again under the settings it was made with, also after a resume with others", async () => {
  await store(1, before, before);
  await store(2, after, after);
  // Not kept: by a home of before settings were, say.
  expect(await verified()).toMatchObject({ equal: 0, differing: 0, otherSettings: 2 });
  for (const config of [before, after]) {
    await keepConfig(cloned.db, { configHash: hashOf(config), config: canonicalJson(config) });
  }
  expect(await verified()).toMatchObject({ equal: 2, differing: 0, otherSettings: 0 });
  await store(3, before, after);
  expect(await verified()).toEqual({
    ...{ equal: 2, differing: 1, otherSettings: 0, lost: 0 },
    differingIds: [`${gameId}#3`],
  });
});

it("keeps with a run the settings that it begins with", async () => {
  const kept = await cloned.db.selectFrom("configs").select("config_hash").execute();
  expect(kept.map(({ config_hash }) => config_hash)).toContain("test");
});

it("counts what a cycle or an order names and nobody kept", async () => {
  const cycle = { evaluations: 1, candidates: 1, proposed: 1, skipped: "{}", edges: "{}" };
  const at = new Date(inputOf({}).at);
  await cloned.db
    .insertInto("cycles")
    .values([
      ...[`${gameId}#1`, `${gameId}#gone`, null].map((decision_id, index) => ({
        ...{ ...cycle, game_id: gameId, cycle_no: index + 1 },
        ...{ started_at: at, ended_at: at, decision_id },
      })),
    ])
    .execute();
  expect((await verified()).lost).toBe(1);
});

const NONE = { equal: 0, differing: 0, otherSettings: 0, lost: 0, differingIds: [] };

it.each([
  ["a day without decisions", NONE, 0, true, "nothing to verify: no decision was made"],
  ["a day that has no report yet", NONE, null, true, "nothing to verify: no decision was made"],
  ["a lost table", NONE, 42, false, "nothing to verify: its decisions are gone"],
  ["a lost table before the report", { ...NONE, lost: 3 }, null, false, "3 that cycles or orders"],
  ["fewer than the report counted", { ...NONE, equal: 41 }, 42, false, "counted 42, 41 are kept"],
  ["all that the report counted", { ...NONE, equal: 42 }, 42, true, "42 decisions replay"],
  ["one that differs", { ...NONE, equal: 41, differing: 1 }, 42, false, "1 differ"],
] as const)("judges %s", (_what, found, reported, isProven, says) => {
  const judged = judgeVerified(found, reported);
  expect(judged.isProven).toBe(isProven);
  expect(judged.lines.join("\n")).toContain(says);
});
