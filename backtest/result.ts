import type { GameStrategy } from "../core/domain/order.ts";
import type { RiskLimits } from "../core/domain/risk.ts";
import type { UsdMicros } from "../core/domain/units.ts";
import type { DecisionSettings } from "../core/strategies/config.ts";
import type { ViewSettings } from "../core/strategies/view.ts";
import type { DeskFill } from "./paper-desk.ts";

/** The settings a night is played with: a loaded `TipoffConfig` with the limits of its run. */
export interface NightConfig {
  readonly decision: DecisionSettings;
  /** What the night is played under: a section of the limits file with the settings' rules of a game. */
  readonly limits: RiskLimits;
  readonly view: ViewSettings;
  readonly watch: { readonly retryMs: number; readonly closingSeconds: number };
  readonly paper: { readonly startingCash: UsdMicros };
}

/** A fill, and whose it was. */
export interface NightFill extends DeskFill {
  readonly strategy: GameStrategy;
  readonly purpose: "entry" | "exit";
  readonly exitType: string | null;
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
  readonly decisions: number;
  readonly orders: number;
  readonly fills: readonly NightFill[];
  readonly strategies: readonly StrategyResult[];
  /** Contracts left in markets that nobody settled, hundredths: 0 in a whole night. */
  readonly unsettled: number;
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
