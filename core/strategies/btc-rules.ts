import { hasStrike } from "../domain/btc-contract.ts";
import { spread } from "../domain/market.ts";
import type { BtcDecisionInput, BtcEdgeConfig, TakingSide } from "./btc-decision.ts";

/** Every rule a would-trade must pass, in the sequence they are looked at. Tables key on them: add, never rename. */
export const BTC_RULES = {
  entry_barred: "The contract's own state allows no entry.",
  market_not_active: "The venue does not trade the market.",
  strike_unknown: "The venue has not stated the strike.",
  no_forecast: "There is no forecast of the settlement average.",
  outside_window: "The time to the close is outside the window for entries.",
  spot_stale: "The spot cannot be believed: it stalled, jumped, or its clock is off.",
  spot_old: "The newest price of the spot is older than allowed.",
  quote_stale: "The quote cannot be believed.",
  quote_old: "There is no quote, or it is older than allowed.",
  one_sided: "A side of the book is empty.",
  crossed: "The bid is not below the ask.",
  spread_wide: "The spread is wider than allowed.",
  basis_uncertain:
    "The spot is not the index, and too near to a bound or to the close to stand for it.",
  confidence_low: "The horizons of the volatility do not agree, or were not seen.",
  price_out_of_bounds: "The price paid is outside the bounds.",
  edge_below_threshold: "The expected value after spread and fee is below the minimum.",
  size_small: "Too little is displayed at the price.",
  size_zero: "The stake, the capital or the displayed size buys less than one contract.",
} as const;

/** One of the rules. */
export type BtcRule = keyof typeof BTC_RULES;

/** What one rule saw. */
export interface RuleVerdict {
  readonly rule: BtcRule;
  readonly isPassed: boolean;
  /** What was compared; numbers that are absent or not finite are left out. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What the rules are applied to. */
export interface RuleContext {
  readonly input: BtcDecisionInput;
  readonly config: BtcEdgeConfig;
  readonly probability: number | null;
  readonly confidence: number | null;
  /** Of the nearest bound from the expected average, as a share of it. */
  readonly distance: number | null;
  readonly taking: TakingSide | null;
}

/** The verdict of every rule. Conditions are stated positively: what is not a number fails. */
export function btcRules(context: RuleContext): readonly RuleVerdict[] {
  return [...stateRules(context), ...sourceRules(context), ...priceRules(context)];
}

/** What does not depend on prices. */
function stateRules({ input, config, probability }: RuleContext): readonly RuleVerdict[] {
  const { contract } = input;
  const { minSecondsToClose, maxSecondsToClose } = config;
  const secondsToClose = (contract.closeAt - input.at) / 1_000;
  const isInWindow = secondsToClose >= minSecondsToClose && secondsToClose <= maxSecondsToClose;
  const isStruck = hasStrike(contract.bounds);
  const isProbability = probability !== null && probability >= 0 && probability <= 1;
  return [
    rule("entry_barred", input.barredBecause === null),
    rule("market_not_active", input.status === "active"),
    rule("strike_unknown", isStruck),
    // Without a strike there is nothing to forecast: the rule before says so.
    rule("no_forecast", input.forecast !== null && (isProbability || !isStruck), { probability }),
    rule("outside_window", isInWindow, { secondsToClose, minSecondsToClose, maxSecondsToClose }),
  ];
}

/** Whether spot and book may be believed. */
function sourceRules(context: RuleContext): readonly RuleVerdict[] {
  const { input, config, confidence, distance } = context;
  const { quote, spotReceivedAt, basisDeviation } = input;
  const { maxSpotAgeMs, maxQuoteAgeMs, maxSpreadMicros, minConfidence, proxy } = config;
  const spotAgeMs = spotReceivedAt === null ? Number.NaN : input.at - spotReceivedAt;
  const quoteAgeMs = quote === null ? Number.NaN : input.at - quote.receivedAt;
  const bid = quote?.bid ?? null;
  const ask = quote?.ask ?? null;
  const width = (quote === null ? null : spread(quote)) ?? Number.NaN;
  const secondsToClose = (input.contract.closeAt - input.at) / 1_000;
  const minDistance = Math.max(proxy.minDistance, proxy.basisDeviations * (basisDeviation ?? 0));
  const isFar = (distance ?? Number.NaN) >= minDistance;
  const isIndexLike =
    basisDeviation === null || (isFar && secondsToClose >= proxy.minSecondsToClose);
  return [
    rule("spot_stale", input.spotStaleBecause === null),
    rule("spot_old", spotAgeMs <= maxSpotAgeMs, { spotAgeMs, maxSpotAgeMs }),
    rule("quote_stale", input.quoteStaleBecause === null),
    rule("quote_old", quoteAgeMs <= maxQuoteAgeMs, { quoteAgeMs, maxQuoteAgeMs }),
    rule("one_sided", bid !== null && ask !== null, { bid, ask }),
    rule("crossed", width > 0, { bid, ask }),
    rule("spread_wide", width <= maxSpreadMicros, { spread: width, maxSpreadMicros }),
    rule("basis_uncertain", isIndexLike, {
      distance,
      minDistance: basisDeviation === null ? null : minDistance,
      basisDeviation,
      secondsToClose,
    }),
    rule("confidence_low", (confidence ?? Number.NaN) >= minConfidence, {
      confidence,
      minConfidence,
    }),
  ];
}

/** What is paid, what it is worth, and how many. */
function priceRules({ config, taking }: RuleContext): readonly RuleVerdict[] {
  const { minPriceMicros, maxPriceMicros, minEdgeMicros, minSize } = config;
  const price = taking?.price ?? Number.NaN;
  const edge = taking?.edge ?? Number.NaN;
  const count = taking?.count ?? Number.NaN;
  const size = taking?.size ?? null;
  return [
    rule("price_out_of_bounds", price >= minPriceMicros && price <= maxPriceMicros, {
      price,
      minPriceMicros,
      maxPriceMicros,
    }),
    rule("edge_below_threshold", edge >= minEdgeMicros, {
      edge,
      minEdgeMicros,
      fairValue: taking?.fairValue ?? null,
      unitCost: taking?.unitCost ?? null,
    }),
    rule("size_small", taking !== null && (size === null || size >= minSize), { size, minSize }),
    rule("size_zero", count > 0, { count }),
  ];
}

function rule(
  name: BtcRule,
  isPassed: boolean,
  numbers: Readonly<Record<string, number | null>> = {},
): RuleVerdict {
  const kept: Record<string, number> = {};
  for (const [key, value] of Object.entries(numbers)) {
    // JSON keeps neither what is not finite nor the sign of a zero.
    if (value !== null && Number.isFinite(value)) kept[key] = value + 0;
  }
  return { rule: name, isPassed, numbers: kept };
}
