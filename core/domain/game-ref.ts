import type { Mode } from "./decision.ts";
import type { GameStrategy } from "./order.ts";
import type { TradingDate } from "./time.ts";
import type { Instant } from "./units.ts";

/** One market of a game, as the slate found it. */
export interface GameMarket {
  readonly ticker: string;
  readonly team: "home" | "away";
  readonly exchangeIndex: number;
}

/** Which game is meant, under every name its sources give it. JSON-safe. */
export interface GameRef {
  /** `game/<mode>/<eventTicker>`: also the workflow id. */
  readonly gameId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly eventTicker: string;
  readonly home: string;
  readonly away: string;
  readonly tradingDate: TradingDate;
  readonly tipAt: Instant;
  readonly espnEventId: string | null;
  readonly nbaGameId: string | null;
  readonly markets: readonly GameMarket[];
  /** On neutral ground; absent elsewhere, and in games found before it was asked. */
  readonly isNeutral?: boolean;
  /** Which strategies play it; absent in games found before settings could name them. */
  readonly strategies?: readonly GameStrategy[];
}
