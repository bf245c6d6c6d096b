import { type RawBuilder, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import { type BookSide, DRILL, type ExitType } from "../../core/domain/order.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";

/** Rows with the query that brought them, for people to run again. */
export interface Evidence<Row> {
  readonly rows: readonly Row[];
  readonly query: string;
}

/** Where a gate looks for its nights: those of one mode that ended. */
export interface GateWindow {
  readonly mode: Mode;
  /** Settings in force: a night under others is no evidence for these. */
  readonly configHash: string;
  /**
   * Limits in force, as settings; `null` takes nights under any, and those before a change too, for what
   * moves one down: no change lifts that.
   */
  readonly limitsHash: string | null;
  /** Nights begun before this, wall, belong to an earlier stay on the stage. */
  readonly since: Date;
  /** Trading dates, both included, outside which a night is none of the window; of any unless stated. */
  readonly days?: { readonly from: TradingDate; readonly to: TradingDate };
}

/** One night that ended and counts. */
export interface GateNight {
  readonly runId: string;
  readonly date: string;
  readonly verdict: string | null;
  readonly codeCommit: string;
  /** When it was begun, wall milliseconds. */
  readonly begunAtMs: number;
}

/**
 * Why a night of the window is no evidence: a seeded world, whose result one chooses; no end that anybody
 * wrote; other settings or limits in any of its decisions; no decision, which could tell its limits; begun
 * earlier than the last night under others, which a change that is taken back would else leave out alone.
 */
type NoEvidence = "world" | "unended" | "settings" | "limits" | "idle" | "earlier";

/** How many nights of the window do not count, by why. */
export type LeftOut = Readonly<Record<NoEvidence, number>>;

/** Nothing is left out. */
export const NONE_LEFT_OUT: LeftOut = {
  world: 0,
  unended: 0,
  settings: 0,
  limits: 0,
  idle: 0,
  earlier: 0,
};

/** The nights of a window, the first first, and how many others there were. */
export interface GateNights extends Evidence<GateNight> {
  readonly leftOut: LeftOut;
}

async function ask<Row>(db: Db, query: RawBuilder<Row>): Promise<Evidence<Row>> {
  const compiled = query.compile(db);
  const { rows } = await db.executeQuery(compiled);
  const text = compiled.sql.replace(/\s+/g, " ").trim();
  return { rows, query: `${text}; -- ${JSON.stringify(compiled.parameters)}` };
}

/** SQL: run `r`, of a source that counts, was given up without an end, such as by hand in the Web UI. */
export const IS_UNENDED = sql`(
  r.ended_at is null and r.source not like 'world:%' and (
    r.recorded_at < now() - interval '2 days' or exists (
      select from runs later where later.mode = r.mode and later.domain = r.domain
        and later.recorded_at > r.recorded_at)))`;

/** SQL: alarm `a` is critical, and no kill of a drill: the gate demands that one. */
export const IS_CRITICAL = sql`(
  a.severity = 'critical'
    and not (a.code = 'kill' and exists (select from drills where kill_id = a.field)))`;

type JudgedNight = GateNight & { readonly leftOutFor: NoEvidence | null };

/** Reads every night of the window that is over, and takes those apart that are no evidence. */
export async function gateNights(db: Db, window: GateWindow): Promise<GateNights> {
  const { mode, configHash, limitsHash, since, days } = window;
  const { rows, query } = await ask(
    db,
    sql<JudgedNight>`
      select run_id as "runId", trading_date as date, verdict, code_commit as "codeCommit",
        (extract(epoch from recorded_at) * 1000)::bigint as "begunAtMs",
        case when source like 'world:%' then 'world'
          when ended_at is null then 'unended'
          when config_hash <> ${configHash} or exists (
            select from games g join decisions d using (game_id)
            where g.run_id = r.run_id and d.config_hash <> ${configHash}) then 'settings'
          when ${limitsHash}::text is not null then (
            select case when count(*) = 0 then 'idle'
              when bool_or(judged.limits_hash is distinct from ${limitsHash}) then 'limits' end
            from (
              select d.limits_hash from games g join decisions d using (game_id)
              where g.run_id = r.run_id
              union all select i.limits_hash from intents i
              where i.run_id = r.run_id and ${isStrategys("i")}) judged)
        end as "leftOutFor"
      from runs r where mode = ${mode} and domain = 'nba'
        and (ended_at is not null or ${IS_UNENDED})
        and recorded_at >= ${since} ${days ? within(days) : sql``}
      order by trading_date`,
  );
  const changedAtMs = limitsHash === null ? null : lastChangeAt(rows);
  const nights: GateNight[] = [];
  const leftOut = { ...NONE_LEFT_OUT };
  for (const { leftOutFor, ...night } of rows) {
    const isEarlier = changedAtMs !== null && night.begunAtMs <= changedAtMs;
    const why = leftOutFor ?? (isEarlier ? "earlier" : null);
    if (why === null) nights.push(night);
    else leftOut[why] += 1;
  }
  return { rows: nights, query, leftOut };
}

const within = ({ from, to }: NonNullable<GateWindow["days"]>) =>
  sql`and trading_date between ${from} and ${to}`;

/** When the last night under other settings or limits was begun. @returns `null` when there was none. */
function lastChangeAt(nights: readonly JudgedNight[]): number | null {
  const changed = nights.filter(({ leftOutFor: why }) => why === "settings" || why === "limits");
  return changed.length === 0 ? null : Math.max(...changed.map(({ begunAtMs }) => begunAtMs));
}

/** The nights that a gate is judged on. */
export interface CountedNights {
  readonly mode: Mode;
  readonly runIds: readonly string[];
}

/** SQL: the order or intent is a strategy's: what a drill sends is no evidence of any. */
const isStrategys = (table: string) => sql`${sql.ref(`${table}.strategy`)} <> ${sql.lit(DRILL)}`;

const nightsOf = ({ runIds }: CountedNights) => sql`any(${[...runIds]}::text[])`;

/** One of our fills, with what its order was for. */
export interface GateFill {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly side: BookSide;
  readonly price: number;
  readonly count: number;
  readonly fee: number;
  readonly phase: "pregame" | "live";
  readonly purpose: "entry" | "exit";
  readonly exitType: ExitType | null;
  readonly atMs: number;
}

/** Every fill of the nights of a strategy's order. */
export async function gateFills(db: Db, nights: CountedNights): Promise<Evidence<GateFill>> {
  return ask(
    db,
    sql<GateFill>`
      select o.occasion_id as "gameId", o.strategy, f.market_ticker as "marketTicker", f.side,
        f.price_micros as price, f.count_centi as count, f.fee_micros as fee, o.phase, o.purpose,
        o.exit_type as "exitType", (extract(epoch from f.filled_at) * 1000)::bigint as "atMs"
      from fills f join orders o using (client_order_id)
      where o.run_id = ${nightsOf(nights)} and ${isStrategys("o")} order by f.filled_at, f.fill_id`,
  );
}

/**
 * What shadow would have traded: the first approved entry of each game and strategy, which shadow never
 * sends, taken as bought whole at its worst price. Its fee is the taker's, computed by the reader.
 */
export async function gateWouldTrades(
  db: Db,
  nights: CountedNights,
): Promise<Evidence<Omit<GateFill, "fee">>> {
  return ask(
    db,
    sql<Omit<GateFill, "fee">>`
      select distinct on (occasion_id, strategy) occasion_id as "gameId", strategy,
        terms::jsonb ->> 'marketTicker' as "marketTicker", 'bid' as side,
        (terms::jsonb ->> 'limitPrice')::bigint as price, (terms::jsonb ->> 'count')::bigint as count,
        phase, purpose, null as "exitType",
        (extract(epoch from proposed_at) * 1000)::bigint as "atMs"
      from intents
      where run_id = ${nightsOf(nights)} and purpose = 'entry' and refusal_code is null
        and ${isStrategys("intents")}
      order by occasion_id, strategy, proposed_at`,
  );
}

/** What one contract of a settled market paid, micros. */
export interface GateSettlement {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly value: number;
}

/** What the markets of the nights paid. */
export async function gateSettlements(
  db: Db,
  nights: CountedNights,
): Promise<Evidence<GateSettlement>> {
  return ask(
    db,
    sql<GateSettlement>`
      select m.game_id as "gameId", m.market_ticker as "marketTicker",
        m.settlement_value_micros as value
      from markets m join games g using (game_id)
      where g.run_id = ${nightsOf(nights)} and m.settlement_value_micros is not null`,
  );
}

/** The trading date of each game of the nights. */
export async function gateGames(
  db: Db,
  nights: CountedNights,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await ask(
    db,
    sql<{ gameId: string; date: string }>`
      select g.game_id as "gameId", r.trading_date as date from games g join runs r using (run_id)
      where r.run_id = ${nightsOf(nights)}`,
  );
  return new Map(rows.map(({ gameId, date }) => [gameId, date]));
}

/** Our probability and the market's, at the same instant of a game. */
export interface GateScore {
  readonly gameId: string;
  readonly instantName: string;
  readonly model: number;
  readonly market: number;
  readonly homeWon: boolean;
}

/** Every instant of the nights at which both spoke. */
export async function gateScores(db: Db, nights: CountedNights): Promise<Evidence<GateScore>> {
  return ask(
    db,
    sql<GateScore>`
      select s.game_id as "gameId", s.instant_name as "instantName", s.model_probability as model, s.market_probability as market,
        s.home_won as "homeWon"
      from scores s join games g using (game_id)
      where g.run_id = ${nightsOf(nights)}
        and s.model_probability is not null and s.market_probability is not null
      order by s.game_id, s.instant_name`,
  );
}

/** One order and what came of it, for the comparison with its plan. */
export interface GateOrder {
  readonly id: string;
  readonly gameId: string;
  readonly strategy: string;
  readonly parentId: string | null;
  readonly side: BookSide;
  readonly count: number;
  readonly expectedFillProbability: number;
  readonly expectedPrice: number;
  readonly fills: readonly { readonly price: number; readonly count: number }[];
}

/** Every order of a strategy that was sent in the nights and is over. */
export async function gateOrders(db: Db, nights: CountedNights): Promise<Evidence<GateOrder>> {
  return ask(
    db,
    sql<GateOrder>`
      select o.client_order_id as id, o.occasion_id as "gameId", o.strategy, o.parent_id as "parentId", o.side, o.count_centi as count,
        o.expected_fill_probability as "expectedFillProbability",
        o.expected_price_micros as "expectedPrice",
        coalesce((select json_agg(json_build_object('price', f.price_micros, 'count', f.count_centi))
          from fills f where f.client_order_id = o.client_order_id), '[]') as fills
      from orders o
      where o.run_id = ${nightsOf(nights)} and o.submitted_at is not null and ${isStrategys("o")}
        and o.status in ('filled', 'canceled', 'expired')
      order by o.intended_at, o.client_order_id`,
  );
}

/** A count with the query behind it. */
interface Count {
  readonly n: number;
}

/** Breakers that tripped since the first night that counts, but for those that say nothing of trading. */
export async function gateBreaches(
  db: Db,
  nights: CountedNights,
  ignored: readonly string[],
): Promise<Evidence<Count>> {
  return ask(
    db,
    sql<Count>`
      select count(*) as n from circuit_breakers
      where mode = ${nights.mode} and breaker <> all(${[...ignored]}::text[])
        and recorded_at >= (select min(recorded_at) from runs where run_id = ${nightsOf(nights)})`,
  );
}

/**
 * Critical alarms since the first night that counts and those that stand from before it, nights of any source
 * that failed since or never ended, and incidents that a person opened since; one that was opened for an
 * alarm, a breaker or a kill whose alarm counts is that one again.
 * What went wrong during a drill, whose kill is none, has a code of its own.
 */
export async function gateIncidents(db: Db, nights: CountedNights): Promise<Evidence<Count>> {
  return ask(
    db,
    sql<Count>`
      select count(*) as n from (
        with first_night as (
          select min(recorded_at) as at from runs where run_id = ${nightsOf(nights)}),
        alarm as (
          select a.alarm_id, a.code, a.field, a.details
          from first_night, alarms a left join runs r using (run_id)
          where ${IS_CRITICAL} and coalesce(r.mode, ${nights.mode}) = ${nights.mode}
            and (a.recorded_at >= first_night.at or a.cleared_at is null)),
        told (source, source_id) as (
          select 'alarm', alarm_id::text from alarm
          union all select 'kill', field from alarm where code = 'kill'
          union all select 'breaker', details::jsonb ->> 'breakerId' from alarm
            where code = 'breaker_tripped')
        select from alarm
        union all select from first_night, runs r
          where r.mode = ${nights.mode} and r.domain = 'nba' and (r.verdict = 'failed' or ${IS_UNENDED})
            and r.recorded_at >= first_night.at
        union all select from first_night, incidents i
          where i.mode = ${nights.mode} and i.opened_at >= first_night.at and not exists (
            select from told where told.source = i.source and told.source_id = i.source_id)
      ) found`,
  );
}

/** Wall milliseconds of the last drill of a kind that was passed. */
export async function lastDrill(
  db: Db,
  mode: Mode,
  kind: "kill" | "restore",
): Promise<Evidence<{ readonly atMs: number }>> {
  return ask(
    db,
    sql<{ atMs: number }>`
      select (extract(epoch from at) * 1000)::bigint as "atMs" from drills
      where mode = ${mode} and kind = ${kind} and passed order by at desc limit 1`,
  );
}

/** A breaker that tripped: what may move the ladder down. */
export interface TrippedBreaker {
  readonly breakerId: number;
  readonly breaker: string;
  readonly cause: string;
}

/** Breakers of a mode that tripped since an instant of the wall, oldest first. */
export async function breakersSince(
  db: Db,
  mode: Mode,
  since: Date,
): Promise<readonly TrippedBreaker[]> {
  const { rows } = await sql<TrippedBreaker>`
    select breaker_id as "breakerId", breaker, cause from circuit_breakers
    where mode = ${mode} and recorded_at >= ${since} order by breaker_id`.execute(db);
  return rows;
}

/** A fill in the units of the core. */
export function executionOf(fill: GateFill) {
  const { price, count, fee, atMs, ...same } = fill;
  return {
    ...same,
    price: priceMicros(price),
    count: countCenti(count),
    fee: usdMicros(fee),
    at: instant(atMs),
  };
}

/** Fees of would-trades: those of the series, since shadow pays none. */
export const WOULD_TRADE_FEES: FeeSchedule = {
  kind: "quadratic_with_maker_fees",
  multiplierMilli: 1_000,
};
