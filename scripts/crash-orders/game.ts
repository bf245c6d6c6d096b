/**
 * What a process that dies knows of its stage. Kept apart from the exchange: each death takes a new process, and
 * loading an exchange for it would take half as long again.
 */
import { eventTicker, marketTicker } from "../../core/domain/ids.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import { instant } from "../../core/domain/units.ts";
import { NBA_SHARD } from "../../sim/exchange/shards.ts";

export const DATE = "2026-11-20";
export const EVENT = eventTicker({ date: DATE, away: "BOS", home: "NYK" });
/** Market that pays when home wins: everything is traded here. */
export const HOME = marketTicker(EVENT, "NYK");
export const AWAY = marketTicker(EVENT, "BOS");
/** After `NOW` of test/db/night.ts: what the decisions there rest on is known by then. */
export const START = Date.parse("2026-11-21T02:00:00Z");
/** Run time at which the markets have opened, the resting order has filled in part, and all is final. */
export const OPEN_AT = START + 1_000;
export const FILLED_AT = START + 40_000;
export const FINAL_AT = START + 120_000;

/** The game of every case. */
export const GAME: GameRef = {
  gameId: `game/paper/${EVENT}`,
  runId: `trading-day/paper/${DATE}`,
  mode: "paper",
  eventTicker: EVENT,
  home: "NYK",
  away: "BOS",
  tradingDate: DATE,
  tipAt: instant(START + 60_000),
  espnEventId: null,
  nbaGameId: null,
  markets: [
    { ticker: HOME, team: "home", exchangeIndex: NBA_SHARD },
    { ticker: AWAY, team: "away", exchangeIndex: NBA_SHARD },
  ],
};

/** Where a child finds the exchange and the database of its case. JSON-safe. */
export interface StageAddress {
  readonly databaseUrl: string;
  readonly exchangeUrl: string;
  readonly keyId: string;
  readonly privateKeyPath: string;
}
