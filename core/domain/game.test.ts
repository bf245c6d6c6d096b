import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type GameFact,
  type GameState,
  isLaterPhase,
  isOver,
  newGame,
  shownPhase,
  stepGame,
  strategyState,
} from "./game.ts";
import { type GameIntent, USUAL_STRATEGIES, type GameStrategy } from "./order.ts";
import { countCenti, instant, priceMicros } from "./units.ts";

const LATER = instant(1_000);

function intent(strategy: GameStrategy, changes: Partial<GameIntent> = {}): GameIntent {
  return {
    strategy,
    purpose: "entry",
    exitType: null,
    phase: "pregame",
    marketTicker: "KXNBAGAME-26NOV20BOSNYK-NYK",
    eventTicker: "KXNBAGAME-26NOV20BOSNYK",
    exchangeIndex: 3,
    side: "bid",
    count: countCenti(1_000),
    isReduceOnly: false,
    limitPrice: priceMicros(500_000),
    fairValue: priceMicros(550_000),
    edgeMicros: 40_000,
    plan: {
      price: priceMicros(500_000),
      timeInForce: "good_till_canceled",
      isPostOnly: true,
      expectedFillProbability: 0.5,
      expectedPrice: priceMicros(500_000),
    },
    mayTakeFallback: true,
    ...changes,
  };
}

function play(facts: readonly GameFact[], start: GameState = newGame()): GameState {
  return facts.reduce(stepGame, start);
}

const placed = (strategy: GameStrategy, id: string): GameFact => ({
  kind: "placed",
  strategy,
  purpose: "entry",
  clientOrderId: id,
});
const closed = (strategy: GameStrategy, id: string, hasFilled: boolean): GameFact => ({
  kind: "order-closed",
  clientOrderId: id,
  strategy,
  purpose: "entry",
  hasFilled,
  retryAt: LATER,
});
const refused = (
  strategy: GameStrategy,
  code: string,
  exitType: GameIntent["exitType"] = null,
): GameFact => ({ kind: "refused", strategy, exitType, code, retryAt: LATER });

describe("stepGame", () => {
  it("allows one pregame attempt a game, whatever became of the first", () => {
    const once = play([
      { kind: "entered", phase: "pregame" },
      { kind: "proposed", intent: intent("pregame-anchored") },
      refused("pregame-anchored", "spread"),
    ]);
    expect(strategyState(once, "pregame-anchored").disabledBecause).toBe("refused:spread");
    expect(() => stepGame(once, { kind: "proposed", intent: intent("pregame-anchored") })).toThrow(
      "at most one pregame attempt",
    );
  });
  it("counts no attempt to lock that a kill refused, and every other", () => {
    const lock = intent("model-edge", { purpose: "exit", exitType: "lock", phase: "live" });
    const attempts = (code: string): number => {
      const state = play([{ kind: "proposed", intent: lock }, refused("model-edge", code, "lock")]);
      return strategyState(state, "model-edge").lockAttempts;
    };
    expect([attempts("kill_level"), attempts("kill_switch"), attempts("exit_reduces")]).toEqual([
      0, 0, 1,
    ]);
    const sale = refused("model-edge", "kill_level", "take-profit");
    const state = play([{ kind: "proposed", intent: lock }, sale]);
    expect(strategyState(state, "model-edge").lockAttempts).toBe(1);
  });
  it("gives each proposal a number of its own", () => {
    const two = play([
      { kind: "proposed", intent: intent("model-edge", { phase: "live" }) },
      { kind: "proposed", intent: intent("mean-reversion", { phase: "live" }) },
    ]);
    expect(two.decisionSeq).toBe(2);
  });
  it("does not count an entry that never filled, and waits before the next try", () => {
    const state = play([placed("model-edge", "a"), closed("model-edge", "a", false)]);
    expect(strategyState(state, "model-edge")).toMatchObject({ entries: 0, retryAt: LATER });
    expect(state.openOrders).toEqual([]);
  });
  it("keeps an entry that filled, and closes an order once", () => {
    const state = play([placed("model-edge", "a"), closed("model-edge", "a", true)]);
    expect(strategyState(state, "model-edge").entries).toBe(1);
    expect(() => stepGame(state, closed("model-edge", "a", true))).toThrow("an order closes once");
  });
  it("shows halted while a kill stands, and the phase beneath goes on", () => {
    const killed = play([
      { kind: "entered", phase: "live" },
      { kind: "killed", level: "cancel-all" },
      { kind: "killed", level: "no-entries" },
      { kind: "entered", phase: "final" },
    ]);
    expect(shownPhase(killed)).toBe("halted");
    expect(killed).toMatchObject({ phase: "final", killLevel: "cancel-all" });
    expect(shownPhase(stepGame(killed, { kind: "resumed" }))).toBe("final");
  });
  it("ends a void game as void, and never calls it scored", () => {
    const state = play([
      { kind: "entered", phase: "final" },
      { kind: "determined" },
      { kind: "settled", result: "void" },
      { kind: "scored" },
    ]);
    expect(state).toMatchObject({ phase: "void", result: "void" });
    expect(isOver(state)).toBe(true);
  });
  it("plays a postponed game when it is played after all", () => {
    const state = play([{ kind: "entered", phase: "pregame" }, { kind: "postponed" }]);
    expect(state.phase).toBe("postponed");
    expect(stepGame(state, { kind: "entered", phase: "live" }).phase).toBe("live");
  });
  it("never runs a phase backwards over any facts, postponement aside", () => {
    const phase = fc.constantFrom("pregame", "live", "closing", "final" as const);
    const fact: fc.Arbitrary<GameFact> = fc.oneof(
      phase.map((one): GameFact => ({ kind: "entered", phase: one as "pregame" })),
      fc.constant<GameFact>({ kind: "determined" }),
      fc.constant<GameFact>({ kind: "settled", result: "home" }),
      fc.constant<GameFact>({ kind: "scored" }),
      fc.constant<GameFact>({ kind: "killed", level: "reduce-only" }),
      fc.constant<GameFact>({ kind: "resumed" }),
      fc.constant<GameFact>({ kind: "entries-paused", reason: "test" }),
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 40 }), (facts) => {
        let state = newGame();
        for (const one of facts) {
          const next = stepGame(state, one);
          expect(isLaterPhase(next.phase, state.phase)).toBe(false);
          state = next;
        }
      }),
    );
  });
  it("survives continue-as-new: the state is the same after a trip through JSON", () => {
    const state = play([
      { kind: "entered", phase: "pregame" },
      { kind: "proposed", intent: intent("pregame-anchored") },
      placed("pregame-anchored", "a"),
      { kind: "killed", level: "reduce-only" },
    ]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(state.strategies.map(({ strategy }) => strategy)).toEqual([...USUAL_STRATEGIES]);
  });
});
