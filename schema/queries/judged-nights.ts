import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { DRILL } from "../../core/domain/order.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { AftermathLack } from "../../core/scoring/after-fill.ts";
import type { Db } from "../database.ts";
import { BELIEVED } from "./believed.ts";
import { IS_CRITICAL, IS_UNENDED } from "./gate-facts.ts";

/** One night that ended, whatever it was played from. */
export interface JudgedNight {
  readonly runId: string;
  readonly date: TradingDate;
  readonly source: string;
  readonly verdict: string | null;
  readonly configHash: string;
}

/** One night that has begun: it ended, was given up without an end, or may end yet. */
export interface BegunNight extends JudgedNight {
  readonly end: "written" | "given_up" | "none";
}

/** Which nights are asked for, both days included. */
interface NightsOf {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
}

/** Nights of a mode that ended, of some days, the first first. */
export async function judgedNights(db: Db, of: NightsOf): Promise<readonly JudgedNight[]> {
  return (await begunNights(db, of)).filter(({ end }) => end === "written");
}

/**
 * Nights of a mode that have begun, of some days, the first first. A seeded world that did not end is none:
 * it is no evidence, and a gate does not ask for its end.
 */
export async function begunNights(db: Db, of: NightsOf): Promise<readonly BegunNight[]> {
  const { rows } = await sql<BegunNight>`
    select run_id as "runId", trading_date as date, source, verdict, config_hash as "configHash",
      case when ended_at is not null then 'written' when ${IS_UNENDED} then 'given_up' else 'none' end as "end"
    from runs r
    where mode = ${of.mode} and domain = 'nba' and trading_date between ${of.from} and ${of.to}
      and (ended_at is not null or source not like 'world:%')
    order by trading_date`.execute(db);
  return rows;
}

const within = (runIds: readonly string[]) => sql`any(${[...runIds]}::text[])`;

/** A game of the nights, and a market of it with what it paid. */
export interface JudgedMarket {
  readonly gameId: string;
  readonly date: TradingDate;
  readonly eventTicker: string;
  readonly marketTicker: string;
  readonly side: "home" | "away";
  /** Code of the team whose victory it is about. */
  readonly team: string;
  /** What one contract paid, micros; null until it has settled. */
  readonly value: number | null;
}

/** Every market of the nights. */
export async function judgedMarkets(
  db: Db,
  runIds: readonly string[],
): Promise<readonly JudgedMarket[]> {
  const { rows } = await sql<JudgedMarket>`
    select g.game_id as "gameId", r.trading_date as date, g.event_ticker as "eventTicker",
      m.market_ticker as "marketTicker", m.team as side,
      case m.team when 'home' then g.home else g.away end as team,
      m.settlement_value_micros as value
    from markets m join games g using (game_id) join runs r using (run_id)
    where g.run_id = ${within(runIds)} order by g.game_id, m.market_ticker`.execute(db);
  return rows;
}

/** The first entry of a strategy in a game, with what the market was like when it was proposed. */
export interface EntryContext {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  /** Micros per contract, net of fees, and what a contract was held to be worth; null if not kept. */
  readonly edge: number | null;
  readonly fairValue: number | null;
  /** Spread, micros; size at the ask, hundredths; null when a side was empty. */
  readonly spread: number | null;
  readonly askSize: number | null;
  /** Standard deviation of the middle over ten minutes before, micros. */
  readonly volatility: number | null;
}

/**
 * The first entry that was made of each strategy in each game. In shadow nothing fills: there it is the
 * first that was approved.
 */
export async function entryContexts(
  db: Db,
  { mode, runIds }: { readonly mode: Mode; readonly runIds: readonly string[] },
): Promise<readonly EntryContext[]> {
  const isMade =
    mode === "shadow"
      ? sql`true`
      : sql`exists (select from orders o where o.root_id = i.client_order_id and o.filled_centi > 0)`;
  const { rows } = await sql<EntryContext>`
    with entry as (
      select distinct on (occasion_id, strategy) occasion_id, strategy, proposed_at,
        terms::jsonb ->> 'marketTicker' as market_ticker,
        (terms::jsonb ->> 'edgeMicros')::float8 as edge,
        (terms::jsonb ->> 'fairValue')::float8 as fair_value
      from intents i
      where run_id = ${within(runIds)} and purpose = 'entry' and refusal_code is null
        and parent_id is null and strategy <> ${DRILL} and ${isMade}
      order by occasion_id, strategy, proposed_at)
    select e.occasion_id as "gameId", e.strategy, e.market_ticker as "marketTicker", e.edge,
      e.fair_value as "fairValue", seen.spread, seen.size as "askSize", path.deviation as volatility
    from entry e
    left join markets m on m.game_id = e.occasion_id and m.market_ticker = e.market_ticker
    left join lateral (
      select case m.team when 'home' then home_ask_micros - home_bid_micros
          else away_ask_micros - away_bid_micros end as spread,
        case m.team when 'home' then home_ask_size_centi else away_ask_size_centi end as size
      from snapshots s
      where s.game_id = e.occasion_id and s.observed_at <= e.proposed_at and ${BELIEVED}
      order by observed_at desc, cursor_no desc limit 1) seen on true
    left join lateral (
      select stddev_samp(mid_micros)::float8 as deviation from snapshots s
      where s.game_id = e.occasion_id and s.observed_at <= e.proposed_at and ${BELIEVED}
        and s.observed_at > e.proposed_at - interval '10 minutes') path on true
    order by e.occasion_id, e.strategy`.execute(db);
  return rows;
}

/** A fill to look after. */
export interface LookedAfter {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly atMs: number;
}

/** Middles of a market at a fill and after it, micros; null when a side was empty or trading had ended. */
export interface AftermathRow {
  readonly midAt: number | null;
  /** Null also where it is not known; `lacksAfter` says why. */
  readonly midsAfter: readonly (number | null)[];
  readonly lacksAfter: readonly (AftermathLack | null)[];
  /** The last middle that was seen, at the fill or after it; null when there was none. */
  readonly closing: number | null;
  /** The market's probability at tip, that its team wins; null when not known. */
  readonly atTip: number | null;
  /** Before tip, by the instant the clock was first seen running. */
  readonly isBeforeTip: boolean;
}

/** Middle of the side's own book. */
const MIDDLE = sql`case side.team when 'home' then (home_bid_micros + home_ask_micros) / 2.0::float8
  else (away_bid_micros + away_ask_micros) / 2.0::float8 end`;

/** When the side's own book was last quoted. */
const QUOTED = sql`coalesce(case side.team when 'home' then home_quoted_at else away_quoted_at end,
  observed_at)`;

/**
 * The middle `later` seconds after a fill, or why it is not known. Each change is written down when it
 * is seen: a book stayed as it was at the fill where the next look, within a minute, finds it believed
 * and quoted before the fill or after the horizon. Minute candles cannot tell of less than a minute.
 */
const AFTER = sql`
  select case when lack is null then mid end as mid, lack
  from (select seen.mid, case
        when seen.mid is null then 'not_seen'
        when seen.quality = 'derived' and later < 60 then 'minute_resolution'
        when seen.observed_at > at then null
        when next.is_sound and next.observed_at > horizon
          and next.observed_at <= seen.observed_at + interval '1 minute'
          and not (next.quoted > at and next.quoted <= horizon) then null
        else 'not_seen' end as lack
    from (select at + make_interval(secs => later) as horizon) asked
    left join lateral (select ${MIDDLE} as mid, quality, observed_at, cursor_no from snapshots s
      where s.game_id = side.game_id and ${BELIEVED} and observed_at <= horizon
        and observed_at > horizon - interval '1 minute'
      order by observed_at desc, cursor_no desc limit 1) seen on true
    left join lateral (select observed_at, ${BELIEVED} as is_sound, ${QUOTED} as quoted from snapshots s
      where s.game_id = side.game_id
        and (s.observed_at, s.cursor_no) > (seen.observed_at, seen.cursor_no)
      order by observed_at, cursor_no limit 1) next on true) told`;

/** What the market did after fills, in their sequence. A middle speaks for a minute. */
export async function aftermaths(
  db: Db,
  fills: readonly LookedAfter[],
  secondsAfter: readonly number[],
): Promise<readonly AftermathRow[]> {
  const { rows } = await sql<AftermathRow>`
    with fill as (
      select n, f."gameId" as game_id, f."marketTicker" as market_ticker,
        to_timestamp(f."atMs" / 1000.0) as at
      from jsonb_array_elements(${JSON.stringify(fills)}::jsonb) with ordinality as item(value, n)
        cross join lateral jsonb_to_record(item.value)
          as f("gameId" text, "marketTicker" text, "atMs" float8)),
    side as (
      select fill.*, coalesce(m.team, 'home') as team, t.scored_at as tip_at,
        t.market_probability as tip
      from fill left join markets m using (game_id, market_ticker)
        left join scores t on t.game_id = fill.game_id and t.instant_name = 'tip')
    select now.mid as "midAt", closing.mid as closing, coalesce(at < tip_at, false) as "isBeforeTip",
      case team when 'home' then tip else 1 - tip end as "atTip",
      later.mids as "midsAfter", later.lacks as "lacksAfter"
    from side
    cross join lateral (
      select array_agg(mid order by place) as mids, array_agg(lack order by place) as lacks
      from unnest(${[...secondsAfter]}::float8[]) with ordinality as l(later, place)
        cross join lateral (${AFTER}) one) later
    left join lateral (select ${MIDDLE} as mid from snapshots s
      where s.game_id = side.game_id and ${BELIEVED} and observed_at <= at
        and observed_at > at - interval '1 minute'
      order by observed_at desc, cursor_no desc limit 1) now on true
    left join lateral (select ${MIDDLE} as mid from snapshots s
      where s.game_id = side.game_id and observed_at >= at and ${BELIEVED} and ${MIDDLE} is not null
      order by observed_at desc, cursor_no desc limit 1) closing on true
    order by n`.execute(db);
  return rows;
}

/** What went wrong in some days of the wall. */
export interface WeekTroubles {
  readonly breakers: readonly {
    readonly id: number;
    readonly breaker: string;
    readonly cause: string;
  }[];
  readonly incidents: readonly {
    readonly id: number;
    readonly what: string;
    readonly resolution: string | null;
  }[];
  readonly criticalAlarms: readonly { readonly code: string; readonly message: string }[];
  /** Refusals of risk by rule, and the largest shares of a limit that an alarm told of. */
  readonly refusals: readonly { readonly code: string; readonly n: number }[];
  readonly nearLimits: readonly {
    readonly limit: string;
    readonly used: number;
    readonly max: number;
  }[];
  /** Days on which a drawdown halted entries that a person has let go on since. */
  readonly drawdownsReleased: readonly TradingDate[];
}

/**
 * SQL: the stretches of the wall that are the nights'. Each lasts until the mode's next night begins, and
 * begins with its own begin, or with the review of the days before it: what came after that is in none yet.
 */
const spansOf = ({ mode, runIds }: NightsOfMode) => sql`
  select coalesce((select max(j.recorded_at) from judgements j
      where j.kind = 'weekly' and j.mode = ${mode} and j.to_date < night.trading_date
        and j.to_date >= night.date_before and j.recorded_at between night.before and night.begun), begun) as since,
    next as until,
    source like 'world:%' as is_world
  from (select run_id, trading_date, source, recorded_at as begun, lag(recorded_at) over wall as before,
      lag(trading_date) over wall as date_before,
      coalesce(lead(recorded_at) over wall, 'infinity') as next
    from runs where mode = ${mode} and domain = 'nba'
    window wall as (order by recorded_at, run_id)) night
  where run_id = ${within(runIds)}`;

/**
 * SQL: what run `r`, or none, raised at such an instant is of the nights: their own, and what came in their
 * stretches. What a night of another kind raised is no measure of these.
 */
const isOfNights = ({ runIds }: NightsOfMode, at: string) => sql`(
  coalesce(r.run_id = ${within(runIds)}, false) or exists (
    select from span where ${sql.ref(at)} >= since and ${sql.ref(at)} < until
      and (r.domain is distinct from 'nba' or (r.source like 'world:%') = is_world)))`;

interface NightsOfMode {
  readonly mode: Mode;
  readonly runIds: readonly string[];
}

/**
 * Reads it for nights: what they raised themselves, and what was raised in their stretches of the wall.
 * A critical alarm of no run that stands from before them is theirs too: raised again it is the same alarm.
 */
export async function troublesOf(db: Db, nights: NightsOfMode): Promise<WeekTroubles> {
  const { mode, runIds } = nights;
  const { rows } = await sql<WeekTroubles>`
    with span as (${spansOf(nights)}),
    breaker as (
      select b.* from circuit_breakers b left join runs r using (run_id)
      where b.mode = ${mode} and ${isOfNights(nights, "b.recorded_at")}),
    alarm as (
      select a.* from alarms a
        left join occasions o on o.occasion_id = a.game_id
        left join runs r on r.run_id = coalesce(a.run_id, o.run_id)
      where coalesce(r.mode, ${mode}) = ${mode} and (${isOfNights(nights, "a.recorded_at")}
        or (r.run_id is null and ${IS_CRITICAL} and a.cleared_at is null
          and a.recorded_at < (select min(since) from span))))
    select
      coalesce((select json_agg(json_build_object('id', breaker_id, 'breaker', breaker, 'cause', cause)
          order by breaker_id)
        from breaker), '[]') as breakers,
      coalesce((select json_agg(json_build_object('id', incident_id, 'what', what,
          'resolution', resolution) order by incident_id)
        from incidents where mode = ${mode} and exists (
          select from span where opened_at >= since and opened_at < until)), '[]') as incidents,
      coalesce((select json_agg(json_build_object('code', code, 'message', message) order by alarm_id)
        from alarm a where ${IS_CRITICAL}), '[]') as "criticalAlarms",
      coalesce((select json_agg(json_build_object('code', refusal_code, 'n', n)
          order by n desc, refusal_code)
        from (select refusal_code, count(*) as n from intents
          where run_id = ${within(runIds)} and refusal_code is not null and strategy <> ${DRILL}
          group by refusal_code) counted), '[]') as refusals,
      coalesce((select json_agg(json_build_object('limit', field, 'used', used, 'max', most)
          order by field)
        from (select distinct on (field) field, (details::jsonb ->> 'used')::float8 as used,
            (details::jsonb ->> 'max')::float8 as most
          from alarm where code in ('limit_near', 'daily_loss_near')
          order by field, (details::jsonb ->> 'used')::float8 / nullif((details::jsonb ->> 'max')::float8, 0)
            desc) near), '[]') as "nearLimits",
      coalesce((select json_agg(distinct r.trading_date)
        from circuit_breakers b join runs r using (run_id)
        where b.mode = ${mode} and b.breaker = 'drawdown' and b.released_at is not null), '[]')
        as "drawdownsReleased"
  `.execute(db);
  const [row] = rows;
  if (!row) throw new Error("a select without a table answers one row");
  return row;
}
