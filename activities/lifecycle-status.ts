import type { MarketStatus } from "../core/domain/market.ts";

/** What the steps of a market's life, as the stream tells them, make of its status. */
export const LIFECYCLE_STATUS: Readonly<Record<string, MarketStatus>> = {
  activated: "active",
  deactivated: "inactive",
  closed: "closed",
  determined: "determined",
  settled: "finalized",
};
