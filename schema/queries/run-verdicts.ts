import { sql } from "kysely";
import type { Instant } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";

/** One stored verdict of a run's games, with the decision that it is of. */
export interface RunVerdictRow {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly code: string;
  readonly edge: number | null;
  readonly at: Instant;
}

/** Verdicts of a run by time: what a comparison with a backtest asks why. */
export async function runVerdicts(db: Db, runId: string): Promise<readonly RunVerdictRow[]> {
  const { rows } = await sql<RunVerdictRow>`
    select g.event_ticker as "eventTicker", v.strategy, v.code, v.edge_micros as edge,
      (extract(epoch from d.decided_at) * 1000)::bigint as at
    from verdicts v join decisions d using (decision_id) join games g on g.game_id = d.game_id
    where g.run_id = ${runId} order by d.decided_at, g.event_ticker, v.strategy`.execute(db);
  return rows;
}
