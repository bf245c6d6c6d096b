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
import { blendForecast, blendVersion, isLastingBeforeTip } from "../models/blend.ts";
import { type DecisionConfig, hasSettings } from "./config.ts";
import type { EntryContext } from "./entry.ts";
import { decideExit } from "./exits.ts";
import { InputCheck } from "./input-check.ts";
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
  return new Decider(config, strategies).decide(input);
}

/** What one look at a game comes to; good until the next look. */
export interface Look {
  /** With the codes, edges and intents of the whole decision, and the numbers of what is proposed. */
  readonly verdicts: readonly Verdict[];
  /** The ages of its terms may be those of an earlier look. */
  readonly forecast: Forecast;
  readonly route?: Route;
}

/** Decides on one game over and over: the live watch and the backtest have one for each game. */
export interface GameDecider {
  /**
   * Looks at what may be written over once the next look begins. What only a record shows is left out, and
   * the forecast is made when it is read.
   */
  readonly look: (input: DecisionInput) => Look;
  /** The whole decision, as it is recorded. */
  readonly decide: (input: DecisionInput) => DecisionOutput;
}

/** `GameDecider` by the strategies of the registry, or others. */
export class Decider implements GameDecider {
  readonly #config: DecisionConfig;
  readonly #strategies: readonly GameStrategyDefinition[];
  #asking: Asking | null = null;
  readonly #check = new InputCheck();
  /** The strategies of the last input, and who is asked for them. */
  #planned: readonly StrategyInput[] = NO_STRATEGIES;
  #plan: readonly Planned[] = [];

  constructor(config: DecisionConfig, strategies: readonly GameStrategyDefinition[] = BUILT_IN) {
    this.#config = config;
    this.#strategies = strategies;
  }

  /** `strategies` of the input is another list when anything about them is another. */
  look(input: DecisionInput): Look {
    return this.#ask(input, true);
  }

  decide(input: DecisionInput): DecisionOutput {
    const { forecast, verdicts, route } = this.#ask(input, false);
    const decided = { schemaVersion: 1, forecast, verdicts } as const;
    return route === undefined ? decided : { ...decided, route };
  }

  #ask(input: DecisionInput, isBrief: boolean): Look {
    const fault = this.#check.fault(input);
    if (input.strategies !== this.#planned) this.#planFor(input.strategies);
    if (fault === null) {
      this.#asking ??= new Asking(this.#config, input);
      return this.#asking.all(input, this.#plan, isBrief);
    }
    return {
      forecast: { ...NO_FORECAST, modelVersion: blendVersion(this.#config.forecast) },
      verdicts: this.#plan.map(({ name }) => verdict(name, "invalid_input", { detail: fault })),
    };
  }

  #planFor(inputs: readonly StrategyInput[]): void {
    this.#planned = inputs;
    if (isPlanOf(this.#plan, inputs)) return;
    this.#plan = planOf(inputs, this.#config, this.#strategies);
  }
}

/** A strategy that is asked, by its place among those of the input; without a definition it says so. */
interface Planned {
  readonly name: GameStrategy;
  readonly index: number;
  readonly definition: GameStrategyDefinition | null;
}

/** Whether the same strategies stand at the same places: which they are never changes within a game. */
function isPlanOf(plan: readonly Planned[], inputs: readonly StrategyInput[]): boolean {
  if (plan.length !== inputs.length) return false;
  for (const { name, index } of plan) if (inputs[index]?.strategy !== name) return false;
  return true;
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

/**
 * The decision that is being made while its strategies are asked, one after the other: one object for all
 * decisions of a game. The forecast is made when it is asked for.
 */
class Asking implements EntryContext, Look {
  readonly config: DecisionConfig;
  input: DecisionInput;
  isBrief = false;
  route?: Route;
  strategies: readonly StrategyInput[] = NO_STRATEGIES;
  own: StrategyInput = NOBODY;
  weight: EntryContext["weight"] = null;
  verdicts: readonly Verdict[] = [];
  readonly #looked: Verdict[] = [];
  #forecast: Forecast | null = null;
  /** The last forecast before tip, and the readings that it is of. */
  #beforeTip: { readonly of: DecisionInput["readings"]; readonly forecast: Forecast } | null = null;

  constructor(config: DecisionConfig, input: DecisionInput) {
    this.config = config;
    this.input = input;
  }

  get forecast(): Forecast {
    this.#forecast ??= this.#lastBeforeTip() ?? this.#newForecast();
    return this.#forecast;
  }

  /** Before tip the same readings say the same at every look; only their ages, which records show, go on. */
  #lastBeforeTip(): Forecast | null {
    const { phase, readings } = this.input;
    const isSame = this.isBrief && phase === "pregame" && this.#beforeTip?.of === readings;
    return isSame ? (this.#beforeTip?.forecast ?? null) : null;
  }

  #newForecast(): Forecast {
    const { phase, readings } = this.input;
    const forecast = blendForecast(this.input, this.config.forecast);
    const isLasting = phase === "pregame" && isLastingBeforeTip(forecast);
    this.#beforeTip = isLasting ? { of: readings, forecast } : null;
    return forecast;
  }

  all(input: DecisionInput, plan: readonly Planned[], isBrief: boolean): Look {
    const { router } = this.config;
    this.input = input;
    this.isBrief = isBrief;
    this.strategies = input.strategies;
    this.#forecast = null;
    if (router !== undefined) this.route = routeOf(input, router);
    // A look is good until the next one, and so is its list.
    const verdicts = isBrief ? this.#looked : [];
    let count = 0;
    for (const planned of plan) verdicts[count++] = this.#answer(planned);
    if (verdicts.length > count) verdicts.length = count;
    this.verdicts = verdicts;
    return this;
  }

  #answer({ name, index, definition }: Planned): Verdict {
    const own = required(this.strategies[index], "a strategy that is asked");
    this.own = own;
    if (this.route !== undefined) this.weight = weightOf(this.route, own);
    if (definition === null) return verdict(name, "not_loaded");
    const answer = decideExit(this, definition.exit) ?? definition.entry(this);
    // With a shared position scope a proposal bars the strategies after it.
    if (answer.intent) this.strategies = this.strategies.with(index, withWorkingOrder(own));
    return answer;
  }
}

const NO_STRATEGIES: readonly StrategyInput[] = [];
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
