import { required } from "../domain/assert.ts";
import type {
  DecisionInput,
  GameClock,
  MarketInput,
  PositionInput,
  StrategyInput,
  WindowStats,
} from "../domain/decision.ts";
import { periodSeconds } from "../domain/game-clock.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";

/**
 * Finds the first number of an input that cannot be decided on: missing, not finite, not whole
 * where it must be, or out of its range. Readings of the forecast are judged one by one in the
 * blend, where an unsound one drops out. One for each game.
 *
 * It is asked for every decision, and nearly always finds nothing: paths are built where it does. Here and
 * wherever every quote of a backtest passes, lists are walked by index: what goes through an iterator is too
 * long for the compiler to put in its caller's place.
 */
export class InputCheck {
  /** What was found sound last. Neither is ever written over, and both are seldom others. */
  #strategies: DecisionInput["strategies"] | null = null;
  #grid: MarketInput["grid"] | null = null;

  /** @returns the field's path, or `null` when all is sound. */
  fault(input: DecisionInput): string | null {
    const { at, markets, windows, strategies } = input;
    if (!isWhole(at)) return "at";
    if (!isWhole(input.tipAt)) return "tipAt";
    if (!isCount(input.fees.multiplierMilli)) return "fees.multiplierMilli";
    const clockField = input.clock === null ? null : clockFault(input.clock);
    if (clockField !== null) return `clock.${clockField}`;
    for (let index = 0; index < markets.length; index += 1) {
      const market = required(markets[index], "a market");
      const field = this.#isSoundGrid(market.grid) ? marketFault(market, at) : "grid";
      if (field !== null) return `markets.${String(index)}.${field}`;
    }
    for (let index = 0; index < windows.length; index += 1) {
      const field = windowFault(required(windows[index], "a window"));
      if (field !== null) return `windows.${String(index)}.${field}`;
    }
    return strategies === this.#strategies ? null : this.#strategiesFault(strategies);
  }

  #isSoundGrid(grid: MarketInput["grid"]): boolean {
    if (grid === this.#grid) return true;
    if (!hasSteps(grid)) return false;
    this.#grid = grid;
    return true;
  }

  #strategiesFault(strategies: DecisionInput["strategies"]): string | null {
    for (const one of strategies) {
      const field = strategyFault(one);
      if (field !== null) return `strategies.${strategies.indexOf(one)}.${field}`;
    }
    this.#strategies = strategies;
    return null;
  }
}

function clockFault(clock: GameClock): string | null {
  const { period, clockSeconds } = clock;
  if (!(isCount(period) && period <= 20)) return "period";
  if (!(clockSeconds >= 0 && clockSeconds <= periodSeconds(Math.max(1, period)))) {
    return "clockSeconds";
  }
  if (!isCount(clock.homeScore)) return "homeScore";
  if (!isCount(clock.awayScore)) return "awayScore";
  if (!isWhole(clock.sourceTime)) return "sourceTime";
  return isWhole(clock.receivedAt) ? null : "receivedAt";
}

function marketFault(market: MarketInput, at: number): string | null {
  const { bid, ask, bidSize, askSize, receivedAt } = market.quote;
  if (!(bid === null || isWholePrice(bid))) return "quote.bid";
  if (!(ask === null || isWholePrice(ask))) return "quote.ask";
  if (!isSize(bidSize)) return "quote.bidSize";
  if (!isSize(askSize)) return "quote.askSize";
  // Nothing may be known before it came.
  if (!(isWhole(receivedAt) && receivedAt <= at)) return "quote.receivedAt";
  if (!isSize(market.recentVolume)) return "recentVolume";
  return market.recentRange === null || market.recentRange >= 0 ? null : "recentRange";
}

function hasSteps(grid: MarketInput["grid"]): boolean {
  for (const { stepMicros } of grid) if (!(stepMicros > 0)) return false;
  return grid.length > 0;
}

function windowFault({ low, high, mean, spanMs }: WindowStats): string | null {
  if (!isPrice(low)) return "low";
  if (!(isPrice(high) && high >= low)) return "high";
  if (!isPrice(mean)) return "mean";
  return spanMs >= 0 ? null : "spanMs";
}

function strategyFault(one: StrategyInput): string | null {
  if (!isCount(one.entries)) return "entries";
  if (!isCount(one.pregameAttempts)) return "pregameAttempts";
  if (!isCount(one.lockAttempts)) return "lockAttempts";
  if (!isWhole(one.capitalLeft)) return "capitalLeft";
  for (const position of one.positions) {
    const field = positionFault(position);
    if (field !== null) return `positions.${one.positions.indexOf(position)}.${field}`;
  }
  return null;
}

function positionFault(position: PositionInput): string | null {
  if (!isCount(position.count)) return "count";
  if (!isWholePrice(position.averagePrice)) return "averagePrice";
  if (!isCount(position.feesPaid)) return "feesPaid";
  return isWhole(position.openedAt) ? null : "openedAt";
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value);
const isCount = (value: number): boolean => isWhole(value) && value >= 0;
const isPrice = (value: number): boolean => value > 0 && value < ONE_USD_MICROS;
const isWholePrice = (value: number): boolean => isWhole(value) && isPrice(value);
const isSize = (size: number | null): boolean => size === null || isCount(size);
