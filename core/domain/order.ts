import { assert } from "./assert.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  type PriceMicros,
  type UsdMicros,
} from "./units.ts";

declare const id: unique symbol;
/** Derived from workflow id and decision number before anything is sent: the idempotency key of one order. */
export type ClientOrderId = string & { readonly [id]: "ClientOrderId" };

/** The strategies of a game that come with Tipoff, by their names in config and tables, in the sequence they are asked in. */
export const GAME_STRATEGIES = [
  "pregame-anchored",
  "model-edge",
  "mean-reversion",
  "model-trees",
] as const;

/** A strategy that its user wrote: the folder `strategies/NAME` of the home is the strategy `own-NAME`. */
export type OwnStrategy = `own-${string}`;
/** One of the strategies that trade a game. */
export type GameStrategy = (typeof GAME_STRATEGIES)[number] | OwnStrategy;

/** Those that play a game whose settings name no others; so did every game before settings could. */
export const USUAL_STRATEGIES = ["pregame-anchored", "model-edge", "mean-reversion"] as const;

/** Whether a strategy trades a game in play: one that users wrote is asked then too, and may. */
export function isLiveStrategy(name: GameStrategy): boolean {
  return name !== "pregame-anchored";
}

/** What `own-` may be followed by, as the tables check it too. */
const OWN_STRATEGY = /^own-[a-z][a-z0-9-]{0,31}$/;

/** Whether a name is that of a strategy that its user wrote. */
export function isOwnStrategy(name: string): name is OwnStrategy {
  return OWN_STRATEGY.test(name);
}

/** Whether a name is that of a strategy that trades a game. */
export function isGameStrategy(name: string): name is GameStrategy {
  return GAME_STRATEGIES.some((one) => one === name) || isOwnStrategy(name);
}

/** Names in the sequence in which strategies are asked: Tipoff's, then the users' by the alphabet; each once. */
export function inSequence(names: readonly GameStrategy[]): readonly GameStrategy[] {
  const own = names.filter((name) => !GAME_STRATEGIES.some((one) => one === name));
  const sorted = own.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return [...new Set([...GAME_STRATEGIES.filter((name) => names.includes(name)), ...sorted])];
}

/** Every strategy with a fixed name that sends orders: those of a game, and the one of a Bitcoin contract. */
export const STRATEGIES = [...GAME_STRATEGIES, "btc-edge"] as const;
/** One of the strategies that send orders. */
export type StrategyName = (typeof STRATEGIES)[number] | OwnStrategy;

/**
 * Whose the bids are that `tipoff drill` rests for a kill to cancel. No strategy: no decision, edge or forecast
 * stands behind them, and they are no evidence of any.
 */
export const DRILL = "drill";
/** Whose an order is. */
export type OrderOwner = StrategyName | typeof DRILL;

/** Whether an order, or what it became, is a strategy's. */
export function isStrategys<Owned extends { readonly strategy: string }>(
  owned: Owned,
): owned is Owned & { readonly strategy: StrategyName } {
  return owned.strategy !== DRILL;
}

/** How a position is left. `kill` is the flatten level of the kill switch. */
export type ExitType = "lock" | "take-profit" | "stop-loss" | "kill";

/**
 * `bid` buys YES, `ask` sells YES; prices are always the YES price. Selling YES that is not held is buying
 * NO, at the rest of the dollar; buying YES closes such a NO first.
 */
export type BookSide = "bid" | "ask";

/** How long an order rests: until canceled, not at all, or whole or not at all. */
export type TimeInForce = "good_till_canceled" | "immediate_or_cancel" | "fill_or_kill";

/** How an intent goes to the book: decided with the intent, so that a replay decides the same. */
export interface OrderPlan {
  readonly price: PriceMicros;
  readonly timeInForce: TimeInForce;
  readonly isPostOnly: boolean;
  /** What the plan expects, kept to be compared with what came. Probability 0 to 1. */
  readonly expectedFillProbability: number;
  readonly expectedPrice: PriceMicros;
}

/** What a strategy proposes. Not yet an order: risk may refuse it. */
export interface OrderIntent<Owner extends OrderOwner = StrategyName> {
  readonly strategy: Owner;
  readonly purpose: "entry" | "exit";
  readonly exitType: ExitType | null;
  readonly phase: "pregame" | "live";
  readonly marketTicker: string;
  readonly eventTicker: string;
  readonly exchangeIndex: number;
  readonly side: BookSide;
  readonly count: CountCenti;
  readonly isReduceOnly: boolean;
  /** The worst price the strategy allows; no plan or replacement goes beyond it. */
  readonly limitPrice: PriceMicros;
  readonly fairValue: PriceMicros;
  /** Fair value minus all-in cost, micros per contract, fees included; for exits what is gained against holding. */
  readonly edgeMicros: number;
  readonly plan: OrderPlan;
  /** Whether a maker order may turn into a taker at the end of its patience. */
  readonly mayTakeFallback: boolean;
}

/** An intent on the way of every order, whose it may be. */
export type OwnedIntent = OrderIntent<OrderOwner>;

/** What a strategy of a game proposes. */
export interface GameIntent extends OrderIntent {
  readonly strategy: GameStrategy;
}

/** Lifecycle of one order. `unknown`: sent, and not proven either way; counts in full. */
export type OrderStatus =
  | "intended"
  | "submitted"
  | "working"
  | "filled"
  | "canceled"
  | "expired"
  | "rejected"
  | "unknown";

/** No further fill or change can come from these. */
const TERMINAL_STATUSES: readonly OrderStatus[] = ["filled", "canceled", "expired", "rejected"];

/** Whether an order in this status is over. */
export function isTerminal(status: OrderStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

/** The code of an order that shadow mode ends where it would have been sent. */
export const SHADOW_CODE = "shadow";
/** Codes of orders that our client kept back: by a kill, or because the budget of requests was spent. */
export const KEPT_BACK_CODES = ["kill_switch", "not_sent"] as const;

/** Whether an order that ended with this code never left: nobody at the venue has seen it. */
export function isUnsentCode(code: string | null): boolean {
  return code === SHADOW_CODE || isKeptBackCode(code);
}

/** Whether an order that ended with this code was kept back, though it was to be sent. */
export function isKeptBackCode(code: string | null): boolean {
  return KEPT_BACK_CODES.some((one) => one === code);
}

/** What is known of one order. */
export interface OrderState {
  readonly status: OrderStatus;
  readonly count: CountCenti;
  readonly filled: CountCenti;
  readonly venueOrderId: string | null;
  /** The venue said that it has this order, though it has not shown it yet: it cannot be absent. */
  readonly isKnownSent: boolean;
}

/** One thing learned about an order, from the wire or from a sweep of the account. */
export type OrderUpdate =
  | { readonly kind: "submitted" }
  | { readonly kind: "acknowledged"; readonly venueOrderId: string }
  | { readonly kind: "rejected"; readonly code: string }
  | { readonly kind: "lost" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "filled"; readonly total: CountCenti }
  | { readonly kind: "closed"; readonly reason: "canceled" | "expired" }
  | { readonly kind: "absent" };

const OPEN: readonly OrderStatus[] = ["intended", "submitted", "working", "unknown"];

/**
 * Advances one order by one update. Pure; idempotent on repeats; late, doubled and reordered facts
 * never lose a fill or reopen a closed order. `filled.total` is cumulative.
 *
 * An `intended` order may fill: it was sent, and the process died before it wrote so.
 *
 * @throws InvariantError when fills exceed the order's count.
 */
export function stepOrder(state: OrderState, update: OrderUpdate): OrderState {
  switch (update.kind) {
    case "submitted":
      return state.status === "intended" ? { ...state, status: "submitted" } : state;
    case "acknowledged":
      return isTerminal(state.status)
        ? { ...state, venueOrderId: update.venueOrderId }
        : { ...state, status: "working", venueOrderId: update.venueOrderId };
    case "rejected":
      return OPEN.includes(state.status) && state.filled === 0
        ? { ...state, status: "rejected" }
        : state;
    case "lost":
      return state.status === "intended" || state.status === "submitted"
        ? { ...state, status: "unknown" }
        : state;
    case "duplicate":
      return {
        ...state,
        isKnownSent: true,
        status:
          state.status === "intended" || state.status === "submitted" ? "unknown" : state.status,
      };
    case "filled":
      return fill(state, update.total);
    case "closed":
      return isTerminal(state.status) ? state : { ...state, status: update.reason };
    case "absent":
      // Proof, by orders, history, fills and positions together, that the venue never took it.
      return !state.isKnownSent && (state.status === "unknown" || state.status === "submitted")
        ? { ...state, status: "rejected" }
        : state;
  }
}

function fill(state: OrderState, total: CountCenti): OrderState {
  assert(total <= state.count, "filled <= order.count");
  const filled = countCenti(Math.max(state.filled, total));
  if (filled === state.count) return { ...state, filled, status: "filled" };
  const status =
    state.status === "intended" || state.status === "submitted" ? "working" : state.status;
  return { ...state, filled, status: status === "unknown" ? "working" : status };
}

/** Our execution, keyed by the venue's fill id. */
export interface Fill {
  readonly fillId: string;
  readonly venueOrderId: string;
  readonly clientOrderId: ClientOrderId | null;
  readonly marketTicker: string;
  readonly side: BookSide;
  readonly price: PriceMicros;
  readonly count: CountCenti;
  readonly fee: UsdMicros;
  readonly liquidity: "maker" | "taker";
  readonly at: Instant;
}
