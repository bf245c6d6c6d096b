import { sql } from "kysely";
import { DRILL } from "../../core/domain/order.ts";
import type { Db } from "../database.ts";
import { BELIEVED } from "./believed.ts";
import type { CandidateRow, ConsistencyRow } from "./report-rows.ts";

/**
 * Entries that were seen and not made: the first by game, strategy and reason.
 *
 * Skipped: a stored verdict that saw an edge above zero and proposed nothing, while the strategy
 * had not entered the game yet. Refused: an entry that risk refused. Both with the best believable
 * bids seen afterwards.
 */
export async function candidates(db: Db, runId: string): Promise<readonly CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`
    with entered as (
      select occasion_id, strategy, min(intended_at) as first_at
      from orders where run_id = ${runId} and purpose = 'entry' and filled_centi > 0
      group by occasion_id, strategy
    ), skipped as (
      select distinct on (d.game_id, v.strategy, v.code)
        d.game_id, v.strategy, v.code, v.edge_micros, d.decided_at,
        null::text as market_ticker, null::text as terms, d.decision_id
      from verdicts v
      join decisions d on d.decision_id = v.decision_id
      join games g on g.game_id = d.game_id
      left join entered e on e.occasion_id = d.game_id and e.strategy = v.strategy
      where g.run_id = ${runId} and v.edge_micros > 0 and v.code not in ('propose', 'hold')
        and (e.first_at is null or d.decided_at < e.first_at)
      order by d.game_id, v.strategy, v.code, d.decided_at
    ), refused as (
      select distinct on (i.occasion_id, i.strategy, i.terms::jsonb ->> 'marketTicker', i.refusal_code)
        i.occasion_id as game_id, i.strategy, i.refusal_code as code,
        round((i.terms::jsonb ->> 'edgeMicros')::numeric)::bigint as edge_micros,
        i.proposed_at as decided_at, i.terms::jsonb ->> 'marketTicker' as market_ticker,
        i.terms, i.decision_id
      from intents i
      where i.run_id = ${runId} and i.refusal_code is not null and i.purpose = 'entry'
        and i.strategy <> ${DRILL}
        and i.parent_id is null
      order by i.occasion_id, i.strategy, i.terms::jsonb ->> 'marketTicker', i.refusal_code,
        i.proposed_at
    ), both_kinds as (select * from skipped union all select * from refused)
    select c.game_id as "gameId", c.strategy, c.code, c.edge_micros as edge,
      (extract(epoch from c.decided_at) * 1000)::bigint as "decidedAt",
      c.market_ticker as "refusedMarket", c.terms as "refusedTerms",
      d.input, d.output, later.home as "bestHomeBidAfter", later.away as "bestAwayBidAfter"
    from both_kinds c
    left join decisions d on d.decision_id = c.decision_id
    left join lateral (
      select max(home_bid_micros) as home, max(away_bid_micros) as away from snapshots s
      where s.game_id = c.game_id and s.observed_at > c.decided_at
        and ${BELIEVED}
    ) later on true
    order by c.game_id, c.decided_at, c.strategy, c.code`.execute(db);
  return rows;
}

/** Counts what rows of a run contradict each other. */
export async function consistency(db: Db, runId: string): Promise<ConsistencyRow> {
  const { rows } = await sql<ConsistencyRow>`
    with own as (
      select d.* from decisions d join games g using (game_id) where g.run_id = ${runId}
    ), filled as (
      select o.client_order_id, o.filled_centi, coalesce(sum(f.count_centi), 0) as fills
      from orders o left join fills f using (client_order_id)
      where o.run_id = ${runId} group by o.client_order_id
    ), last_updates as (
      select distinct on (u.client_order_id) u.client_order_id, u.status
      from order_updates u join orders o using (client_order_id)
      where o.run_id = ${runId} order by u.client_order_id, u.update_id desc
    )
    select
      (select count(*) from own) as decisions,
      (select count(*) from verdicts join own using (decision_id)) as verdicts,
      (select count(*) from own where not (input is json object and output is json object))
        as "decisionsUnparsable",
      (select count(*) from own join games g using (game_id) join runs r using (run_id)
        where own.config_hash <> r.config_hash) as "decisionsOfOtherConfig",
      (select count(*) from intents i where i.run_id = ${runId} and i.parent_id is null
        and i.strategy <> ${DRILL}
        and not exists (select from decisions d where d.decision_id = i.decision_id)
        and not exists (select from kill_switch k where 'kill/' || k.kill_id = i.decision_id))
        as "intentsWithoutDecision",
      (select count(*) from filled where filled_centi <> fills) as "ordersWithOtherFills",
      (select count(*) from last_updates u join orders o using (client_order_id)
        where u.status <> o.status) as "ordersWithOtherUpdates",
      (select count(*) from (select t.transaction_id
        from ledger_transactions t join ledger_entries e using (transaction_id)
        where t.run_id = ${runId} group by t.transaction_id
        having sum(e.amount_micros) <> 0) unbalanced) as "ledgerUnbalanced"`.execute(db);
  const [row] = rows;
  if (!row) throw new Error("a select of counts answers one row");
  return row;
}
