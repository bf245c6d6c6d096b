import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkflowNotFoundError } from "@temporalio/client";
import { expect, it, onTestFinished } from "vitest";
import type { Venue } from "../core/domain/venue.ts";
import { instant } from "../core/domain/units.ts";
import { cloneDatabase } from "../test/db/clone.ts";
import { SILENT } from "../test/support/kalshi.ts";
import type { ObservationStore } from "./observation-store.ts";
import { ReportSummary } from "./report/report-schema.ts";
import { insertNight } from "./report/testing/insert-night.ts";
import { nightRows } from "./report/testing/rows.ts";
import { createScoreActivities } from "./score.ts";

const gone = (): Promise<never> =>
  Promise.reject(new WorkflowNotFoundError("gone", "w", undefined));
const away = (): Promise<never> => Promise.reject(new Error("the venue is away"));

it("tries again while the venue does not answer, and writes a failed report only after a minute of it", async () => {
  const cloned = await cloneDatabase();
  const reportsDir = await mkdtemp(join(tmpdir(), "reports-"));
  onTestFinished(async () => {
    await cloned.drop();
    await rm(reportsDir, { recursive: true, force: true });
  });
  const night = nightRows();
  await insertNight(cloned.db, night);
  let attempt = 1;
  const venue: Partial<Venue> = { balance: away, orders: away, positions: away };
  const { writeRunReport } = createScoreActivities({
    db: cloned.db,
    venue: venue as Venue, // Test boundary: anything else would throw.
    client: { workflow: { getHandle: () => ({ describe: gone, fetchHistory: gone }) } },
    clock: { now: () => instant(night.run.startedAt), speed: 60 },
    store: {} as ObservationStore, // As above.
    mode: "paper",
    reportsDir,
    spreadPnl: () => Promise.resolve([]),
    logFigures: () => Promise.resolve({ lines: 1, unparsable: 0 }),
    routerWord: () => Promise.resolve("off: never judged"),
    attempt: () => attempt,
    log: SILENT,
  });
  const { runId } = night.run;
  await expect(writeRunReport({ runId })).rejects.toMatchObject({
    type: "VENUE_UNAVAILABLE",
    nonRetryable: false,
  });
  attempt = 20;
  const { verdict, reportDir } = await writeRunReport({ runId });
  expect(verdict).toBe("failed");
  const json: unknown = JSON.parse(await readFile(join(reportDir ?? "", "report.json"), "utf8"));
  expect(ReportSummary.parse(json).integrity).toMatchObject({
    duplicateOrders: null,
    openPositions: null,
    venueDifferenceUsd: null,
  });
});
