import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { instant } from "../../core/domain/units.ts";
import { type LadderPosition, type Stage } from "../../core/domain/stage.ts";
import { loadGates } from "../../runtime/gates-config.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";
import { tripBreaker } from "../../schema/queries/breakers.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { readLadder } from "../../schema/queries/stages.ts";
import { climb } from "../../test/db/climb.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { type SigningHome, signingHome } from "../../test/db/signer.ts";
import { datesFrom, insertNight } from "../../test/db/stage-nights.ts";
import { watchStage } from "./stage-watch.ts";
import { emptyDatabase } from "../../test/db/empty.ts";

const { gates } = loadGates();
const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));

let cloned: ClonedDatabase;
let own: SigningHome;
let raised: string[] = [];
beforeAll(async () => {
  cloned = await cloneDatabase();
  own = await signingHome();
});
afterAll(async () => {
  await cloned.drop();
  own.remove();
});
beforeEach(async () => {
  raised = [];
  await emptyDatabase(cloned.db);
});

/** An hour ago. */
const climbTo = (stage: Stage): Promise<void> =>
  climb(cloned.db, own.signer, { stage, at: new Date(Date.now() - 3_600_000) });

async function trip(breaker: string, mode: Mode = "paper"): Promise<void> {
  const trip = { mode, breaker, cause: "test", numbers: {}, runId: null, at: NOW };
  await tripBreaker(cloned.db, { ...trip, level: "reduce-only" });
}

async function watched(mode: Mode = "paper"): Promise<LadderPosition> {
  await watchStage({
    db: cloned.db,
    signer: own.signer,
    gates,
    mode,
    configHash: "c",
    alarms: {
      raise: ({ code }) => void raised.push(code),
      clear: () => undefined,
      flush: () => Promise.resolve(),
    },
    clock: { now: () => NOW, speed: 1 },
  });
  return (await readLadder(cloned.db, own.signer)).position;
}

it("leaves the stage where nothing tripped", async () => {
  await climbTo("paper");
  expect(await watched()).toEqual({ stage: "paper", step: 0 });
  expect(raised).toEqual([]);
});

it.each(["daily_loss", "drawdown", "reconciliation_difference", "a_breaker_nobody_knows"])(
  "takes the stage for %s, by itself and with an alarm",
  async (breaker) => {
    await climbTo("small");
    await trip(breaker);
    expect(await watched()).toEqual({ stage: "micro", step: 1 });
    expect(raised).toEqual(["stage_lowered"]);
  },
);

it.each(["execution_failures", "api_failures"])("takes one step for %s", async (breaker) => {
  await climbTo("micro");
  await trip(breaker);
  expect(await watched()).toEqual({ stage: "micro", step: 1 });
});

it("moves once for what tripped together, and once for each cause", async () => {
  await climbTo("small");
  await trip("api_failures");
  await trip("daily_loss");
  await trip("drawdown");
  expect(await watched()).toEqual({ stage: "micro", step: 1 });
  expect(await watched()).toEqual({ stage: "micro", step: 1 });
  expect(raised).toEqual(["stage_lowered"]);
});

it("leaves alone what a changed setting stopped, and what tripped in the other mode", async () => {
  await climbTo("paper");
  await trip("config_changed");
  await trip("daily_loss", "shadow");
  expect(await watched()).toEqual({ stage: "paper", step: 0 });
  expect(await watched("shadow")).toEqual({ stage: "paper", step: 0 });
});

it("takes one step for underperformance within a stage of real money, once, though settings were changed and put back", async () => {
  await climbTo("micro");
  // Of micro's 500 USD, at half: two losses of 51.75 are 41 %.
  const { hash, text } = loadRiskLimits(readEnvironment().limitsFile);
  const first = { by: "test", reason: "first start", changes: [] };
  await putInForce(cloned.db, { mode: "paper", hash, text, ...first });
  for (const date of datesFrom("2026-11-01", 2)) {
    await insertNight(cloned.db, { mode: "paper", date, isWon: false, daysAgo: 0 });
  }
  const changed = { mode: "paper", date: "2026-11-03", isWon: true, configHash: "other" } as const;
  await insertNight(cloned.db, { ...changed, daysAgo: 0 });
  expect(await watched()).toEqual({ stage: "micro", step: 1 });
});

it("says so and moves nothing when the record was changed", async () => {
  await climbTo("micro");
  await sql`alter table stage_moves disable trigger all`.execute(cloned.db);
  await sql`update stage_moves set to_step = 4 where move_no = 2`.execute(cloned.db);
  await sql`alter table stage_moves enable trigger all`.execute(cloned.db);
  await trip("daily_loss");
  await watched();
  expect(raised).toEqual(["stage_record_changed"]);
  const rows = await cloned.db.selectFrom("stage_moves").select("move_no").execute();
  expect(rows).toHaveLength(2);
});
