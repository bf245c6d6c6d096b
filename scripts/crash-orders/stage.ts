import { randomUUID } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { MarketStatus } from "../../core/domain/market.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../core/domain/units.ts";
import { createLogger } from "../../runtime/log.ts";
import { type Db, openDatabase } from "../../schema/database.ts";
import { upsertGame } from "../../schema/queries/games.ts";
import { deposit } from "../../schema/queries/ledger.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { type ArchiveLags, VENUE_LAGS } from "../../sim/exchange/http/archive.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import type { Fact, FactBody, FactSource } from "../../sim/facts.ts";
import {
  AWAY,
  DATE,
  EVENT,
  FILLED_AT,
  FINAL_AT,
  GAME,
  HOME,
  type StageAddress,
  START,
} from "./game.ts";
import type { CrashMarket } from "./plan.ts";

const CASH_USD = 10_000;
const SPEED = 240;

/** The exchange and the database of one case: they live on while processes die. */
export interface Stage {
  readonly address: StageAddress;
  readonly db: Db;
  readonly exchange: ExchangeHandle;
  /** The exchange's own journal of the night, entry by entry. */
  journal(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

/** Makes stages: one server, one migrated template, one pair of keys for all. */
export class StageMaker {
  readonly #serverUrl: string;
  readonly #template: string;
  #keys: Promise<string> | null = null;
  constructor(serverUrl: string, template: string) {
    this.#serverUrl = serverUrl;
    this.#template = template;
  }

  /**
   * Sets up a case: a book, a game in it, and the opening balance in the ledger. `archive`: when what is over
   * leaves the exchange's live endpoints, where that is not as at the venue.
   */
  async make(market: CrashMarket, archive: ArchiveLags = VENUE_LAGS): Promise<Stage> {
    const name = `crash_${randomUUID().replaceAll("-", "")}`;
    await administer(this.#serverUrl, `create database ${name} template ${this.#template}`);
    const url = new URL(this.#serverUrl);
    url.pathname = `/${name}`;
    const onConnectionLost = (): void => undefined;
    const db = openDatabase({ url: url.href, poolSize: 3, name: "crash-orders", onConnectionLost });
    const dataDir = await mkdtemp(join(tmpdir(), "crash-exchange-"));
    // Making a pair of keys takes longer than all the rest: the first one's serve all.
    if (this.#keys !== null) await cp(await this.#keys, dataDir, { recursive: true });
    const exchange = await startExchange({
      dataDir,
      port: 0,
      isFreeRunning: false,
      latencyMs: 0,
      tier: "prestige",
      archive,
      log: createLogger({ level: "silent", service: "exchange" }),
      openSource: () => Promise.resolve(sourceOf(market)),
    });
    await exchange.nights.load({ source: "world:1", speed: SPEED, startingCashUsd: CASH_USD });
    this.#keys ??= keepKeys(dataDir);
    await this.#keys;
    await writeGame(db);
    return {
      address: {
        databaseUrl: url.href,
        exchangeUrl: exchange.url,
        keyId: exchange.key.keyId,
        privateKeyPath: exchange.key.privateKeyPath,
      },
      db,
      exchange,
      journal: async () => {
        const text = await readFile(join(dataDir, "nights", "0001", "journal.jsonl"), "utf8");
        const lines = text.split("\n").filter((line) => line !== "");
        return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      },
      close: async () => {
        await exchange.close();
        await db.destroy();
        await administer(this.#serverUrl, `drop database ${name} with (force)`);
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  }

  async close(): Promise<void> {
    if (this.#keys !== null) await rm(await this.#keys, { recursive: true, force: true });
  }
}

async function keepKeys(dataDir: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "crash-keys-"));
  for (const name of ["keys.json", "paper-key.pem", "paper-key.id"]) {
    await cp(join(dataDir, name), join(folder, name));
  }
  return folder;
}

async function writeGame(db: Db): Promise<void> {
  const { runId, mode } = GAME;
  await startRun(db, {
    runId,
    mode,
    tradingDate: DATE,
    source: "world:1",
    seed: 1,
    speed: SPEED,
    codeCommit: "crash-orders",
    configHash: "crash-orders",
    config: "{}",
    manifest: "{}",
    startedAt: instant(START),
  });
  await upsertGame(db, {
    game: GAME,
    matchConfidence: 1,
    matchReasons: ["by hand"],
    reconstructed: [],
    phase: "live",
    at: instant(START),
  });
  const amount = usdMicros(CASH_USD * 1_000_000);
  await deposit(db, { mode, depositId: "opening-balance", amount, runId, at: instant(START) });
}

/** A book at the start, one print that fills part of what rests, and the end of both markets. */
function sourceOf(market: CrashMarket): FactSource {
  return {
    manifest: {
      schemaVersion: 1,
      kind: "world",
      name: "world:1",
      seed: 1,
      date: DATE,
      startAt: instant(START),
      endAt: instant(FINAL_AT + 60_000),
      games: [
        {
          eventTicker: EVENT,
          date: DATE,
          home: "NYK",
          away: "BOS",
          tipAt: GAME.tipAt,
          espnEventId: "401",
          nbaGameId: "0022600001",
          marketTickers: [HOME, AWAY],
          reconstructed: [],
        },
      ],
      lacks: [],
      isDerivedBook: false,
      description: "one game, one book, one print",
      origins: [],
    },
    pastGames: [],
    facts: () => factsOf(market),
  };
}

function* factsOf(market: CrashMarket): Generator<Fact> {
  const at = (ms: number, body: FactBody): Fact => ({
    sourceTime: instant(ms),
    receivedAt: instant(ms),
    ...body,
  });
  const level = (outcome: "yes" | "no", cents: number, contracts: number): FactBody => ({
    kind: "level",
    marketTicker: HOME,
    outcome,
    price: priceMicros(cents * 10_000),
    size: countCenti(contracts * 100),
  });
  const become = (ticker: string, status: MarketStatus, isOver: boolean): FactBody => ({
    kind: "market-status",
    marketTicker: ticker,
    status,
    result: isOver ? resultOf(market, ticker) : null,
    settlementValue: isOver && market.result === "scalar" ? valueOf(market, ticker) : null,
  });
  for (const ticker of [HOME, AWAY]) yield at(START, become(ticker, "active", false));
  yield at(START, level("yes", 54, 300));
  for (const { cents, size } of market.offers) yield at(START, level("no", 100 - cents, size));
  yield at(FILLED_AT, {
    kind: "trade",
    marketTicker: HOME,
    tradeId: "print-1",
    price: priceMicros(550_000),
    count: countCenti(market.filledBefore * 100),
    takerSide: "ask",
  });
  for (const ticker of [HOME, AWAY]) {
    yield at(FINAL_AT, become(ticker, "determined", true));
    yield at(FINAL_AT + 1_000, become(ticker, "finalized", true));
  }
}

function resultOf(market: CrashMarket, ticker: string): CrashMarket["result"] {
  if (market.result === "scalar") return "scalar";
  return (market.result === "yes") === (ticker === HOME) ? "yes" : "no";
}

function valueOf(market: CrashMarket, ticker: string): ReturnType<typeof usdMicros> {
  const cents = ticker === HOME ? market.scalarCents : 100 - market.scalarCents;
  return usdMicros(cents * 10_000);
}

async function administer(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
