import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Mode } from "../../core/domain/decision.ts";
import { type Occasion, occasionOfContract } from "../../core/domain/occasion.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { BTC_RUN, contractOf, TICKERS, wouldTrade } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import {
  addGame,
  approve,
  FEES,
  fillOf,
  inputsOf,
  intentOf,
  LIMITS,
  NOW,
  proposalOf,
  record,
  RUN_ID,
} from "../../test/db/night.ts";
import { settleContracts, upsertContracts } from "./btc-contracts.ts";
import {
  bookedDecisions,
  contractBars,
  joinOrders,
  NOT_TAKEN_UP,
  settleDecisions,
} from "./btc-orders.ts";
import { recordFills } from "./fills.ts";
import { deposit } from "./ledger.ts";
import { openOccasion } from "./occasions.ts";
import { applyOrderUpdate, type OrderRow } from "./orders.ts";
import { readReservations } from "./risk-snapshot.ts";
import { startRun } from "./runs.ts";
import { fillWouldTrade, insertWouldTrades, settleWouldTrades } from "./would-trades.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const [ONE, OTHER] = TICKERS;
const EVENT = "KXBTCD-26NOV2021";
const occasionOf = (ticker: string, mode: Mode): Occasion =>
  occasionOfContract({
    ...{ runId: mode === "paper" ? RUN_ID : BTC_RUN.runId, mode, exchangeIndex: 2 },
    contract: { eventTicker: EVENT, marketTicker: ticker, closeAt: instant(NOW + 3_600_000) },
  });

beforeEach(async () => {
  await emptyDatabase(cloned.db);
  await addGame(cloned.db);
  await startRun(cloned.db, BTC_RUN);
  const amount = usdMicros(1_000_000_000);
  const opening = { depositId: "opening-balance", runId: BTC_RUN.runId, at: NOW, amount };
  await deposit(cloned.db, { ...opening, mode: "shadow" });
  await upsertContracts(cloned.db, [contractOf(ONE), contractOf(OTHER)]);
  for (const ticker of TICKERS) {
    for (const mode of ["paper", "shadow"] as const) {
      await openOccasion(cloned.db, occasionOf(ticker, mode), NOW);
    }
  }
});

/** A proposal of ten contracts at 50 cents with its decision; the ask buys NO. */
async function proposed(ticker: string, mode: Mode, side: "bid" | "ask" = "bid", edge = 60_000) {
  const { occasionId, runId } = occasionOf(ticker, mode);
  const decisionId = `${ticker}#${randomUUID()}`;
  await insertWouldTrades(cloned.db, [
    wouldTrade(decisionId, { mode, run_id: runId, market_ticker: ticker }),
  ]);
  const price = priceMicros(500_000);
  const intent = intentOf(occasionId, {
    ...{ strategy: "btc-edge", marketTicker: ticker, eventTicker: EVENT, exchangeIndex: 2, side },
    ...{ fairValue: side === "bid" ? priceMicros(600_000) : priceMicros(400_000) },
    ...{ limitPrice: price, edgeMicros: edge },
  });
  const inputs = inputsOf(intent, {
    ...{ injuriesAt: null, otherMid: null },
    marks: Object.fromEntries(TICKERS.map((one) => [one, { yes: 490_000, no: 500_000 }])),
  });
  return proposalOf(occasionId, intent, { mode, runId, domain: "btc", decisionId, inputs });
}

async function order(ticker: string, mode: Mode, side: "bid" | "ask" = "bid") {
  const proposal = await proposed(ticker, mode, side);
  return { decisionId: proposal.decisionId, row: await approve(cloned.db, proposal) };
}

const filled = (row: OrderRow, counts: readonly number[]): Promise<unknown> =>
  recordFills(cloned.db, {
    ...{ clientOrderId: row.client_order_id, fees: FEES, at: NOW },
    fills: counts.map((count) => fillOf(row, `fill-${randomUUID()}`, count, 17_500)),
  });
const ended = (row: OrderRow): Promise<unknown> =>
  applyOrderUpdate(cloned.db, {
    ...{ clientOrderId: row.client_order_id, at: NOW },
    update: { kind: "closed", reason: "canceled" },
  });
const endedInShadow = (row: OrderRow): Promise<unknown> =>
  applyOrderUpdate(cloned.db, {
    ...{ clientOrderId: row.client_order_id, at: NOW },
    update: { kind: "rejected", code: "shadow" },
  });
const unfilled = (decisionId: string): Promise<unknown> =>
  fillWouldTrade(cloned.db, {
    ...{ decisionId, status: "unfilled", count: countCenti(0), filledAt: NOW },
    ...{ price: null, cost: usdMicros(0), fee: usdMicros(0) },
  });
const bars = (mode: Mode) => contractBars(cloned.db, mode, TICKERS, 2);
const joined = (decisionId: string) =>
  cloned.db
    .selectFrom("would_trades")
    .select(["client_order_id", "refusal_code", "fill_status", "filled_centi"])
    .select(["fill_price_micros", "fill_cost_micros", "fee_micros", "pnl_micros"])
    .where("decision_id", "=", decisionId)
    .executeTakeFirstOrThrow();

describe("what bars an entry", () => {
  it("is nothing at first, and nothing of contracts that nobody asks about", async () => {
    expect(await bars("paper")).toEqual(new Map());
    await order(ONE, "paper");
    expect(await contractBars(cloned.db, "paper", [OTHER], 2)).toEqual(new Map());
    expect(await contractBars(cloned.db, "paper", [], 2)).toEqual(new Map());
  });

  it("is an order under way, then what it filled, and not one that filled nothing", async () => {
    const { row } = await order(ONE, "paper");
    const { row: empty } = await order(OTHER, "paper");
    expect(await bars("paper")).toEqual(
      new Map([
        [ONE, "order_working"],
        [OTHER, "order_working"],
      ]),
    );
    await filled(row, [300]);
    expect((await bars("paper")).get(ONE)).toBe("order_working");
    await ended(row);
    await ended(empty);
    expect(await bars("paper")).toEqual(new Map([[ONE, "position_open"]]));
  });

  it("is in shadow what would have filled, and nothing of another mode", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    await endedInShadow(row);
    // It has ended, and what it would have filled is not known yet.
    expect(await bars("shadow")).toEqual(new Map([[ONE, "order_working"]]));
    await fillWouldTrade(cloned.db, {
      ...{ decisionId, status: "filled", count: countCenti(1_000), filledAt: NOW },
      ...{ price: priceMicros(500_000), cost: usdMicros(5_000_000), fee: usdMicros(175_000) },
    });
    expect(await bars("shadow")).toEqual(new Map([[ONE, "position_open"]]));
    expect(await bars("paper")).toEqual(new Map());
  });
});

describe("what is at stake in shadow", () => {
  /** Ten contracts: what one costs of the hour's cap is 5.00 and the fee, at most 0.175. */
  const filledInShadow = (decisionId: string, outcome: "filled" | "unfilled"): Promise<unknown> => {
    if (outcome === "unfilled") return unfilled(decisionId);
    return fillWouldTrade(cloned.db, {
      ...{ decisionId, status: "filled", count: countCenti(1_000), filledAt: NOW },
      ...{ price: priceMicros(480_000), cost: usdMicros(4_800_000), fee: usdMicros(175_000) },
    });
  };
  const stakes = async (mode: Mode) =>
    (await readReservations(cloned.db, mode)).map(({ marketTicker, reserved, remaining }) => [
      marketTicker,
      reserved,
      remaining,
    ]);
  const hour = { maxLossPerBitcoinHour: usdMicros(10_000_000) };

  it("is what an order reserved until its fill is known, then what that cost, and nothing once it is settled", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    const open = [[ONE, row.reserved_micros, 1_000]];
    expect(await stakes("shadow")).toEqual(open);
    await endedInShadow(row);
    expect(await stakes("shadow")).toEqual(open);
    await filledInShadow(decisionId, "filled");
    // 4.80 and a fee of 0.175.
    expect(await stakes("shadow")).toEqual([[ONE, 4_975_000, 0]]);
    expect(await stakes("paper")).toEqual([]);
    await settleContracts(cloned.db, [
      {
        ...{ ticker: ONE, outcome: "no", payout: usdMicros(0), settlementValue: null },
        settledAt: instant(NOW + 3_600_000),
      },
    ]);
    await settleWouldTrades(cloned.db, "shadow", [ONE]);
    expect(await stakes("shadow")).toEqual([]);
  });

  it("is nothing of an order that would not have filled", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    await endedInShadow(row);
    await filledInShadow(decisionId, "unfilled");
    expect(await stakes("shadow")).toEqual([]);
  });

  it("binds the hour as what is held does in paper: a second contract beyond its cap is refused", async () => {
    for (const when of ["before", "after"] as const) {
      const { row, decisionId } = await order(ONE, "shadow");
      await endedInShadow(row);
      if (when === "after") await filledInShadow(decisionId, "filled");
      expect(await record(cloned.db, await proposed(OTHER, "shadow"), hour)).toMatchObject({
        ...{ kind: "refused", code: "bitcoin_hour_loss" },
      });
      if (when === "before") await filledInShadow(decisionId, "unfilled");
    }
    const paper = await proposed(OTHER, "paper");
    expect(await record(cloned.db, paper, hour)).toMatchObject({ kind: "approved" });
  });

  it("binds the capital of the strategy and the open positions", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    await endedInShadow(row);
    await filledInShadow(decisionId, "filled");
    const capital = { ...LIMITS.maxStrategyCapital, "btc-edge": usdMicros(10_000_000) };
    for (const [limits, code] of [
      [{ maxStrategyCapital: capital }, "strategy_capital"],
      [{ maxOpenPositions: 1 }, "open_positions"],
    ] as const) {
      const outcome = await record(cloned.db, await proposed(OTHER, "shadow"), limits);
      expect(outcome).toMatchObject({ kind: "refused", code });
    }
  });

  it("is the one position of its contract: risk refuses another, unless it did not fill", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    await endedInShadow(row);
    await filledInShadow(decisionId, "unfilled");
    const { row: second, decisionId: filling } = await order(ONE, "shadow");
    await endedInShadow(second);
    const refused = { kind: "refused", code: "entries_per_game" };
    expect(await record(cloned.db, await proposed(ONE, "shadow"))).toMatchObject(refused);
    await filledInShadow(filling, "filled");
    expect(await record(cloned.db, await proposed(ONE, "shadow"))).toMatchObject(refused);
  });
});

describe("the attempts of a contract", () => {
  it("are used once as many proposals came to nothing as are allowed", async () => {
    for (const expected of [undefined, "attempts_used"]) {
      const { row, decisionId } = await order(ONE, "shadow");
      await endedInShadow(row);
      await unfilled(decisionId);
      expect((await bars("shadow")).get(ONE)).toBe(expected);
    }
    expect((await contractBars(cloned.db, "shadow", TICKERS, 3)).size).toBe(0);
  });
});

describe("what became of a decision", () => {
  it("is in paper the fills of its order: how many, at what mean price, for what", async () => {
    const { row, decisionId } = await order(ONE, "paper");
    await filled(row, [300, 200]);
    await ended(row);
    await joinOrders(cloned.db, "paper", [ONE]);
    expect(await joined(decisionId)).toEqual({
      ...{ client_order_id: row.client_order_id, refusal_code: null },
      ...{ fill_status: "partial", filled_centi: 500, fill_price_micros: 500_000 },
      // Five contracts at 50 cents; two fills of a fee of 1.75 cents.
      ...{ fill_cost_micros: 2_500_000, fee_micros: 35_000, pnl_micros: null },
    });
  });

  it("costs a NO the rest of the dollar", async () => {
    const { row, decisionId } = await order(ONE, "paper", "ask");
    await filled({ ...row, price_micros: priceMicros(540_000) }, [1_000]);
    await joinOrders(cloned.db, "paper", [ONE]);
    expect(await joined(decisionId)).toMatchObject({
      ...{ fill_status: "filled", fill_price_micros: 540_000, fill_cost_micros: 4_600_000 },
    });
  });

  it.each([
    // Ten contracts at 50 cents with fees of 5.25 cents; what they pay as YES is 10 USD.
    ["yes", 10_000_000, 4_947_500],
    ["no", 0, -5_052_500],
  ] as const)(
    "grows by what is told after the last word %s, half of it first, and is paid anew",
    async (outcome, paid, gained) => {
      const { row, decisionId } = await order(ONE, "paper");
      const { client_order_id: clientOrderId } = row;
      for (const kind of ["submitted", "lost"] as const) {
        await applyOrderUpdate(cloned.db, { clientOrderId, at: NOW, update: { kind } });
      }
      const payout = usdMicros(outcome === "yes" ? 1_000_000 : 0);
      const settledAt = instant(NOW + 3_600_000);
      const word = { ticker: ONE, outcome, payout, settlementValue: null, settledAt };
      await settleContracts(cloned.db, [word]);
      await settleDecisions(cloned.db, "paper", [ONE]);
      // Nobody knows yet what came of it: not that nothing did.
      const unknown = { fill_status: null, filled_centi: 0, pnl_micros: null };
      expect(await joined(decisionId)).toMatchObject(unknown);
      await filled(row, [400]);
      await settleDecisions(cloned.db, "paper", [ONE]);
      const half = { fill_status: null, filled_centi: 400, fill_cost_micros: 2_000_000 };
      // Four contracts, a fee of 1.75 cents.
      const halfGained = (paid * 4) / 10 - 2_017_500;
      expect(await joined(decisionId)).toMatchObject({ ...half, pnl_micros: halfGained });
      await filled(row, [500]);
      await ended(row);
      await settleDecisions(cloned.db, "paper", [ONE]);
      expect(await joined(decisionId)).toMatchObject({ fill_status: "partial", filled_centi: 900 });
      // One that is told after the order's end, too.
      await filled(row, [100]);
      await settleDecisions(cloned.db, "paper", [ONE]);
      expect(await joined(decisionId)).toMatchObject({
        ...{ fill_status: "filled", filled_centi: 1_000, fill_price_micros: 500_000 },
        ...{ fill_cost_micros: 5_000_000, fee_micros: 52_500, pnl_micros: gained },
      });
    },
  );

  it("is that nothing filled, and of a refusal that risk said no", async () => {
    const { row, decisionId } = await order(ONE, "paper");
    await ended(row);
    const refused = await proposed(OTHER, "paper", "bid", 9_999);
    expect(await record(cloned.db, refused)).toMatchObject({ kind: "refused" });
    await joinOrders(cloned.db, "paper", TICKERS);
    expect(await joined(decisionId)).toMatchObject({ fill_status: "unfilled", filled_centi: 0 });
    expect(await joined(refused.decisionId)).toMatchObject({
      ...{ refusal_code: "min_edge", fill_status: null, filled_centi: 0 },
    });
  });

  it("is that nobody took it up, where no intent came of a proposal, and nothing of one that proposed none", async () => {
    const { decisionId } = await proposed(ONE, "shadow");
    const { row, decisionId: taken } = await order(ONE, "shadow");
    await endedInShadow(row);
    await insertWouldTrades(cloned.db, [
      wouldTrade("barred#1", { market_ticker: ONE, code: "entry_barred", order_terms: null }),
    ]);
    expect(await bookedDecisions(cloned.db, [decisionId, taken, "none"])).toEqual(new Set([taken]));
    await joinOrders(cloned.db, "shadow", [ONE]);
    expect(await joined(decisionId)).toMatchObject({
      ...{ client_order_id: null, refusal_code: NOT_TAKEN_UP, fill_status: null },
    });
    expect(await joined(taken)).toMatchObject({ refusal_code: null, fill_status: "unfilled" });
    expect(await joined("barred#1")).toMatchObject({ refusal_code: null, fill_status: null });
  });

  it("stands in shadow as the book gave it, and a repeat changes nothing", async () => {
    const { row, decisionId } = await order(ONE, "shadow");
    await endedInShadow(row);
    await fillWouldTrade(cloned.db, {
      ...{ decisionId, status: "partial", count: countCenti(400), filledAt: NOW },
      ...{ price: priceMicros(490_000), cost: usdMicros(1_960_000), fee: usdMicros(70_000) },
    });
    await joinOrders(cloned.db, "shadow", [ONE]);
    const once = await joined(decisionId);
    expect(once).toMatchObject({
      ...{ client_order_id: row.client_order_id, fill_status: "partial", filled_centi: 400 },
      ...{ fill_price_micros: 490_000, fill_cost_micros: 1_960_000, fee_micros: 70_000 },
    });
    await joinOrders(cloned.db, "shadow", [ONE]);
    expect(await joined(decisionId)).toEqual(once);
  });
});
