import { afterAll, beforeAll, expect, it } from "vitest";
import { countCenti } from "../core/domain/units.ts";
import { recordFills } from "../schema/queries/fills.ts";
import { readLimitFacts } from "../schema/queries/limit-facts.ts";
import { applyOrderUpdate } from "../schema/queries/orders.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  intentOf,
  LIMITS,
  NOW,
  proposalOf,
  record,
} from "../test/db/night.ts";
import { tellOfLimits } from "./limit-alarms.ts";
import { marksAt } from "../core/domain/marking.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

it("tells while a limit is nearly used, once, and clears it when a bid or a wider limit leaves room", async () => {
  const { db } = cloned;
  const gameId = await addGame(db);
  const order = await approve(
    db,
    proposalOf(gameId, intentOf(gameId, { count: countCenti(1_000) })),
  );
  const { client_order_id: clientOrderId, market_ticker: ticker } = order;
  const fills = [fillOf(order, "f1", 1_000, 175_000)];
  await recordFills(db, { clientOrderId, fills, fees: FEES, at: NOW });
  let bid = 500_000;
  // 10 contracts bought at 50 cents, 0.175 USD of fees: at a bid of 8 cents 4.2 USD are lost.
  const limits = { ...LIMITS, maxDailyLoss: 5_000_000 as typeof LIMITS.maxDailyLoss };
  const look = async (): Promise<readonly string[]> => {
    await tellOfLimits({
      db,
      mode: "paper",
      clock: { now: () => NOW, speed: 1 },
      limits: { ofRun: () => Promise.resolve({ hash: "test", limits }) },
      hub: { marks: () => ({ [ticker]: marksAt({ bid, ask: null }) }) },
    });
    const rows = await db
      .selectFrom("alarms")
      .select(["severity", "code", "field", "count"])
      .where("cleared_at", "is", null)
      .orderBy("alarm_id")
      .execute();
    return rows.map((row) => `${row.severity} ${row.code} ${row.field ?? ""} ${row.count}`);
  };
  expect(await look()).toEqual([]);
  bid = 80_000;
  const both = ["warning limit_near daily_loss 1", "critical daily_loss_near daily_loss 1"];
  expect(await look()).toEqual(both);
  expect(await look()).toEqual(both);
  bid = 450_000;
  expect(await look()).toEqual([]);
});

it("counts what the throttles count: every entry that was sent, filled or not, a replacement excluded", async () => {
  const { db } = cloned;
  const gameId = await addGame(db, "KXNBAGAME-26NOV20LALMIA");
  const asked = () => proposalOf(gameId, intentOf(gameId, { count: countCenti(1_000) }));
  const { client_order_id: clientOrderId } = await approve(db, asked());
  const end = { kind: "closed", reason: "canceled" } as const;
  await applyOrderUpdate(db, { clientOrderId, update: { kind: "submitted" }, at: NOW });
  await applyOrderUpdate(db, { clientOrderId, update: end, at: NOW });
  await approve(db, { ...asked(), parentId: clientOrderId });
  const judged = await record(db, asked());
  const facts = await readLimitFacts(db, "paper", NOW);
  if (judged.kind !== "approved") throw new Error(judged.kind);
  // The one before, this one, and the one just judged: 5 USD each.
  const { entriesToday, entriesThisHour, cycleNotional } = facts.activity;
  expect([entriesToday, entriesThisHour, cycleNotional]).toEqual([3, 3, 15_000_000]);
  const value = (name: string) => judged.rules.find(({ rule }) => rule === name)?.numbers["value"];
  expect([entriesToday, entriesThisHour, cycleNotional]).toEqual(
    ["trades_per_day", "trades_per_hour", "cycle_notional"].map(value),
  );
});
