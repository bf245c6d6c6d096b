import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import {
  BTC_NOW,
  btcDecision,
  cycleOf,
  edgeOf,
  TICKERS,
  tickAt,
  writeCycle,
} from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { dayPartitions, ensurePartitions } from "./btc-partitions.ts";
import { appendBtcDecisions, insertSpotTicks, upsertEdges } from "./btc-writes.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());

const DAY_MS = 86_400_000;
const later = (ms: number) => instant(BTC_NOW + ms);

it("writes a cycle once, however often it is told", async () => {
  const { db } = cloned;
  const batch = cycleOf(BTC_NOW, 1);
  await Promise.all([writeCycle(db, batch), writeCycle(db, batch)]);
  await writeCycle(db, batch);
  expect(await db.selectFrom("kalshi_quotes").selectAll().execute()).toHaveLength(2);
  expect(await db.selectFrom("btc_cycles").selectAll().execute()).toEqual([batch.cycle]);
  const edges = await db.selectFrom("kalshi_edges").selectAll().orderBy("market_ticker").execute();
  expect(edges).toEqual(batch.edges);
  const snapshots = await db.selectFrom("kalshi_edge_snapshots").selectAll().execute();
  expect(snapshots).toHaveLength(2);
  expect(snapshots[0]?.model_probability).toBe(0.612_345_678_901);
});

it("keeps the latest edge when an older one comes after it, and appends both", async () => {
  const { db } = cloned;
  const ticker = "KXBTCD-26NOV2021-T80200";
  await writeCycle(db, cycleOf(later(20_000), 3, [ticker]));
  await writeCycle(db, cycleOf(later(10_000), 2, [ticker]));
  const one = edgeOf(ticker, later(5_000), { cycle_no: 9 });
  const other = edgeOf(ticker, later(30_000), { cycle_no: 4 });
  await upsertEdges(db, [other, one]);
  const edges = await db
    .selectFrom("kalshi_edges")
    .select("cycle_no")
    .where("market_ticker", "=", ticker)
    .execute();
  expect(edges).toEqual([{ cycle_no: 4 }]);
  const snapshots = await db
    .selectFrom("kalshi_edge_snapshots")
    .select("cycle_no")
    .where("market_ticker", "=", ticker)
    .orderBy("computed_at")
    .execute();
  expect(snapshots.map(({ cycle_no }) => cycle_no)).toEqual([2, 3]);
});

it("writes nothing of a cycle that the database refuses", async () => {
  const { db } = cloned;
  const batch = cycleOf(later(40_000), 5, ["KXBTCD-26NOV2021-T90000"]);
  const edges = batch.edges.map((edge) => ({ ...edge, model_probability: 1.5 }));
  await expect(writeCycle(db, { ...batch, edges })).rejects.toThrow("model_probability");
  const quotes = await db
    .selectFrom("kalshi_quotes")
    .selectAll()
    .where("market_ticker", "=", "KXBTCD-26NOV2021-T90000")
    .execute();
  expect(quotes).toEqual([]);
});

it("refuses to change, delete or empty snapshots, by the table, its days and its triggers alike", async () => {
  const { db } = cloned;
  await writeCycle(db, cycleOf(BTC_NOW, 1));
  const [part] = (await dayPartitions(db)).filter(({ table }) => table === "kalshi_edge_snapshots");
  for (const name of ["kalshi_edge_snapshots", part?.partition ?? ""]) {
    const table = sql.table(name);
    for (const act of [
      sql`update ${table} set code = 'other'`,
      sql`delete from ${table}`,
      sql`truncate ${table}`,
    ]) {
      await expect(act.execute(db)).rejects.toThrow("append-only");
    }
  }
  const other = TICKERS[0];
  await expect(
    sql`merge into kalshi_edge_snapshots s using (values (${other})) v (ticker)
      on s.market_ticker = v.ticker when matched then delete`.execute(db),
  ).rejects.toThrow("append-only");
});

it("keeps every candidate decision once, and refuses to change, delete or empty them", async () => {
  const { db } = cloned;
  const rows = [btcDecision(BTC_NOW), btcDecision(later(1))];
  await appendBtcDecisions(db, rows);
  await appendBtcDecisions(
    db,
    rows.map((row) => ({ ...row, code: "propose" })),
  );
  const kept = await db.selectFrom("btc_decisions").selectAll().orderBy("decided_at").execute();
  expect(kept).toEqual(rows);
  for (const act of [
    sql`update btc_decisions set code = 'other'`,
    sql`delete from btc_decisions`,
    sql`truncate btc_decisions`,
  ]) {
    await expect(act.execute(db)).rejects.toThrow("append-only");
  }
});

it("keeps a tick that is told twice once, with an id or without", async () => {
  const { db } = cloned;
  const ticks = [tickAt(later(0), 7), tickAt(later(0), 8), tickAt(later(1), null)];
  await insertSpotTicks(db, ticks);
  await insertSpotTicks(db, [...ticks, tickAt(later(1), null)]);
  await insertSpotTicks(
    db,
    ticks.map((tick) => ({ ...tick, received_at: new Date(), spot_micros: usdMicros(1) })),
  );
  const kept = await db.selectFrom("spot_ticks").selectAll().orderBy("source_at").execute();
  expect(kept).toHaveLength(3);
  expect(kept).toEqual(expect.arrayContaining(ticks));
});

it("makes each day once for any number of writers, and the next one ahead", async () => {
  const { db } = cloned;
  const at = BTC_NOW + 10 * DAY_MS;
  await Promise.all(
    Array.from({ length: 8 }, () =>
      db.transaction().execute((tx) => ensurePartitions(tx, "kalshi_quotes", [at])),
    ),
  );
  const days = (await dayPartitions(db))
    .filter(({ table }) => table === "kalshi_quotes")
    .map(({ day }) => day);
  expect(days).toEqual(["2026-11-21", "2026-11-22", "2026-12-01", "2026-12-02"]);
});

it("makes a day while others write to the table", async () => {
  const { db, url } = cloned;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client
    .query("begin; insert into kalshi_quotes values (now(), 1, 1, 1, 1, 'x', null)")
    .catch(
      () => undefined, // No day of now: the lock is what counts, and an insert that fails gives it back.
    );
  await client.query("rollback; begin; lock table kalshi_quotes in row exclusive mode");
  await db.transaction().execute(async (tx) => {
    await sql`set local lock_timeout = '2s'`.execute(tx);
    await ensurePartitions(tx, "kalshi_quotes", [BTC_NOW + 20 * DAY_MS]);
  });
  await client.query("rollback");
  await client.end();
});
