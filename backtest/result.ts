import type { GameIntent, GameStrategy } from "../core/domain/order.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import type { Instant, PositionCenti, UsdMicros } from "../core/domain/units.ts";
import type { Fired } from "../core/risk/loss-triggers.ts";
import type { DecisionSettings } from "../core/strategies/config.ts";
import type { RecordRules } from "../core/strategies/record-pace.ts";
import type { ViewSettings } from "../core/strategies/view.ts";
import type { GameLogged } from "./game-log.ts";
import type { DeskFill } from "./paper-desk.ts";

/** The settings a night is played with: a loaded `TipoffConfig` with the limits of its run. */
export interface NightConfig {
  readonly decision: DecisionSettings;
  /** What the night is played under: a section of the limits file with the settings' rules of a game. */
  readonly limits: RiskLimits;
  readonly view: ViewSettings;
  readonly watch: RecordRules & { readonly retryMs: number; readonly closingSeconds: number };
  readonly paper: { readonly startingCash: UsdMicros };
}

/** A breaker that losses tripped; it stands to the night's end. */
export interface TrippedBreaker extends Fired {
  readonly trippedAt: Instant;
}

/** What one strategy was paid for what it held in a market at its end. */
export interface SettledPosition {
  readonly marketTicker: string;
  /** Per YES contract. */
  readonly value: UsdMicros;
  readonly count: PositionCenti;
  readonly revenue: UsdMicros;
}

/** A position that was settled, and when. */
export interface NightSettlement extends SettledPosition {
  readonly strategy: GameStrategy;
  readonly at: Instant;
}

/** An intent: what was proposed, or the order that goes on with it; what risk said, and what became of it. */
export interface NightOrder {
  readonly clientOrderId: string;
  /** The order that it replaces; null for a proposal. */
  readonly parentId: string | null;
  readonly rootId: string;
  readonly decisionId: string;
  /** With the plan and the count of this order. */
  readonly intent: GameIntent;
  readonly proposedAt: Instant;
  /** How many rules risk judged it by. */
  readonly rules: number;
  /** Code of the first rule that refused it; null when it was sent. */
  readonly refusalCode: string | null;
  /** Numbers of that rule. */
  readonly refusalNumbers: Readonly<Record<string, number>>;
  readonly status: "working" | "filled" | "canceled" | "rejected";
  /** Hundredths. */
  readonly filled: number;
  readonly closedAt: Instant | null;
}

/** A fill, and whose it was. */
export interface NightFill extends DeskFill {
  readonly strategy: GameStrategy;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
  readonly phase: "pregame" | "live";
}

/** Money in micros: what prices made, what was charged, and the rest. */
export interface Pnl {
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
  /** Gross with every fill at the mid of its moment: what is left when spreads cost nothing. */
  readonly atMid: number;
}

/** One strategy in one game. */
export interface StrategyResult {
  readonly strategy: GameStrategy;
  /** Intents proposed, entries and exits. */
  readonly attempts: number;
  readonly exits: number;
  /** Entries that filled at least in part. */
  readonly entries: number;
  readonly pnl: Pnl;
  /** How often each verdict was given. */
  readonly verdicts: Readonly<Record<string, number>>;
}

/** One game of a played night. */
export interface GameResult {
  readonly eventTicker: string;
  readonly occasionId: string;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: readonly NightFill[];
  readonly strategies: readonly StrategyResult[];
  /** Every intent, refused ones and replacements included, in the sequence of their proposal. */
  readonly intents: readonly NightOrder[];
  readonly settlements: readonly NightSettlement[];
  /** What is left in markets that nobody settled: nothing in a whole night. */
  readonly unsettled: readonly {
    readonly strategy: string;
    readonly marketTicker: string;
    readonly count: number;
  }[];
  /** Who won; null when no market of the game was settled, or it was called off. */
  readonly homeWon: boolean | null;
  readonly finalScore: { readonly home: number; readonly away: number } | null;
  /** What a report tells beside; null unless it was asked for. */
  readonly log: GameLogged | null;
}

/** A played night. */
export interface NightResult {
  readonly source: string;
  readonly games: readonly GameResult[];
  readonly decisions: number;
  readonly orders: number;
  readonly pnl: Pnl;
  /** Of the strategies that played. */
  readonly byStrategy: Readonly<Record<string, Pnl>>;
  /** Starting cash plus net result, micros. */
  readonly cash: number;
  readonly breakers: readonly TrippedBreaker[];
}

/** What a strategy came to in a game with these fills of all strategies; money in micros. */
export function strategyResult(
  strategy: GameStrategy,
  fills: readonly NightFill[],
  of: {
    readonly counts: ReadonlyMap<string, number>;
    readonly gross: number;
    readonly fees: number;
    /** What was paid for the distance of fills from the mid. */
    readonly spreadPaid: number;
  },
): StrategyResult {
  const { counts, gross, fees, spreadPaid } = of;
  const own = fills.filter((fill) => fill.strategy === strategy);
  const idsOf = (purpose: NightFill["purpose"]): readonly string[] =>
    own.filter((fill) => fill.purpose === purpose).map(({ orderId }) => orderId);
  return {
    strategy,
    attempts: counts.get("propose") ?? 0,
    exits: new Set(idsOf("exit")).size,
    entries: new Set(idsOf("entry").map((orderId) => orderId.split("/r")[0])).size,
    pnl: { gross, fees, net: gross - fees, atMid: gross + spreadPaid },
    verdicts: Object.fromEntries(counts),
  };
}

/** The sum of results. */
export function sumPnl(parts: readonly Pnl[]): Pnl {
  const total = { gross: 0, fees: 0, net: 0, atMid: 0 };
  for (const part of parts) {
    total.gross += part.gross;
    total.fees += part.fees;
    total.net += part.net;
    total.atMid += part.atMid;
  }
  return total;
}
