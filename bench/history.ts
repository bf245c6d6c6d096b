import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { FOLLOW_CHUNK_WALL_MS } from "../activities/follow-order.ts";
import { SETTLE_LOOK_MS } from "../activities/settle.ts";
import { ReportSummary } from "../activities/report/report-schema.ts";
import { dayResult } from "../cli/day-workflow.ts";
import type { Db } from "../schema/database.ts";
import { groupBy } from "../core/scoring/group.ts";
import { onStage, usualSettings } from "./home.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const GAMES = 3;
/**
 * A game in three minutes. Histories grow by chunks: of watching, which at speed 1 end by the settings' run time
 * or wall time, whichever is shorter (55 s); of following an order that rests, by wall time; of waiting for a
 * settlement. Here each lasts longer in run time, the more the busier the machine: chunks that a game has fewer
 * than at speed 1 are counted to it. What differs besides are retries and time-outs, which are of wall time and
 * would be more at speed 1 only if a night went wrong.
 */
const SPEED = 50;
/** A wall second, the shortest chunk that the settings allow. */
const CHUNK_SECONDS = SPEED;
/** A chunk sees that it is over at the next look: a second of run time later at most. */
const IDLE_WALL_MS = 20;
/** An activity's three events, and the three of the workflow task that hears of its end. */
const EVENTS_OF_CHUNK = 6;
/** Of a game that the database does not know: nothing is promised of it. */
const NO_CHUNKS = { left: Number.NaN, meanSeconds: Number.NaN };
/** Run seconds of a chunk at speed 1, of following and of waiting for a settlement at its shortest. */
const FOLLOW_SECONDS = FOLLOW_CHUNK_WALL_MS / 1_000;
const SETTLE_SECONDS = SETTLE_LOOK_MS / 1_000;
const TIMEOUT_MS = 20 * 60_000;

/** History events and actions of a game, its orders included, read from the server's histories. */
export async function history(): Promise<BenchResult> {
  const chunk = { chunkSeconds: CHUNK_SECONDS, minChunkWallSeconds: 1, idleWallMs: IDLE_WALL_MS };
  const { report, chunks, others } = await onStage(
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
      return { report: summary, chunks: await chunksOf(db), others: await otherChunks(db) };
    },
  );
  const played = report.games.map(({ workflow }) => {
    const { left: watching, meanSeconds } = chunks.get(workflow.id) ?? NO_CHUNKS;
    const left = watching + (others.get(workflow.id) ?? Number.NaN);
    return {
      ...{ left, meanSeconds },
      events: (workflow.historyEvents ?? Number.NaN) + left * EVENTS_OF_CHUNK,
      actions: (workflow.actions ?? Number.NaN) + left,
    };
  });
  const most = (key: keyof (typeof played)[number]): number =>
    Math.max(...played.map((game) => game[key]));
  return {
    name: "history",
    definition:
      `most history events and billable actions of one of ${GAMES} games of about 2.5 h, from discovery to score, ` +
      `with its order workflows; not played at speed 1 but at ${SPEED}, with chunks of watching of ${CHUNK_SECONDS} s ` +
      "of run time and the step to the next, and as many chunks counted to each game, of six events and an action, " +
      `as it would have more at speed 1: of watching, of each order's following (${FOLLOW_SECONDS} s there, one here) ` +
      `and of its settlement (at most one in ${SETTLE_SECONDS} s there, at least one here)`,
    seed: SEED,
    figures: [
      {
        name: "history events a game",
        value: most("events"),
        unit: "events",
        target: { atMost: 3_000 },
      },
      {
        name: "actions a game",
        value: most("actions"),
        unit: "actions",
        target: { atMost: 1_600 },
      },
      { name: "chunks added to a game", value: most("left"), unit: "chunks", target: null },
      {
        ...{ name: "from chunk to chunk, mean", unit: "s", target: null },
        value: Number(most("meanSeconds").toFixed(1)),
      },
    ],
  };
}

/** Chunks of watching of a game, of those that lasted their time: none that ended by a proposal or a new phase. */
interface Chunks {
  /** How many more there are at speed 1 in the time that they took. */
  readonly left: number;
  /** Mean run time from the start of one to the start of the next. */
  readonly meanSeconds: number;
}

/** By game. */
async function chunksOf(db: Db): Promise<ReadonlyMap<string, Chunks>> {
  const { chunkSeconds, maxChunkWallSeconds } = usualSettings().watch;
  const atSpeedOne = Math.min(chunkSeconds, maxChunkWallSeconds);
  const rows = await db
    .selectFrom("cycles")
    .select(["game_id", "started_at"])
    .orderBy("game_id")
    .orderBy("cycle_no")
    .execute();
  const byGame = groupBy(rows, (row) => row.game_id);
  const chunks = [...byGame].map(([gameId, cycles]): [string, Chunks] => {
    const starts = cycles.map((row) => row.started_at.getTime() / 1_000);
    const whole = starts
      .slice(1)
      .map((start, i) => start - (starts[i] ?? start))
      .filter((seconds) => seconds >= CHUNK_SECONDS);
    const seconds = whole.reduce((sum, one) => sum + one, 0);
    const left = Math.max(0, Math.ceil(seconds / atSpeedOne) - whole.length);
    return [gameId, { left, meanSeconds: seconds / whole.length }];
  });
  return new Map(chunks);
}

/**
 * How many more chunks of following its orders and of waiting for its settlement a game has at speed 1, by game.
 * Here an order is followed in one, and a settlement waited for in one at least.
 */
async function otherChunks(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows: rested } = await sql<Lasted>`
    select o.occasion_id as game, extract(epoch from max(u.at) - o.intended_at)::float8 as seconds
    from orders o join order_updates u using (client_order_id)
    group by o.client_order_id, o.occasion_id, o.intended_at`.execute(db);
  const { rows: settled } = await sql<Lasted>`
    select g.game_id as game, extract(epoch from g.updated_at - max(c.ended_at))::float8 as seconds
    from games g join cycles c using (game_id) group by g.game_id, g.updated_at`.execute(db);
  const chunks = new Map<string, number>();
  const add = ({ game, seconds }: Lasted, chunkSeconds: number): void => {
    const more = Math.max(0, Math.ceil(seconds / chunkSeconds) - 1);
    chunks.set(game, (chunks.get(game) ?? 0) + more);
  };
  for (const one of settled) add(one, SETTLE_SECONDS);
  for (const one of rested) add(one, FOLLOW_SECONDS);
  return chunks;
}

/** What a game waited for, in run seconds. */
interface Lasted {
  readonly game: string;
  readonly seconds: number;
}
