import { assert, unreachable } from "./assert.ts";
import { type BrakeFact, stepBrakes } from "./brakes.ts";
import { KILL_REFUSALS, type KillLevel } from "./kill.ts";
import { type ExitType, type GameIntent, type GameStrategy, USUAL_STRATEGIES } from "./order.ts";
import type { Instant } from "./units.ts";

/** Life of a game. `halted` is shown over whatever phase the game is in while a kill stands. */
export type GamePhase =
  | "scheduled"
  | "pregame"
  | "live"
  | "closing"
  | "final"
  | "settling"
  | "scored"
  | "postponed"
  | "void"
  | "unmatched";

/** What of a strategy must survive anything: restarts, deploys, continue-as-new. */
export interface StrategyState {
  readonly strategy: GameStrategy;
  /** Entries that are open, or that filled at least in part. */
  readonly entries: number;
  /** Pregame entries proposed, refused ones included: never more than one. */
  readonly pregameAttempts: number;
  /** Locks proposed, refused ones included, but not those that a kill refused. */
  readonly lockAttempts: number;
  /** It held a position and left it whole: no re-entry. */
  readonly hasExited: boolean;
  readonly disabledBecause: string | null;
  /** No new proposal before this instant: after a refusal, and after an order that did not fill. */
  readonly retryAt: Instant | null;
}

/** An order of this game that is not over yet. */
interface OpenOrder {
  readonly clientOrderId: string;
  readonly strategy: GameStrategy;
  readonly purpose: "entry" | "exit";
}

/** Everything about a game that decides what it may still do. JSON-safe; carried by continue-as-new. */
export interface GameState {
  readonly phase: GamePhase;
  /** Counts intents of this game; part of each order's idempotency key. */
  readonly decisionSeq: number;
  readonly strategies: readonly StrategyState[];
  readonly openOrders: readonly OpenOrder[];
  readonly killLevel: KillLevel | null;
  readonly entriesPausedBecause: string | null;
  readonly result: "home" | "away" | "void" | null;
  readonly counts: {
    readonly decisions: number;
    readonly orders: number;
    readonly refusals: number;
  };
}

/** Something learned that may change a game's state. */
export type GameFact =
  | { readonly kind: "entered"; readonly phase: "pregame" | "live" | "closing" | "final" }
  | { readonly kind: "postponed" }
  | { readonly kind: "determined" }
  | { readonly kind: "settled"; readonly result: "home" | "away" | "void" }
  | { readonly kind: "scored" }
  | { readonly kind: "proposed"; readonly intent: GameIntent }
  | {
      readonly kind: "refused";
      readonly strategy: GameStrategy;
      readonly exitType: ExitType | null;
      readonly code: string;
      readonly retryAt: Instant;
    }
  | {
      readonly kind: "placed";
      readonly strategy: GameStrategy;
      readonly purpose: "entry" | "exit";
      readonly clientOrderId: string;
    }
  | {
      readonly kind: "order-closed";
      readonly clientOrderId: string;
      readonly strategy: GameStrategy;
      readonly purpose: "entry" | "exit";
      readonly hasFilled: boolean;
      readonly retryAt: Instant;
    }
  | { readonly kind: "flat"; readonly strategy: GameStrategy }
  | BrakeFact;

/** The state of a game that has just been found, and that these strategies play. */
export function newGame(strategies: readonly GameStrategy[] = USUAL_STRATEGIES): GameState {
  return {
    phase: "scheduled",
    decisionSeq: 0,
    strategies: strategies.map((strategy) => ({
      strategy,
      entries: 0,
      pregameAttempts: 0,
      lockAttempts: 0,
      hasExited: false,
      disabledBecause: null,
      retryAt: null,
    })),
    openOrders: [],
    killLevel: null,
    entriesPausedBecause: null,
    result: null,
    counts: { decisions: 0, orders: 0, refusals: 0 },
  };
}

const PHASE_RANK: Readonly<Record<GamePhase, number>> = {
  unmatched: 0,
  scheduled: 0,
  postponed: 1,
  pregame: 1,
  live: 2,
  closing: 3,
  final: 4,
  settling: 5,
  void: 6,
  scored: 7,
};

/**
 * Advances a game by one fact. Pure. Phases never run backwards, except that a postponed game may
 * be played after all, so a feed that flips from post to pre changes nothing.
 *
 * @throws InvariantError when a second pregame attempt is proposed, or an order closes that is not open.
 */
export function stepGame(state: GameState, fact: GameFact): GameState {
  switch (fact.kind) {
    case "entered":
      return advance(state, fact.phase);
    case "postponed":
      return PHASE_RANK[state.phase] <= PHASE_RANK.pregame
        ? { ...state, phase: "postponed" }
        : state;
    case "determined":
      return advance(state, "settling");
    case "settled":
      return {
        ...advance(state, fact.result === "void" ? "void" : "settling"),
        result: fact.result,
      };
    case "scored":
      return state.phase === "void" ? state : advance(state, "scored");
    case "proposed":
      return propose(state, fact.intent);
    case "refused":
      return refuse(state, fact);
    case "placed":
      return place(state, fact);
    case "order-closed":
      return close(state, fact);
    case "flat":
      return withStrategy(state, fact.strategy, (old) => ({ ...old, hasExited: true }));
    case "killed":
    case "resumed":
    case "entries-paused":
      return { ...state, ...stepBrakes(state, fact) };
    default:
      return unreachable(fact);
  }
}

/** Whether a game in phase `from` would move forward by entering `to`. */
export function isLaterPhase(from: GamePhase, to: GamePhase): boolean {
  return PHASE_RANK[to] > PHASE_RANK[from];
}

/** The phase as people see it: `halted` while a kill stands and the game is not over. */
export function shownPhase(state: GameState): GamePhase | "halted" {
  return state.killLevel !== null && !isOver(state) ? "halted" : state.phase;
}

/** The phase that a decision is made in: what is not before tip or in play admits no entry. */
export function decisionPhase({ phase }: GameState): "pregame" | "live" | "closing" {
  return phase === "pregame" || phase === "live" ? phase : "closing";
}

/** Why the game itself pauses entries. @returns `null` when it does not. */
export function pauseReason(state: GameState): string | null {
  return state.killLevel === null ? state.entriesPausedBecause : `killed:${state.killLevel}`;
}

/** Whether nothing more will happen in this game. */
export function isOver(state: GameState): boolean {
  return state.phase === "scored" || state.phase === "void" || state.phase === "unmatched";
}

/** The state of one strategy of the game. */
export function strategyState(state: GameState, strategy: GameStrategy): StrategyState {
  const found = state.strategies.find((one) => one.strategy === strategy);
  assert(found !== undefined, "every strategy has a state");
  return found;
}

function advance(state: GameState, phase: GamePhase): GameState {
  return isLaterPhase(state.phase, phase) || state.phase === "postponed"
    ? { ...state, phase }
    : state;
}

function withStrategy(
  state: GameState,
  strategy: GameStrategy,
  change: (old: StrategyState) => StrategyState,
): GameState {
  const index = state.strategies.findIndex((one) => one.strategy === strategy);
  const found = state.strategies[index];
  if (found === undefined) return state;
  return { ...state, strategies: state.strategies.with(index, change(found)) };
}

function propose(state: GameState, intent: GameIntent): GameState {
  const isPregameEntry = intent.purpose === "entry" && intent.phase === "pregame";
  const counted = withStrategy(state, intent.strategy, (old) => ({
    ...old,
    pregameAttempts: old.pregameAttempts + (isPregameEntry ? 1 : 0),
    lockAttempts: old.lockAttempts + (intent.exitType === "lock" ? 1 : 0),
  }));
  assert(
    strategyState(counted, intent.strategy).pregameAttempts <= 1,
    "at most one pregame attempt a game, for ever",
  );
  return {
    ...counted,
    decisionSeq: state.decisionSeq + 1,
    counts: { ...state.counts, decisions: state.counts.decisions + 1 },
  };
}

function refuse(state: GameState, fact: Extract<GameFact, { kind: "refused" }>): GameState {
  const counted = { ...state, counts: { ...state.counts, refusals: state.counts.refusals + 1 } };
  const isKilledLock = fact.exitType === "lock" && KILL_REFUSALS.some((code) => code === fact.code);
  return withStrategy(counted, fact.strategy, (old) => ({
    ...old,
    retryAt: fact.retryAt,
    lockAttempts: old.lockAttempts - (isKilledLock ? 1 : 0),
    // A refused pregame attempt is the attempt: the strategy is done for this game.
    disabledBecause:
      fact.strategy === "pregame-anchored" && old.entries === 0
        ? `refused:${fact.code}`
        : old.disabledBecause,
  }));
}

function place(state: GameState, fact: Extract<GameFact, { kind: "placed" }>): GameState {
  const counted = withStrategy(state, fact.strategy, (old) => ({
    ...old,
    entries: old.entries + (fact.purpose === "entry" ? 1 : 0),
  }));
  const open: OpenOrder = {
    clientOrderId: fact.clientOrderId,
    strategy: fact.strategy,
    purpose: fact.purpose,
  };
  return {
    ...counted,
    openOrders: [...state.openOrders, open],
    counts: { ...state.counts, orders: state.counts.orders + 1 },
  };
}

/** An entry that never filled was no entry, but its attempt stays counted. */
function close(state: GameState, fact: Extract<GameFact, { kind: "order-closed" }>): GameState {
  const isOpen = state.openOrders.some((order) => order.clientOrderId === fact.clientOrderId);
  assert(isOpen, "an order closes once");
  const openOrders = state.openOrders.filter((one) => one.clientOrderId !== fact.clientOrderId);
  return withStrategy({ ...state, openOrders }, fact.strategy, (old) => ({
    ...old,
    entries: old.entries - (fact.purpose === "entry" && !fact.hasFilled ? 1 : 0),
    retryAt: fact.hasFilled ? old.retryAt : fact.retryAt,
    disabledBecause:
      fact.strategy === "pregame-anchored" && fact.purpose === "entry" && !fact.hasFilled
        ? "unfilled"
        : old.disabledBecause,
  }));
}
