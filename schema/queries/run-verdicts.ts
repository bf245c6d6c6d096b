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
  /** Best prices of the home team's market, or of what away's leaves of the dollar; null when there is none. */
  readonly mid: number | null;
  readonly model: number | null;
}

/** Verdicts of a run by time: what a comparison with a backtest asks why. */
export async function runVerdicts(db: Db, runId: string): Promise<readonly RunVerdictRow[]> {
  const { rows } = await sql<RunVerdictRow>`
    with decided as (
      select d.decision_id, g.event_ticker, d.decided_at,
        (d.output::jsonb -> 'forecast' ->> 'homeProbability')::float8 as model,
        jsonb_path_query_first(d.input::jsonb, '$.markets[*] ? (@.team == "home").quote') as home,
        jsonb_path_query_first(d.input::jsonb, '$.markets[*] ? (@.team == "away").quote') as away
      from decisions d join games g on g.game_id = d.game_id where g.run_id = ${runId})
    select event_ticker as "eventTicker", v.strategy, v.code, v.edge_micros as edge,
      (extract(epoch from decided_at) * 1000)::bigint as at, model,
      coalesce(((home ->> 'bid')::float8 + (home ->> 'ask')::float8) / 2,
        1000000 - ((away ->> 'bid')::float8 + (away ->> 'ask')::float8) / 2) as mid
    from decided join verdicts v using (decision_id)
    order by decided_at, event_ticker, v.strategy`.execute(db);
  return rows;
}
