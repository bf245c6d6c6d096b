import { sql } from "kysely";
import { DRILL } from "../../core/domain/order.ts";
import type { Db } from "../database.ts";

/** A stored decision, byte for byte. */
export interface DecisionRow {
  readonly decisionId: string;
  readonly gameId: string;
  readonly input: string;
  readonly output: string;
  readonly configHash: string;
  /** Of the limits in force then; null before they stood in a file of their own. */
  readonly limitsHash: string | null;
}

/** Reads the decisions of a run in batches, by id: a night's inputs together are too many to hold. */
export async function* decisionsOfRun(
  db: Db,
  runId: string,
  batchSize = 500,
): AsyncGenerator<DecisionRow> {
  let after = "";
  for (;;) {
    const rows = await db
      .selectFrom("decisions")
      .innerJoin("games", "games.game_id", "decisions.game_id")
      .select([
        "decisions.decision_id as decisionId",
        "decisions.game_id as gameId",
        "decisions.input",
        "decisions.output",
        "decisions.config_hash as configHash",
        "decisions.limits_hash as limitsHash",
      ])
      .where("games.run_id", "=", runId)
      .where("decisions.decision_id", ">", after)
      .orderBy("decisions.decision_id")
      .limit(batchSize)
      .execute();
    yield* rows;
    const last = rows.at(-1);
    if (!last) return;
    after = last.decisionId;
  }
}

/** How many decisions of a run its cycles and intents name that are not kept. A drill's and a kill's intents name none. */
export async function decisionsLost(db: Db, runId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (
      select c.decision_id from cycles c join games g using (game_id)
        where g.run_id = ${runId} and c.decision_id is not null
      union select decision_id from intents
        where run_id = ${runId} and strategy <> ${DRILL} and exit_type is distinct from 'kill') named
    where not exists (select from decisions d where d.decision_id = named.decision_id)`.execute(db);
  return rows[0]?.n ?? 0;
}
