import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type GameFact,
  type GameState,
  isLaterPhase,
  newGame,
  shownPhase,
  stepGame,
  strategyState,
} from "./game.ts";
import type { KillLevel } from "./kill.ts";
import { type GameIntent, USUAL_STRATEGIES, type GameStrategy } from "./order.ts";
import { countCenti, instant, priceMicros } from "./units.ts";

/** What one order of the model became. */
interface ModelOrder {
  readonly id: string;
  readonly strategy: GameStrategy;
  readonly purpose: "entry" | "exit";
  fate: "open" | "filled" | "unfilled";
}

/** What happened, told plainly: everything that the reducer keeps can be counted from it. */
interface Model {
  readonly proposed: { strategy: GameStrategy; isPregameEntry: boolean; isLock: boolean }[];
  readonly orders: ModelOrder[];
  /** Strategies of the locks that a kill refused: no attempts. */
  readonly killedLocks: GameStrategy[];
  readonly refusedBeforeEntry: Set<GameStrategy>;
  readonly left: Set<GameStrategy>;
  refusals: number;
  killLevel: KillLevel | null;
  isPaused: boolean;
}

/** The reducer under test: the state after every fact so far. */
interface Real {
  state: GameState;
}

type GameCommand = fc.Command<Model, Real>;

const LEVELS: readonly KillLevel[] = ["no-entries", "reduce-only", "cancel-all", "flatten"];
const LATER = instant(1_000);

const intentOf = (
  strategy: GameStrategy,
  phase: "pregame" | "live",
  kind: "entry" | "lock" | "take-profit",
): GameIntent => ({
  strategy,
  purpose: kind === "entry" ? "entry" : "exit",
  exitType: kind === "entry" ? null : kind,
  phase,
  marketTicker: "KXNBAGAME-26NOV20BOSNYK-NYK",
  eventTicker: "KXNBAGAME-26NOV20BOSNYK",
  exchangeIndex: 3,
  side: "bid",
  count: countCenti(100),
  isReduceOnly: kind !== "entry",
  limitPrice: priceMicros(500_000),
  fairValue: priceMicros(600_000),
  edgeMicros: 50_000,
  plan: {
    price: priceMicros(500_000),
    timeInForce: "immediate_or_cancel",
    isPostOnly: false,
    expectedFillProbability: 0.9,
    expectedPrice: priceMicros(500_000),
  },
  mayTakeFallback: false,
});

/** One fact, what it means to the model, and whether the reducer must refuse it. */
function command(
  name: string,
  fact: (model: Readonly<Model>) => GameFact | null,
  learn: (model: Model, fact: GameFact) => void,
  isForbidden: (model: Readonly<Model>) => boolean = () => false,
): GameCommand {
  return {
    check: (model) => fact(model) !== null,
    run: (model, real) => {
      const told = fact(model);
      if (told === null) return;
      const before = real.state;
      if (isForbidden(model)) {
        expect(() => stepGame(before, told)).toThrow();
        expect(real.state).toBe(before);
        return;
      }
      real.state = stepGame(before, told);
      learn(model, told);
      agree(model, real.state, before);
    },
    toString: () => name,
  };
}

function agree(model: Model, state: GameState, before: GameState): void {
  const open = model.orders.filter(({ fate }) => fate === "open");
  expect(state.openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual(
    open.map(({ id }) => id),
  );
  expect(state.decisionSeq).toBe(model.proposed.length);
  expect(state.counts).toEqual({
    decisions: model.proposed.length,
    orders: model.orders.length,
    refusals: model.refusals,
  });
  for (const strategy of USUAL_STRATEGIES) {
    const own = model.proposed.filter((one) => one.strategy === strategy);
    const entries = model.orders.filter(
      (one) => one.strategy === strategy && one.purpose === "entry" && one.fate !== "unfilled",
    );
    const kept = strategyState(state, strategy);
    expect(kept.entries).toBe(entries.length);
    expect(kept.pregameAttempts).toBe(own.filter(({ isPregameEntry }) => isPregameEntry).length);
    expect(kept.pregameAttempts).toBeLessThanOrEqual(1);
    const killed = model.killedLocks.filter((one) => one === strategy);
    expect(kept.lockAttempts).toBe(own.filter(({ isLock }) => isLock).length - killed.length);
    expect(kept.hasExited).toBe(model.left.has(strategy));
    const isSpent =
      model.refusedBeforeEntry.has(strategy) ||
      model.orders.some(
        (one) => one.strategy === strategy && one.purpose === "entry" && one.fate === "unfilled",
      );
    expect(kept.disabledBecause !== null).toBe(strategy === "pregame-anchored" && isSpent);
  }
  expect(isLaterPhase(state.phase, before.phase)).toBe(false);
  expect(state.killLevel).toBe(model.killLevel);
  expect(state.entriesPausedBecause !== null).toBe(model.isPaused);
  if (model.killLevel === null) expect(shownPhase(state)).toBe(state.phase);
  // Carried by continue-as-new: nothing of it may be lost in JSON.
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
}

const strategy = fc.constantFrom(...USUAL_STRATEGIES);
const nothing = (): void => undefined;

const entering = fc
  .constantFrom("pregame", "live", "closing", "final")
  .map((phase) =>
    command(`enter ${phase}`, () => ({ kind: "entered", phase: phase as "pregame" }), nothing),
  );

const ending = fc
  .constantFrom<GameFact>(
    { kind: "determined" },
    { kind: "settled", result: "home" },
    { kind: "settled", result: "void" },
    { kind: "scored" },
  )
  .map((fact) => command(fact.kind, () => fact, nothing));

const proposing = fc
  .record({
    strategy,
    phase: fc.constantFrom("pregame" as const, "live" as const),
    kind: fc.constantFrom("entry" as const, "lock" as const, "take-profit" as const),
  })
  .map(({ strategy: by, phase, kind }) => {
    const isPregameEntry = phase === "pregame" && kind === "entry";
    return command(
      `${by} proposes a ${phase} ${kind}`,
      () => ({ kind: "proposed", intent: intentOf(by, phase, kind) }),
      (model) => model.proposed.push({ strategy: by, isPregameEntry, isLock: kind === "lock" }),
      ({ proposed }) =>
        isPregameEntry && proposed.some((one) => one.strategy === by && one.isPregameEntry),
    );
  });

const refusing = fc
  .record({ by: strategy, code: fc.constantFrom("spread", "kill_level", "kill_switch") })
  .map(({ by, code }) => {
    /** It answers the strategy's last proposal, or an entry where that was refused already. */
    const isLock = ({ proposed, killedLocks }: Readonly<Model>): boolean =>
      proposed.filter((one) => one.strategy === by && one.isLock).length >
      killedLocks.filter((one) => one === by).length;
    return command(
      `${by} is refused: ${code}`,
      (model) => ({
        ...{ kind: "refused", strategy: by, code, retryAt: LATER },
        exitType: isLock(model) ? "lock" : null,
      }),
      (model) => {
        if (isLock(model) && code !== "spread") model.killedLocks.push(by);
        model.refusals += 1;
        const holds = model.orders.some(
          (one) => one.strategy === by && one.purpose === "entry" && one.fate !== "unfilled",
        );
        if (!holds) model.refusedBeforeEntry.add(by);
      },
    );
  });

const placing = fc
  .record({ strategy, purpose: fc.constantFrom("entry" as const, "exit" as const) })
  .map(({ strategy: by, purpose }) =>
    command(
      `${by} places an ${purpose}`,
      ({ orders }) => ({
        kind: "placed",
        strategy: by,
        purpose,
        clientOrderId: `o${orders.length}`,
      }),
      (model) =>
        model.orders.push({ id: `o${model.orders.length}`, strategy: by, purpose, fate: "open" }),
    ),
  );

const closing = fc
  .record({ which: fc.nat(8), hasFilled: fc.boolean() })
  .map(({ which, hasFilled }) => {
    const find = ({ orders }: Readonly<Model>): ModelOrder | undefined =>
      orders[which % Math.max(1, orders.length)];
    return command(
      `order ${which} closes`,
      (model) => {
        const order = find(model);
        if (order === undefined) return null;
        const { id: clientOrderId, strategy: by, purpose } = order;
        return {
          kind: "order-closed",
          clientOrderId,
          strategy: by,
          purpose,
          hasFilled,
          retryAt: LATER,
        };
      },
      (model) => {
        const order = find(model);
        if (order) order.fate = hasFilled ? "filled" : "unfilled";
      },
      (model) => find(model)?.fate !== "open",
    );
  });

const leaving = strategy.map((by) =>
  command(
    `${by} is flat`,
    () => ({ kind: "flat", strategy: by }),
    (model) => model.left.add(by),
  ),
);

const stopping = fc.oneof(
  fc.constantFrom(...LEVELS).map((level) =>
    command(
      `kill ${level}`,
      () => ({ kind: "killed", level }),
      (model) => {
        const held = model.killLevel === null ? -1 : LEVELS.indexOf(model.killLevel);
        if (LEVELS.indexOf(level) > held) model.killLevel = level;
      },
    ),
  ),
  fc.constant(
    command(
      "resume",
      () => ({ kind: "resumed" }),
      (model) => {
        model.killLevel = null;
        model.isPaused = false;
      },
    ),
  ),
  fc.constant(
    command(
      "pause entries",
      () => ({ kind: "entries-paused", reason: "test" }),
      (model) => {
        model.isPaused = true;
      },
    ),
  ),
);

it("keeps of a game what can be counted from its facts, over any sequence of them", () => {
  const commands = fc.commands(
    [
      entering,
      ending,
      proposing,
      proposing,
      refusing,
      placing,
      placing,
      closing,
      closing,
      leaving,
      stopping,
    ],
    { maxCommands: 60 },
  );
  fc.assert(
    fc.property(commands, (sequence) => {
      fc.modelRun(
        () => ({
          model: {
            proposed: [],
            orders: [],
            killedLocks: [],
            refusedBeforeEntry: new Set<GameStrategy>(),
            left: new Set<GameStrategy>(),
            refusals: 0,
            killLevel: null,
            isPaused: false,
          },
          real: { state: newGame() },
        }),
        sequence,
      );
    }),
    { seed: 20_261_129, numRuns: 400 },
  );
});
