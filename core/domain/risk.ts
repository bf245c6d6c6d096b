import type { KillLevel } from "./kill.ts";
import type { MarketMark } from "./marking.ts";
import type { Domain } from "./occasion.ts";
import type {
  BookSide,
  ExitType,
  OrderOwner,
  OrderStatus,
  StrategyName,
  USUAL_STRATEGIES,
} from "./order.ts";
import type { TradingDate } from "./time.ts";
import {
  type CountCenti,
  type Instant,
  type PositionCenti,
  type PriceMicros,
  type UsdMicros,
  usdMicros,
} from "./units.ts";

/**
 * The limits in force, in the units of the core: one section of `config/risk_limits.yaml`, and the four
 * rules of a game and the age of trees from `config/tipoff.yaml`. A limit that is not finite refuses.
 */
export interface RiskLimits {
  /** Most that may be lost for good and put at risk together, since the first deposit, micros. */
  readonly maxTotalCapital: UsdMicros;
  /** Share of the bankroll (cash and what is held, at cost) that may be at risk, 0 to 1. */
  readonly bankrollSlice: number;
  /** Most that may be lost over everything held and ordered at one time, micros. */
  readonly exposureCap: UsdMicros;
  /** Most that one strategy may lose in one market, micros. */
  readonly maxPositionSize: UsdMicros;
  /** Most that may be lost if one market resolves against us, over all strategies and what is foreign, micros. */
  readonly maxLossPerMarket: UsdMicros;
  /** Most that each strategy may lose over all games, or contracts, micros. */
  readonly maxStrategyCapital: StrategyCapital;
  /** Most that may be lost in one game, in one night's slate, in the Bitcoin markets of one hour, micros. */
  readonly maxLossPerGame: UsdMicros;
  readonly maxLossPerSlate: UsdMicros;
  readonly maxLossPerBitcoinHour: UsdMicros;
  /** Notional of the entries approved within one cycle (`CYCLE_MS`), micros. */
  readonly maxNotionalPerCycle: UsdMicros;
  /** Most games and contracts a position may be open in at once, counted per strategy; what is foreign beside them. */
  readonly maxOpenPositions: number;
  /** Losses, marked at the bid, that end entries: of the Eastern day, of the week, of one trade, micros. */
  readonly maxDailyLoss: UsdMicros;
  readonly maxWeeklyLoss: UsdMicros;
  readonly maxSingleTradeLoss: UsdMicros;
  /** Losing trades in a row that end entries. */
  readonly consecutiveLossesHalt: number;
  /** Fall from the highest equity that ends entries, percent of it, 0 to 100. */
  readonly drawdownHaltPct: number;
  /** Entries of an Eastern day and within an hour, replacements not counted. */
  readonly maxTradesPerDay: number;
  readonly maxTradesPerHour: number;
  /** Least run time between two entries, milliseconds. */
  readonly minBetweenTradesMs: number;
  /** Least edge of an entry, micros per contract, net of fees. */
  readonly minEdgeMicros: number;
  /** Least confidence in the forecast, 0 to 1 (`core/risk/confidence.ts`). */
  readonly minConfidence: number;
  /** Least size at the price an entry takes or joins. */
  readonly minLiquidity: CountCenti;
  /** Widest spread at which an entry is made, micros. */
  readonly maxSpreadMicros: number;
  /** Furthest that a price may lie from the last trade, the other team's market and our forecast, micros. */
  readonly maxPriceGapMicros: number;
  /** Furthest the market may have moved since the decision, micros. */
  readonly maxExecutionDriftMicros: number;
  /** Oldest quote, injury report and model an entry may rest on, and longest silence of the venue; run milliseconds. */
  readonly maxQuoteAgeMs: number;
  readonly maxInjuryFeedAgeMs: number;
  readonly maxModelAgeMs: number;
  /** How long after the last date that trees learned from an entry may rest on them, run milliseconds; 0 where they have no settings. */
  readonly maxTreesAgeMs: number;
  readonly maxVenueSilenceMs: number;
  /** Furthest the two game clocks may be apart, seconds of game clock. */
  readonly maxClockDisagreementSeconds: number;
  /** Most attempts to lock, per strategy and game. */
  readonly maxLockAttempts: number;
  /** Most entries per game: of each strategy, or of all together when the scope is shared. */
  readonly maxEntriesPerGame: number;
  readonly positionScope: "strategy" | "shared";
  /** Whether a strategy that left its position whole may enter the game again, within its entries. */
  readonly isReentryAllowed: boolean;
}

/** Capital by strategy, micros. One that the limits do not name has none. */
export type StrategyCapital = Readonly<Record<CappedStrategy, UsdMicros>> &
  Readonly<Partial<Record<Exclude<StrategyName, CappedStrategy>, UsdMicros>>>;
/** The strategies whose capital every limits file in force states, or states as none. */
type CappedStrategy = (typeof USUAL_STRATEGIES)[number] | "btc-edge";

/** What one strategy may lose over all games, or contracts, micros: 0 where the limits do not name it. */
export function strategyCapital(
  { maxStrategyCapital }: Pick<RiskLimits, "maxStrategyCapital">,
  strategy: StrategyName,
): UsdMicros {
  return maxStrategyCapital[strategy] ?? usdMicros(0);
}

/** The rules of a game and the age of trees, which stay in `config/tipoff.yaml`. */
export type GameLimits = Pick<
  RiskLimits,
  "maxLockAttempts" | "maxEntriesPerGame" | "positionScope" | "isReentryAllowed" | "maxTreesAgeMs"
>;

/** The limits of a section of `config/risk_limits.yaml`. */
export type StageLimits = Omit<RiskLimits, keyof GameLimits>;

/** A cycle of `maxNotionalPerCycle`: the last minute of run time. */
export const CYCLE_MS = 60_000;
/** The hour of `maxTradesPerHour`, of run time. */
export const HOUR_MS = 3_600_000;

/**
 * What a strategy holds in one market, in any occasion of the mode; a market it has left counts too, with
 * nothing, while it holds the other of the game: both are one trade.
 */
export interface Holding {
  readonly occasionId: string;
  /** Trading date of its run: of a game the night. */
  readonly slate: TradingDate;
  readonly strategy: string;
  readonly marketTicker: string;
  /** Hundredths of a contract: YES positive, NO negative. */
  readonly count: PositionCenti;
  /** What is held cost this much, micros, fees excluded. */
  readonly cost: UsdMicros;
  /** All fees paid on it so far, micros. */
  readonly fees: UsdMicros;
  /** Result of what was sold of it so far, micros, fees excluded. */
  readonly realized: UsdMicros;
}

/**
 * An order that may still fill, in any occasion of the mode; `unknown` ones included. In shadow also one that
 * would have filled, at its cost and fee, until its contract is settled: nothing is held of it.
 */
export interface OpenReservation {
  readonly clientOrderId: string;
  readonly occasionId: string;
  readonly slate: TradingDate;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly purpose: "entry" | "exit";
  readonly side: BookSide;
  readonly exchangeIndex: number;
  readonly remaining: CountCenti;
  /** Worst case still to come, micros. */
  readonly reserved: UsdMicros;
}

/** The order in question. */
export interface RiskSubject {
  readonly occasionId: string;
  readonly domain: Domain;
  readonly slate: TradingDate;
  readonly strategy: OrderOwner;
  readonly marketTicker: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: ExitType | null;
  readonly phase: "pregame" | "live";
  readonly side: BookSide;
  readonly exchangeIndex: number;
  /** Whether it may take at once; else it joins its own side of the book. */
  readonly isTaker: boolean;
  readonly price: PriceMicros;
  /** The worst price the strategy allows. */
  readonly limitPrice: PriceMicros;
  readonly count: CountCenti;
  readonly isReduceOnly: boolean;
  readonly edgeMicros: number;
  readonly fairValue: PriceMicros;
  /** Worst case of this order, micros: what is reserved for it. */
  readonly reservation: UsdMicros;
  /** Status of the order it replaces; null when it replaces none. */
  readonly replaces: OrderStatus | null;
}

/**
 * What may be lost in one market by orders and contracts in the account that are not ours: its owner's. It
 * counts in full whichever side it is on.
 */
export interface ForeignRisk {
  readonly marketTicker: string;
  /** The game of the market, and its night; null where it is of none that we know, or a contract's. */
  readonly occasionId: string | null;
  readonly slate: TradingDate | null;
  readonly strategy: null;
  readonly atRisk: UsdMicros;
}

/** What this occasion has already seen of the subject's strategy, and of all of them. */
export interface Tally {
  /** Entries that are open or filled at least in part, the subject's own chain of replacements excluded. */
  readonly strategyEntries: number;
  readonly gameEntries: number;
  /** Pregame entries proposed by anyone, refused ones included, the subject's own chain excluded. */
  readonly pregameAttempts: number;
  /** Locks proposed by the strategy, refused ones included but those of a kill, the subject's own chain excluded. */
  readonly lockAttempts: number;
  /** The strategy once held a position in this occasion and holds none now. */
  readonly hasExited: boolean;
}

/** What the decision behind an order rested on, kept with the intent; a replacement has its first order's. */
export interface DecisionBasis {
  /** Whose probability it is: the blend's, or that of the trees of `model-trees`. Absent where the blend was all there was. */
  readonly decidedBy?: "blend" | "trees";
  readonly decidedAt: Instant;
  /** Middle of the market at the decision, micros; null when a side was empty. */
  readonly mid: number | null;
  /** Of the blend; of trees the hash of their artifact. Empty when there was none. */
  readonly modelVersion: string;
  /** The forecast: that home wins, or that a contract pays YES; null when there was none. */
  readonly homeProbability: number | null;
  /** When the newest of what the forecast weighs became known; null when there was none. */
  readonly forecastKnownAt: Instant | null;
  /**
   * Up to when results are in the ratings under the model, else when the forecast became known; of trees when the
   * last date was over that they learned from. Null when none of it is there.
   */
  readonly modelKnownAt: Instant | null;
  /** 0 to 1; null without a forecast. */
  readonly confidence: number | null;
  /** How far the two game clocks were apart, seconds of game clock; null when there were not two in play. */
  readonly clockDisagreementSeconds: number | null;
}

/** What the process knows of the outside world at the moment an order is judged. */
export interface RiskInputs {
  /** Whether the decision behind the order is in the database, or waits on the disk while that is away. */
  readonly isDecisionKept: boolean;
  /** The market's quote as last confirmed; null when there is none. A size is null where the source has none. */
  readonly quote: {
    readonly bid: PriceMicros | null;
    readonly bidSize: CountCenti | null;
    readonly ask: PriceMicros | null;
    readonly askSize: CountCenti | null;
    readonly receivedAt: Instant;
  } | null;
  /** Middle of the other team's market, micros; null when there is none that can be believed. */
  readonly otherMid: number | null;
  /** The market's last public trade; null before the first. */
  readonly lastTrade: { readonly price: PriceMicros; readonly at: Instant } | null;
  /** What either side of each market whose book was seen could be left at: what is held is worth this. */
  readonly marks: Readonly<Record<string, MarketMark>>;
  /** Whether exchange and shard trade, and the cash on the shard; null before the venue has answered. */
  readonly isTrading: boolean | null;
  readonly shardCash: UsdMicros | null;
  /** How long the venue has been silent, wall milliseconds; `null` when it was never heard. */
  readonly venueSilentMs: number | null;
  /** When the injury feed last answered; null before. */
  readonly injuriesAt: Instant | null;
  /** What the source declares it lacks, such as `sizes` or `injuries`: its absence is no fault of a feed. */
  readonly lacks: readonly string[];
}

/** A trade that is over: everything one strategy did in one occasion. Micros, after fees. */
export interface ClosedTrade {
  readonly net: UsdMicros;
  readonly closedAt: Instant;
}

/** Money of the account by the ledger, micros; results are after fees. */
export interface AccountFacts {
  /** Midnight Eastern of the day that today's result counts from. */
  readonly dayBeganAt: Instant;
  readonly cash: UsdMicros;
  readonly deposits: UsdMicros;
  readonly realizedToday: UsdMicros;
  readonly realizedThisWeek: UsdMicros;
  readonly realizedEver: UsdMicros;
  /** Highest result, realised and marked, since the first deposit; null once a drawdown was released: it begins anew. */
  readonly highWater: UsdMicros | null;
  /** What the worst trade lost that closed today, micros, 0 or more, and how many in a row have lost: `closedLosses`. */
  readonly worstClosed: UsdMicros;
  readonly lossStreak: number;
  /** When each breaker that was released had tripped, by its code: what came before is accounted for. */
  readonly released: Readonly<Record<string, Instant>>;
}

/** What the account has sent lately, the subject's own chain of replacements excluded. */
export interface Activity {
  readonly entriesToday: number;
  readonly entriesThisHour: number;
  /** Notional of the entries of the cycle, micros. */
  readonly cycleNotional: UsdMicros;
  readonly lastEntryAt: Instant | null;
  /** Entries of the same strategy approved from the same decision. */
  readonly sameDecision: number;
}

/** Everything the rules look at; what the database knows of it is read in one statement. */
export interface RiskSnapshot extends RiskInputs {
  /** Run time at which the rules look. */
  readonly at: Instant;
  readonly killLevel: KillLevel | null;
  /** Breakers of the mode that stand. */
  readonly openBreakers: readonly { readonly breakerId: number; readonly breaker: string }[];
  readonly subject: RiskSubject;
  readonly basis: DecisionBasis | null;
  readonly holdings: readonly Holding[];
  readonly openOrders: readonly OpenReservation[];
  readonly foreign: readonly ForeignRisk[];
  readonly tally: Tally;
  readonly activity: Activity;
  readonly account: AccountFacts;
}

/**
 * Which orders a rule applies to: all; whatever increases exposure; of these, those that a strategy decided; or
 * those of a drill.
 */
export type AppliesTo = "every-order" | "entry" | "strategy-entry" | "drill";

/** What one rule says of one snapshot, with the numbers it compared. */
export interface RuleVerdict {
  /** Stable code; the first that is not held is the code of the refusal. */
  readonly rule: string;
  readonly appliesTo: AppliesTo;
  readonly isHeld: boolean;
  readonly numbers: Readonly<Record<string, number>>;
}

/** The code of a refusal: the first rule that is not held. @returns `null` when all are held. */
export function firstRefusal(verdicts: readonly RuleVerdict[]): string | null {
  return verdicts.find(({ isHeld }) => !isHeld)?.rule ?? null;
}
