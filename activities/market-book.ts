import type { GameRef } from "../core/domain/game-ref.ts";
import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { Instant } from "../core/domain/units.ts";
import type { BookView } from "../core/strategies/execution.ts";
import type { MarketHub } from "./market-hub.ts";

/** What is fixed about a market while it trades. */
interface MarketFacts {
  readonly grid: readonly PriceBand[];
  readonly fees: FeeSchedule;
}

/** Books as execution policy sees them: the hub's quotes with what is fixed about each market. */
export interface MarketBook {
  learn(marketTicker: string, facts: MarketFacts): void;
  /** @returns null while the market's quote cannot be believed or is not known. */
  view(game: GameRef, marketTicker: string, at: Instant): BookView | null;
}

/** Creates the books of a process. */
export function createMarketBook(hub: MarketHub): MarketBook {
  const facts = new Map<string, MarketFacts>();
  return {
    learn: (ticker, known) => {
      facts.set(ticker, known);
    },
    view: (_game, ticker) => {
      const known = facts.get(ticker);
      const quote = hub.quote(ticker);
      if (known === undefined || quote === null) return null;
      return { quote, grid: known.grid, fees: known.fees, recentVolume: null, staleBecause: null };
    },
  };
}
