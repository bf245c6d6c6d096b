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
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import type { KalshiStream } from "../../clients/kalshi/stream-port.ts";
import { required } from "../../core/domain/assert.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import type { OrderIntent, OwnedIntent } from "../../core/domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { parseRiskLimits } from "../../runtime/risk-limits.ts";
import type { WorldOverrides } from "../../runtime/risk-limits-file.ts";
import { Secret } from "../../runtime/secret.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { book } from "../../schema/queries/ledger.ts";
import { putInForce } from "../../schema/queries/limits.ts";
import { openPositions } from "../../schema/queries/positions.ts";
import { startRun } from "../../schema/queries/runs.ts";
import type { ListingFact } from "../../sim/exchange/catalog.ts";
import { BTC_SHARD } from "../../sim/exchange/shards.ts";
import { BTC_RUN } from "../db/bitcoin.ts";
import { BASIS, intentOf, RUN_ID } from "../db/night.ts";
import { SILENT, until } from "./kalshi.ts";
import { type KillRig, openBooks } from "./kill-rig.ts";
import { SHIPPED, WIDE, type Wish } from "./limit-wish.ts";
import { emptyDatabase } from "../db/empty.ts";
import { type Occasion, occasionOfContract, occasionOfGame } from "../../core/domain/occasion.ts";

const DAY = 86_400_000;
const BTC_RUN_ID = "btc/paper/2026-11-20";
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

/** The books of the rig's games and contracts, from its exchange's own stream. */
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
  const ofGames = rig.games.flatMap(({ markets }) => markets.map(({ ticker }) => ticker));
  const tickers = [...ofGames, ...rig.contracts.map(({ marketTicker }) => marketTicker)];
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

type OccasionMarket = Occasion["markets"][number];

/** Where a wish is for: a game and one of its markets, or a contract alone. */
function placeOf(
  wish: Wish,
  games: readonly GameRef[],
  contracts: readonly ListingFact[],
): { readonly occasion: Occasion; readonly market: OccasionMarket } {
  if (wish.contract !== undefined) {
    const contract = required(contracts[wish.contract], "a contract");
    const at = { runId: BTC_RUN_ID, mode: "paper", exchangeIndex: BTC_SHARD } as const;
    const occasion = occasionOfContract({ ...at, contract });
    return { occasion, market: required(occasion.markets[0], "its market") };
  }
  const game = required(games[wish.game ?? 0], "a game");
  const market = game.markets.find(({ team }) => team === (wish.team ?? "home"));
  return { occasion: occasionOfGame(game), market: required(market, "a market") };
}

/** The order that takes the other side's best price: YES at the ask, NO at the bid. */
function wished(wish: Wish, occasion: Occasion, market: OccasionMarket): OwnedIntent {
  const { side = "bid", contracts = 100 } = wish;
  const usual = intentOf(occasion.occasionId);
  const price = side === "bid" ? ASK : BID;
  return {
    ...usual,
    strategy: wish.strategy ?? (occasion.domain === "btc" ? "btc-edge" : "model-edge"),
    marketTicker: market.ticker,
    eventTicker: occasion.eventTicker,
    exchangeIndex: market.exchangeIndex,
    side,
    count: countCenti(contracts * 100),
    limitPrice: price,
    // On the side of the price where the order gains.
    fairValue: priceMicros(side === "bid" ? 600_000 : 400_000),
    plan: { ...usual.plan, price },
  };
}

/** Opens a stage on the rig: its database is emptied, and the file of the row is in force. */
export async function openStage(
  rig: KillRig,
  hub: MarketHub,
  narrowed: WorldOverrides,
): Promise<LimitsStage> {
  const { orderDeps, cloned } = rig;
  const { db, clock, venue } = orderDeps;
  await emptyDatabase(db);
  await openBooks(cloned, rig.games);
  await startRun(db, { ...BTC_RUN, runId: BTC_RUN_ID, mode: "paper", startedAt: clock.now() });
  const games: GameRef[] = [...rig.games];
  const text = stringify({ ...SHIPPED, world: {}, paper: { ...WIDE, ...narrowed } });
  const { hash } = parseRiskLimits("row", text);
  const inForce = { mode: "paper", hash, text, by: "test", reason: "row", changes: [] } as const;
  await db.transaction().execute((tx) => putInForce(tx, inForce));
  await sql`update runs set source = 'recording:row'`.execute(db);
  const venueWatch = watchVenue({ venue, clock, log: SILENT });
  await until(() => venueWatch.isTrading(3) === true);
  const answeredAt = clock.now();
  const night = {
    name: "row",
    seed: null,
    isDerivedBook: false,
    description: "",
    games: [],
    lacks: [],
  };
  const readings = {
    night: () => Promise.resolve(night),
    injuriesAt: () => answeredAt,
  };
  const gameLimits = {
    maxLockAttempts: 3,
    maxEntriesPerGame: 1,
    positionScope: "strategy",
    isReentryAllowed: false,
    maxTreesAgeMs: 86_400_000,
  } as const;
  const limits = createLimitsBook({ db, mode: "paper", gameLimits });
  const orders = createOrderActivities({
    ...orderDeps,
    limits,
    intents: createIntentQueue(db, limits.find),
    readInputs: createRiskInputs({
      ...{ hub, readings, venueWatch },
      decisions: ALL_KEPT,
    }),
  });
  const place: LimitsStage["place"] = async (wish, purpose = {}) => {
    const { occasion, market } = placeOf(wish, games, rig.contracts);
    const { occasionId } = occasion;
    const now = clock.now();
    const id = randomUUID();
    return orders.placeOrder({
      occasion,
      intent: { ...wished(wish, occasion, market), ...wish.intent, ...purpose },
      intentKey: `${occasionId}/${id}`,
      parentId: null,
      decisionId: `${occasionId}#${id}`,
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
        const { occasion_id, strategy, market_ticker: marketTicker, position_centi } = held;
        const contract = rig.contracts.findIndex((one) => one.marketTicker === marketTicker);
        const game = games.findIndex(({ gameId }) => gameId === occasion_id);
        // NO is closed by buying YES.
        const side = position_centi > 0 ? "ask" : "bid";
        const sold = await place(
          { ...(contract === -1 ? { game } : { contract }), strategy, side },
          { ...sale, marketTicker, count: countCenti(Math.abs(position_centi)) },
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
