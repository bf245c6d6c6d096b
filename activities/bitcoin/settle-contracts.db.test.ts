import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Market } from "../../core/domain/market.ts";
import { occasionOfContract } from "../../core/domain/occasion.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { errorRates, loopsOf } from "../../schema/queries/btc-loops.ts";
import { openOccasion } from "../../schema/queries/occasions.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { fillWouldTrade, insertWouldTrades } from "../../schema/queries/would-trades.ts";
import {
  BTC_NOW,
  BTC_RUN,
  cycleOf,
  TICKERS,
  wouldTrade,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { btcMarket, FEES } from "../../test/support/btc-session.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { keepMarkets } from "./keep-markets.ts";
import { type ContractSettler, createSettler, createSweepActivities } from "./settle-contracts.ts";

let clone: ClonedDatabase;
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(() => clone.drop());

const [ONE, OTHER] = TICKERS;
const OPEN_AT = BTC_NOW;
const CLOSE_AT = instant(BTC_NOW + 3_600_000);
const LATER = instant(CLOSE_AT + 60_000);
const life = { eventTicker: "KXBTCD-26NOV2021", openAt: OPEN_AT, closeAt: CLOSE_AT };

let now = LATER;
let listed: Market[] = [];
let isScoringBroken = false;
const learned: number[] = [];
const alarms: string[] = [];
const settled = (ticker: string, result: "yes" | "no", changes: Partial<Market> = {}): Market =>
  btcMarket(ticker, {
    ...{ ...life, status: "finalized", result, settledAt: instant(CLOSE_AT + 5_000) },
    expirationValue: usdMicros(80_100_000_000),
    ...changes,
  });

beforeEach(async () => {
  await emptyDatabase(clone.db);
  now = LATER;
  isScoringBroken = false;
  learned.length = 0;
  alarms.length = 0;
  listed = [ONE, OTHER].map((ticker) => btcMarket(ticker, life));
  await startRun(clone.db, BTC_RUN);
  await keepMarkets(clone.db, {
    series: "KXBTCD",
    markets: listed,
    feesOf: () => FEES,
    at: OPEN_AT,
  });
  await writeCycle(clone.db, cycleOf(instant(BTC_NOW + 10_000), 1));
  await insertWouldTrades(clone.db, [wouldTrade("one#1")]);
  await fillWouldTrade(clone.db, {
    ...{ decisionId: "one#1", status: "filled", count: countCenti(300) },
    ...{ price: priceMicros(560_000), cost: usdMicros(1_680_000), fee: usdMicros(51_800) },
    filledAt: instant(BTC_NOW + 11_000),
  });
});

function settler(): ContractSettler {
  return createSettler({
    alarms: {
      raise: ({ gameId, code, field }) => alarms.push(`${code} ${gameId} ${field}`),
      clear: ({ gameId, field }) => alarms.push(`cleared ${gameId} ${field}`),
    },
    db: clone.db,
    venue: {
      markets: ({ tickers, seriesTicker = "", minCloseAt = 0, maxCloseAt = Infinity }) =>
        Promise.resolve(
          listed.filter(({ ticker, closeAt }) =>
            tickers === undefined
              ? ticker.startsWith(`${seriesTicker}-`) &&
                closeAt >= minCloseAt &&
                closeAt <= maxCloseAt
              : tickers.includes(ticker),
          ),
        ),
      feeSchedule: () => Promise.resolve(FEES),
    },
    spot: {
      settled: (_, average) => {
        learned.push(average);
        if (isScoringBroken) throw new Error("the process dies");
        return null;
      },
    },
    clock: { now: () => now, speed: 60 },
    flush: () => Promise.resolve(),
    log: SILENT,
  });
}

const settle = (tickers: readonly string[] = [ONE, OTHER]) =>
  settler().settle({ mode: "shadow", tickers, at: now });
const sweep = (changes: { readonly sinceMs?: number; readonly againMs?: number } = {}) =>
  createSweepActivities({
    ...{ db: clone.db, clock: { now: () => now, speed: 60 } },
    openBitcoin: () => Promise.resolve({ settler: settler() }),
  }).sweepSettlements({ mode: "shadow", sinceMs: null, ...changes });

const contract = (ticker: string) =>
  clone.db
    .selectFrom("kalshi_contracts")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .executeTakeFirstOrThrow();
const scores = () =>
  clone.db
    .selectFrom("kalshi_edge_snapshot_scores")
    .select(["market_ticker", "payout_micros"])
    .orderBy("market_ticker")
    .execute();
const trade = () =>
  clone.db
    .selectFrom("would_trades")
    .select(["payout_micros", "pnl_micros"])
    .where("decision_id", "=", "one#1")
    .executeTakeFirstOrThrow();
const follow = (ticker: string): Promise<void> =>
  openOccasion(
    clone.db,
    occasionOfContract({
      ...{ runId: BTC_RUN.runId, mode: "shadow", exchangeIndex: 2 },
      contract: { eventTicker: life.eventTicker, marketTicker: ticker, closeAt: CLOSE_AT },
    }),
    OPEN_AT,
  );

describe("settling contracts", () => {
  it("leaves alone what the venue has not said its final word on", async () => {
    listed = [btcMarket(ONE, { ...life, status: "determined", result: "yes" })];
    expect(await settle()).toMatchObject({ ended: [], scored: 0 });
    expect(await contract(ONE)).toMatchObject({ outcome: null, settled_ts: null });
  });

  it("writes the end, scores every snapshot and pays what would have been bought", async () => {
    listed = [settled(ONE, "yes"), btcMarket(OTHER, life)];
    const { ended, scored } = await settle();
    expect(ended).toEqual([
      {
        marketTicker: ONE,
        end: {
          ...{ kind: "settled", result: "yes", scalarValue: null },
          average: 80_100_000_000,
        },
      },
    ]);
    expect(scored).toBe(1);
    expect(await contract(ONE)).toMatchObject({
      ...{ outcome: "yes", payout_micros: 1_000_000, settlement_value_micros: 80_100_000_000 },
    });
    expect(await scores()).toEqual([{ market_ticker: ONE, payout_micros: 1_000_000 }]);
    // Three YES for 1.68 and a fee of 0.0518 pay 3 USD.
    expect(await trade()).toEqual({ payout_micros: 3_000_000, pnl_micros: 1_268_200 });
    expect(learned).toEqual([80_100_000_000]);
  });

  it("changes nothing when it is repeated, and corrects only what the venue corrected", async () => {
    listed = [settled(ONE, "yes"), settled(OTHER, "no")];
    expect((await settle()).scored).toBe(2);
    expect(await settle()).toMatchObject({ scored: 0, corrected: [] });
    const settledAt = instant(CLOSE_AT + 30_000);
    listed = [settled(ONE, "no", { settledAt }), settled(OTHER, "no")];
    expect(await settle()).toMatchObject({ scored: 1, corrected: [ONE] });
    expect(await contract(ONE)).toMatchObject({ outcome: "no", corrections: 1 });
    // Counted one by one: the first word, and the correction; what was told again is not there.
    const kept = await clone.db
      .selectFrom("kalshi_contract_settlements")
      .select(["market_ticker", "settlement_no", "outcome"])
      .orderBy("market_ticker")
      .orderBy("settlement_no")
      .execute();
    expect(kept.map((row) => Object.values(row))).toEqual([
      [ONE, 0, "yes"],
      [ONE, 1, "no"],
      [OTHER, 0, "no"],
    ]);
    expect(await scores()).toEqual([
      { market_ticker: ONE, payout_micros: 0 },
      { market_ticker: OTHER, payout_micros: 0 },
    ]);
    expect(await trade()).toEqual({ payout_micros: 0, pnl_micros: -1_731_800 });
  });

  it("pays a scalar what the venue states", async () => {
    const value = { result: "scalar", settlementValue: usdMicros(400_000) } as const;
    listed = [settled(ONE, "yes", { ...value, expirationValue: null })];
    expect((await settle()).ended).toMatchObject([
      { end: { scalarValue: 400_000, average: null } },
    ]);
    expect(await contract(ONE)).toMatchObject({ outcome: "scalar", payout_micros: 400_000 });
    expect(learned).toEqual([]);
  });

  it.each([
    ["settlement_value_dollars", "scalar", null],
    ["settlement_value_dollars", "scalar", 1_000_001],
    ["settlement_value_dollars", "yes", 0],
    ["result", null, null],
  ] as const)(
    "settles nothing by a word without %s, and all others",
    async (field, result, value) => {
      const settlementValue = value === null ? null : usdMicros(value);
      listed = [settled(ONE, "yes", { result, settlementValue }), settled(OTHER, "no")];
      const one = settler();
      const look = () => one.settle({ mode: "shadow", tickers: [ONE, OTHER], at: now });
      expect((await look()).ended).toMatchObject([{ marketTicker: OTHER }]);
      expect(await contract(ONE)).toMatchObject({ outcome: null });
      const id = `btc-contract/shadow/${ONE}`;
      expect(alarms).toEqual([`btc_settlement_invalid ${id} ${field}`]);
      listed = [settled(ONE, "yes"), settled(OTHER, "no")];
      expect((await look()).ended).toHaveLength(2);
      expect(alarms.slice(1)).toEqual([`cleared ${id} ${field}`]);
    },
  );

  it("calls void what stays final without result and value, pays its cost back and scores nothing", async () => {
    await follow(ONE);
    const settledAt = now;
    listed = [settled(ONE, "yes", { result: null, settlementValue: null, settledAt })];
    const look = (minutes: number) => {
      now = instant(settledAt + minutes * 60_000);
      return sweep();
    };
    expect(await look(9)).toMatchObject({ settled: 0, news: [] });
    expect(await contract(ONE)).toMatchObject({ outcome: null });
    const found = await look(10);
    expect(found.news).toMatchObject([
      { marketTicker: ONE, news: { facts: [{ kind: "voided" }], proposal: null } },
    ]);
    expect(await contract(ONE)).toMatchObject({ outcome: "void", payout_micros: null });
    expect(await scores()).toEqual([]);
    // Three YES for 1.68: the cost comes back, the fee does not.
    expect(await trade()).toEqual({ payout_micros: 1_680_000, pnl_micros: -51_800 });
    // A result that comes after all is a correction.
    listed = [settled(ONE, "yes", { settledAt: now })];
    await sweep({ againMs: 3_600_000 });
    expect(await contract(ONE)).toMatchObject({ outcome: "yes", corrections: 1 });
    expect(await scores()).toEqual([{ market_ticker: ONE, payout_micros: 1_000_000 }]);
  });

  it("learns of a contract that closed before it was ever listed here", async () => {
    const ticker = "KXBTCD-26NOV2021-T80200";
    listed = [settled(ticker, "no")];
    await settle([ticker]);
    expect(await contract(ticker)).toMatchObject({ outcome: "no", series_ticker: "KXBTCD" });
  });
});

describe("the sweep", () => {
  it("settles what closed, watched or not, and has news for contracts with a workflow alone", async () => {
    await follow(ONE);
    listed = [settled(ONE, "yes"), settled(OTHER, "no")];
    const { news, ...sums } = await sweep();
    expect(sums).toEqual({ settled: 2, scored: 2, waiting: 0, missed: 0 });
    expect(news).toMatchObject([
      { marketTicker: ONE, news: { at: LATER, facts: [{ kind: "settled" }, { kind: "scored" }] } },
    ]);
    expect(await sweep()).toEqual({ settled: 0, scored: 0, waiting: 0, missed: 0, news: [] });
  });

  it("counts what waits for the venue's word, and leaves out what closed too early or not yet", async () => {
    expect(await sweep()).toMatchObject({ settled: 0, waiting: 2 });
    expect(await sweep({ sinceMs: CLOSE_AT })).toMatchObject({ waiting: 2 });
    expect(await sweep({ sinceMs: CLOSE_AT + 1 })).toMatchObject({ waiting: 0 });
    now = instant(CLOSE_AT - 1);
    expect(await sweep()).toMatchObject({ waiting: 0 });
  });

  it("scores what was settled by a process that died before it scored", async () => {
    await follow(ONE);
    listed = [settled(ONE, "yes"), settled(OTHER, "no")];
    isScoringBroken = true;
    await expect(sweep()).rejects.toThrow("dies");
    expect(await scores()).toEqual([]);
    isScoringBroken = false;
    const { news, ...sums } = await sweep();
    expect(sums).toEqual({ settled: 2, scored: 2, waiting: 0, missed: 0 });
    expect(news).toHaveLength(1);
    expect(await trade()).toMatchObject({ pnl_micros: 1_268_200 });
  });

  it("asks again about what is settled when it is to, and finds what the venue corrected", async () => {
    await follow(ONE);
    listed = [settled(ONE, "yes"), settled(OTHER, "no")];
    await sweep();
    listed = [settled(ONE, "no", { settledAt: instant(CLOSE_AT + 30_000) }), settled(OTHER, "no")];
    expect(await sweep()).toMatchObject({ settled: 0 });
    const again = await sweep({ againMs: 3_600_000 });
    expect(again).toMatchObject({ settled: 1, scored: 1, waiting: 0 });
    expect(again.news).toMatchObject([{ news: { facts: [{ result: "no" }, { kind: "scored" }] } }]);
    expect(await trade()).toMatchObject({ pnl_micros: -1_731_800 });
    now = instant(CLOSE_AT + 2 * 3_600_000);
    expect(await sweep({ againMs: 3_600_000 })).toMatchObject({ settled: 0 });
  });

  it("finds what opened and closed while nobody was there, since an instant", async () => {
    const unseen = (ticker: string, closeAt: number, changes: Partial<Market> = {}): Market =>
      settled(ticker, "no", {
        closeAt: instant(closeAt),
        settledAt: instant(closeAt + 6_000),
        ...changes,
      });
    listed = [
      settled(ONE, "yes"),
      settled(OTHER, "no"),
      unseen("KXBTCD-26NOV2020-T1", CLOSE_AT - 1),
      unseen("KXBTCD-26NOV2021-T1", CLOSE_AT + 60_000),
      unseen("KXBTCD-26NOV2021-T2", CLOSE_AT + 60_000, { status: "determined", result: null }),
      unseen("KXBTC15M-26NOV202105-05", CLOSE_AT + 60_000),
    ];
    now = instant(CLOSE_AT + 120_000);
    // The one that closed before is not asked for, nor is a series that was never watched.
    expect(await sweep({ sinceMs: CLOSE_AT })).toMatchObject({ missed: 2, settled: 3, waiting: 1 });
    expect(await contract("KXBTCD-26NOV2021-T1")).toMatchObject({ outcome: "no" });
    // What waits is known now to every sweep.
    expect(await sweep()).toMatchObject({ missed: 0, waiting: 1 });
    expect(await sweep({ sinceMs: CLOSE_AT })).toMatchObject({ missed: 0, settled: 0, waiting: 1 });
  });

  it("is a loop that tells that it lives, and counts an error as none of it", async () => {
    listed = [settled(ONE, "yes"), settled(OTHER, "no")];
    isScoringBroken = true;
    await expect(sweep()).rejects.toThrow("dies");
    expect(await loopsOf(clone.db, "shadow")).toEqual([]);
    const met = await errorRates(clone.db, "shadow", { since: instant(now - 3_600_000), at: now });
    expect(met).toMatchObject([{ loop: "sweep", class: "Error", recent: 1 }]);
    isScoringBroken = false;
    await sweep();
    expect(await loopsOf(clone.db, "shadow")).toMatchObject([{ name: "sweep", lastAt: now }]);
  });

  it("opens no feed where no contract is due", async () => {
    await emptyDatabase(clone.db);
    const { sweepSettlements } = createSweepActivities({
      ...{ db: clone.db, clock: { now: () => now, speed: 60 } },
      openBitcoin: () => Promise.reject(new Error("nobody asked for it")),
    });
    expect(await sweepSettlements({ mode: "shadow", sinceMs: null })).toMatchObject({ settled: 0 });
  });
});
