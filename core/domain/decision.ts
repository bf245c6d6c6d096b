import type { ExitType, GameIntent, GameStrategy } from "./order.ts";
import type { FeeSchedule, PriceBand, Quote } from "./market.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "./units.ts";

/** Trading modes of this release; `live` does not exist yet. */
export type Mode = "shadow" | "paper";

/** Where probabilities come from. */
export type ForecastSourceName = "elo" | "injuries" | "partner" | "espn" | "in-game";

/** One reading of a forecast source, as the decision saw it. */
export interface ForecastReading {
  readonly source: ForecastSourceName;
  /** Probability that home wins, or for `injuries` the shift in log-odds; null when absent. */
  readonly value: number | null;
  readonly version: string;
  /** When it became known; null when absent. */
  readonly knownAt: Instant | null;
  /** Of ratings: up to when results are in them; absent where that is `knownAt`, and of other sources. */
  readonly resultsTo?: Instant;
  /** Why it is absent, a stable code such as `not_in_recording` or `stale`; null when present. */
  readonly absentBecause: string | null;
}

/** The game clock as one feed, or the agreement of two, shows it. */
export interface GameClock {
  readonly state: "pre" | "in" | "post";
  /** 0 before tip, 1 to 4, 5 and more in overtime. */
  readonly period: number;
  /** Seconds left in the period. */
  readonly clockSeconds: number;
  readonly homeScore: number;
  readonly awayScore: number;
  readonly sourceTime: Instant;
  readonly receivedAt: Instant;
  /** Stable codes such as `backwards`, `jumped`, `frozen`, `disagree`, `old`; empty when it can be believed. */
  readonly staleBecause: readonly string[];
  /** Score known only at the ends of quarters: models that need the live score are absent in between. */
  readonly isReconstructed: boolean;
  /** Who has the ball, as far as the score tells: after a basket the other team. Absent in decisions from before it was asked. */
  readonly possession?: "home" | "away" | null;
}

/** Rolling statistics of one market's mid over the mean-reversion window, micros. */
export interface WindowStats {
  readonly marketTicker: string;
  readonly samples: number;
  readonly spanMs: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly isWarm: boolean;
}

/** One market as the decision saw it. */
export interface MarketInput {
  readonly team: "home" | "away";
  readonly ticker: string;
  readonly exchangeIndex: number;
  readonly status: string;
  readonly grid: readonly PriceBand[];
  readonly quote: Quote;
  /** Prices derived from trades, or otherwise not quoted by the venue. */
  readonly isDerived: boolean;
  /** Why the quote cannot be believed, such as `old` or `sequence_gap`; null when it can. */
  readonly staleBecause: string | null;
  /** Highest minus lowest mid of the last `execution.quietMs`, micros; null before a first mid. */
  readonly recentRange: number | null;
  /** Volume printed in the last minute, in hundredths; null when the source has none. */
  readonly recentVolume: CountCenti | null;
}

/** What one strategy holds in one market of the game. */
export interface PositionInput {
  readonly marketTicker: string;
  readonly team: "home" | "away";
  readonly count: CountCenti;
  /** Average price paid per contract, micros, fees excluded. */
  readonly averagePrice: PriceMicros;
  readonly feesPaid: UsdMicros;
  readonly openedAt: Instant;
}

/** Where one strategy stands in this game; from the workflow's reducer and the ledger. */
export interface StrategyInput {
  readonly strategy: GameStrategy;
  readonly entries: number;
  readonly pregameAttempts: number;
  readonly lockAttempts: number;
  readonly hasExited: boolean;
  readonly hasWorkingOrder: boolean;
  readonly disabledBecause: string | null;
  /** No new proposal before this instant; null when none is barred. */
  readonly retryAt: Instant | null;
  readonly positions: readonly PositionInput[];
  /** Notional this strategy may still commit in this game, micros. */
  readonly capitalLeft: UsdMicros;
}

/** The features of one market at the instant of the decision, as the ensembles are fed with them. */
export interface MarketFeatures {
  readonly marketTicker: string;
  /** In the sequence of the feature set; null where what one needs is missing. */
  readonly values: readonly (number | null)[];
  /** The last instant that any of them used; null when all are missing. */
  readonly knownAt: Instant | null;
}

/** What `model-trees` decides by; there only where it plays. */
export interface TreesInput {
  /** Names the features, their sequence and their definitions. */
  readonly featureSet: string;
  /** Sha256 of the artifacts that were loaded; null where there is none, and why. */
  readonly entryModel: string | null;
  readonly exitModel: string | null;
  readonly absentBecause: string | null;
  /** When the last date was over that they learned from; null where there is none. Absent in decisions from before it was asked. */
  readonly learnedUntil?: Instant | null;
  readonly markets: readonly MarketFeatures[];
}

/** Everything a decision looked at; stored whole, so that it can be run again. JSON-safe. */
export interface DecisionInput {
  readonly schemaVersion: 1;
  readonly at: Instant;
  readonly mode: Mode;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly phase: "pregame" | "live" | "closing";
  readonly tipAt: Instant;
  readonly clock: GameClock | null;
  readonly markets: readonly MarketInput[];
  readonly readings: readonly ForecastReading[];
  readonly windows: readonly WindowStats[];
  readonly strategies: readonly StrategyInput[];
  readonly fees: FeeSchedule;
  /** Sources the recording declares it lacks, such as `injuries`, `espn`, `sizes`, `second-market`. */
  readonly lacks: readonly string[];
  readonly entriesPaused: string | null;
  readonly configHash: string;
  readonly trees?: TreesInput;
}

/** The blend, in probabilities that home wins. */
export interface Forecast {
  readonly homeProbability: number | null;
  readonly sources: readonly {
    readonly source: ForecastSourceName;
    readonly value: number | null;
    readonly weight: number;
    readonly ageMs: number | null;
    readonly version: string;
    readonly absentBecause: string | null;
  }[];
  readonly knownAt: Instant | null;
  readonly modelVersion: string;
}

/** One strategy's answer, with the code of the first reason against, and its numbers. */
export interface Verdict {
  readonly strategy: GameStrategy;
  /** `propose`, `hold`, or a stable reason such as `edge_below_threshold`. */
  readonly code: string;
  /** Best edge seen, micros per contract net of fees; null when it could not be computed. */
  readonly edgeMicros: number | null;
  readonly numbers: Readonly<Record<string, number>>;
  /** What the code leaves open, such as the field of an invalid input; null when nothing. */
  readonly detail: string | null;
  readonly intent: GameIntent | null;
  readonly exitType: ExitType | null;
}

/** What kind of a game it is at one instant. */
export interface Regime {
  readonly volatility: "calm" | "volatile";
  readonly liquidity: "deep" | "thin";
  readonly phase: "pregame" | "live";
  readonly favourite: "home" | "away" | "none";
}

/** With what weight a strategy may buy each team's contract: 0 to 1; 0 is not at all. */
export interface RouteWeight {
  readonly strategy: GameStrategy;
  readonly home: number;
  readonly away: number;
}

/** Which strategies may enter at one instant. */
export interface Route {
  /** Null when no book can be believed; then nothing may enter. */
  readonly regime: Regime | null;
  readonly weights: readonly RouteWeight[];
  readonly version: string;
}

/** What was decided; a pure function of the input and the config of that hash. */
export interface DecisionOutput {
  readonly schemaVersion: 1;
  readonly forecast: Forecast;
  readonly verdicts: readonly Verdict[];
  /** There only where the settings have a router. */
  readonly route?: Route;
}
