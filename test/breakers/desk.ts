import { createVenueBrakes } from "../../activities/venue-brakes.ts";
import { readFile } from "node:fs/promises";
import { WorkflowNotFoundError } from "@temporalio/client";
import type pg from "pg";
import { onTestFinished } from "vitest";
import { type BreakerBook, createBreakerBook } from "../../activities/breaker-book.ts";
import { causeThatHolds, type LossMeasures } from "../../activities/breaker-causes.ts";
import { createIntentQueue } from "../../activities/intent-queue.ts";
import { createOrderActivities, type PlaceResult } from "../../activities/place-order.ts";
import { createReconcileActivities } from "../../activities/reconcile.ts";
import { countCalls } from "../../activities/counted-venue.ts";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { OwnedIntent } from "../../core/domain/order.ts";
import type { RiskInputs, RiskLimits } from "../../core/domain/risk.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../core/domain/units.ts";
import type { CancelOutcome, Venue } from "../../core/domain/venue.ts";
import { BREAKER_LEVELS, type BreakerCode } from "../../core/risk/breakers.ts";
import type { GameDecider } from "../../core/strategies/decide.ts";
import { Secret } from "../../runtime/secret.ts";
import { type Db, openPool } from "../../schema/database.ts";
import {
  type BreakerRow,
  lockBreaker,
  openBreakers,
  releaseBreaker,
} from "../../schema/queries/breakers.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { startRun } from "../../schema/queries/runs.ts";
import type { ExchangeHandle } from "../../sim/exchange/main.ts";
import type { Bot } from "../../sim/exchange/testing/bot.ts";
import { AWAY, EVENT, HOME, level, START, status } from "../../sim/exchange/testing/hand-made.ts";
import { startWith } from "../../sim/exchange/testing/start.ts";
import type { FaultKind } from "../../sim/faults/faults.ts";
import type { Fact } from "../../sim/facts.ts";
import { BASIS, FEES, inputsOf, intentOf, LIMITS, RUN_ID, saleOf } from "../db/night.ts";
import { THRESHOLDS } from "../support/breakers.ts";
import { NO_FEEDS } from "../support/feeds.ts";
import { NO_HUB } from "../support/hub.ts";
import { AMPLE, SILENT, WALL } from "../support/kalshi.ts";
import { occasionOfGame } from "../../core/domain/occasion.ts";
import { marksOfBids } from "../support/marks.ts";
import { ONE_NIGHT } from "../support/one-night.ts";
import { workflowsSaid } from "../support/order-workflows.ts";
import { QUIET_ALARMS, watchHome } from "./watching.ts";

/** Run time passes at this speed while it passes at all. */
const SPEED = 240;
const SHARD = 3;
/** The one game, as the database knows it. */
export const GAME_ID = `game/paper/${EVENT}`;
/** Best prices of home, all night long, micros. */
const BID = 580_000;
const ASK = 600_000;
const MARKS = marksOfBids(Object.entries({ [HOME]: BID, [AWAY]: 400_000 }));

/** Both books deep, and a change of the home book every run second. */
function facts(): readonly Fact[] {
  const changes = Array.from({ length: 7_200 }, (_, i) => level(i + 1, "yes", 50, 10 + (i % 50)));
  return [
    status(0, "active"),
    status(0, "active", null, null, AWAY),
    level(0, "yes", 58, 1_000),
    level(0, "no", 40, 1_000),
    level(0, "yes", 40, 1_000, AWAY),
    level(0, "no", 58, 1_000, AWAY),
    ...changes,
  ];
}

/** The order path of the worker, from the risk transaction to the exchange's matching, without Temporal. */
export class Desk {
  readonly db: Db;
  readonly exchange: ExchangeHandle;
  readonly bot: Bot;
  readonly clock: RunClock;
  readonly venue: Venue;
  readonly breakers: BreakerBook;
  /** The limits in force. */
  limits: RiskLimits = { ...LIMITS, bankrollSlice: 1_000 };
  /** What we believe the venue charges. */
  schedule: FeeSchedule = FEES;
  readonly losses: LossMeasures = {
    ...{ marks: () => MARKS, limitsOf: () => Promise.resolve(this.limits) },
  };
  readonly #senders: pg.Pool;
  readonly #tick: (ms?: number) => Promise<number>;
  readonly #game: GameRef;
  readonly #privateKeyPem: Secret;
  #placed = 0;

  private constructor(parts: {
    readonly db: Db;
    readonly senders: pg.Pool;
    readonly started: Awaited<ReturnType<typeof startWith>>;
    readonly privateKeyPem: Secret;
  }) {
    const { exchange, bot, tick } = parts.started;
    this.db = parts.db;
    this.exchange = exchange;
    this.bot = bot;
    this.#tick = tick;
    this.#senders = parts.senders;
    this.#privateKeyPem = parts.privateKeyPem;
    this.clock = { now: () => exchange.nights.night?.playedTo ?? instant(START), speed: SPEED };
    const mode = "paper";
    const { db, clock } = this;
    const { losses } = this;
    const book = { db, mode, thresholds: THRESHOLDS, losses, clock, log: SILENT } as const;
    this.breakers = createBreakerBook(book);
    const venue = createKalshiVenue({
      mode,
      restUrl: exchange.restUrl,
      keyId: exchange.key.keyId,
      privateKeyPem: parts.privateKeyPem,
      clock,
      log: SILENT,
      bucket: createRateBudget(WALL, AMPLE),
      jitter: () => 0,
    });
    this.venue = countCalls(venue, this.breakers.venueCalled);
    this.#game = {
      gameId: GAME_ID,
      runId: RUN_ID,
      mode,
      eventTicker: EVENT,
      home: "NYK",
      away: "BOS",
      tradingDate: "2026-11-20",
      tipAt: instant(START + 1_800_000),
      espnEventId: null,
      nbaGameId: null,
      markets: [{ ticker: HOME, team: "home", exchangeIndex: SHARD }],
    };
  }

  /** A desk over a fresh account, with ten contracts of home already bought. */
  static async open(db: Db, url: string): Promise<Desk> {
    const onConnectionLost = (): void => undefined;
    const senders = openPool({ url, poolSize: 2, name: "send", onConnectionLost });
    onTestFinished(() => senders.end());
    const started = await startWith(facts(), { load: { speed: SPEED, startingCashUsd: 1_000 } });
    await started.tick();
    const key = await readFile(started.exchange.key.privateKeyPath, "utf8");
    const desk = new Desk({ db, senders, started, privateKeyPem: new Secret(key) });
    await desk.#openBooks();
    onTestFinished(() => {
      desk.breakers.stop();
    });
    return desk;
  }

  /** The run, its game, and the deposit that the books begin with, at the exchange's own time. */
  async #openBooks(): Promise<void> {
    const { db, clock } = this;
    const at = clock.now();
    await startRun(db, {
      runId: RUN_ID,
      mode: "paper",
      tradingDate: "2026-11-20",
      source: "world:1",
      seed: 1,
      speed: SPEED,
      codeCommit: "test",
      configHash: "test",
      config: "{}",
      manifest: "{}",
      startedAt: at,
    });
    const other = { ticker: AWAY, team: "away", exchangeIndex: SHARD } as const;
    await upsertGame(db, {
      game: { ...this.#game, markets: [...this.#game.markets, other] },
      matchConfidence: 1,
      matchReasons: ["by hand"],
      reconstructed: [],
      phase: "live",
      at,
    });
    const { cash: amount } = await this.venue.balance();
    const opening = { mode: "paper", runId: RUN_ID, depositId: "opening-balance" } as const;
    await deposit(db, { ...opening, amount, at });
  }

  /** Lets about this much run time pass. */
  async play(runMs: number): Promise<void> {
    const end = this.clock.now() + runMs;
    while (this.clock.now() < end) await this.#tick();
  }

  fault(kind: FaultKind, match: string | null = null): void {
    this.exchange.faults.add({ target: "kalshi", kind, match, untilMs: null });
  }

  /** Buys at the ask, 60. */
  enter(contracts = 1): Promise<PlaceResult> {
    const count = countCenti(contracts * 100);
    return this.#place(intentOf(this.#game.gameId, { count, limitPrice: priceMicros(ASK) }));
  }

  /** Sells at the bid, 58. */
  exit(contracts = 1): Promise<PlaceResult> {
    const sale = saleOf(this.#game.gameId, "model-edge", contracts * 100);
    const price = priceMicros(BID);
    return this.#place({ ...sale, limitPrice: price, plan: { ...sale.plan, price } });
  }

  /** Buys the other team at the ask, 42: with what is held it pays a dollar whoever wins. */
  lock(contracts = 1): Promise<PlaceResult> {
    const exit = { purpose: "exit", exitType: "lock", marketTicker: AWAY } as const;
    const [count, limitPrice] = [countCenti(contracts * 100), priceMicros(420_000)];
    return this.#place(intentOf(this.#game.gameId, { ...exit, count, limitPrice }));
  }

  /** Asks the venue to cancel an order that never was. */
  cancelUnknown(): Promise<CancelOutcome> {
    const order = { venueOrderId: "never", marketTicker: HOME, exchangeIndex: SHARD };
    return this.venue.cancelOrder(order, 5_000);
  }

  /** How many orders the exchange has ever been sent. */
  sent(): number {
    return this.exchange.nights.night?.engine.account.orders.size ?? 0;
  }

  async reconcile(): Promise<void> {
    const gone = (): Promise<never> =>
      Promise.reject(new WorkflowNotFoundError("gone", "w", undefined));
    const activities = createReconcileActivities({
      ...this.#account(),
      ...ONE_NIGHT,
      feeds: NO_FEEDS,
      client: workflowsSaid(gone),
    });
    await activities.reconcile({ mode: "paper", runId: RUN_ID });
  }

  /** Watches the home market through the exchange's stream until enough was seen. */
  async watch(decide: GameDecider["decide"], isEnough: () => Promise<boolean>): Promise<void> {
    const { db, exchange, clock, breakers } = this;
    const [game, privateKeyPem, tick] = [this.#game, this.#privateKeyPem, this.#tick];
    const shown = { db, exchange, privateKeyPem, clock, breakers, game };
    await watchHome({ ...shown, decide, tick, isEnough });
  }

  /** Breakers that stand, once all that was told is judged. */
  async standing(): Promise<readonly BreakerRow[]> {
    await this.breakers.settled();
    return await openBreakers(this.db, "paper");
  }

  /** What still holds a breaker's cause, as `tipoff resume` judges it, else null. */
  async causeOf(row: BreakerRow): Promise<string | null> {
    await this.breakers.settled();
    const { losses, clock } = this;
    const looking = { mode: "paper", thresholds: THRESHOLDS, losses, now: clock.now() } as const;
    return (await causeThatHolds(this.db, row, looking))?.cause ?? null;
  }

  /** Releases a breaker as `tipoff resume` does. @returns what still holds its cause, else null. */
  async release(row: BreakerRow): Promise<string | null> {
    return await this.db.transaction().execute(async (tx) => {
      const locked = await lockBreaker(tx, row.breaker_id);
      if (locked === null) throw new Error("the breaker is gone");
      const cause = await this.causeOf(locked);
      if (cause !== null) return cause;
      await releaseBreaker(tx, locked, { by: "test", reason: "over", at: this.clock.now() });
      return null;
    });
  }

  #account() {
    return {
      db: this.db,
      venue: this.venue,
      clock: this.clock,
      fees: { schedule: () => Promise.resolve(this.schedule) },
      alarms: QUIET_ALARMS,
      breakers: this.breakers,
      hub: NO_HUB,
      log: SILENT,
    };
  }

  /** What a worker would know at this moment, all of it fresh. */
  #inputs(now: Instant): Partial<RiskInputs> {
    const size = countCenti(100_000);
    return {
      quote: {
        bid: priceMicros(BID),
        bidSize: size,
        ask: priceMicros(ASK),
        askSize: size,
        receivedAt: now,
      },
      otherMid: null,
      marks: MARKS,
      venueSilentMs: 0,
      injuriesAt: now,
    };
  }

  #place(intent: OwnedIntent): Promise<PlaceResult> {
    this.#placed += 1;
    const now = this.clock.now();
    const account = this.#account();
    const groupLimit = () => Promise.resolve(countCenti(100_000_000));
    const brakes = { expiresAfterMs: 300_000, killFilePath: "/nonexistent/KILL", groupLimit };
    const activities = createOrderActivities({
      ...account,
      mode: "paper",
      brakes: createVenueBrakes({ ...account, ...brakes }),
      senders: this.#senders,
      intents: createIntentQueue(account.db, () => Promise.resolve(this.limits)),
      limits: { ofRun: () => Promise.resolve({ hash: "test", limits: this.limits }) },
      readInputs: (_game, of) => Promise.resolve(inputsOf(of, this.#inputs(now))),
    });
    return activities.placeOrder({
      ...{ occasion: occasionOfGame(this.#game), intent: { ...intent, exchangeIndex: SHARD } },
      intentKey: `${this.#game.gameId}/${this.#placed}-${now}`,
      ...{ parentId: null, decisionId: `${this.#game.gameId}#${this.#placed}` },
      quote: { bidMicros: BID, askMicros: ASK, receivedAt: now, receivedWallMs: 0 },
      basis: {
        ...BASIS,
        decidedAt: now,
        mid: (BID + ASK) / 2,
        forecastKnownAt: now,
        modelKnownAt: now,
      },
    });
  }
}

/** The level at which a breaker stops entries. */
export const levelOf = (breaker: BreakerCode): string => BREAKER_LEVELS[breaker];
