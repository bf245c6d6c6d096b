/** Rows of a run as its report reads them. Instants are epoch milliseconds, money is in micros. */
export interface ReportRows {
  readonly run: RunRow;
  readonly games: readonly GameRow[];
  readonly markets: readonly MarketRow[];
  readonly intents: readonly IntentRow[];
  readonly orders: readonly OrderRow[];
  readonly fills: readonly FillRow[];
  readonly settlements: readonly SettlementRow[];
  readonly openPositions: readonly OpenPositionRow[];
  readonly scores: readonly ScoreRow[];
  readonly breakers: readonly BreakerRow[];
  readonly alarms: readonly AlarmRow[];
  readonly cycles: readonly CycleRow[];
  readonly verdictCounts: readonly VerdictCountRow[];
  readonly candidates: readonly CandidateRow[];
  readonly prices: readonly PriceRow[];
  readonly changes: readonly ChangeRow[];
  readonly consistency: ConsistencyRow;
  readonly cash: CashRow;
  readonly foreign: readonly ForeignRow[];
}

/** Something in the account that was not ours, seen during the run. */
export interface ForeignRow {
  readonly kind: "order" | "fill" | "transfer";
  /** The venue's id of it. */
  readonly venueId: string;
  readonly marketTicker: string | null;
  readonly happenedAt: number;
}

export interface RunRow {
  readonly runId: string;
  readonly mode: string;
  readonly tradingDay: string;
  readonly source: string;
  readonly seed: number | null;
  readonly speed: number;
  readonly commit: string;
  readonly configHash: string;
  /** The source's manifest, JSON. */
  readonly manifest: string;
  /** The settings that the run was played with, JSON. */
  readonly config: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface GameRow {
  readonly gameId: string;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tipAt: number;
  readonly matchConfidence: number;
  readonly phase: string;
  readonly result: string | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
  /** JSON list of words. */
  readonly reconstructed: string;
  readonly workflowRunId: string | null;
  readonly decisions: number;
}

export interface MarketRow {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly team: "home" | "away";
  readonly status: string;
  readonly settlementValue: number | null;
}

export interface IntentRow {
  readonly clientOrderId: string;
  /** The order that this intent replaces; null for a proposal of a strategy. */
  readonly parentId: string | null;
  readonly intentKey: string;
  readonly decisionId: string;
  readonly gameId: string;
  readonly strategy: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
  readonly phase: string;
  /** The OrderIntent, JSON. */
  readonly terms: string;
  readonly refusalCode: string | null;
  readonly proposedAt: number;
}

export interface OrderRow {
  readonly clientOrderId: string;
  readonly parentId: string | null;
  readonly gameId: string;
  readonly strategy: string;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
  readonly phase: string;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  readonly price: number;
  readonly count: number;
  readonly filled: number;
  readonly status: string;
  /** Why it ended unfilled, the venue's code or ours; `null` unless it was rejected. */
  readonly rejectCode: string | null;
  readonly venueOrderId: string | null;
  readonly expectedFillProbability: number;
  readonly expectedPrice: number;
  /** Wall clock, for latency only. */
  readonly quoteReceivedWallMs: number | null;
  readonly sentWallMs: number | null;
  readonly intendedAt: number;
  readonly closedAt: number | null;
}

export interface FillRow {
  readonly fillId: string;
  readonly clientOrderId: string;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  readonly price: number;
  readonly count: number;
  readonly fee: number;
  readonly liquidity: "maker" | "taker";
  readonly filledAt: number;
}

export interface SettlementRow {
  readonly gameId: string;
  readonly marketTicker: string;
  readonly strategy: string;
  /** What one YES paid; null of a void market, which returned the cost. */
  readonly value: number | null;
  readonly count: number;
  readonly revenue: number;
  /** How often the venue corrected it: value and revenue are by its last word. */
  readonly corrections: number;
  readonly settledAt: number;
}

export interface OpenPositionRow {
  readonly gameId: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly count: number;
}

export interface ScoreRow {
  readonly gameId: string;
  readonly instantName: string;
  readonly scoredAt: number;
  readonly model: number | null;
  readonly market: number | null;
  readonly homeWon: boolean;
}

export interface BreakerRow {
  readonly breakerId: number;
  readonly breaker: string;
  readonly cause: string;
  /** What was compared, JSON. */
  readonly numbers: string;
  readonly level: string;
  readonly trippedAt: number;
  /** Wall clock: a person releases it. */
  readonly releasedAt: number | null;
  readonly releasedBy: string | null;
  readonly releaseReason: string | null;
}

export interface AlarmRow {
  readonly gameId: string | null;
  readonly severity: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly raisedAt: number;
  readonly count: number;
  readonly clearedAt: number | null;
}

export interface CycleRow {
  readonly gameId: string;
  readonly evaluations: number;
  readonly candidates: number;
  readonly proposed: number;
  /** Of the proposals, those that risk approved. */
  readonly approved: number;
  /** Of these, those that filled at least in part, replacements included. */
  readonly traded: number;
  /** JSON: {strategy: {code: count}}. */
  readonly skipped: string;
  /** JSON: {strategy: {cents: count}}. */
  readonly edges: string;
}

/** Stored verdicts of one game, strategy and code, before tip and after. */
export interface VerdictCountRow {
  readonly gameId: string;
  readonly strategy: string;
  readonly code: string;
  readonly isLive: boolean;
  readonly count: number;
}

/** The first time a strategy saw an edge and did not trade it, by game, strategy and reason. */
export interface CandidateRow {
  readonly gameId: string;
  readonly strategy: string;
  readonly code: string;
  readonly edge: number;
  readonly decidedAt: number;
  /** Refused by risk: the intent's market; null for a verdict that passed. */
  readonly refusedMarket: string | null;
  readonly refusedTerms: string | null;
  /** DecisionInput and DecisionOutput, JSON; null when the intent's decision was not kept. */
  readonly input: string | null;
  readonly output: string | null;
  readonly bestHomeBidAfter: number | null;
  readonly bestAwayBidAfter: number | null;
}

/** The last observation of each of a game's equal slices of time. */
export interface PriceRow {
  readonly gameId: string;
  readonly at: number;
  readonly homeBid: number | null;
  readonly homeAsk: number | null;
  readonly awayBid: number | null;
  readonly awayAsk: number | null;
  readonly mid: number | null;
  readonly model: number | null;
  readonly espn: number | null;
}

/** An observation at which the score, the period or the state of the clock had changed. */
export interface ChangeRow {
  readonly gameId: string;
  readonly at: number;
  readonly clockState: string | null;
  readonly period: number | null;
  readonly homeScore: number | null;
  readonly awayScore: number | null;
}

/** Counts of rows that contradict each other; all but the first two are zero in a sound run. */
export interface ConsistencyRow {
  readonly decisions: number;
  readonly verdicts: number;
  readonly decisionsUnparsable: number;
  readonly decisionsOfOtherConfig: number;
  readonly intentsWithoutDecision: number;
  readonly ordersWithOtherFills: number;
  readonly ordersWithOtherUpdates: number;
  readonly ledgerUnbalanced: number;
}

/** Cash of the account before and after the run, micros, from the ledger. */
export interface CashRow {
  readonly start: number;
  readonly end: number;
  /** The whole account now, later runs included: what the venue's balance must equal. */
  readonly account: number;
  /**
   * What moved between the run's first and last booking and was not traded by it: what its owner paid in
   * (or out, negative), and what another run of the account traded beside it.
   */
  readonly beside: number;
  /** What trades that are not ours have moved of the venue's cash, by the run's last reconciliation. */
  readonly foreign: number;
}
