import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Instant, instant } from "../../core/domain/units.ts";
import { upsertContracts } from "../../schema/queries/btc-contracts.ts";
import { gapsWithin } from "../../schema/queries/btc-gaps.ts";
import { lastCycleAt } from "../../schema/queries/btc-cycles.ts";
import {
  gapSearchProgress,
  recordGapSearch,
  recordLookBack,
} from "../../schema/queries/btc-progress.ts";
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
  startAt: Instant = BTC_NOW,
): Promise<void> {
  const stop = watchGaps({
    db: clone.db,
    mode: "shadow",
    clock: { now: () => now, speed: 60 },
    source: { manifest: () => Promise.resolve({ startAt, endAt: now + HOUR_MS } as never) },
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

const snapshotGaps = async (until: Instant) =>
  (await gapsWithin(clone.db, { mode: "shadow", from: BTC_NOW, to: until })).filter(
    ({ table_name }) => table_name === "kalshi_edge_snapshots",
  );

it("looks from its mode's first cycle on, whatever another mode wrote in the same home", async () => {
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
  expect(await lastCycleAt(db)).toBe(later);
  await lookOnce(at(60));
  expect(await snapshotGaps(later)).toMatchObject([
    { from_at: new Date(at(3)), to_at: new Date(at(59)), missing_rows: 112 },
  ]);
  expect(said).toEqual(["beat gaps"]);
  expect(await gapSearchProgress(db, "shadow")).toEqual({ until: at(59), sentBack: 0 });
});

/** Far enough that no look goes back to it by itself. */
const LATER = at(720);
/** What was missed, and was searched before anybody knew of it. */
async function missAnHour(): Promise<void> {
  for (const step of [0, 1, 2]) await writeCycle(clone.db, cycleOf(at(step), step));
  await recordGapSearch(clone.db, "shadow", { until: LATER, sentBack: 0 });
}
const KXBTCD = { mode: "shadow", series: "KXBTCD" } as const;

it("goes back to what was learned of late, also after the death of the process that learned it", async () => {
  await missAnHour();
  await lookOnce(LATER);
  expect(await snapshotGaps(LATER)).toEqual([]);
  // That process dies here. The next one has the tables alone.
  await recordLookBack(clone.db, KXBTCD, { since: at(3), until: LATER });
  await lookOnce(LATER);
  expect(await snapshotGaps(LATER)).toMatchObject([{ from_at: new Date(at(3)) }]);
});

it("goes back also where that was learned while it looked", async () => {
  await missAnHour();
  await lookOnce(LATER, () => recordLookBack(clone.db, KXBTCD, { since: at(3), until: LATER }));
  expect(await gapSearchProgress(clone.db, "shadow")).toEqual({ until: at(3), sentBack: 1 });
  await lookOnce(LATER);
  expect(await snapshotGaps(LATER)).toMatchObject([{ from_at: new Date(at(3)) }]);
});

it("goes back also where it had not come so far when that was learned, or had never looked", async () => {
  for (const step of [0, 1, 2]) await writeCycle(clone.db, cycleOf(at(step), step));
  const learn = () => recordLookBack(clone.db, KXBTCD, { since: at(3), until: LATER });
  await lookOnce(LATER, learn);
  expect(await gapSearchProgress(clone.db, "shadow")).toEqual({ until: 0, sentBack: 1 });
  await recordGapSearch(clone.db, "shadow", { until: at(1), sentBack: 1 });
  await lookOnce(LATER, learn);
  expect(await gapSearchProgress(clone.db, "shadow")).toEqual({ until: at(1), sentBack: 2 });
});

it("finds no gap between two sources that were played in one home, one after the other", async () => {
  for (const step of [0, 1, 2]) await writeCycle(clone.db, cycleOf(at(step), step));
  await recordGapSearch(clone.db, "shadow", { until: at(2), sentBack: 0 });
  const days = instant(BTC_NOW + 48 * HOUR_MS);
  await lookOnce(days, undefined, instant(days - 10 * STEP));
  const found = await gapsWithin(clone.db, { mode: "shadow", from: BTC_NOW, to: days });
  expect(found).toMatchObject([{ table_name: "spot_ticks", from_at: new Date(days - 10 * STEP) }]);
});

it("remembers of a long search how far it came, when it dies on the way", async () => {
  await missAnHour();
  await recordLookBack(clone.db, KXBTCD, { since: at(3), until: LATER });
  // Longer than is searched at once; the third hour cannot be written down.
  const day = instant(BTC_NOW + 12 * HOUR_MS);
  const third = instant(BTC_NOW + 2 * HOUR_MS);
  const open = { open_at: new Date(third), close_at: new Date(third + HOUR_MS) };
  await upsertContracts(clone.db, [contractOf("KXBTCD-26NOV2104-T1", open)]);
  await sql`create function broken() returns trigger language plpgsql as $$ begin
    if new.table_name = 'kalshi_quotes' and new.from_at >= ${sql.lit(new Date(third).toISOString())}::timestamptz
    then raise exception 'the disk is full'; end if; return new; end $$`.execute(clone.db);
  await sql`create trigger broken before insert on btc_gaps for each row execute function broken()`.execute(
    clone.db,
  );
  try {
    await lookOnce(day);
  } finally {
    await sql`drop function broken cascade`.execute(clone.db);
  }
  expect(said).toEqual([expect.stringMatching(/^error gaps /)]);
  expect(await gapSearchProgress(clone.db, "shadow")).toEqual({ until: third, sentBack: 1 });
});

it("counts what it could not look at as an error of its own, and gives no sign of life", async () => {
  await lookOnce(at(60), () => Promise.reject(new TypeError("the disk is full")));
  expect(said).toEqual(["error gaps TypeError"]);
});
