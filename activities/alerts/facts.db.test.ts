import { afterAll, beforeAll, expect, it } from "vitest";
import { countCenti, usdMicros } from "../../core/domain/units.ts";
import { acknowledgeAlerts, openAlarmsOf } from "../../schema/queries/alerts.ts";
import { openBreakers, releaseBreaker, tripBreaker } from "../../schema/queries/breakers.ts";
import { recordFills } from "../../schema/queries/fills.ts";
import { setPhase } from "../../schema/queries/games.ts";
import { throwKill } from "../../schema/queries/kill.ts";
import { liftKills } from "../../test/db/lift-kills.ts";
import { applyOrderUpdate } from "../../schema/queries/orders.ts";
import { endRun } from "../../schema/queries/runs.ts";
import { settleMarket } from "../../schema/queries/settlements.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  intentOf,
  NOW,
  proposalOf,
  RUN_ID,
} from "../../test/db/night.ts";
import { tellQueued } from "./facts.ts";
import { watchUnknownOrders } from "./standing.ts";

let cloned: ClonedDatabase;
let gameId: string;
beforeAll(async () => {
  cloned = await cloneDatabase();
  gameId = await addGame(cloned.db);
});
afterAll(() => cloned.drop());

/** What was told since the last call, as severity, code and words. */
let seen = 0;
async function told(): Promise<readonly string[]> {
  // Twice, and two at once: nothing is told twice.
  await Promise.all([tellQueued(cloned.db), tellQueued(cloned.db)]);
  await tellQueued(cloned.db);
  const rows = await cloned.db
    .selectFrom("alarms")
    .select(["alarm_id", "severity", "code", "message"])
    .where("alarm_id", ">", seen)
    .orderBy("alarm_id")
    .execute();
  seen = rows.at(-1)?.alarm_id ?? seen;
  return rows.map(({ severity, code, message }) => `${severity} ${code} ${message}`);
}

it("tells of a day that opens", async () => {
  expect(await told()).toEqual(["warning milestone paper: day 2026-11-20 begins, world:7"]);
});

it("tells of every order when it is sent, of every fill, and of positions that open and close, each once", async () => {
  const { db } = cloned;
  const order = await approve(db, proposalOf(gameId, intentOf(gameId)));
  const { client_order_id: clientOrderId } = order;
  expect(await told()).toEqual([]);
  const sent = { clientOrderId, update: { kind: "submitted" }, at: NOW } as const;
  await applyOrderUpdate(db, { ...sent, sentWallMs: 1 });
  await applyOrderUpdate(db, { ...sent, sentWallMs: 2 });
  // On its way nobody knows yet whether it left.
  expect(await told()).toEqual([]);
  const acknowledged = { kind: "acknowledged", venueOrderId: "v1" } as const;
  await applyOrderUpdate(db, { clientOrderId, update: acknowledged, at: NOW });
  expect(await told()).toEqual([
    "warning order_sent paper: order sent: buy 10.00 KXNBAGAME-26NOV20BOSNYK-NYK at 50c (model-edge, entry)",
  ]);
  const fills = [fillOf(order, "f1", 400, 70_000), fillOf(order, "f2", 600, 105_000)];
  await recordFills(db, { clientOrderId, fills, fees: FEES, at: NOW });
  await recordFills(db, { clientOrderId, fills, fees: FEES, at: NOW });
  expect((await told()).toSorted()).toEqual([
    "warning fill paper: filled: buy 4.00 KXNBAGAME-26NOV20BOSNYK-NYK at 50c, fee 0.070000 USD (model-edge)",
    "warning fill paper: filled: buy 6.00 KXNBAGAME-26NOV20BOSNYK-NYK at 50c, fee 0.105000 USD (model-edge)",
    "warning position_opened paper: position opened: KXNBAGAME-26NOV20BOSNYK-NYK (model-edge), cost 5.000000 USD",
  ]);
  const marketTicker = `${gameId.split("/")[2] ?? ""}-NYK`;
  const value = usdMicros(1_000_000);
  const key = { occasionId: gameId, strategy: "model-edge", marketTicker } as const;
  await settleMarket(db, { ...key, result: "yes", value, at: NOW });
  // 10 USD paid, 5 USD cost, 0.175 USD of fees.
  expect(await told()).toEqual([
    "warning position_closed paper: position closed: KXNBAGAME-26NOV20BOSNYK-NYK (model-edge), net 4.825000 USD",
  ]);
});

it("tells of an order that the venue rejected as sent and rejected, of one that was kept back only as that", async () => {
  const { db } = cloned;
  const ended = async (count: number, code: string) => {
    const intent = intentOf(gameId, { strategy: "mean-reversion", count: countCenti(count) });
    const { client_order_id: clientOrderId } = await approve(db, proposalOf(gameId, intent));
    const at = NOW;
    await applyOrderUpdate(db, { clientOrderId, update: { kind: "submitted" }, at });
    await applyOrderUpdate(db, { clientOrderId, update: { kind: "rejected", code }, at });
  };
  await ended(300, "invalid_order");
  await ended(400, "not_sent");
  await ended(500, "kill_switch");
  const what = (count: string) =>
    `buy ${count} KXNBAGAME-26NOV20BOSNYK-NYK at 50c (mean-reversion, entry)`;
  expect(await told()).toEqual([
    `warning order_sent paper: order sent: ${what("3.00")}`,
    expect.stringContaining(`warning order_rejected paper: order rejected: ${what("3.00")}: {`),
    `warning order_not_sent paper: order not sent: ${what("4.00")}: not_sent`,
    `warning order_not_sent paper: order not sent: ${what("5.00")}: kill_switch`,
  ]);
});

it("loses nothing that is committed late", async () => {
  const { db } = cloned;
  const entry = (count: number) =>
    intentOf(gameId, { strategy: "mean-reversion", count: countCenti(count) });
  const late = await approve(db, proposalOf(gameId, entry(100)));
  const early = await approve(db, proposalOf(gameId, entry(200)));
  const update = { kind: "submitted" } as const;
  await db.transaction().execute(async (tx) => {
    // Numbered first, and committed after the other has been told.
    await tx
      .insertInto("order_updates")
      .values({
        client_order_id: late.client_order_id,
        kind: "submitted",
        status: "submitted",
        at: new Date(NOW),
      })
      .execute();
    const clientOrderId = early.client_order_id;
    await applyOrderUpdate(db, { clientOrderId, update, at: NOW });
    const acknowledged = { kind: "acknowledged", venueOrderId: "v-early" } as const;
    await applyOrderUpdate(db, { clientOrderId, update: acknowledged, at: NOW });
    expect(await told()).toEqual([expect.stringContaining("buy 2.00")]);
  });
  expect(await told()).toEqual([expect.stringContaining("buy 1.00")]);
});

it("tells of a kill and of a breaker, whoever wrote the row, until they are released; a breaker's own kill is not told apart", async () => {
  const { db } = cloned;
  const kill = {
    killId: "k1",
    mode: "paper",
    level: "cancel-all",
    reason: "drill",
    by: "bob",
  } as const;
  await throwKill(db, kill);
  const trip = {
    mode: "paper",
    breaker: "daily_loss",
    cause: "lost 51 of 50 USD",
    numbers: {},
  } as const;
  await db
    .transaction()
    .execute((tx) => tripBreaker(tx, { ...trip, level: "no-entries", runId: RUN_ID, at: NOW }));
  expect(await told()).toEqual([
    expect.stringMatching(
      /^critical breaker_tripped paper: breaker daily_loss tripped, kill no-entries: lost 51 of 50 USD; released by: npx tipoff resume --breaker \d+ --reason TEXT$/,
    ),
    "critical kill paper: kill cancel-all by bob: drill",
  ]);
  await liftKills(db, { mode: "paper", by: "bob", reason: "over" });
  for (const breaker of await openBreakers(db, "paper")) {
    await releaseBreaker(db, breaker, { by: "bob", reason: "over", at: NOW });
  }
  expect(await told()).toEqual([]);
  const open = await db
    .selectFrom("alarms")
    .select("code")
    .where("cleared_at", "is", null)
    .execute();
  expect(open).toEqual([]);
});

it("tells of a game's milestones and of the day's end", async () => {
  await setPhase(cloned.db, gameId, "live", NOW);
  await setPhase(cloned.db, gameId, "closing", NOW);
  await setPhase(cloned.db, gameId, "live", NOW);
  await setPhase(cloned.db, gameId, "scored", NOW);
  await endRun(cloned.db, RUN_ID, "passed", NOW);
  await endRun(cloned.db, RUN_ID, "passed", NOW);
  expect(await told()).toEqual([
    "warning milestone paper: BOS at NYK has begun",
    "warning milestone paper: BOS at NYK is scored",
    "warning milestone paper: day 2026-11-20 is over: passed",
  ]);
});

it("tells of what it cannot read, and goes on", async () => {
  await cloned.db.insertInto("alert_outbox").values({ kind: "weather", facts: "{}" }).execute();
  expect(await told()).toEqual([expect.stringContaining("alert_unreadable")]);
});

it("alarms once on an order in doubt for more than its time, also one that nobody answered for, until somebody knows", async () => {
  const { db } = cloned;
  const { client_order_id: clientOrderId } = await approve(
    db,
    proposalOf(gameId, intentOf(gameId, { strategy: "mean-reversion" })),
  );
  const sent = { clientOrderId, update: { kind: "submitted" }, at: NOW } as const;
  await applyOrderUpdate(db, { ...sent, sentWallMs: Date.now() });
  await told();
  await watchUnknownOrders(db, 60_000);
  expect(await told()).toEqual([]);
  await applyOrderUpdate(db, { ...sent, sentWallMs: Date.now() - 61_000 });
  await watchUnknownOrders(db, 60_000);
  const [alarm] = await openAlarmsOf(db, "order_unknown");
  expect(await told()).toEqual([
    expect.stringMatching(/^critical order_unknown nobody knows since 60 s/),
  ]);
  const ids = [alarm?.alarm_id ?? 0];
  await acknowledgeAlerts(db, ids, { mode: "paper", actor: "bob", note: null, at: new Date(NOW) });
  await applyOrderUpdate(db, { clientOrderId, update: { kind: "lost" }, at: NOW });
  await watchUnknownOrders(db, 60_000);
  // It may have arrived, and counts as sent.
  expect(await told()).toEqual([expect.stringContaining("order_sent")]);
  expect(await openAlarmsOf(db, "order_unknown")).toMatchObject([
    { count: 1, acknowledged_by: "bob" },
  ]);
  await applyOrderUpdate(db, { clientOrderId, update: { kind: "absent" }, at: NOW });
  await watchUnknownOrders(db, 60_000);
  const row = await db
    .selectFrom("alarms")
    .select(["count", "cleared_at"])
    .where("code", "=", "order_unknown")
    .execute();
  expect(row).toEqual([{ count: 1, cleared_at: new Date(NOW) }]);
});
