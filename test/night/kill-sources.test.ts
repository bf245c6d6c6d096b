import { copyFile, rm, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "@temporalio/client";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { shownPhase } from "../../core/domain/game.ts";
import { instant } from "../../core/domain/units.ts";
import { isErrno } from "../../runtime/embedded/postgres-binaries.ts";
import { readServices } from "../../runtime/home.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { loadRiskLimits, parseRiskLimits } from "../../runtime/risk-limits.ts";
import { isRunning } from "../../runtime/process-identity.ts";
import type { Db } from "../../schema/database.ts";
import { tripBreaker } from "../../schema/queries/breakers.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { findKill, type KillRow, recentKills } from "../../schema/queries/kill.ts";
import type { Bot } from "../../sim/exchange/testing/bot.ts";
import { killSignal, resumeSignal, stateQuery } from "../../workflows/contracts.ts";
import { lift, NightHome, until } from "./night-home.ts";
import { testStages } from "./stages.ts";

const GAMES = 2;
const RESTING = 25;
/** Slow: the night must outlast the tests. */
const SPEED = 5;

const Killed = z.looseObject({
  killId: z.string(),
  isQuiet: z.boolean(),
  venue: z.looseObject({ clearedMs: z.number().nullable(), faults: z.number() }).nullable(),
  sweep: z.looseObject({ noRestingMs: z.number().nullable() }).nullable(),
});

let night: NightHome;
let database: Db;
let temporal: Client;
let account: Bot;
let runId = "";
let gameIds: readonly string[];

beforeAll(async () => {
  night = await NightHome.create();
  const mine = join(night.home.path, "mine.yaml");
  await copyFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), mine);
  await night.up("--strategy-config", mine);
  const world = ["--source", "world:11", "--games", String(GAMES), "--speed", String(SPEED)];
  const begun = await night.answer("day", "start", ...world);
  expect(begun.exitCode, begun.said).toBe(0);
  [database, temporal, account] = [
    await night.database(),
    await night.temporal(),
    await night.account(),
  ];
  await until("the games", 60_000, async () => (await gamesInBooks()).length === GAMES);
  gameIds = await gamesInBooks();
  const { run_id } = await database.selectFrom("runs").select("run_id").executeTakeFirstOrThrow();
  runId = run_id;
});

afterAll(() => night.remove());

describe("before anything is killed", () => {
  testStages(() => night, SPEED);
});

describe("a kill from anywhere", () => {
  beforeEach(async () => {
    await restFarFromTheMarket(RESTING);
  });

  it("a breaker's row is enough: it is driven within seconds, and only its release lifts it", async () => {
    const breakerId = await database.transaction().execute((tx) =>
      tripBreaker(tx, {
        mode: "paper",
        breaker: "daily_loss",
        cause: "the test says so",
        numbers: { lost: 1 },
        level: "cancel-all",
        runId,
        at: instant(Date.now()),
      }),
    );
    const row = await finished(`breaker-${breakerId ?? 0}`);
    expect(msSince(row, row.acknowledged_at)).toBeLessThan(5_000);
    await expectStopped();
    const resumed = await night.answer("resume", "--confirm", "paper");
    expect(resumed.exitCode, resumed.said).toBe(3);
    expect(resumed.said).toContain("NOT  no breaker stands: daily_loss");
    await database
      .updateTable("circuit_breakers")
      .set({ released_at: new Date(), released_by: "test", release_reason: "over" })
      .execute();
    await lift(night);
    await expectGoingOn();
  });

  it("a file named KILL stops everything; its going alone does not resume, and resume waits for it", async () => {
    await writeFile(night.home.killFile, "level: cancel-all\nreason: a bad feeling\n");
    await until("an account without resting orders", 15_000, async () => (await resting()) === 0);
    const row = await ended("a bad feeling");
    expect(row).toMatchObject({ by: "KILL file", level: "cancel-all" });
    await expectStopped();
    const early = await night.answer("resume", "--confirm", "paper");
    expect(early.exitCode).toBe(3);
    expect(early.said).toContain("NOT  the file KILL is gone");
    await rm(night.home.killFile);
    await sleep(1_000);
    expect(await isStanding("a bad feeling")).toBe(true);
    await expectStopped();
    await lift(night);
    await expectGoingOn();
  });

  it("a kill typed into the Web UI at the day stops all games, a copy of it too; a typed resume does not lift it", async () => {
    const day = temporal.workflow.getHandle(runId);
    await day.signal(killSignal, { level: "cancel-all", reason: "typed", by: "a person" });
    const { kill_id: killId } = await ended("typed");
    await expectStopped();
    await day.signal(resumeSignal, {});
    await sleep(2_000);
    expect(await isStanding("typed")).toBe(true);
    await lift(night);
    await expectGoingOn();
    await day.signal(killSignal, { killId, level: "cancel-all", reason: "copied", by: "a person" });
    await ended("copied");
    await expectStopped();
    await lift(night);
    await expectGoingOn();
  });

  it("keeps trying while the exchange answers 500, says so, and ends once it answers", async () => {
    const exchange = await night.exchange();
    await exchange.addFault({ target: "kalshi", kind: "500", match: "/portfolio/" });
    const run = night.start("kill", "--reason", "the exchange is ill");
    await until("a word about it", 30_000, () => run.said().includes("does not answer"));
    await until("an alarm about it", 30_000, async () => {
      const alarms = await database.selectFrom("alarms").select("code").execute();
      return alarms.some(({ code }) => code === "kill_venue_away");
    });
    expect(await resting()).toBeGreaterThanOrEqual(RESTING);
    await exchange.clearFaults();
    expect(await run.exitCode, run.said()).toBe(0);
    expect(await resting()).toBe(0);
    await lift(night);
  });

  it.each(["worker", "temporal"])(
    "kills with the %s away: the command alone clears the exchange",
    async (name) => {
      const { pid } = await service(name);
      const canceledBefore = await canceledBy(userInfo().username);
      process.kill(pid, "SIGSTOP");
      try {
        const killed = await night.answer("kill", "--reason", `${name} is away`, "--json");
        expect(killed.exitCode, killed.said).toBe(0);
        const answer = Killed.parse(JSON.parse(killed.out));
        expect(answer.venue?.clearedMs).toBeLessThan(10_000);
        expect(answer.sweep).toBeNull();
        expect(await resting()).toBe(0);
        expect(await canceledBy(userInfo().username)).toBeGreaterThan(canceledBefore);
        process.kill(pid, "SIGCONT");
        // Once everybody is back the row is driven to its end by itself.
        await finished(answer.killId);
      } finally {
        process.kill(pid, "SIGCONT");
      }
      await lift(night);
      await expectGoingOn();
    },
  );

  it("kills with the database away: a file stands, the exchange is cleared, and the kill holds afterwards", async () => {
    let isAway = true;
    const outage = keepDown("postgres", () => isAway);
    await sleep(500);
    const killed = await night.answer("kill", "--reason", "no database");
    isAway = false;
    await outage;
    expect(killed.exitCode, killed.said).toBe(0);
    expect(killed.said).toContain("stands instead");
    expect(await resting()).toBe(0);
    await until("the file's row", 60_000, async () => {
      return (await standing().catch(() => [])).some(({ reason }) => reason === "no database");
    });
    await until("a kill that is finished", 60_000, async () => {
      return (await standing()).every(({ report }) => report !== null);
    });
    await rm(night.home.killFile);
    await lift(night);
  });

  it("a drill kills on purpose, and is recorded and audited; a second one waits for the way back", async () => {
    // Nothing rests: the drill has to send what it cancels.
    expect((await account.call("DELETE", "/portfolio/events/orders")).status).toBe(204);
    const drilled = await night.answer("drill", "--json");
    expect(drilled.exitCode, drilled.said).toBe(0);
    const drills = await database.selectFrom("drills").selectAll().execute();
    expect(drills).toMatchObject([{ kind: "kill", mode: "paper", run_id: runId, passed: true }]);
    expect(JSON.parse(drills[0]?.report ?? "{}")).toMatchObject({ missed: [] });
    expect(await resting()).toBe(0);
    expect((await night.answer("drill")).exitCode).toBe(3);
    const unsure = await night.answer("resume", "--confirm", "shadow");
    expect(unsure.exitCode, unsure.said).toBe(3);
    expect((await night.answer("resume")).exitCode).toBe(3);
    const { restingBefore } = JSON.parse(drills[0]?.report ?? "{}") as { restingBefore: number };
    expect(restingBefore).toBeGreaterThan(0);
    // Its own orders are told of like any other: each request has its answer, and its intent an end.
    const { rows: drilledOrders } = await sql<{ requests: number; answers: number }>`
      select count(*) filter (where kind = 'order-request') as requests,
             count(*) filter (where kind = 'venue-response') as answers
      from audit_log where actor = 'drill'`.execute(database);
    expect(drilledOrders).toEqual([{ requests: restingBefore, answers: restingBefore }]);
    const ends = (): Promise<{ status: string; intent_key: string }[]> =>
      database
        .selectFrom("orders")
        .innerJoin("intents", "intents.client_order_id", "orders.client_order_id")
        .select(["status", "intent_key"])
        .where("orders.strategy", "=", "drill")
        .execute();
    await until("the end of each", 30_000, async () => {
      return (await ends()).every(({ status }) => status === "canceled");
    });
    expect((await ends()).map(({ intent_key }) => intent_key).sort()).toEqual(
      Array.from({ length: restingBefore }, (_, n) => `${drills[0]?.kill_id ?? ""}/${n + 1}`),
    );

    const status = await night.answer("kill", "--status", drills[0]?.kill_id ?? "");
    expect(status.out).toContain("STANDS");
    await lift(night);
    const audited = await database.selectFrom("audit_log").select("kind").execute();
    const kinds = new Set(audited.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(["kill", "resume", "drill"]));
  });

  it("a drill whose bids the limits refuse says by which, and kills nothing", async () => {
    // The drill before has entered within the day.
    const { file } = loadRiskLimits(readEnvironment().limitsFile);
    const narrowed = { ...file, world: { ...file.world, min_seconds_between_trades: 86_400 } };
    const text = stringify(narrowed);
    const { hash } = parseRiskLimits("narrowed", text);
    const by = { by: "test", reason: "the test says so", changes: [] };
    await database
      .transaction()
      .execute((tx) => putInForce(tx, { mode: "paper", hash, text, ...by }));
    expect((await account.call("DELETE", "/portfolio/events/orders")).status).toBe(204);
    const drilled = await night.answer("drill");
    expect(drilled.exitCode, drilled.said).toBe(3);
    expect(drilled.said).toContain("between_trades");
    expect(await standing()).toEqual([]);
    expect(await resting()).toBe(0);
  });
});

/** Cancels that the audit log says somebody asked the venue for. */
async function canceledBy(actor: string): Promise<number> {
  const rows = await database
    .selectFrom("audit_log")
    .select("audit_id")
    .where("kind", "=", "cancel-request")
    .where("actor", "=", actor)
    .execute();
  return rows.length;
}

async function gamesInBooks(): Promise<readonly string[]> {
  const rows = await database.selectFrom("games").select("game_id").execute();
  return rows.map(({ game_id }) => game_id);
}

async function standing(): Promise<readonly KillRow[]> {
  return (await recentKills(database, "paper", 0)).filter(
    ({ released_at }) => released_at === null,
  );
}

/** Whether a kill of this reason stands; a breaker of a starved machine may stand beside it. */
async function isStanding(reason: string): Promise<boolean> {
  return (await standing()).some((row) => row.reason === reason);
}

/** Waits for the row of a kill by its reason, and for its report. */
async function ended(reason: string): Promise<KillRow> {
  await until(`a kill because of "${reason}"`, 15_000, () => isStanding(reason));
  return finished((await standing()).find((row) => row.reason === reason)?.kill_id ?? "");
}

/** Waits for a kill's report. */
async function finished(killId: string): Promise<KillRow> {
  await until(`the report of ${killId}`, 60_000, async () => {
    return ((await findKill(database, killId))?.report ?? null) !== null;
  });
  const row = await findKill(database, killId);
  if (row === null) throw new Error(`no kill ${killId}`);
  return row;
}

function msSince(row: KillRow, at: Date | null): number {
  return at === null ? Number.NaN : at.getTime() - row.thrown_at.getTime();
}

async function expectStopped(): Promise<void> {
  expect(await resting()).toBe(0);
  await until("every game halted", 20_000, async () => {
    return (await phases()).every((phase) => phase === "halted");
  });
}

async function expectGoingOn(): Promise<void> {
  await until("no game halted", 30_000, async () => {
    return (await phases()).every((phase) => phase !== "halted");
  });
}

function phases(): Promise<readonly string[]> {
  return Promise.all(
    gameIds.map(async (id) => shownPhase(await temporal.workflow.getHandle(id).query(stateQuery))),
  );
}

async function resting(): Promise<number> {
  return (await (await night.exchange()).state()).resting;
}

async function service(name: string) {
  const { processes } = await readServices(night.home);
  const found = processes.find((one) => one.name === name);
  if (!found) throw new Error(`${name} does not run`);
  return found;
}

/** The supervisor starts it again and again; it does not live long. */
async function keepDown(name: string, isWanted: () => boolean): Promise<void> {
  while (isWanted()) {
    const record = await service(name);
    if (await isRunning(record)) killIfThere(record.pid);
    await sleep(20);
  }
}

/** The supervisor may be ahead of us: what it has just stopped is no longer there. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

async function restFarFromTheMarket(count: number): Promise<void> {
  const { market_ticker: ticker } = await database
    .selectFrom("markets")
    .select("market_ticker")
    .executeTakeFirstOrThrow();
  for (let placed = 0; placed < count; ) {
    const { status } = await account.place({ ticker, price: "0.0100", count: "1.00" });
    if (status === 201) placed += 1;
    else if (status === 429) await sleep(50);
    else throw new Error(`the exchange answered ${status}`);
  }
}
