import { averageInterval, hasStrike } from "../domain/btc-contract.ts";
import { feePerContract } from "../domain/fees.ts";
import { mid, type Quote, spread } from "../domain/market.ts";
import type { BookSide, TimeInForce } from "../domain/order.ts";
import {
  type CountCenti,
  countCenti,
  ONE_CONTRACT_CENTI,
  ONE_USD_MICROS,
  type PriceMicros,
} from "../domain/units.ts";
import { btcConfidence } from "../models/btc-forecast.ts";
import { probabilityWithin } from "../models/digital-option.ts";
import type { BtcDecisionInput, BtcEdgeConfig, TakingSide } from "./btc-decision.ts";
import { BTC_RULES, type BtcRule, btcRules, type RuleVerdict } from "./btc-rules.ts";
import { contractsFor } from "./sizing.ts";
import { wholeMicros } from "./verdicts.ts";

/** The order that a decision would send: immediate or cancel, at the displayed price. */
interface WouldOrder {
  readonly marketTicker: string;
  readonly eventTicker: string;
  readonly exchangeIndex: number;
  /** What it buys; NO is bought by selling YES. */
  readonly outcome: "yes" | "no";
  readonly side: BookSide;
  /** YES price. */
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly timeInForce: TimeInForce;
  readonly isPostOnly: boolean;
}

/** One decision: the first rule against it, and what every rule saw. */
export interface BtcVerdict {
  /** `propose`, or the first rule that failed. */
  readonly code: "propose" | BtcRule;
  /** What the code leaves open, such as why the contract is barred; null when nothing. */
  readonly reason: string | null;
  /** Ours that YES pays, 0 to 1; null without a forecast or a strike. */
  readonly probability: number | null;
  /** The market's own, its mid; null when a side is empty. */
  readonly marketProbability: number | null;
  readonly confidence: number | null;
  /** The better side to buy and its expected value, micros per contract after fees, rounded down. */
  readonly outcome: "yes" | "no" | null;
  readonly edgeMicros: number | null;
  readonly rules: readonly RuleVerdict[];
  readonly order: WouldOrder | null;
}

/**
 * Decides whether a contract would be traded now. Pure: equal input and config give equal bytes.
 * Every rule is looked at and leaves its numbers; the first that fails names the verdict. A number
 * that is not finite fails its rule.
 *
 * The expected value of YES is fair value less the ask and the taker's fee, that of NO the bid less
 * fair value and the fee; fair value lies from the market's mid the share `trust` of the way to our
 * probability. The size is a capped share of Kelly's stake in whole contracts. Positions of the same
 * hour move together: risk limits them, not this.
 */
export function decideBtc(input: BtcDecisionInput, config: BtcEdgeConfig): BtcVerdict {
  const { contract, forecast, quote } = input;
  const isPriced = forecast !== null && hasStrike(contract.bounds);
  const { low, high } = isPriced ? averageInterval(contract.bounds) : NOWHERE;
  const probability = isPriced ? probabilityWithin(forecast.settlement, low, high) : null;
  const confidence = isPriced ? btcConfidence(forecast, low, high) : null;
  const taking =
    probability === null || quote === null ? null : betterSide(probability, quote, input, config);
  const mean = forecast?.settlement.mean ?? Number.NaN;
  const distance = isPriced ? Math.min(Math.abs(mean / low - 1), Math.abs(mean / high - 1)) : null;
  const rules = btcRules({ input, config, probability, confidence, distance, taking });
  const failed = rules.find(({ isPassed }) => !isPassed)?.rule ?? null;
  const middle = quote === null ? null : mid(quote);
  return {
    code: failed ?? "propose",
    reason: failed === null ? null : reasonOf(failed, input),
    probability,
    marketProbability: middle === null ? null : middle / ONE_USD_MICROS,
    confidence,
    outcome: taking?.outcome ?? null,
    edgeMicros: taking === null ? null : wholeMicros(taking.edge),
    rules,
    order: failed === null && taking !== null ? orderOf(input, taking) : null,
  };
}

const NOWHERE = { low: -Infinity, high: Infinity };

function betterSide(
  probability: number,
  quote: Quote,
  input: BtcDecisionInput,
  config: BtcEdgeConfig,
): TakingSide | null {
  const { bid, ask } = quote;
  const middle = mid(quote);
  const width = spread(quote);
  if (bid === null || ask === null || middle === null || width === null || width <= 0) return null;
  const fairYes = middle + config.trust * (probability * ONE_USD_MICROS - middle);
  const yes = { outcome: "yes", side: "bid", yesPrice: ask, size: quote.askSize } as const;
  const no = { outcome: "no", side: "ask", yesPrice: bid, size: quote.bidSize } as const;
  const buyYes = priced(yes, ask, fairYes, input, config);
  const buyNo = priced(no, ONE_USD_MICROS - bid, ONE_USD_MICROS - fairYes, input, config);
  return buyNo.edge > buyYes.edge ? buyNo : buyYes;
}

function priced(
  way: Pick<TakingSide, "outcome" | "side" | "yesPrice" | "size">,
  price: number,
  fairValue: number,
  { fees, capitalLeft }: BtcDecisionInput,
  { sizing, maxShareOfSize }: BtcEdgeConfig,
): TakingSide {
  // The fee is the same for the YES and the NO price.
  const unitCost = price + feePerContract(fees, "taker", way.yesPrice);
  const wanted = contractsFor({ fairValue, unitCost, capitalLeft }, sizing);
  const displayed = way.size === null ? Infinity : way.size * maxShareOfSize;
  const whole = Math.floor(Math.min(wanted, displayed) / ONE_CONTRACT_CENTI) * ONE_CONTRACT_CENTI;
  const count = countCenti(Number.isFinite(whole) ? Math.max(0, whole) : 0);
  return { ...way, price, unitCost, fairValue, edge: fairValue - unitCost, count };
}

function orderOf(
  { contract, exchangeIndex }: BtcDecisionInput,
  { outcome, side, yesPrice, count }: TakingSide,
): WouldOrder {
  return {
    marketTicker: contract.marketTicker,
    eventTicker: contract.eventTicker,
    exchangeIndex,
    outcome,
    side,
    price: yesPrice,
    count,
    timeInForce: "immediate_or_cancel",
    isPostOnly: false,
  };
}

function reasonOf(failed: BtcRule, input: BtcDecisionInput): string {
  const told: Partial<Record<BtcRule, string | null>> = {
    entry_barred: input.barredBecause,
    market_not_active: input.status,
    spot_stale: input.spotStaleBecause,
    quote_stale: input.quoteStaleBecause,
  };
  return told[failed] ?? BTC_RULES[failed];
}
