// What a strategy of one's own is written against. `tipoff strategy new` copies this file beside the strategy,
// so that an editor knows the types: it imports nothing, and there is nothing in it to run.

/** One market as a strategy of one's own sees it. Prices in USD, 0 to 1; null where there is none. */
export interface OwnMarket {
  readonly team: "home" | "away";
  readonly bid: number | null;
  readonly ask: number | null;
  readonly mid: number | null;
  readonly spread: number | null;
  /** Contracts at the best prices. */
  readonly bidSize: number | null;
  readonly askSize: number | null;
  /** Highest less lowest mid of the last half minute, USD. */
  readonly recentRange: number | null;
  /** Contracts printed in the last minute. */
  readonly recentVolume: number | null;
  /** The rolling window of the settings (`meanReversion.windowSeconds`), USD. */
  readonly window: {
    readonly low: number;
    readonly high: number;
    readonly mean: number;
    readonly isWarm: boolean;
  } | null;
  /** Whether the quote can be believed; an entry is refused where it cannot. */
  readonly isReliable: boolean;
}

/** All that a strategy of one's own sees of a game at one instant: what was known then, and nothing else. */
export interface OwnSight {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly phase: "pregame" | "live" | "closing";
  readonly home: string;
  readonly away: string;
  /** Below 0 after the scheduled tip. */
  readonly secondsToTip: number;
  readonly clock: {
    readonly period: number;
    readonly secondsLeftInPeriod: number;
    readonly secondsToGameEnd: number;
    readonly homeScore: number;
    readonly awayScore: number;
    readonly isReliable: boolean;
  } | null;
  /** The blended probability that home wins; null when no source is left. */
  readonly homeProbability: number | null;
  readonly markets: readonly OwnMarket[];
  /** What the strategy holds; null when nothing. */
  readonly position: OwnPosition | null;
}

/** What a strategy of one's own holds. USD per contract. */
export interface OwnPosition {
  readonly team: "home" | "away";
  readonly contracts: number;
  readonly averagePrice: number;
  readonly heldSeconds: number;
}

/** One parameter of a strategy that its user wrote: what it may be, and what it means. */
export type ParameterSpec =
  | {
      readonly kind: "number";
      readonly default: number;
      readonly min: number;
      readonly max: number;
      /** Such as `USD`, `seconds`, `share`. */
      readonly unit: string;
      readonly about: string;
    }
  | { readonly kind: "flag"; readonly default: boolean; readonly about: string }
  | {
      readonly kind: "choice";
      readonly default: string;
      readonly choices: readonly string[];
      readonly about: string;
    };

/** The parameters of a strategy by their names. */
export type ParameterSchema = Readonly<Record<string, ParameterSpec>>;

/** A value of a parameter. */
export type ParameterValue = number | boolean | string;
/** The values of a strategy's parameters, by their names. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/** What an entry hook answers: whose contract it wants and what that is worth, or in a few words why not. */
export type OwnEntry =
  | {
      readonly team: "home" | "away";
      /** What one contract of the team is worth, USD, above 0 and below 1. */
      readonly fairValue: number;
    }
  | { readonly refusal: string };

/** What an exit hook answers. */
export interface OwnExit {
  readonly leaves: boolean;
}

/** What a strategy cannot enter without; Tipoff then asks only where it is there. */
export type OwnNeed = "forecast" | "live-score";

/**
 * A strategy of one's own: the default export of its file. Both hooks are pure. They see one instant and
 * remember nothing: the file is evaluated anew for each question, without clock, chance, files or network.
 */
export interface Strategy {
  /** Raised by its author with each change of its rules. */
  readonly version: string;
  /** One sentence. */
  readonly summary: string;
  readonly needs: readonly OwnNeed[];
  readonly parameters: ParameterSchema;
  /** Asked while the strategy holds nothing. Fees, spread, size and limits are Tipoff's. */
  readonly entry: (sight: OwnSight, parameters: ParameterValues) => OwnEntry;
  /** Asked while it holds something that stop-loss, lock and take-profit of the settings leave alone. */
  readonly exit?: (sight: OwnSight, parameters: ParameterValues) => OwnExit;
}
