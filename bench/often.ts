import type { DecisionInput, MarketInput, Verdict } from "../core/domain/decision.ts";
import type { GameIntent } from "../core/domain/order.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import { decide } from "../core/strategies/decide.ts";
import { proposal, verdict } from "../core/strategies/verdicts.ts";

/** Each game proposes at most this often, run time. */
const INTERVAL_MS = 2_000;
const PRICE = priceMicros(10_000);
/** So far above our price an ask never trades with it. */
const ASK_MIN_MICROS = 100_000;

/**
 * The bench strategy: in every game, on a new quote, an order for one contract at one cent that
 * takes or is gone. The real decision is made too and thrown away, so that its cost is measured.
 */
export function proposeOften(from: number): typeof decide {
  const quoted = new Map<string, number>();
  const proposed = new Map<string, number>();
  return (input, config) => {
    const output = decide(input, config);
    // Only a quote that nobody has looked at yet: its arrival is where the measured time begins.
    const fresh = input.markets.filter(
      ({ ticker, quote }) => quoted.get(ticker) !== quote.quotedAt,
    );
    for (const { ticker, quote } of input.markets) quoted.set(ticker, quote.quotedAt);
    const market = fresh.find(({ status, quote }) => {
      return status === "active" && (quote.ask ?? 0) >= ASK_MIN_MICROS;
    });
    const since = input.at - (proposed.get(input.eventTicker) ?? 0);
    const isDue = input.at >= from && since >= INTERVAL_MS && isFree(input);
    if (market && isDue) proposed.set(input.eventTicker, input.at);
    const answer = market && isDue ? propose(input, market) : verdict("model-edge", "cooling_down");
    return { ...output, verdicts: output.verdicts.map((other) => replace(other, answer)) };
  };
}

function replace(other: Verdict, answer: Verdict): Verdict {
  return other.strategy === "model-edge" ? answer : verdict(other.strategy, "disabled_by_config");
}

function isFree({ at, strategies }: DecisionInput): boolean {
  const own = strategies.find(({ strategy }) => strategy === "model-edge");
  return own !== undefined && !own.hasWorkingOrder && (own.retryAt ?? 0) <= at;
}

function propose({ eventTicker }: DecisionInput, market: MarketInput): Verdict {
  const intent: GameIntent = {
    strategy: "model-edge",
    purpose: "entry",
    exitType: null,
    phase: "live",
    marketTicker: market.ticker,
    eventTicker,
    exchangeIndex: market.exchangeIndex,
    side: "bid",
    count: countCenti(100),
    isReduceOnly: false,
    limitPrice: PRICE,
    fairValue: priceMicros(500_000),
    edgeMicros: 490_000,
    plan: {
      price: PRICE,
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
      expectedFillProbability: 0,
      expectedPrice: PRICE,
    },
    mayTakeFallback: false,
  };
  return proposal(intent, {});
}
