import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { dayResult } from "../cli/day-workflow.ts";
import { onStage } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const GAMES = 3;
/** A chunk of watching is bound to 60 s of run time, and at this speed that is its least wall time. */
const SPEED = 60;
const TIMEOUT_MS = 20 * 60_000;

/** History events and actions of a game, its orders included, read from the server's histories. */
export async function history(): Promise<BenchResult> {
  const report = await onStage(
    {
      seed: SEED,
      games: GAMES,
      speed: SPEED,
      settings: (usual) => ({
        ...usual,
        watch: { ...usual.watch, chunkSeconds: 60, minChunkWallSeconds: 1 },
      }),
    },
    async ({ temporal, runId }) => {
      const result = await dayResult(temporal, runId, AbortSignal.timeout(TIMEOUT_MS));
      const reportDir = result?.reportDir ?? null;
      if (reportDir === null) throw new Error("the night did not end with a report");
      const content = readFileSync(join(reportDir, "report.json"), "utf8");
      return ReportSummary.parse(JSON.parse(content));
    },
  );
  const events = report.games.map(({ workflow }) => workflow.historyEvents ?? Number.NaN);
  const actions = report.games.map(({ workflow }) => workflow.actions ?? Number.NaN);
  return {
    name: "history",
    definition:
      `most history events and billable actions of one of ${GAMES} games of about 2.5 h, from discovery to score, ` +
      `with its order workflows; played at speed ${SPEED} in chunks of 60 s run time, as at speed 1`,
    seed: SEED,
    figures: [
      {
        name: "history events a game",
        value: Math.max(...events),
        unit: "events",
        target: { atMost: 3_000 },
      },
      {
        name: "actions a game",
        value: Math.max(...actions),
        unit: "actions",
        target: { atMost: 1_600 },
      },
    ],
  };
}
