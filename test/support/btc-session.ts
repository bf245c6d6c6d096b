import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { Market, Quote } from "../../core/domain/market.ts";
import { LINEAR_CENT } from "../../core/domain/price-grid.ts";
import type { SpotStale } from "../../core/domain/spot.ts";
import {
  countCenti,
  type Instant,
  instant,
  priceMicros,
  usdMicros,
} from "../../core/domain/units.ts";
import type { BtcForecast } from "../../core/models/btc-forecast.ts";
import type { SpotNow } from "../../activities/bitcoin/spot-book.ts";
import type { SeriesLedger } from "../../activities/bitcoin/series-ledger.ts";
import { SeriesMarkets } from "../../activities/bitcoin/series-markets.ts";
import { SeriesRecorder } from "../../activities/bitcoin/series-recorder.ts";
import { SeriesSession } from "../../activities/bitcoin/series-session.ts";
import type { HubView } from "../../activities/market-hub.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import type { BtcCycleBatch, NewBtcDecision } from "../../schema/queries/btc-writes.ts";
import type { NewWouldTrade } from "../../schema/queries/would-trades.ts";
import type { FollowedContract } from "../../core/domain/followed-contract.ts";
import type { BtcRun, SeriesState } from "../../workflows/btc-contracts.ts";
import { SILENT } from "./kalshi.ts";

export const { bitcoin: BITCOIN } = loadTipoffConfig("config/tipoff.yaml").config;
/** Run time at which the sessions of the tests begin, and the close of their contracts. */
export const SESSION_AT = instant(Date.parse("2026-11-21T00:50:03Z"));
export const SESSION_CLOSE = instant(Date.parse("2026-11-21T01:00:00Z"));
export const FEES = { kind: "quadratic", multiplierMilli: 1_000 } as const;
export const EVENT = "KXBTCD-26NOV2020";

/** A market of the hourly ladder, ten minutes before its close. */
export function btcMarket(ticker: string, changes: Partial<Market> = {}): Market {
  return {
    ticker,
    eventTicker: EVENT,
    yesTitle: "above",
    status: "active",
    openAt: instant(SESSION_CLOSE - 3_600_000),
    closeAt: SESSION_CLOSE,
    expectedExpirationAt: null,
    grid: LINEAR_CENT,
    exchangeIndex: 2,
    result: null,
    settlementValue: null,
    strikes: { strikeType: "greater", floorStrike: usdMicros(79_900_000_000), capStrike: null },
    expirationValue: null,
    settledAt: null,
    ...changes,
  };
}

const settlement = { mean: 80_000, deviation: 1e-3, jumpProbability: 0, jumpDeviation: 1e-3 };
/** 80,000 expected with 10 basis points: N(1.25) = 0.894 above 79,900. */
const FORECAST: BtcForecast = {
  settlement,
  voices: [{ weight: 1, settlement }],
  coverage: 1,
  modelVersion: "test",
};

/** A ledger with nothing in it. */
export const noLedger: SeriesLedger = {
  rules: BITCOIN.rules,
  of: () => null,
  capitalLeft: usdMicros(1_000_000_000),
  limitsHash: "limits",
  booked: new Set(),
  exited: new Set(),
};

/** A session on a clock, books and a spot that the test moves by hand. */
export class HandSession {
  now: Instant = SESSION_AT;
  endsAt: Instant | null = null;
  isSettled = false;
  stale: SpotStale | null = null;
  pausedBecause: string | null = null;
  /** What is read of the ledger; by itself it holds every proposal, and nothing came of any. */
  readLedger = (pending: readonly string[]): Promise<SeriesLedger> =>
    Promise.resolve({ ...noLedger, booked: new Set(pending) });
  isVenuePaused = false;
  forecasts = 0;
  upkeeps = 0;
  /** How often the catalogue was asked for out of its turn. */
  refreshes = 0;
  readonly cycles: BtcCycleBatch[] = [];
  readonly decisions: NewWouldTrade[] = [];
  /** Every candidate decision. */
  readonly looks: NewBtcDecision[] = [];
  readonly latencies: number[] = [];
  readonly markets: SeriesMarkets;
  readonly session: SeriesSession;
  readonly quotes = new Map<string, Quote>();

  constructor(series: BtcSeries = "KXBTCD", speed = 1, evaluateWallMs = 1, maxChunkWallMs = 300) {
    this.markets = new SeriesMarkets(series);
    const run: BtcRun = {
      ...{ runId: "btc/shadow/2026-11-20", mode: "shadow", date: "2026-11-20" },
      ...{ source: "world:1", seed: 1, speed, endsAt: null },
    };
    const clock = { now: () => this.now, speed };
    const recorder = new SeriesRecorder(
      {
        ...{ runId: run.runId, mode: run.mode, series, configHash: "config" },
        store: {
          btcCycle: (batch) => void this.cycles.push(batch),
          btcDecision: (row) => void this.looks.push(row),
          wouldTrade: (row) => void this.decisions.push(row),
        },
      },
      0,
    );
    const { watch } = BITCOIN;
    const endsAt = (): Instant | null => this.endsAt;
    this.session = new SeriesSession({
      run: {
        ...run,
        get endsAt() {
          return endsAt();
        },
      },
      markets: this.markets,
      hub: { view: (ticker) => this.#view(ticker) },
      spot: { forecast: () => this.#forecast(), now: () => this.#spot() },
      clock,
      recorder,
      keepUp: () => {
        this.upkeeps += 1;
      },
      refreshSoon: () => {
        this.refreshes += 1;
      },
      isSettled: () => this.isSettled,
      pausedBecause: () => this.pausedBecause,
      isVenuePaused: () => this.isVenuePaused,
      config: { ...BITCOIN, watch: { ...watch, maxChunkWallMs, evaluateWallMs } },
      fillProbability: 0.9,
      onCycle: () => undefined,
      onEdges: (wallMs) => void this.latencies.push(wallMs),
      log: SILENT,
    });
  }

  /** Lists a market, with a book on which the rules would trade. */
  list(ticker: string, changes: Partial<Market> = {}): void {
    this.markets.take([btcMarket(ticker, changes)], () => FEES, performance.now());
    this.quotes.set(ticker, {
      marketTicker: ticker,
      bid: priceMicros(690_000),
      bidSize: countCenti(50_000),
      ask: priceMicros(700_000),
      askSize: countCenti(50_000),
      quotedAt: this.now,
      receivedAt: this.now,
    });
  }

  watch(
    followed: readonly FollowedContract[] = [],
    changes: Partial<SeriesState> = {},
    signal: AbortSignal = new AbortController().signal,
  ) {
    const state = { followed, killLevel: null, entriesPausedBecause: null, ...changes };
    return this.session.watch(state, (pending) => this.readLedger(pending), signal);
  }

  #view(ticker: string): HubView | null {
    const quote = this.quotes.get(ticker);
    if (quote === undefined) return null;
    const shown = { ...quote, receivedAt: this.now };
    return { quote: shown, staleBecause: null, staleForMs: 0, recentVolume: null };
  }

  #forecast(): BtcForecast {
    this.forecasts += 1;
    return FORECAST;
  }

  #spot(): SpotNow {
    const at = this.now;
    const price = usdMicros(80_000_000_000);
    const latest = { source: "brti", tradeId: null, price, sourceAt: at, receivedAt: at } as const;
    return { latest, staleBecause: this.stale, basisDeviation: null };
  }
}

export function follows(
  marketTicker: string,
  changes: Partial<FollowedContract> = {},
): FollowedContract {
  return {
    marketTicker,
    phase: "entry-window",
    closeAt: SESSION_CLOSE,
    isStruck: true,
    ...changes,
  };
}
