import { sql } from "kysely";
import type { Db } from "../database.ts";
import { BELIEVED } from "./believed.ts";
import type { CashRow, ChangeRow, PriceRow, RunRow } from "./report-rows.ts";

/** Points of a game's picture: more than a screen is wide, few enough to keep pages small. */
const POINTS_PER_GAME = 1_000;

/**
 * A game's price path, thinned: the last observation of each of a thousand equal slices of its
 * time. Quotes that could not be believed are left out.
 */
export async function prices(db: Db, gameId: string): Promise<readonly PriceRow[]> {
  const { rows } = await sql<PriceRow>`
    with span as (
      select min(observed_at) as first,
        greatest(extract(epoch from max(observed_at) - min(observed_at)), 1) as length
      from snapshots where game_id = ${gameId}
    ), sliced as (
      select s.*, floor(extract(epoch from observed_at - first) / length * ${POINTS_PER_GAME}) as slice
      from snapshots s, span where game_id = ${gameId}
    )
    select distinct on (slice)
      game_id as "gameId", (extract(epoch from observed_at) * 1000)::bigint as "at",
      case when ${BELIEVED} then home_bid_micros end as "homeBid",
      case when ${BELIEVED} then home_ask_micros end as "homeAsk",
      case when ${BELIEVED} then away_bid_micros end as "awayBid",
      case when ${BELIEVED} then away_ask_micros end as "awayAsk",
      case when ${BELIEVED} then mid_micros end as mid,
      model_home_probability as model, espn_home_probability as espn
    from sliced order by slice, observed_at desc, cursor_no desc`.execute(db);
  return rows;
}

/** The observations at which a game's score, period or clock state had changed. */
export async function changes(db: Db, gameId: string): Promise<readonly ChangeRow[]> {
  const { rows } = await sql<ChangeRow>`
    with seen as (
      select game_id, observed_at, cursor_no, clock_state, period, home_score, away_score,
        (clock_state, period, home_score, away_score) is distinct from
          lag((clock_state, period, home_score, away_score))
            over (order by observed_at, cursor_no) as has_changed
      from snapshots where game_id = ${gameId} and clock_state is not null
    )
    select game_id as "gameId", (extract(epoch from observed_at) * 1000)::bigint as "at",
      clock_state as "clockState", period, home_score as "homeScore", away_score as "awayScore"
    from seen where has_changed order by observed_at, cursor_no`.execute(db);
  return rows;
}

/**
 * Cash before the run's first fill or settlement, after its last, and now, and what else moved in
 * between. Runs of one mode share an account: the ledger's own sequence tells before from after, and
 * Bitcoin may be played beside a night.
 */
export async function cash(db: Db, run: RunRow): Promise<CashRow> {
  const { rows } = await sql<CashRow>`
    with own as (
      select min(transaction_id) as first, max(transaction_id) as last
      from ledger_transactions where run_id = ${run.runId} and kind in ('fill', 'settlement')
    ), moved as (
      select t.transaction_id, e.amount_micros,
        t.run_id is not distinct from ${run.runId} and t.kind in ('fill', 'settlement') as is_own
      from ledger_transactions t join ledger_entries e using (transaction_id)
      where t.mode = ${run.mode} and e.account = 'cash'
    ), reconciled as (
      select foreign_cash_micros from reconciliations
      where run_id = ${run.runId} order by reconciliation_id desc limit 1
    )
    select
      coalesce(sum(amount_micros) filter (where first is null or transaction_id < first), 0)::bigint
        as start,
      coalesce(sum(amount_micros) filter (where last is null or transaction_id <= last), 0)::bigint
        as "end",
      coalesce(sum(amount_micros) filter (where not is_own
        and transaction_id between first and last), 0)::bigint as beside,
      coalesce(sum(amount_micros), 0)::bigint as account,
      coalesce((select foreign_cash_micros from reconciled), 0)::bigint as foreign
    from own left join moved on true`.execute(db);
  const [row] = rows;
  if (!row) throw new Error("an aggregate without groups answers one row");
  return row;
}
