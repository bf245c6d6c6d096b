import type {
  DecisionInput,
  MarketInput,
  PositionInput,
  StrategyInput,
} from "../domain/decision.ts";
import { periodSeconds } from "../domain/game-clock.ts";
import { ONE_USD_MICROS } from "../domain/units.ts";

type Check = readonly [field: string, isSound: boolean];

/**
 * Finds the first number of an input that cannot be decided on: missing, not finite, not whole
 * where it must be, or out of its range. Readings of the forecast are judged one by one in the
 * blend, where an unsound one drops out.
 *
 * @returns the field's path, or `null` when all is sound.
 */
export function inputFault(input: DecisionInput): string | null {
  const checks: Check[] = [
    ["at", isWhole(input.at)],
    ["tipAt", isWhole(input.tipAt)],
    ["fees.multiplierMilli", isCount(input.fees.multiplierMilli)],
    ...clockChecks(input),
    ...input.markets.flatMap((market, i) => marketChecks(market, `markets.${i}`, input.at)),
    ...input.windows.flatMap((window, i): Check[] => [
      [`windows.${i}.low`, isPrice(window.low)],
      [`windows.${i}.high`, isPrice(window.high) && window.high >= window.low],
      [`windows.${i}.mean`, isPrice(window.mean)],
      [`windows.${i}.spanMs`, window.spanMs >= 0],
    ]),
    ...input.strategies.flatMap((one, i) => strategyChecks(one, `strategies.${i}`)),
  ];
  return checks.find(([, isSound]) => !isSound)?.[0] ?? null;
}

function clockChecks({ clock }: DecisionInput): Check[] {
  if (clock === null) return [];
  const { period, clockSeconds } = clock;
  return [
    ["clock.period", isCount(period) && period <= 20],
    ["clock.clockSeconds", clockSeconds >= 0 && clockSeconds <= periodSeconds(Math.max(1, period))],
    ["clock.homeScore", isCount(clock.homeScore)],
    ["clock.awayScore", isCount(clock.awayScore)],
    ["clock.sourceTime", isWhole(clock.sourceTime)],
    ["clock.receivedAt", isWhole(clock.receivedAt)],
  ];
}

function marketChecks(market: MarketInput, path: string, at: number): Check[] {
  const { quote } = market;
  const isQuotePrice = (price: number | null): boolean => price === null || isWholePrice(price);
  const isSize = (size: number | null): boolean => size === null || isCount(size);
  return [
    [`${path}.quote.bid`, isQuotePrice(quote.bid)],
    [`${path}.quote.ask`, isQuotePrice(quote.ask)],
    [`${path}.quote.bidSize`, isSize(quote.bidSize)],
    [`${path}.quote.askSize`, isSize(quote.askSize)],
    // Nothing may be known before it came.
    [`${path}.quote.receivedAt`, isWhole(quote.receivedAt) && quote.receivedAt <= at],
    [`${path}.recentVolume`, isSize(market.recentVolume)],
    [`${path}.recentRange`, market.recentRange === null || market.recentRange >= 0],
    [
      `${path}.grid`,
      market.grid.length > 0 && market.grid.every(({ stepMicros }) => stepMicros > 0),
    ],
  ];
}

function strategyChecks(one: StrategyInput, path: string): Check[] {
  return [
    [`${path}.entries`, isCount(one.entries)],
    [`${path}.pregameAttempts`, isCount(one.pregameAttempts)],
    [`${path}.lockAttempts`, isCount(one.lockAttempts)],
    [`${path}.capitalLeft`, isWhole(one.capitalLeft)],
    ...one.positions.flatMap((position, i) => positionChecks(position, `${path}.positions.${i}`)),
  ];
}

function positionChecks(position: PositionInput, path: string): Check[] {
  return [
    [`${path}.count`, isCount(position.count)],
    [`${path}.averagePrice`, isWholePrice(position.averagePrice)],
    [`${path}.feesPaid`, isCount(position.feesPaid)],
    [`${path}.openedAt`, isWhole(position.openedAt)],
  ];
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value);
const isCount = (value: number): boolean => isWhole(value) && value >= 0;
const isPrice = (value: number): boolean => value > 0 && value < ONE_USD_MICROS;
const isWholePrice = (value: number): boolean => isWhole(value) && isPrice(value);
