import { type Insertable, sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { type MarketMark, marksAt } from "../../core/domain/marking.ts";
import type { Instant } from "../../core/domain/units.ts";
import { type Db, toDate, toInstant } from "../database.ts";
import type { Database } from "../tables.ts";
import { BELIEVED } from "./believed.ts";

export type NewSnapshot = Insertable<Database["snapshots"]>;
export type NewDecision = Insertable<Database["decisions"]>;
export type NewVerdict = Insertable<Database["verdicts"]>;
export type NewCycle = Insertable<Database["cycles"]>;
export type NewRawResponse = Insertable<Database["raw_responses"]>;

/** Writes observed changes; a row that is there already (same game and cursor) is left as it is. */
export async function insertSnapshots(db: Db, rows: readonly NewSnapshot[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("snapshots")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Writes decisions; a row that is there already is left as it is. */
export async function insertDecisions(db: Db, rows: readonly NewDecision[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("decisions")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Writes verdicts, after their decisions; a row that is there already is left as it is. */
export async function insertVerdicts(db: Db, rows: readonly NewVerdict[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("verdicts")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Writes the counts of watch chunks; a row that is there already is left as it is. */
export async function insertCycles(db: Db, rows: readonly NewCycle[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("cycles")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/**
 * What either side of everything that is held in a mode could be left at, by the last book that was written
 * down: of a game with its snapshots, of a Bitcoin contract with its quotes. What was never seen has no mark.
 */
export async function lastMarks(db: Db, mode: Mode): Promise<Readonly<Record<string, MarketMark>>> {
  const { rows } = await sql<{
    readonly ticker: string;
    readonly bid: number | null;
    readonly ask: number | null;
  }>`
    with held as (
      select distinct o.occasion_id, o.domain, p.market_ticker
      from positions p join occasions o using (occasion_id)
      where o.mode = ${mode} and p.position_centi <> 0)
    select held.market_ticker as ticker,
      case m.team when 'home' then s.home_bid_micros else s.away_bid_micros end as bid,
      case m.team when 'home' then s.home_ask_micros else s.away_ask_micros end as ask
    from held join markets m on (m.game_id, m.market_ticker) = (held.occasion_id, held.market_ticker)
      join lateral (select * from snapshots
        where game_id = held.occasion_id order by observed_at desc limit 1) s on true
    union all
    select held.market_ticker, q.bid_micros, q.ask_micros
    from held join lateral (select bid_micros, ask_micros from kalshi_quotes
      where market_ticker = held.market_ticker and stale_because is null
      order by observed_at desc limit 1) q on true
    where held.domain = 'btc'`.execute(db);
  return Object.fromEntries(rows.map(({ ticker, bid, ask }) => [ticker, marksAt({ bid, ask })]));
}

/** Writes raw bodies under their hash: the same body twice is one row. */
export async function insertRaw(db: Db, rows: readonly NewRawResponse[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("raw_responses")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Mids of both markets at one instant, micros; null where a side was empty. */
export interface PastMids {
  readonly at: Instant;
  readonly home: number | null;
  readonly away: number | null;
}

/** Mids since an instant, oldest first: what rolling windows are rebuilt from after a restart. */
export async function recentMids(
  db: Db,
  gameId: string,
  since: Instant,
): Promise<readonly PastMids[]> {
  const rows = await db
    .selectFrom("snapshots")
    .select([
      "observed_at",
      sql<number | null>`(home_bid_micros + home_ask_micros) / 2.0::float8`.as("home"),
      sql<number | null>`(away_bid_micros + away_ask_micros) / 2.0::float8`.as("away"),
    ])
    .where("game_id", "=", gameId)
    .where("observed_at", ">=", toDate(since))
    .where(BELIEVED)
    .orderBy("cursor_no")
    .execute();
  return rows.map(({ observed_at, home, away }) => ({ at: toInstant(observed_at), home, away }));
}

/**
 * The last numbers used in a game, 0 before the first: a new watch counts on from here. Take in what
 * is spooled first, or numbers that wait in a file would be given twice.
 */
export async function lastNumbers(
  db: Db,
  gameId: string,
): Promise<{ readonly cursorNo: number; readonly cycleNo: number }> {
  return db
    .selectNoFrom([
      sql<number>`(select coalesce(max(cursor_no), 0) from snapshots where game_id = ${gameId})`.as(
        "cursorNo",
      ),
      sql<number>`(select coalesce(max(cycle_no), 0) from cycles where game_id = ${gameId})`.as(
        "cycleNo",
      ),
    ])
    .executeTakeFirstOrThrow();
}

/** What was seen of a game at one moment, with the forecast and the market's mid as probabilities. */
export interface SeenMoment {
  readonly observedAt: Instant;
  readonly clockState: "pre" | "in" | "post" | null;
  readonly period: number | null;
  readonly clockSeconds: number | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  readonly model: number | null;
  readonly market: number | null;
}

/**
 * Everything seen of a game, oldest first: what its forecasts are scored on. A mid of books that were not
 * believed is no price of the market's.
 */
export async function observationsOfGame(db: Db, gameId: string): Promise<readonly SeenMoment[]> {
  const rows = await db
    .selectFrom("snapshots")
    .select([
      "observed_at",
      "clock_state",
      "period",
      "clock_seconds",
      "home_score",
      "away_score",
      sql<number | null>`case when ${BELIEVED} then mid_micros end`.as("mid_micros"),
      "model_home_probability",
    ])
    .where("game_id", "=", gameId)
    .orderBy("cursor_no")
    .execute();
  return rows.map((row) => ({
    observedAt: toInstant(row.observed_at),
    clockState: CLOCK_STATES.find((state) => state === row.clock_state) ?? null,
    period: row.period,
    clockSeconds: row.clock_seconds,
    homeScore: row.home_score,
    awayScore: row.away_score,
    model: row.model_home_probability,
    market: row.mid_micros === null ? null : row.mid_micros / 1_000_000,
  }));
}

const CLOCK_STATES = ["pre", "in", "post"] as const;

/** Whether a decision's row is there. */
export async function hasDecision(db: Db, decisionId: string): Promise<boolean> {
  const found = await db
    .selectFrom("decisions")
    .select("decision_id")
    .where("decision_id", "=", decisionId)
    .executeTakeFirst();
  return found !== undefined;
}
