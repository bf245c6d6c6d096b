import { mid, withKnownSizes } from "../core/domain/market.ts";
import type { Occasion } from "../core/domain/occasion.ts";
import { isStrategys, type OwnedIntent } from "../core/domain/order.ts";
import type { RiskInputs } from "../core/domain/risk.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import { instant, type PriceMicros } from "../core/domain/units.ts";
import type { MarketHub } from "./market-hub.ts";
import type { Readings } from "./readings.ts";
import type { VenueWatch } from "./venue-watch.ts";

/** The quote a decision was made on, for the staleness rule and the latency figures. */
export interface QuoteMarks {
  readonly bidMicros: number | null;
  readonly askMicros: number | null;
  readonly receivedAt: number;
  /** Null where the decision was made for something else: a clock, a forecast, time. */
  readonly receivedWallMs: number | null;
}

/** Tells what the process knows of the outside world when an order is judged. */
export type ReadInputs = (
  occasion: Occasion,
  intent: OwnedIntent,
  quote: QuoteMarks | null,
  decisionId: string,
) => Promise<RiskInputs>;

/** Tells whether the decision behind an order is written, or waits on the disk to be. */
export interface DecisionKeeper {
  readonly isDecisionKept: (decisionId: string) => Promise<boolean>;
}

/** Creates the reader over the process' hub, readings and venue watch. */
export function createRiskInputs(sources: {
  readonly hub: MarketHub;
  readonly readings: Pick<Readings, "night" | "injuriesAt">;
  readonly venueWatch: VenueWatch;
  readonly decisions: DecisionKeeper;
}): ReadInputs {
  const { hub, readings, venueWatch, decisions } = sources;
  return async (occasion, intent, quote, decisionId) => {
    // Asked for strategies' entries alone: no exit waits for what was observed to be written.
    const isDecided = intent.purpose === "entry" && isStrategys(intent);
    const isDecisionKept = !isDecided || (await decisions.isDecisionKept(decisionId));
    // A contract has no other market; what its run lacks is said for the whole of it.
    const other = occasion.markets.find(({ ticker }) => ticker !== intent.marketTicker);
    const otherQuote = other === undefined ? null : hub.quote(other.ticker);
    const lacks = lacksOfGame(await readings.night(occasion.runId), occasion.eventTicker);
    const current = quoteNow(hub, intent.marketTicker, quote);
    return {
      isDecisionKept,
      quote: current === null ? null : withKnownSizes(current, lacks),
      otherMid: otherQuote === null ? null : mid(otherQuote),
      lastTrade: hub.lastTrade(intent.marketTicker),
      marks: hub.marks(),
      isTrading: venueWatch.isTrading(intent.exchangeIndex),
      shardCash: venueWatch.cash(intent.exchangeIndex),
      venueSilentMs: longer(hub.silentMs(), venueWatch.silentMs()),
      injuriesAt: readings.injuriesAt(),
      lacks,
    };
  };
}

/** The quote at this moment, not at the decision: between the two the market may have moved. */
function quoteNow(
  hub: Pick<MarketHub, "view">,
  marketTicker: string,
  decided: QuoteMarks | null,
): RiskInputs["quote"] {
  const current = hub.view(marketTicker);
  if (current !== null) {
    if (current.staleBecause !== null) return null;
    const { bid, bidSize, ask, askSize, receivedAt } = current.quote;
    return { bid, bidSize, ask, askSize, receivedAt };
  }
  if (decided === null) return null;
  return {
    bid: decided.bidMicros as PriceMicros | null,
    bidSize: null,
    ask: decided.askMicros as PriceMicros | null,
    askSize: null,
    receivedAt: instant(decided.receivedAt),
  };
}

/** Stream and answers are each a way to the venue: neither speaks for the other. */
function longer(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
