import type { Verdict } from "../domain/decision.ts";
import type { ExitType, GameIntent, GameStrategy } from "../domain/order.ts";

/** Every code a verdict may have, and what it means. Tables and reports key on them: add, never rename. */
export const VERDICTS = {
  propose: "An order is proposed.",
  hold: "A position is held and no exit applies.",
  locked: "Both sides are held in equal number: the result no longer matters.",
  exit_quote_stale: "An exit waits: the market's quote cannot be believed.",
  exit_no_bid: "An exit waits: nobody bids.",
  invalid_input: "A number of the input is missing, not finite or out of range.",
  disabled_by_config: "The strategy is switched off in the settings.",
  disabled: "The strategy is done for this game.",
  entries_paused: "Entries are paused.",
  not_pregame: "The strategy enters before tip only.",
  not_live: "The strategy enters while the game is played only.",
  closing: "The game is over or nearly so: no entries.",
  not_loaded:
    "The strategy is in the game and not in the settings or the code that run: it does nothing.",
  not_routed: "The router gives the strategy no weight in this regime.",
  no_model: "The strategy's model is not there.",
  no_features: "The features of the market are missing.",
  probability_low: "The model's probability is below the minimum.",
  own_refused: "The strategy's own code sees no entry.",
  own_failed: "The strategy's own code failed, or answered what cannot be used.",
  order_working: "An order of the strategy is still working.",
  cooling_down: "A refusal or an unfilled order was a moment ago.",
  attempt_used: "The one pregame attempt of the game is used.",
  entries_used: "The entries of the game are used.",
  no_reentry: "The strategy left its position whole and does not come back.",
  position_open: "A position is open, and scope or limits allow no other.",
  before_window: "The entry window has not opened.",
  after_window: "The entry window has closed.",
  no_live_score: "There is no live score, or it is reconstructed.",
  clock_stale: "The game clock cannot be believed.",
  too_late: "Too little is left on the game clock.",
  no_forecast: "No source of the forecast is left.",
  no_market: "No market of the game has a quote.",
  market_not_active: "The venue does not trade the market.",
  quote_stale: "The quote cannot be believed.",
  quote_old: "The quote is older than allowed.",
  one_sided: "A side of the book is empty.",
  crossed: "The bid is not below the ask.",
  spread_wide: "The spread is wider than allowed.",
  market_moving: "The price moved a moment ago: the feeds lag behind the market.",
  price_out_of_bounds: "The price is outside the strategy's bounds.",
  window_cold: "The rolling window is not warm yet.",
  range_narrow: "The window's range is narrower than the minimum.",
  deviation_small: "The price is too near to the window's mean, or above it.",
  above_low: "The price is further above the window's low than allowed.",
  forecast_disagrees: "The forecast speaks against the entry.",
  edge_below_threshold: "The edge after fees and spread is below the minimum.",
  no_price: "No price of the grid keeps the edge.",
  size_zero: "The stake buys less than one contract.",
  capital_spent: "The strategy's capital for this game does not buy one contract.",
} as const;

/** One of the verdict codes. */
export type VerdictCode = keyof typeof VERDICTS;

/** Builds a verdict without an order. Numbers that are not finite are left out. */
export function verdict(
  strategy: GameStrategy,
  code: VerdictCode,
  extra: {
    readonly edgeMicros?: number | null;
    readonly numbers?: Readonly<Record<string, number | null>>;
    readonly detail?: string | null;
  } = NOTHING,
): Verdict {
  if (extra === NOTHING) return known(strategy, code);
  return {
    strategy,
    code,
    edgeMicros: wholeOrNull(extra.edgeMicros ?? null),
    numbers: extra.numbers === undefined ? NO_NUMBERS : finiteOnly(extra.numbers),
    detail: extra.detail ?? null,
    intent: null,
    exitType: null,
  };
}

/** Verdicts that say no more than their code: nearly all of a night, and always the same few. */
const KNOWN = new Map<VerdictCode, readonly Verdict[]>();

function known(strategy: GameStrategy, code: VerdictCode): Verdict {
  const ofCode = KNOWN.get(code) ?? NONE_KNOWN;
  for (const one of ofCode) if (one.strategy === strategy) return one;
  const made = Object.freeze(plain(strategy, code));
  KNOWN.set(code, [...ofCode, made]);
  return made;
}

function plain(strategy: GameStrategy, code: VerdictCode): Verdict {
  return {
    strategy,
    code,
    edgeMicros: null,
    numbers: NO_NUMBERS,
    detail: null,
    intent: null,
    exitType: null,
  };
}

const NONE_KNOWN: readonly Verdict[] = [];
const NOTHING = {};
const NO_NUMBERS: Verdict["numbers"] = Object.freeze({});

/** Builds the verdict that proposes an order. */
export function proposal(
  intent: GameIntent,
  numbers: Readonly<Record<string, number | null>>,
  exitType: ExitType | null = null,
): Verdict {
  return {
    strategy: intent.strategy,
    code: "propose" satisfies VerdictCode,
    edgeMicros: intent.edgeMicros,
    numbers: finiteOnly(numbers),
    detail: null,
    intent,
    exitType,
  };
}

function wholeOrNull(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : wholeMicros(value);
}

/** Rounds an edge down to the micro-dollar, without a negative zero, which JSON would not keep. */
export function wholeMicros(value: number): number {
  return Math.floor(value) + 0;
}

function finiteOnly(
  numbers: Readonly<Record<string, number | null>>,
): Readonly<Record<string, number>> {
  if (areSound(numbers)) return numbers;
  const kept: Record<string, number> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value !== null && Number.isFinite(value)) kept[name] = value === 0 ? 0 : value;
  }
  return kept;
}

/** Whether all are numbers that JSON keeps: neither null nor infinite, and no negative zero. */
function areSound(
  numbers: Readonly<Record<string, number | null>>,
): numbers is Readonly<Record<string, number>> {
  for (const name in numbers) {
    const value = numbers[name] ?? Number.NaN;
    if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  }
  return true;
}
