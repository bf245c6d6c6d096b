import { NO_BREAKERS } from "./breakers.ts";
import { NO_HUB } from "./hub.ts";
import { randomUUID } from "node:crypto";
import { createFeeBook } from "../../activities/fee-book.ts";
import { createIntentQueue } from "../../activities/intent-queue.ts";
import { createOrderActivities, type PlaceResult } from "../../activities/place-order.ts";
import { createVenueBrakes } from "../../activities/venue-brakes.ts";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import { parseEventTicker } from "../../core/domain/ids.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import { orderGroupLimit } from "../../core/risk/order-group.ts";
import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { type Home, readServices } from "../../runtime/home.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { type Db, openDatabase, openPool, toInstant } from "../../schema/database.ts";
import { marketsOfGame } from "../../schema/queries/games.ts";
import { readPaperKey } from "../../workers/paper-key.ts";
import { BASIS, IN_FORCE, inputsAt, intentOf, LIMITS } from "../db/night.ts";
import { SILENT, WALL } from "./kalshi.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";

/** Of what the venue allows the account a second: the home's own worker needs the rest. */
const SHARE = {
  read: { refillPerSecond: 120, capacity: 120 },
  write: { refillPerSecond: 80, capacity: 40 },
};

/** The product's own path of an order, walked from outside: journal, risk, wire, against a home that runs. */
export interface OrderPath {
  readonly games: readonly GameRef[];
  place(game: GameRef, change: Partial<OrderIntent>): Promise<PlaceResult>;
  close(): Promise<void>;
}

/** Opens the path of a home whose day was started. Limits are wide; the brakes at the venue are the shipped ones. */
export async function openOrderPath(home: Home): Promise<OrderPath> {
  const { urls } = await readServices(home);
  const { database: url = "", exchange = "" } = urls;
  const onConnectionLost = (): void => undefined;
  const db = openDatabase({ url, poolSize: 4, name: "order path", onConnectionLost });
  const senders = openPool({ url, poolSize: 4, name: "order path", onConnectionLost });
  const control = createExchangeControl(exchange);
  const clock = await steppedClock(() => control.clock());
  const venue = createKalshiVenue({
    mode: "paper",
    restUrl: `${exchange}/trade-api/v2`,
    ...(await readPaperKey(home.exchange)),
    bucket: createRateBudget(WALL, SHARE),
    clock,
    log: SILENT,
  });
  const { config } = loadTipoffConfig("config/tipoff.yaml");
  const orders = createOrderActivities({
    mode: "paper",
    db,
    senders,
    venue,
    clock,
    fees: createFeeBook(venue),
    alarms: { raise: () => undefined, clear: () => undefined, flush: () => Promise.resolve() },
    intents: createIntentQueue(db, () => Promise.resolve(LIMITS)),
    limits: IN_FORCE,
    readInputs: (_game, intent) => Promise.resolve(inputsAt(intent, clock.now())),
    breakers: NO_BREAKERS,
    hub: NO_HUB,
    brakes: createVenueBrakes({
      db,
      venue,
      groupLimit: () => Promise.resolve(orderGroupLimit(LIMITS)),
      expiresAfterMs: config.decision.execution.restingExpiryMs,
      killFilePath: home.killFile,
    }),
    log: SILENT,
  });
  return {
    games: await gamesIn(db),
    place: async (game, change) => {
      await clock.step();
      const now = clock.now();
      return orders.placeOrder({
        occasion: occasionOfGame(game),
        intent: { ...intentOf(game.gameId), exchangeIndex: 3, ...change },
        intentKey: `${game.gameId}/path/${randomUUID()}`,
        parentId: null,
        decisionId: `${game.gameId}#${randomUUID()}`,
        quote: { bidMicros: 500_000, askMicros: 510_000, receivedAt: now, receivedWallMs: 0 },
        basis: { ...BASIS, decidedAt: now, forecastKnownAt: now, modelKnownAt: now },
      });
    },
    close: async () => {
      await senders.end();
      await db.destroy();
    },
  };
}

/** The exchange's clock, as it was when last asked. */
async function steppedClock(
  ask: () => Promise<{ nowMs: number; speed: number }>,
): Promise<RunClock & { step(): Promise<void> }> {
  let state = await ask();
  return {
    now: () => instant(state.nowMs),
    get speed() {
      return state.speed;
    },
    step: async () => {
      state = await ask();
    },
  };
}

async function gamesIn(db: Db): Promise<readonly GameRef[]> {
  const rows = await db.selectFrom("games").selectAll().orderBy("game_id").execute();
  return Promise.all(
    rows.map(async (row): Promise<GameRef> => {
      const markets = await marketsOfGame(db, row.game_id);
      return {
        gameId: row.game_id,
        runId: row.run_id,
        mode: "paper",
        eventTicker: row.event_ticker,
        home: row.home,
        away: row.away,
        tradingDate: parseEventTicker(row.event_ticker)?.date ?? "",
        tipAt: toInstant(row.tip_at),
        espnEventId: row.espn_event_id,
        nbaGameId: row.nba_game_id,
        markets: markets.map(({ market_ticker: ticker, team, exchange_index }) => ({
          ticker,
          team,
          exchangeIndex: exchange_index,
        })),
      };
    }),
  );
}
