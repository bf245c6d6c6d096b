import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
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
  RUN_ID,
  saleOf,
} from "../../test/db/night.ts";
import { openDatabase } from "../database.ts";
import { openAlarms } from "./alarms.ts";
import { executionFacts, feeFacts, lastDifferences } from "./breaker-facts.ts";
import {
  breakersOfMode,
  findCondition,
  lockBreaker,
  openBreakers,
  recordCondition,
  releaseBreaker,
  type Trip,
  tripBreaker,
} from "./breakers.ts";
import { recordFills } from "./fills.ts";
import { activeKill, findKill, throwKill } from "./kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { applyOrderUpdate } from "./orders.ts";
import { recordReconciliation } from "./reconciliations.ts";

let cloned: ClonedDatabase;
let games = 0;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase(10);
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
  for (const { breaker_id: id } of await openBreakers(cloned.db, "paper")) await release(id);
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "next test" });
});

const TRIP: Trip = {
  mode: "paper",
  breaker: "fee_mismatch",
  cause: "order X was charged too much",
  numbers: { value: 100, limit: 0 },
  level: "no-entries",
  runId: RUN_ID,
  at: NOW,
};

const trip = (change: Partial<Trip> = {}): Promise<number | null> =>
  cloned.db.transaction().execute((tx) => tripBreaker(tx, { ...TRIP, ...change }));

async function release(breakerId: number): Promise<void> {
  await cloned.db.transaction().execute(async (tx) => {
    const row = await lockBreaker(tx, breakerId);
    if (row === null) throw new Error(`no breaker ${breakerId}`);
    await releaseBreaker(tx, row, { by: "test", reason: "looked into", at: NOW });
  });
}

const auditOf = async (breakerId: number): Promise<readonly string[]> => {
  const rows = await cloned.db
    .selectFrom("audit_log")
    .select("kind")
    .where("subject", "=", `breaker-${breakerId}`)
    .orderBy("audit_id")
    .execute();
  return rows.map(({ kind }) => kind);
};

it("is a row, a kill, an alarm and an audit row, and a release ends all of them", async () => {
  const id = (await trip()) ?? 0;
  expect(await openBreakers(cloned.db, "paper")).toMatchObject([
    {
      breaker_id: id,
      breaker: "fee_mismatch",
      cause: TRIP.cause,
      numbers: '{"value":100,"limit":0}',
    },
  ]);
  const killId = `breaker-${id}`;
  expect(await activeKill(cloned.db, "paper")).toEqual({ killId, level: "no-entries" });
  expect(await openAlarms(cloned.db)).toMatchObject([
    { severity: "critical", code: "breaker_tripped", field: "fee_mismatch", run_id: RUN_ID },
  ]);
  await release(id);
  expect(await activeKill(cloned.db, "paper")).toBeNull();
  expect(await findKill(cloned.db, killId)).toMatchObject({ released_by: "test" });
  expect(await openAlarms(cloned.db)).toEqual([]);
  expect(await auditOf(id)).toEqual(["breaker-tripped", "breaker-released"]);
  const [latest] = await breakersOfMode(cloned.db, "paper");
  expect(latest).toMatchObject({
    breaker_id: id,
    released_by: "test",
    release_reason: "looked into",
  });
});

it("refuses entries with its code and id, and lets exits go; for a connection opened later too", async () => {
  const entry = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = entry;
  const fills = [fillOf(entry, `f-${clientOrderId}`, 1_000, 175_000)];
  await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  const id = (await trip()) ?? 0;
  const later = openDatabase({
    url: cloned.url,
    poolSize: 1,
    name: "after a restart",
    onConnectionLost: () => undefined,
  });
  const refused = await record(later, proposalOf(gameId, intentOf(gameId)));
  const sold = await record(later, proposalOf(gameId, saleOf(gameId, "model-edge", 1_000)));
  await later.destroy();
  expect(refused).toMatchObject({ kind: "refused", code: "breaker" });
  const rules = refused.kind === "refused" ? refused.rules : [];
  expect(rules.find(({ rule }) => rule === "breaker")).toMatchObject({
    isHeld: false,
    numbers: { fee_mismatch: id },
  });
  expect(rules.find(({ rule }) => rule === "kill_level")?.isHeld).toBe(false);
  expect(sold.kind).toBe("approved");
});

it("makes one row when many trip it at once, and a new one after the release", async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => trip()));
  const made = ids.filter((id) => id !== null);
  expect(made).toHaveLength(1);
  expect(await openBreakers(cloned.db, "paper")).toHaveLength(1);
  expect(await auditOf(made[0] ?? 0)).toEqual(["breaker-tripped"]);
  await release(made[0] ?? 0);
  const again = await trip();
  expect(again).not.toBeNull();
  expect(again).not.toBe(made[0]);
});

it("leaves no trace of a trip whose transaction fails", async () => {
  const failing = cloned.db.transaction().execute(async (tx) => {
    await tripBreaker(tx, TRIP);
    throw new Error("the process dies here");
  });
  await expect(failing).rejects.toThrow("dies here");
  expect(await openBreakers(cloned.db, "paper")).toEqual([]);
  expect(await activeKill(cloned.db, "paper")).toBeNull();
});

it("is not lifted by the release of kills, nor one breaker by the release of another", async () => {
  await throwKill(cloned.db, {
    killId: `hand-${games}`,
    mode: "paper",
    level: "cancel-all",
    reason: "test",
    by: "test",
  });
  const fees = (await trip()) ?? 0;
  const api = (await trip({ breaker: "api_failures" })) ?? 0;
  const released = await liftKills(cloned.db, { mode: "paper", by: "test", reason: "over" });
  expect(released).toEqual([`hand-${games}`]);
  await release(api);
  expect(await activeKill(cloned.db, "paper")).toMatchObject({ killId: `breaker-${fees}` });
  expect(await record(cloned.db, proposalOf(gameId, intentOf(gameId)))).toMatchObject({
    code: "breaker",
  });
});

it("stops the mode it is of, and no other", async () => {
  await trip({ mode: "shadow" });
  expect(await openBreakers(cloned.db, "paper")).toEqual([]);
  expect((await record(cloned.db, proposalOf(gameId, intentOf(gameId)))).kind).toBe("approved");
});

it("counts orders that failed at the venue: each once, within the window, ours left out", async () => {
  const fail = async (
    at: number,
    ...updates: readonly ({ kind: "lost" } | { kind: "rejected"; code: string })[]
  ): Promise<void> => {
    const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
    const apply = { clientOrderId: order.client_order_id, at: instant(NOW + at) };
    await applyOrderUpdate(cloned.db, { ...apply, update: { kind: "submitted" } });
    for (const update of updates) await applyOrderUpdate(cloned.db, { ...apply, update });
  };
  await fail(1_000, { kind: "rejected", code: "insufficient_balance" });
  await fail(2_000, { kind: "lost" });
  await fail(3_000, { kind: "lost" });
  await fail(4_000, { kind: "rejected", code: "kill_switch" });
  await fail(5_000, { kind: "rejected", code: "post_only_cross" });
  await fail(-1_000, { kind: "lost" });
  await fail(99_000, { kind: "lost" });
  const span = { from: NOW, to: instant(NOW + 60_000) };
  expect(await executionFacts(cloned.db, "paper", span)).toEqual({ rejected: 1, unknown: 2 });
  expect(await executionFacts(cloned.db, "shadow", span)).toEqual({ rejected: 0, unknown: 0 });
});

it("finds orders with other fees than ours, among those that filled since", async () => {
  const filled = async (fee: number): Promise<string> => {
    const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
    const { client_order_id: clientOrderId } = order;
    const fills = [fillOf(order, `fee-${clientOrderId}`, 1_000, fee)];
    await recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
    return clientOrderId;
  };
  // 7 % of 10 contracts at 0.50 times 0.50, in micros: 175,000.
  await filled(175_000);
  const clientOrderId = await filled(200_000);
  const wrong = { clientOrderId, charged: 200_000, expected: 175_000 };
  expect(await feeFacts(cloned.db, "paper", null)).toEqual([wrong]);
  const { now } = await cloned.db
    .selectNoFrom((eb) => eb.fn<Date>("now").as("now"))
    .executeTakeFirstOrThrow();
  expect(await feeFacts(cloned.db, "paper", now)).toEqual([]);
  const later = await filled(1);
  expect(await feeFacts(cloned.db, "paper", now)).toEqual([
    { clientOrderId: later, charged: 1, expected: 175_000 },
  ]);
});

it("reads the last comparisons, newest first", async () => {
  const difference = { kind: "position", what: "X", venue: 0, ledger: 100 };
  for (const differences of [[], [difference]]) {
    const cash = { venueCash: null, ledgerCash: null, foreignCash: usdMicros(0) };
    await recordReconciliation(cloned.db, { runId: RUN_ID, at: NOW, differences, ...cash });
  }
  expect(await lastDifferences(cloned.db, "paper", 2)).toEqual([[difference], []]);
  expect(await lastDifferences(cloned.db, "shadow", 2)).toEqual([]);
});

it("remembers how the cause of a breaker stood last", async () => {
  const condition = { mode: "paper", breaker: "api_failures", at: NOW } as const;
  expect(await findCondition(cloned.db, "paper", "api_failures")).toBeNull();
  const failing = { holds: true, cause: "3 calls failed", numbers: { value: 3 } };
  await recordCondition(cloned.db, { ...condition, ...failing });
  const good = { holds: false, cause: "", numbers: {} };
  await recordCondition(cloned.db, { ...condition, ...good });
  expect(await findCondition(cloned.db, "paper", "api_failures")).toMatchObject({ holds: false });
  expect(await findCondition(cloned.db, "shadow", "api_failures")).toBeNull();
});
