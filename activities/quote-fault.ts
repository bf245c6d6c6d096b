import type { PriceBand, Quote } from "../core/domain/market.ts";
import { isOnGrid } from "../core/domain/price-grid.ts";

/** What is wrong with a quote, by field. */
export interface QuoteFault {
  readonly field: string;
  readonly reason: string;
}

/** A book that no venue would show: prices beside the grid, or a bid that is not below the ask. */
export function quoteFault({ bid, ask }: Quote, grid: readonly PriceBand[]): QuoteFault | null {
  if (bid !== null && !isOnGrid(bid, grid)) return { field: "bid", reason: "off_grid" };
  if (ask !== null && !isOnGrid(ask, grid)) return { field: "ask", reason: "off_grid" };
  const isCrossed = bid !== null && ask !== null && bid >= ask;
  return isCrossed ? { field: "bid", reason: "crossed" } : null;
}
