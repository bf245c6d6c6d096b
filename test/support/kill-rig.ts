import { NO_BREAKERS } from "./breakers.ts";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { createFeeBook } from "../../activities/fee-book.ts";
import type { KillDeps } from "../../activities/kill.ts";
import { createIntentQueue } from "../../activities/intent-queue.ts";
import { createMarketBook } from "../../activities/market-book.ts";
import { MarketHub } from "../../activities/market-hub.ts";
import {
  createOrderActivities,
  type OrderDeps,
  type PlaceResult,
} from "../../activities/place-order.ts";
import { createVenueBrakes } from "../../activities/venue-brakes.ts";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import { required } from "../../core/domain/assert.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import { eventTicker, marketTicker as tickerOf } from "../../core/domain/ids.ts";
import type { OrderIntent } from "../../core/domain/order.ts";
import { TEAMS } from "../../core/domain/teams.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { Secret } from "../../runtime/secret.ts";
import { openPool } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { startRun } from "../../schema/queries/runs.ts";
import type { ListingFact } from "../../sim/exchange/catalog.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { Bot } from "../../sim/exchange/testing/bot.ts";
import type { Fact, FactBody, FactSource } from "../../sim/facts.ts";
import { type ClonedDatabase, cloneDatabase } from "../db/clone.ts";
import { BASIS, IN_FORCE, inputsAt, intentOf, LIMITS, RUN_ID } from "../db/night.ts";
import { AMPLE, SILENT } from "./kalshi.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";

const DATE = "2026-11-20";
const START = Date.parse("2026-11-21T00:00:00Z");
const CASH_USD = 100_000;

/** An alarm as it was raised. */
interface Raised {
  readonly code: string;
  readonly message: string;
}

/** What a kill is made of, with a real PostgreSQL and a real exchange that plays a night made by hand. */
export interface KillRig {
  readonly cloned: ClonedDatabase;
  readonly exchange: ExchangeHandle;
  readonly bot: Bot;
  readonly venue: Venue;
  readonly games: readonly GameRef[];
  readonly contracts: readonly ListingFact[];
  readonly deps: Omit<KillDeps, "client">;
  /** What its orders are placed with; a test puts its own limits or inputs in their place. */
  readonly orderDeps: OrderDeps;
  readonly alarms: Raised[];
  readonly killFile: string;
  /** Places through the one path of every order, and another client of the exchange where one is given. */
  place(game: GameRef, change: Partial<OrderIntent>, through?: Venue): Promise<PlaceResult>;
  /** Buys at the ask, which fills at once. */
  buy(game: GameRef, team: "home" | "away", contracts: number): Promise<void>;
  /** Every order that the exchange has written down, by the client's id. */
  journaled(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** What the exchange of a rig plays. */
interface Played {
  readonly games: readonly GameRef[];
  readonly contracts: readonly ListingFact[];
}

/** Both markets of every game, and every contract: 50 bid, 51 asked, ten thousand deep. */
function* facts({ games, contracts }: Played): Generator<Fact> {
  const at = instant(START);
  const tell = (body: FactBody): Fact => ({ ...body, sourceTime: at, receivedAt: at });
  const ofGames = games.flatMap(({ markets }) => markets.map(({ ticker }) => ticker));
  for (const marketTicker of ofGames) {
    const undecided = { result: null, settlementValue: null };
    yield tell({ kind: "market-status", marketTicker, status: "active", ...undecided });
  }
  // Contracts open by the clock.
  yield* contracts;
  for (const ticker of [...ofGames, ...contracts.map(({ marketTicker }) => marketTicker)]) {
    for (const [outcome, cents] of [
      ["yes", 50],
      ["no", 49],
    ] as const) {
      yield tell({
        kind: "level",
        marketTicker: ticker,
        outcome,
        price: priceMicros(cents * 10_000),
        size: countCenti(1_000_000),
      });
    }
  }
}

function gameOf(index: number): GameRef {
  const home = required(TEAMS[2 * index], "a team").code;
  const away = required(TEAMS[2 * index + 1], "a team").code;
  const event = eventTicker({ date: DATE, away, home });
  return {
    gameId: `game/paper/${event}`,
    runId: RUN_ID,
    mode: "paper",
    eventTicker: event,
    home,
    away,
    tradingDate: DATE,
    tipAt: instant(START),
    espnEventId: null,
    nbaGameId: null,
    markets: [
      { ticker: tickerOf(event, home), team: "home", exchangeIndex: 3 },
      { ticker: tickerOf(event, away), team: "away", exchangeIndex: 3 },
    ],
  };
}

function sourceOf(played: Played, change: (fact: Fact) => Fact | null): FactSource {
  const { games, contracts } = played;
  const series = [...new Set(contracts.map((contract) => contract.series))];
  return {
    manifest: {
      schemaVersion: 1,
      kind: "world",
      name: "world:1",
      seed: 1,
      date: DATE,
      startAt: instant(START),
      endAt: instant(START + 3_600_000),
      games: games.map((game, index) => ({
        eventTicker: game.eventTicker,
        date: DATE,
        home: game.home,
        away: game.away,
        tipAt: game.tipAt,
        espnEventId: String(index),
        nbaGameId: String(index),
        marketTickers: game.markets.map(({ ticker }) => ticker),
        reconstructed: [],
      })),
      ...(series.length > 0 && { bitcoin: { series } }),
      lacks: [],
      isDerivedBook: false,
      description: "made by hand",
      origins: [],
    },
    pastGames: [],
    facts: function* () {
      for (const fact of facts(played)) {
        const changed = change(fact);
        if (changed !== null) yield changed;
      }
    },
  };
}

/** Starts the rig with so many games; `change` bends what the exchange plays. */
export async function startKillRig(
  count: number,
  options: {
    readonly settings?: Partial<KillDeps["settings"]>;
    readonly change?: (fact: Fact) => Fact | null;
    /** Bitcoin contracts beside the games, listed as the night starts. */
    readonly contracts?: readonly ListingFact[];
  } = {},
): Promise<KillRig> {
  const folder = await mkdtemp(join(tmpdir(), "kill-rig-"));
  const cloned = await cloneDatabase(16);
  const games = Array.from({ length: count }, (_, index) => gameOf(index));
  const { contracts = [], change = (fact: Fact): Fact => fact } = options;
  const exchange = await startExchange({
    dataDir: folder,
    port: 0,
    isFreeRunning: true,
    latencyMs: 0,
    tier: "prestige",
    log: SILENT,
    openSource: () => Promise.resolve(sourceOf({ games, contracts }, change)),
  });
  const load = { source: "world:1", speed: 1, startingCashUsd: CASH_USD } as const;
  const night = await exchange.nights.load(load);
  const clock = { now: () => night.clock.now(), speed: 1 };
  await openBooks(cloned, games);
  const onConnectionLost = (): void => undefined;
  const senders = openPool({ url: cloned.url, poolSize: 24, name: "send", onConnectionLost });
  const venue = createKalshiVenue({
    mode: "paper",
    restUrl: exchange.restUrl,
    keyId: exchange.key.keyId,
    privateKeyPem: new Secret(await readFile(exchange.key.privateKeyPath, "utf8")),
    bucket: createRateBudget(clock, AMPLE),
    clock,
    log: SILENT,
  });
  const alarms: Raised[] = [];
  const killFile = join(folder, "KILL");
  const stream = { subscribe: () => () => undefined, resync: () => undefined };
  const hub = new MarketHub({ stream, clock, log: SILENT });
  const orderDeps = orderDepsOf({ cloned, senders, venue, clock, alarms, killFile, hub });
  const orders = createOrderActivities(orderDeps);
  let placed = 0;
  const place: KillRig["place"] = (game, change, through = venue) => {
    placed += 1;
    const orders = createOrderActivities({ ...orderDeps, venue: through });
    const now = clock.now();
    const marketTicker = required(game.markets[0], "its home market").ticker;
    return orders.placeOrder({
      occasion: occasionOfGame(game),
      intent: { ...intentOf(game.gameId), marketTicker, exchangeIndex: 3, ...change },
      intentKey: `${game.gameId}/${placed}/${randomUUID()}`,
      parentId: null,
      decisionId: `${game.gameId}#${placed}-${randomUUID()}`,
      quote: { bidMicros: 500_000, askMicros: 510_000, receivedAt: now, receivedWallMs: 0 },
      basis: { ...BASIS, decidedAt: now, forecastKnownAt: now, modelKnownAt: now },
    });
  };
  const settings = {
    slippageMicros: 30_000,
    maxLossMicros: 100_000_000,
    flattenAttempts: 4,
    flattenPauseWallMs: 50,
    ...options.settings,
  };
  return {
    cloned,
    exchange,
    bot: await Bot.of(exchange),
    venue,
    games,
    contracts,
    orderDeps,
    deps: {
      ...orderDeps,
      hub,
      books: createMarketBook(hub),
      settings,
      place: orders.placeOrder,
    },
    alarms,
    killFile,
    place,
    buy: async (game, team, contracts) => {
      const market = required(
        game.markets.find((one) => one.team === team),
        "the team's market",
      );
      const price = priceMicros(510_000);
      const result = await place(game, {
        marketTicker: market.ticker,
        count: countCenti(contracts * 100),
        limitPrice: price,
        plan: { ...intentOf(game.gameId).plan, price },
      });
      if (result.kind !== "order" || result.status !== "filled") {
        throw new Error(`not bought: ${JSON.stringify(result)}`);
      }
    },
    journaled: async () => {
      const text = await readFile(join(folder, "nights", "0001", "journal.jsonl"), "utf8");
      return [...text.matchAll(/"kind":"place".*?"clientOrderId":"([^"]+)"/g)].map(
        ([, id = ""]) => id,
      );
    },
    stop: async () => {
      await exchange.close();
      await senders.end();
      await cloned.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function orderDepsOf({
  cloned,
  senders,
  venue,
  clock,
  alarms,
  killFile,
  hub,
}: {
  readonly cloned: ClonedDatabase;
  readonly senders: pg.Pool;
  readonly venue: Venue;
  readonly clock: OrderDeps["clock"];
  readonly alarms: Raised[];
  readonly killFile: string;
  readonly hub: OrderDeps["hub"];
}): OrderDeps {
  return {
    mode: "paper",
    db: cloned.db,
    senders,
    venue,
    clock,
    fees: createFeeBook(venue),
    alarms: {
      raise: (alarm) => {
        alarms.push(alarm);
      },
      clear: ({ code }) => {
        alarms.splice(0, alarms.length, ...alarms.filter((alarm) => alarm.code !== code));
      },
      flush: () => Promise.resolve(),
    },
    intents: createIntentQueue(cloned.db, () => Promise.resolve(LIMITS)),
    limits: IN_FORCE,
    readInputs: (_game, intent) => Promise.resolve(inputsAt(intent, clock.now())),
    breakers: NO_BREAKERS,
    hub,
    brakes: createVenueBrakes({
      db: cloned.db,
      venue,
      groupLimit: () => Promise.resolve(countCenti(100_000_000)),
      expiresAfterMs: 300_000,
      killFilePath: killFile,
    }),
    log: SILENT,
  };
}

/** The run, its games and the opening balance, as a day begins. */
export async function openBooks(
  { db }: Pick<ClonedDatabase, "db">,
  games: readonly GameRef[],
): Promise<void> {
  await startRun(db, {
    runId: RUN_ID,
    mode: "paper",
    tradingDate: DATE,
    source: "world:1",
    seed: 1,
    speed: 1,
    codeCommit: "test",
    configHash: "test",
    config: "{}",
    manifest: "{}",
    startedAt: instant(START),
  });
  for (const game of games) {
    await upsertGame(db, {
      game,
      matchConfidence: 1,
      matchReasons: ["by hand"],
      reconstructed: [],
      phase: "live",
      at: instant(START),
    });
  }
  await deposit(db, {
    mode: "paper",
    depositId: "start",
    runId: RUN_ID,
    amount: usdMicros(CASH_USD * 1_000_000),
    at: instant(START),
  });
}
