import { sql } from "kysely";
import type { Instant } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";
import { BELIEVED } from "./believed.ts";

/** A proposal of a run's games, with its decision and what it and its replacements filled. */
export interface RunOrderRow {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
  /** The intent as JSON. */
  readonly terms: string;
  readonly refusalCode: string | null;
  readonly proposedAt: Instant;
  readonly decidedAt: Instant;
  /** The decision's input and output as JSON. */
  readonly input: string;
  readonly output: string;
  /** Hundredths; and micros times hundredths. */
  readonly filled: number;
  readonly paid: number;
  readonly firstFillAt: Instant | null;
}

/** What the strategies of a run proposed, by the time of decision: what a comparison with a backtest pairs. */
export async function runOrders(db: Db, runId: string): Promise<readonly RunOrderRow[]> {
  const { rows } = await sql<RunOrderRow>`
    with recursive chain as (
      select i.client_order_id as root, i.client_order_id from intents i
      where i.run_id = ${runId} and i.parent_id is null
      union all select chain.root, i.client_order_id
      from intents i join chain on i.parent_id = chain.client_order_id),
    filled as (
      select chain.root, sum(f.count_centi)::float8 as filled,
        sum(f.price_micros::float8 * f.count_centi) as paid, min(f.filled_at) as first
      from chain join fills f using (client_order_id) group by chain.root)
    select g.event_ticker as "eventTicker", i.strategy, i.terms, i.purpose, i.exit_type as "exitType",
      i.refusal_code as "refusalCode", d.input, d.output,
      (extract(epoch from i.proposed_at) * 1000)::bigint as "proposedAt",
      (extract(epoch from d.decided_at) * 1000)::bigint as "decidedAt",
      coalesce(filled.filled, 0) as filled, coalesce(filled.paid, 0) as paid,
      (extract(epoch from filled.first) * 1000)::bigint as "firstFillAt"
    from intents i join games g on g.game_id = i.occasion_id
      join decisions d on d.decision_id = i.decision_id
      left join filled on filled.root = i.client_order_id
    where i.run_id = ${runId} and i.parent_id is null
    order by d.decided_at, g.event_ticker, i.intent_key`.execute(db);
  return rows;
}

/** What one evaluation of a run's games saw of a market. */
export interface RunSightRow {
  readonly marketTicker: string;
  readonly at: Instant;
  /** Micros; null where there was no price, or none to believe. */
  readonly bid: number | null;
  readonly ask: number | null;
  /** Home's probability by the forecast; null without one. */
  readonly model: number | null;
}

/** What the decisions of a run saw, by time. */
export async function runSights(db: Db, runId: string): Promise<readonly RunSightRow[]> {
  const { rows } = await sql<RunSightRow>`
    select m.market_ticker as "marketTicker",
      (extract(epoch from s.observed_at) * 1000)::bigint as at,
      case when ${BELIEVED} then
        case m.team when 'home' then s.home_bid_micros else s.away_bid_micros end end as bid,
      case when ${BELIEVED} then
        case m.team when 'home' then s.home_ask_micros else s.away_ask_micros end end as ask,
      s.model_home_probability as model
    from snapshots s join games g using (game_id) join markets m using (game_id)
    where g.run_id = ${runId} order by s.observed_at, s.cursor_no, m.market_ticker`.execute(db);
  return rows;
}

/** What some decisions of a run name of what their settings do not hash. */
export interface RunModelsRow {
  readonly kind: "trees" | "ratings";
  /** Hash of the artifact of trees, version of the ratings; null of trees where there were none. */
  readonly version: string | null;
  /** Why there were no ratings; null where there were, and of trees. */
  readonly absentBecause: string | null;
}

/** The models and ratings that the decisions of a run name, each once. */
export async function runModels(db: Db, runId: string): Promise<readonly RunModelsRow[]> {
  const { rows } = await sql<RunModelsRow>`
    with own as (
      select case when d.input is json object then d.input::jsonb end as input
      from decisions d join games g using (game_id) where g.run_id = ${runId}),
    elo as (
      select jsonb_path_query_first(input, '$.readings[*] ? (@.source == "elo")') as reading from own)
    select distinct 'trees' as kind, input #>> '{trees,entryModel}' as version,
      null as "absentBecause"
    from own where input -> 'trees' is not null
    union select 'ratings', reading ->> 'version', reading ->> 'absentBecause'
    from elo where reading is not null
    order by kind, version nulls first, "absentBecause"`.execute(db);
  return rows;
}

/** How many games a run has, and the hashes of the risk limits that its decisions were made under. */
export async function runBasis(
  db: Db,
  runId: string,
): Promise<{ readonly games: number; readonly limitsHashes: readonly string[] }> {
  const games = await db
    .selectFrom("games")
    .select(({ fn }) => fn.countAll<number>().as("n"))
    .where("run_id", "=", runId)
    .executeTakeFirstOrThrow();
  const limits = await db
    .selectFrom("decisions")
    .innerJoin("games", "games.game_id", "decisions.game_id")
    .select("limits_hash as hash")
    .distinct()
    .where("run_id", "=", runId)
    .where("limits_hash", "is not", null)
    .orderBy("hash")
    .execute();
  return { games: games.n, limitsHashes: limits.flatMap(({ hash }) => hash ?? []) };
}
