import type { KillLevel } from "./kill.ts";
import type { BookSide, ExitType, OrderStatus, StrategyName } from "./order.ts";
import type { CountCenti, Instant, PriceMicros, UsdMicros } from "./units.ts";

/** The limits of this release. A limit that is not finite refuses. */
export interface RiskLimits {
  /** Most that may be lost over everything held and ordered, micros. */
  readonly maxTotalCapital: UsdMicros;
  /** The same for each strategy over all games, micros. */
  readonly maxStrategyCapital: Readonly<Record<StrategyName, UsdMicros>>;
  /** Most that may be lost if one market resolves against us, over all strategies, micros. */
  readonly maxMarketLoss: UsdMicros;
  /** Most games a position may be open in at once, counted per strategy. */
  readonly maxOpenPositions: number;
  /** Least edge of an entry, micros per contract, net of fees. */
  readonly minEdgeMicros: number;
  /** Widest spread at which an entry is made, micros. */
  readonly maxSpreadMicros: number;
  /** Oldest quote an entry may rest on, milliseconds of run time. */
  readonly maxQuoteAgeMs: number;
  /** Most attempts to lock, per strategy and game. */
  readonly maxLockAttempts: number;
  /** Most entries per game: of each strategy, or of all together when the scope is shared. */
  readonly maxEntriesPerGame: number;
  readonly positionScope: "strategy" | "shared";
}

/** What a strategy holds in one market, in any game of the mode. */
export interface Holding {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly count: CountCenti;
  /** What is held cost this much, micros, fees excluded. */
  readonly cost: UsdMicros;
  /** All fees paid on it so far, micros. */
  readonly fees: UsdMicros;
}

/** An order that may still fill, in any game of the mode; `unknown` ones included. */
export interface OpenReservation {
  readonly clientOrderId: string;
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly purpose: "entry" | "exit";
  readonly side: BookSide;
  readonly remaining: CountCenti;
  /** Worst case still to come, micros. */
  readonly reserved: UsdMicros;
}

/** The order in question. */
export interface RiskSubject {
  readonly gameId: string;
  readonly strategy: StrategyName;
  readonly marketTicker: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: ExitType | null;
  readonly phase: "pregame" | "live";
  readonly side: BookSide;
  readonly price: PriceMicros;
  /** The worst price the strategy allows. */
  readonly limitPrice: PriceMicros;
  readonly count: CountCenti;
  readonly isReduceOnly: boolean;
  readonly edgeMicros: number;
  /** Worst case of this order, micros: what is reserved for it. */
  readonly reservation: UsdMicros;
  /** Status of the order it replaces; null when it replaces none. */
  readonly replaces: OrderStatus | null;
}

/** What this game has already seen of the subject's strategy, and of all of them. */
export interface GameTally {
  /** Entries that are open or filled at least in part, the subject's own chain of replacements excluded. */
  readonly strategyEntries: number;
  readonly gameEntries: number;
  /** Pregame entries proposed by anyone, refused ones included, the subject's own chain excluded. */
  readonly pregameAttempts: number;
  /** Locks proposed by the strategy, refused ones included, the subject's own chain excluded. */
  readonly lockAttempts: number;
  /** The strategy once held a position in this game and holds none now. */
  readonly hasExited: boolean;
}

/** Everything the rules look at, read in one statement inside the transaction that decides. */
export interface RiskSnapshot {
  /** Run time at which the rules look. */
  readonly at: Instant;
  readonly killLevel: KillLevel | null;
  readonly subject: RiskSubject;
  /** The market's quote as last confirmed; null when there is none. */
  readonly quote: {
    readonly bid: PriceMicros | null;
    readonly ask: PriceMicros | null;
    readonly receivedAt: Instant;
  } | null;
  readonly holdings: readonly Holding[];
  readonly openOrders: readonly OpenReservation[];
  readonly tally: GameTally;
}

/** What one rule says of one snapshot, with the numbers it compared. */
export interface RuleVerdict {
  /** Stable code; the first that is not held is the code of the refusal. */
  readonly rule: string;
  readonly appliesTo: "entry" | "every-order";
  readonly isHeld: boolean;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Judges one snapshot: all rules, none skipped. */
export type Evaluate = (snapshot: RiskSnapshot) => readonly RuleVerdict[];

/** The code of a refusal: the first rule that is not held. @returns `null` when all are held. */
export function firstRefusal(verdicts: readonly RuleVerdict[]): string | null {
  return verdicts.find(({ isHeld }) => !isHeld)?.rule ?? null;
}
