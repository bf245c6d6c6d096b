import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { BTC_NOW, BTC_RUN, contractOf, wouldTrade } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { btcContractPage } from "./btc-contract-page.ts";
import { settleContracts, upsertContracts } from "./btc-contracts.ts";
import { currentRun, lastRun, playedRun, runsOfMode, startRun } from "./runs.ts";
import {
  fillWouldTrade,
  insertWouldTrades,
  judgeWouldTrade,
  settleWouldTrades,
  type WouldFill,
  wouldTradeSums,
} from "./would-trades.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
  await startRun(cloned.db, BTC_RUN);
});
afterAll(() => cloned.drop());

const rowOf = (decisionId: string) =>
  cloned.db
    .selectFrom("would_trades")
    .selectAll()
    .where("decision_id", "=", decisionId)
    .executeTakeFirstOrThrow();

/** Three contracts at 0.56. */
const fillOf = (decisionId: string, cost: number): WouldFill => ({
  decisionId,
  status: "filled",
  count: countCenti(300),
  price: priceMicros(560_000),
  cost: usdMicros(cost),
  fee: usdMicros(51_800),
  filledAt: instant(BTC_NOW + 400),
});

async function settle(ticker: string, payout: number | null, later = 0): Promise<void> {
  await settleContracts(cloned.db, [
    {
      ticker,
      outcome: payout === null ? "void" : payout === 0 ? "no" : "scalar",
      payout: payout === null ? null : usdMicros(payout),
      settlementValue: null,
      settledAt: instant(BTC_NOW + 3_600_000 + later),
    },
  ]);
}

it("keeps a decision byte for byte, once", async () => {
  const row = wouldTrade("bytes#1");
  await insertWouldTrades(cloned.db, [row, row]);
  await insertWouldTrades(cloned.db, [{ ...row, input: "{}" }]);
  expect(await rowOf("bytes#1")).toMatchObject(row);
});

it("lets nothing but what became of a decision change", async () => {
  const { db } = cloned;
  const row = wouldTrade("fixed#1");
  await insertWouldTrades(db, [row]);
  for (const column of Object.keys(row)) {
    if (column === "decided_at") continue;
    const change = sql`update would_trades set ${sql.ref(column)} = 'paper'
      where decision_id = 'fixed#1'`;
    await expect(change.execute(db), column).rejects.toThrow(/never changed|violates/);
  }
  await expect(
    sql`update would_trades set decided_at = now() where decision_id = 'fixed#1'`.execute(db),
  ).rejects.toThrow("never changed");
  await expect(sql`delete from would_trades`.execute(db)).rejects.toThrow("append-only");
  await expect(sql`truncate would_trades`.execute(db)).rejects.toThrow("append-only");
  await judgeWouldTrade(db, "fixed#1", { client_order_id: null, refusal_code: "kill" });
  expect(await rowOf("fixed#1")).toMatchObject({ ...row, refusal_code: "kill" });
});

it("takes the first word of a fill", async () => {
  await insertWouldTrades(cloned.db, [wouldTrade("fill#1")]);
  expect(await fillWouldTrade(cloned.db, fillOf("fill#1", 1_680_000))).toBe(true);
  const other = { ...fillOf("fill#1", 1), status: "partial" } as const;
  expect(await fillWouldTrade(cloned.db, other)).toBe(false);
  expect(await rowOf("fill#1")).toMatchObject({ fill_status: "filled", filled_centi: 300 });
});

it("pays YES the payout and NO the rest, returns a void's cost, and corrects only its own", async () => {
  const { db } = cloned;
  const [scalar, voided] = ["PAY-1-A", "PAY-1-B"];
  await upsertContracts(db, [contractOf("PAY-1-A"), contractOf("PAY-1-B")]);
  await insertWouldTrades(db, [
    wouldTrade("yes#1", { market_ticker: scalar }),
    wouldTrade("no#1", { market_ticker: scalar, outcome: "no" }),
    wouldTrade("void#1", { market_ticker: voided }),
    wouldTrade("missed#1", { market_ticker: voided }),
  ]);
  await fillWouldTrade(db, fillOf("yes#1", 1_680_000));
  await fillWouldTrade(db, fillOf("no#1", 1_320_000));
  await fillWouldTrade(db, fillOf("void#1", 1_680_000));
  const missed = { status: "unfilled", count: countCenti(0), price: null } as const;
  await fillWouldTrade(db, { ...fillOf("missed#1", 0), ...missed, fee: usdMicros(0) });
  expect(await settleWouldTrades(db, "shadow", null)).toBe(0);
  await settle("PAY-1-A", 400_001);
  await settle("PAY-1-B", null);
  expect(await settleWouldTrades(db, "shadow", null)).toBe(3);
  expect(await settleWouldTrades(db, "shadow", null)).toBe(0);
  // 3 * 0.400001, less 1.68 and 0.0518.
  expect(await rowOf("yes#1")).toMatchObject({ payout_micros: 1_200_003, pnl_micros: -531_797 });
  // 3 * 0.599999, less 1.32 and 0.0518.
  expect(await rowOf("no#1")).toMatchObject({ payout_micros: 1_799_997, pnl_micros: 428_197 });
  expect(await rowOf("void#1")).toMatchObject({ payout_micros: 1_680_000, pnl_micros: -51_800 });
  expect(await rowOf("missed#1")).toMatchObject({ payout_micros: null, settled_at: null });
  await settle("PAY-1-A", 0, 1);
  expect(await settleWouldTrades(db, "shadow", ["PAY-1-A", "PAY-1-B"])).toBe(2);
  expect(await rowOf("no#1")).toMatchObject({ payout_micros: 3_000_000, pnl_micros: 1_628_200 });
});

it("sums what was decided in a window: those filled, those settled, those that gained", async () => {
  const { db } = cloned;
  const from = instant(BTC_NOW + 7_200_000);
  await upsertContracts(db, [contractOf("SUM-1-A"), contractOf("SUM-1-B")]);
  const decided = { decided_at: new Date(from) };
  await insertWouldTrades(db, [
    wouldTrade("sum#1", { ...decided, market_ticker: "SUM-1-A" }),
    wouldTrade("sum#2", { ...decided, market_ticker: "SUM-1-A", outcome: "no" }),
    wouldTrade("sum#3", { ...decided, market_ticker: "SUM-1-B" }),
    wouldTrade("sum#4", { ...decided, code: "edge", order_terms: null, outcome: null }),
  ]);
  for (const id of ["sum#1", "sum#2", "sum#3"]) await fillWouldTrade(db, fillOf(id, 1_500_000));
  await settle("SUM-1-A", 0);
  await settleWouldTrades(db, "shadow", null);
  const to = instant(from + 1);
  // NO: 3.00 less 1.50; YES: all of 1.50 lost; each less 0.0518.
  expect(await wouldTradeSums(db, { mode: "shadow", from, to })).toEqual({
    ...{ n: 3, filled: 3, settled: 2, hits: 1, gross: 0, fees: 103_600, net: -103_600 },
  });
  const none = { n: 0, filled: 0, settled: 0, hits: 0, gross: 0, fees: 0, net: 0 };
  expect(await wouldTradeSums(db, { mode: "paper", from, to })).toEqual(none);
});

it("shows a contract with its decisions, and none of an unknown ticker", async () => {
  const page = await btcContractPage(cloned.db, "shadow", "PAY-1-A");
  expect(page?.wouldTrades.map(({ decision_id }) => decision_id).sort()).toEqual(["no#1", "yes#1"]);
  expect(page).toMatchObject({ market: null, decisions: [], quotes: [], edges: [], scored: null });
  expect(await btcContractPage(cloned.db, "shadow", "NONE")).toBeNull();
});

it("keeps the runs of the two pipelines apart", async () => {
  const { db } = cloned;
  for (const run of [playedRun, currentRun, lastRun]) {
    expect(await run(db, "shadow")).toBeNull();
    expect(await run(db, "shadow", "btc")).toMatchObject({ run_id: BTC_RUN.runId });
  }
  expect(await runsOfMode(db, "shadow")).toEqual([]);
  await startRun(db, { ...BTC_RUN, domain: "nba", runId: "trading-day/shadow/2026-11-21" });
  expect(await lastRun(db, "shadow")).toMatchObject({ run_id: "trading-day/shadow/2026-11-21" });
  expect(await runsOfMode(db, "shadow", "btc")).toHaveLength(1);
});
