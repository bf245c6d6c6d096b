import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chargeFee, type FeeFill, feePerContract, NO_FEES_CHARGED, tradeFee } from "./fees.ts";
import type { FeeSchedule } from "./market.ts";
import { countCenti, priceMicros } from "./units.ts";

const NBA: FeeSchedule = { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 };

const schedules = fc.record({
  kind: fc.constantFrom<FeeSchedule["kind"]>(
    "quadratic",
    "quadratic_with_maker_fees",
    "quadratic_with_combo_maker_fees",
  ),
  multiplierMilli: fc.integer({ min: 0, max: 3_000 }),
});
const fills = fc.record({
  liquidity: fc.constantFrom("maker" as const, "taker" as const),
  price: fc.integer({ min: 1, max: 999_999 }).map(priceMicros),
  count: fc.integer({ min: 1, max: 5_000_000 }).map(countCenti),
});

/** The rule of the fee page as a fraction of USD: M * 0.07 * k * C * P * (1 - P). */
function modelFee(schedule: FeeSchedule, fill: FeeFill): readonly [bigint, bigint] {
  const k = { quadratic: 0n, quadratic_with_maker_fees: 25n, quadratic_with_combo_maker_fees: 50n };
  const share = fill.liquidity === "taker" ? 100n : k[schedule.kind];
  const price = BigInt(fill.price);
  const numerator =
    BigInt(schedule.multiplierMilli) *
    7n *
    share *
    BigInt(fill.count) *
    price *
    (1_000_000n - price);
  // Thousandths, 0.07 as 7/100, k in hundredths, count in hundredths, price twice in millionths.
  return [numerator, 1_000n * 100n * 100n * 100n * 1_000_000n * 1_000_000n];
}

function ceilTo100Micros(numerator: bigint, denominator: bigint): number {
  const scaled = numerator * 10_000n;
  return Number((scaled + denominator - 1n) / denominator) * 100;
}

describe("fees", () => {
  // From the fee schedule's worked examples: price, contracts, taker and maker fee in micros.
  it.each([
    [0.03, 1, 2_100, 600],
    [0.03, 100, 203_700, 51_000],
    [0.1, 10, 63_000, 15_800],
    [0.25, 1, 13_200, 3_300],
    [0.25, 100, 1_312_500, 328_200],
    [0.37, 10, 163_200, 40_800],
    [0.5, 1, 17_500, 4_400],
    [0.5, 10, 175_000, 43_800],
    [0.5, 100, 1_750_000, 437_500],
    [0.8, 100, 1_120_000, 280_000],
    [0.97, 10, 20_400, 5_100],
  ])("at %d for %d contracts are as in the worked example", (dollars, contracts, taker, maker) => {
    const price = priceMicros(Math.round(dollars * 1_000_000));
    const count = countCenti(contracts * 100);
    expect(tradeFee(NBA, "taker", price, count)).toBe(taker);
    expect(tradeFee(NBA, "maker", price, count)).toBe(maker);
    expect(tradeFee({ ...NBA, kind: "quadratic" }, "maker", price, count)).toBe(0);
  });

  it("of an order that fills in one piece are the model fee rounded up to 0.0001 USD", () => {
    fc.assert(
      fc.property(schedules, fills, (schedule, fill) => {
        const fee = tradeFee(schedule, fill.liquidity, fill.price, fill.count);
        expect(fee).toBe(ceilTo100Micros(...modelFee(schedule, fill)));
      }),
    );
  });

  it("of an order sum to the model fees of its fills, rounded up once, and are never negative", () => {
    fc.assert(
      fc.property(schedules, fc.array(fills, { minLength: 1, maxLength: 30 }), (schedule, list) => {
        let accumulator = NO_FEES_CHARGED;
        let charged = 0;
        let model = 0n;
        for (const fill of list) {
          const [numerator, denominator] = modelFee(schedule, fill);
          const result = chargeFee(accumulator, schedule, fill);
          expect(result.fee).toBeGreaterThanOrEqual(0);
          accumulator = result.accumulator;
          expect(Number.isSafeInteger(accumulator.credit)).toBe(true);
          charged += result.fee;
          model += numerator;
          expect(charged).toBe(ceilTo100Micros(model, denominator));
        }
      }),
    );
  });

  it("do not depend on the outcome whose price is taken", () => {
    fc.assert(
      fc.property(schedules, fills, (schedule, { liquidity, price, count }) => {
        const other = priceMicros(1_000_000 - price);
        expect(tradeFee(schedule, liquidity, price, count)).toBe(
          tradeFee(schedule, liquidity, other, count),
        );
      }),
    );
  });

  it("are estimated for one contract within the rounding of the charge", () => {
    fc.assert(
      fc.property(schedules, fills, (schedule, { liquidity, price }) => {
        const estimate = feePerContract(schedule, liquidity, price);
        const charged = tradeFee(schedule, liquidity, price, countCenti(100));
        expect(charged - estimate).toBeGreaterThanOrEqual(-1e-6);
        expect(charged - estimate).toBeLessThan(100);
      }),
    );
  });
});
