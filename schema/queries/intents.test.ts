import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { RULES } from "../../core/risk/rules.ts";
import { priceMicros, usdMicros } from "../../core/domain/units.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { addGame, approve, intentOf, proposalOf, record } from "../../test/db/night.ts";
import { intentsOfOccasion } from "./intents.ts";
import { throwKill } from "./kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { applyOrderUpdate, openOrders } from "./orders.ts";

let cloned: ClonedDatabase;
let games = 0;
let gameId = "";
beforeAll(async () => {
  cloned = await cloneDatabase(40);
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  games += 1;
  gameId = await addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${games}`);
});

it("approves within the limits, keeps every rule's verdict, and answers a repeat with what stands", async () => {
  const proposal = proposalOf(gameId, intentOf(gameId));
  const first = await record(cloned.db, proposal);
  expect(first.kind).toBe("approved");
  const again = await record(cloned.db, proposal);
  expect(again).toMatchObject({ kind: "exists", order: { status: "intended" } });
  const intents = await intentsOfOccasion(cloned.db, gameId);
  expect(intents).toHaveLength(1);
  expect(JSON.parse(intents[0]?.rules ?? "[]")).toHaveLength(
    RULES.filter(({ appliesTo }) => appliesTo !== "drill").length,
  );
});

it("reserves price times count and the taker fee bound", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  // 10 contracts at 0.50 = 5 USD; fee 0.07 * 10 * 0.5 * 0.5 = 0.175 USD.
  expect(order.reserved_micros).toBe(5_175_000);
});

it("keeps a refused intent without an order, and refuses its repeat with the same code", async () => {
  const proposal = proposalOf(gameId, intentOf(gameId, { edgeMicros: 9_999 }));
  const refused = await record(cloned.db, proposal);
  expect(refused).toMatchObject({ kind: "refused", code: "min_edge" });
  // What was refused stays refused, even if the limits have changed since.
  expect(await record(cloned.db, proposal, { minEdgeMicros: 0 })).toMatchObject({
    kind: "refused",
    code: "min_edge",
  });
});

it("tells a reused id from a repeat", async () => {
  const proposal = proposalOf(gameId, intentOf(gameId));
  await record(cloned.db, proposal);
  const other = { ...proposal, intent: intentOf(gameId, { limitPrice: priceMicros(510_000) }) };
  expect(await record(cloned.db, other)).toEqual({ kind: "reused" });
});

it("gives one order when the same intent comes twenty times at once", async () => {
  const proposal = proposalOf(gameId, intentOf(gameId));
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => record(cloned.db, proposal)));
  expect(outcomes.filter(({ kind }) => kind === "approved")).toHaveLength(1);
  expect(outcomes.filter(({ kind }) => kind === "exists")).toHaveLength(19);
});

it("never passes a cap, with 200 intents at once", async () => {
  const before = (await openOrders(cloned.db, "paper")).reduce((n, o) => n + o.reserved_micros, 0);
  // Room for exactly 13 orders of 5.175 USD each, and 5 USD that no further one fits into.
  const cap = usdMicros(before + 13 * 5_175_000 + 5_000_000);
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, () =>
      record(cloned.db, proposalOf(gameId, intentOf(gameId)), { maxTotalCapital: cap }),
    ),
  );
  const refused = outcomes.filter((outcome) => outcome.kind === "refused");
  expect(outcomes.filter(({ kind }) => kind === "approved")).toHaveLength(13);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["total_capital"]));
  const reserved = (await openOrders(cloned.db, "paper")).reduce(
    (n, o) => n + o.reserved_micros,
    0,
  );
  expect(reserved).toBe(before + 13 * 5_175_000);
});

it("allows one entry a game however many come at once", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () =>
      record(cloned.db, proposalOf(gameId, intentOf(gameId)), { maxEntriesPerGame: 1 }),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === "approved")).toHaveLength(1);
});

it("counts a pregame attempt for ever, even one that was refused", async () => {
  const pregame = intentOf(gameId, { strategy: "pregame-anchored", phase: "pregame" });
  const first = await record(cloned.db, proposalOf(gameId, { ...pregame, edgeMicros: 0 }));
  expect(first).toMatchObject({ kind: "refused", code: "min_edge" });
  const second = await record(cloned.db, proposalOf(gameId, pregame));
  expect(second).toMatchObject({ kind: "refused", code: "one_pregame_attempt" });
  const third = await record(cloned.db, proposalOf(gameId, pregame));
  expect(third).toMatchObject({ kind: "refused", code: "one_pregame_attempt" });
});

it("keeps the record of a further pregame attempt that another rule refuses first", async () => {
  const pregame = intentOf(gameId, { strategy: "pregame-anchored", phase: "pregame" });
  await record(cloned.db, proposalOf(gameId, { ...pregame, edgeMicros: 0 }));
  const kill = { mode: "paper", level: "no-entries", reason: "test", by: "test" } as const;
  await throwKill(cloned.db, { ...kill, killId: "further-attempt" });
  const second = await record(cloned.db, proposalOf(gameId, pregame));
  expect(second).toMatchObject({ kind: "refused", code: "kill_level" });
  await liftKills(cloned.db, { mode: "paper", by: "test", reason: "over" });
});

it("judges a replacement that crosses by what its taker's fee leaves, not by the edge of the bid that rested", async () => {
  const limit = { minEdgeMicros: 50_000 };
  const price = priceMicros(480_000);
  const rests = intentOf(gameId, { limitPrice: price, fairValue: priceMicros(540_000) });
  // After a maker's fee 5.56 cents are left of the six, after a taker's 4.25.
  const plan = { ...rests.plan, timeInForce: "good_till_canceled", isPostOnly: true } as const;
  const intent = { ...rests, edgeMicros: 55_632, plan };
  const first = await record(cloned.db, proposalOf(gameId, intent), limit);
  if (first.kind !== "approved") throw new Error(JSON.stringify(first));
  const parentId = first.order.client_order_id;
  await applyOrderUpdate(cloned.db, {
    clientOrderId: parentId,
    update: { kind: "closed", reason: "canceled" },
    at: first.order.intended_at.getTime() as never,
  });
  const crosses = proposalOf(gameId, { ...intent, plan: rests.plan }, { parentId });
  expect(await record(cloned.db, crosses, limit)).toMatchObject({
    kind: "refused",
    code: "min_edge",
  });
  const again = proposalOf(gameId, intent, { parentId });
  expect(await record(cloned.db, again, limit)).toMatchObject({ kind: "approved" });
});

it("lets a pregame entry be replaced, once its order is over", async () => {
  const pregame = intentOf(gameId, { strategy: "pregame-anchored", phase: "pregame" });
  const order = await approve(cloned.db, proposalOf(gameId, pregame));
  const replacement = () => proposalOf(gameId, pregame, { parentId: order.client_order_id });
  expect(await record(cloned.db, replacement())).toMatchObject({ code: "replaced_order_over" });
  await applyOrderUpdate(cloned.db, {
    clientOrderId: order.client_order_id,
    update: { kind: "closed", reason: "canceled" },
    at: order.intended_at.getTime() as never,
  });
  const outcome = await record(cloned.db, replacement(), { maxEntriesPerGame: 1 });
  expect(outcome).toMatchObject({ kind: "approved", order: { root_id: order.client_order_id } });
});

it("counts an unknown order in full, and an entry that closed unfilled not at all", async () => {
  const order = await approve(cloned.db, proposalOf(gameId, intentOf(gameId)));
  const at = order.intended_at.getTime() as never;
  const { client_order_id: clientOrderId } = order;
  const lost = await applyOrderUpdate(cloned.db, { clientOrderId, update: { kind: "lost" }, at });
  expect(lost).toMatchObject({ status: "unknown", reserved_micros: 5_175_000 });
  const next = () => proposalOf(gameId, intentOf(gameId));
  expect(await record(cloned.db, next(), { maxEntriesPerGame: 1 })).toMatchObject({
    code: "entries_per_game",
  });
  const gone = await applyOrderUpdate(cloned.db, { clientOrderId, update: { kind: "absent" }, at });
  expect(gone).toMatchObject({ status: "rejected", reserved_micros: 0 });
  expect(await record(cloned.db, next(), { maxEntriesPerGame: 1 })).toMatchObject({
    kind: "approved",
  });
});
