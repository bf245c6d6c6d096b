import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../core/domain/units.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { btcContractPage } from "../schema/queries/btc-contract-page.ts";
import {
  settleContracts,
  upsertContracts,
  upsertKalshiMarkets,
} from "../schema/queries/btc-contracts.ts";
import { recordGap } from "../schema/queries/btc-gaps.ts";
import { beatLoops, countErrors } from "../schema/queries/btc-loops.ts";
import { openRunSeries } from "../schema/queries/btc-runs.ts";
import { scoreSettled } from "../schema/queries/btc-scores.ts";
import { keepSpotSpells } from "../schema/queries/btc-spot-spells.ts";
import { appendBtcDecisions, insertSpotTicks } from "../schema/queries/btc-writes.ts";
import { startRun } from "../schema/queries/runs.ts";
import { insertWouldTrades } from "../schema/queries/would-trades.ts";
import {
  BTC_NOW,
  BTC_RUN,
  btcDecision,
  contractOf,
  cycleOf,
  marketOf,
  TICKERS,
  tickAt,
  wouldTrade,
  writeCycle,
} from "../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { basisJson, basisLine, readBasis } from "./btc-basis.ts";
import { readChecklist } from "./btc-checklist.ts";
import { healthJson, healthLines, healthTables } from "./btc-health-view.ts";
import { renderContract, sparkline } from "./btc-page.ts";
import { btcScreen, btcStatusJson, readBtcStatus } from "./btc-view.ts";

const MINUTE = 60_000;
const { bitcoin } = loadTipoffConfig("config/tipoff.yaml").config;
const statusAt = (now: number) =>
  readBtcStatus(clone.db, "shadow", { nowMs: now, speed: 1 }, bitcoin.watch.cycleMs);

interface LoopJson {
  readonly name: string;
  readonly series: string;
  readonly state: string;
  readonly ageSeconds: number | null;
}
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
  const upkeep = { name: "upkeep", series: "KXBTCD", at: BTC_NOW } as const;
  await countErrors(db, "shadow", [{ ...upkeep, errorClass: "VENUE_UNAVAILABLE", count: 3 }]);
  await openRunSeries(db, { runId: BTC_RUN.runId, series: "KXBTCD", at: BTC_NOW });
  const beats = [{ ...upkeep, name: "watch" }, upkeep] as const;
  await beatLoops(db, "shadow", [...beats, { ...upkeep, series: "KXBTC" }]);
});
afterAll(() => clone.drop());

it("tells ages on the run's clock, errors by class, and what would have been traded today", async () => {
  const now = BTC_NOW + MINUTE;
  const status = await statusAt(now);
  expect(btcStatusJson(status, now)).toMatchObject({
    series: expect.arrayContaining([
      // The last of six cycles was ten seconds ago.
      expect.objectContaining({
        series: "KXBTCD",
        open: 2,
        lastQuoteAgeSeconds: 10,
        edgesPerCycle: 2,
        coverage: 1,
        staleQuotes: {},
        excluded: { closing: 0 },
      }),
    ]) as unknown,
    wouldTradesToday: { n: 1, filled: 0, pnlUsd: { net: "0.000000" } },
    errors: [
      {
        ...{ loop: "upkeep", series: "KXBTCD", class: "VENUE_UNAVAILABLE" },
        ...{ lastHour: 3, total: 3, lastAgeSeconds: 60 },
      },
    ],
  });
  const screen = btcScreen(status, { nowMs: now, speed: 60, isRunning: true });
  expect(screen).toContain("KXBTCD");
  expect(screen).not.toContain("KXBTC15M");
  expect(screen).toContain(
    "errors     VENUE_UNAVAILABLE 3 (upkeep/KXBTCD) in the last hour, 3 in all",
  );
  // Two hours later they are no rate any more.
  const later = now + 120 * MINUTE;
  expect(healthLines(await statusAt(later), later)).toContain(
    "errors     none in the last hour, 3 in all",
  );
});

it("tells the life of each loop: those that have work, those that never did it, those that are over", async () => {
  const now = BTC_NOW + MINUTE;
  const state = async (at: number) => {
    const { loops } = healthJson(await statusAt(at), at) as { loops: readonly LoopJson[] };
    return loops.map(
      (loop) => `${loop.name} ${loop.series} ${loop.state} ${String(loop.ageSeconds)}`,
    );
  };
  expect(await state(now)).toEqual([
    "watch KXBTCD alive 60",
    "upkeep KXBTCD alive 60",
    "settlement KXBTCD never null",
    "spot  never null",
    "gaps  never null",
    "sweep  never null",
    "upkeep KXBTC over 60",
  ]);
  const hour = BTC_NOW + 60 * MINUTE;
  // An hour of the run in a moment of the wall is no silence; with ten minutes of the wall it is.
  expect((await state(hour))[0]).toBe("watch KXBTCD alive 3600");
  const ago = sql`update btc_loops set last_wall = clock_timestamp() - interval '10 minutes'`;
  await ago.execute(clone.db);
  expect((await state(hour))[0]).toBe("watch KXBTCD silent 3600");
  const status = await statusAt(hour);
  expect(healthLines(status, hour)[0]).toBe(
    "loops      SILENT: watch/KXBTCD, upkeep/KXBTCD; 0 alive; not yet: settlement/KXBTCD, spot, gaps, sweep",
  );
  expect(healthTables(status, hour)[0]).toContain("3600.0 s");
});

it("lists gaps with what is missing, and why the spot cannot be believed", async () => {
  const now = BTC_NOW + 10 * MINUTE;
  const gap = {
    table: "kalshi_quotes",
    series: "KXBTC15M",
    cause: "not_written",
    missing: 12,
  } as const;
  for (let n = 0; n < 9; n += 1) {
    const from = instant(BTC_NOW + n * MINUTE);
    await recordGap(clone.db, "shadow", { ...gap, from, to: instant(from + 20_000) }, instant(now));
  }
  const from = instant(now - 30_000);
  await keepSpotSpells(clone.db, "shadow", [{ because: "stalled", from, to: null }]);
  const status = await statusAt(now);
  expect(healthJson(status, now)).toMatchObject({
    openGaps: 9,
    gaps: expect.arrayContaining([
      {
        ...{ table: "kalshi_quotes", series: "KXBTC15M", missing: 12, cause: "not_written" },
        ...{ from: "2026-11-21T01:00:00.000Z", to: "2026-11-21T01:00:20.000Z" },
      },
    ]) as unknown,
    spotStale: { because: "stalled", ageSeconds: 30 },
    spotStaleLastHour: [{ because: "stalled", spells: 1, seconds: 30 }],
  });
  expect(healthLines(status, now)).toEqual(
    expect.arrayContaining([
      "staleness  spot stalled for 30.0 s; in the last hour stalled 30 s in 1",
      "gaps       9 stand, 9 of the last day",
    ]),
  );
  const tables = healthTables(status, now).join("\n");
  expect(tables).toContain("the newest 8, 1 more (--json has all)");
  // 01:08 UTC is 20:08 in New York, the evening before.
  expect(tables).toMatch(/KXBTC15M.*kalshi_quotes.*20:08:00.*20:08:20.*12.*not_written/);
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
  const text = renderContract(page, await readBasis(clone.db, settledAt, bitcoin.spot), false);
  expect(text).toContain("floor 80000.000000");
  expect(text).toContain("settled    yes at 2026-11-21T02:01:00.000Z, index average 80200.000000");
  // Ours (1 - 0.6123)^2 = 0.1503, the market's (1 - 0.56)^2 = 0.1936.
  expect(text).toContain("6 snapshots, Brier ours 0.1503, market 0.1936");
  expect(text).toContain("decisions: 1");
  expect(text).toContain("edges: 6\n");
  expect(text).toContain("assumed: nothing has settled yet");
  expect(await btcContractPage(clone.db, "shadow", "KXBTC-NONE")).toBeNull();
});

it("lists every edge and decision of a contract when all are asked for, and else says how to see them", async () => {
  const [, other] = TICKERS;
  for (let cycle = 6; cycle < 30; cycle += 1) {
    await writeCycle(clone.db, cycleOf(instant(BTC_NOW + cycle * 10_000), cycle + 1));
  }
  await insertWouldTrades(
    clone.db,
    Array.from({ length: 15 }, (_, n) =>
      wouldTrade(`other#${n}`, {
        market_ticker: other,
        decided_at: new Date(BTC_NOW + n * 1_000),
        reason: `reason ${n}.`,
      }),
    ),
  );
  const page = await btcContractPage(clone.db, "shadow", other);
  if (page === null) throw new Error("the contract is there");
  const basis = await readBasis(clone.db, BTC_NOW, bitcoin.spot);
  const thinned = renderContract(page, basis, false);
  // Of 30 edges one in three.
  expect(thinned).toContain("edges: 30, one of 3 listed; --all lists all, --json has all");
  expect(thinned).toContain("decisions: 15, the last 12 listed; --all lists all, --json has all");
  expect(thinned).not.toContain("reason 2.");
  const whole = renderContract(page, basis, true);
  expect(whole).toContain("edges: 30\n");
  // 20:00:00 to 20:04:50 in New York, every ten seconds.
  for (let cycle = 0; cycle < 30; cycle += 1) {
    const [minute, second] = [Math.floor(cycle / 6), (cycle % 6) * 10];
    expect(whole).toContain(`20:0${minute}:${String(second).padStart(2, "0")}`);
  }
  for (let n = 0; n < 15; n += 1) expect(whole).toContain(`reason ${n}.`);
});

it("lists candidate decisions beside those that were kept for ever, each instant once", async () => {
  const ticker = btcDecision(BTC_NOW).market_ticker;
  const at = (ms: number) => instant(BTC_NOW + ms);
  const candidate = (ms: number, repeats: number, reason: string) => ({
    ...btcDecision(at(ms)),
    repeats,
    reason,
  });
  await appendBtcDecisions(clone.db, [
    candidate(20_000, 0, "first look"),
    candidate(30_000, 7, "second look"),
  ]);
  await insertWouldTrades(clone.db, [
    wouldTrade("candidates#1", { market_ticker: ticker, decided_at: new Date(at(30_000)) }),
  ]);
  const page = await btcContractPage(clone.db, "shadow", ticker);
  if (page === null) throw new Error("the contract is there");
  const text = renderContract(page, await readBasis(clone.db, BTC_NOW, bitcoin.spot), true);
  const line = (reason: string) => text.split("\n").find((one) => one.includes(reason)) ?? "";
  expect(line("first look")).not.toContain("yes");
  expect(line("second look")).toMatch(/\b7\b.*second look.*yes/);
  const instants = new Set(
    [...page.decisions, ...page.wouldTrades].map((one) => one.decided_at.getTime()),
  );
  expect(text).toContain(`decisions: ${instants.size}\n`);
});

it("tells the basis that settled contracts show, and how old it is", async () => {
  // The first contract closed at 02:00 by an average of 80,200. Every second of its last minute shows 80,208.02:
  // one basis point above.
  const closeAt = BTC_NOW + 60 * MINUTE;
  const ticks = Array.from({ length: 61 }, (_, n) => ({
    ...tickAt(instant(closeAt - 60_000 + n * 1_000), 5_000 + n),
    spot_micros: usdMicros(80_208_020_000),
  }));
  await insertSpotTicks(clone.db, ticks);
  const before = await readBasis(clone.db, instant(closeAt), bitcoin.spot);
  // Told a minute after the close: not known before.
  expect(basisJson(before)).toMatchObject({ settlements: 0, ageSeconds: null });
  const after = await readBasis(clone.db, instant(closeAt + 15 * MINUTE), bitcoin.spot);
  expect(basisJson(after)).toMatchObject({ settlements: 1, ageSeconds: 900 });
  // Of one observation with a noise of 0.37 against a prior of 1.5 basis points: 0.94 of it.
  expect(basisJson(after)).toMatchObject({ basisPoints: 0.94 });
  expect(basisLine(after)).toContain("from 1 settlements, the newest 15.0 min old");
});

it("draws values of 0 to 1 as bars, and a dot where there is none", () => {
  expect(sparkline([0, 0.5, 1, null])).toBe("▁▅█·");
  expect(sparkline(Array.from({ length: 200 }, () => 0.5))).toHaveLength(60);
});
