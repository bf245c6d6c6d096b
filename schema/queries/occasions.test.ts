import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { occasionOf } from "../../activities/occasion-of.ts";
import { required } from "../../core/domain/assert.ts";
import { type Occasion, occasionOfContract } from "../../core/domain/occasion.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { cycleOf } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  inputsOf,
  intentOf,
  NOW,
  proposalOf,
  record,
  RUN_ID,
  snapshotOf,
} from "../../test/db/night.ts";
import { insertQuotes } from "./btc-writes.ts";
import { recordFills } from "./fills.ts";
import { cashIdentity } from "./ledger.ts";
import { insertSnapshots, lastMarks } from "./observations.ts";
import { openOccasion } from "./occasions.ts";
import type { OrderRow } from "./orders.ts";
import { openPositions } from "./positions.ts";
import { settleMarket } from "./settlements.ts";

const TICKER = "KXBTCD-26NOV2021-T90000";
const EVENT = "KXBTCD-26NOV2021";
const HALF = priceMicros(500_000);
const contract = {
  eventTicker: EVENT,
  marketTicker: TICKER,
  closeAt: instant(Date.parse("2026-11-21T02:00:00Z")),
};
const occasion: Occasion = occasionOfContract({
  ...{ runId: RUN_ID, mode: "paper", contract, exchangeIndex: 2 },
});
const id = occasion.occasionId;

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  await emptyDatabase(cloned.db);
  await addGame(cloned.db);
  await openOccasion(cloned.db, occasion, NOW);
});

/** An entry of 10 contracts; an ask buys NO at the rest of the dollar. */
const entryOf = (side: "bid" | "ask", change: Partial<OrderIntent> = {}): OrderIntent => ({
  ...intentOf(id, { side, limitPrice: HALF, ...change }),
  strategy: "btc-edge",
  ...{ marketTicker: TICKER, eventTicker: EVENT, exchangeIndex: 2 },
});
const exitOf = (side: "bid" | "ask", count: number): OrderIntent =>
  entryOf(side, {
    ...{ purpose: "exit", exitType: "kill", isReduceOnly: true, edgeMicros: 0 },
    count: countCenti(count),
  });
const proposed = (intent: OrderIntent) =>
  proposalOf(id, intent, {
    domain: "btc",
    inputs: inputsOf(intent, {
      ...{ injuriesAt: null, otherMid: null },
      marks: { [TICKER]: { yes: 490_000, no: 500_000 } },
    }),
  });
const filled = async (order: OrderRow, count: number, fee = 175_000): Promise<void> => {
  const fills = [fillOf(order, `fill-${randomUUID()}`, count, fee)];
  await recordFills(cloned.db, {
    ...{ clientOrderId: order.client_order_id, fills, fees: FEES, at: NOW },
  });
};
const entered = async (side: "bid" | "ask", count = 1_000): Promise<void> => {
  await filled(await approve(cloned.db, proposed(entryOf(side))), count);
};
const refusalOf = async (intent: OrderIntent): Promise<string | null> => {
  const outcome = await record(cloned.db, proposed(intent));
  return outcome.kind === "refused" ? outcome.code : null;
};
const expectBalanced = async (): Promise<void> => {
  const { difference, imbalance } = await cashIdentity(cloned.db, "paper");
  expect({ difference, imbalance }).toEqual({ difference: 0, imbalance: 0 });
};

it("reserves for an entry that sells YES what the NO costs, with its fee", async () => {
  const price = priceMicros(300_000);
  const order = await approve(cloned.db, proposed(entryOf("ask", { limitPrice: price })));
  // 10 NO at 0.70 USD, and 0.07 * 10 * 0.3 * 0.7 of fees.
  expect(order).toMatchObject({ occasion_id: id, reserved_micros: 7_147_000 });
});

it("says of the rules that mean basketball that they do not apply to a contract", async () => {
  const outcome = await record(cloned.db, proposed(entryOf("ask")));
  if (outcome.kind !== "approved") throw new Error(JSON.stringify(outcome));
  const skipped = outcome.rules.filter(({ numbers }) => numbers["applies"] === 0);
  expect(skipped.map(({ rule }) => rule)).toEqual([
    ...["one_pregame_attempt", "injury_feed_age", "clock_disagreement", "price_other_team"],
  ]);
});

it.each([
  ["bid", "yes", 1_000_000, 10_000_000],
  ["bid", "no", 0, 0],
  ["bid", "scalar", 250_000, 2_500_000],
  ["ask", "yes", 1_000_000, 0],
  ["ask", "no", 0, 10_000_000],
  ["ask", "scalar", 250_000, 7_500_000],
] as const)("settles a position of a %s at %s, with the books balanced", async (...row) => {
  const [side, result, value, revenue] = row;
  await entered(side);
  const position = side === "bid" ? 1_000 : -1_000;
  expect(await openPositions(cloned.db, "paper")).toMatchObject([
    { occasion_id: id, position_centi: position, cost_micros: 5_000_000 },
  ]);
  await expectBalanced();
  const outcome = await settleMarket(cloned.db, {
    ...{ occasionId: id, strategy: "btc-edge", marketTicker: TICKER, result, at: NOW },
    value: usdMicros(value),
  });
  expect(outcome).toEqual({ kind: "settled", revenue, pnl: revenue - 5_000_000 });
  expect(await openPositions(cloned.db, "paper")).toEqual([]);
  await expectBalanced();
});

it("closes a NO by buying YES, as much as is held of it and no more", async () => {
  await entered("ask");
  expect(await refusalOf(exitOf("ask", 100))).toBe("exit_reduces");
  expect(await refusalOf(exitOf("bid", 1_001))).toBe("exit_reduces");
  const exit = await approve(cloned.db, proposed(exitOf("bid", 600)));
  expect(exit.reserved_micros).toBe(0);
  // What an exit under way has spoken for is not closed twice.
  expect(await refusalOf(exitOf("bid", 401))).toBe("exit_reduces");
  await filled(exit, 600, 105_000);
  expect(await openPositions(cloned.db, "paper")).toMatchObject([
    { position_centi: -400, cost_micros: 2_000_000, realized_micros: 0 },
  ]);
  await expectBalanced();
});

it("enters a contract once, and counts a NO that is held as a position of its hour and strategy", async () => {
  await entered("ask");
  expect(await refusalOf(entryOf("ask"))).toBe("entries_per_game");
  expect(await refusalOf(entryOf("bid"))).toBe("entry_buys");
  const { holdings } = await snapshotOf(cloned.db, proposed(entryOf("bid")));
  expect(holdings).toMatchObject([{ occasionId: id, count: -1_000, cost: 5_000_000 }]);
});

it("marks a contract that is held by its last believed quote, as a game by its snapshot", async () => {
  const game = await addGame(cloned.db);
  await filled(await approve(cloned.db, proposalOf(game, intentOf(game))), 1_000);
  const marks = { ...inputsOf(intentOf(game)).marks, [TICKER]: { yes: 0, no: 0 } };
  const inputs = inputsOf(entryOf("ask"), { injuriesAt: null, otherMid: null, marks });
  const proposal = { ...proposed(entryOf("ask")), inputs };
  await filled(await approve(cloned.db, proposal), 1_000);
  expect(await lastMarks(cloned.db, "paper")).toEqual({});
  const at = (seconds: number): Date => new Date(NOW + seconds * 1_000);
  const quote = { ...required(cycleOf(NOW, 1, [TICKER]).quotes[0], "a quote") };
  await insertQuotes(cloned.db, [
    { ...quote, observed_at: at(0), bid_micros: priceMicros(100_000) },
    { ...quote, observed_at: at(10) },
    { ...quote, observed_at: at(20), bid_micros: null, ask_micros: null, stale_because: "gap" },
  ]);
  await insertSnapshots(cloned.db, [
    { game_id: game, trigger: "book", quality: "ok", cursor_no: 1, observed_at: at(0) },
  ]);
  expect(await lastMarks(cloned.db, "paper")).toEqual({
    // 55 to 57 cents: a NO is left by buying YES.
    [TICKER]: { yes: 550_000, no: 430_000 },
    [intentOf(game).marketTicker]: { yes: 0, no: 0 },
  });
});

it("still refuses an ask of a game beyond what is held: its strategies hold YES only", async () => {
  const game = "game/paper/KXNBAGAME-26NOV20BOSNYK";
  const codeOf = async (intent: OrderIntent): Promise<string> => {
    const outcome = await record(cloned.db, proposalOf(game, intent));
    return outcome.kind === "refused" ? outcome.code : outcome.kind;
  };
  expect(await codeOf(intentOf(game, { side: "ask" }))).toBe("entry_buys");
  const exit = { purpose: "exit", exitType: "stop-loss", isReduceOnly: true } as const;
  expect(await codeOf(intentOf(game, { ...exit, side: "ask" }))).toBe("exit_reduces");
  expect(await codeOf(intentOf(game, { ...exit, side: "bid" }))).toBe("exit_reduces");
});

it("finds the occasion of a position, with the markets that its orders went to", async () => {
  await entered("ask");
  expect(await occasionOf(cloned.db, id)).toEqual(occasion);
  const game = await occasionOf(cloned.db, "game/paper/KXNBAGAME-26NOV20BOSNYK");
  expect(game).toMatchObject({ domain: "nba", runId: RUN_ID, tradingDate: "2026-11-20" });
  await expect(occasionOf(cloned.db, "nothing")).rejects.toThrow("no occasion nothing");
});
