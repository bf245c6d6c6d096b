import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import { required } from "../../core/domain/assert.ts";
import { positionCenti } from "../../core/domain/units.ts";
import type { Db } from "../database.ts";
import { epoch, epochOrNull } from "./epoch.ts";
import { candidates, consistency } from "./report-judgement.ts";
import type {
  AlarmRow,
  BreakerRow,
  CycleRow,
  FillRow,
  ForeignRow,
  GameRow,
  IntentRow,
  MarketRow,
  OpenPositionRow,
  OrderRow,
  ReportRows,
  RunRow,
  ScoreRow,
  SettlementRow,
  VerdictCountRow,
} from "./report-rows.ts";
import { cash, changes, prices } from "./report-series.ts";
import { settledAsCorrected } from "./settled-words.ts";

/**
 * Reads all that a run's report is made of.
 *
 * @throws InvariantError when there is no such run.
 */
export async function loadReportRows(db: Db, runId: string): Promise<ReportRows> {
  const run = required(await runRow(db, runId), `run ${runId}`);
  const games = await gameRows(db, runId);
  const gameIds = games.map((game) => game.gameId);
  return {
    run,
    games,
    markets: await marketRows(db, runId),
    intents: await intentRows(db, runId),
    orders: await orderRows(db, runId),
    fills: await fillRows(db, runId),
    settlements: await settlementRows(db, runId),
    openPositions: await openPositionRows(db, runId),
    scores: await scoreRows(db, runId),
    breakers: await breakerRows(db, runId),
    alarms: await alarmRows(db, run),
    cycles: await cycleRows(db, runId),
    verdictCounts: await verdictCountRows(db, runId),
    candidates: await candidates(db, runId),
    // One game at a time: a night's snapshots together are too many to hold.
    prices: (await eachInTurn(gameIds, (gameId) => prices(db, gameId))).flat(),
    changes: (await eachInTurn(gameIds, (gameId) => changes(db, gameId))).flat(),
    consistency: await consistency(db, runId),
    cash: await cash(db, run),
    foreign: await foreignRows(db, run),
  };
}

async function eachInTurn<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await read(item));
  return results;
}

async function runRow(db: Db, runId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom("runs")
    .select([
      "run_id as runId",
      "mode",
      "trading_date as tradingDay",
      "source",
      "seed",
      "speed",
      "code_commit as commit",
      "config_hash as configHash",
      "manifest",
      "config",
      epoch("started_at").as("startedAt"),
      epochOrNull("ended_at").as("endedAt"),
    ])
    .where("run_id", "=", runId)
    .executeTakeFirst();
}

async function gameRows(db: Db, runId: string): Promise<readonly GameRow[]> {
  return db
    .selectFrom("games")
    .select((eb) => [
      "game_id as gameId",
      "event_ticker as eventTicker",
      "home",
      "away",
      epoch("tip_at").as("tipAt"),
      "match_confidence as matchConfidence",
      "phase",
      "result",
      "home_score as homeScore",
      "away_score as awayScore",
      "reconstructed",
      "workflow_run_id as workflowRunId",
      eb
        .selectFrom("decisions")
        .select(eb.fn.countAll<number>().as("n"))
        .whereRef("decisions.game_id", "=", "games.game_id")
        .$asScalar()
        .$notNull()
        .as("decisions"),
    ])
    .where("run_id", "=", runId)
    .orderBy("tip_at")
    .orderBy("event_ticker")
    .execute();
}

async function marketRows(db: Db, runId: string): Promise<readonly MarketRow[]> {
  return db
    .selectFrom("markets")
    .innerJoin("games", "games.game_id", "markets.game_id")
    .select([
      "markets.game_id as gameId",
      "market_ticker as marketTicker",
      "team",
      "status",
      "settlement_value_micros as settlementValue",
    ])
    .where("run_id", "=", runId)
    .orderBy("market_ticker")
    .execute();
}

async function intentRows(db: Db, runId: string): Promise<readonly IntentRow[]> {
  return db
    .selectFrom("intents")
    .select([
      "client_order_id as clientOrderId",
      "parent_id as parentId",
      "intent_key as intentKey",
      "decision_id as decisionId",
      "occasion_id as gameId",
      "strategy",
      "purpose",
      "exit_type as exitType",
      "phase",
      "terms",
      "refusal_code as refusalCode",
      epoch("proposed_at").as("proposedAt"),
    ])
    .where("run_id", "=", runId)
    .orderBy("proposed_at")
    .orderBy("intent_key")
    .execute();
}

async function orderRows(db: Db, runId: string): Promise<readonly OrderRow[]> {
  return db
    .selectFrom("orders")
    .select([
      "client_order_id as clientOrderId",
      "parent_id as parentId",
      "occasion_id as gameId",
      "strategy",
      "purpose",
      "exit_type as exitType",
      "phase",
      "market_ticker as marketTicker",
      "side",
      "price_micros as price",
      "count_centi as count",
      "filled_centi as filled",
      "status",
      "reject_code as rejectCode",
      "venue_order_id as venueOrderId",
      "expected_fill_probability as expectedFillProbability",
      "expected_price_micros as expectedPrice",
      "quote_received_wall_ms as quoteReceivedWallMs",
      "sent_wall_ms as sentWallMs",
      epoch("intended_at").as("intendedAt"),
      epochOrNull("closed_at").as("closedAt"),
    ])
    .where("run_id", "=", runId)
    .orderBy("intended_at")
    .orderBy("client_order_id")
    .execute();
}

async function fillRows(db: Db, runId: string): Promise<readonly FillRow[]> {
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
    .where("run_id", "=", runId)
    .orderBy("filled_at")
    .orderBy("fill_id")
    .execute();
}

async function settlementRows(db: Db, runId: string): Promise<readonly SettlementRow[]> {
  return settledAsCorrected(db)
    .select([
      "settled.occasion_id as gameId",
      "market_ticker as marketTicker",
      "strategy",
      "value_micros as value",
      "position_centi as count",
      "revenue_micros as revenue",
      "corrections",
      epoch("settled_at").as("settledAt"),
    ])
    .where("run_id", "=", runId)
    .orderBy("settled_at")
    .orderBy("market_ticker")
    .execute();
}

async function openPositionRows(db: Db, runId: string): Promise<readonly OpenPositionRow[]> {
  return db
    .selectFrom("positions")
    .innerJoin("occasions", "occasions.occasion_id", "positions.occasion_id")
    .select([
      "positions.occasion_id as gameId",
      "strategy",
      "market_ticker as marketTicker",
      "position_centi as count",
    ])
    .where("run_id", "=", runId)
    .where("position_centi", "<>", positionCenti(0))
    .orderBy("market_ticker")
    .execute();
}

async function scoreRows(db: Db, runId: string): Promise<readonly ScoreRow[]> {
  return db
    .selectFrom("scores")
    .innerJoin("games", "games.game_id", "scores.game_id")
    .select([
      "scores.game_id as gameId",
      "instant_name as instantName",
      epoch("scored_at").as("scoredAt"),
      "model_probability as model",
      "market_probability as market",
      "home_won as homeWon",
    ])
    .where("run_id", "=", runId)
    .orderBy("scored_at")
    .orderBy("scores.game_id")
    .execute();
}

async function breakerRows(db: Db, runId: string): Promise<readonly BreakerRow[]> {
  return db
    .selectFrom("circuit_breakers")
    .select([
      "breaker_id as breakerId",
      "breaker",
      "cause",
      "numbers",
      "level",
      epoch("tripped_at").as("trippedAt"),
      epochOrNull("released_at").as("releasedAt"),
      "released_by as releasedBy",
      "release_reason as releaseReason",
    ])
    .where("run_id", "=", runId)
    .orderBy("breaker_id")
    .execute();
}

/** Of the run and its games, and those of neither that were raised while it ran: both tell run time. */
async function alarmRows(db: Db, run: RunRow): Promise<readonly AlarmRow[]> {
  return db
    .selectFrom("alarms")
    .leftJoin("games", "games.game_id", "alarms.game_id")
    .select([
      "alarms.game_id as gameId",
      "severity",
      "code",
      "field",
      "message",
      epoch("raised_at").as("raisedAt"),
      "count",
      epochOrNull("cleared_at").as("clearedAt"),
    ])
    .where("nature", "=", "condition")
    .where((eb) =>
      eb.or([
        eb("alarms.run_id", "=", run.runId),
        eb("games.run_id", "=", run.runId),
        eb.and([
          eb("alarms.run_id", "is", null),
          eb("alarms.game_id", "is", null),
          eb("last_at", ">=", new Date(run.startedAt)),
          eb("raised_at", "<=", new Date(run.endedAt ?? 8.64e15)),
        ]),
      ]),
    )
    .orderBy("raised_at")
    .orderBy("alarm_id")
    .execute();
}

async function foreignRows(db: Db, run: RunRow): Promise<readonly ForeignRow[]> {
  return db
    .selectFrom("account_observations")
    .select(["kind", "venue_id as venueId", "market_ticker as marketTicker"])
    .select(epoch("happened_at").as("happenedAt"))
    .where("mode", "=", run.mode as Mode) // Boundary: the column's check lists the modes.
    .where("observed_at", ">=", new Date(run.startedAt))
    .where("observed_at", "<=", new Date(run.endedAt ?? 8.64e15))
    .orderBy("observation_id")
    .execute();
}

async function cycleRows(db: Db, runId: string): Promise<readonly CycleRow[]> {
  const { rows } = await sql<CycleRow>`
    select c.game_id as "gameId", c.evaluations, c.candidates, c.proposed, c.skipped, c.edges,
      count(i.client_order_id) as approved,
      count(i.client_order_id) filter (where exists (
        select from orders o where o.root_id = i.client_order_id and o.filled_centi > 0)) as traded
    from cycles c
    join games g on g.game_id = c.game_id
    left join intents i on i.decision_id = c.decision_id
      and i.parent_id is null and i.refusal_code is null
    where g.run_id = ${runId}
    group by c.game_id, c.cycle_no order by c.game_id, c.cycle_no`.execute(db);
  return rows;
}

/** In play: decided after the clock was first seen running. */
async function verdictCountRows(db: Db, runId: string): Promise<readonly VerdictCountRow[]> {
  const { rows } = await sql<VerdictCountRow>`
    with tips as (
      select g.game_id, min(s.observed_at) filter (where s.clock_state = 'in') as tipped_at
      from games g left join snapshots s on s.game_id = g.game_id
      where g.run_id = ${runId} group by g.game_id
    )
    select d.game_id as "gameId", v.strategy, v.code, count(*) as count,
      coalesce(d.decided_at >= coalesce(t.tipped_at, g.tip_at), false) as "isLive"
    from verdicts v
    join decisions d on d.decision_id = v.decision_id
    join tips t on t.game_id = d.game_id
    join games g on g.game_id = d.game_id
    group by 1, 2, 3, 5 order by 1, 2, 3, 5`.execute(db);
  return rows;
}
