import { sql } from "kysely";
import { KEPT_BACK_CODES } from "../../core/domain/order.ts";
import { type Instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import { type Db, toInstant } from "../database.ts";

/** A holding of one game, for display. */
interface SlatePosition {
  readonly marketTicker: string;
  readonly strategy: string;
  readonly countCenti: number;
  readonly cost: UsdMicros;
}

/** One game of the slate, for display. */
export interface SlateGameView {
  readonly gameId: string;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  readonly phase: string;
  readonly result: string | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  /** JSON as the watch writes it. */
  readonly liveState: string | null;
  readonly positions: readonly SlatePosition[];
  /** Gross, without what is still held. */
  readonly realized: UsdMicros;
  readonly fees: UsdMicros;
}

/** One line of what happened last. */
interface SlateLine {
  readonly at: Instant;
  readonly text: string;
}

/** What the live view and `tipoff games` show of a run. */
export interface SlateView {
  readonly games: readonly SlateGameView[];
  /** Without those that our client kept back. */
  readonly orders: number;
  readonly openOrders: number;
  readonly fills: number;
  readonly refusals: number;
  /** The latest orders, newest first. */
  readonly latestOrders: readonly SlateLine[];
  /** The latest refusals, newest first. */
  readonly latestRefusals: readonly SlateLine[];
  /** Alarms not cleared, newest first. */
  readonly alarms: readonly SlateLine[];
}

/** Reads a run as it stands now. */
export async function slateView(db: Db, runId: string): Promise<SlateView> {
  const [games, positions, counts, latestOrders, latestRefusals, alarms] = await Promise.all([
    db.selectFrom("games").selectAll().where("run_id", "=", runId).orderBy("tip_at").execute(),
    positionsOf(db, runId),
    countsOf(db, runId),
    ordersOf(db, runId),
    refusalsOf(db, runId),
    alarmsOf(db, runId),
  ]);
  return {
    games: games.map((game) => {
      const held = positions.filter((position) => position.occasion_id === game.game_id);
      return {
        gameId: game.game_id,
        eventTicker: game.event_ticker,
        home: game.home,
        away: game.away,
        tipAt: toInstant(game.tip_at),
        phase: game.phase,
        result: game.result,
        homeScore: game.home_score,
        awayScore: game.away_score,
        liveState: game.live_state,
        positions: held.flatMap((position) =>
          position.position_centi === 0
            ? []
            : [
                {
                  marketTicker: position.market_ticker,
                  strategy: position.strategy,
                  countCenti: position.position_centi,
                  cost: position.cost_micros,
                },
              ],
        ),
        realized: usdMicros(held.reduce((sum, position) => sum + position.realized_micros, 0)),
        fees: usdMicros(held.reduce((sum, position) => sum + position.fees_micros, 0)),
      };
    }),
    ...counts,
    latestOrders,
    latestRefusals,
    alarms,
  };
}

async function positionsOf(db: Db, runId: string) {
  return db
    .selectFrom("positions")
    .innerJoin("occasions", "occasions.occasion_id", "positions.occasion_id")
    .selectAll("positions")
    .where("occasions.run_id", "=", runId)
    .execute();
}

async function countsOf(db: Db, runId: string) {
  const count = sql<number>`count(*)`;
  const orders = await db
    .selectFrom("orders")
    .select(
      sql<number>`count(*) filter (where reject_code is null
        or reject_code not in (${sql.join(KEPT_BACK_CODES)}))`.as("all"),
    )
    .select(
      sql<number>`count(*) filter (where status in ('intended','submitted','working','unknown'))`.as(
        "open",
      ),
    )
    .where("run_id", "=", runId)
    .executeTakeFirstOrThrow();
  const fills = await db
    .selectFrom("fills")
    .innerJoin("orders", "orders.client_order_id", "fills.client_order_id")
    .select(count.as("all"))
    .where("orders.run_id", "=", runId)
    .executeTakeFirstOrThrow();
  const refusals = await db
    .selectFrom("intents")
    .select(count.as("all"))
    .where("run_id", "=", runId)
    .where("refusal_code", "is not", null)
    .executeTakeFirstOrThrow();
  return {
    orders: orders.all,
    openOrders: orders.open,
    fills: fills.all,
    refusals: refusals.all,
  };
}

async function ordersOf(db: Db, runId: string): Promise<readonly SlateLine[]> {
  const rows = await db
    .selectFrom("orders")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("updated_at", "desc")
    .limit(4)
    .execute();
  return rows.map((row) => {
    const kind = row.purpose === "exit" ? `exit ${row.exit_type ?? ""}`.trim() : "entry";
    const verb = row.side === "bid" ? "buy" : "sell";
    const size = `${row.count_centi / 100} at ${row.price_micros / 10_000}c`;
    const filled = row.filled_centi > 0 ? `, ${row.filled_centi / 100} filled` : "";
    return {
      at: toInstant(row.closed_at ?? row.submitted_at ?? row.intended_at),
      text: `${row.strategy} ${kind}: ${verb} ${row.market_ticker} ${size}, ${row.status}${filled}`,
    };
  });
}

async function refusalsOf(db: Db, runId: string): Promise<readonly SlateLine[]> {
  const rows = await db
    .selectFrom("intents")
    .innerJoin("occasions", "occasions.occasion_id", "intents.occasion_id")
    .select(["intents.proposed_at", "intents.strategy", "intents.refusal_code"])
    .select("occasions.event_ticker")
    .where("intents.run_id", "=", runId)
    .where("intents.refusal_code", "is not", null)
    .orderBy("intents.proposed_at", "desc")
    .limit(3)
    .execute();
  return rows.map((row) => ({
    at: toInstant(row.proposed_at),
    text: `${row.strategy} on ${row.event_ticker}: ${row.refusal_code ?? ""}`,
  }));
}

async function alarmsOf(db: Db, runId: string): Promise<readonly SlateLine[]> {
  const rows = await db
    .selectFrom("alarms")
    .selectAll()
    .where((where) => where.or([where("run_id", "=", runId), where("run_id", "is", null)]))
    .where("cleared_at", "is", null)
    .orderBy("last_at", "desc")
    .limit(4)
    .execute();
  return rows.map((row) => ({
    at: toInstant(row.last_at),
    text: `${row.severity} ${row.code}${row.field ? ` (${row.field})` : ""}: ${row.message} x${row.count}`,
  }));
}
