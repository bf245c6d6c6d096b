import type { FeeSchedule } from "./market.ts";
import {
  type CountCenti,
  ONE_USD_MICROS,
  type PriceMicros,
  type UsdMicros,
  usdMicros,
} from "./units.ts";

/** Who rested and who crossed. */
export type Liquidity = "maker" | "taker";

/** One execution, as far as its fee needs it. The price may be the YES or the NO price: the fee is the same. */
export interface FeeFill {
  readonly liquidity: Liquidity;
  readonly price: PriceMicros;
  readonly count: CountCenti;
}

/**
 * What one order was charged beyond the sum of its model fees, because each charge is rounded up.
 * In units of 1/40_000_000_000_000 of a micro-dollar, from 0 to below one charging unit. JSON-safe.
 */
export interface FeeAccumulator {
  readonly credit: number;
}

/** The accumulator of an order that has not filled yet. */
export const NO_FEES_CHARGED: FeeAccumulator = { credit: 0 };

/** Fees are charged in units of 0.0001 USD: the precision of a direct member (since 2026-05-28). */
const CHARGE_UNIT_MICROS = 100;

/*
 * Model fee in USD: M * 0.07 * k * C * P * (1 - P), with P in dollars and C in contracts. With M in
 * thousandths, k in quarters, C in hundredths and P in micros the product of the integers
 *   7 * milli * quarters * centi * P * (1_000_000 - P)
 * counts 1 / (100 * 1000 * 4 * 100 * 10^12) USD, that is 1 / (4 * 10^13) of a micro-dollar.
 */
const FEE_UNITS_PER_MICRO = 40_000_000_000_000;
const FEE_UNITS_PER_CHARGE_UNIT = FEE_UNITS_PER_MICRO * CHARGE_UNIT_MICROS;

/** The maker's share of the taker fee, in quarters. Source: Kalshi's fee schedule, late 2026. */
const MAKER_QUARTERS: Readonly<Record<FeeSchedule["kind"], number>> = {
  quadratic: 0,
  quadratic_with_maker_fees: 1,
  quadratic_with_combo_maker_fees: 2,
};
const TAKER_QUARTERS = 4;

/**
 * Charges one fill of an order: the net over all its fills is the sum of their model fees, rounded
 * up once to 0.0001 USD. No fill's fee is negative.
 *
 * Counts in hundredths can leave revenue below 0.0001 USD, which the venue also floors away; that
 * residue belongs to the balance and is not part of this fee.
 *
 * @returns the fee in micros and the accumulator for the order's next fill.
 */
export function chargeFee(
  accumulator: FeeAccumulator,
  schedule: FeeSchedule,
  fill: FeeFill,
): { readonly fee: UsdMicros; readonly accumulator: FeeAccumulator } {
  const owed = modelFee(schedule, fill) - BigInt(accumulator.credit);
  if (owed <= 0n) return { fee: usdMicros(0), accumulator: { credit: Number(-owed) } };
  const unit = BigInt(FEE_UNITS_PER_CHARGE_UNIT);
  const charges = (owed + unit - 1n) / unit;
  return {
    fee: usdMicros(Number(charges) * CHARGE_UNIT_MICROS),
    accumulator: { credit: Number(charges * unit - owed) },
  };
}

/** Fee in micros of an order that fills in one piece: the model fee rounded up to 0.0001 USD. */
export function tradeFee(
  schedule: FeeSchedule,
  liquidity: Liquidity,
  price: PriceMicros,
  count: CountCenti,
): UsdMicros {
  return chargeFee(NO_FEES_CHARGED, schedule, { liquidity, price, count }).fee;
}

/** Model fee of one contract in micros, unrounded: an estimate for edges, never for the ledger. */
export function feePerContract(
  schedule: FeeSchedule,
  liquidity: Liquidity,
  price: PriceMicros,
): number {
  const share = (schedule.multiplierMilli / 1000) * (quarters(schedule, liquidity) / 4);
  return (0.07 * share * price * (ONE_USD_MICROS - price)) / ONE_USD_MICROS;
}

function quarters(schedule: FeeSchedule, liquidity: Liquidity): number {
  return liquidity === "taker" ? TAKER_QUARTERS : MAKER_QUARTERS[schedule.kind];
}

function modelFee(schedule: FeeSchedule, { liquidity, price, count }: FeeFill): bigint {
  const perHundredth = 7 * schedule.multiplierMilli * quarters(schedule, liquidity);
  return BigInt(perHundredth) * BigInt(count) * BigInt(price * (ONE_USD_MICROS - price));
}
