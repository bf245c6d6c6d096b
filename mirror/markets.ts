import type { MarketData } from "../clients/kalshi/market-data.ts";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { BTC_SERIES, type BtcSeries } from "../core/domain/btc-contract.ts";
import { seriesOfEvent } from "../core/domain/ids.ts";
import type { Market } from "../core/domain/market.ts";
import type { RunClock } from "../core/domain/time.ts";
import type { Instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import { repeat } from "../runtime/repeat.ts";
import type { FactBody } from "../sim/facts.ts";
import { BookLines } from "./book-lines.ts";
import type { MirroredBooks } from "./books.ts";
import { newsOfContract, newsOfStatus } from "./lives.ts";
import type { MirrorPart, Tell } from "./port.ts";

export interface MarketsOptions {
  readonly stream: Pick<KalshiStream, "subscribe" | "followLives" | "resync">;
  readonly marketData: Pick<MarketData, "markets" | "exchangeStatus">;
  /** Bitcoin series whose markets are listed as they come. */
  readonly series: readonly BtcSeries[];
  /** Markets of games, which the night knows from its begin. */
  readonly gameTickers: readonly string[];
  /** Markets that an earlier process told of and that were not final then. */
  readonly unfinished: readonly string[];
  /** When that process heard its last; null when there was none. */
  readonly awaySince: Instant | null;
  readonly books: MirroredBooks;
  /** Whether it was told that nobody knows the books, and which shards do not trade. */
  readonly isOut: boolean;
  readonly paused: readonly number[];
  /** A Bitcoin market is listed so long before its close, milliseconds. */
  readonly listedAheadMs: number;
  readonly tell: Tell;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** Between two looks at the catalogue, milliseconds of the time out there; and at least so much of ours. */
const REFRESH_MS = 15_000;
const REFRESH_WALL_MS_MIN = 250;
/** What the stream tells of is read by REST so soon, wall milliseconds: one word on a market, whoever gave the hint. */
const LOOK_MS = 200;
/** A book is asked for so long before its market opens, milliseconds. */
const OPENS_WITHIN_MS = 60_000;
/** A final market is forgotten after this: corrections of its word come sooner. Milliseconds. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** Follows the venue's markets: which there are, how they live, their books and prints, and whether it trades at all. */
export function followMarkets(options: MarketsOptions): MirrorPart {
  return new MarketsMirror(options);
}

class MarketsMirror implements MirrorPart {
  readonly #options: MarketsOptions;
  readonly #known = new Map<string, Market>();
  readonly #unfinished: Set<string>;
  readonly #due = new Set<string>();
  readonly #unlisted = new Set<string>();
  readonly #trading = new Map<number, boolean>();
  readonly #lines: BookLines;
  #awaySince: Instant | null;
  readonly #ends: readonly (() => unknown)[];

  constructor(options: MarketsOptions) {
    this.#options = options;
    for (const shard of options.paused) this.#trading.set(shard, false);
    this.#unfinished = new Set([...options.gameTickers, ...options.unfinished]);
    this.#awaySince = options.awaySince;
    this.#lines = new BookLines(options);
    const refreshWallMs = Math.max(REFRESH_MS / options.clock.speed, REFRESH_WALL_MS_MIN);
    const failed = (error: unknown): void => {
      options.log.warn({ error: String(error) }, "the venue's markets could not be read");
    };
    this.#ends = [
      options.stream.followLives(({ marketTicker }) => {
        if (this.#isOurs(marketTicker)) this.#due.add(marketTicker);
      }),
      repeat(() => this.#refresh(), refreshWallMs, failed),
      repeat(() => this.#lookAtDue(), LOOK_MS, failed),
    ];
  }

  async close(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
    this.#lines.close();
  }

  #isOurs(ticker: string): boolean {
    return (
      this.#unfinished.has(ticker) || this.#known.has(ticker) || this.#seriesOf(ticker) !== null
    );
  }

  #seriesOf(ticker: string): BtcSeries | null {
    const series = BTC_SERIES.find((one) => one === seriesOfEvent(ticker));
    return series !== undefined && this.#options.series.includes(series) ? series : null;
  }

  /** Asks for what is listed, and for what was and is not final. */
  async #refresh(): Promise<void> {
    const { marketData, series, clock } = this.#options;
    for (const seriesTicker of series) {
      for (const status of ["open", "unopened"] as const) {
        this.#take(await marketData.markets({ seriesTicker, status }));
      }
    }
    const now = clock.now();
    await this.#makeUp(now);
    const quiet = [...this.#unfinished].filter((ticker) => {
      const known = this.#known.get(ticker);
      return known === undefined || this.#seriesOf(ticker) === null || known.closeAt <= now;
    });
    this.#take(await marketData.markets({ tickers: quiet }));
    this.#lines.complete();
    for (const [ticker, { settledAt }] of this.#known) {
      if (settledAt === null || now - settledAt <= FORGOTTEN_AFTER_MS) continue;
      this.#known.delete(ticker);
      this.#unfinished.delete(ticker);
    }
    await this.#readStatus();
  }

  /** Lists what opened and closed while nobody listened. */
  async #makeUp(now: Instant): Promise<void> {
    if (this.#awaySince === null) return;
    const closed = { minCloseAt: this.#awaySince, maxCloseAt: now };
    for (const seriesTicker of this.#options.series) {
      this.#take(await this.#options.marketData.markets({ seriesTicker, ...closed }));
    }
    this.#awaySince = null;
  }

  async #lookAtDue(): Promise<void> {
    const due = [...this.#due];
    if (due.length === 0) return;
    this.#due.clear();
    try {
      this.#take(await this.#options.marketData.markets({ tickers: due }));
    } catch (error) {
      for (const ticker of due) this.#due.add(ticker);
      throw error;
    }
  }

  /** Tells what is new of these markets, and follows the books of those that trade, or are about to. */
  #take(markets: readonly Market[]): void {
    const now = this.#options.clock.now();
    const begun: string[] = [];
    for (const market of markets) {
      if (!this.#learn(market, now)) continue;
      const { ticker, status, openAt } = market;
      const isSoon = status === "initialized" && openAt - now < OPENS_WITHIN_MS;
      if (status === "active" || status === "inactive" || isSoon) begun.push(ticker);
      else if (status !== "initialized") this.#lines.drop(ticker);
      if (status === "finalized") this.#options.books.drop(ticker);
      // One that is final without a result may still be given one.
      if (status === "finalized" && market.result !== null) this.#unfinished.delete(ticker);
      else this.#unfinished.add(ticker);
    }
    this.#lines.follow(begun);
  }

  /** @returns whether it is one of those that are told of. */
  #learn(market: Market, now: Instant): boolean {
    const { ticker, closeAt } = market;
    const series = this.#seriesOf(ticker);
    const before = this.#known.get(ticker) ?? null;
    if (series === null && !this.#options.gameTickers.includes(ticker)) return false;
    const isFar = series !== null && closeAt - now > this.#options.listedAheadMs;
    if (before === null && isFar && !this.#unfinished.has(ticker)) return false;
    const news =
      series === null ? newsOfStatus(before, market) : newsOfContract(series, before, market);
    if (news === null) {
      if (!this.#unlisted.has(ticker)) {
        this.#options.log.error({ ticker, grid: market.grid }, "a market that cannot be listed");
      }
      this.#unlisted.add(ticker);
      return false;
    }
    this.#known.set(ticker, market);
    for (const body of news) this.#tell(body, now);
    return true;
  }

  /** Whether the venue trades, on the shards of our markets: told where it is not what was told before. */
  async #readStatus(): Promise<void> {
    const { shards } = await this.#options.marketData.exchangeStatus();
    const ours = new Set([...this.#known.values()].map(({ exchangeIndex }) => exchangeIndex));
    for (const { exchangeIndex, isTrading } of shards) {
      const before = this.#trading.get(exchangeIndex) ?? true;
      if (!ours.has(exchangeIndex) || before === isTrading) continue;
      this.#trading.set(exchangeIndex, isTrading);
      this.#tell({ kind: "shard", exchangeIndex, isTrading }, this.#options.clock.now());
    }
  }

  #tell(body: FactBody, sourceTime: Instant): void {
    this.#options.tell({ ...body, sourceTime });
  }
}
