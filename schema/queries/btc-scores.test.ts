import { afterAll, beforeAll, expect, it } from "vitest";
import { sql } from "kysely";
import { required } from "../../core/domain/assert.ts";
import { tradeFee } from "../../core/domain/fees.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { brierScore } from "../../core/scoring/brier.ts";
import { compareHorizons, LEAST_PROBABILITY } from "../../core/scoring/btc-horizons.ts";
import { seededChance } from "../../core/scoring/inference/chance.ts";
import {
  BTC_NOW,
  contractOf,
  cycleOf,
  edgeOf,
  marketOf,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { settleContracts, upsertContracts, upsertKalshiMarkets } from "./btc-contracts.ts";
import { bucketScores, edgesPerCycle, horizonSnapshots, reportContracts } from "./btc-report.ts";
import { scoreSettled } from "./btc-scores.ts";
import { appendEdgeSnapshots, type NewEdge, snapshotOf, upsertEdges } from "./btc-writes.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const HOUR_MS = 3_600_000;
const CLOSE = BTC_NOW + HOUR_MS;
const request = {
  mode: "shadow",
  tickers: null,
  at: instant(CLOSE + 60_000),
  leastProbability: LEAST_PROBABILITY,
} as const;
const seeded = seededChance(5);

async function settle(ticker: string, payout: number | null, at = CLOSE): Promise<void> {
  const outcome =
    payout === null ? "void" : payout === 1_000_000 ? "yes" : payout === 0 ? "no" : "scalar";
  await settleContracts(cloned.db, [
    {
      ticker,
      outcome,
      payout: payout === null ? null : usdMicros(payout),
      settlementValue: null,
      settledAt: instant(at),
    },
  ]);
}

async function addContract(ticker: string, edges: readonly NewEdge[]): Promise<void> {
  await upsertKalshiMarkets(cloned.db, [marketOf(ticker)]);
  await upsertContracts(cloned.db, [contractOf(ticker)]);
  await upsertEdges(cloned.db, edges);
  await appendEdgeSnapshots(cloned.db, edges.map(snapshotOf));
}

const scoresOf = (ticker: string) =>
  cloned.db
    .selectFrom("kalshi_edge_snapshot_scores")
    .selectAll()
    .where("market_ticker", "=", ticker)
    .orderBy("computed_at")
    .execute();

/** A price on the grid of a tenth of a cent. */
const price = () => priceMicros(1_000 * Math.ceil(seeded.uniform() * 998));

it("scores random snapshots as the core does, fees to the micro", async () => {
  const edges = Array.from({ length: 300 }, (_, n) => {
    const [bid, ask] = [price(), price()].sort((a, b) => a - b);
    return edgeOf("RANDOM-1-YES", instant(BTC_NOW + n * 10_000), {
      model_probability: n % 50 === 0 ? (n % 100 === 0 ? 0 : 1) : seeded.uniform(),
      bid_micros: n % 7 === 0 ? null : (bid ?? null),
      ask_micros: n % 11 === 0 ? null : (ask ?? null),
    });
  });
  await addContract("RANDOM-1-YES", edges);
  await addContract(
    "RANDOM-1-NO",
    edges.map((edge) => ({ ...edge, market_ticker: "RANDOM-1-NO" })),
  );
  await settle("RANDOM-1-YES", 1_000_000);
  await settle("RANDOM-1-NO", 0);
  expect(await scoreSettled(cloned.db, request)).toEqual({ contracts: 2, snapshots: 600 });
  const fees = { kind: "quadratic", multiplierMilli: 1_000 } as const;
  for (const outcome of [1, 0] as const) {
    const scores = await scoresOf(outcome === 1 ? "RANDOM-1-YES" : "RANDOM-1-NO");
    expect(scores).toHaveLength(300);
    for (const [n, score] of scores.entries()) {
      const {
        model_probability: model,
        bid_micros: bid,
        ask_micros: ask,
      } = required(edges[n], `edge ${n}`);
      const mid = bid === null || ask === null ? null : (bid + ask) / 2e6;
      const brier = (probability: number) => brierScore([{ probability, outcome }]) ?? Number.NaN;
      expect(score.brier_model).toBeCloseTo(brier(model ?? Number.NaN), 6);
      if (mid === null) expect(score.brier_market).toBeNull();
      else {
        expect(score.brier_market).toBeCloseTo(brier(mid), 6);
        const [losses] = compareHorizons(
          [
            {
              ...{ series: "KXBTCD", marketTicker: "x", closeAt: instant(CLOSE), outcome },
              ...{ minutesToClose: 10, model: model ?? Number.NaN, market: mid },
            },
          ],
          { chance: seeded },
        );
        expect(score.log_loss_model).toBeCloseTo(losses?.logLoss.model ?? Number.NaN, 5);
        expect(score.log_loss_market).toBeCloseTo(losses?.logLoss.market ?? Number.NaN, 5);
        expect(score.drift).toBeCloseTo((model ?? Number.NaN) - mid, 6);
      }
      const fee = (at: typeof bid) =>
        at === null ? Number.NaN : tradeFee(fees, "taker", at, countCenti(100));
      const payout = outcome * 1_000_000;
      expect(score.pnl_yes_micros).toBe(ask === null ? null : payout - ask - fee(ask));
      expect(score.pnl_no_micros).toBe(bid === null ? null : bid - payout - fee(bid));
    }
  }
});

it("charges the fee of the core at every price and multiplier", async () => {
  const prices = Array.from({ length: 999 }, (_, n) => (n + 1) * 1_000);
  for (const multiplierMilli of [0, 500, 1_000, 2_125]) {
    const { rows } = await sql<{ fee: number }>`
      select taker_fee_micros(${multiplierMilli}, price) as fee
      from unnest(${prices}::bigint[]) with ordinality as p (price, n) order by n`.execute(
      cloned.db,
    );
    const schedule = { kind: "quadratic", multiplierMilli } as const;
    expect(rows.map(({ fee }) => fee)).toEqual(
      prices.map((at) => tradeFee(schedule, "taker", priceMicros(at), countCenti(100))),
    );
  }
});

it("puts each snapshot into its bucket, and leaves out what lies outside the contract's life", async () => {
  const left = [3_600, 3_601, 1_801, 1_800, 900, 600, 300, 120, 61, 60, 1, 0, -5];
  const ticker = "BUCKETS-1-A";
  await addContract(
    ticker,
    left.map((seconds) => edgeOf(ticker, instant(CLOSE - seconds * 1_000))),
  );
  await settle(ticker, 1_000_000);
  await scoreSettled(cloned.db, { ...request, tickers: [ticker] });
  const buckets = (await scoresOf(ticker)).map((row) => row.horizon_bucket);
  expect(buckets).toEqual([60, 60, 30, 15, 10, 5, 2, 2, 1, 1]);
});

it("scores a second time only what a correction touches", async () => {
  const { db } = cloned;
  const tickers = ["AGAIN-1-A", "AGAIN-1-B"];
  for (const ticker of tickers) {
    await addContract(ticker, [edgeOf(ticker, BTC_NOW)]);
    await settle(ticker, 1_000_000);
  }
  expect(await scoreSettled(db, request)).toEqual({ contracts: 2, snapshots: 2 });
  const before = await scoresOf("AGAIN-1-B");
  expect(await scoreSettled(db, { ...request, at: instant(CLOSE + 90_000) })).toEqual({
    contracts: 0,
    snapshots: 0,
  });
  await settle("AGAIN-1-A", 0, CLOSE + 80_000);
  const again = { ...request, at: instant(CLOSE + 100_000) };
  expect(await scoreSettled(db, again)).toEqual({ contracts: 1, snapshots: 1 });
  expect(await scoresOf("AGAIN-1-A")).toMatchObject([
    { payout_micros: 0, scored_at: new Date(again.at) },
  ]);
  expect(await scoresOf("AGAIN-1-B")).toEqual(before);
});

it("scores in each mode for itself", async () => {
  const ticker = "MODES-1-A";
  await addContract(ticker, [edgeOf(ticker, BTC_NOW), edgeOf(ticker, BTC_NOW, { mode: "paper" })]);
  await settle(ticker, 0);
  const own = { ...request, tickers: [ticker] };
  expect(await scoreSettled(cloned.db, own)).toEqual({ contracts: 1, snapshots: 1 });
  const paper = { ...own, mode: "paper" } as const;
  expect(await scoreSettled(cloned.db, paper)).toEqual({ contracts: 1, snapshots: 1 });
});

it("gives a scalar its result in money and no forecast score, and a void contract nothing", async () => {
  const { db } = cloned;
  await addContract("SCALAR-1-A", [edgeOf("SCALAR-1-A", BTC_NOW)]);
  await addContract("VOID-1-A", [edgeOf("VOID-1-A", BTC_NOW)]);
  await settle("SCALAR-1-A", 400_000);
  await settle("VOID-1-A", 1_000_000);
  await scoreSettled(db, request);
  // 0.4 less the ask of 0.57 and the fee: 0.07 * 0.57 * 0.43 = 0.0171570, up to 0.0172.
  expect(await scoresOf("SCALAR-1-A")).toMatchObject([
    { brier_model: null, log_loss_market: null, pnl_yes_micros: 400_000 - 570_000 - 17_200 },
  ]);
  expect(await scoresOf("VOID-1-A")).toHaveLength(1);
  await settle("VOID-1-A", null, CLOSE + 1);
  expect(await scoreSettled(db, request)).toEqual({ contracts: 1, snapshots: 0 });
  expect(await scoresOf("VOID-1-A")).toEqual([]);
});

it("takes at a horizon the last snapshot that has both, from before it and not too old", async () => {
  const { db } = cloned;
  const ticker = "KXBTCD-26NOV2021-T7";
  await upsertContracts(db, [contractOf(ticker)]);
  const before = (seconds: number) => instant(CLOSE - seconds * 1_000);
  const rows: readonly NewEdge[] = [
    edgeOf(ticker, before(610), { model_probability: 0.1 }),
    edgeOf(ticker, before(601), { model_probability: 0.2 }),
    edgeOf(ticker, before(600), { model_probability: null }),
    edgeOf(ticker, before(599), { model_probability: 0.3 }),
    edgeOf(ticker, before(331), { model_probability: 0.4 }),
    edgeOf(ticker, before(120), { model_probability: 0.5 }),
    edgeOf(ticker, before(61), { bid_micros: null }),
  ];
  await appendEdgeSnapshots(db, rows.map(snapshotOf));
  await settle(ticker, 1_000_000);
  const window = { mode: "shadow", from: instant(CLOSE), to: instant(CLOSE + 1) } as const;
  const found = (await horizonSnapshots(db, window, [10, 5, 2, 1], 30_000)).filter(
    (row) => row.marketTicker === ticker,
  );
  expect(found).toEqual([
    { marketTicker: ticker, minutesToClose: 10, at: before(601), model: 0.2, market: 0.56 },
    { marketTicker: ticker, minutesToClose: 2, at: before(120), model: 0.5, market: 0.56 },
  ]);
});

it("sums scores by series and bucket", async () => {
  const { db } = cloned;
  const ticker = "KXBTC-26NOV2021-B80000";
  await upsertKalshiMarkets(db, [marketOf(ticker)]);
  await upsertContracts(db, [contractOf(ticker)]);
  for (const seconds of [30, 40]) {
    await writeCycle(db, cycleOf(instant(CLOSE - seconds * 1_000), seconds, [ticker], "KXBTC"));
  }
  await settle(ticker, 1_000_000);
  await scoreSettled(db, request);
  const window = { mode: "shadow", from: BTC_NOW, to: instant(CLOSE) } as const;
  const [own] = (await bucketScores(db, window)).filter(({ series }) => series === "KXBTC");
  expect(own).toMatchObject({ minutes: 1, n: 2 });
  expect(own?.brierModel).toBeCloseTo((1 - 0.612_345_678_901) ** 2, 6);
  // 1 less the ask of 0.57 and the fee of 0.0172.
  expect(own?.pnlYes).toBe(412_800);
  expect(await edgesPerCycle(db, window)).toBe(1);
  expect(await edgesPerCycle(db, { ...window, mode: "paper" })).toBeNull();
  expect(await reportContracts(db, window)).toEqual([]);
  const closing = { from: instant(CLOSE), to: instant(CLOSE + 1) };
  expect(await reportContracts(db, closing)).toContainEqual({
    ...{ series: "KXBTC", marketTicker: ticker, closeAt: CLOSE, outcome: "yes" },
    ...{ payout: 1_000_000, settlementValue: null, corrections: 0 },
  });
});
