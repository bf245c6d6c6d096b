import { spread } from "../../domain/market.ts";
import type { RiskSnapshot } from "../../domain/risk.ts";
import { ONE_USD_MICROS } from "../../domain/units.ts";
import {
  atLeast,
  atMost,
  claim,
  type Judgement,
  ofGames,
  type Rule,
  within,
} from "../judgement.ts";

/** Older prints say nothing of the present, run milliseconds. */
const LAST_TRADE_MS = 300_000;

/** The market the order meets: its spread, its size, and whether the price makes sense. */
export const MARKET_RULES: readonly Rule[] = [
  {
    name: "spread",
    appliesTo: "strategy-entry",
    judge: ({ quote }, limits) =>
      within((quote === null ? null : spread(quote)) ?? Number.NaN, limits.maxSpreadMicros),
  },
  {
    name: "liquidity",
    appliesTo: "strategy-entry",
    judge: (snapshot, limits) => {
      const size = sizeMet(snapshot);
      // A recording without sizes has none to be judged by; a live book always has them.
      return size === null && snapshot.lacks.includes("sizes")
        ? claim(Number.isFinite(limits.minLiquidity))
        : atLeast(size ?? Number.NaN, limits.minLiquidity);
    },
  },
  {
    name: "price_last_trade",
    appliesTo: "strategy-entry",
    judge: ({ at, subject, lastTrade }, limits) => {
      const isRecent = lastTrade !== null && at - lastTrade.at <= LAST_TRADE_MS;
      return gap(subject.price, isRecent ? lastTrade.price : null, limits.maxPriceGapMicros);
    },
  },
  {
    name: "price_other_team",
    appliesTo: "strategy-entry",
    judge: ofGames(({ subject, otherMid }, limits) => {
      const turned = otherMid === null ? null : ONE_USD_MICROS - otherMid;
      return gap(subject.price, turned, limits.maxPriceGapMicros);
    }),
  },
  {
    name: "price_forecast",
    appliesTo: "strategy-entry",
    judge: ({ subject }, limits) => gap(subject.price, subject.fairValue, limits.maxPriceGapMicros),
  },
];

/** Displayed size at the best price the order takes from, or joins. */
function sizeMet({ quote, subject }: RiskSnapshot): number | null {
  if (quote === null) return null;
  const takesAsk = (subject.side === "bid") === subject.isTaker;
  return takesAsk ? quote.askSize : quote.bidSize;
}

/** What is not there contradicts nothing; whether a feed is dead is for the rules of age. */
function gap(price: number, reference: number | null, limit: number): Judgement {
  return reference === null
    ? claim(Number.isFinite(price) && Number.isFinite(limit))
    : atMost(Math.abs(price - reference), limit);
}
