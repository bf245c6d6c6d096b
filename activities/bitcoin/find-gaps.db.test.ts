import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Instant, instant } from "../../core/domain/units.ts";
import { upsertContracts } from "../../schema/queries/btc-contracts.ts";
import { gapsWithin } from "../../schema/queries/btc-gaps.ts";
import { lastCycleAt } from "../../schema/queries/btc-cycles.ts";
import { BTC_NOW, contractOf, cycleOf, TICKERS, writeCycle } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { SILENT } from "../../test/support/kalshi.ts";
import { watchGaps } from "./find-gaps.ts";

const STEP = 10_000;
const HOUR_MS = 3_600_000;
const at = (step: number): Instant => instant(BTC_NOW + step * STEP);

let clone: ClonedDatabase;
let said: string[];
beforeAll(async () => {
  clone = await cloneDatabase();
});
afterAll(() => clone.drop());
beforeEach(async () => {
  said = [];
  await emptyDatabase(clone.db);
  await upsertContracts(
    clone.db,
    TICKERS.map((ticker) => contractOf(ticker)),
  );
});

/** One round of the watch of a mode. */
async function lookOnce(
  now: Instant,
  flush = (): Promise<void> => Promise.resolve(),
): Promise<void> {
  const { stop } = watchGaps({
    db: clone.db,
    mode: "shadow",
    clock: { now: () => now, speed: 60 },
    source: { manifest: () => Promise.resolve({ endAt: now + HOUR_MS } as never) },
    everyMs: STEP,
    flush,
    health: {
      beat: (name) => void said.push(`beat ${name}`),
      error: (name, _, what) => void said.push(`error ${name} ${what}`),
    },
    log: SILENT,
  });
  await stop();
}

it("looks from where its own mode wrote last, whatever another mode wrote in the same home", async () => {
  const { db } = clone;
  for (const step of [0, 1, 2]) await writeCycle(db, cycleOf(at(step), step));
  // The other mode plays a later day: looking from there would see nothing of this one.
  const later = instant(BTC_NOW + 48 * HOUR_MS);
  const other = cycleOf(later, 1);
  await writeCycle(db, {
    quotes: [],
    edges: [],
    cycle: { ...other.cycle, mode: "paper", run_id: "btc/paper/2026-11-22" },
  });
  expect(await lastCycleAt(db, "shadow")).toBe(at(2));
  expect(await lastCycleAt(db, "paper")).toBe(later);
  expect(await lastCycleAt(db, null)).toBe(later);
  await lookOnce(at(60));
  const found = await gapsWithin(db, { mode: "shadow", from: BTC_NOW, to: later });
  expect(found.filter(({ table_name }) => table_name === "kalshi_edge_snapshots")).toMatchObject([
    { from_at: new Date(at(3)), to_at: new Date(at(59)), missing_rows: 112 },
  ]);
  expect(said).toEqual(["beat gaps"]);
});

it("counts what it could not look at as an error of its own, and gives no sign of life", async () => {
  await lookOnce(at(60), () => Promise.reject(new TypeError("the disk is full")));
  expect(said).toEqual(["error gaps TypeError"]);
});
