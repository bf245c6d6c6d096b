import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Mode } from "../../core/domain/decision.ts";
import type { Db } from "../../schema/database.ts";

/** One night by hand: a game, and what the strategy `model-edge` made of it. */
export interface HandNight {
  readonly mode: Mode;
  readonly date: string;
  readonly configHash?: string;
  readonly codeCommit?: string;
  /** Of the limits that its decision and its entry were judged under; `null` when it decided nothing. */
  readonly limitsHash?: string | null;
  /** What was played; a seeded world is no evidence for a gate. */
  readonly source?: string;
  /** Whether the home team, whose YES is bought, wins. */
  readonly isWon: boolean;
  readonly verdict?: "passed" | "failed";
  /** False for one that was terminated or goes on: nobody wrote its end. */
  readonly isEnded?: boolean;
  /** Days ago, wall, that it was begun. */
  readonly daysAgo?: number;
  readonly trades?: boolean;
  /** Further games of the night that were scored and not traded; none unless stated. */
  readonly scoredGames?: number;
  readonly isSettled?: boolean;
}

/** Contracts of each trade, and its price and fee: 100 at 50 cents, 1.75 USD of taker fees. */
export const COUNT = 10_000;
export const PRICE = 500_000;
export const FEE = 1_750_000;

/** Writes a night with its game, its approved entry, in paper its fill, and its settlement. */
export async function insertNight(db: Db, night: HandNight): Promise<void> {
  const { mode, date, isWon, configHash = "c", verdict = "passed", daysAgo = 1 } = night;
  const {
    source = "recording:by-hand",
    limitsHash = "l",
    codeCommit = "abc",
    isEnded = true,
  } = night;
  const runId = `trading-day/${mode}/${date}`;
  const gameId = `game/${mode}/KXNBAGAME-${date}`;
  const ticker = `KXNBAGAME-${date}-NYK`;
  const at = `${date}T23:00:00Z`;
  const began = new Date(Date.now() - daysAgo * 86_400_000);
  await sql`insert into runs (run_id, mode, trading_date, source, seed, speed, code_commit, config_hash,
      config, manifest, started_at, ended_at, verdict, recorded_at)
    values (${runId}, ${mode}, ${date}, ${source}, null, 60, ${codeCommit}, ${configHash}, '{}', '{}', ${at},
      ${isEnded ? at : null}, ${isEnded ? verdict : null}, ${began})`.execute(db);
  await sql`insert into occasions (occasion_id, run_id, mode, domain, event_ticker, opened_at)
    values (${gameId}, ${runId}, ${mode}, 'nba', ${`KXNBAGAME-${date}`}, ${at})`.execute(db);
  await sql`insert into games (game_id, run_id, event_ticker, home, away, tip_at, match_confidence,
      match_reasons, phase, result, updated_at)
    values (${gameId}, ${runId}, ${`KXNBAGAME-${date}`}, 'NYK', 'BOS', ${at}, 1, '[]', 'scored',
      ${isWon ? "home" : "away"}, ${at})`.execute(db);
  const value = night.isSettled === false ? null : isWon ? 1_000_000 : 0;
  await sql`insert into markets (game_id, market_ticker, team, exchange_index, status, result,
      settlement_value_micros)
    values (${gameId}, ${ticker}, 'home', 0, 'finalized', ${isWon ? "yes" : "no"}, ${value})`.execute(
    db,
  );
  await sql`insert into scores (game_id, instant_name, scored_at, model_probability, market_probability,
      home_won)
    values (${gameId}, 'tip', ${at}, ${isWon ? 0.7 : 0.3}, 0.5, ${isWon})`.execute(db);
  for (let game = 0; game < (night.scoredGames ?? 0); game += 1) {
    await insertScoredGame(db, { gameId: `${gameId}-${game}`, runId, at, isWon });
  }
  if (limitsHash === null) return;
  await insertDecision(db, { decisionId: `${gameId}#1`, gameId, at, configHash, limitsHash });
  if (night.trades === false) return;
  await insertTrade(db, { mode, runId, gameId, ticker, at, limitsHash });
}

/** Writes nights of wins and losses in turn, one a day until yesterday; a third of them lost. */
export async function insertNights(
  db: Db,
  days: number,
  nights: Partial<HandNight> & Pick<HandNight, "mode">,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const [index, date] of datesFrom("2026-11-01", days).entries()) {
      const daysAgo = days - index;
      await insertNight(tx, { date, isWon: index % 3 !== 2, daysAgo, ...nights });
    }
  });
}

/** A game of which only the scores are known: our forecast was as good as that of the night's own game. */
async function insertScoredGame(
  db: Db,
  game: { gameId: string; runId: string; at: string; isWon: boolean },
): Promise<void> {
  const { gameId, runId, at, isWon } = game;
  const eventTicker = gameId.split("/").at(-1) ?? "";
  await sql`insert into occasions (occasion_id, run_id, mode, domain, event_ticker, opened_at)
    select ${gameId}, run_id, mode, 'nba', ${eventTicker}, ${at} from runs
    where run_id = ${runId}`.execute(db);
  await sql`insert into games (game_id, run_id, event_ticker, home, away, tip_at, match_confidence,
      match_reasons, phase, result, updated_at)
    values (${gameId}, ${runId}, ${eventTicker}, 'LAL', 'DEN', ${at}, 1, '[]', 'scored',
      ${isWon ? "home" : "away"}, ${at})`.execute(db);
  await sql`insert into scores (game_id, instant_name, scored_at, model_probability, market_probability,
      home_won)
    values (${gameId}, 'tip', ${at}, ${isWon ? 0.7 : 0.3}, 0.5, ${isWon})`.execute(db);
}

/** Writes a decision of a game: under which settings and limits it was made. */
export async function insertDecision(
  db: Db,
  decision: {
    readonly decisionId: string;
    readonly gameId: string;
    readonly at: string;
    readonly configHash: string;
    readonly limitsHash: string;
  },
): Promise<void> {
  const { decisionId, gameId, at, configHash, limitsHash } = decision;
  await sql`insert into decisions (decision_id, game_id, decided_at, reason, input, output, config_hash,
      limits_hash)
    values (${decisionId}, ${gameId}, ${at}, 'proposal', '{}', '{}', ${configHash}, ${limitsHash})`.execute(
    db,
  );
}

async function insertTrade(
  db: Db,
  trade: {
    mode: Mode;
    runId: string;
    gameId: string;
    ticker: string;
    at: string;
    limitsHash: string;
  },
): Promise<void> {
  const { mode, runId, gameId, ticker, at, limitsHash } = trade;
  const id = randomUUID();
  const terms = JSON.stringify({ marketTicker: ticker, limitPrice: PRICE, count: COUNT });
  await sql`insert into intents (client_order_id, intent_key, decision_id, run_id, occasion_id, strategy, purpose,
      phase, terms, rules, limits_hash, proposed_at)
    values (${id}, ${id}, ${`${gameId}#1`}, ${runId}, ${gameId}, 'model-edge', 'entry', 'live', ${terms},
      '[]', ${limitsHash}, ${at})`.execute(db);
  if (mode === "shadow") return;
  await sql`insert into orders (client_order_id, root_id, run_id, occasion_id, strategy, purpose, phase,
      market_ticker, exchange_index, side, price_micros, count_centi, time_in_force, is_post_only,
      is_reduce_only, status, filled_centi, reserved_micros, expected_fill_probability,
      expected_price_micros, intended_at, submitted_at)
    values (${id}, ${id}, ${runId}, ${gameId}, 'model-edge', 'entry', 'live', ${ticker}, 0, 'bid', ${PRICE},
      ${COUNT}, 'immediate_or_cancel', false, false, 'filled', ${COUNT}, 0, 0.95, ${PRICE}, ${at}, ${at})`.execute(
    db,
  );
  await sql`insert into fills (fill_id, client_order_id, venue_order_id, market_ticker, side, price_micros,
      count_centi, fee_micros, expected_fee_micros, liquidity, filled_at)
    values (${id}, ${id}, ${id}, ${ticker}, 'bid', ${PRICE}, ${COUNT}, ${FEE}, ${FEE}, 'taker', ${at})`.execute(
    db,
  );
}

/** Dates from the first on, one a day. */
export function datesFrom(first: string, days: number): readonly string[] {
  return Array.from({ length: days }, (_, day) =>
    new Date(Date.parse(first) + day * 86_400_000).toISOString().slice(0, 10),
  );
}
