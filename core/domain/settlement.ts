import { assert } from "./assert.ts";
import type { MarketResult } from "./market.ts";
import { type CountCenti, countCenti, ONE_USD_MICROS, type UsdMicros, usdMicros } from "./units.ts";

/**
 * What one YES contract pays, in micros: 1 USD, nothing, or the value the venue states for a scalar.
 *
 * @throws InvariantError when a scalar result has no value from 0 to 1 USD.
 */
export function settlementValue(result: MarketResult, scalarValue: UsdMicros | null): UsdMicros {
  if (result === "yes") return usdMicros(ONE_USD_MICROS);
  if (result === "no") return usdMicros(0);
  const isValid = scalarValue !== null && scalarValue >= 0 && scalarValue <= ONE_USD_MICROS;
  assert(isValid, "a scalar result states a value from 0 to 1 USD");
  return scalarValue;
}

/** What is held of either side, by a signed position: YES positive, NO negative. */
export function sidesOf(position: number): { readonly yes: CountCenti; readonly no: CountCenti } {
  return { yes: countCenti(Math.max(0, position)), no: countCenti(Math.max(0, 0 - position)) };
}

/**
 * Cash paid for contracts held at settlement: YES pays the value, NO the rest of the dollar.
 * Rounds down to the micro-dollar, once for both.
 *
 * @throws InvariantError when the value lies outside 0 to 1 USD, or the product is not exact.
 */
export function settlementRevenue(
  value: UsdMicros,
  held: { readonly yes: CountCenti; readonly no: CountCenti },
): UsdMicros {
  assert(value >= 0 && value <= ONE_USD_MICROS, "0 <= settlement value <= 1 USD");
  const product = value * held.yes + (ONE_USD_MICROS - value) * held.no;
  assert(Number.isSafeInteger(product), "value * count is an exact integer");
  return usdMicros(Math.floor(product / 100));
}
