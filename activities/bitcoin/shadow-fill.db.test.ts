import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { OrderIntent } from "../../core/domain/order.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import type { BookSnapshot } from "../../core/domain/venue.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { insertWouldTrades } from "../../schema/queries/would-trades.ts";
import { BTC_NOW, BTC_RUN, TICKERS, wouldTrade } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { FEES } from "../../test/support/btc-session.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { aContract, aProposal } from "../../test/temporal/btc.ts";
import { createShadowFillActivities } from "./shadow-fill.ts";

let clone: ClonedDatabase;
let decisions = 0;
let decisionId = "";
beforeAll(async () => {
  clone = await cloneDatabase();
  await startRun(clone.db, BTC_RUN);
});
afterAll(() => clone.drop());
beforeEach(async () => {
  decisions += 1;
  decisionId = `one#${decisions}`;
  await insertWouldTrades(clone.db, [wouldTrade(decisionId)]);
});

const [TICKER] = TICKERS;
const level = (cents: number, contracts: number) =>
  [priceMicros(cents * 10_000), countCenti(contracts * 100)] as const;
/** YES is bid at 37 and 36; NO at 62 and 60, which offers YES at 38 and 40. */
const BOOK: BookSnapshot = {
  marketTicker: TICKER,
  yes: [level(37, 8), level(36, 20)],
  no: [level(62, 4), level(60, 5)],
  at: BTC_NOW,
};
/** An order of ten contracts, now or never: up to 40 cents for YES, or from 36 on for NO. */
function orderOf(side: "bid" | "ask", cents: number): OrderIntent {
  const { intent } = aProposal(aContract());
  const price = priceMicros(cents * 10_000);
  const plan = { ...intent.plan, price };
  return { ...intent, strategy: "btc-edge", marketTicker: TICKER, side, plan };
}

async function fill(intent: OrderIntent, book: BookSnapshot | null = BOOK, waited?: Instant[]) {
  let now = BTC_NOW;
  const { fillShadow } = createShadowFillActivities({
    db: clone.db,
    clock: {
      now: () => {
        waited?.push(now);
        return now;
      },
      speed: 10,
    },
    book: () => {
      now = instant(BTC_NOW + 250);
      return book;
    },
    fees: () => Promise.resolve(FEES),
    latencyMs: 250,
    log: SILENT,
  });
  const { filledCenti } = await fillShadow({ decisionId, intent, at: BTC_NOW });
  const row = await clone.db
    .selectFrom("would_trades")
    .select(["fill_status", "filled_centi", "fill_price_micros", "fill_cost_micros", "fee_micros"])
    .where("decision_id", "=", decisionId)
    .executeTakeFirstOrThrow();
  return { ...row, filledCenti };
}

it("fills YES by the displayed depth, level by level, and pays the taker's fee of each", async () => {
  expect(await fill(orderOf("bid", 40))).toEqual({
    fill_status: "partial",
    filled_centi: 900,
    filledCenti: 900,
    // (4 * 38 + 5 * 40) / 9 = 39.1111 cents.
    fill_price_micros: 391_111,
    fill_cost_micros: 3_520_000,
    // 0.07 * 4 * 0.38 * 0.62 = 0.065968 and 0.07 * 5 * 0.4 * 0.6 = 0.084, rounded up once.
    fee_micros: 150_000,
  });
});

it("fills NO from the YES bids, and pays the rest of the dollar", async () => {
  expect(await fill(orderOf("ask", 36))).toMatchObject({
    ...{ fill_status: "filled", filled_centi: 1_000 },
    // (8 * 37 + 2 * 36) / 10 = 36.8 cents of YES; NO costs 8 * 63 + 2 * 64 cents.
    ...{ fill_price_micros: 368_000, fill_cost_micros: 6_320_000 },
  });
});

it("takes nothing beyond its price, and says that it did not fill", async () => {
  const none = { filled_centi: 0, fill_price_micros: null, fill_cost_micros: 0, fee_micros: 0 };
  expect(await fill(orderOf("bid", 37))).toMatchObject({ fill_status: "unfilled", ...none });
});

it("does not fill on a book that cannot be believed", async () => {
  expect(await fill(orderOf("bid", 40), null)).toMatchObject({
    ...{ fill_status: "unfilled", filled_centi: 0 },
  });
});

it("keeps what was found first, whatever a repeat finds, and says so", async () => {
  const first = await fill(orderOf("bid", 40));
  const { fill_status, filled_centi } = await fill(orderOf("bid", 40), null);
  expect({ fill_status, filled_centi }).toEqual({
    ...{ fill_status: first.fill_status, filled_centi: first.filled_centi },
  });
});

it("comes to the book after its latency, on the run's clock", async () => {
  const startedWall = performance.now();
  await fill(orderOf("bid", 40));
  // 250 ms of run time at a speed of 10.
  expect(performance.now() - startedWall).toBeGreaterThanOrEqual(24);
});
