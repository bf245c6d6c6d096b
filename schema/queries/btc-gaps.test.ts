import { afterEach, beforeEach, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import {
  BTC_NOW,
  contractOf,
  cycleOf,
  TICKERS,
  tickAt,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { upsertContracts } from "./btc-contracts.ts";
import {
  type BtcGapRow,
  findSeriesGaps,
  findSpotGaps,
  FOUND,
  gapsWithin,
  recordGap,
} from "./btc-gaps.ts";
import { insertSpotTicks } from "./btc-writes.ts";

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

/** Cycles and ticks at these steps. */
async function write(steps: readonly number[], tickers: readonly string[] = TICKERS) {
  for (const step of steps) await writeCycle(cloned.db, cycleOf(at(step), step, tickers));
  await insertSpotTicks(
    cloned.db,
    steps.map((step) => tickAt(instant(at(step) + 3), 1_000 + step * 50)),
  );
}

const search = async (from: number, to: number) => {
  const searched = {
    ...({ mode: "shadow", series: "KXBTCD", source: "coinbase", everyMs: STEP } as const),
    ...{ from: at(from), to: at(to), at: at(to), unrecorded: [] },
  };
  const ofSeries = await findSeriesGaps(cloned.db, searched);
  return [...ofSeries, ...(await findSpotGaps(cloned.db, searched))];
};

const shown = (gaps: readonly BtcGapRow[]) =>
  gaps.map((gap) => [
    gap.table_name,
    (gap.from_at.getTime() - BTC_NOW) / STEP,
    (gap.to_at.getTime() - BTC_NOW) / STEP,
    gap.missing_rows,
  ]);

it("finds nothing where every contract has its rows in every step", async () => {
  await write([0, 1, 2, 3]);
  expect(await search(0, 4)).toEqual([]);
});

it("finds each hole with its missing rows, and writes it once however often it is searched", async () => {
  await write([0, 1, 4, 5, 7]);
  const expected = [
    ["kalshi_edge_snapshots", 2, 4, 4],
    ["kalshi_edge_snapshots", 6, 7, 2],
    ["kalshi_quotes", 2, 4, 4],
    ["kalshi_quotes", 6, 7, 2],
    // Trades 1050 and 1200: 149 between them; 1250 and 1350.
    ["spot_ticks", 2, 4, 149],
    ["spot_ticks", 6, 7, 99],
  ];
  expect(shown(await search(0, 8))).toEqual(expected);
  expect(shown(await search(0, 8))).toEqual(expected);
  await Promise.all([search(3, 8), search(1, 7), search(0, 8)]);
  expect(shown(await search(3, 8))).toEqual(expected);
  const all = { mode: "shadow", from: at(0), to: at(8) } as const;
  expect(await gapsWithin(cloned.db, all)).toHaveLength(6);
});

it("counts a contract that alone has no rows", async () => {
  await write([0, 1]);
  await write([2], TICKERS.slice(0, 1));
  expect(shown(await search(0, 3))).toEqual([
    ["kalshi_edge_snapshots", 2, 3, 1],
    ["kalshi_quotes", 2, 3, 1],
  ]);
});

it("lets a gap that goes on grow, and keeps it one", async () => {
  await write([0]);
  const snapshots = async (from: number, to: number) =>
    shown(await search(from, to)).filter(([table]) => table === "kalshi_edge_snapshots");
  expect(await snapshots(0, 3)).toEqual([["kalshi_edge_snapshots", 1, 3, 4]]);
  expect(await snapshots(3, 5)).toEqual([["kalshi_edge_snapshots", 1, 5, 8]]);
});

it("marks a gap as filled when its rows arrive after all, and opens it again if they do not", async () => {
  const { db } = cloned;
  await write([0, 3]);
  await search(0, 4);
  await write([1, 2]);
  expect((await search(0, 4)).every(({ filled_at }) => filled_at !== null)).toBe(true);
  const [first] = await search(0, 4);
  expect(first?.filled_at).toEqual(new Date(at(4)));
  const gap = { table: "kalshi_quotes", series: "KXBTCD", missing: 4, cause: FOUND } as const;
  await recordGap(db, "shadow", { ...gap, from: at(1), to: at(3) }, at(5));
  const again = await gapsWithin(db, { mode: "shadow", from: at(0), to: at(4), ...gap });
  expect(again).toMatchObject([{ filled_at: null, missing_rows: 4 }]);
});

it("keeps the cause of a gap that was told, and does not find it a second time", async () => {
  const { db } = cloned;
  await write([0, 4, 7]);
  const told = { table: "spot_ticks", series: "coinbase", missing: 200 } as const;
  const cause = "feed_down";
  await recordGap(db, "shadow", { ...told, from: instant(at(0) + 3), to: at(5), cause }, at(5));
  const gaps = (await search(0, 8)).filter(({ table_name }) => table_name === "spot_ticks");
  expect(gaps.map((gap) => gap.cause)).toEqual(["feed_down", FOUND]);
});

it("expects nothing of a contract before its open and from its close on", async () => {
  const { db } = cloned;
  await upsertContracts(
    db,
    TICKERS.map((ticker) =>
      contractOf(ticker, { open_at: new Date(at(1)), close_at: new Date(at(3)) }),
    ),
  );
  await write([1, 2]);
  const found = (await search(0, 5)).filter(({ table_name }) => table_name !== "spot_ticks");
  expect(found).toEqual([]);
});
