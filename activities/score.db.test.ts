import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkflowNotFoundError } from "@temporalio/client";
import { expect, it, onTestFinished } from "vitest";
import type { Venue } from "../core/domain/venue.ts";
import { instant, usdMicros } from "../core/domain/units.ts";
import { loadReportRows } from "../schema/queries/report.ts";
import { endRun, startRun } from "../schema/queries/runs.ts";
import { cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import type { LoadedNight } from "./loaded-night.ts";
import type { ObservationStore } from "./observation-store.ts";
import type { Analysis } from "./report/analysis.ts";
import { ReportSummary } from "./report/report-schema.ts";
import { insertNight } from "./report/testing/insert-night.ts";
import { nightRows } from "./report/testing/rows.ts";
import { createScoreActivities, type ScoreDeps } from "./score.ts";

const gone = (): Promise<never> =>
  Promise.reject(new WorkflowNotFoundError("gone", "w", undefined));
const away = (): Promise<never> => Promise.reject(new Error("the venue is away"));

/** A database with the hand-made night in it, and scoring beside a venue; `over` is in place of what is usual. */
async function stage(over: Partial<ScoreDeps> & Pick<ScoreDeps, "venue">) {
  const cloned = await cloneDatabase();
  const reportsDir = await mkdtemp(join(tmpdir(), "reports-"));
  onTestFinished(async () => {
    await cloned.drop();
    await rm(reportsDir, { recursive: true, force: true });
  });
  const night = nightRows();
  await insertNight(cloned.db, night);
  const activities = createScoreActivities({
    db: cloned.db,
    client: { workflow: { getHandle: () => ({ describe: gone, fetchHistory: gone }) } },
    clock: { now: () => instant(night.run.startedAt), speed: 60 },
    store: {} as ObservationStore, // Test boundary: anything else would throw.
    mode: "paper",
    reportsDir,
    loadedNight: () => Promise.resolve({ date: night.run.tradingDay, mode: "paper" }),
    spreadPnl: () => Promise.resolve([]),
    logFigures: () => Promise.resolve({ lines: 1, unparsable: 0 }),
    routerWord: () => Promise.resolve("off: never judged"),
    attempt: () => 1,
    log: SILENT,
    ...over,
  });
  return { db: cloned.db, night, activities };
}

/** What a report's folder says of the account, and of other spreads. */
async function written(reportDir: string | null) {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(reportDir ?? "", name), "utf8"));
  const { integrity } = ReportSummary.parse(await read("report.json"));
  const { spreadPnl } = (await read("analysis.json")) as Pick<Analysis, "spreadPnl">;
  return { integrity, spreadPnl };
}

it("tries again while the venue does not answer, and writes a failed report only after a minute of it", async () => {
  let attempt = 1;
  const venue: Partial<Venue> = { balance: away, orders: away, positions: away };
  const { night, activities } = await stage({
    venue: venue as Venue, // Test boundary: anything else would throw.
    attempt: () => attempt,
  });
  const { runId } = night.run;
  await expect(activities.writeRunReport({ runId })).rejects.toMatchObject({
    type: "VENUE_UNAVAILABLE",
    nonRetryable: false,
  });
  attempt = 20;
  const { verdict, reportDir } = await activities.writeRunReport({ runId });
  expect(verdict).toBe("failed");
  expect((await written(reportDir)).integrity).toMatchObject({
    duplicateOrders: null,
    openPositions: null,
    venueDifferenceUsd: null,
  });
});

it("leaves a night's word on the venue and on other spreads as it was once another night is loaded", async () => {
  let loaded: LoadedNight | null = { date: "2026-11-20", mode: null };
  let cash = usdMicros(0);
  let spreadNet = "1.000000";
  const venue: Partial<Venue> = {
    balance: () => Promise.resolve({ cash } as Awaited<ReturnType<Venue["balance"]>>),
    orders: () => Promise.resolve([]),
    positions: () => Promise.resolve([]),
  };
  const { db, night, activities } = await stage({
    venue: venue as Venue, // Test boundary: anything else would throw.
    loadedNight: () => Promise.resolve(loaded),
    spreadPnl: () => {
      const pnlUsd = { gross: spreadNet, fees: "0.000000", net: spreadNet };
      return Promise.resolve([{ spreadCents: 1, isPlayed: true, pnlUsd }]);
    },
  });
  const { runId } = night.run;
  cash = usdMicros((await loadReportRows(db, runId)).cash.account);
  const first = await activities.writeRunReport({ runId });
  const before = await written(first.reportDir);
  expect(first.verdict).toBe("passed");
  expect(before).toMatchObject({
    integrity: { venueDifferenceUsd: "0.000000", openPositions: 0 },
    spreadPnl: [{ pnlUsd: { net: "1.000000" } }],
  });
  // The next night buys, and has profits of its own at other spreads; so has the same in the other mode.
  cash = usdMicros(cash - 5_000_000);
  spreadNet = "-9.000000";
  const others: readonly (LoadedNight | null)[] = [
    { date: "2026-11-21", mode: "paper" },
    { date: "2026-11-20", mode: "shadow" },
    null,
  ];
  for (const other of others) {
    loaded = other;
    const again = await activities.writeRunReport({ runId });
    expect(again.verdict).toBe("passed");
    expect(await written(again.reportDir)).toEqual(before);
  }
  loaded = { date: "2026-11-20", mode: "paper" };
  const own = await activities.writeRunReport({ runId });
  expect((await written(own.reportDir)).integrity.venueDifferenceUsd).toBe("-5.000000");
});

it("says of a night of another time nothing that only its venue could tell, where no report says it", async () => {
  const venue: Partial<Venue> = {};
  const { night, activities } = await stage({
    venue: venue as Venue, // Test boundary: it must not be asked.
    loadedNight: () => Promise.resolve({ date: "2026-11-21", mode: null }),
    spreadPnl: () => Promise.reject(new Error("of another night")),
  });
  const { reportDir } = await activities.writeRunReport({ runId: night.run.runId });
  const { integrity, spreadPnl } = await written(reportDir);
  expect(integrity.venueDifferenceUsd).toBeNull();
  expect(spreadPnl).toEqual([]);
});

it("takes for the last night one that has ended, never the one that is still played", async () => {
  const { db, night, activities } = await stage({ venue: {} as Venue }); // Test boundary: it is not asked.
  const ended = { runId: night.run.runId, mode: "paper", tradingDate: night.run.tradingDay };
  const runId = "trading-day/paper/2026-11-21";
  await startRun(db, {
    ...{ runId, mode: "paper", tradingDate: "2026-11-21", source: "world:8", seed: 8, speed: 60 },
    ...{ codeCommit: "test", configHash: "test", config: "{}", manifest: "{}" },
    startedAt: instant(night.run.startedAt + 86_400_000),
  });
  expect(await activities.findRunToScore({ runId: null })).toEqual(ended);
  // Its own day asks for it by name, before it is closed.
  expect(await activities.findRunToScore({ runId })).toMatchObject({ runId });
  await endRun(db, runId, "passed", instant(night.run.startedAt + 90_000_000));
  expect(await activities.findRunToScore({ runId: null })).toMatchObject({ runId });
});
