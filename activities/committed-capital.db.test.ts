import { afterAll, beforeAll, expect, it } from "vitest";
import { occasionOfContract } from "../core/domain/occasion.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../core/domain/units.ts";
import { deposit } from "../schema/queries/ledger.ts";
import { openOccasion } from "../schema/queries/occasions.ts";
import { applyOrderUpdate } from "../schema/queries/orders.ts";
import { startRun } from "../schema/queries/runs.ts";
import { fillWouldTrade, insertWouldTrades } from "../schema/queries/would-trades.ts";
import { BTC_RUN, TICKERS, wouldTrade } from "../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { approve, inputsOf, intentOf, NOW, proposalOf } from "../test/db/night.ts";
import { committedCapital } from "./committed-capital.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
  const { db } = cloned;
  await startRun(db, BTC_RUN);
  const amount = usdMicros(1_000_000_000);
  const opening = { depositId: "opening-balance", runId: BTC_RUN.runId, at: NOW, amount };
  await deposit(db, { ...opening, mode: "shadow" });
});
afterAll(() => cloned.drop());

it("holds in shadow what was ordered, then what it would have cost with its fee", async () => {
  const { db } = cloned;
  const { runId, mode } = BTC_RUN;
  const [marketTicker] = TICKERS;
  const eventTicker = "KXBTCD-26NOV2021";
  const closeAt = instant(NOW + 3_600_000);
  const contract = { eventTicker, marketTicker, closeAt };
  const occasion = occasionOfContract({ runId, mode, exchangeIndex: 2, contract });
  await openOccasion(db, occasion, NOW);
  const { occasionId } = occasion;
  const decisionId = "one#1";
  await insertWouldTrades(db, [wouldTrade(decisionId)]);
  const market = { marketTicker, eventTicker, exchangeIndex: 2 };
  const intent = intentOf(occasionId, { strategy: "btc-edge", ...market });
  const inputs = inputsOf(intent, { injuriesAt: null, otherMid: null });
  const changes = { mode, runId, domain: "btc", decisionId, inputs } as const;
  const committed = async () => (await committedCapital(db, mode)).get("btc-edge") ?? 0;

  expect(await committed()).toBe(0);
  const order = await approve(db, proposalOf(occasionId, intent, changes));
  expect(await committed()).toBe(order.reserved_micros);
  const clientOrderId = order.client_order_id;
  const ended = { kind: "rejected", code: "shadow" } as const;
  await applyOrderUpdate(db, { clientOrderId, at: NOW, update: ended });
  expect(await committed()).toBe(order.reserved_micros);
  await fillWouldTrade(db, {
    ...{ decisionId, status: "partial", count: countCenti(400), filledAt: NOW },
    ...{ price: priceMicros(490_000), cost: usdMicros(1_960_000), fee: usdMicros(70_000) },
  });
  // Four contracts at 49 cents and a fee of 7.
  expect(await committed()).toBe(2_030_000);
  expect((await committedCapital(db, "paper")).size).toBe(0);
});
