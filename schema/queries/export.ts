import { sql } from "kysely";
import type { Db } from "../database.ts";

/** Rows of one page of prices: a long night does not fit in memory. */
const PAGE_ROWS = 5_000;

/** What a strategy answered at a stored decision. */
export interface SignalRow {
  readonly decidedAt: Date;
  readonly eventTicker: string;
  readonly decisionId: string;
  readonly reason: string;
  readonly strategy: string;
  readonly code: string;
  readonly edgeMicros: number | null;
  readonly homeProbability: number | null;
}

/** One fill, with its order and what its market paid. */
export interface TradeRow {
  readonly filledAt: Date;
  readonly eventTicker: string;
  readonly marketTicker: string;
  readonly strategy: string;
  readonly phase: string;
  readonly purpose: string;
  readonly exitType: string | null;
  readonly side: string;
  readonly priceMicros: number;
  readonly countCenti: number;
  readonly feeMicros: number;
  readonly liquidity: string;
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly fillId: string;
  readonly expectedPriceMicros: number;
  readonly settlementValueMicros: number | null;
}

/** One observation of a game: price path, clock and probabilities. */
export interface PriceSnapshotRow {
  readonly observedAt: Date;
  readonly eventTicker: string;
  readonly cursorNo: number;
  readonly trigger: string;
  readonly quality: string;
  readonly homeBidMicros: number | null;
  readonly homeBidSizeCenti: number | null;
  readonly homeAskMicros: number | null;
  readonly homeAskSizeCenti: number | null;
  readonly awayBidMicros: number | null;
  readonly awayBidSizeCenti: number | null;
  readonly awayAskMicros: number | null;
  readonly awayAskSizeCenti: number | null;
  readonly midMicros: number | null;
  readonly spreadMicros: number | null;
  readonly period: number | null;
  readonly clockSeconds: number | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  readonly espnHomeProbability: number | null;
  readonly modelHomeProbability: number | null;
}

/** Every verdict of a run, game after game in the sequence of decisions; one page a game. */
export async function* exportSignals(db: Db, runId: string): AsyncGenerator<readonly SignalRow[]> {
  for (const gameId of await gamesInSequence(db, runId)) {
    const { rows } = await sql<SignalRow>`
      select d.decided_at as "decidedAt", g.event_ticker as "eventTicker",
        d.decision_id as "decisionId", d.reason, v.strategy, v.code,
        v.edge_micros as "edgeMicros",
        (d.output::jsonb #>> '{forecast,homeProbability}')::double precision as "homeProbability"
      from verdicts v join decisions d using (decision_id) join games g using (game_id)
      where d.game_id = ${gameId}
      order by d.decided_at, d.decision_id, v.strategy`.execute(db);
    yield rows;
  }
}

/** Every fill of a run in the sequence of execution: as many as a person can trade in a night. */
export async function exportTrades(db: Db, runId: string): Promise<readonly TradeRow[]> {
  const { rows } = await sql<TradeRow>`
    select f.filled_at as "filledAt", g.event_ticker as "eventTicker",
      f.market_ticker as "marketTicker", o.strategy, o.phase, o.purpose,
      o.exit_type as "exitType", f.side, f.price_micros as "priceMicros",
      f.count_centi as "countCenti", f.fee_micros as "feeMicros", f.liquidity,
      f.client_order_id as "clientOrderId", f.venue_order_id as "venueOrderId",
      f.fill_id as "fillId", o.expected_price_micros as "expectedPriceMicros",
      m.settlement_value_micros as "settlementValueMicros"
    from fills f
    join orders o using (client_order_id)
    join games g on g.game_id = o.occasion_id
    left join markets m on m.game_id = o.occasion_id and m.market_ticker = f.market_ticker
    where o.run_id = ${runId}
    order by f.filled_at, f.fill_id`.execute(db);
  return rows;
}

/** Every observation of a run, game after game in the sequence of observation, page by page. */
export async function* exportPrices(
  db: Db,
  runId: string,
): AsyncGenerator<readonly PriceSnapshotRow[]> {
  for (const gameId of await gamesInSequence(db, runId)) yield* exportGamePrices(db, gameId);
}

async function gamesInSequence(db: Db, runId: string): Promise<readonly string[]> {
  const games = await db
    .selectFrom("games")
    .select("game_id")
    .where("run_id", "=", runId)
    .orderBy("tip_at")
    .orderBy("event_ticker")
    .execute();
  return games.map((game) => game.game_id);
}

async function* exportGamePrices(
  db: Db,
  gameId: string,
): AsyncGenerator<readonly PriceSnapshotRow[]> {
  let after = -1;
  for (;;) {
    const { rows } = await sql<PriceSnapshotRow>`
      select s.observed_at as "observedAt", g.event_ticker as "eventTicker",
        s.cursor_no as "cursorNo", s.trigger, s.quality,
        s.home_bid_micros as "homeBidMicros", s.home_bid_size_centi as "homeBidSizeCenti",
        s.home_ask_micros as "homeAskMicros", s.home_ask_size_centi as "homeAskSizeCenti",
        s.away_bid_micros as "awayBidMicros", s.away_bid_size_centi as "awayBidSizeCenti",
        s.away_ask_micros as "awayAskMicros", s.away_ask_size_centi as "awayAskSizeCenti",
        s.mid_micros as "midMicros", s.spread_micros as "spreadMicros", s.period,
        s.clock_seconds as "clockSeconds", s.home_score as "homeScore",
        s.away_score as "awayScore", s.espn_home_probability as "espnHomeProbability",
        s.model_home_probability as "modelHomeProbability"
      from snapshots s join games g using (game_id)
      where s.game_id = ${gameId} and s.cursor_no > ${after}
      order by s.cursor_no limit ${PAGE_ROWS}`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.cursorNo;
  }
}
