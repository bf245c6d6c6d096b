import { sql } from "kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { BtcReportSummary } from "../../activities/bitcoin/report/report-schema.ts";
import { instant } from "../../core/domain/units.ts";
import { readServices } from "../../runtime/home.ts";
import type { Db } from "../../schema/database.ts";
import { findFaults, worldContracts } from "../../scripts/btc-soak/books.ts";
import { NightHome, type Run, until, untilTyped } from "./night-home.ts";

const MODE = "shadow" as const;
const SERIES = "KXBTC15M";
const HOURS = 4;
/** An hour in fifteen seconds. */
const SPEED = 240;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What a stop, or a cycle on its way, takes at most: five seconds of the wall. */
const SLACK_MS = 5_000 * SPEED;

const SEED = 7;
const NO_FAULTS = {
  ...{ unlikeWorld: 0, unsettled: 0, notOnce: 0, unscored: 0, scoredInPart: 0, untold: 0 },
};
const Checklist = z.strictObject({
  mode: z.literal(MODE),
  nowMs: z.number(),
  held: z.boolean(),
  items: z.array(
    z.strictObject({
      id: z.string(),
      held: z.boolean(),
      rows: z.int(),
      withinSeconds: z.number(),
      ageSeconds: z.number().nullable(),
    }),
  ),
});
const Markets = z.object({
  markets: z.array(
    z.object({
      ticker: z.string(),
      status: z.string(),
      result: z.string(),
      close_time: z.iso.datetime(),
    }),
  ),
});

let night: NightHome;
let services: Run;
let database: Db;
let startAt: number;
let endAt: number;
let stoppedAt: number;

beforeAll(async () => {
  night = await NightHome.create();
  services = await night.up("--mode", MODE);
  await startAgain("--source", `world:${SEED}`, "--series", SERIES, "--hours", String(HOURS));
  database = await night.database();
  ({ startAt, endAt } = await (await night.exchange()).manifest());
});

afterAll(() => night.remove());

it("loses nothing to kill -9 of its worker in mid-run", async () => {
  await playTo(startAt + 20 * MINUTE_MS);
  const { pid } = await worker();
  process.kill(pid, "SIGKILL");
  const killedAt = await now();
  await until("a cycle of the next worker", 60_000, async () => {
    return (await worker()).pid !== pid && (await newestCycle()) > killedAt;
  });
  const { rows } = await sql<{ n: number; doubled: number; holes: number }>`
    select count(*) as n, count(*) - count(distinct cycle_no) as doubled,
      max(cycle_no) - count(distinct cycle_no) as holes
    from btc_cycles where mode = ${MODE}`.execute(database);
  expect(rows[0]).toMatchObject({ doubled: 0, holes: 0 });
});

it("makes up for an hour in which it was stopped, with the services up", async () => {
  await playTo(startAt + 35 * MINUTE_MS);
  const stopped = await night.answer("btc", "stop", "--json");
  expect(stopped.exitCode, stopped.said).toBe(0);
  stoppedAt = await now();
  await playTo(stoppedAt + HOUR_MS);
  const before = await newestCycle();
  expect(before).toBeLessThan(stoppedAt + SLACK_MS);
  await startAgain();
  await until("a cycle after the pause", 90_000, async () => (await newestCycle()) > before);
});

it("goes on where it was after all its services were down", async () => {
  const downAt = await now();
  services.child.kill("SIGTERM");
  await services.exitCode;
  services = await night.up("--mode", MODE);
  database = await night.database();
  await startAgain();
  await until("a cycle", 90_000, async () => (await newestCycle()) > downAt);
  // What closed meanwhile is settled and scored a moment after the first cycle, which does not wait for it.
  let items: z.infer<typeof Checklist>["items"] = [];
  await untilTyped("a checklist that holds", async () => {
    const checked = await night.answer("btc", "checklist", "--json");
    ({ items } = Checklist.parse(JSON.parse(checked.out)));
    return checked.exitCode === 0;
  });
  expect(items.map(({ id, held }) => [id, held])).toEqual([
    ["quotes updating", true],
    ["snapshots appended", true],
    ["scores growing", true],
  ]);
});

it("has every contract settled once and scored, and a gap for what it did not see", async () => {
  await until("the end of the world", 90_000, async () =>
    (await night.exchange()).state().then(({ isDone }) => isDone),
  );
  await until("the end of the series", 60_000, async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from runs where mode = ${MODE} and ended_at is null`.execute(database);
    return rows[0]?.n === 0;
  });
  await until("the gap of the hour, before anybody asks for a report", 90_000, async () => {
    const found = await database.selectFrom("btc_gaps").selectAll().execute();
    return found.some(
      (gap) =>
        gap.from_at.getTime() <= stoppedAt + SLACK_MS && gap.to_at.getTime() >= stoppedAt + HOUR_MS,
    );
  });
  const answered = await night.answer("btc", "report", "--nightly", "--json");
  expect(answered.exitCode, answered.said).toBe(0);
  const report = BtcReportSummary.parse(JSON.parse(answered.out));
  const told = await toldByVenue();
  // A quarter of an hour has one contract, also of the hour in which nobody was there.
  expect(told.size).toBe(HOURS * 4);
  expect(report).toMatchObject({ contracts: told.size, settled: told.size, unsettled: 0 });
  const rows = await database.selectFrom("kalshi_contracts").selectAll().execute();
  expect(new Map(rows.map((row) => [row.market_ticker, row.outcome]))).toEqual(told);
  const contracts = worldContracts(SEED, instant(startAt), { series: [SERIES], hours: HOURS });
  expect(contracts).toHaveLength(told.size);
  expect(await findFaults(database, MODE, { endAt, contracts })).toEqual(NO_FAULTS);
  const another = contracts.map((one, n) => (n === 0 ? { ...one, marketTicker: "another" } : one));
  const unlike = await findFaults(database, MODE, { endAt, contracts: another });
  expect(unlike).toEqual({ ...NO_FAULTS, unlikeWorld: 1 });
  for (const table of ["kalshi_quotes", "kalshi_edge_snapshots"]) {
    const ofHour = report.gaps.filter(
      (gap) =>
        gap.table === table &&
        Date.parse(gap.from) <= stoppedAt + SLACK_MS &&
        Date.parse(gap.to) >= stoppedAt + HOUR_MS,
    );
    expect(ofHour).toMatchObject([{ series: SERIES, cause: "not_written" }]);
    // One contract is open at any time: a row of it in each ten seconds.
    const [{ from, to, missing } = { from: "", to: "", missing: 0 }] = ofHour;
    expect(missing).toBe((Date.parse(to) - Date.parse(from)) / 10_000);
  }
});

/** The venue's own word on every contract that closed, by ticker. */
async function toldByVenue(): Promise<ReadonlyMap<string, string>> {
  const question = `/markets?series_ticker=${SERIES}&limit=1000`;
  const { body } = await (await night.account()).call("GET", question);
  const closed = Markets.parse(body).markets.filter(
    ({ close_time: at }) => Date.parse(at) <= endAt,
  );
  return new Map(closed.map(({ ticker, result }) => [ticker, result]));
}

async function startAgain(...more: readonly string[]): Promise<void> {
  const begun = await night.answer("btc", "start", "--speed", String(SPEED), ...more);
  expect(begun.exitCode, begun.said).toBe(0);
}

async function now(): Promise<number> {
  return (await (await night.exchange()).clock()).nowMs;
}

async function playTo(at: number): Promise<void> {
  await until("the run's clock", 120_000, async () => (await now()) >= at);
}

/** When the newest cycle ended, run time; 0 before the first. */
async function newestCycle(): Promise<number> {
  const row = await database
    .selectFrom("btc_cycles")
    .select(({ fn }) => fn.max<Date | null>("ended_at").as("at"))
    .executeTakeFirst();
  return row?.at?.getTime() ?? 0;
}

async function worker() {
  const { processes } = await readServices(night.home);
  const found = processes.find(({ name }) => name === "worker");
  if (!found) throw new Error("no worker runs");
  return found;
}
