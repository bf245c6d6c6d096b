import { type RawBuilder, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { AccountFacts, ClosedTrade, Holding } from "../../core/domain/risk.ts";
import { dayBeganAt, easternDate, mondayOf } from "../../core/domain/time.ts";
import {
  type Instant,
  instant,
  positionCenti,
  type UsdMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import { closedLosses, highWaterOf } from "../../core/risk/losses.ts";
import { type Db, toDate } from "../database.ts";

/** The facts as JSON brings them: instants and sums of any size. */
export interface AccountJson
  extends Omit<AccountFacts, "highWater" | "dayBeganAt" | "worstClosed" | "lossStreak"> {
  /** The newest first. */
  readonly trades: readonly ClosedTrade[];
  readonly highWater: { readonly result: number; readonly at: number } | null;
}

/** SQL for what an account holds and has lost; part of a larger statement, so that all of it is one moment. */
export function accountSql(mode: Mode, at: Instant): RawBuilder<AccountJson> {
  const today = easternDate(at);
  return sql<AccountJson>`(select json_build_object(
    'cash', coalesce(sum(cash_micros), 0),
    'deposits', coalesce(sum(capital_micros), 0),
    'realizedToday', coalesce(sum(result_micros) filter (where trading_date = ${today}::date), 0),
    'realizedThisWeek',
      coalesce(sum(result_micros) filter (where trading_date >= ${mondayOf(today)}::date), 0),
    'realizedEver', coalesce(sum(result_micros), 0),
    'highWater', (select json_build_object('result', result_micros, 'at', ${millis(sql`at`)})
      from equity_high_water where mode = ${mode}),
    'trades', ${closedTrades(mode, at)},
    'released', (select coalesce(json_object_agg(breaker, tripped), '{}') from (
      select breaker, ${millis(sql`max(tripped_at)`)} as tripped from circuit_breakers
      where mode = ${mode} and released_at is not null group by breaker) r))
    from ledger_days where mode = ${mode})`;
}

/** SQL for everything held in a mode, and what else is part of a trade that is open. */
export function holdingsSql(mode: Mode): RawBuilder<readonly Holding[]> {
  return sql<readonly Holding[]>`(
  select coalesce(json_agg(json_build_object(
    'occasionId', p.occasion_id, 'slate', r.trading_date, 'strategy', p.strategy,
    'marketTicker', p.market_ticker,
    'count', p.position_centi, 'cost', p.cost_micros, 'fees', p.fees_micros,
    'realized', p.realized_micros)), '[]')
  from (select distinct occasion_id, strategy from positions where position_centi <> 0) open
    join positions p using (occasion_id, strategy)
    join occasions o using (occasion_id) join runs r using (run_id)
  where r.mode = ${mode})`;
}

/**
 * Trades that are over, which one is when nothing is left of what a strategy held in an occasion: all that closed
 * today, and all since the last that lost nothing, however many: a streak reaches back no further.
 */
const closedTrades = (mode: Mode, at: Instant) => sql`(
  select coalesce(json_agg(json_build_object('net', net, 'closedAt', ${millis(sql`closed_at`)})
    order by closed_at desc), '[]')
  from (select distinct l.occasion_id, l.strategy from positions l
      where ${changedIn(mode)} and l.updated_at >= least(
        ${toDate(dayBeganAt(at))}, coalesce(${lastWithoutLoss(mode)}, '-infinity'))) l, ${TRADE}
  where left_centi = 0)`;

/** When the last trade closed that lost nothing: positions are gone through from the newest on until it is found. */
const lastWithoutLoss = (mode: Mode) => sql`(
  select l.updated_at from positions l, ${TRADE}
  where ${changedIn(mode)} and left_centi = 0 and net >= 0
  order by l.updated_at desc limit 1)`;

/** Looked up for each row: no plan then joins all positions there ever were. */
const TRADE = sql`lateral (
  select sum(abs(position_centi)) as left_centi, sum(realized_micros - fees_micros) as net,
    max(updated_at) as closed_at
  from positions where occasion_id = l.occasion_id and strategy = l.strategy) trade`;

/** A position of the mode that ever was one; looked up likewise. */
const changedIn = (mode: Mode) => sql`l.opened_at is not null and ${mode} = (
  select mode from occasions where occasion_id = l.occasion_id)`;

/**
 * The money and the positions that loss triggers look at, read in one moment.
 *
 * @param accounted when breakers had tripped whose losses are taken as accounted for, though they stand.
 */
export async function readAccount(
  db: Db,
  mode: Mode,
  at: Instant,
  accounted: AccountFacts["released"] = {},
): Promise<{ readonly account: AccountFacts; readonly holdings: readonly Holding[] }> {
  const { rows } = await sql<{
    readonly account: AccountJson;
    readonly holdings: readonly Holding[];
  }>`select ${accountSql(mode, at)} as account, ${holdingsSql(mode)} as holdings`.execute(db);
  const row = rows[0];
  if (!row) throw new RangeError("the account has one row");
  return {
    account: exactAccount(row.account, at, accounted),
    holdings: row.holdings.map(exactHolding),
  };
}

/** Raises the highest result of an account; after a released drawdown it begins anew. */
export async function storeHighWater(
  tx: Db,
  mode: Mode,
  { result, at }: { readonly result: UsdMicros; readonly at: Instant },
): Promise<void> {
  await sql`insert into equity_high_water (mode, result_micros, at)
    values (${mode}, ${result}, ${toDate(at)})
    on conflict (mode) do update set result_micros = excluded.result_micros, at = excluded.at`.execute(
    tx,
  );
}

/** JSON numbers beyond the exact range would have been rounded on the way: the units refuse them. */
export function exactAccount(
  row: AccountJson,
  at: Instant,
  accounted: AccountFacts["released"] = {},
): AccountFacts {
  const { highWater, released } = row;
  const began = dayBeganAt(at);
  const trades = row.trades.map(
    ({ net, closedAt }): ClosedTrade => ({ net: usdMicros(net), closedAt: instant(closedAt) }),
  );
  return {
    dayBeganAt: began,
    cash: usdMicros(row.cash),
    deposits: usdMicros(row.deposits),
    realizedToday: usdMicros(row.realizedToday),
    realizedThisWeek: usdMicros(row.realizedThisWeek),
    realizedEver: usdMicros(row.realizedEver),
    highWater: highWaterOf(
      highWater && { result: usdMicros(highWater.result), at: instant(highWater.at) },
      released,
    ),
    ...closedLosses(trades, { released: { ...released, ...accounted }, dayBeganAt: began }),
    released,
  };
}

/** The same for what is held. */
export function exactHolding(row: Holding): Holding {
  const { count, cost, fees, realized } = row;
  return {
    ...row,
    count: positionCenti(count),
    cost: usdMicros(cost),
    fees: usdMicros(fees),
    realized: usdMicros(realized),
  };
}

const millis = (at: RawBuilder<unknown>) => sql`floor(extract(epoch from ${at}) * 1000)::bigint`;
