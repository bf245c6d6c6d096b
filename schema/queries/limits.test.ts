import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usdMicros } from "../../core/domain/units.ts";
import { capitalAtRisk } from "../../core/risk/exposure.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import {
  addGame,
  FEES,
  fillOf,
  intentOf,
  NOW,
  proposalOf,
  record,
  saleOf,
  snapshotOf,
} from "../../test/db/night.ts";
import { recordFills } from "./fills.ts";
import { cashIdentity } from "./ledger.ts";
import { applyOrderUpdate, type OrderRow } from "./orders.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase(20);
});
afterAll(() => cloned.drop());

/** Room for six entries of 5.175 USD, not seven. */
const CAP = usdMicros(33_000_000);

/** Plays one order to its end: filled, filled in part and canceled, lost and found absent. */
async function finish(order: OrderRow, fate: number): Promise<void> {
  const { client_order_id: clientOrderId } = order;
  const apply = (update: Parameters<typeof applyOrderUpdate>[1]["update"]) =>
    applyOrderUpdate(cloned.db, { clientOrderId, update, at: NOW });
  const fill = (name: string, count: number) => {
    const fills = [fillOf(order, `${name}-${clientOrderId}`, count, count * 175)];
    return recordFills(cloned.db, { clientOrderId, fills, fees: FEES, at: NOW });
  };
  await apply({ kind: "submitted" });
  if (fate % 3 === 0) {
    await fill("a", 400);
    await fill("b", order.count_centi - 400);
  } else if (fate % 3 === 1) {
    await fill("a", 500);
    await apply({ kind: "closed", reason: "canceled" });
  } else {
    await apply({ kind: "lost" });
    await sleep(2);
    await apply({ kind: "absent" });
  }
}

it("P4: the capital limit holds at every moment, while entries, fills, cancels and exits race", async () => {
  const gameIds = await Promise.all(
    Array.from({ length: 8 }, (_, index) => addGame(cloned.db, `KXNBAGAME-26NOV20BOSNYK${index}`)),
  );
  let isOver = false;
  const seen: number[] = [];
  const watch = async (): Promise<void> => {
    const proposal = proposalOf(gameIds[0] ?? "", intentOf(gameIds[0] ?? ""));
    while (!isOver) {
      const snapshot = await snapshotOf(cloned.db, proposal);
      seen.push(capitalAtRisk(snapshot, () => true));
    }
  };
  let approved = 0;
  const trade = async (gameId: string, seed: number): Promise<void> => {
    for (let turn = 0; turn < 12; turn += 1) {
      const entry = proposalOf(gameId, intentOf(gameId));
      const entered = await record(cloned.db, entry, { maxTotalCapital: CAP });
      if (entered.kind !== "approved") continue;
      approved += 1;
      await finish(entered.order, seed + turn);
      const sale = await record(cloned.db, proposalOf(gameId, saleOf(gameId, "model-edge", 499)));
      if (sale.kind === "approved") await finish({ ...sale.order }, 0);
    }
  };
  const watching = watch();
  await Promise.all(
    gameIds.flatMap((gameId, index) => [trade(gameId, index), trade(gameId, index + 1)]),
  );
  isOver = true;
  await watching;
  expect(approved).toBeGreaterThan(10);
  expect(seen.length).toBeGreaterThan(20);
  expect(Math.max(...seen)).toBeLessThanOrEqual(CAP);
  // And the limit was really reached, or this proves nothing.
  expect(Math.max(...seen)).toBeGreaterThan(CAP / 2);
  expect(await cashIdentity(cloned.db, "paper")).toMatchObject({ difference: 0, imbalance: 0 });
}, 60_000);
