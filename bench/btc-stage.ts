import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { keepMarkets } from "../activities/bitcoin/keep-markets.ts";
import { SeriesMarkets } from "../activities/bitcoin/series-markets.ts";
import { SeriesRecorder } from "../activities/bitcoin/series-recorder.ts";
import { SpotBook } from "../activities/bitcoin/spot-book.ts";
import { type MarketHub, MarketHub as Hub } from "../activities/market-hub.ts";
import { createObservationStore, type ObservationStore } from "../activities/observation-store.ts";
import type { MarketStream } from "../activities/ports.ts";
import type { BtcSeries } from "../core/domain/btc-contract.ts";
import type { FeeSchedule, Market, MarketStrikes } from "../core/domain/market.ts";
import type { SpotFeed, SpotPrice } from "../core/domain/spot.ts";
import type { RunClock } from "../core/domain/time.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  type PriceMicros,
  priceMicros,
  usdMicros,
} from "../core/domain/units.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import { quickNormalCdf } from "../core/domain/normal.ts";
import { type Chance, seededChance } from "../core/scoring/inference/chance.ts";
import type { BitcoinConfig } from "../runtime/bitcoin-config.ts";
import { readEnvironment } from "../runtime/config.ts";
import { startEmbeddedPostgres } from "../runtime/embedded/postgres.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { type Db, openDatabase } from "../schema/database.ts";
import { migrate } from "../schema/migrate.ts";
import { startRun } from "../schema/queries/runs.ts";
import { BTC_NOW, BTC_RUN } from "../test/db/bitcoin.ts";

/** How many contracts of each series are open. */
export type Ladders = readonly (readonly [BtcSeries, number])[];

/** As in an hour of the three series: two hundred together. */
export const THREE_LADDERS: Ladders = [
  ["KXBTC15M", 1],
  ["KXBTC", 99],
  ["KXBTCD", 100],
];

/** One series as its watch holds it, without the watch. */
export interface StagedSeries {
  readonly series: BtcSeries;
  readonly markets: SeriesMarkets;
  readonly recorder: SeriesRecorder;
}

/** The parts of a worker that a cycle goes through, on a database of their own. */
export interface BtcStage {
  readonly db: Db;
  readonly store: ObservationStore;
  readonly config: BitcoinConfig;
  readonly hub: MarketHub;
  readonly spot: SpotBook;
  readonly series: readonly StagedSeries[];
  readonly tickers: readonly string[];
  /** Lets the market of the spot trade once. */
  readonly trade: () => void;
  /** Changes a book, by chance. */
  readonly changeBook: () => void;
}

const SPOT_USD = 80_000;
const FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };
const OPEN_MS = 2 * 3_600_000;
const WARM_TRADES = 3_600;

/** Sets the stage, measures on it, and takes everything away. */
export async function onBtcStage<T>(
  { ladders, seed, clock }: { ladders: Ladders; seed: number; clock: RunClock },
  measure: (stage: BtcStage) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tipoff-bench-"));
  const log = pino({ level: "warn" });
  const server = await startEmbeddedPostgres({ dataDir: join(folder, "data"), log });
  try {
    await migrate(server.url);
    const onConnectionLost = (): void => undefined;
    const db = openDatabase({ url: server.url, poolSize: 6, name: "bench", onConnectionLost });
    await startRun(db, BTC_RUN);
    const store = createObservationStore({ db, spoolDir: join(folder, "spool"), log, clock });
    await store.flush();
    const { config } = loadTipoffConfig(readEnvironment().configFile);
    const chance = seededChance(seed);
    const feed = new StagedFeed(clock, chance);
    const spot = new SpotBook({
      feed,
      config: config.bitcoin.spot,
      keep: ({ source, tradeId, price, sourceAt, receivedAt }) => {
        store.spotTick({
          ...{ source, trade_id: tradeId, spot_micros: price },
          ...{ source_at: new Date(sourceAt), received_at: new Date(receivedAt) },
        });
      },
    });
    spot.restore(feed.hourBefore(), []);
    const stream = new StagedStream(clock, chance);
    const hub = new Hub({ stream, clock, log });
    const series = await Promise.all(
      ladders.map(([name, count]) => stageSeries(db, store, name, count)),
    );
    const tickers = series.flatMap(({ markets }) =>
      [...markets.all()].map(({ contract }) => contract.marketTicker),
    );
    const trade = (): void => {
      feed.trade();
    };
    const changeBook = (): void => {
      stream.change();
    };
    const parts = { db, store, hub, spot, series, tickers, trade, changeBook };
    const result = await measure({ ...parts, config: config.bitcoin });
    await store.close();
    await db.destroy();
    return result;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stageSeries(
  db: Db,
  store: ObservationStore,
  series: BtcSeries,
  count: number,
): Promise<StagedSeries> {
  const markets = new SeriesMarkets(series);
  const listed = Array.from({ length: count }, (_, n) => marketOf(series, n, count));
  markets.take(listed, () => FEES, performance.now());
  await keepMarkets(db, { series, markets: listed, feesOf: () => FEES, at: BTC_NOW });
  const { runId } = BTC_RUN;
  const of = { runId, mode: "shadow", series, configHash: "bench", store } as const;
  return { series, markets, recorder: new SeriesRecorder(of, 0) };
}

function marketOf(series: BtcSeries, n: number, count: number): Market {
  const floor = SPOT_USD + (n - Math.floor(count / 2)) * 100;
  const eventTicker = `${series}-26NOV2022${series === "KXBTC15M" ? "00" : ""}`;
  const end = series === "KXBTC15M" ? "00" : `${series === "KXBTC" ? "B" : "T"}${floor}`;
  return {
    ...{ ticker: `${eventTicker}-${end}`, eventTicker, yesTitle: "", status: "active" },
    ...{ openAt: BTC_NOW, closeAt: instant(BTC_NOW + OPEN_MS), expectedExpirationAt: null },
    grid: [{ startMicros: 10_000, endMicros: 990_000, stepMicros: 10_000 }],
    strikes: strikesOf(series, floor),
    ...{ exchangeIndex: 2, result: null, settlementValue: null },
    ...{ expirationValue: null, settledAt: null },
  };
}

function strikesOf(series: BtcSeries, floor: number): MarketStrikes {
  const floorStrike = usdMicros(floor * 1_000_000);
  if (series === "KXBTC") {
    const capStrike = usdMicros((floor + 99.99) * 1_000_000);
    return { strikeType: "between", floorStrike, capStrike };
  }
  const strikeType = series === "KXBTC15M" ? "greater_or_equal" : "greater";
  return { strikeType, floorStrike, capStrike: null };
}

/** A walk of the spot, a trade whenever it is asked for. */
class StagedFeed implements SpotFeed {
  readonly #clock: RunClock;
  readonly #chance: Chance;
  readonly #listeners = new Set<(price: SpotPrice) => void>();
  #usd = SPOT_USD;
  #id = 1;
  #latest: SpotPrice | null = null;

  constructor(clock: RunClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  hourBefore(): readonly SpotPrice[] {
    const from = this.#clock.now() - WARM_TRADES * 1_000;
    return Array.from({ length: WARM_TRADES }, (_, n) => this.#next(instant(from + n * 1_000)));
  }

  trade(): void {
    const price = this.#next(this.#clock.now());
    this.#latest = price;
    for (const listener of this.#listeners) listener(price);
  }

  onPrice(listener: (price: SpotPrice) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  staleBecause(): null {
    return null;
  }

  latest(): SpotPrice | null {
    return this.#latest;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #next(at: Instant): SpotPrice {
    this.#usd += this.#chance.normal() * 2;
    const price = usdMicros(Math.round(this.#usd * 100) * 10_000);
    return { source: "coinbase", tradeId: this.#id++, price, sourceAt: at, receivedAt: at };
  }
}

interface StagedBook {
  readonly marketTicker: string;
  readonly levels: readonly PriceMicros[];
  readonly tell: (fact: StreamFact) => void;
}

const SIZE = countCenti(10_000);
const LEVELS = 10;

/** A whole book for every market that is asked for, and then changes of size that never cross it. */
class StagedStream implements MarketStream {
  readonly #clock: RunClock;
  readonly #chance: Chance;
  readonly #books: StagedBook[] = [];

  constructor(clock: RunClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  subscribe(marketTickers: readonly string[], tell: (fact: StreamFact) => void): () => void {
    const at = this.#clock.now();
    for (const marketTicker of marketTickers) {
      const cents = Math.round(98 * quickNormalCdf((this.#books.length - 100) / 40));
      const bid = Math.min(97, Math.max(1, cents));
      const yes = side(bid);
      const no = side(98 - bid);
      this.#books.push({ marketTicker, levels: yes.map(([price]) => price), tell });
      tell({ kind: "snapshot", book: { marketTicker, yes, no, at }, receivedAt: at });
    }
    return () => undefined;
  }

  resync(): void {
    throw new Error("no book of the stage is ever in doubt");
  }

  change(): void {
    const book = this.#books[this.#chance.below(this.#books.length)];
    const price = book?.levels[this.#chance.below(book.levels.length)];
    if (book === undefined || price === undefined) return;
    const at = this.#clock.now();
    const { marketTicker } = book;
    const delta = 1 + this.#chance.below(100);
    book.tell({ kind: "delta", marketTicker, outcome: "yes", price, delta, at, receivedAt: at });
  }
}

/** Levels downwards from the best, in cents. */
function side(best: number): (readonly [PriceMicros, CountCenti])[] {
  return Array.from({ length: LEVELS }, (_, n) => best - n)
    .filter((cents) => cents >= 1)
    .map((cents) => [priceMicros(cents * 10_000), SIZE]);
}
