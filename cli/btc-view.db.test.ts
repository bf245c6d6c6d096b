import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../core/domain/units.ts";
import { btcContractPage } from "../schema/queries/btc-contract-page.ts";
import {
  settleContracts,
  upsertContracts,
  upsertKalshiMarkets,
} from "../schema/queries/btc-contracts.ts";
import { beatLoop } from "../schema/queries/btc-loops.ts";
import { scoreSettled } from "../schema/queries/btc-scores.ts";
import { startRun } from "../schema/queries/runs.ts";
import { insertWouldTrades } from "../schema/queries/would-trades.ts";
import {
  BTC_NOW,
  BTC_RUN,
  contractOf,
  cycleOf,
  marketOf,
  TICKERS,
  wouldTrade,
  writeCycle,
} from "../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { readChecklist } from "./btc-checklist.ts";
import { renderContract, sparkline } from "./btc-page.ts";
import { btcScreen, btcStatusJson, readBtcStatus } from "./btc-view.ts";

const MINUTE = 60_000;
const [FIRST] = TICKERS;
let clone: ClonedDatabase;

beforeAll(async () => {
  clone = await cloneDatabase();
  const { db } = clone;
  await startRun(db, BTC_RUN);
  await upsertContracts(
    db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
  await upsertKalshiMarkets(
    db,
    TICKERS.map((ticker) => marketOf(ticker)),
  );
  for (let cycle = 0; cycle < 6; cycle += 1) {
    await writeCycle(db, cycleOf(instant(BTC_NOW + cycle * 10_000), cycle + 1));
  }
  await insertWouldTrades(db, [wouldTrade("d1")]);
  const beat = { mode: "shadow", name: "upkeep", series: "KXBTCD", at: BTC_NOW } as const;
  await beatLoop(db, { ...beat, errors: { VENUE_UNAVAILABLE: 3 } });
});
afterAll(() => clone.drop());

it("tells ages on the run's clock, errors by class, and what would have been traded today", async () => {
  const now = BTC_NOW + MINUTE;
  const status = await readBtcStatus(clone.db, "shadow", now);
  expect(btcStatusJson(status, now)).toMatchObject({
    series: expect.arrayContaining([
      // The last of six cycles was ten seconds ago.
      expect.objectContaining({
        series: "KXBTCD",
        open: 2,
        lastQuoteAgeSeconds: 10,
        edgesPerCycle: 2,
        coverage: 1,
        excluded: { closing: 0 },
      }),
    ]) as unknown,
    wouldTradesToday: { n: 1, filled: 0, pnlUsd: { net: "0.000000" } },
    errors: { VENUE_UNAVAILABLE: 3 },
  });
  const screen = btcScreen(status, { nowMs: now, speed: 60, isRunning: true });
  expect(screen).toContain("KXBTCD");
  expect(screen).not.toContain("KXBTC15M");
  expect(screen).toContain("errors     VENUE_UNAVAILABLE 3");
});

it("says what of the checklist holds, with the number and the age that show it", async () => {
  const early = await readChecklist(clone.db, "shadow", { nowMs: BTC_NOW + MINUTE, speed: 1 });
  expect(early.map(({ id, held, rows }) => [id, held, rows])).toEqual([
    // Within 60 s of the first minute's end: five cycles of two contracts, the first is 60 s old.
    ["quotes updating", true, 10],
    ["snapshots appended", true, 10],
    ["scores growing", false, 0],
  ]);
  expect(early[0]?.ageSeconds).toBe(10);
  const late = { nowMs: BTC_NOW + 10 * MINUTE, speed: 1 };
  expect((await readChecklist(clone.db, "shadow", late)).map(({ held }) => held)).toEqual([
    false,
    false,
    false,
  ]);
});

it("shows one contract whole: bounds, path, decisions, settlement and score", async () => {
  const settledAt = instant(BTC_NOW + 61 * MINUTE);
  const told = { ticker: FIRST, outcome: "yes", payout: usdMicros(1_000_000), settledAt } as const;
  await settleContracts(clone.db, [{ ...told, settlementValue: usdMicros(80_200_000_000) }]);
  const scoring = { mode: "shadow", tickers: [FIRST], leastProbability: 0.0005 } as const;
  await scoreSettled(clone.db, { ...scoring, at: settledAt });
  const page = await btcContractPage(clone.db, "shadow", FIRST);
  if (page === null) throw new Error("the contract is there");
  const text = renderContract(page);
  expect(text).toContain("floor 80000.000000");
  expect(text).toContain("settled    yes at 2026-11-21T02:01:00.000Z, index average 80200.000000");
  // Ours (1 - 0.6123)^2 = 0.1503, the market's (1 - 0.56)^2 = 0.1936.
  expect(text).toContain("6 snapshots, Brier ours 0.1503, market 0.1936");
  expect(text).toContain("decisions: 1");
  expect(await btcContractPage(clone.db, "shadow", "KXBTC-NONE")).toBeNull();
});

it("draws values of 0 to 1 as bars, and a dot where there is none", () => {
  expect(sparkline([0, 0.5, 1, null])).toBe("▁▅█·");
  expect(sparkline(Array.from({ length: 200 }, () => 0.5))).toHaveLength(60);
});
