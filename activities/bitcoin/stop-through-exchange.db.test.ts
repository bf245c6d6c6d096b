/** A worker that dies, one that goes on after an hour, and a clean stop: by the real exchange and the tables. */
import { type Context, asyncLocalStorage } from "@temporalio/activity";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import { required } from "../../core/domain/assert.ts";
import { type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import { Secret } from "../../runtime/secret.ts";
import { closeRunSeries, openRunSeries } from "../../schema/queries/btc-runs.ts";
import { startRun } from "../../schema/queries/runs.ts";
import { type ExchangeHandle, startExchange } from "../../sim/exchange/main.ts";
import { bitcoinOf, book, life, quarter } from "../../sim/exchange/testing/bitcoin.ts";
import { START } from "../../sim/exchange/testing/hand-made.ts";
import { BTC_RUN } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { LIMITS } from "../../test/db/night.ts";
import { BITCOIN } from "../../test/support/btc-session.ts";
import { AMPLE, SILENT, until } from "../../test/support/kalshi.ts";
import type { BtcRun } from "../../workflows/btc-contracts.ts";
import type { AlarmBook } from "../alarm-book.ts";
import { createFeeBook } from "../fee-book.ts";
import { MarketHub } from "../market-hub.ts";
import { createObservationStore } from "../observation-store.ts";
import { watchGaps } from "./find-gaps.ts";
import { createBtcHealth } from "./health.ts";
import { createSettler } from "./settle-contracts.ts";
import { createWatchSeriesActivities } from "./watch-series.ts";

const at = (seconds: number): Instant => instant(START + seconds * 1_000);
const SERIES = "KXBTC15M";
const SPEED = 240;
/** At which a busy machine, too, has a cycle in every step. */
const CALM_SPEED = 30;
const CYCLE_MS = BITCOIN.watch.cycleMs;
/** Listed five minutes before its open, as it is at the venue, and final six seconds after its close. */
const quarters = [900, 1_800, 2_700, 3_600, 4_500, 5_400].map((closeAt) =>
  quarter(closeAt, { at: Math.max(0, closeAt - 1_200), strike: 80_000 }),
);
const tickers = quarters.map(({ marketTicker }) => marketTicker);
const SOURCE = bitcoinOf([
  ...quarters,
  ...book(0, required(tickers[0], "the first")),
  ...quarters.map(({ marketTicker, closeAt }) =>
    life((closeAt - START) / 1_000 + 6, marketTicker, "finalized", "yes", { on: 80_000.01 }),
  ),
]);
const RUN: BtcRun = {
  ...{ runId: BTC_RUN.runId, mode: "shadow", date: BTC_RUN.tradingDate },
  ...{ source: "world:1", seed: 1, speed: SPEED, endsAt: null },
};

let dataDir: string;
let exchange: ExchangeHandle;
let clone: ClonedDatabase;
let lease: NodeJS.Timeout;
let workers: Worker[];

const night = () => required(exchange.nights.night, "a night");
const clock = {
  now: () => night().playedTo,
  get speed() {
    return night().clock.speed;
  },
};

/** What of a worker process watches Bitcoin. One that is killed is heard of no more, and clears up nothing. */
class Worker {
  readonly open = new Set<string>();
  readonly #signal = new AbortController();
  readonly #stop: (() => Promise<void> | void)[] = [];
  readonly health: ReturnType<typeof createBtcHealth>;
  readonly #watch: ReturnType<typeof createWatchSeriesActivities>["watchSeries"];
  readonly followed = new Set<string>();

  constructor(privateKeyPem: Secret, spoolDir: string) {
    const { db } = clone;
    const alarms: AlarmBook = {
      raise: ({ code, field }) => void this.open.add(`${code}/${field ?? ""}`),
      clear: ({ code, field }) => void this.open.delete(`${code}/${field ?? ""}`),
      flush: () => Promise.resolve(),
    };
    const shared = { mode: "paper", keyId: exchange.key.keyId, privateKeyPem, clock } as const;
    const bucket = createRateBudget({ now: () => instant(Date.now()), speed: 1 }, AMPLE);
    const { restUrl, wsUrl } = exchange;
    const venue = createKalshiVenue({ ...shared, restUrl, log: SILENT, bucket });
    const stream = createKalshiStream({ ...shared, wsUrl, log: SILENT });
    const store = createObservationStore({ db, spoolDir, log: SILENT, clock });
    const flush = (): Promise<void> => store.flush();
    const limits = { leastWallMs: 0 };
    this.health = createBtcHealth({ db, alarms, clock, mode: "shadow", log: SILENT, limits });
    const stopSearching = watchGaps({
      ...{ db, mode: "shadow", clock, everyMs: CYCLE_MS, flush, health: this.health, log: SILENT },
      source: { manifest: () => Promise.resolve(SOURCE.manifest as never) },
    });
    const settler = createSettler({
      ...{ db, venue, clock, log: SILENT, alarms, flush },
      spot: { settled: () => null },
    });
    const hub = new MarketHub({ stream, clock, log: SILENT });
    const { watchSeries } = createWatchSeriesActivities({
      ...{ db, venue, clock, store, log: SILENT, fillProbability: 0.9, configHash: "config" },
      hub: this.#overheard(hub),
      fees: createFeeBook(venue),
      openBitcoin: () => Promise.resolve({ spot: SPOT as never, settler, health: this.health }),
      venueWatch: { isTrading: () => true },
      limits: { ofRun: () => Promise.resolve({ hash: "limits", limits: LIMITS }) },
      bitcoin: { ...BITCOIN, watch: { ...BITCOIN.watch, maxChunkWallMs: 200 } },
      endLookMs: 50,
    });
    this.#watch = watchSeries;
    this.#stop.push(stopSearching, () => this.health.stop());
    this.#stop.push(
      () => {
        stream.close();
      },
      () => store.close(),
    );
  }

  /** Chunk after chunk, until it is cancelled. */
  async watch(): Promise<void> {
    const context = {
      info: { activityId: "1" },
      cancellationSignal: this.#signal.signal,
    } as unknown as Context; // Test boundary: the SDK alone makes a whole one; no more is asked.
    const state = { followed: [], killLevel: null, entriesPausedBecause: null };
    while (!this.#signal.signal.aborted) {
      await asyncLocalStorage.run(context, () => this.#watch({ run: RUN, series: SERIES, state }));
    }
  }

  cancel(): void {
    this.#signal.abort();
  }

  async close(): Promise<void> {
    this.cancel();
    for (const stop of this.#stop.splice(0)) await stop();
  }

  #overheard(hub: MarketHub): MarketHub {
    const add = hub.add.bind(hub);
    hub.add = (own, listener) => {
      for (const ticker of own) this.followed.add(ticker);
      const leave = add(own, listener);
      return () => {
        for (const ticker of own) this.followed.delete(ticker);
        leave();
      };
    };
    return hub;
  }
}

const SPOT = {
  onPrice: () => () => undefined,
  forecast: () => null,
  now: (now: Instant) => ({
    latest: {
      ...{ source: "brti", tradeId: null, price: usdMicros(80_000_000_000) },
      ...{ sourceAt: now, receivedAt: now },
    },
    ...{ staleBecause: null, basisDeviation: null },
  }),
};

async function startWorker(): Promise<Worker> {
  const key = new Secret(await readFile(exchange.key.privateKeyPath, "utf8"));
  const worker = new Worker(key, await mkdtemp(join(dataDir, "spool-")));
  workers.push(worker);
  return worker;
}

beforeEach(async () => {
  workers = [];
  clone = await cloneDatabase();
  dataDir = await mkdtemp(join(tmpdir(), "exchange-"));
  exchange = await startExchange({
    ...{ dataDir, port: 0, isFreeRunning: false, latencyMs: 0, tier: "premier", log: SILENT },
    openSource: () => Promise.resolve(SOURCE),
  });
  await exchange.nights.load({ source: "world:1", speed: SPEED, startingCashUsd: 1_000 });
  await startRun(clone.db, { ...BTC_RUN, startedAt: at(0) });
  await openRunSeries(clone.db, { runId: RUN.runId, series: SERIES, at: at(0) });
  lease = setInterval(() => {
    night().clock.renewLease(500);
  }, 100);
});
afterEach(async () => {
  for (const worker of workers) await worker.close();
  clearInterval(lease);
  await exchange.close();
  await clone.drop();
  await rm(dataDir, { recursive: true });
});

it("settles and scores what opened and closed in the hour that no worker lived, and has its gap", async () => {
  const first = await startWorker();
  const killed = first.watch();
  await until(() => clock.now() >= at(300));
  first.cancel();
  await killed;
  await first.close();
  const before = await cycles();
  const diedAt = required(before.at(-1), "a cycle");
  await until(() => clock.now() >= at(3_900));
  const known = await contracts();
  expect(known.map((row) => row.market_ticker)).toEqual(tickers.slice(0, 1));

  await night().setSpeed(CALM_SPEED);
  const second = await startWorker();
  const watching = second.watch();
  // The first was known, and was settled after; of the three after it nobody here had heard.
  const dead = tickers.slice(0, 4);
  await eventually(
    async () => (await contracts()).filter((row) => row.scored_at !== null).length >= 4,
  );
  expect((await contracts()).slice(0, 4)).toMatchObject(
    dead.map((market_ticker) => ({ market_ticker, outcome: "yes", corrections: 0 })),
  );
  // One quarter after the other was open: each step of the hour lacks the row of one.
  const resumed = required(
    (await cycles()).find((one) => one > diedAt),
    "a cycle after",
  );
  const gap = { from_at: new Date(floor(diedAt) + CYCLE_MS), to_at: new Date(floor(resumed)) };
  const missing = (floor(resumed) - floor(diedAt)) / CYCLE_MS - 1;
  expect(missing).toBeGreaterThan(350);
  for (const table of ["kalshi_edge_snapshots", "kalshi_quotes"]) {
    await eventually(async () => (await gapAt(table, at(2_000)))?.missing_rows === missing);
    expect(await gapAt(table, at(2_000))).toMatchObject({ ...gap, missing_rows: missing });
  }
  second.cancel();
  await watching;
}, 240_000);

it("leaves health and its books when the series is stopped, and not when a chunk is cancelled", async () => {
  const worker = await startWorker();
  const watching = worker.watch();
  await until(() => clock.now() >= at(120));
  expect(worker.followed.size).toBe(1);
  worker.cancel();
  await watching;
  // Nothing says that it is over: that no chunk follows is a silence to be told of.
  await eventually(async () => {
    await worker.health.look();
    return worker.open.has(`btc_series_silent/${SERIES}`);
  });
  expect(worker.followed.size).toBe(1);
  await closeRunSeries(clone.db, {
    ...{ runId: RUN.runId, series: SERIES, because: "stopped", at: clock.now() },
  });
  await until(() => worker.followed.size === 0);
  expect([...worker.open]).toEqual([]);
  const stoppedAt = clock.now();
  await until(() => clock.now() >= stoppedAt + 300_000);
  await worker.health.look();
  expect([...worker.open]).toEqual([]);
}, 60_000);

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const floor = (ms: number): number => Math.floor(ms / CYCLE_MS) * CYCLE_MS;

async function cycles(): Promise<readonly number[]> {
  const rows = await clone.db
    .selectFrom("btc_cycles")
    .select("started_at")
    .orderBy("started_at")
    .execute();
  return rows.map((row) => row.started_at.getTime());
}

function contracts() {
  return clone.db
    .selectFrom("kalshi_contracts as c")
    .leftJoin("kalshi_contract_scores as s", "s.market_ticker", "c.market_ticker")
    .select(["c.market_ticker", "c.outcome", "c.corrections", "s.scored_at"])
    .orderBy("c.close_at")
    .execute();
}

/** The gap of a table that an instant lies in: a starved machine may have others before the hour. */
function gapAt(table: string, instantIn: Instant) {
  return clone.db
    .selectFrom("btc_gaps")
    .select(["from_at", "to_at", "missing_rows"])
    .where("table_name", "=", table)
    .where("from_at", "<=", new Date(instantIn))
    .where("to_at", ">=", new Date(instantIn))
    .executeTakeFirst();
}
