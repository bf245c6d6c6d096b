import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readServices } from "../../runtime/home.ts";
import type { Db } from "../../schema/database.ts";
import type { Fact } from "../../sim/facts.ts";
import { openRecording } from "../../sim/recordings/reader.ts";
import { startSitting } from "../support/record-sitting.ts";
import { roomyFolder } from "../support/roomy-folder.ts";
import { type StandIn, startStandIn } from "../support/stand-in-venue.ts";
import { NightHome, until } from "./night-home.ts";

const LISTEN_MS = 4_000;
const SERIES = "KXBTC15M,KXBTCD";

let dir: string;
let outside: StandIn;
let night: NightHome;
let database: Db;

beforeAll(async () => {
  dir = await mkdtemp(join(roomyFolder(), "tipoff-live-"));
  outside = await startStandIn(dir);
  night = await NightHome.create(outside.environment);
  await night.up("--mode", "shadow");
  database = await night.database();
});

afterAll(async () => {
  await night.remove();
  await outside.exchange.close();
  await rm(dir, { recursive: true, force: true });
});

/** Snapshots of both series since an instant of the wall. */
async function snapshotsSince(at: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from kalshi_edge_snapshots
    where computed_at > ${new Date(at)}`.execute(database);
  return rows[0]?.n ?? 0;
}

it("computes the edges of what the venue shows now, also after a kill -9 of the exchange", async () => {
  const started = await night.answer("btc", "start", "--source", "live", "--series", SERIES);
  expect(started.exitCode, started.said).toBe(0);
  expect(started.out).toContain("live, KXBTC15M, KXBTCD, at speed 1");
  const clock = await (await night.exchange()).clock();
  expect(Math.abs(clock.nowMs - Date.now())).toBeLessThan(5_000);
  const begunAt = Date.now();
  await until("snapshots of the ladder", 60_000, async () => (await snapshotsSince(begunAt)) > 100);
  const { processes } = await readServices(night.home);
  const exchange = processes.find(({ name }) => name === "exchange");
  if (exchange === undefined) throw new Error("no exchange runs");
  process.kill(exchange.pid, "SIGKILL");
  const killedAt = Date.now();
  await until("snapshots afterwards", 90_000, async () => {
    return (await snapshotsSince(killedAt + 3_000)) > 100;
  });
  const checklist = await night.answer("btc", "checklist", "--json");
  const { items } = JSON.parse(checklist.out) as { items: { id: string; held: boolean }[] };
  // What is scored has closed before: a quarter of an hour is not waited for.
  expect(items.slice(0, 2).map(({ held }) => held)).toEqual([true, true]);
  const stopped = await night.answer("btc", "stop");
  expect(stopped.exitCode, stopped.said).toBe(0);
  // A second start goes on where it is; another source takes its place.
  const again = await night.answer("btc", "start", "--source", "live");
  expect(again.out, again.said).toContain("live, KXBTC15M, KXBTCD, at speed 1 (resumed");
  expect((await night.answer("btc", "stop")).exitCode).toBe(0);
  const world = ["--source", "world:7", "--series", "KXBTC15M", "--hours", "1"];
  const other = await night.answer("btc", "start", ...world);
  expect(other.out, other.said).toContain("world:7, KXBTC15M, at speed 60");
});

it("is recorded into a folder that can be played, in two sittings", async () => {
  const out = join(dir, "recorded");
  const first = startSitting(outside, out);
  await until("the begin", 30_000, () => first.said().includes("records"));
  await sleep(LISTEN_MS);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = startSitting(outside, out);
  await until("the second begin", 30_000, () => second.said().includes("goes on"));
  await sleep(LISTEN_MS);
  second.child.kill("SIGINT");
  expect(await second.ended, second.said()).toBe(0);
  const { manifest, facts } = await openRecording(out);
  expect(manifest).toMatchObject({ kind: "recording", bitcoin: { series: ["KXBTC15M"] } });
  const kinds = new Map<Fact["kind"], number>();
  for await (const { kind } of facts()) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  expect(kinds.get("level")).toBeGreaterThan(0);
  expect(kinds.get("spot-trade")).toBeGreaterThan(0);
  expect(kinds.get("index-value")).toBeGreaterThan(0);
  // The second sitting began with not knowing the books.
  expect(kinds.get("outage")).toBe(2);
  const again = startSitting(outside, out);
  expect(await again.ended).toBe(2);
  expect(again.said()).toContain("is a finished recording");
});
