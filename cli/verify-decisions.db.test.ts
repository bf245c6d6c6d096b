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
import { verifyDecisions } from "./verify-decisions.ts";
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
    ...{ equal: 2, differing: 1, otherSettings: 0 },
    differingIds: [`${gameId}#3`],
  });
});

it("keeps with a run the settings that it begins with", async () => {
  const kept = await cloned.db.selectFrom("configs").select("config_hash").execute();
  expect(kept.map(({ config_hash }) => config_hash)).toContain("test");
});
