import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { dayResult } from "../cli/day-workflow.ts";
import type { Db } from "../schema/database.ts";
import { onStage, usualSettings } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const GAMES = 3;
/**
 * A game in three minutes. Histories grow by chunks of watching, which at speed 1 end by the settings' run time
 * or wall time, whichever is shorter (55 s). Here the step from one to the next costs run time too, at this
 * speed about as much as a chunk is shorter: a figure below says that a game has no fewer of them. What differs
 * are retries and time-outs, which are of wall time and would be more at speed 1 only if a night went wrong.
 */
const SPEED = 50;
/** A wall second, the shortest chunk that the settings allow. */
const CHUNK_SECONDS = SPEED;
/** A chunk sees that it is over at the next look: a second of run time later at most. */
const IDLE_WALL_MS = 20;
const TIMEOUT_MS = 20 * 60_000;

/** History events and actions of a game, its orders included, read from the server's histories. */
export async function history(): Promise<BenchResult> {
  const chunk = { chunkSeconds: CHUNK_SECONDS, minChunkWallSeconds: 1, idleWallMs: IDLE_WALL_MS };
  const { report, spacing } = await onStage(
    {
      seed: SEED,
      games: GAMES,
      speed: SPEED,
      settings: (usual) => ({ ...usual, watch: { ...usual.watch, ...chunk } }),
    },
    async ({ temporal, runId, db }) => {
      const result = await dayResult(temporal, runId, AbortSignal.timeout(TIMEOUT_MS));
      const reportDir = result?.reportDir ?? null;
      if (reportDir === null) throw new Error("the night did not end with a report");
      const content = readFileSync(join(reportDir, "report.json"), "utf8");
      const summary = ReportSummary.parse(JSON.parse(content));
      return { report: summary, spacing: await chunkSpacing(db) };
    },
  );
  const { chunkSeconds, maxChunkWallSeconds } = usualSettings().watch;
  const events = report.games.map(({ workflow }) => workflow.historyEvents ?? Number.NaN);
  const actions = report.games.map(({ workflow }) => workflow.actions ?? Number.NaN);
  return {
    name: "history",
    definition:
      `most history events and billable actions of one of ${GAMES} games of about 2.5 h, from discovery to score, ` +
      `with its order workflows; not played at speed 1 but at ${SPEED}, with chunks of watching of ${CHUNK_SECONDS} s ` +
      "of run time: with the step to the next no longer than one at speed 1, so that a game has no fewer",
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
      {
        name: "from chunk to chunk, mean",
        value: spacing,
        unit: "s",
        target: { atMost: Math.min(chunkSeconds, maxChunkWallSeconds) },
      },
    ],
  };
}

/**
 * Mean run seconds from the start of a chunk of watching to the start of the next, of those that lasted their
 * time: not of those that ended by a proposal or a new phase.
 */
async function chunkSpacing(db: Db): Promise<number> {
  const rows = await db
    .selectFrom("cycles")
    .select(["game_id", "started_at"])
    .orderBy("game_id")
    .orderBy("cycle_no")
    .execute();
  const seconds = rows.flatMap(({ game_id: gameId, started_at: startedAt }, i) => {
    const next = rows[i + 1];
    if (next?.game_id !== gameId) return [];
    return [(next.started_at.getTime() - startedAt.getTime()) / 1_000];
  });
  const whole = seconds.filter((one) => one >= CHUNK_SECONDS);
  return Number((whole.reduce((sum, one) => sum + one, 0) / whole.length).toFixed(1));
}
