import { afterAll, beforeAll, expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import { dayPartitions, ensurePartitions } from "../schema/queries/btc-partitions.ts";
import { upsertContracts } from "../schema/queries/btc-contracts.ts";
import { BTC_NOW, contractOf, TICKERS } from "../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { retainDays } from "./btc-retention.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const DAY_MS = 86_400_000;

it("drops each table's days by its own age, keeps what is held, and only tells on a dry run", async () => {
  const { db } = cloned;
  await upsertContracts(db, [contractOf(TICKERS[0])]);
  // 2026-11-21, on which a contract is open, to the 25th.
  const instants = [0, 1, 2, 3].map((day) => BTC_NOW + day * DAY_MS);
  await ensurePartitions(db, "kalshi_quotes", instants);
  await ensurePartitions(db, "spot_ticks", instants);
  const request = {
    days: { spotTicks: 1, quotes: 3, edgeSnapshots: 1, snapshotScores: 1, decisions: 1 },
    at: instant(BTC_NOW + 4 * DAY_MS),
  };
  const before = await dayPartitions(db);
  const told = await retainDays(db, { ...request, isDryRun: true });
  expect(await dayPartitions(db)).toEqual(before);
  const done = await retainDays(db, { ...request, isDryRun: false });
  expect(done).toEqual(told);
  expect(done.dropped.map(({ partition }) => partition)).toEqual([
    "spot_ticks_p20261122",
    "spot_ticks_p20261123",
  ]);
  expect(done.held).toMatchObject([
    { partition: "kalshi_quotes_p20261121", hold: { unsettled: 1, unscored: 0 } },
    { partition: "spot_ticks_p20261121", hold: { unsettled: 1, unscored: 0 } },
  ]);
  expect(done.bytesFreed).toBe(done.dropped.reduce((total, { bytes }) => total + bytes, 0));
  expect(done.bytesFreed).toBeGreaterThan(0);
  expect(await dayPartitions(db)).toHaveLength(before.length - 2);
  expect((await retainDays(db, { ...request, isDryRun: false })).dropped).toEqual([]);
});
