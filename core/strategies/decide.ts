import type {
  DecisionInput,
  DecisionOutput,
  Forecast,
  Route,
  StrategyInput,
  Verdict,
} from "../domain/decision.ts";
import { required } from "../domain/assert.ts";
import { type GameStrategy, inSequence } from "../domain/order.ts";
import { usdMicros } from "../domain/units.ts";
import { blendForecast, blendVersion } from "../models/blend.ts";
import { type DecisionConfig, hasSettings } from "./config.ts";
import type { EntryContext } from "./entry.ts";
import { decideExit } from "./exits.ts";
import { inputFault } from "./input-check.ts";
import { BUILT_IN } from "./registry.ts";
import { routeOf } from "./router.ts";
import type { GameStrategyDefinition } from "./strategy.ts";
import { verdict } from "./verdicts.ts";

/**
 * Decides for one game at one instant: the forecast, and the verdict of each strategy that the input
 * has, in the sequence of the registry; a strategy with a position looks for its exit, else for its
 * entry. Pure: equal input, config and strategies give equal bytes. An input with an unsound number
 * proposes nothing, and nor does a strategy that is not among `strategies` or has no settings.
 */
export function decide(
  input: DecisionInput,
  config: DecisionConfig,
  strategies: readonly GameStrategyDefinition[] = BUILT_IN,
): DecisionOutput {
  const fault = inputFault(input);
  const plan = planOf(input.strategies, config, strategies);
  if (fault !== null) {
    return {
      schemaVersion: 1,
      forecast: { ...NO_FORECAST, modelVersion: blendVersion(config.forecast) },
      verdicts: plan.map(({ name }) => verdict(name, "invalid_input", { detail: fault })),
    };
  }
  const asking = new Asking(input, config, false);
  const verdicts = asking.all(plan);
  const { forecast, route } = asking;
  const decided = { schemaVersion: 1, forecast, verdicts } as const;
  return route === undefined ? decided : { ...decided, route };
}

/**
 * Asks the strategies of one game over and over, as `decide` does, for their verdicts alone: what only a
 * record shows, the forecast that nobody asked for among it, is not made. `decide` on the same input gives
 * the same codes, edges and intents.
 */
export class Glance {
  readonly #config: DecisionConfig;
  readonly #strategies: readonly GameStrategyDefinition[];
  /** The strategies of the last input, which were found sound, and who is asked for them. */
  #sound: readonly StrategyInput[] = [];
  #plan: readonly Planned[] = [];

  constructor(config: DecisionConfig, strategies: readonly GameStrategyDefinition[]) {
    this.#config = config;
    this.#strategies = strategies;
  }

  /** The verdicts at an input; its `strategies` are another list when anything about them is another. */
  verdicts(input: DecisionInput): readonly Verdict[] {
    const isNew = input.strategies !== this.#sound;
    const fault = inputFault(input, isNew);
    if (isNew) this.#plan = planOf(input.strategies, this.#config, this.#strategies);
    this.#sound = fault === null ? input.strategies : [];
    if (fault === null) return new Asking(input, this.#config, true).all(this.#plan);
    return this.#plan.map(({ name }) => verdict(name, "invalid_input", { detail: fault }));
  }
}

/** A strategy that is asked, by its place among those of the input; without a definition it says so. */
interface Planned {
  readonly name: GameStrategy;
  readonly index: number;
  readonly definition: GameStrategyDefinition | null;
}

function planOf(
  inputs: readonly StrategyInput[],
  config: DecisionConfig,
  strategies: readonly GameStrategyDefinition[],
): readonly Planned[] {
  return inSequence(inputs.map(({ strategy }) => strategy)).map((name) => {
    const found = strategies.find((one) => one.name === name);
    const isLoaded = found !== undefined && hasSettings(config.strategies, name);
    const index = inputs.findIndex(({ strategy }) => strategy === name);
    return { name, index, definition: isLoaded ? found : null };
  });
}

/** One decision while its strategies are asked, one after the other. The forecast is made when it is asked for. */
class Asking implements EntryContext {
  readonly input: DecisionInput;
  readonly config: DecisionConfig;
  readonly isBrief: boolean;
  readonly route: Route | undefined;
  strategies: readonly StrategyInput[];
  own: StrategyInput;
  weight: EntryContext["weight"] = null;
  #forecast: Forecast | null = null;

  constructor(input: DecisionInput, config: DecisionConfig, isBrief: boolean) {
    this.input = input;
    this.isBrief = isBrief;
    this.config = config;
    this.route = config.router === undefined ? undefined : routeOf(input, config.router);
    this.strategies = input.strategies;
    this.own = NOBODY;
  }

  get forecast(): Forecast {
    this.#forecast ??= blendForecast(this.input, this.config.forecast);
    return this.#forecast;
  }

  all(plan: readonly Planned[]): readonly Verdict[] {
    const verdicts: Verdict[] = [];
    for (const { name, index, definition } of plan) {
      const own = required(this.strategies[index], "a strategy that is asked");
      this.own = own;
      if (this.route !== undefined) this.weight = weightOf(this.route, own);
      const answer =
        definition === null
          ? verdict(name, "not_loaded")
          : (decideExit(this, definition.exit) ?? definition.entry(this));
      verdicts.push(answer);
      // With a shared position scope a proposal bars the strategies after it.
      if (answer.intent) this.strategies = this.strategies.with(index, withWorkingOrder(own));
    }
    return verdicts;
  }
}

const NOBODY: StrategyInput = {
  strategy: "model-edge",
  entries: 0,
  pregameAttempts: 0,
  lockAttempts: 0,
  hasExited: false,
  hasWorkingOrder: false,
  disabledBecause: null,
  retryAt: null,
  positions: [],
  capitalLeft: usdMicros(0),
};

function weightOf(route: Route, { strategy }: StrategyInput): EntryContext["weight"] {
  return route.weights.find((one) => one.strategy === strategy) ?? { home: 0, away: 0 };
}

function withWorkingOrder(own: StrategyInput): StrategyInput {
  return { ...own, hasWorkingOrder: true };
}

const NO_FORECAST: Omit<Forecast, "modelVersion"> = {
  homeProbability: null,
  sources: [],
  knownAt: null,
};
