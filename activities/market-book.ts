import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { BookView } from "../core/strategies/execution.ts";
import type { MarketHub } from "./market-hub.ts";

/** What is fixed about a market while it trades. */
interface MarketFacts {
  readonly grid: readonly PriceBand[];
  readonly fees: FeeSchedule;
}

/** A book, and for how long it could not be believed: wall milliseconds, 0 when it can. */
interface MarketView extends BookView {
  readonly staleForMs: number;
}

/** Books as execution policy sees them: the hub's quotes with what is fixed about each market. */
export interface MarketBook {
  learn(marketTicker: string, facts: MarketFacts): void;
  /** @returns null while the market's quote or what is fixed about it is not known. */
  view(marketTicker: string): MarketView | null;
}

/** Creates the books of a process. */
export function createMarketBook(hub: MarketHub): MarketBook {
  const facts = new Map<string, MarketFacts>();
  return {
    learn: (ticker, known) => {
      facts.set(ticker, known);
    },
    view: (ticker) => {
      const known = facts.get(ticker);
      const seen = hub.view(ticker);
      return known === undefined || seen === null ? null : { ...known, ...seen };
    },
  };
}
