import { assert, unreachable } from "./assert.ts";
import { type BrakeFact, stepBrakes } from "./brakes.ts";
import { type ContractBounds, hasStrike } from "./btc-contract.ts";
import type { KillLevel } from "./kill.ts";
import type { MarketResult } from "./market.ts";
import { type SettlementWord, settlementValue } from "./settlement.ts";
import { type Instant, instant, type UsdMicros } from "./units.ts";

/** Life of a contract. `halted` is shown over whatever phase it is in while a kill or a pause stands. */
export type ContractPhase =
  | "waiting"
  | "open"
  | "entry-window"
  | "closing"
  | "determined"
  | "settled"
  | "scored"
  | "void";

/** How the venue resolved a contract. */
interface ContractResult {
  readonly result: MarketResult;
  /** What one YES contract pays, micros: for a scalar the value that the venue states. */
  readonly payout: UsdMicros;
  /** The index average behind it, micros; null when the venue does not say. */
  readonly average: UsdMicros | null;
}

/** An order of this contract that is not over yet. */
interface OpenOrder {
  readonly clientOrderId: string;
  readonly purpose: "entry" | "exit";
}

/** Everything about a contract that decides what it may still do. JSON-safe; carried by continue-as-new. */
export interface ContractState {
  readonly phase: ContractPhase;
  /** The venue's own word; it may move either way. */
  readonly closeAt: Instant;
  readonly bounds: ContractBounds;
  /** Counts intents of this contract; part of each order's idempotency key. */
  readonly decisionSeq: number;
  /** Entries that are open, or that filled at least in part: never more than one. */
  readonly entries: number;
  readonly openOrders: readonly OpenOrder[];
  /** It held a position and left it whole: no re-entry. */
  readonly hasExited: boolean;
  /** No new proposal before this instant: after a refusal, and after an order that did not fill. */
  readonly retryAt: Instant | null;
  readonly killLevel: KillLevel | null;
  readonly entriesPausedBecause: string | null;
  /** The venue does not trade the market. */
  readonly isVenuePaused: boolean;
  /** Given up: no entry for ever. What is held is still settled and scored. */
  readonly canceledBecause: string | null;
  readonly result: ContractResult | null;
  /** Times that the venue changed a result it had settled by. */
  readonly corrections: number;
  readonly counts: {
    readonly decisions: number;
    readonly orders: number;
    readonly refusals: number;
  };
}

/** Something learned that may change a contract's state. */
export type ContractFact =
  | { readonly kind: "entered"; readonly phase: "open" | "entry-window" | "closing" }
  | { readonly kind: "bounds-read"; readonly bounds: ContractBounds }
  | { readonly kind: "close-moved"; readonly closeAt: Instant }
  | { readonly kind: "determined" }
  | {
      readonly kind: "settled";
      readonly result: MarketResult;
      /** What YES pays, micros; needed for a scalar only. */
      readonly scalarValue: UsdMicros | null;
      readonly average: UsdMicros | null;
    }
  | { readonly kind: "voided" }
  | { readonly kind: "scored" }
  | { readonly kind: "proposed"; readonly purpose: "entry" | "exit" }
  | { readonly kind: "refused"; readonly code: string; readonly retryAt: Instant }
  | {
      readonly kind: "placed";
      readonly clientOrderId: string;
      readonly purpose: "entry" | "exit";
    }
  | {
      readonly kind: "order-closed";
      readonly clientOrderId: string;
      readonly hasFilled: boolean;
      readonly retryAt: Instant;
    }
  /** What was held was sold whole before the settlement: its series reads it in the books. */
  | { readonly kind: "flat" }
  | BrakeFact
  | { readonly kind: "venue-paused" }
  | { readonly kind: "venue-resumed" }
  | { readonly kind: "canceled"; readonly reason: string };

/** The state of a contract that has just been found. */
export function newContract(bounds: ContractBounds, closeAt: Instant): ContractState {
  return {
    phase: "waiting",
    closeAt,
    bounds,
    decisionSeq: 0,
    entries: 0,
    openOrders: [],
    hasExited: false,
    retryAt: null,
    killLevel: null,
    entriesPausedBecause: null,
    isVenuePaused: false,
    canceledBecause: null,
    result: null,
    corrections: 0,
    counts: { decisions: 0, orders: 0, refusals: 0 },
  };
}

const PHASE_RANK: Readonly<Record<ContractPhase, number>> = {
  waiting: 0,
  open: 1,
  "entry-window": 2,
  closing: 3,
  determined: 4,
  settled: 5,
  void: 6,
  scored: 7,
};

/**
 * Advances a contract by one fact. Pure. Phases never run backwards, so that facts may arrive out of
 * sequence; only a corrected settlement takes a scored contract back to settled, to be scored anew.
 * A contract without a strike stays out of its entry window. A void contract stays void.
 *
 * @throws InvariantError when a second entry is proposed or placed while one is open or filled, an
 * order closes that is not open, or a contract is scored that has not settled.
 */
export function stepContract(state: ContractState, fact: ContractFact): ContractState {
  switch (fact.kind) {
    case "entered":
      return fact.phase === "entry-window" && !hasStrike(state.bounds)
        ? advance(state, "open")
        : advance(state, fact.phase);
    case "bounds-read":
      // A catalogue that lags must not take back a strike that was known.
      return hasStrike(fact.bounds) ? { ...state, bounds: fact.bounds } : state;
    case "close-moved":
      return PHASE_RANK[state.phase] < PHASE_RANK.determined
        ? { ...state, closeAt: fact.closeAt }
        : state;
    case "determined":
      return advance(state, "determined");
    case "settled":
      return settle(state, fact);
    case "voided":
      return state.result === null ? advance(state, "void") : state;
    case "scored":
      assert(state.phase === "void" || state.result !== null, "what is scored has settled");
      return state.phase === "void" ? state : advance(state, "scored");
    case "proposed":
    case "refused":
    case "placed":
    case "order-closed":
      return stepOrders(state, fact);
    case "flat":
      return { ...state, hasExited: true };
    case "killed":
    case "resumed":
    case "entries-paused":
    case "venue-paused":
    case "venue-resumed":
    case "canceled":
      return stepStops(state, fact);
    default:
      return unreachable(fact);
  }
}

type OrderFact = Extract<
  ContractFact,
  { kind: "proposed" | "refused" | "placed" | "order-closed" }
>;

function stepOrders(state: ContractState, fact: OrderFact): ContractState {
  const { counts } = state;
  switch (fact.kind) {
    case "proposed":
      assert(fact.purpose === "exit" || state.entries === 0, "one position a contract");
      return {
        ...state,
        decisionSeq: state.decisionSeq + 1,
        counts: { ...counts, decisions: counts.decisions + 1 },
      };
    case "refused":
      return {
        ...state,
        retryAt: fact.retryAt,
        counts: { ...counts, refusals: counts.refusals + 1 },
      };
    case "placed":
      return place(state, fact);
    case "order-closed":
      return close(state, fact);
  }
}

type StopFact =
  | BrakeFact
  | Extract<ContractFact, { kind: "venue-paused" | "venue-resumed" | "canceled" }>;

/** What stops entries, in every phase alike. */
function stepStops(state: ContractState, fact: StopFact): ContractState {
  switch (fact.kind) {
    case "killed":
    case "resumed":
    case "entries-paused":
      return { ...state, ...stepBrakes(state, fact) };
    case "venue-paused":
      return { ...state, isVenuePaused: true };
    case "venue-resumed":
      return { ...state, isVenuePaused: false };
    case "canceled":
      return { ...state, canceledBecause: state.canceledBecause ?? fact.reason };
  }
}

/** Whether a contract in phase `from` would move forward by entering `to`. */
export function isLaterContractPhase(from: ContractPhase, to: ContractPhase): boolean {
  return PHASE_RANK[to] > PHASE_RANK[from];
}

/** The phase as people see it: `halted` while a kill or the venue's pause stands and it can trade. */
export function shownContractPhase(state: ContractState): ContractPhase | "halted" {
  const isStopped = state.killLevel !== null || state.isVenuePaused;
  const mayTrade = PHASE_RANK[state.phase] < PHASE_RANK.determined;
  return isStopped && mayTrade ? "halted" : state.phase;
}

/**
 * The end of a contract as it was paid. A silence that the catalogue calls void may be broken while the
 * money is waited for: then it is the result that was paid, and it is scored.
 *
 * @param word by which its position is booked; null where nothing was held.
 */
export function endAsPaid(
  told: Extract<ContractFact, { kind: "settled" | "voided" }>,
  word: SettlementWord | null,
): readonly ContractFact[] {
  if (told.kind === "settled" || word === null || word.result === "void") return [told];
  const { result, value } = word;
  const scalarValue = result === "scalar" ? value : null;
  return [{ kind: "settled", result, scalarValue, average: null }, { kind: "scored" }];
}

/** Whether nothing more will happen in this contract, unless the venue corrects itself. */
export function isContractOver(state: ContractState): boolean {
  return state.phase === "scored" || state.phase === "void";
}

/**
 * Why no entry may be proposed now, a stable code.
 *
 * @returns `null` when one may.
 */
export function entryBar(state: ContractState, at: Instant): string | null {
  if (state.canceledBecause !== null) return "canceled";
  if (state.killLevel !== null) return "killed";
  if (state.entriesPausedBecause !== null) return "entries_paused";
  if (state.isVenuePaused) return "venue_paused";
  if (state.phase === "waiting" || state.phase === "open") {
    return hasStrike(state.bounds) ? "before_window" : "strike_unknown";
  }
  if (state.phase !== "entry-window") return "after_window";
  if (at >= state.closeAt) return "closed";
  if (state.openOrders.length > 0) return "order_working";
  if (state.hasExited) return "no_reentry";
  if (state.entries > 0) return "position_open";
  return state.retryAt !== null && at < state.retryAt ? "cooling_down" : null;
}

/** When entries are made, before the close; run milliseconds. */
export interface EntryWindow {
  /** The window opens this long before the close, and at the open if that is later. */
  readonly opensBeforeCloseMs: number;
  /** And closes this long before it. */
  readonly closesBeforeCloseMs: number;
}

/** The phase that the clock alone gives a contract, and when that changes; null when it does not. */
export interface DuePhase {
  readonly phase: "waiting" | "open" | "entry-window" | "closing";
  readonly until: Instant | null;
}

/**
 * The phase in which a contract should be by the clock. The venue's word decides what comes after
 * the close.
 *
 * @throws InvariantError unless the window opens before it closes, and not after the close.
 */
export function duePhase(
  contract: { readonly openAt: Instant; readonly closeAt: Instant },
  at: Instant,
  window: EntryWindow,
): DuePhase {
  const { openAt, closeAt } = contract;
  const { opensBeforeCloseMs, closesBeforeCloseMs } = window;
  assert(opensBeforeCloseMs >= closesBeforeCloseMs, "an entry window opens before it closes");
  assert(closesBeforeCloseMs >= 0, "an entry window closes before the contract");
  const endsAt = instant(closeAt - closesBeforeCloseMs);
  const startsAt = instant(Math.max(openAt, closeAt - opensBeforeCloseMs));
  if (at >= endsAt) return { phase: "closing", until: null };
  if (at >= startsAt) return { phase: "entry-window", until: endsAt };
  // A window that would open after its end never does: a contract closed early.
  const next = startsAt < endsAt ? startsAt : endsAt;
  if (at >= openAt) return { phase: "open", until: next };
  return { phase: "waiting", until: openAt < next ? openAt : next };
}

function advance(state: ContractState, phase: ContractPhase): ContractState {
  return isLaterContractPhase(state.phase, phase) ? { ...state, phase } : state;
}

/** The same settlement told twice changes nothing; another one is a correction. */
function settle(
  state: ContractState,
  fact: Extract<ContractFact, { kind: "settled" }>,
): ContractState {
  if (state.phase === "void") return state;
  const payout = settlementValue(fact.result, fact.scalarValue);
  const result = { result: fact.result, payout, average: fact.average };
  const known = state.result;
  if (known === null) return { ...advance(state, "settled"), result };
  if (known.result === result.result && known.payout === payout) {
    // The average may be published after the result: that settles nothing anew.
    return known.average === null ? { ...state, result } : state;
  }
  return { ...state, phase: "settled", result, corrections: state.corrections + 1 };
}

function place(
  state: ContractState,
  { clientOrderId, purpose }: Extract<ContractFact, { kind: "placed" }>,
): ContractState {
  const isEntry = purpose === "entry";
  assert(!isEntry || state.entries === 0, "one position a contract");
  const isKnown = state.openOrders.some((order) => order.clientOrderId === clientOrderId);
  assert(!isKnown, "an order is placed once");
  return {
    ...state,
    entries: state.entries + (isEntry ? 1 : 0),
    openOrders: [...state.openOrders, { clientOrderId, purpose }],
    counts: { ...state.counts, orders: state.counts.orders + 1 },
  };
}

/** An entry that never filled was no entry: another may follow once its time comes. */
function close(
  state: ContractState,
  { clientOrderId, hasFilled, retryAt }: Extract<ContractFact, { kind: "order-closed" }>,
): ContractState {
  const order = state.openOrders.find((one) => one.clientOrderId === clientOrderId);
  assert(order !== undefined, "an order closes once");
  const isLost = order.purpose === "entry" && !hasFilled;
  return {
    ...state,
    entries: state.entries - (isLost ? 1 : 0),
    openOrders: state.openOrders.filter((one) => one !== order),
    retryAt: hasFilled ? state.retryAt : retryAt,
  };
}
