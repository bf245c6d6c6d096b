import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import { instant } from "../../core/domain/units.ts";
import {
  BTC_NOW,
  BTC_RUN,
  contractOf,
  cycleOf,
  TICKERS,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { upsertContracts } from "./btc-contracts.ts";
import { closeRunSeries, lastBtcCycle, openRunSeries } from "./btc-runs.ts";
import { startRun } from "./runs.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(async () => {
  await emptyDatabase(cloned.db);
  await startRun(cloned.db, BTC_RUN);
});

const { runId } = BTC_RUN;
const open = (series: BtcSeries) => openRunSeries(cloned.db, { runId, series, at: BTC_NOW });
const close = (series: BtcSeries, at = BTC_NOW) =>
  closeRunSeries(cloned.db, { runId, series, because: "stopped", at });
const rows = () =>
  cloned.db
    .selectFrom("btc_run_series")
    .select(["series", "ended_because"])
    .orderBy("series")
    .execute();

it("says with each series that ends how many of its run are left, and none twice", async () => {
  for (const series of ["KXBTC", "KXBTCD", "KXBTC15M"] as const) await open(series);
  expect(await close("KXBTC")).toBe(2);
  expect(await close("KXBTC")).toBe(2);
  // Two that end at the same moment: one of them is the last.
  const left = await Promise.all([close("KXBTCD"), close("KXBTC15M")]);
  expect([...left].sort()).toEqual([0, 1]);
});

it("opens a series again that goes on, with the beginning it had", async () => {
  await open("KXBTC");
  await close("KXBTC");
  expect(await rows()).toEqual([{ series: "KXBTC", ended_because: "stopped" }]);
  await openRunSeries(cloned.db, { runId, series: "KXBTC", at: instant(BTC_NOW + 1) });
  expect(await rows()).toEqual([{ series: "KXBTC", ended_because: null }]);
  const { started_at } = await cloned.db
    .selectFrom("btc_run_series")
    .select("started_at")
    .executeTakeFirstOrThrow();
  expect(started_at.getTime()).toBe(BTC_NOW);
});

it("goes on counting cycles where a series of this run left off", async () => {
  await upsertContracts(cloned.db, [contractOf(TICKERS[0])]);
  expect(await lastBtcCycle(cloned.db, { runId, series: "KXBTCD" })).toBe(0);
  for (const cycle of [1, 2, 3]) {
    await writeCycle(cloned.db, cycleOf(instant(BTC_NOW + cycle * 10_000), cycle, [TICKERS[0]]));
  }
  expect(await lastBtcCycle(cloned.db, { runId, series: "KXBTCD" })).toBe(3);
  expect(await lastBtcCycle(cloned.db, { runId, series: "KXBTC" })).toBe(0);
  expect(await lastBtcCycle(cloned.db, { runId: "another", series: "KXBTCD" })).toBe(0);
});
