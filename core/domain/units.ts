import { assert } from "./assert.ts";

declare const unit: unique symbol;
/** A number that carries its unit in its type. Plain TypeScript: workflows bundle this file, and zod stays out of them. */
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** US dollars in millionths (1 USD = 1_000_000), signed: the venue quotes up to six decimals. */
export type UsdMicros = Unit<"UsdMicros">;
/**
 * Brands a number as micro-dollars.
 *
 * @throws InvariantError unless it is a safe integer.
 */
export function usdMicros(value: number): UsdMicros {
  assert(Number.isSafeInteger(value), "USD micros are an exact integer");
  return (value === 0 ? 0 : value) as UsdMicros;
}

/** Price of one $1 contract in micro-dollars, strictly between 0 and 1 USD. */
export type PriceMicros = Unit<"PriceMicros">;
/**
 * Brands a number as a price.
 *
 * @throws InvariantError unless it is an integer strictly between 0 and 1_000_000.
 */
export function priceMicros(value: number): PriceMicros {
  assert(Number.isInteger(value) && value > 0 && value < 1_000_000, "0 < price < 1 USD");
  return value as PriceMicros;
}

/** Contracts in hundredths (1 contract = 100): the venue's smallest tradable count. Never negative. */
export type CountCenti = Unit<"CountCenti">;
/**
 * Brands a number as a count of contracts in hundredths.
 *
 * @throws InvariantError unless it is a non-negative safe integer.
 */
export function countCenti(value: number): CountCenti {
  assert(Number.isSafeInteger(value) && value >= 0, "contracts are a count, in hundredths");
  return value as CountCenti;
}

/** A signed position in hundredths of a contract: YES positive, NO negative. */
export type PositionCenti = Unit<"PositionCenti">;
/**
 * Brands a number as a position.
 *
 * @throws InvariantError unless it is a safe integer.
 */
export function positionCenti(value: number): PositionCenti {
  assert(Number.isSafeInteger(value), "a position is an exact integer, in hundredths");
  return (value === 0 ? 0 : value) as PositionCenti;
}

/** A probability, 0 to 1 inclusive. */
export type Probability = Unit<"Probability">;
/**
 * Brands a number as a probability.
 *
 * @throws InvariantError when it is not finite or lies outside 0 to 1.
 */
export function probability(value: number): Probability {
  assert(Number.isFinite(value) && value >= 0 && value <= 1, "0 <= probability <= 1");
  return value as Probability;
}

/** An instant on a run's clock: Unix epoch milliseconds, UTC. */
export type Instant = Unit<"Instant">;
/**
 * Brands a number as an instant.
 *
 * @throws InvariantError unless it is a safe integer of milliseconds.
 */
export function instant(value: number): Instant {
  assert(Number.isSafeInteger(value), "an instant is whole milliseconds");
  return value as Instant;
}

/** 1 USD in micros: what one contract pays when its outcome is true. */
export const ONE_USD_MICROS = 1_000_000;
/** One whole contract in hundredths. */
export const ONE_CONTRACT_CENTI = 100;

/** Formats micros as a plain decimal string of dollars with six digits: `-1_250_000` is `"-1.250000"`. */
export function formatUsd(micros: number): string {
  assert(Number.isSafeInteger(micros), "USD micros are an exact integer");
  const sign = micros < 0 ? "-" : "";
  const absolute = Math.abs(micros);
  const whole = Math.floor(absolute / ONE_USD_MICROS);
  return `${sign}${String(whole)}.${String(absolute % ONE_USD_MICROS).padStart(6, "0")}`;
}

/** Formats hundredths as a decimal string of contracts with two digits: `1_050` is `"10.50"`. */
export function formatCount(centi: number): string {
  assert(Number.isSafeInteger(centi), "a count is an exact integer, in hundredths");
  const sign = centi < 0 ? "-" : "";
  const absolute = Math.abs(centi);
  const whole = Math.floor(absolute / ONE_CONTRACT_CENTI);
  return `${sign}${String(whole)}.${String(absolute % ONE_CONTRACT_CENTI).padStart(2, "0")}`;
}

/**
 * Parses a plain decimal string exactly into an integer scaled by `10 ** decimals`.
 *
 * Digits beyond the scale are accepted only when they are zero.
 *
 * @returns `null` when the text is not a plain decimal or does not fit the scale.
 */
export function parseDecimal(text: string, decimals: number): number | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (!/^0*$/.test(fraction.slice(decimals))) return null;
  const scaled = Number(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  if (!Number.isSafeInteger(scaled)) return null;
  return sign === "-" && scaled !== 0 ? -scaled : scaled;
}
