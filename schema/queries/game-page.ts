import { sql } from "kysely";
import type { Db } from "../database.ts";
import { epoch, epochOrNull } from "./epoch.ts";

/** One game as people ask for it: `tipoff game EVENT`. Instants are epoch milliseconds. */
export interface GamePageRows {
  readonly game: GameHeadRow;
  readonly decisions: readonly DecisionLineRow[];
  readonly intents: readonly IntentLineRow[];
  readonly orders: readonly OrderLineRow[];
  readonly updates: readonly OrderUpdateRow[];
  readonly fills: readonly FillLineRow[];
  readonly positions: readonly PositionLineRow[];
  readonly settlements: readonly SettlementLineRow[];
  readonly scores: readonly ScoreLineRow[];
  readonly alarms: readonly AlarmLineRow[];
}

interface GameHeadRow {
  readonly gameId: string;
  readonly runId: string;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: number;
  readonly phase: string;
  readonly result: string | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  readonly matchConfidence: number;
  /** JSON list of words. */
  readonly matchReasons: string;
}

interface DecisionLineRow {
  readonly decisionId: string;
  readonly decidedAt: number;
  readonly reason: string;
  /** The DecisionOutput, JSON. */
  readonly output: string;
}

export interface IntentLineRow {
  readonly clientOrderId: string;
  readonly parentId: string | null;
  readonly decisionId: string;
  readonly strategy: string;
  readonly purpose: string;
  readonly exitType: string | null;
  readonly terms: string;
  /** Every RuleVerdict, JSON. */
  readonly rules: string;
  readonly refusalCode: string | null;
  readonly proposedAt: number;
}

export interface OrderLineRow {
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  readonly price: number;
  readonly count: number;
  readonly filled: number;
  readonly status: string;
  readonly timeInForce: string;
  readonly isPostOnly: boolean;
  readonly intendedAt: number;
  readonly closedAt: number | null;
}

interface OrderUpdateRow {
  readonly clientOrderId: string;
  readonly kind: string;
  readonly status: string;
  readonly at: number;
}

export interface FillLineRow {
  readonly fillId: string;
  readonly clientOrderId: string;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  readonly price: number;
  readonly count: number;
  readonly fee: number;
  readonly liquidity: string;
  readonly filledAt: number;
}

interface PositionLineRow {
  readonly strategy: string;
  readonly marketTicker: string;
  readonly count: number;
  readonly cost: number;
  readonly fees: number;
  readonly realized: number;
}

interface SettlementLineRow {
  readonly strategy: string;
  readonly marketTicker: string;
  readonly result: string;
  readonly value: number | null;
  readonly count: number;
  readonly revenue: number;
  /** Of the venue's word on it, 0 is the first; a later one is a correction. */
  readonly correction: number;
  readonly settledAt: number;
}

interface ScoreLineRow {
  readonly instantName: string;
  readonly scoredAt: number;
  readonly model: number | null;
  readonly market: number | null;
}

interface AlarmLineRow {
  readonly severity: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly count: number;
  readonly raisedAt: number;
  readonly clearedAt: number | null;
}

/** Reads one game whole. @returns `null` when it is not known. */
export async function loadGamePage(db: Db, gameId: string): Promise<GamePageRows | null> {
  const game = await gameHead(db, gameId);
  if (!game) return null;
  return {
    game,
    decisions: await decisionLines(db, gameId),
    intents: await intentLines(db, gameId),
    orders: await orderLines(db, gameId),
    updates: await updateLines(db, gameId),
    fills: await fillLines(db, gameId),
    positions: await positionLines(db, gameId),
    settlements: await settlementLines(db, gameId),
    scores: await scoreLines(db, gameId),
    alarms: await alarmLines(db, gameId),
  };
}

function gameHead(db: Db, gameId: string): Promise<GameHeadRow | undefined> {
  return db
    .selectFrom("games")
    .select([
      "game_id as gameId",
      "run_id as runId",
      "event_ticker as eventTicker",
      "home",
      "away",
      epoch("tip_at").as("tipAt"),
      "phase",
      "result",
      "home_score as homeScore",
      "away_score as awayScore",
      "match_confidence as matchConfidence",
      "match_reasons as matchReasons",
    ])
    .where("game_id", "=", gameId)
    .executeTakeFirst();
}

function decisionLines(db: Db, gameId: string): Promise<readonly DecisionLineRow[]> {
  return db
    .selectFrom("decisions")
    .select(["decision_id as decisionId", epoch("decided_at").as("decidedAt"), "reason", "output"])
    .where("game_id", "=", gameId)
    .orderBy("decided_at")
    .orderBy(sql`decision_id collate "C"`)
    .execute();
}

function intentLines(db: Db, gameId: string): Promise<readonly IntentLineRow[]> {
  return db
    .selectFrom("intents")
    .select([
      "client_order_id as clientOrderId",
      "parent_id as parentId",
      "decision_id as decisionId",
      "strategy",
      "purpose",
      "exit_type as exitType",
      "terms",
      "rules",
      "refusal_code as refusalCode",
      epoch("proposed_at").as("proposedAt"),
    ])
    .where("occasion_id", "=", gameId)
    .orderBy("proposed_at")
    .orderBy("intent_key")
    .execute();
}

function orderLines(db: Db, gameId: string): Promise<readonly OrderLineRow[]> {
  return db
    .selectFrom("orders")
    .select([
      "client_order_id as clientOrderId",
      "venue_order_id as venueOrderId",
      "strategy",
      "market_ticker as marketTicker",
      "side",
      "price_micros as price",
      "count_centi as count",
      "filled_centi as filled",
      "status",
      "time_in_force as timeInForce",
      "is_post_only as isPostOnly",
      epoch("intended_at").as("intendedAt"),
      epochOrNull("closed_at").as("closedAt"),
    ])
    .where("occasion_id", "=", gameId)
    .orderBy("intended_at")
    .orderBy("client_order_id")
    .execute();
}

function updateLines(db: Db, gameId: string): Promise<readonly OrderUpdateRow[]> {
  return db
    .selectFrom("order_updates")
    .innerJoin("orders", "orders.client_order_id", "order_updates.client_order_id")
    .select([
      "order_updates.client_order_id as clientOrderId",
      "kind",
      "order_updates.status as status",
      epoch("at").as("at"),
    ])
    .where("occasion_id", "=", gameId)
    .orderBy("update_id")
    .execute();
}

function fillLines(db: Db, gameId: string): Promise<readonly FillLineRow[]> {
  return db
    .selectFrom("fills")
    .innerJoin("orders", "orders.client_order_id", "fills.client_order_id")
    .select([
      "fill_id as fillId",
      "fills.client_order_id as clientOrderId",
      "fills.market_ticker as marketTicker",
      "fills.side as side",
      "fills.price_micros as price",
      "fills.count_centi as count",
      "fee_micros as fee",
      "liquidity",
      epoch("filled_at").as("filledAt"),
    ])
    .where("occasion_id", "=", gameId)
    .orderBy("filled_at")
    .orderBy("fill_id")
    .execute();
}

function positionLines(db: Db, gameId: string): Promise<readonly PositionLineRow[]> {
  return db
    .selectFrom("positions")
    .select([
      "strategy",
      "market_ticker as marketTicker",
      "position_centi as count",
      "cost_micros as cost",
      "fees_micros as fees",
      "realized_micros as realized",
    ])
    .where("occasion_id", "=", gameId)
    .orderBy("strategy")
    .orderBy("market_ticker")
    .execute();
}

/** Each settlement, and each correction of one as a line of its own. */
async function settlementLines(db: Db, gameId: string): Promise<readonly SettlementLineRow[]> {
  const { rows } = await sql<SettlementLineRow>`
    select strategy, market_ticker as "marketTicker", w.result, w.value_micros as value,
      s.position_centi as count, w.revenue_micros as revenue, w.correction, ${epoch("w.at")} as "settledAt"
    from settlements s, lateral (
      select 0 as correction, s.result, s.value_micros, s.revenue_micros, s.settled_at as at
      union all
      select correction_no, result, value_micros, revenue_micros, corrected_at
      from settlement_corrections c
      where (c.occasion_id, c.market_ticker, c.strategy) = (s.occasion_id, s.market_ticker, s.strategy)) w
    where s.occasion_id = ${gameId} order by w.at, market_ticker, w.correction`.execute(db);
  return rows;
}

function scoreLines(db: Db, gameId: string): Promise<readonly ScoreLineRow[]> {
  return db
    .selectFrom("scores")
    .select([
      "instant_name as instantName",
      epoch("scored_at").as("scoredAt"),
      "model_probability as model",
      "market_probability as market",
    ])
    .where("game_id", "=", gameId)
    .orderBy("scored_at")
    .execute();
}

function alarmLines(db: Db, gameId: string): Promise<readonly AlarmLineRow[]> {
  return db
    .selectFrom("alarms")
    .select([
      "severity",
      "code",
      "field",
      "message",
      "count",
      epoch("raised_at").as("raisedAt"),
      epochOrNull("cleared_at").as("clearedAt"),
    ])
    .where("game_id", "=", gameId)
    .where("nature", "=", "condition")
    .orderBy("raised_at")
    .orderBy("alarm_id")
    .execute();
}
