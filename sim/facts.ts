import type { BtcSeries } from "../core/domain/btc-contract.ts";
import type { FeeSchedule, MarketResult, MarketStatus, StrikeType } from "../core/domain/market.ts";
import type { RunClock, TradingDate } from "../core/domain/time.ts";
import type { PriceGridName } from "../core/domain/price-grid.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "../core/domain/units.ts";

/**
 * One fact of a played night. Worlds make them, recordings hold them, the exchange and the feeds
 * are folds of them: at time t they show every fact with `receivedAt <= t`, and nothing later.
 */
export type Fact = { readonly sourceTime: Instant; readonly receivedAt: Instant } & FactBody;

/** A quote among them. */
export type QuoteFact = Extract<Fact, { readonly kind: "quote" }>;

/** What happened. Prices are YES prices in micros, counts in hundredths. */
export type FactBody =
  /**
   * Absolute size now displayed by others at one price: bids of YES (`yes`) or bids of NO (`no`).
   * Here alone the price is the outcome's own, as at the venue: a NO bid at 40 offers YES at 60.
   */
  | {
      readonly kind: "level";
      readonly marketTicker: string;
      readonly outcome: "yes" | "no";
      readonly price: PriceMicros;
      readonly size: CountCenti;
    }
  /** Top of book where no depth is known; null sizes mean the source has none, null prices an empty side. */
  | {
      readonly kind: "quote";
      readonly marketTicker: string;
      readonly bid: PriceMicros | null;
      readonly bidSize: CountCenti | null;
      readonly ask: PriceMicros | null;
      readonly askSize: CountCenti | null;
      readonly isDerived: boolean;
    }
  | {
      readonly kind: "trade";
      readonly marketTicker: string;
      readonly tradeId: string;
      readonly price: PriceMicros;
      readonly count: CountCenti;
      /** `bid`: the taker bought YES; null when the source does not say. */
      readonly takerSide: "bid" | "ask" | null;
    }
  /** Contracts printed since the last fact of this kind, where single trades are not known. */
  | { readonly kind: "volume"; readonly marketTicker: string; readonly count: CountCenti }
  | {
      readonly kind: "market-status";
      readonly marketTicker: string;
      readonly status: MarketStatus;
      /** Null where the status tells none; a market that is finalized and was never told any is void. */
      readonly result: MarketResult | null;
      readonly settlementValue: UsdMicros | null;
      /** The index average behind the result of a Bitcoin market, micro-dollars; null when not told. */
      readonly expirationValue?: UsdMicros | null;
    }
  /** A Bitcoin market is listed. Strikes are micro-dollars of the index; a null one comes by `bounds`. */
  | {
      readonly kind: "listing";
      readonly marketTicker: string;
      readonly eventTicker: string;
      readonly series: BtcSeries;
      readonly strikeType: StrikeType;
      readonly floorStrike: UsdMicros | null;
      readonly capStrike: UsdMicros | null;
      readonly openAt: Instant;
      readonly closeAt: Instant;
      readonly priceGrid: PriceGridName;
    }
  /** The venue states the strike of a listed market, or corrects it. */
  | {
      readonly kind: "bounds";
      readonly marketTicker: string;
      readonly floorStrike: UsdMicros | null;
      readonly capStrike: UsdMicros | null;
    }
  /** The venue moves a market's close: earlier when it is determined early, later when it reopens. */
  | { readonly kind: "close-moved"; readonly marketTicker: string; readonly closeAt: Instant }
  /** A trade of the spot market, as Coinbase tells it. */
  | {
      readonly kind: "spot-trade";
      readonly tradeId: number;
      /** Micro-dollars for one bitcoin. */
      readonly price: UsdMicros;
      /** Bitcoin; null where the source does not say. */
      readonly size: number | null;
      /** `bid`: the taker bought. */
      readonly takerSide: "bid" | "ask" | null;
    }
  /** A finished one-minute candle of the spot market: `receivedAt` is its end. Micro-dollars. */
  | {
      readonly kind: "spot-candle";
      readonly openAt: Instant;
      readonly open: UsdMicros;
      readonly high: UsdMicros;
      readonly low: UsdMicros;
      readonly close: UsdMicros;
      /** Bitcoin. */
      readonly volume: number;
    }
  /** A value of the settlement index BRTI, micro-dollars; `average60` is that of the last 60 seconds. */
  | {
      readonly kind: "index-value";
      readonly value: UsdMicros;
      readonly average60: UsdMicros | null;
    }
  /** What one feed shows of a game. */
  | {
      readonly kind: "game-state";
      readonly feed: "espn" | "nba";
      readonly eventTicker: string;
      readonly state: "pre" | "in" | "post";
      /** ESPN's status name, such as STATUS_HALFTIME or STATUS_FINAL. */
      readonly statusName: string;
      readonly period: number;
      readonly clockSeconds: number;
      readonly homeScore: number;
      readonly awayScore: number;
      /** Points by period so far, home and away. */
      readonly homePeriods: readonly number[];
      readonly awayPeriods: readonly number[];
      readonly isReconstructed: boolean;
    }
  /** A play, for play-by-play feeds. */
  | {
      readonly kind: "play";
      readonly eventTicker: string;
      readonly actionNumber: number;
      readonly period: number;
      readonly clockSeconds: number;
      readonly actionType: string;
      readonly teamCode: string | null;
      readonly homeScore: number;
      readonly awayScore: number;
      readonly description: string;
    }
  | {
      readonly kind: "win-probability";
      readonly eventTicker: string;
      readonly homeProbability: number;
    }
  | {
      readonly kind: "injury";
      readonly teamCode: string;
      readonly player: string;
      /** The last of them is said of a team, whose line names no player. */
      readonly status:
        | ("Available" | "Probable" | "Questionable" | "Doubtful" | "Out")
        | "Not Yet Submitted";
      /** Expected loss of the team's strength if the player is out, in Elo points; null when unknown. */
      readonly impactElo: number | null;
      /** Why, in the words of a recorded report. */
      readonly reason?: string | undefined;
      /** What read a report that was recorded. */
      readonly parser?: string | undefined;
    }
  | { readonly kind: "partner"; readonly eventTicker: string; readonly homeProbability: number }
  /** One feed can no longer be read, or shows the game no longer; or it does again. What it showed is old meanwhile. */
  | {
      readonly kind: "feed-away";
      readonly feed: "espn" | "nba";
      readonly eventTicker: string;
      readonly isAway: boolean;
    }
  /**
   * A page of ESPN's beside its scoreboard can no longer be read, or can: the league's injury report, of no game, or a
   * game's win probabilities. What it told is old meanwhile.
   */
  | {
      readonly kind: "page-away";
      readonly page: "injuries" | "win-probability";
      readonly eventTicker: string | null;
      readonly isAway: boolean;
    }
  /** The line to the venue is lost, or there again: meanwhile nobody knows its books. */
  | { readonly kind: "outage"; readonly isOut: boolean }
  /** The venue stops trading on one of its shards, or goes on. */
  | { readonly kind: "shard"; readonly exchangeIndex: number; readonly isTrading: boolean };

export type { StrikeType };

/** One game of the slate. */
export interface SlateGame {
  readonly eventTicker: string;
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  /** Empty where the source lacks ESPN. */
  readonly espnEventId: string;
  readonly nbaGameId: string;
  /** Tickers that have a market in this source; a recording may lack one. */
  readonly marketTickers: readonly string[];
  /** What was reconstructed, in words, such as `score from quarter scores`. */
  readonly reconstructed: readonly string[];
  /** On neutral ground; not where that is not said. */
  readonly isNeutral?: boolean;
  /** When its markets open for trading; with the night where that is not said. */
  readonly marketsOpenAt?: Instant;
  /** What this game lacks beside what the whole source does. */
  readonly lacks?: readonly string[];
}

/** A fee schedule of a series, in force from `at` until the next one. */
export interface FeeChange extends FeeSchedule {
  readonly at: Instant;
  /** That of games where it is not said. */
  readonly seriesTicker?: string;
}

/** What an event charges instead of its series from `at` on; `null`: what its series does, again. */
export interface EventFeeChange {
  readonly eventTicker: string;
  readonly at: Instant;
  readonly override: FeeSchedule | null;
}

/** A finished game of the past, for ratings. */
export interface PastGame {
  readonly date: TradingDate;
  readonly season: number;
  readonly home: string;
  readonly away: string;
  readonly homePoints: number;
  readonly awayPoints: number;
  readonly isNeutral: boolean;
}

/** What a source of facts is made of; `lacks` names what none of its games has. */
export interface SourceManifest {
  readonly schemaVersion: 1;
  readonly kind: "world" | "recording" | "live";
  /** `world:7`, `recording:NAME` or `live`. */
  readonly name: string;
  readonly seed: number | null;
  readonly date: TradingDate;
  readonly startAt: Instant;
  readonly endAt: Instant;
  /** Empty where only Bitcoin is played. */
  readonly games: readonly SlateGame[];
  /** The Bitcoin series that it plays; absent where it plays none. Their markets come as `listing` facts. */
  readonly bitcoin?: { readonly series: readonly BtcSeries[] };
  /** Stretches in which nothing was recorded: play leaps over them. In sequence, apart from each other. */
  readonly gaps?: readonly { readonly from: Instant; readonly to: Instant }[];
  /** `injuries`, `espn`, `sizes`, `second-market`, `live-score`, `partner`, `past-results`, `index`, `spot-trades`. */
  readonly lacks: readonly string[];
  /** True when bids and asks were derived from trades: the night is scored at spreads of 1, 2 and 3 cents. */
  readonly isDerivedBook: boolean;
  /** Grids by market ticker; a market that is not named trades in whole cents. */
  readonly priceGrids?: Readonly<Record<string, PriceGridName>>;
  /** Prints may come after the level changes that they caused: heard live, or recorded so. */
  readonly hasLatePrints?: boolean;
  /** How the fees change during the night; absent where they do not. */
  readonly feeChanges?: readonly FeeChange[];
  /** How events' own fees change during the night; absent where no event has any. */
  readonly eventFeeChanges?: readonly EventFeeChange[];
  readonly description: string;
  /** Origin files with sha256, for recordings. */
  readonly origins: readonly { readonly file: string; readonly sha256: string }[];
}

/** What a live source hears: facts that nobody can know in advance. */
export interface Arrivals {
  /** The time of what is heard: that of the wall. */
  readonly clock: RunClock;
  /** What came since it was last asked, in order of `receivedAt`, which no later fact is before. */
  take(): readonly Fact[];
  /** Resolves when everything taken so far is on disk: a later `facts()` begins with it. */
  kept(): Promise<void>;
  close(): Promise<void>;
}

/** A night that can be played: the same facts, in the same order, each time it is opened. */
export interface FactSource {
  readonly manifest: SourceManifest;
  /** Results before the night's date, oldest first: what ratings may be built from. */
  readonly pastGames: readonly PastGame[];
  /** Facts in order of `receivedAt`; ties keep their order. */
  facts(): AsyncIterable<Fact> | Iterable<Fact>;
  /** What comes after `facts()`, as it happens; absent where that is all. */
  readonly arrivals?: Arrivals;
}

/** The price grid of a source's market. */
export function priceGridOf(
  { priceGrids }: Pick<SourceManifest, "priceGrids">,
  marketTicker: string,
): PriceGridName {
  return priceGrids?.[marketTicker] ?? "linear_cent";
}
