import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { expect } from "vitest";
import { stringify } from "yaml";
import { createIntentQueue } from "../../activities/intent-queue.ts";
import { createLimitsBook } from "../../activities/limits-book.ts";
import { type MarketListener, MarketHub } from "../../activities/market-hub.ts";
import { createOrderActivities, type PlaceResult } from "../../activities/place-order.ts";
import { createRiskInputs } from "../../activities/risk-inputs.ts";
import { type VenueWatch, watchVenue } from "../../activities/venue-watch.ts";
import { createKalshiStream, type KalshiStream } from "../../clients/kalshi/stream.ts";
import { required } from "../../core/domain/assert.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { parseRiskLimits } from "../../runtime/risk-limits.ts";
import type { WorldOverrides } from "../../runtime/risk-limits-file.ts";
import { Secret } from "../../runtime/secret.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { book } from "../../schema/queries/ledger.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { openPositions } from "../../schema/queries/positions.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { BASIS, intentOf, RUN_ID } from "../db/night.ts";
import { SILENT, until } from "./kalshi.ts";
import { type KillRig, openBooks } from "./kill-rig.ts";
import { SHIPPED, WIDE, type Wish } from "./limit-wish.ts";
import { emptyDatabase } from "../db/empty.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";

const DAY = 86_400_000;
const ASK = priceMicros(510_000);
const BID = priceMicros(500_000);

/** No decision is made on this stage: each that an order names is taken for kept. */
const ALL_KEPT = { isDecisionKept: () => Promise.resolve(true) };

const NOBODY: MarketListener = {
  onQuote: () => undefined,
  onTrade: () => undefined,
  onStale: () => undefined,
  onLifecycle: () => undefined,
  onInvalid: () => undefined,
};

/** The books of the rig's games, from its exchange's own stream. */
export async function openHub(rig: KillRig): Promise<{ stream: KalshiStream; hub: MarketHub }> {
  const { exchange, orderDeps } = rig;
  const stream = createKalshiStream({
    mode: "paper",
    wsUrl: exchange.wsUrl,
    keyId: exchange.key.keyId,
    privateKeyPem: new Secret(await readFile(exchange.key.privateKeyPath, "utf8")),
    clock: orderDeps.clock,
    log: SILENT,
  });
  const hub = new MarketHub({ stream, clock: orderDeps.clock, log: SILENT });
  const tickers = rig.games.flatMap(({ markets }) => markets.map(({ ticker }) => ticker));
  hub.add(tickers, NOBODY);
  await until(() => tickers.every((ticker) => hub.quote(ticker)?.ask === ASK));
  return { stream, hub };
}

/** Everything an order passes through, in a new database, under one file. */
export interface LimitsStage {
  readonly venueWatch: VenueWatch;
  place(wish: Wish, purpose?: Partial<OrderIntent>): Promise<PlaceResult>;
  /** Places and must be filled whole at the exchange. */
  filled(wish: Wish): Promise<void>;
  sellAll(): Promise<void>;
  /** A loss that the ledger has, so many days ago. */
  lost(usd: number, daysAgo: number): Promise<void>;
  /** Puts a game into the next night. */
  anotherNight(game: number): Promise<void>;
  pause(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a stage on the rig: its database is emptied, and the file of the row is in force. */
export async function openStage(
  rig: KillRig,
  hub: MarketHub,
  narrowed: WorldOverrides,
  lacks: readonly string[] = [],
): Promise<LimitsStage> {
  const { orderDeps, cloned } = rig;
  const { db, clock, venue } = orderDeps;
  await emptyDatabase(db);
  await openBooks(cloned, rig.games);
  const games: GameRef[] = [...rig.games];
  const text = stringify({ ...SHIPPED, world: {}, paper: { ...WIDE, ...narrowed } });
  const { hash } = parseRiskLimits("row", text);
  const inForce = { mode: "paper", hash, text, by: "test", reason: "row", changes: [] } as const;
  await db.transaction().execute((tx) => putInForce(tx, inForce));
  await sql`update runs set source = 'recording:row'`.execute(db);
  const venueWatch = watchVenue({ venue, clock, log: SILENT });
  await until(() => venueWatch.isTrading(3) === true);
  const answeredAt = clock.now();
  const night = { name: "row", seed: null, isDerivedBook: false, description: "", games: [] };
  const readings = {
    night: () => Promise.resolve({ ...night, lacks }),
    injuriesAt: () => answeredAt,
  };
  const gameLimits = {
    maxLockAttempts: 3,
    maxEntriesPerGame: 1,
    positionScope: "strategy",
  } as const;
  const orders = createOrderActivities({
    ...orderDeps,
    intents: createIntentQueue(db, createLimitsBook({ db, mode: "paper", gameLimits }).find),
    readInputs: createRiskInputs({
      ...{ hub, readings, venueWatch },
      decisions: { nba: ALL_KEPT, btc: ALL_KEPT },
    }),
  });
  const place: LimitsStage["place"] = async (wish, purpose = {}) => {
    const game = required(games[wish.game ?? 0], "a game");
    const market = required(
      game.markets.find(({ team }) => team === (wish.team ?? "home")),
      "a market",
    );
    const now = clock.now();
    const usual = intentOf(game.gameId);
    const id = randomUUID();
    return orders.placeOrder({
      occasion: occasionOfGame(game),
      intent: {
        ...usual,
        strategy: wish.strategy ?? "model-edge",
        marketTicker: market.ticker,
        exchangeIndex: 3,
        count: countCenti((wish.contracts ?? 100) * 100),
        limitPrice: ASK,
        plan: { ...usual.plan, price: ASK },
        ...wish.intent,
        ...purpose,
      },
      intentKey: `${game.gameId}/${id}`,
      parentId: null,
      decisionId: `${game.gameId}#${id}`,
      // As the watch confirms a quiet book; the rule of age must not be spared by it.
      quote: { bidMicros: BID, askMicros: ASK, receivedAt: answeredAt, receivedWallMs: 0 },
      basis: {
        ...BASIS,
        ...{ decidedAt: now, forecastKnownAt: now, modelKnownAt: now, mid: 505_000 },
        ...wish.basis,
      },
    });
  };
  const sale = {
    purpose: "exit",
    exitType: "take-profit",
    side: "ask",
    isReduceOnly: true,
  } as const;
  return {
    venueWatch,
    place,
    filled: async (wish) => {
      expect(await place(wish)).toMatchObject({ kind: "order", status: "filled" });
    },
    sellAll: async () => {
      for (const held of await openPositions(db, "paper")) {
        const { occasion_id, strategy, market_ticker: marketTicker } = held;
        const game = games.findIndex(({ gameId }) => gameId === occasion_id);
        const plan = { ...intentOf(occasion_id).plan, price: BID };
        const sold = await place(
          { game, strategy },
          { ...sale, marketTicker, limitPrice: BID, plan },
        );
        expect(sold).toMatchObject({ kind: "order", status: "filled", isFlat: true });
      }
    },
    lost: async (usd, daysAgo) => {
      await db.transaction().execute((tx) =>
        book(tx, {
          mode: "paper",
          kind: "settlement",
          reference: "an earlier loss",
          runId: RUN_ID,
          at: instant(clock.now() - daysAgo * DAY),
          entries: [
            { account: "cash", amount: usdMicros(-usd * 1_000_000) },
            { account: "pnl:earlier", amount: usdMicros(usd * 1_000_000) },
          ],
        }),
      );
    },
    anotherNight: async (index) => {
      const game = { ...required(games[index], "a game"), runId: "trading-day/paper/2026-11-21" };
      games[index] = game;
      await startRun(db, {
        ...{ runId: game.runId, mode: "paper", tradingDate: "2026-11-21", seed: null, speed: 1 },
        ...{ source: "recording:row", codeCommit: "test", configHash: "test", config: "{}" },
        ...{ manifest: "{}", startedAt: clock.now() },
      });
      await sql`update games set run_id = ${game.runId} where game_id = ${game.gameId}`.execute(db);
      await sql`update occasions set run_id = ${game.runId}
        where occasion_id = ${game.gameId}`.execute(db);
      await upsertGame(db, {
        ...{ game, matchConfidence: 1, matchReasons: ["by hand"], reconstructed: [] },
        ...{ phase: "live", at: clock.now() },
      });
    },
    pause: async (ms) => {
      const end = clock.now() + ms;
      await until(() => clock.now() >= end);
    },
    close: () => venueWatch.stop(),
  };
}
