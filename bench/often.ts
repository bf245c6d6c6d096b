import type { DecisionInput, MarketInput, Verdict } from "../core/domain/decision.ts";
import type { GameIntent } from "../core/domain/order.ts";
import { countCenti, priceMicros } from "../core/domain/units.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import { proposal, verdict } from "../core/strategies/verdicts.ts";

/** Each game proposes at most this often, run time. */
const INTERVAL_MS = 2_000;
const PRICE = priceMicros(10_000);
/** So far above our price an ask never trades with it. */
const ASK_MIN_MICROS = 100_000;

/**
 * The bench strategy, in ModelEdge's place: in every game, on a new quote, an order for one contract at one
 * cent that takes or is gone. What the strategies would answer is worked out too and thrown away, so that
 * its cost is measured.
 */
export function proposingOften(
  from: number,
  loaded: readonly GameStrategyDefinition[],
): readonly GameStrategyDefinition[] {
  const often = new Often(from);
  return loaded.map((one) => ({
    ...one,
    entry: (context) => {
      one.entry(context);
      return one.name === "model-edge"
        ? often.answer(context.input)
        : verdict(one.name, "disabled_by_config");
    },
  }));
}

class Often {
  readonly #from: number;
  readonly #quoted = new Map<string, number>();
  readonly #proposedAt = new Map<string, number>();
  /** By game: what was answered last. A look that proposes is decided once more, to be recorded. */
  readonly #last = new Map<string, { readonly to: DecisionInput; readonly answer: Verdict }>();

  constructor(from: number) {
    this.#from = from;
  }

  answer(input: DecisionInput): Verdict {
    const { eventTicker, at, strategies } = input;
    const last = this.#last.get(eventTicker);
    if (last?.to.at === at && last.to.strategies === strategies) return last.answer;
    const answer = this.#propose(input);
    // A look is written over by the next one: what it was is kept.
    this.#last.set(eventTicker, { to: { ...input }, answer });
    return answer;
  }

  #propose(input: DecisionInput): Verdict {
    // Only a quote that nobody has looked at yet: its arrival is where the measured time begins.
    const fresh = input.markets.filter(
      ({ ticker, quote }) => this.#quoted.get(ticker) !== quote.quotedAt,
    );
    for (const { ticker, quote } of input.markets) this.#quoted.set(ticker, quote.quotedAt);
    const market = fresh.find(({ status, quote }) => {
      return status === "active" && (quote.ask ?? 0) >= ASK_MIN_MICROS;
    });
    const since = input.at - (this.#proposedAt.get(input.eventTicker) ?? 0);
    const isDue = input.at >= this.#from && since >= INTERVAL_MS && isFree(input);
    if (!market || !isDue) return verdict("model-edge", "cooling_down");
    this.#proposedAt.set(input.eventTicker, input.at);
    return propose(input, market);
  }
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
