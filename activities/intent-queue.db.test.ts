import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { ClientOrderId } from "../core/domain/order.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { findIntent, lockRisk } from "../schema/queries/intents.ts";
import type { NewIntent } from "../schema/queries/new-intent.ts";
import { openOrders } from "../schema/queries/orders.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { addGame, intentOf, LIMITS, NOW, proposalOf } from "../test/db/night.ts";
import { createIntentQueue, type IntentQueue } from "./intent-queue.ts";

const GAMES = 40;

let cloned: ClonedDatabase;
let queue: IntentQueue;
let nights = 0;
let games: readonly string[] = [];
beforeAll(async () => {
  cloned = await cloneDatabase(4);
  queue = queueOf(cloned.db);
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  nights += 1;
  const names = Array.from({ length: GAMES }, (_, n) => `KXNBAGAME-26NOV20BOSNYK${nights}N${n}`);
  games = await Promise.all(names.map((name) => addGame(cloned.db, name)));
});

function queueOf(db: Db, change: Partial<RiskLimits> = {}): IntentQueue {
  return createIntentQueue(db, () => Promise.resolve({ ...LIMITS, ...change }));
}

function propose(game: number, change: Partial<NewIntent> = {}): NewIntent {
  const gameId = games[game % games.length] ?? "";
  return proposalOf(gameId, intentOf(gameId), change);
}

const record = (of: readonly NewIntent[], by = queue) =>
  Promise.all(of.map((one) => by.record(one)));

/** The transactions in which intents were recorded, each with the games of its group. */
async function groupsOf(proposals: readonly NewIntent[]): Promise<readonly (readonly string[])[]> {
  const groups = new Map<number, string[]>();
  for (const { clientOrderId } of proposals) {
    const row = await findIntent(cloned.db, clientOrderId);
    if (!row) continue;
    const began = row.recorded_at.getTime();
    groups.set(began, [...(groups.get(began) ?? []), row.occasion_id]);
  }
  return [...groups.values()];
}

it("records in one transaction what comes in the same turn, and at once what comes alone", async () => {
  const together = Array.from({ length: 15 }, (_, game) => propose(game));
  const outcomes = await record(together);
  expect(outcomes.map(({ kind }) => kind)).toEqual(together.map(() => "approved"));
  // Each has its own answer.
  const ids = outcomes.map((outcome) => "order" in outcome && outcome.order.client_order_id);
  expect(ids).toEqual(together.map(({ clientOrderId }) => clientOrderId));
  expect(await groupsOf(together)).toHaveLength(1);
  const alone = propose(20);
  await queue.record(alone);
  expect(await groupsOf([...together, alone])).toHaveLength(2);
});

it("gathers what comes while a group is judged, at most 32 of them at once", async () => {
  const first = propose(0);
  const later = Array.from({ length: 35 }, (_, game) => propose(game + 1));
  let held: Promise<unknown> = Promise.resolve();
  let isLocked: () => void = () => undefined;
  const locked = new Promise<void>((resolve) => {
    isLocked = resolve;
  });
  held = cloned.db.transaction().execute(async (tx) => {
    await lockRisk(tx, "paper");
    isLocked();
    await sleep(100);
  });
  await locked;
  const answers = [queue.record(first)];
  await sleep(50);
  for (const one of later) answers.push(queue.record(one));
  await held;
  expect((await Promise.all(answers)).every(({ kind }) => kind === "approved")).toBe(true);
  const sizes = (await groupsOf([first, ...later])).map((group) => group.length);
  expect(sizes).toEqual([1, 32, 3]);
});

it("leaves the second of a game to the next group, so that it is judged by the first", async () => {
  const [first, second, other] = [propose(0), propose(0), propose(1)];
  const limited = queueOf(cloned.db, { maxEntriesPerGame: 1 });
  const outcomes = await record([first, second, other], limited);
  expect(outcomes).toMatchObject([
    { kind: "approved" },
    { kind: "refused", code: "entries_per_game" },
    { kind: "approved" },
  ]);
  expect((await groupsOf([first, second, other])).map((group) => group.length)).toEqual([2, 1]);
});

it("keeps days apart: what is read of the account is of one day", async () => {
  const nextDay = instant(NOW + 86_400_000);
  const proposals = [propose(0), propose(1, { at: nextDay })];
  await record(proposals);
  expect(await groupsOf(proposals)).toHaveLength(2);
});

it("lets a fault fail alone", async () => {
  const guilty = propose(1, { runId: "no such run" });
  const others = [propose(0), propose(2), propose(3)];
  const outcomes = await Promise.allSettled([guilty, ...others].map((one) => queue.record(one)));
  expect(outcomes.map(({ status }) => status)).toEqual([
    "rejected",
    ...others.map(() => "fulfilled"),
  ]);
  expect(await findIntent(cloned.db, guilty.clientOrderId)).toBeNull();
  // And the queue goes on.
  expect(await queue.record(propose(1))).toMatchObject({ kind: "approved" });
});

it("lets what the database refuses fail alone, with nothing of it written", async () => {
  const taken = propose(0);
  await queue.record(taken);
  const guilty = propose(1, { intentKey: taken.intentKey });
  const others = [propose(2), propose(3)];
  const [refused, ...rest] = await Promise.allSettled(
    [guilty, ...others].map((one) => queue.record(one)),
  );
  expect(refused).toMatchObject({
    status: "rejected",
    reason: { constraint: "intents_intent_key_key" },
  });
  expect(rest.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(await findIntent(cloned.db, guilty.clientOrderId)).toBeNull();
});

it("answers a repeat with what stands, among others and beside itself", async () => {
  const approved = propose(0);
  const refused = propose(1, { intent: intentOf(games[1] ?? "", { edgeMicros: 0 }) });
  await record([approved, refused]);
  const reused = { ...approved, parentId: randomUUID() as ClientOrderId };
  const repeats = await record([approved, refused, propose(2), approved, reused]);
  expect(repeats).toMatchObject([
    { kind: "exists", order: { client_order_id: approved.clientOrderId } },
    { kind: "refused", code: "min_edge" },
    { kind: "approved" },
    { kind: "exists" },
    { kind: "reused" },
  ]);
});

it("never passes a cap, with 200 intents at once through the queues of two processes", async () => {
  const others = openDatabase({
    ...{ url: cloned.url, poolSize: 4, name: "other worker" },
    onConnectionLost: () => undefined,
  });
  const before = await reserved();
  // Room for exactly 13 orders of 5.175 USD each, and 5 USD that no further one fits into.
  const cap = { maxTotalCapital: usdMicros(before + 13 * 5_175_000 + 5_000_000) };
  const [ours, theirs] = [queueOf(cloned.db, cap), queueOf(others, cap)];
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? ours : theirs).record(propose(n))),
  );
  await others.destroy();
  const refused = outcomes.filter((outcome) => outcome.kind === "refused");
  expect(outcomes.filter((outcome) => outcome.kind === "approved")).toHaveLength(13);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["total_capital"]));
  expect(await reserved()).toBe(before + 13 * 5_175_000);
});

async function reserved(): Promise<number> {
  return (await openOrders(cloned.db, "paper")).reduce((n, one) => n + one.reserved_micros, 0);
}
