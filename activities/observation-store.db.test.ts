import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { sql } from "kysely";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { instant, usdMicros } from "../core/domain/units.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { readCatalogue } from "../schema/catalogue.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { migrate } from "../schema/migrate.ts";
import type { NewDecision, NewSnapshot } from "../schema/queries/observations.ts";
import { BTC_RUN, btcDecision, cycleOf, tickAt, wouldTrade } from "../test/db/bitcoin.ts";
import { snapshotOf } from "../schema/queries/btc-writes.ts";
import { startRun } from "../schema/queries/runs.ts";
import { newBatch, OBSERVED_TABLES, spoolColumns } from "./observation-batch.ts";
import { readSpool, spooledFiles, writeSpool } from "./observation-spool.ts";
import { createObservationStore, type ObservationStore } from "./observation-store.ts";

const log = pino({ level: "silent" });
const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));
const clock = { now: () => NOW, speed: 60 };

// A server of its own: these tests kill it.
let folder: string;
let server: EmbeddedPostgres;
let db: Db;
let spoolDir: string;
let spools = 0;
const start = () => startEmbeddedPostgres({ dataDir: join(folder, "data"), log });
const open = (url: string) =>
  openDatabase({ url, poolSize: 4, name: "test", onConnectionLost: () => undefined });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tipoff-store-"));
  server = await start();
  await migrate(server.url);
  db = open(server.url);
});
afterAll(async () => {
  await db.destroy();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  spools += 1;
  spoolDir = join(folder, `spool-${spools}`);
});
let store: ObservationStore | null = null;
afterEach(async () => {
  await store?.close();
  store = null;
});
const newStore = (): ObservationStore => {
  store = createObservationStore({ db, spoolDir, log, clock, patienceMs: 1_000 });
  return store;
};

function snapshot(gameId: string, cursorNo: number): NewSnapshot {
  return {
    game_id: gameId,
    observed_at: new Date(NOW + cursorNo),
    cursor_no: cursorNo,
    trigger: "book",
    quality: 'ok, "quoted"',
    mid_micros: 505_000.5,
    home_score: null,
  };
}

function decision(gameId: string, cursorNo: number): NewDecision {
  return {
    decision_id: `${gameId}#${cursorNo}`,
    game_id: gameId,
    decided_at: new Date(NOW),
    reason: "proposal",
    input: `{"text":"a, \\"b\\"\\n","no":${cursorNo}}`,
    output: "",
    config_hash: "hash",
    limits_hash: null,
  };
}

async function cursors(gameId: string): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("snapshots")
    .select("cursor_no")
    .where("game_id", "=", gameId)
    .orderBy("cursor_no")
    .execute();
  return rows.map(({ cursor_no }) => cursor_no);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

it("writes what was added, once, within its interval", async () => {
  const kept = newStore();
  await kept.flush();
  expect(kept.isAway()).toBe(false);
  for (const no of upTo(1_200)) kept.snapshot(snapshot("written", no));
  kept.snapshot(snapshot("written", 1));
  await sleep(600);
  expect(await cursors("written")).toEqual(upTo(1_200));
});

it("knows which decisions are kept: its own at once, another's by its row, and none that was lost", async () => {
  const kept = newStore();
  kept.decision(decision("known", 1));
  expect(await kept.isDecisionKept("known#1")).toBe(true);
  const rows = await db
    .selectFrom("decisions")
    .selectAll()
    .where("game_id", "=", "known")
    .execute();
  expect(rows).toHaveLength(1);
  await kept.close();
  const successor = newStore();
  expect(await successor.isDecisionKept("known#1")).toBe(true);
  expect(await successor.isDecisionKept("known#2")).toBe(false);
});

it("loses and doubles nothing when the server is killed under it and comes back", async () => {
  const kept = newStore();
  await kept.flush();
  let no = 0;
  const write = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      no += 1;
      kept.snapshot(snapshot("killed", no));
      kept.decision(decision("killed", no));
      kept.verdict({ decision_id: `killed#${no}`, strategy: "model-edge", code: "hold" });
      if (index % 10 === 0) await sleep(5);
    }
  };
  await write(500);
  const writing = write(1_000);
  process.kill(server.pid, "SIGKILL");
  await server.exited;
  await writing;
  await kept.flush();
  expect(kept.isAway()).toBe(true);
  expect((await spooledFiles(spoolDir)).length).toBeGreaterThan(0);
  await write(200);
  server = await start();
  await write(200);
  await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(false);
  await kept.flush();
  expect(await cursors("killed")).toEqual(upTo(no));
  const decisions = await db
    .selectFrom("decisions")
    .select(["input", "output"])
    .where("game_id", "=", "killed")
    .execute();
  expect(decisions).toHaveLength(no);
  expect(new Set(decisions.map(({ input }) => input)).size).toBe(no);
  expect(decisions[0]).toEqual({ input: decision("killed", 1).input, output: "" });
  const verdicts = await db.selectFrom("verdicts").selectAll().execute();
  expect(verdicts).toHaveLength(no);
  expect(await spooledFiles(spoolDir)).toEqual([]);
}, 60_000);

it("loses nothing that was committed ahead of the disk when the server is killed at once", async () => {
  const kept = newStore();
  await kept.flush();
  let forgotten = 0;
  // What the server forgets depends on when it last wrote its log: some rounds find it at a loss.
  for (let round = 1; round <= 8; round += 1) {
    const first = round * 100;
    for (let no = first; no < first + 5; no += 1) {
      kept.snapshot(snapshot("ahead", no));
      await kept.flushAhead();
    }
    process.kill(server.pid, "SIGKILL");
    await server.exited;
    await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(true);
    server = await start();
    forgotten += 5 - (await cursors("ahead")).filter((no) => no >= first).length;
    await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(false);
    await kept.flush();
    expect((await cursors("ahead")).filter((no) => no >= first)).toHaveLength(5);
  }
  expect(forgotten).toBeGreaterThan(0);
}, 60_000);

it("takes in at its start what a killed process has left, and drops what that had not finished", async () => {
  const left = { ...newBatch(), snapshots: upTo(3).map((no) => snapshot("left", no)) };
  await writeSpool(spoolDir, left);
  writeFileSync(join(spoolDir, "half-3-snapshots.csv.draft"), "game_id,obs");
  const kept = newStore();
  expect(kept.isAway()).toBe(true);
  await kept.flush();
  expect(kept.isAway()).toBe(false);
  expect(await cursors("left")).toEqual([1, 2, 3]);
  expect(readdirSync(spoolDir)).toEqual([]);
});

it("spools a Bitcoin cycle, its ticks and its decisions while the server is away, and takes them in", async () => {
  await startRun(db, BTC_RUN);
  const kept = newStore();
  await kept.flush();
  process.kill(server.pid, "SIGKILL");
  await server.exited;
  const batches = upTo(3).map((no) => cycleOf(instant(NOW + no * 10_000), no));
  for (const batch of batches) {
    kept.btcCycle(batch);
    await kept.flush();
  }
  kept.spotTick(tickAt(NOW, 1));
  kept.wouldTrade(wouldTrade("btc#1"));
  kept.btcDecision(btcDecision(NOW));
  await kept.flush();
  expect(kept.isAway()).toBe(true);
  server = await start();
  await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(false);
  await kept.flush();
  const snapshots = await db.selectFrom("kalshi_edge_snapshots").selectAll().execute();
  const [first] = (batches[0]?.edges ?? []).map(snapshotOf);
  expect(snapshots).toHaveLength(batches.flatMap(({ edges }) => edges).length);
  expect(snapshots).toContainEqual(first);
  const latest = await db.selectFrom("kalshi_edges").selectAll().execute();
  expect(latest.map(({ cycle_no }) => cycle_no)).toEqual([3, 3]);
  expect(await db.selectFrom("kalshi_quotes").selectAll().execute()).toHaveLength(6);
  expect(await db.selectFrom("btc_cycles").selectAll().execute()).toHaveLength(3);
  expect(await db.selectFrom("spot_ticks").selectAll().execute()).toEqual([tickAt(NOW, 1)]);
  expect(await db.selectFrom("would_trades").selectAll().execute()).toMatchObject([
    wouldTrade("btc#1"),
  ]);
  expect(await db.selectFrom("btc_decisions").selectAll().execute()).toEqual([btcDecision(NOW)]);
}, 30_000);

it("takes a file in once, even if it was killed before it could remove it", async () => {
  const batch = { ...newBatch(), snapshots: [snapshot("twice", 1)] };
  await writeSpool(spoolDir, batch);
  const [name = ""] = await spooledFiles(spoolDir);
  const text = readFileSync(join(spoolDir, name), "utf8");
  await newStore().flush();
  writeFileSync(join(spoolDir, name), text.replace(",1,", ",2,"));
  await createObservationStore({ db, spoolDir, log, clock }).close();
  expect(await cursors("twice")).toEqual([1]);
});

it("keeps the good rows of a batch with a bad one, and the bad one aside", async () => {
  const kept = newStore();
  await kept.flush();
  kept.snapshot(snapshot("mixed", 1));
  kept.snapshot({ ...snapshot("mixed", 2), spread_micros: Number.NaN });
  kept.snapshot(snapshot("mixed", 3));
  await kept.flush();
  expect(await cursors("mixed")).toEqual([1, 3]);
  const refused = await spooledFiles(join(spoolDir, "refused"));
  expect(refused).toHaveLength(1);
  expect(kept.isAway()).toBe(false);
});

it("calls a server away that hangs", async () => {
  const kept = newStore();
  await kept.flush();
  process.kill(server.pid, "SIGSTOP");
  const backends = await stoppedBackends(server.pid);
  try {
    kept.snapshot(snapshot("hung", 1));
    await kept.flush();
    expect(kept.isAway()).toBe(true);
  } finally {
    for (const pid of [...backends, server.pid]) process.kill(pid, "SIGCONT");
  }
  await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(false);
  expect(await cursors("hung")).toEqual([1]);
}, 30_000);

it.each([
  {
    what: "has no disk left",
    // What the server says of a full disk, of each row that comes.
    take: sql`create function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`,
    then: sql`create trigger full_disk before insert on snapshots execute function full_disk()`,
    give: sql`drop function full_disk() cascade`,
  },
  {
    what: "only reads until it takes over",
    take: sql`alter system set default_transaction_read_only = on`,
    then: sql`select pg_reload_conf()`,
    give: sql`alter system reset default_transaction_read_only`,
  },
])(
  "calls a server away that $what, and refuses no row for it",
  async ({ what, ...steps }) => {
    const kept = newStore();
    await kept.flush();
    await steps.take.execute(db);
    await steps.then.execute(db);
    try {
      await expect
        .poll(async () => {
          kept.snapshot(snapshot(what, 1));
          await kept.flush();
          return kept.isAway();
        })
        .toBe(true);
      kept.snapshot(snapshot(what, 2));
      await kept.flush();
      expect((await spooledFiles(spoolDir)).length).toBeGreaterThan(0);
    } finally {
      await steps.give.execute(db);
      await sql`select pg_reload_conf()`.execute(db);
    }
    await expect.poll(() => kept.isAway(), { timeout: 10_000 }).toBe(false);
    expect(await cursors(what)).toEqual([1, 2]);
    expect(await spooledFiles(join(spoolDir, "refused"))).toEqual([]);
  },
  30_000,
);

it("spools every column that the database does not fill in by itself", async () => {
  const { tables } = await readCatalogue(server.url);
  for (const name of OBSERVED_TABLES) {
    const table = tables.find((one) => one.name === name);
    const own = table?.columns.filter((one) => one.identity === null && one.name !== "recorded_at");
    const names = own?.map((one) => one.name).filter((column) => !isAddedLater(name, column));
    expect([...spoolColumns(name)].sort()).toEqual(names?.sort());
  }
});

it("reads back from a file what it wrote, whatever the text", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, text, fc.option(fc.maxSafeInteger()), async (input, output, edge) => {
      const dir = mkdtempSync(join(folder, "csv-"));
      const row = { ...decision("round", 1), input, output, raw_ids: "[]" };
      const verdict = {
        decision_id: row.decision_id,
        strategy: "x",
        code: "y",
        edge_micros: edge === null ? null : usdMicros(edge),
      };
      await writeSpool(dir, { ...newBatch(), decisions: [row], verdicts: [verdict] });
      const [first = "", second = ""] = await spooledFiles(dir);
      const read = [await readSpool(dir, first), await readSpool(dir, second)];
      expect(read[0]?.decisions).toEqual([{ ...row, decided_at: row.decided_at.toISOString() }]);
      const edgeText = edge === null ? null : String(edge);
      expect(read[1]?.verdicts).toEqual([{ ...verdict, edge_micros: edgeText }]);
      rmSync(dir, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

/** What becomes of a would-trade is told by others than who observed it. */
function isAddedLater(table: string, column: string): boolean {
  const isFate = /^(fill_|filled_|fee_|payout_|pnl_|settled_|client_order_id|refusal_code)/;
  return table === "would_trades" && isFate.test(column);
}

/** Stops the server's children too, so that nothing of it answers. */
async function stoppedBackends(parent: number): Promise<readonly number[]> {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  const pids = children.split(" ").filter(Boolean).map(Number);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await sleep(10);
  return pids;
}
