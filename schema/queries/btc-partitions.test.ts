import { afterEach, beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { BTC_NOW, contractOf, cycleOf, TICKERS, writeCycle } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { settleContracts, upsertContracts } from "./btc-contracts.ts";
import { dayPartitions, dropDay } from "./btc-partitions.ts";
import { scoreSettled } from "./btc-scores.ts";
import { btcSize } from "./btc-size.ts";

let cloned: ClonedDatabase;
beforeEach(async () => {
  cloned = await cloneDatabase();
  await upsertContracts(
    cloned.db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
  for (const step of [0, 1, 2]) {
    await writeCycle(cloned.db, cycleOf(instant(BTC_NOW + step * 10_000), step));
  }
});
afterEach(() => cloned.drop());

const day = async () => {
  const all = await dayPartitions(cloned.db);
  const found = all.find(({ partition }) => partition === "kalshi_edge_snapshots_p20261121");
  if (!found) throw new Error("the day is there");
  return found;
};

async function settleBoth(payout: number, later = 0): Promise<void> {
  await settleContracts(
    cloned.db,
    TICKERS.map((ticker) => ({
      ticker,
      outcome: payout === 0 ? "no" : "yes",
      payout: usdMicros(payout),
      settlementValue: null,
      settledAt: instant(BTC_NOW + 3_600_000 + later),
    })),
  );
}

const score = () =>
  scoreSettled(cloned.db, {
    ...{ mode: "shadow", tickers: null, at: instant(BTC_NOW + 4_000_000), leastProbability: 0.001 },
  });

it("drops a day only when all of its contracts are settled, and scored by their last settlement", async () => {
  const { db } = cloned;
  const found = await day();
  expect(found).toMatchObject({ table: "kalshi_edge_snapshots", day: "2026-11-21" });
  expect(found.bytes).toBeGreaterThan(0);
  expect(await dropDay(db, found, false)).toEqual({ unsettled: 2, unscored: 0 });
  await settleBoth(0);
  expect(await dropDay(db, found, false)).toEqual({ unsettled: 0, unscored: 2 });
  await score();
  await settleBoth(1_000_000, 1);
  expect(await dropDay(db, found, false)).toEqual({ unsettled: 0, unscored: 2 });
  await score();
  expect(await dropDay(db, found, true)).toBeNull();
  expect(await db.selectFrom("kalshi_edge_snapshots").selectAll().execute()).toHaveLength(6);
  expect(await dropDay(db, found, false)).toBeNull();
  expect(await db.selectFrom("kalshi_edge_snapshots").selectAll().execute()).toEqual([]);
  expect(await db.selectFrom("kalshi_quotes").selectAll().execute()).toHaveLength(6);
});

it("is not held by contracts of other days", async () => {
  const { db } = cloned;
  const [first] = (await dayPartitions(db)).filter(({ day }) => day === "2026-11-22");
  expect(first && (await dropDay(db, first, false))).toBeNull();
});

it("measures tables by their days, and what a month of them would take", async () => {
  const size = await btcSize(cloned.db);
  const snapshots = size.tables.find(({ table }) => table === "kalshi_edge_snapshots");
  const days = (await dayPartitions(cloned.db)).filter(
    ({ table }) => table === "kalshi_edge_snapshots",
  );
  expect(snapshots).toEqual({
    table: "kalshi_edge_snapshots",
    rows: 6,
    bytes: days.reduce((total, { bytes }) => total + bytes, 0),
  });
  // Six snapshots of ten seconds, at three instants.
  expect(size).toMatchObject({ contractHours: 6 / 360, contractsAtOnce: 2 });
  // No ticks: contracts alone.
  const perHour = size.bytesPerContractHour ?? Number.NaN;
  expect(size.bytesPerMonth).toBeCloseTo(perHour * 2 * 720, 3);
});
