import type { DecisionInput, MarketInput, Regime, Route, RouteWeight } from "../domain/decision.ts";
import { mid, spread } from "../domain/market.ts";
import type { GameStrategy } from "../domain/order.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";

/** Where the borders between regimes lie, micros. */
interface RegimeBorders {
  /** A game is volatile from this recent range of its livelier book, */
  readonly volatileRangeMicros: number;
  /** and thin from this spread of its wider one. */
  readonly thinSpreadMicros: number;
  /** A mid this far from 50 cents makes one team the favourite and the other the dog. */
  readonly favouriteGapMicros: number;
}

/** What a rule asks of the team whose contract is bought. */
type Standing = "favourite" | "dog" | "even";

/** One rule: where it fits, what the strategy's size is multiplied with. A field that is absent fits all. */
export interface RouterRule {
  readonly strategy: GameStrategy;
  readonly volatility?: Regime["volatility"];
  readonly liquidity?: Regime["liquidity"];
  readonly phase?: Regime["phase"];
  readonly standing?: Standing;
  /** 0 to 1; 0 keeps the strategy from entering. */
  readonly weight: number;
}

/** Which strategies may enter in which regime. Of a strategy's rules the first that fits counts; none means 1. */
export interface RouterConfig {
  readonly borders: RegimeBorders;
  readonly rules: readonly RouterRule[];
}

/** Stands in every route: raised when the same input and rules give another one. */
const ROUTER_VERSION = "router-1";

/**
 * The regime of a game, by its books and phase alone: nothing in it is a forecast, so it is known
 * wherever there are quotes, and known when they are.
 *
 * @returns `null` when no book that can be believed has both sides.
 */
export function regimeOf(input: DecisionInput, borders: RegimeBorders): Regime | null {
  const quoted = input.markets.filter((market) => homeMid(market) !== null);
  if (quoted.length === 0) return null;
  const range = Math.max(...quoted.map(({ recentRange }) => recentRange ?? 0));
  const width = Math.max(...quoted.map(({ quote }) => spread(quote) ?? 0));
  const mids = quoted.map((market) => homeMid(market) ?? 0);
  const lead = mids.reduce((sum, one) => sum + one, 0) / mids.length - ONE_USD_MICROS / 2;
  const isOneSided = Math.abs(lead) >= borders.favouriteGapMicros;
  return {
    volatility: range >= borders.volatileRangeMicros ? "volatile" : "calm",
    liquidity: width >= borders.thinSpreadMicros ? "thin" : "deep",
    phase: input.phase === "pregame" ? "pregame" : "live",
    favourite: isOneSided ? (lead > 0 ? "home" : "away") : "none",
  };
}

/** The regime in one word, for alerts and tables, such as `calm/deep/live/home`. */
export function regimeWord({ volatility, liquidity, phase, favourite }: Regime): string {
  return [volatility, liquidity, phase, favourite].join("/");
}

/**
 * What each strategy of the input may do in the regime of the instant: a weight for each team whose
 * contract it might buy. Exits are not routed.
 */
export function routeOf(input: DecisionInput, config: RouterConfig): Route {
  const regime = regimeOf(input, config.borders);
  const weights = input.strategies.map(({ strategy }): RouteWeight => {
    const of = (team: "home" | "away"): number =>
      regime === null ? 0 : weightOf(config.rules, strategy, regime, team);
    return { strategy, home: of("home"), away: of("away") };
  });
  return { regime, weights, version: ROUTER_VERSION };
}

function weightOf(
  rules: readonly RouterRule[],
  strategy: GameStrategy,
  regime: Regime,
  team: "home" | "away",
): number {
  const standing = standingOf(regime, team);
  const fits = (wanted: string | undefined, is: string): boolean =>
    wanted === undefined || wanted === is;
  const rule = rules.find(
    (one) =>
      one.strategy === strategy &&
      fits(one.volatility, regime.volatility) &&
      fits(one.liquidity, regime.liquidity) &&
      fits(one.phase, regime.phase) &&
      fits(one.standing, standing),
  );
  return rule?.weight ?? 1;
}

function standingOf({ favourite }: Regime, team: "home" | "away"): Standing {
  if (favourite === "none") return "even";
  return favourite === team ? "favourite" : "dog";
}

/** A market's middle as home's price, micros. @returns `null` when it has none, or none to believe. */
function homeMid({ quote, staleBecause, team }: MarketInput): number | null {
  const middle = mid(quote);
  if (middle === null || staleBecause !== null) return null;
  return team === "home" ? middle : ONE_USD_MICROS - middle;
}
