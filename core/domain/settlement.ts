import { assert } from "./assert.ts";
import type { Market, MarketResult } from "./market.ts";
import {
  type CountCenti,
  countCenti,
  type Instant,
  instant,
  ONE_USD_MICROS,
  type UsdMicros,
  usdMicros,
} from "./units.ts";

/**
 * What one YES contract pays, in micros: 1 USD, nothing, or the value the venue states for a scalar.
 *
 * @throws InvariantError when a scalar result has no value from 0 to 1 USD.
 */
export function settlementValue(result: MarketResult, scalarValue: UsdMicros | null): UsdMicros {
  if (result === "yes") return usdMicros(ONE_USD_MICROS);
  if (result === "no") return usdMicros(0);
  const isValid = scalarValue !== null && isPayout(scalarValue);
  assert(isValid, "a scalar result states a value from 0 to 1 USD");
  return scalarValue;
}

/** Whether one YES contract can pay this: 0 to 1 USD, micros. */
function isPayout(value: UsdMicros): boolean {
  return value >= 0 && value <= ONE_USD_MICROS;
}

/** What a market resolved to and one YES contract pays, micros. A void one pays back what is held there cost. */
export type SettlementWord =
  | { readonly result: MarketResult; readonly value: UsdMicros }
  | { readonly result: "void"; readonly value: null };

/** The word of a market that came to no result. */
export const VOID: SettlementWord = { result: "void", value: null };

/** Why nothing can be paid by what a venue says: the field in its own words, and what is wrong with it. */
export interface WordFault {
  readonly field: "result" | "settlement_value_dollars";
  readonly reason: string;
}

/**
 * Reads the final word of a market, which is outside input: what contradicts itself is no word.
 *
 * @returns a fault without a result, for a scalar without a value from 0 to 1 USD, and for a yes or no
 * beside a value that is not what it pays.
 */
export function readWord({
  result,
  settlementValue: stated,
}: Pick<Market, "result" | "settlementValue">): SettlementWord | WordFault {
  if (result === null) return { field: "result", reason: "it has none" };
  if (result === "scalar") {
    if (stated !== null && isPayout(stated)) return { result, value: stated };
    const reason =
      stated === null
        ? "a scalar states none"
        : `a scalar states ${stated} micros, which lies outside of 0 to 1 USD`;
    return { field: "settlement_value_dollars", reason };
  }
  const value = settlementValue(result, null);
  if (stated === null || stated === value) return { result, value };
  return { field: "settlement_value_dollars", reason: `${stated} micros beside a ${result}` };
}

/** Whether the venue states neither how a market resolved nor what it pays: a market's word has no void. */
export function isSilent(market: Pick<Market, "result" | "settlementValue">): boolean {
  return market.result === null && market.settlementValue === null;
}

/** A catalogue may lag for this long after the venue called a market final, run milliseconds. */
const VOID_AFTER_MS = 10 * 60_000;

/** Whether a market that the venue calls final has stayed silent for so long that it is void. */
export function isVoid(
  market: Pick<Market, "result" | "settlementValue" | "settledAt" | "closeAt">,
  at: Instant,
): boolean {
  return isSilent(market) && at >= voidAt(market);
}

/** When a market that the venue calls final is void, should it stay silent. */
export function voidAt({ settledAt, closeAt }: Pick<Market, "settledAt" | "closeAt">): Instant {
  return instant((settledAt ?? closeAt) + VOID_AFTER_MS);
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

/**
 * Cash paid by a word for contracts held, micros: a void market returns what they cost, fees excluded, and
 * any other pays as `settlementRevenue` says.
 *
 * @param cost what the contracts that are held cost, micros.
 */
export function wordRevenue(
  word: SettlementWord,
  held: { readonly yes: CountCenti; readonly no: CountCenti },
  cost: UsdMicros,
): UsdMicros {
  return word.result === "void" ? cost : settlementRevenue(word.value, held);
}

/**
 * Whether the words of a game's markets can be true together: one winner where both are there, a scalar
 * value of all, or all void. For a moment they are not, while the venue corrects one after the other.
 */
export function agree(words: readonly SettlementWord[]): boolean {
  for (const nobody of ["scalar", "void"] as const) {
    if (words.some(({ result }) => result === nobody)) {
      return words.every(({ result }) => result === nobody);
    }
  }
  return words.length < 2 || words.filter(({ result }) => result === "yes").length === 1;
}
