import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "../database.ts";
import type { Database } from "../tables.ts";

export type ScoreRow = Selectable<Database["scores"]>;
export type NewScore = Insertable<Database["scores"]>;

/** Writes a game's scores in place of those it had, so that a better rule can be run over old nights. */
export async function storeScores(
  db: Db,
  gameId: string,
  rows: readonly NewScore[],
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const named = rows.map((row) => row.instant_name);
    await tx
      .deleteFrom("scores")
      .where("game_id", "=", gameId)
      .where(sql<boolean>`instant_name <> all(${named}::text[])`)
      .execute();
    if (rows.length === 0) return;
    await tx
      .insertInto("scores")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["game_id", "instant_name"]).doUpdateSet((eb) => ({
          scored_at: eb.ref("excluded.scored_at"),
          model_probability: eb.ref("excluded.model_probability"),
          market_probability: eb.ref("excluded.market_probability"),
          home_won: eb.ref("excluded.home_won"),
        })),
      )
      .execute();
  });
}

/** Takes back the scores of a game that nobody has won after all. */
export async function forgetScores(db: Db, gameId: string): Promise<void> {
  await db.deleteFrom("scores").where("game_id", "=", gameId).execute();
}

/** Scores of a run's games. */
export async function scoresOfRun(db: Db, runId: string): Promise<readonly ScoreRow[]> {
  return db
    .selectFrom("scores")
    .innerJoin("games", "games.game_id", "scores.game_id")
    .selectAll("scores")
    .where("games.run_id", "=", runId)
    .orderBy("scores.game_id")
    .orderBy("scores.scored_at")
    .execute();
}
