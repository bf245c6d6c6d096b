import type { Selectable } from "kysely";
import type { GameRef } from "../../core/domain/game-ref.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";
import type { MarketResult } from "../../core/domain/market.ts";
import type { Instant, UsdMicros } from "../../core/domain/units.ts";
import { type Db, toDate } from "../database.ts";
import type { Database } from "../tables.ts";
import { openOccasion } from "./occasions.ts";

export type GameRow = Selectable<Database["games"]>;
export type MarketRow = Selectable<Database["markets"]>;

/** A game as the slate matched it. */
export interface NewGame {
  readonly game: GameRef;
  readonly matchConfidence: number;
  readonly matchReasons: readonly string[];
  readonly reconstructed: readonly string[];
  readonly phase: string;
  readonly at: Instant;
}

/** Writes a game and its markets; a repeat updates what the slate may learn, never phase or result. */
export async function upsertGame(db: Db, found: NewGame): Promise<void> {
  const { game } = found;
  const learned = {
    tip_at: toDate(game.tipAt),
    espn_event_id: game.espnEventId,
    nba_game_id: game.nbaGameId,
    match_confidence: found.matchConfidence,
    match_reasons: JSON.stringify(found.matchReasons),
    reconstructed: JSON.stringify(found.reconstructed),
    updated_at: toDate(found.at),
  };
  await db.transaction().execute(async (tx) => {
    await openOccasion(tx, occasionOfGame(game), found.at);
    await tx
      .insertInto("games")
      .values({
        game_id: game.gameId,
        run_id: game.runId,
        event_ticker: game.eventTicker,
        home: game.home,
        away: game.away,
        phase: found.phase,
        ...learned,
      })
      .onConflict((conflict) => conflict.column("game_id").doUpdateSet(learned))
      .execute();
    for (const market of game.markets) {
      await tx
        .insertInto("markets")
        .values({
          game_id: game.gameId,
          market_ticker: market.ticker,
          team: market.team,
          exchange_index: market.exchangeIndex,
          status: "active",
        })
        .onConflict((conflict) =>
          conflict
            .columns(["game_id", "market_ticker"])
            .doUpdateSet({ exchange_index: market.exchangeIndex }),
        )
        .execute();
    }
  });
}

/** Sets the phase that people see. */
export async function setPhase(db: Db, gameId: string, phase: string, at: Instant): Promise<void> {
  await updateGame(db, gameId, { phase, updated_at: toDate(at) });
}

/** Names the workflow run that plays this game now. */
export async function setWorkflowRun(db: Db, gameId: string, workflowRunId: string): Promise<void> {
  await updateGame(db, gameId, { workflow_run_id: workflowRunId });
}

/** Sets what `tipoff games` shows: a JSON text. An older state never replaces a newer one. */
export async function setLiveState(
  db: Db,
  gameId: string,
  liveState: string,
  at: Instant,
): Promise<void> {
  await db
    .updateTable("games")
    .set({ live_state: liveState, updated_at: toDate(at) })
    .where("game_id", "=", gameId)
    .where("updated_at", "<=", toDate(at))
    .execute();
}

/** Sets how the game ended; null scores when the source has none. */
export async function setResult(
  db: Db,
  gameId: string,
  end: {
    readonly result: "home" | "away" | "void";
    readonly homeScore: number | null;
    readonly awayScore: number | null;
    readonly at: Instant;
  },
): Promise<void> {
  await updateGame(db, gameId, {
    result: end.result,
    home_score: end.homeScore,
    away_score: end.awayScore,
    updated_at: toDate(end.at),
  });
}

/** Sets what the venue says of a market: its status, and once determined its result and value. */
export async function setMarket(
  db: Db,
  gameId: string,
  marketTicker: string,
  market: {
    readonly status: string;
    readonly result: MarketResult | null;
    readonly settlementValue: UsdMicros | null;
  },
): Promise<void> {
  await db
    .updateTable("markets")
    .set({
      status: market.status,
      result: market.result,
      settlement_value_micros: market.settlementValue,
    })
    .where("game_id", "=", gameId)
    .where("market_ticker", "=", marketTicker)
    .execute();
}

/** Games of a run, by tip and ticker. */
export async function gamesOfRun(db: Db, runId: string): Promise<readonly GameRow[]> {
  return db
    .selectFrom("games")
    .selectAll()
    .where("run_id", "=", runId)
    .orderBy("tip_at")
    .orderBy("event_ticker")
    .execute();
}

/** One game. @returns `null` when there is none of this id. */
export async function findGame(db: Db, gameId: string): Promise<GameRow | null> {
  const found = await db
    .selectFrom("games")
    .selectAll()
    .where("game_id", "=", gameId)
    .executeTakeFirst();
  return found ?? null;
}

/** Markets of a game, home first. */
export async function marketsOfGame(db: Db, gameId: string): Promise<readonly MarketRow[]> {
  return db
    .selectFrom("markets")
    .selectAll()
    .where("game_id", "=", gameId)
    .orderBy("team", "desc")
    .execute();
}

async function updateGame(
  db: Db,
  gameId: string,
  values: Partial<
    Pick<
      GameRow,
      "phase" | "result" | "home_score" | "away_score" | "workflow_run_id" | "updated_at"
    >
  >,
): Promise<void> {
  await db.updateTable("games").set(values).where("game_id", "=", gameId).execute();
}
