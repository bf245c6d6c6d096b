import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import type { AlarmBook } from "../activities/alarm-book.ts";
import { createScheduleActivities, type PreparedDay } from "../activities/schedule-day.ts";
import { easternInstant } from "../core/domain/time.ts";
import { parseEnvironment } from "../runtime/config.ts";
import { createExchangeControl } from "../runtime/exchange-control.ts";
import { scheduleDays } from "../schema/queries/schedule-days.ts";
import { startExchange } from "../sim/exchange/main.ts";
import { type ClonedDatabase, cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { type StandIn, startStandIn } from "../test/support/stand-in-venue.ts";
import { openLiveRequest } from "./live.ts";

let dir: string;
let outside: StandIn;
let cloned: ClonedDatabase;
let said: string[] = [];
const alarms: Pick<AlarmBook, "raise"> = { raise: ({ message }) => void said.push(message) };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tipoff-live-day-"));
  outside = await startStandIn(dir);
});
afterAll(async () => {
  await outside.exchange.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  cloned = await cloneDatabase();
  said = [];
});
afterEach(() => cloned.drop());

const days = async () =>
  (await scheduleDays(cloned.db, "paper")).map((day) => [day.trading_date, day.status]);

/** The schedule's start of a date that the stand-in has no game of, through an exchange that mirrors it. */
async function scheduled(): Promise<() => Promise<PreparedDay>> {
  const environment = parseEnvironment(outside.environment);
  const exchange = await startExchange({
    ...{ dataDir: join(dir, randomUUID()), port: 0, isFreeRunning: false, log: SILENT },
    openSource: (request, folder) => openLiveRequest(request, folder, environment, SILENT),
  });
  onTestFinished(() => exchange.close());
  const { prepareScheduledDay } = createScheduleActivities({
    db: cloned.db,
    control: createExchangeControl(exchange.url),
    alarms: alarms as AlarmBook, // Test boundary: a scheduled day only raises.
    mode: "paper",
    requireStrategies: () => Promise.resolve(),
    ...{ homePath: tmpdir(), startingCashUsd: 10_000, renewWorker: () => undefined, log: SILENT },
  });
  return () =>
    prepareScheduledDay({
      ...{ mode: "paper", seed: null, games: 0, speed: 1, since: "2026-11-19" },
      scheduledAtMs: easternInstant("2026-11-20", 12, 0),
    });
}

it("starts no day on a date without games, and says so in plain words", async () => {
  const start = await scheduled();
  const reason =
    "the venue trades no game of 2026-11-20 that a feed shows as well, without a doubt";
  expect(await start()).toEqual({ kind: "refused", date: "2026-11-20", reason });
  expect(await days()).toEqual([["2026-11-20", "refused"]]);
  expect(said).toEqual([`2026-11-20 did not start: ${reason}`]);
});

it("is asked again while the venue is away: the day is not refused for that", async () => {
  const start = await scheduled();
  outside.exchange.faults.add({ target: "kalshi", kind: "500", match: null, untilMs: null });
  onTestFinished(() => {
    outside.exchange.faults.clear();
  });
  await expect(start()).rejects.toMatchObject({ code: "VENUE_UNAVAILABLE" });
  expect([await days(), said]).toEqual([[], []]);
  outside.exchange.faults.clear();
  expect(await start()).toMatchObject({ kind: "refused" });
});
