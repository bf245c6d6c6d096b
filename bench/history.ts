import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { dayResult } from "../cli/day-workflow.ts";
import { onStage } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const GAMES = 3;
/**
 * A game in two and a half minutes. Histories grow by chunks of watching, and a chunk ends after 60 s of
 * run time at the latest, which is one of wall time here: with that allowed, by the settings below, there
 * are as many chunks as in a game at speed 1. What differs are retries and time-outs, which are of wall time
 * and would be more at speed 1 only if a night went wrong.
 */
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
      `with its order workflows; not played at speed 1 but at ${SPEED}, where a chunk of watching ends after the ` +
      "same 60 s of run time, so that a game has as many",
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
