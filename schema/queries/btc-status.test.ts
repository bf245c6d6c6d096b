import { afterEach, beforeEach, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import {
  BTC_NOW,
  BTC_RUN,
  contractOf,
  cycleOf,
  TICKERS,
  tickAt,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { upsertContracts } from "./btc-contracts.ts";
import { snapshotCoverage } from "./btc-coverage.ts";
import { recordGap } from "./btc-gaps.ts";
import { beatLoops, countErrors, loopsOf } from "./btc-loops.ts";
import { closeRunSeries, openRunSeries } from "./btc-runs.ts";
import { endSpotSpells, keepSpotSpells } from "./btc-spot-spells.ts";
import { type BtcStatus, btcStatus } from "./btc-status.ts";
import { appendEdgeSnapshots, insertSpotTicks, snapshotOf } from "./btc-writes.ts";
import { startRun } from "./runs.ts";

let cloned: ClonedDatabase;
beforeEach(async () => {
  cloned = await cloneDatabase();
  await upsertContracts(
    cloned.db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
});
afterEach(() => cloned.drop());

const STEP = 10_000;
const at = (step: number) => instant(BTC_NOW + step * STEP);

/** As of an instant, with coverage of ten steps and a patience of two. */
const statusAt = (now: number): Promise<BtcStatus> =>
  btcStatus(cloned.db, {
    ...({ mode: "shadow", dayBegan: at(0), cycles: 2, everyMs: STEP } as const),
    ...{ at: instant(now), coverageMs: 10 * STEP, lateMs: 2 * STEP },
    recently: instant(Math.max(0, now - 3_600_000)),
  });
const ladder = ({ series }: BtcStatus) => series.find((one) => one.series === "KXBTCD");

it("shows open contracts, ages and coverage", async () => {
  const { db } = cloned;
  for (const step of [0, 1, 2]) await writeCycle(db, cycleOf(at(step), step));
  await insertSpotTicks(db, [tickAt(instant(at(2) + 3), 1_100)]);
  await writeCycle(db, {
    ...cycleOf(at(3), 3, TICKERS.slice(0, 1)),
    cycle: cycleOf(at(3), 3).cycle,
  });
  await appendEdgeSnapshots(db, cycleOf(at(3), 3, ["UNKNOWN-1"]).edges.map(snapshotOf));
  const status = await statusAt(at(3) + 500);
  expect(ladder(status)).toEqual({
    series: "KXBTCD",
    open: 2,
    unsettled: 0,
    unscored: 0,
    lastQuoteAt: at(3),
    staleQuotes: "{}",
    lastEdgeAt: at(3),
    edgesPerCycle: 2,
    // Four steps of two contracts: seven of eight rows.
    coverage: 7 / 8,
    missingSnapshots: 1,
    lastCycleAt: at(3),
    excluded: '{"closing":0}',
  });
  expect(status.series.find(({ series }) => series === "KXBTC")).toMatchObject({
    open: 0,
    lastQuoteAt: null,
    coverage: null,
  });
  expect(status.lastSpot).toEqual([{ source: "coinbase", at: at(2) + 3 }]);
});

it("lets coverage fall for each step without a cycle, while they go on and when they end", async () => {
  const { db } = cloned;
  for (const step of [0, 1, 3]) await writeCycle(db, cycleOf(at(step), step));
  // Steps 0 to 3, of which one has no cycle.
  expect(ladder(await statusAt(at(3) + 500))?.coverage).toBe(6 / 8);
  // Within its patience the watch owes nothing more.
  expect(ladder(await statusAt(at(6)))?.coverage).toBe(6 / 8);
  expect(ladder(await statusAt(at(7)))).toMatchObject({ coverage: 6 / 10, missingSnapshots: 4 });
  // The last ten steps, 8 to 17, have none.
  expect(ladder(await statusAt(at(20)))).toMatchObject({ coverage: 0, missingSnapshots: 20 });
});

it("counts coverage once: two snapshots in a step are one, and no other mode's help", async () => {
  const { db } = cloned;
  await writeCycle(db, cycleOf(at(0), 1));
  await writeCycle(db, cycleOf(instant(at(0) + 4_000), 2));
  const of = { series: "KXBTCD", from: at(0), to: instant(at(2) + 9_000), everyMs: STEP } as const;
  expect(await snapshotCoverage(db, { ...of, mode: "shadow" })).toEqual({
    series: "KXBTCD",
    written: 2,
    expected: 4,
    share: 0.5,
  });
  expect(await snapshotCoverage(db, { ...of, mode: "paper" })).toMatchObject({
    written: 0,
    share: 0,
  });
  expect(await snapshotCoverage(db, { ...of, mode: "shadow", to: at(0) })).toMatchObject({
    share: null,
  });
});

it("tells why quotes cannot be believed, and no age of those", async () => {
  const { db } = cloned;
  await writeCycle(db, cycleOf(at(0), 1));
  const stale = cycleOf(at(1), 2);
  await writeCycle(db, {
    ...stale,
    quotes: stale.quotes.map((quote) => ({ ...quote, stale_because: "no_quote" })),
  });
  expect(ladder(await statusAt(at(1) + 500))).toMatchObject({
    lastQuoteAt: at(0),
    staleQuotes: '{"no_quote": 2}',
  });
});

it("counts errors by the minute, so that there is a rate, and takes none for a sign of life", async () => {
  const { db } = cloned;
  const upkeep = { name: "upkeep", series: "KXBTCD", errorClass: "timeout" } as const;
  await countErrors(db, "shadow", [{ ...upkeep, at: at(0), count: 2 }]);
  await countErrors(db, "shadow", [{ ...upkeep, at: at(1), count: 1 }]);
  const late = instant(at(0) + 2 * 3_600_000);
  await countErrors(db, "shadow", [{ ...upkeep, errorClass: "refused", at: late, count: 4 }]);
  expect(await loopsOf(db, "shadow")).toEqual([]);
  expect((await statusAt(late)).errors).toEqual([
    { loop: "upkeep", series: "KXBTCD", class: "refused", recent: 4, total: 4, lastAt: late },
    { loop: "upkeep", series: "KXBTCD", class: "timeout", recent: 0, total: 3, lastAt: at(0) },
  ]);
  expect((await statusAt(at(2))).errors).toMatchObject([{ class: "timeout", recent: 3, total: 3 }]);
});

it("keeps when each loop last did its work, and whose loops have work", async () => {
  const { db } = cloned;
  const watch = { name: "watch", series: "KXBTCD" } as const;
  await beatLoops(db, "shadow", [{ ...watch, at: at(2) }]);
  await beatLoops(db, "shadow", [{ ...watch, at: at(1) }]);
  expect(await loopsOf(db, "shadow")).toMatchObject([{ ...watch, lastAt: at(2) }]);
  expect(await loopsOf(db, "paper")).toEqual([]);
  expect((await statusAt(at(3))).watched).toEqual([]);
  await startRun(db, BTC_RUN);
  const run = { runId: BTC_RUN.runId, series: "KXBTCD", at: at(0) } as const;
  await openRunSeries(db, run);
  expect((await statusAt(at(3))).watched).toEqual(["KXBTCD"]);
  await closeRunSeries(db, { ...run, because: "stopped" });
  expect((await statusAt(at(3))).watched).toEqual([]);
});

it("knows how long the spot could not be believed, for each reason, and what lasts", async () => {
  const { db } = cloned;
  await keepSpotSpells(db, "shadow", [
    { because: "stalled", from: at(0), to: at(3) },
    { because: "gap", from: at(4), to: null },
  ]);
  expect((await statusAt(at(6))).staleness).toEqual({
    now: { because: "gap", from: at(4) },
    reasons: [
      { because: "stalled", spells: 1, ms: 3 * STEP },
      { because: "gap", spells: 1, ms: 2 * STEP },
    ],
  });
  // What a process left open ends where the next one begins.
  await endSpotSpells(db, "shadow", at(5));
  expect((await statusAt(at(6))).staleness).toMatchObject({
    now: null,
    reasons: [{ because: "stalled" }, { because: "gap", ms: STEP }],
  });
});

it("lists the gaps that stand, the newest first", async () => {
  const { db } = cloned;
  const gap = {
    table: "kalshi_quotes",
    series: "KXBTCD",
    missing: 12,
    cause: "not_written",
  } as const;
  await recordGap(db, "shadow", { ...gap, from: at(0), to: at(6) }, at(9));
  await recordGap(db, "shadow", { ...gap, from: at(12), to: at(13), missing: 2 }, at(14));
  await recordGap(db, "paper", { ...gap, from: at(15), to: at(16) }, at(17));
  const { gaps, openGaps } = await statusAt(at(20));
  expect(openGaps).toBe(2);
  expect(gaps.map(({ missing_rows }) => missing_rows)).toEqual([2, 12]);
});
