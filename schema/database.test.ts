import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { openPool } from "./database.ts";

let database: ClonedDatabase;

beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

test("survives that the server ends a connection which is held between two queries", async () => {
  const lost: string[] = [];
  const pool = openPool({
    url: database.url,
    poolSize: 1,
    name: "held",
    onConnectionLost: (error) => {
      lost.push(error.message);
    },
  });
  const killer = openPool({
    url: database.url,
    poolSize: 1,
    name: "killer",
    onConnectionLost: () => undefined,
  });
  const held = await pool.connect();
  const { rows } = await held.query<{ pid: number }>("select pg_backend_pid() as pid");
  await killer.query("select pg_terminate_backend($1)", [rows[0]?.pid]);

  // Unheard, the held connection's error would end this process.
  await expect.poll(() => lost.length).toBeGreaterThan(0);
  expect(lost[0]).toContain("terminating connection");
  held.release(true);
  await expect(pool.query("select 1 as one")).resolves.toMatchObject({ rows: [{ one: 1 }] });
  await pool.end();
  await killer.end();
});
