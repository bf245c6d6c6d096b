import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  intentOf,
  NOW,
  proposalOf,
  record,
  saleOf,
} from "../../test/db/night.ts";
import { countCenti } from "../../core/domain/units.ts";
import { openPool } from "../database.ts";
import { recordFills } from "./fills.ts";
import { tripBreaker } from "./breakers.ts";
import {
  acknowledgeKill,
  activeKill,
  findKill,
  recentKills,
  recordKillProgress,
  throwKill,
  unfinishedKills,
  withSendLock,
} from "./kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { applyOrderUpdate } from "./orders.ts";

const ENTRY = { purpose: "entry", is_reduce_only: false, exit_type: null } as const;
const LOCK = { purpose: "exit", is_reduce_only: false, exit_type: "lock" } as const;
const EXIT = { purpose: "exit", is_reduce_only: true, exit_type: "stop-loss" } as const;

let cloned: ClonedDatabase;
let pool: pg.Pool;
let games = 0;
let gameId = "";
let kills = 0;
beforeAll(async () => {
  cloned = await cloneDatabase(10);
  pool = openPool({
    url: cloned.url,
    poolSize: 30,
    name: "send",
    onConnectionLost: () => undefined,
  });
});
afterAll(async () => {
  await pool.end();
  await cloned.drop();
});
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "next test" });
});

async function kill(level: "no-entries" | "reduce-only" | "cancel-all" | "flatten") {
  kills += 1;
  const killId = `kill-${kills}`;
  await throwKill(cloned.db, { killId, mode: "paper", level, reason: "test", by: "test" });
  return { killId, mode: "paper" } as const;
}

it("refuses intents from the commit of the kill on, and takes them again after the release", async () => {
  await kill("no-entries");
  const refused = await record(cloned.db, proposalOf(gameId, intentOf(gameId)));
  expect(refused).toMatchObject({ kind: "refused", code: "kill_level" });
  expect(await liftKills(cloned.db, { mode: "paper", by: "test", reason: "over" })).toHaveLength(1);
  expect(await activeKill(cloned.db, "paper")).toBeNull();
  const outcome = await record(cloned.db, proposalOf(gameId, intentOf(gameId)));
  expect(outcome.kind).toBe("approved");
});

it("leaves the other mode alone", async () => {
  await kill("cancel-all");
  expect(await activeKill(cloned.db, "shadow")).toBeNull();
});

it("goes by the strictest of several kills", async () => {
  await kill("no-entries");
  const strict = await kill("cancel-all");
  await kill("reduce-only");
  const found = await activeKill(cloned.db, "paper");
  expect(found).toEqual({ killId: strict.killId, level: "cancel-all" });
});

it("is to be driven while it stands and has no report, whoever wrote its row", async () => {
  const { killId } = await kill("cancel-all");
  const ids = async () => (await unfinishedKills(cloned.db, "paper")).map((one) => one.killId);
  expect(await ids()).toEqual([killId]);
  await recordKillProgress(cloned.db, killId, { hasNoResting: true, report: "{}" });
  expect(await ids()).toEqual([]);
  const { killId: lifted } = await kill("no-entries");
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "over" });
  expect(await ids()).toEqual([]);
  expect((await recentKills(cloned.db, "paper", 1)).map((row) => row.kill_id)).toEqual([lifted]);
});

it("is audited once, and so is its release, with who and why", async () => {
  const { killId } = await kill("flatten");
  const again = { killId, mode: "paper", level: "flatten", reason: "again", by: "b" } as const;
  expect(await throwKill(cloned.db, again)).toBe(false);
  await liftKills(cloned.db, { mode: "paper", by: "me", reason: "all is well" });
  const audited = await cloned.db
    .selectFrom("audit_log")
    .select(["kind", "actor", "details"])
    .where("subject", "=", killId)
    .orderBy("audit_id")
    .execute();
  expect(audited.map(({ kind, actor }) => ({ kind, actor }))).toEqual([
    { kind: "kill", actor: "test" },
    { kind: "resume", actor: "me" },
  ]);
  expect(JSON.parse(audited[1]?.details ?? "")).toEqual({ reason: "all is well" });
});

it("is not lifted with the others while the breaker that threw it stands", async () => {
  const breakerId = await cloned.db.transaction().execute((tx) =>
    tripBreaker(tx, {
      mode: "paper",
      breaker: "drawdown",
      cause: "test",
      numbers: {},
      level: "reduce-only",
      runId: null,
      at: NOW,
    }),
  );
  const { killId } = await kill("cancel-all");
  const release = { mode: "paper", by: "test", reason: "over" } as const;
  expect(await liftKills(cloned.db, release)).toEqual([killId]);
  expect(await activeKill(cloned.db, "paper")).toMatchObject({ killId: `breaker-${breakerId}` });
  const at = new Date();
  await cloned.db
    .updateTable("circuit_breakers")
    .set({ released_at: at, released_by: "test", release_reason: "over" })
    .execute();
  expect(await liftKills(cloned.db, release)).toEqual([`breaker-${breakerId}`]);
});

it("lets a reduction through at no-entries, and none at cancel-all", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  const fills = [fillOf(order, `f-${clientOrderId}`, 1_000, 175_000)];
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  const sale = () => proposalOf(gameId, saleOf(gameId, "model-edge", 100));
  await kill("no-entries");
  expect((await record(cloned.db, sale())).kind).toBe("approved");
  await kill("cancel-all");
  expect(await record(cloned.db, sale())).toMatchObject({ code: "kill_level" });
});

it("lets a lock of what is held through at no-entries, and none at reduce-only", async () => {
  const lock = await heldLock();
  await kill("no-entries");
  const { count } = lock.intent;
  const more = { ...lock.intent, count: countCenti(count + 1) };
  const beyond = await record(cloned.db, proposalOf(gameId, more));
  expect(beyond).toMatchObject({ kind: "refused", code: "exit_reduces" });
  expect((await record(cloned.db, lock)).kind).toBe("approved");
  expect(await withSendLock(pool, "paper", LOCK, () => Promise.resolve("sent"))).toMatchObject({
    kind: "sent",
  });
  await kill("reduce-only");
  expect(await record(cloned.db, proposalOf(gameId, lock.intent))).toMatchObject({
    code: "kill_level",
  });
  expect(await withSendLock(pool, "paper", LOCK, () => Promise.resolve("sent"))).toMatchObject({
    kind: "killed",
  });
});

it("uses up no attempt to lock by its refusals, neither in the transaction nor before the wire", async () => {
  const { intent } = await heldLock();
  const part = { ...intent, count: countCenti(100) };
  const attempt = () => record(cloned.db, proposalOf(gameId, part), { maxLockAttempts: 1 });
  await kill("reduce-only");
  for (let time = 0; time < 3; time += 1) {
    expect(await attempt()).toMatchObject({ kind: "refused", code: "kill_level" });
  }
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "over" });
  const unsent = await attempt();
  if (unsent.kind !== "approved") throw new Error(unsent.kind);
  await applyOrderUpdate(cloned.db, {
    ...{ clientOrderId: unsent.order.client_order_id, at: NOW },
    update: { kind: "rejected", code: "kill_switch" },
  });
  expect((await attempt()).kind).toBe("approved");
  expect(await attempt()).toMatchObject({ kind: "refused", code: "lock_cap" });
});

/** Ten contracts bought, and the lock of all of them. */
async function heldLock() {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId, market_ticker: ticker } = order;
  const fills = [fillOf(order, `f-${clientOrderId}`, 1_000, 175_000)];
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  const intent = intentOf(gameId, {
    ...{ purpose: "exit", exitType: "lock", count: countCenti(1_000) },
    marketTicker: ticker.replace("-NYK", "-BOS"),
  });
  return proposalOf(gameId, intent);
}

it("does not send an entry that was approved before the kill", async () => {
  await kill("cancel-all");
  let isSent = false;
  const outcome = await withSendLock(pool, "paper", ENTRY, () => {
    isSent = true;
    return Promise.resolve("sent");
  });
  expect(outcome).toMatchObject({ kind: "killed", level: "cancel-all" });
  expect(isSent).toBe(false);
});

it("sends what the kill allows", async () => {
  await kill("reduce-only");
  const outcome = await withSendLock(pool, "paper", EXIT, () => Promise.resolve("sent"));
  expect(outcome).toEqual({ kind: "sent", value: "sent" });
});

it("gives the lock back when the send fails", async () => {
  const failing = withSendLock(pool, "paper", ENTRY, () => Promise.reject(new Error("refused")));
  await expect(failing).rejects.toThrow("refused");
  const acknowledged = await acknowledgeKill(cloned.db, await kill("cancel-all"));
  expect(acknowledged).toEqual({ isQuiet: true, inFlight: [] });
});

it("answers after its time with the orders still in flight, and holds new senders no longer", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  let finish: () => void = () => undefined;
  const hanging = new Promise<void>((done) => {
    finish = done;
  });
  const sending = withSendLock(pool, "paper", ENTRY, async () => {
    await applyOrderUpdate(cloned.db, { clientOrderId, update: { kind: "submitted" }, at: NOW });
    await hanging;
  });
  await sleep(50);
  const thrown = await kill("reduce-only");
  const startedAt = performance.now();
  const exit = sleep(50).then(() =>
    withSendLock(pool, "paper", EXIT, () => Promise.resolve(performance.now() - startedAt)),
  );
  const acknowledged = await acknowledgeKill(cloned.db, thrown, 500);
  expect(acknowledged).toEqual({ isQuiet: false, inFlight: [clientOrderId] });
  const sent = await exit;
  expect(sent.kind === "sent" && sent.value).toBeLessThan(2_000);
  expect((await findKill(cloned.db, thrown.killId))?.acknowledged_at).toBeInstanceOf(Date);
  finish();
  await sending;
});

it("P3: after the kill has answered, no send of an entry starts", async () => {
  for (let round = 0; round < 5; round += 1) {
    await liftKills(cloned.db, { mode: "paper", by: "test", reason: "next round" });
    const starts: number[] = [];
    const ends: number[] = [];
    let isOver = false;
    const sender = async (): Promise<void> => {
      while (!isOver) {
        await withSendLock(pool, "paper", ENTRY, async () => {
          starts.push(performance.now());
          await sleep(1 + Math.random() * 10);
          ends.push(performance.now());
        });
      }
    };
    const senders = Array.from({ length: 20 }, sender);
    await sleep(60);
    const acknowledged = await acknowledgeKill(cloned.db, await kill("cancel-all"));
    const answeredAt = performance.now();
    await sleep(60);
    isOver = true;
    await Promise.all(senders);
    expect(acknowledged.isQuiet).toBe(true);
    expect(starts.length).toBeGreaterThan(0);
    expect(Math.max(...starts)).toBeLessThan(answeredAt);
    expect(Math.max(...ends)).toBeLessThan(answeredAt);
  }
});
