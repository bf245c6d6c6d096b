import fc from "fast-check";
import { expect, it } from "vitest";
import { type ContractBounds, hasStrike } from "./btc-contract.ts";
import {
  type ContractFact,
  type ContractState,
  entryBar,
  isLaterContractPhase,
  newContract,
  shownContractPhase,
  stepContract,
} from "./contract.ts";
import { KILL_LEVELS, type KillLevel } from "./kill.ts";
import type { MarketResult } from "./market.ts";
import { instant, usdMicros } from "./units.ts";

/** What one order of the model became. */
interface ModelOrder {
  readonly id: string;
  readonly purpose: "entry" | "exit";
  fate: "open" | "filled" | "unfilled";
}

/** What happened, told plainly: everything that the reducer keeps can be counted from it. */
interface Model {
  readonly orders: ModelOrder[];
  proposed: number;
  refused: number;
  hasExited: boolean;
  strike: number | null;
  killLevel: KillLevel | null;
  isPaused: boolean;
  isVenuePaused: boolean;
  isCanceled: boolean;
  isVoid: boolean;
  /** Every settlement that counted, in sequence, each unlike the one before it. */
  readonly payouts: number[];
  /** How many of them were scored. */
  scoredUpTo: number;
}

/** The reducer under test: the state after every fact so far. */
interface Real {
  state: ContractState;
}

type ContractCommand = fc.Command<Model, Real>;

const LATER = instant(1_000);
const BEFORE_CLOSE = instant(2_000);
const CLOSE = instant(3_000);
const nothing = (): void => undefined;

const holdsEntry = ({ orders }: Readonly<Model>): boolean =>
  orders.some(({ purpose, fate }) => purpose === "entry" && fate !== "unfilled");

/** One fact, what it means to the model, and whether the reducer must refuse it. */
function command(
  name: string,
  fact: (model: Readonly<Model>) => ContractFact | null,
  learn: (model: Model) => void = nothing,
  isForbidden: (model: Readonly<Model>) => boolean = () => false,
): ContractCommand {
  return {
    check: (model) => fact(model) !== null,
    run: (model, real) => {
      const told = fact(model);
      if (told === null) return;
      const before = real.state;
      if (isForbidden(model)) {
        expect(() => stepContract(before, told)).toThrow();
        return;
      }
      real.state = stepContract(before, told);
      learn(model);
      agree(model, real.state, before, told);
    },
    toString: () => name,
  };
}

function agree(
  model: Model,
  state: ContractState,
  before: ContractState,
  told: ContractFact,
): void {
  const open = model.orders.filter(({ fate }) => fate === "open");
  expect(state.openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual(
    open.map(({ id }) => id),
  );
  expect(state.entries).toBe(holdsEntry(model) ? 1 : 0);
  expect(state.decisionSeq).toBe(model.proposed);
  expect(state.counts).toEqual({
    decisions: model.proposed,
    orders: model.orders.length,
    refusals: model.refused,
  });
  expect(state.hasExited).toBe(model.hasExited);
  expect(state.bounds).toEqual({ kind: "at-or-above", strike: model.strike });
  expect(state.killLevel).toBe(model.killLevel);
  expect(state.entriesPausedBecause !== null).toBe(model.isPaused);
  expect(state.isVenuePaused).toBe(model.isVenuePaused);
  expect(state.canceledBecause !== null).toBe(model.isCanceled);
  agreeOnTheEnd(model, state);
  const isCorrection = told.kind === "settled" && before.phase === "scored";
  if (!isCorrection) expect(isLaterContractPhase(state.phase, before.phase)).toBe(false);
  if (state.phase === "entry-window") expect(hasStrike(state.bounds)).toBe(true);
  agreeOnEntries(model, state);
  // Carried by continue-as-new: nothing of it may be lost in JSON.
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
}

function agreeOnTheEnd(model: Model, state: ContractState): void {
  expect(state.phase === "void").toBe(model.isVoid);
  expect(state.result?.payout ?? null).toBe(model.payouts.at(-1) ?? null);
  expect(state.corrections).toBe(Math.max(0, model.payouts.length - 1));
  const hasSettled = model.payouts.length > 0;
  expect(state.phase === "settled").toBe(hasSettled && model.scoredUpTo < model.payouts.length);
  expect(state.phase === "scored").toBe(hasSettled && model.scoredUpTo === model.payouts.length);
}

/** Whatever came before: no entry under a brake, without a strike, or beside another. */
function agreeOnEntries(model: Model, state: ContractState): void {
  const isBraked =
    model.killLevel !== null || model.isPaused || model.isVenuePaused || model.isCanceled;
  if (isBraked || holdsEntry(model) || model.hasExited || model.strike === null) {
    expect(entryBar(state, BEFORE_CLOSE)).not.toBeNull();
  }
  expect(entryBar(state, CLOSE)).not.toBeNull();
  if (model.killLevel === null && !model.isVenuePaused) {
    expect(shownContractPhase(state)).toBe(state.phase);
  }
}

const entering = fc
  .constantFrom("open" as const, "entry-window" as const, "closing" as const)
  .map((phase) => command(`enter ${phase}`, () => ({ kind: "entered", phase })));

const readingBounds = fc.constantFrom(null, 80_000, 80_001).map((dollars) => {
  const strike = dollars === null ? null : usdMicros(dollars * 1_000_000);
  return command(
    `read strike ${dollars}`,
    () => ({ kind: "bounds-read", bounds: { kind: "at-or-above", strike } }),
    (model) => {
      model.strike = strike ?? model.strike;
    },
  );
});

const settling = fc
  .constantFrom<[MarketResult, number]>(["yes", 1_000_000], ["no", 0], ["scalar", 370_000])
  .map(([result, payout]) =>
    command(
      `settle ${result}`,
      () => ({ kind: "settled", result, scalarValue: usdMicros(payout), average: null }),
      (model) => {
        if (!model.isVoid && model.payouts.at(-1) !== payout) model.payouts.push(payout);
      },
    ),
  );

const ending = fc.constantFrom(
  command("determine", () => ({ kind: "determined" })),
  command(
    "void",
    () => ({ kind: "voided" }),
    (model) => {
      model.isVoid ||= model.payouts.length === 0;
    },
  ),
  command(
    "score",
    () => ({ kind: "scored" }),
    (model) => {
      model.scoredUpTo = model.payouts.length;
    },
    ({ isVoid, payouts }) => !isVoid && payouts.length === 0,
  ),
);

const purposes = fc.constantFrom("entry" as const, "exit" as const);

const proposing = purposes.map((purpose) =>
  command(
    `propose an ${purpose}`,
    () => ({ kind: "proposed", purpose }),
    (model) => {
      model.proposed += 1;
    },
    (model) => purpose === "entry" && holdsEntry(model),
  ),
);

const placing = purposes.map((purpose) =>
  command(
    `place an ${purpose}`,
    ({ orders }) => ({ kind: "placed", purpose, clientOrderId: `o${orders.length}` }),
    (model) => model.orders.push({ id: `o${model.orders.length}`, purpose, fate: "open" }),
    (model) => purpose === "entry" && holdsEntry(model),
  ),
);

const closing = fc
  .record({ which: fc.nat(5), hasFilled: fc.boolean() })
  .map(({ which, hasFilled }) => {
    const find = ({ orders }: Readonly<Model>): ModelOrder | undefined =>
      orders[which % Math.max(1, orders.length)];
    return command(
      `order ${which} closes`,
      (model) => {
        const order = find(model);
        if (order === undefined) return null;
        return {
          kind: "order-closed",
          clientOrderId: order.id,
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

const refusing = fc.constant(
  command(
    "refuse",
    () => ({ kind: "refused", code: "spread", retryAt: LATER }),
    (model) => {
      model.refused += 1;
    },
  ),
);

const stopping = fc.oneof(
  fc.constantFrom(...KILL_LEVELS).map((level) =>
    command(
      `kill ${level}`,
      () => ({ kind: "killed", level }),
      (model) => {
        const held = model.killLevel === null ? -1 : KILL_LEVELS.indexOf(model.killLevel);
        if (KILL_LEVELS.indexOf(level) > held) model.killLevel = level;
      },
    ),
  ),
  fc.constantFrom(
    command(
      "resume",
      () => ({ kind: "resumed" }),
      (model) => {
        model.killLevel = null;
        model.isPaused = false;
      },
    ),
    command(
      "pause entries",
      () => ({ kind: "entries-paused", reason: "test" }),
      (model) => {
        model.isPaused = true;
      },
    ),
    command(
      "the venue pauses",
      () => ({ kind: "venue-paused" }),
      (model) => {
        model.isVenuePaused = true;
      },
    ),
    command(
      "the venue resumes",
      () => ({ kind: "venue-resumed" }),
      (model) => {
        model.isVenuePaused = false;
      },
    ),
    command(
      "cancel",
      () => ({ kind: "canceled", reason: "test" }),
      (model) => {
        model.isCanceled = true;
      },
    ),
    command(
      "leave",
      () => ({ kind: "flat" }),
      (model) => {
        model.hasExited = true;
      },
    ),
  ),
);

it("keeps of a contract what can be counted from its facts, over any sequence of them", () => {
  const commands = fc.commands(
    [
      entering,
      entering,
      readingBounds,
      settling,
      ending,
      proposing,
      proposing,
      placing,
      closing,
      closing,
      refusing,
      stopping,
    ],
    { maxCommands: 60 },
  );
  const bounds: ContractBounds = { kind: "at-or-above", strike: null };
  fc.assert(
    fc.property(commands, (sequence) => {
      fc.modelRun(
        () => ({
          model: {
            orders: [],
            proposed: 0,
            refused: 0,
            hasExited: false,
            strike: null,
            killLevel: null,
            isPaused: false,
            isVenuePaused: false,
            isCanceled: false,
            isVoid: false,
            payouts: [],
            scoredUpTo: 0,
          },
          real: { state: newContract(bounds, CLOSE) },
        }),
        sequence,
      );
    }),
    { seed: 20_261_129, numRuns: 400 },
  );
});
