import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { type Catalogue, readCatalogue, renderSql, renderTypes } from "./catalogue.ts";
import { migrate, readMigrations } from "./migrate.ts";

let cloned: ClonedDatabase;
let catalogue: Catalogue;
beforeAll(async () => {
  cloned = await cloneDatabase();
  catalogue = await readCatalogue(cloned.url);
});
afterAll(() => cloned.drop());

it("keeps schema.sql equal to what the migrations make", () => {
  expect(readFileSync("schema/schema.sql", "utf8")).toBe(renderSql(catalogue));
});

it("keeps the Kysely types equal to what the migrations make", () => {
  const formatted = execFileSync(
    "node_modules/.bin/biome",
    ["format", "--stdin-file-path=schema/tables.ts"],
    { input: renderTypes(catalogue), encoding: "utf8" },
  );
  expect(readFileSync("schema/tables.ts", "utf8")).toBe(formatted);
});

it("notices a column that the types do not have", async () => {
  const other = await cloneDatabase();
  const client = new pg.Client({ connectionString: other.url });
  await client.connect();
  await client.query("alter table games add column weather text");
  await client.end();
  const changed = await readCatalogue(other.url);
  await other.drop();
  expect(renderTypes(changed)).toContain("weather: string | null");
  expect(renderSql(changed)).not.toBe(renderSql(catalogue));
});

it("applies each migration once, also when two processes start together", async () => {
  const empty = await emptyDatabase();
  const applied = await Promise.all([migrate(empty.url), migrate(empty.url)]);
  await empty.drop();
  expect(applied.flat()).toEqual((await readMigrations()).map(({ name }) => name));
});

it("refuses a migration that was changed after it was applied", async () => {
  const empty = await emptyDatabase();
  const first = { name: "0001_a.sql", sql: "create table a (x int)", checksum: "1" };
  await migrate(empty.url, [first]);
  await expect(migrate(empty.url, [{ ...first, checksum: "2" }])).rejects.toThrow(
    "migration 0001_a.sql was changed",
  );
  await expect(migrate(empty.url, [])).rejects.toThrow("newer version of Tipoff");
  await empty.drop();
});

it("leaves nothing of a migration that fails, and applies it when it is mended", async () => {
  const empty = await emptyDatabase();
  const broken = { name: "0001_a.sql", sql: "create table a (x int); select 1/0", checksum: "1" };
  await expect(migrate(empty.url, [broken])).rejects.toThrow("division by zero");
  const mended = { ...broken, sql: "create table a (x int)" };
  expect(await migrate(empty.url, [mended])).toEqual(["0001_a.sql"]);
  await empty.drop();
});

it("hangs orders and positions of before on the occasions of their games", async () => {
  const empty = await emptyDatabase();
  const files = await readMigrations();
  const before = files.filter(({ name }) => name < "0013");
  await migrate(empty.url, before);
  const client = new pg.Client({ connectionString: empty.url });
  await client.connect();
  await client.query(`
    insert into runs (run_id, mode, trading_date, source, speed, code_commit, config_hash, config,
      manifest, started_at) values ('r', 'paper', '2026-11-20', 'world:1', 1, '', '', '', '', 'epoch');
    insert into games (game_id, run_id, event_ticker, home, away, tip_at, match_confidence,
      match_reasons, phase, updated_at)
      values ('g', 'r', 'E', 'NYK', 'BOS', 'epoch', 1, '[]', 'live', 'epoch');
    insert into positions (game_id, strategy, market_ticker, count_centi, cost_micros, updated_at)
      values ('g', 'model-edge', 'E-NYK', 0, 0, 'epoch');
    update positions set count_centi = 100, cost_micros = 1`);
  await migrate(empty.url, files);
  const { rows } = await client.query(`
    select o.domain, o.mode, o.event_ticker, o.opened_at, p.position_centi
    from positions p join occasions o using (occasion_id) join games g on game_id = occasion_id`);
  const told = await client.query<{ facts: string }>("select facts from alert_outbox");
  await client.query("update positions set position_centi = -100");
  await client.end();
  await empty.drop();
  expect(rows).toEqual([
    {
      ...{ domain: "nba", mode: "paper", event_ticker: "E", opened_at: new Date(0) },
      position_centi: "100",
    },
  ]);
  // What waited to be told is told by the new names.
  expect(JSON.parse(told.rows.at(-1)?.facts ?? "{}")).toMatchObject({
    occasion_id: "g",
    position_centi: 100,
  });
});

it("takes back scores of before whose game was decided, or may have been", async () => {
  const empty = await emptyDatabase();
  const files = await readMigrations();
  const before = files.filter(({ name }) => name < "0026");
  await migrate(empty.url, before);
  const client = new pg.Client({ connectionString: empty.url });
  await client.connect();
  await client.query(`
    insert into runs (run_id, mode, trading_date, source, speed, code_commit, config_hash, config,
      manifest, started_at) values ('r', 'paper', '2026-11-20', 'world:1', 1, '', '', '', '', 'epoch');
    insert into occasions (occasion_id, run_id, mode, domain, event_ticker, opened_at)
      select game, 'r', 'paper', 'nba', game, 'epoch' from unnest('{told,played,overtime}'::text[]) game;
    insert into games (game_id, run_id, event_ticker, home, away, tip_at, match_confidence,
      match_reasons, phase, updated_at)
      select occasion_id, 'r', occasion_id, 'NYK', 'BOS', 'epoch', 1, '[]', 'scored', 'epoch' from occasions;
    insert into scores (game_id, instant_name, scored_at, model_probability, market_probability, home_won)
      select game_id, name, 'epoch', 0.9, 0.9, true from games, unnest('{q2,q3,q4}'::text[]) name;
    insert into snapshots (game_id, observed_at, cursor_no, trigger, quality, clock_state, period, clock_seconds)
      values ('told', 'epoch', 1, 'clock', 'ok', 'in', 3, 0), ('told', 'epoch', 2, 'clock', 'ok', 'in', 4, 0),
        ('played', 'epoch', 1, 'clock', 'ok', 'in', 4, 720), ('played', 'epoch', 2, 'clock', 'ok', 'post', 4, 0),
        ('overtime', 'epoch', 1, 'clock', 'ok', 'in', 5, 300)`);
  await migrate(empty.url, files);
  const { rows } = await client.query<{ game: string; names: string }>(`
    select game_id as game, string_agg(instant_name, ' ' order by instant_name) as names
    from scores group by game_id order by game_id`);
  await client.end();
  await empty.drop();
  expect(rows.map(({ game, names }) => [game, names])).toEqual([
    ["overtime", "q2 q3 q4"],
    ["played", "q2 q3"],
    ["told", "q2"],
  ]);
});

it("keeps plans and verdicts of before, each verdict that of its plan's mode, and lets the other mode lock them too", async () => {
  const empty = await emptyDatabase();
  const files = await readMigrations();
  await migrate(
    empty.url,
    files.filter(({ name }) => name < "0027"),
  );
  const client = new pg.Client({ connectionString: empty.url });
  await client.connect();
  const plan = (mode: string, hash: string): string => `
    insert into test_plans (plan_hash, name, mode, content, from_date, to_date, config_hash, limits_hash,
      locked_by) values ('${hash}', '${hash}', '${mode}', '', '2026-11-01', '2026-11-20', 'c', 'l', 'x')`;
  await client.query(`${plan("paper", "p")}; ${plan("shadow", "s")};
    insert into plan_verdicts (plan_hash, verdict, details, made_by)
      select unnest('{s,p,s}'::text[]), 'not_enough_data', '{}', 'x'`);
  await migrate(empty.url, files);
  await client.query(plan("shadow", "p"));
  await expect(client.query(plan("paper", "p"))).rejects.toThrow("duplicate key");
  await expect(
    client.query(`insert into plan_verdicts (mode, plan_hash, verdict, details, made_by)
      values ('paper', 's', 'confirmed', '{}', 'x')`),
  ).rejects.toThrow("plan_verdicts_mode_plan_hash_fkey");
  for (const change of [
    "update plan_verdicts set verdict = 'confirmed'",
    "delete from test_plans",
  ]) {
    await expect(client.query(change)).rejects.toThrow("append-only");
  }
  const { rows } = await client.query<{ mode: string; hash: string }>(
    "select mode, plan_hash as hash from plan_verdicts order by verdict_id",
  );
  await client.end();
  await empty.drop();
  expect(rows.map(({ mode, hash }) => [mode, hash])).toEqual([
    ["shadow", "s"],
    ["paper", "p"],
    ["shadow", "s"],
  ]);
});

/** A cloned database with nothing in it. */
async function emptyDatabase(): Promise<ClonedDatabase> {
  const database = await cloneDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("drop schema public cascade; create schema public");
  await client.end();
  return database;
}
