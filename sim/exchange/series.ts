import { required } from "../../core/domain/assert.ts";
import { BTC_SERIES, type BtcSeries } from "../../core/domain/btc-contract.ts";
import { NBA_SERIES } from "../../core/domain/ids.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import { BTC_SHARD, NBA_SHARD } from "./shards.ts";

/** A series that this exchange lists. */
export interface Series {
  readonly ticker: string;
  readonly shard: number;
  /** What it charges where a source states no change. */
  readonly fees: FeeSchedule;
  /** What the venue says about it, in its own words. */
  readonly about: object;
}

/** Fees of KXNBAGAME: maker fees, multiplier 1. */
export const NBA_FEES: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1000 };
/** Fees of the Bitcoin series: a maker pays nothing. */
const BTC_FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1000 };

const NBA: Series = {
  ticker: NBA_SERIES,
  shard: NBA_SHARD,
  fees: NBA_FEES,
  about: {
    title: "Professional Basketball Game",
    frequency: "custom",
    category: "Sports",
    categories: ["Sports"],
    tags: ["Basketball"],
    settlement_sources: [{ name: "the Governing League", url: "https://www.nba.com" }],
    product_metadata: { scope: "Game" },
  },
};

/** Title and frequency of the Bitcoin series. */
export const BTC_TITLES: Readonly<Record<BtcSeries, readonly [title: string, frequency: string]>> =
  {
    KXBTC15M: ["Bitcoin price up or down in 15 minutes", "fifteen_min"],
    KXBTC: ["Bitcoin price range", "hourly"],
    KXBTCD: ["Bitcoin price above or below", "hourly"],
  };

/** Where the index comes from that the Bitcoin series settle on. */
export const BTC_SOURCES = [{ name: "CF Benchmarks", url: "https://www.cfbenchmarks.com" }];

function bitcoin(ticker: BtcSeries): Series {
  const [title, frequency] = BTC_TITLES[ticker];
  return {
    ticker,
    shard: BTC_SHARD,
    fees: BTC_FEES,
    about: {
      title,
      frequency,
      category: "Crypto",
      categories: ["Crypto"],
      tags: ["BTC"],
      settlement_sources: BTC_SOURCES,
      product_metadata: {},
    },
  };
}

/** The series by ticker. */
export const SERIES: ReadonlyMap<string, Series> = new Map(
  [NBA, ...BTC_SERIES.map(bitcoin)].map((series) => [series.ticker, series]),
);

/** The series a ticker belongs to: what stands before its first dash. */
export function seriesTicker(ticker: string): string {
  return ticker.split("-")[0] ?? ticker;
}

/** The shard of a market that is listed here. @throws InvariantError for a series that is not. */
export function shardOf(marketTicker: string): number {
  return required(SERIES.get(seriesTicker(marketTicker)), `the series of ${marketTicker}`).shard;
}
