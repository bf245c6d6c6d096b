import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notional, proceeds } from "./notional.ts";
import {
  countCenti,
  formatCount,
  formatUsd,
  instant,
  parseDecimal,
  positionCenti,
  priceMicros,
  probability,
  usdMicros,
} from "./units.ts";

const integers = fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 });

describe("units", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(integers, (value) => {
        expect(parseDecimal(formatUsd(value), 6)).toBe(value);
        expect(parseDecimal(formatCount(value), 2)).toBe(value);
      }),
    );
  });

  it("are written as plain decimals", () => {
    expect(formatUsd(-1_250_000)).toBe("-1.250000");
    expect(formatUsd(7)).toBe("0.000007");
    expect(formatCount(1_050)).toBe("10.50");
    expect(() => formatUsd(0.5)).toThrow("exact integer");
  });

  it("are read with any number of trailing zeros, and only when they fit the scale", () => {
    expect(parseDecimal("0.5600", 6)).toBe(560_000);
    expect(parseDecimal("0.560000000", 6)).toBe(560_000);
    expect(parseDecimal("-0", 6)).toBe(0);
    for (const text of [
      "0.0000001",
      "1e3",
      ".5",
      "1.",
      "+1",
      " 1",
      "NaN",
      "",
      "99999999999999999",
    ]) {
      expect(parseDecimal(text, 6)).toBeNull();
    }
  });

  it("refuse what is out of their range", () => {
    for (const value of [0, 1_000_000, 0.5, NaN, -1]) expect(() => priceMicros(value)).toThrow();
    for (const value of [-1, 0.5, NaN, Infinity]) expect(() => countCenti(value)).toThrow();
    for (const value of [-0.1, 1.1, NaN]) expect(() => probability(value)).toThrow();
    for (const value of [0.5, NaN, 2 ** 53]) {
      expect(() => usdMicros(value)).toThrow();
      expect(() => positionCenti(value)).toThrow();
      expect(() => instant(value)).toThrow();
    }
    expect(Object.is(usdMicros(-0), 0)).toBe(true);
  });

  it("make a notional that never falls short of the debit, and proceeds never above the credit", () => {
    const prices = fc.integer({ min: 1, max: 999_999 }).map(priceMicros);
    const counts = fc.integer({ min: 0, max: 900_000_000 }).map(countCenti);
    fc.assert(
      fc.property(prices, counts, (price, count) => {
        const exact = BigInt(price) * BigInt(count);
        expect(BigInt(notional(price, count))).toBe((exact + 99n) / 100n);
        expect(BigInt(proceeds(price, count))).toBe(exact / 100n);
      }),
    );
    expect(() => notional(priceMicros(999_999), countCenti(9_100_000_000))).toThrow(
      "exact integer",
    );
  });
});
