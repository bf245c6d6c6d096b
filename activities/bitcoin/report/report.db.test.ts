import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../../../core/domain/units.ts";
import { createLogger } from "../../../runtime/log.ts";
import { settleContracts, upsertContracts } from "../../../schema/queries/btc-contracts.ts";
import { scoreSettled } from "../../../schema/queries/btc-scores.ts";
import { startRun } from "../../../schema/queries/runs.ts";
import {
  fillWouldTrade,
  insertWouldTrades,
  settleWouldTrades,
} from "../../../schema/queries/would-trades.ts";
import { countCenti, priceMicros } from "../../../core/domain/units.ts";
import {
  BTC_NOW,
  BTC_RUN,
  contractOf,
  cycleOf,
  TICKERS,
  wouldTrade,
  writeCycle,
} from "../../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../../test/db/clone.ts";
import { scoreDays } from "../../judgement/nightly.ts";
import { createBtcReportActivities } from "../report-acts.ts";
import { BtcReportSummary } from "./report-schema.ts";

const CYCLE_MS = 10_000;
const HOUR_MS = 3_600_000;
const CLOSE = instant(BTC_NOW + HOUR_MS);
/** Cycles 100 to 105 are never written. */
const MISSING = [100, 106] as const;
const [FIRST] = TICKERS;

let clone: ClonedDatabase;
let reportsDir: string;
beforeAll(async () => {
  clone = await cloneDatabase();
  reportsDir = await mkdtemp(join(tmpdir(), "tipoff-btc-report-"));
  const { db } = clone;
  await startRun(db, BTC_RUN);
  await upsertContracts(
    db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
  for (let cycle = 0; cycle < HOUR_MS / CYCLE_MS; cycle += 1) {
    if (cycle >= MISSING[0] && cycle < MISSING[1]) continue;
    await writeCycle(db, cycleOf(instant(BTC_NOW + cycle * CYCLE_MS), cycle + 1));
  }
  await insertWouldTrades(db, [wouldTrade("d1")]);
  await fillWouldTrade(db, {
    decisionId: "d1",
    status: "filled",
    count: countCenti(1_000),
    price: priceMicros(570_000),
    cost: usdMicros(5_700_000),
    fee: usdMicros(172_000),
    filledAt: BTC_NOW,
  });
  const settledAt = instant(CLOSE + 60_000);
  await settleContracts(db, [
    {
      ticker: FIRST,
      outcome: "yes",
      payout: usdMicros(1_000_000),
      settlementValue: usdMicros(80_200_000_000),
      settledAt,
    },
  ]);
  await settleWouldTrades(db, "shadow", null);
  await scoreSettled(db, {
    mode: "shadow",
    tickers: null,
    at: settledAt,
    leastProbability: 0.0005,
  });
}, 120_000);
afterAll(async () => {
  await rm(reportsDir, { recursive: true, force: true });
  await clone.drop();
});

function activities(
  sourceGaps: readonly { from: number; to: number }[] = [],
  now = instant(CLOSE + 120_000),
) {
  return createBtcReportActivities({
    db: clone.db,
    clock: { now: () => now, speed: 60 },
    source: {
      manifest: () =>
        Promise.resolve({
          kind: "world",
          name: "world:1",
          seed: 1,
          date: BTC_RUN.tradingDate,
          startAt: BTC_NOW,
          endAt: CLOSE,
          lacks: [],
          isDerivedBook: false,
          description: "",
          games: [],
          gaps: sourceGaps,
        }),
    },
    flush: () => Promise.resolve(),
    cycleMs: CYCLE_MS,
    reportsDir,
    retain: () => Promise.resolve({ dropped: 0, held: 0 }),
    log: createLogger({ level: "silent", service: "test" }),
  });
}

const DAY = { mode: "shadow", date: "2026-11-20", kind: "nightly" } as const;

it("takes the date of the last contract that closed, and of a schedule the last that is over", async () => {
  const now = instant(CLOSE + 120_000);
  const asked = (last: "watched" | "over", at = now) =>
    activities([], at).findBtcReportDate({ mode: "shadow", kind: "nightly", date: { last } });
  expect(await asked("watched")).toBe("2026-11-20");
  // It is still the 20th, Eastern: on the 19th nothing was watched. A day later the 20th is over.
  expect(await asked("over")).toBeNull();
  expect(await asked("over", instant(now + 24 * HOUR_MS))).toBe("2026-11-20");
  const paper = { mode: "paper", kind: "nightly", date: { last: "watched" } } as const;
  expect(await activities().findBtcReportDate(paper)).toBeNull();
});

it("finds what is missing since the first cycle, and says what the source left out", async () => {
  const from = BTC_NOW + MISSING[0] * CYCLE_MS;
  const leapt = { from: from + 5_000, to: from + 55_000 };
  await activities([leapt]).findBtcReportGaps(DAY);
  const { gaps } = await reported();
  const own = gaps.filter(({ table }) => table === "kalshi_edge_snapshots");
  // Two contracts, six cycles.
  expect(own).toEqual([
    {
      table: "kalshi_edge_snapshots",
      from: new Date(from).toISOString(),
      to: new Date(from + 60_000).toISOString(),
      missing: 12,
      series: "KXBTCD",
      cause: "not_recorded",
    },
  ]);
});

it("reports a day from its rows", async () => {
  const summary = await reported();
  expect(summary).toMatchObject({ contracts: 2, settled: 1, unsettled: 1, series: ["KXBTCD"] });
  // Every snapshot says 0.6123 and has a mid of 0.56; YES came.
  const [ten] = summary.horizons;
  expect(ten).toMatchObject({ series: "KXBTCD", minutesToClose: 10, n: 1 });
  expect(ten?.brier.model).toBeCloseTo((1 - 0.612345678901) ** 2, 9);
  expect(ten?.brier.market).toBeCloseTo(0.44 ** 2, 9);
  // Paid 10 dollars for 5.70 and 0.172 of fees.
  expect(summary.wouldTrades.pnlUsd).toEqual({
    gross: "4.300000",
    fees: "0.172000",
    net: "4.128000",
  });
  // 360 cycles less six, two contracts.
  expect(summary.coverage).toEqual([
    expect.objectContaining({ cycles: 354, written: 708, expected: 720, excluded: {} }),
  ]);
  expect(summary.verdict).toBe("not_enough_data");
  expect(summary.outcomes).toEqual({ unsettled: 1, yes: 1 });
});

it("is watched for drift by series and horizon, and by what its would-trades brought", async () => {
  const days = { mode: "shadow", from: "2026-11-20", to: "2026-11-20" } as const;
  const { drift, scores } = await scoreDays(clone.db, { ...days, capital: 1_000_000_000 });
  expect(scores.forecasts.horizons.map(({ series, horizon }) => `${series} ${horizon}`)).toEqual([
    "KXBTCD T-10 min",
    "KXBTCD T-5 min",
    "KXBTCD T-2 min",
    "KXBTCD T-1 min",
  ]);
  // One by its net, four horizons by error and by bias.
  expect(drift).toHaveLength(9);
  expect(drift[0]).toMatchObject({ name: "btc-edge", what: "net", recent: { mean: 4_128_000 } });
  const bias = drift.find(({ name, what }) => what === "bias" && name === "KXBTCD, T-10 min");
  expect(bias?.recent.mean).toBeCloseTo(1 - 0.612345678901, 9);
  expect(drift.map(({ isDrifting }) => isDrifting)).toEqual(Array(9).fill(null));
});

it("leaves the report of a day on which nothing closed empty, not wrong", async () => {
  const { contracts, horizons, verdict } = await reported("2026-11-19");
  expect({ contracts, horizons, verdict }).toEqual({
    contracts: 0,
    horizons: [],
    verdict: "not_enough_data",
  });
});

it("counts of a day that is not over what has closed by now", async () => {
  const before = activities([], instant(CLOSE - 1));
  expect(await before.writeBtcReport(DAY)).toMatchObject({ contracts: 0, unsettled: 0 });
  const at = activities([], CLOSE);
  expect(await at.writeBtcReport(DAY)).toMatchObject({ contracts: 2, unsettled: 1 });
});

async function reported(date = "2026-11-20"): Promise<BtcReportSummary> {
  const { reportDir } = await activities().writeBtcReport({ ...DAY, date });
  return BtcReportSummary.parse(JSON.parse(await readFile(join(reportDir, "report.json"), "utf8")));
}
