import { sql } from "kysely";
import { required } from "../../core/domain/assert.ts";
import type { Mode } from "../../core/domain/decision.ts";
import { contractOccasionId } from "../../core/domain/occasion.ts";
import { SHADOW_CODE } from "../../core/domain/order.ts";
import type { Db } from "../database.ts";
import { OPEN_STATUSES } from "./orders.ts";
import { settleWouldTrades } from "./would-trades.ts";

/** Which of these decisions have come to an intent, refused ones among them. */
export async function bookedDecisions(
  db: Db,
  decisionIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (decisionIds.length === 0) return new Set();
  const rows = await db
    .selectFrom("intents")
    .select("decision_id")
    .where("decision_id", "in", decisionIds)
    .execute();
  return new Set(rows.map(({ decision_id }) => decision_id));
}

/** What speaks against an entry where a position was left whole before its settlement. */
export const EXITED = "no_reentry";

/**
 * What the books say against an entry in each of these contracts: an order under way, something held,
 * something that was held and left whole before its settlement, or as many proposals as are allowed, refused and unfilled ones among them. A contract that is
 * not named has nothing against it.
 */
export async function contractBars(
  db: Db,
  mode: Mode,
  marketTickers: readonly string[],
  maxAttempts: number,
): Promise<ReadonlyMap<string, string>> {
  if (marketTickers.length === 0) return new Map();
  const tickers = new Map(marketTickers.map((one) => [contractOccasionId(mode, one), one]));
  const { rows } = await sql<{
    id: string;
    isWorking: boolean | null;
    hasFilled: boolean | null;
    hasExited: boolean | null;
    attempts: number;
  }>`
    select i.occasion_id as id,
      -- An order in shadow ends before its fill is known: until then it is under way.
      bool_or(o.status in ('intended', 'submitted', 'working', 'unknown')
        or o.reject_code = 'shadow' and w.decision_id is not null and w.fill_status is null
      ) as "isWorking",
      bool_or(o.filled_centi > 0 or coalesce(w.filled_centi, 0) > 0) as "hasFilled",
      -- A settlement leaves nothing held either, and in shadow nothing ever is.
      (select bool_and(p.position_centi = 0) from positions p where p.occasion_id = i.occasion_id)
        and not exists (select from settlements s
          where s.occasion_id = i.occasion_id and s.position_centi <> 0) as "hasExited",
      (count(*) filter (where i.parent_id is null))::int as attempts
    from intents i left join orders o using (client_order_id)
      left join would_trades w on w.decision_id = i.decision_id
    where i.occasion_id = any(${[...tickers.keys()]})
    group by i.occasion_id`.execute(db);
  return new Map(
    rows.flatMap(({ id, isWorking, hasFilled, hasExited, attempts }): [string, string][] => {
      const ticker = required(tickers.get(id), "the contract of an occasion");
      if (isWorking === true) return [[ticker, "order_working"]];
      if (hasFilled === true) return [[ticker, hasExited === true ? EXITED : "position_open"]];
      return attempts < maxAttempts ? [] : [[ticker, "attempts_used"]];
    }),
  );
}

/** How many proposals each of these occasions has seen, refused ones among them; none is not named. */
export async function proposalsOf(
  db: Db,
  occasionIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (occasionIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; n: number }>`
    select occasion_id as id, count(*)::int as n from intents
    where occasion_id = any(${[...occasionIds]}) and parent_id is null
    group by occasion_id`.execute(db);
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** Of a proposal that its contract let go: it was over, stopped, or held an entry by then. */
export const NOT_TAKEN_UP = "not_taken_up";

/**
 * Adds to the decisions about these contracts, which are over, what became of them: the intent, risk's
 * refusal, that nobody took it up, and where orders were sent what they filled, as far as it is known: a fill may
 * be told after the contract's last word, and is added by the next call. How an order was filled is said once
 * it is over. What was filled in shadow stands as it was found.
 */
export async function joinOrders(
  db: Db,
  mode: Mode,
  marketTickers: readonly string[],
): Promise<void> {
  await sql`
    with filled as (
      select i.decision_id, i.client_order_id, i.refusal_code, o.count_centi,
        o.reject_code = ${SHADOW_CODE} as is_shadow,
        o.status <> all(${[...OPEN_STATUSES]})
          and o.filled_centi = coalesce(sum(f.count_centi), 0) as is_over,
        coalesce(sum(f.count_centi), 0) as count, coalesce(sum(f.fee_micros), 0) as fee,
        max(f.filled_at) as filled_at,
        round(sum(f.price_micros::numeric * f.count_centi) / nullif(sum(f.count_centi), 0)) as price,
        coalesce(ceil(sum((case f.side when 'bid' then f.price_micros
          else 1000000 - f.price_micros end)::numeric * f.count_centi) / 100), 0) as cost
      from would_trades w join intents i using (decision_id)
        left join orders o on o.client_order_id = i.client_order_id
        left join fills f on f.client_order_id = i.client_order_id
      where w.mode = ${mode} and w.market_ticker = any(${[...marketTickers]})
        and i.parent_id is null
      group by i.decision_id, i.client_order_id, i.refusal_code, o.client_order_id)
    update would_trades w set client_order_id = filled.client_order_id,
      refusal_code = filled.refusal_code,
      fill_status = case when is_shadow then coalesce(w.fill_status, 'unfilled')
        when is_over is not true then w.fill_status
        when count = 0 then 'unfilled' when count < count_centi then 'partial' else 'filled' end,
      filled_centi = case when is_shadow then coalesce(w.filled_centi, 0) else count end,
      fill_price_micros = case when is_shadow then w.fill_price_micros else price end,
      fill_cost_micros = case when is_shadow then coalesce(w.fill_cost_micros, 0) else cost end,
      fee_micros = case when is_shadow then coalesce(w.fee_micros, 0) else fee end,
      filled_at = case when is_shadow then w.filled_at else filled.filled_at end
    from filled where w.decision_id = filled.decision_id
      -- Who read the fills before another one wrote must not take any back.
      and (is_shadow or count >= coalesce(w.filled_centi, 0))`.execute(db);
  await sql`
    update would_trades w set refusal_code = ${NOT_TAKEN_UP}
    where w.mode = ${mode} and w.market_ticker = any(${[...marketTickers]})
      and w.code = 'propose' and w.refusal_code is null
      and not exists (select from intents i where i.decision_id = w.decision_id)`.execute(db);
}

/**
 * Says of the decisions about these contracts, which are over, what became of them and what they were paid.
 * Safe to repeat: what is told late is added.
 */
export async function settleDecisions(
  db: Db,
  mode: Mode,
  marketTickers: readonly string[],
): Promise<void> {
  await joinOrders(db, mode, marketTickers);
  await settleWouldTrades(db, mode, marketTickers);
}
