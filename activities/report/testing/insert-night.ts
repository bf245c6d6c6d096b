import type { Insertable } from "kysely";
import type { Db } from "../../../schema/database.ts";
import type { ReportRows } from "../../../schema/queries/report-rows.ts";
import type { Database } from "../../../schema/tables.ts";
import { candidateRow, MINUTE, TIP } from "./night.ts";

type Row<Table extends keyof Database> = Insertable<Database[Table]>;

/** Writes the hand-made night into a database, as the pipeline would have left it. */
export async function insertNight(db: Db, rows: ReportRows): Promise<void> {
  const into = async <Table extends keyof Database>(
    table: Table,
    values: readonly Row<Table>[],
  ): Promise<void> => {
    if (values.length === 0) return;
    await db.insertInto(table).values(values).execute();
  };
  await into("runs", [runRow(rows)]);
  await into(
    "occasions",
    rows.games.map((game) => occasionRow(game, rows.run.runId)),
  );
  await into(
    "games",
    rows.games.map((game) => gameRow(game, rows.run.runId)),
  );
  await into("markets", rows.markets.map(marketRow));
  await into("decisions", decisionRows(rows));
  await into("verdicts", verdictRows(rows));
  await into(
    "intents",
    rows.intents.map((intent) => intentRow(intent, rows.run.runId)),
  );
  await into(
    "orders",
    rows.orders.map((order) => orderRow(order, rows.run.runId)),
  );
  await into("order_updates", rows.orders.map(updateRow));
  await into("fills", rows.fills.map(fillRow));
  await into("settlements", rows.settlements.map(settlementRow));
  await into("scores", rows.scores.map(scoreRow));
  await into(
    "alarms",
    rows.alarms.map((alarm) => alarmRow(alarm, rows.run.runId)),
  );
  await into("cycles", rows.cycles.map(cycleRow));
  await into("snapshots", snapshotRows(rows));
  await postLedger(db, rows);
}

const at = (ms: number): Date => new Date(ms);
const atOrNull = (ms: number | null): Date | null => (ms === null ? null : at(ms));
const brand = (value: number | null): never => value as never; // Test boundary: plain numbers to units.

function runRow({ run }: ReportRows): Row<"runs"> {
  return {
    run_id: run.runId,
    mode: "paper",
    trading_date: run.tradingDay,
    source: run.source,
    seed: run.seed,
    speed: run.speed,
    code_commit: run.commit,
    config_hash: run.configHash,
    config: run.config,
    manifest: run.manifest,
    started_at: at(run.startedAt),
    ended_at: atOrNull(run.endedAt),
  };
}

function occasionRow(game: ReportRows["games"][number], runId: string): Row<"occasions"> {
  return {
    occasion_id: game.gameId,
    run_id: runId,
    mode: "paper",
    domain: "nba",
    event_ticker: game.eventTicker,
    opened_at: at(TIP),
  };
}

function gameRow(game: ReportRows["games"][number], runId: string): Row<"games"> {
  return {
    game_id: game.gameId,
    run_id: runId,
    event_ticker: game.eventTicker,
    home: game.home,
    away: game.away,
    tip_at: at(game.tipAt),
    match_confidence: game.matchConfidence,
    match_reasons: "[]",
    phase: game.phase,
    result: game.result,
    home_score: game.homeScore,
    away_score: game.awayScore,
    reconstructed: game.reconstructed,
    workflow_run_id: game.workflowRunId,
    updated_at: at(TIP),
  };
}

function marketRow(market: ReportRows["markets"][number]): Row<"markets"> {
  return {
    game_id: market.gameId,
    market_ticker: market.marketTicker,
    team: market.team,
    exchange_index: 0,
    status: market.status,
    settlement_value_micros: brand(market.settlementValue),
  };
}

/** One decision for each intent, before tip, and the candidates' own, in play. */
function decisionRows(rows: ReportRows): readonly Row<"decisions">[] {
  const { input, output } = candidateRow();
  const decision = (id: string, gameId: string, decidedAt: number): Row<"decisions"> => ({
    decision_id: id,
    game_id: gameId,
    decided_at: at(decidedAt),
    reason: "proposal",
    input: input ?? "{}",
    output: output ?? "{}",
    config_hash: rows.run.configHash,
  });
  return [
    ...rows.intents.map((intent) => decision(intent.decisionId, intent.gameId, TIP - 20 * MINUTE)),
    ...rows.candidates.map((row) => decision(`${row.gameId}#c`, row.gameId, row.decidedAt)),
  ];
}

function verdictRows(rows: ReportRows): readonly Row<"verdicts">[] {
  return rows.candidates.flatMap((row) => [
    {
      decision_id: `${row.gameId}#c`,
      strategy: row.strategy,
      code: row.code,
      edge_micros: row.edge,
    },
    { decision_id: `${row.gameId}#c`, strategy: "mean-reversion", code: "warming_up" },
  ]);
}

function intentRow(intent: ReportRows["intents"][number], runId: string): Row<"intents"> {
  return {
    client_order_id: intent.clientOrderId as never,
    parent_id: intent.parentId as never,
    intent_key: intent.intentKey,
    decision_id: intent.decisionId,
    run_id: runId,
    occasion_id: intent.gameId,
    strategy: intent.strategy as never,
    purpose: intent.purpose,
    exit_type: intent.exitType as never,
    phase: intent.phase as never,
    terms: intent.terms,
    rules: "[]",
    refusal_code: intent.refusalCode,
    proposed_at: at(intent.proposedAt),
  };
}

function orderRow(order: ReportRows["orders"][number], runId: string): Row<"orders"> {
  return {
    client_order_id: order.clientOrderId as never,
    parent_id: order.parentId as never,
    root_id: (order.parentId ?? order.clientOrderId) as never,
    run_id: runId,
    occasion_id: order.gameId,
    strategy: order.strategy as never,
    purpose: order.purpose,
    exit_type: order.exitType as never,
    phase: order.phase as never,
    market_ticker: order.marketTicker,
    exchange_index: 0,
    side: order.side,
    price_micros: brand(order.price),
    count_centi: brand(order.count),
    time_in_force: "good_till_canceled",
    is_post_only: true,
    is_reduce_only: false,
    status: order.status as never,
    reject_code: order.rejectCode,
    filled_centi: brand(order.filled),
    venue_order_id: order.venueOrderId,
    reserved_micros: brand(0),
    expected_fill_probability: order.expectedFillProbability,
    expected_price_micros: brand(order.expectedPrice),
    quote_received_wall_ms: order.quoteReceivedWallMs,
    sent_wall_ms: order.sentWallMs,
    intended_at: at(order.intendedAt),
    closed_at: atOrNull(order.closedAt),
  };
}

function updateRow(order: ReportRows["orders"][number]): Row<"order_updates"> {
  return {
    client_order_id: order.clientOrderId as never,
    kind: "closed",
    status: order.status,
    at: at(order.intendedAt),
  };
}

function fillRow(fill: ReportRows["fills"][number]): Row<"fills"> {
  return {
    fill_id: fill.fillId,
    client_order_id: fill.clientOrderId as never,
    venue_order_id: "venue",
    market_ticker: fill.marketTicker,
    side: fill.side,
    price_micros: brand(fill.price),
    count_centi: brand(fill.count),
    fee_micros: brand(fill.fee),
    expected_fee_micros: brand(fill.fee),
    liquidity: fill.liquidity,
    filled_at: at(fill.filledAt),
  };
}

function settlementRow(row: ReportRows["settlements"][number]): Row<"settlements"> {
  return {
    occasion_id: row.gameId,
    market_ticker: row.marketTicker,
    strategy: row.strategy as never,
    result: row.value === 0 ? "no" : "yes",
    value_micros: brand(row.value),
    position_centi: brand(row.count),
    revenue_micros: brand(row.revenue),
    settled_at: at(row.settledAt),
  };
}

function scoreRow(row: ReportRows["scores"][number]): Row<"scores"> {
  return {
    game_id: row.gameId,
    instant_name: row.instantName,
    scored_at: at(row.scoredAt),
    model_probability: row.model,
    market_probability: row.market,
    home_won: row.homeWon,
  };
}

function alarmRow(alarm: ReportRows["alarms"][number], runId: string): Row<"alarms"> {
  return {
    run_id: runId,
    game_id: alarm.gameId,
    severity: alarm.severity as never,
    code: alarm.code,
    field: alarm.field,
    message: alarm.message,
    raised_at: at(alarm.raisedAt),
    last_at: at(alarm.raisedAt),
    count: alarm.count,
    cleared_at: atOrNull(alarm.clearedAt),
  };
}

function cycleRow(cycle: ReportRows["cycles"][number], index: number): Row<"cycles"> {
  return {
    game_id: cycle.gameId,
    cycle_no: index,
    started_at: at(TIP),
    ended_at: at(TIP + MINUTE),
    evaluations: cycle.evaluations,
    candidates: cycle.candidates,
    proposed: cycle.proposed,
    // Of the first intent, which was approved and has traded.
    decision_id: cycle.approved > 0 ? `${cycle.gameId}#1` : null,
    skipped: cycle.skipped,
    edges: cycle.edges,
  };
}

/** Every price and every change of the clock is one observation. */
function snapshotRows(rows: ReportRows): readonly Row<"snapshots">[] {
  const priced = rows.prices.map((price) => ({
    game_id: price.gameId,
    observed_at: at(price.at),
    home_bid_micros: brand(price.homeBid),
    home_ask_micros: brand(price.homeAsk),
    away_bid_micros: brand(price.awayBid),
    away_ask_micros: brand(price.awayAsk),
    mid_micros: price.mid,
    model_home_probability: price.model,
    espn_home_probability: price.espn,
    trigger: "book",
    quality: "ok",
  }));
  const clocked = rows.changes.map((change) => ({
    game_id: change.gameId,
    observed_at: at(change.at),
    clock_state: change.clockState,
    period: change.period,
    home_score: change.homeScore,
    away_score: change.awayScore,
    trigger: "clock",
    quality: "empty",
  }));
  return [...clocked, ...priced].map((row, index) => ({ ...row, cursor_no: index }));
}

/** A deposit, then one posting for each fill and each settlement, as the ledger books them. */
async function postLedger(db: Db, rows: ReportRows): Promise<void> {
  await post(db, "deposit", "deposit-1", null, [
    ["cash", rows.cash.start],
    ["capital", -rows.cash.start],
  ]);
  for (const fill of rows.fills) {
    const value = (fill.price * fill.count) / 100;
    const cash = (fill.side === "bid" ? -value : value) - fill.fee;
    await post(db, "fill", fill.fillId, rows.run.runId, [
      ["cash", cash],
      ["fees", fill.fee],
      ["position", -cash - fill.fee],
    ]);
  }
  for (const row of rows.settlements) {
    const reference = `${row.gameId}/${row.marketTicker}/${row.strategy}`;
    await post(db, "settlement", reference, rows.run.runId, [
      ["cash", row.revenue],
      ["position", -row.revenue],
    ]);
  }
}

async function post(
  db: Db,
  kind: "deposit" | "fill" | "settlement",
  reference: string,
  runId: string | null,
  entries: readonly (readonly [string, number])[],
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { transaction_id } = await trx
      .insertInto("ledger_transactions")
      .values({ mode: "paper", kind, reference, run_id: runId, happened_at: at(TIP) })
      .returning("transaction_id")
      .executeTakeFirstOrThrow();
    await trx
      .insertInto("ledger_entries")
      .values(
        entries.map(([account, amount]) => ({
          transaction_id,
          account,
          amount_micros: brand(amount),
        })),
      )
      .execute();
  });
}
