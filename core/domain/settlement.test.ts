import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  agree,
  isVoid,
  readWord,
  settlementRevenue,
  settlementValue,
  VOID,
  wordRevenue,
} from "./settlement.ts";
import { countCenti, instant, usdMicros } from "./units.ts";

const values = fc.integer({ min: 0, max: 1_000_000 }).map(usdMicros);
const counts = fc.integer({ min: 0, max: 100_000_000 }).map(countCenti);
const none = countCenti(0);

describe("settlement", () => {
  it("pays yes in full, no nothing, and a scalar its stated value", () => {
    expect(settlementValue("yes", null)).toBe(1_000_000);
    expect(settlementValue("no", null)).toBe(0);
    expect(settlementValue("scalar", usdMicros(430_000))).toBe(430_000);
    // 12.50 contracts at 0.43 USD: 12.5 * 0.43 = 5.375 USD.
    const held = { yes: countCenti(1_250), no: none };
    expect(settlementRevenue(usdMicros(430_000), held)).toBe(5_375_000);
  });

  it("refuses a scalar without a value from 0 to 1 USD", () => {
    expect(() => settlementValue("scalar", null)).toThrow("scalar result");
    expect(() => settlementValue("scalar", usdMicros(1_000_001))).toThrow("scalar result");
    const held = { yes: none, no: none };
    expect(() => settlementRevenue(usdMicros(-1), held)).toThrow("settlement value");
  });

  it("returns the cost of what is held in a void market, whichever side", () => {
    const cost = usdMicros(1_929_372);
    const count = countCenti(367);
    expect(wordRevenue(VOID, { yes: count, no: none }, cost)).toBe(cost);
    expect(wordRevenue(VOID, { yes: none, no: count }, cost)).toBe(cost);
    expect(wordRevenue(VOID, { yes: none, no: none }, usdMicros(0))).toBe(0);
    const word = { result: "scalar", value: usdMicros(370_000) } as const;
    expect(wordRevenue(word, { yes: countCenti(1_000), no: none }, cost)).toBe(3_700_000);
  });

  it("calls void what has been final and silent for ten minutes, and nothing that said a word", () => {
    const [closeAt, settledAt] = [instant(0), instant(6_000)];
    const silent = { result: null, settlementValue: null, settledAt, closeAt };
    expect(isVoid(silent, instant(605_999))).toBe(false);
    expect(isVoid(silent, instant(606_000))).toBe(true);
    expect(isVoid({ ...silent, settledAt: null }, instant(600_000))).toBe(true);
    expect(isVoid({ ...silent, result: "no" }, instant(606_000))).toBe(false);
    const stated = { ...silent, settlementValue: usdMicros(0) };
    expect(isVoid(stated, instant(606_000))).toBe(false);
  });

  it("reads a word that agrees with itself", () => {
    expect(readWord({ result: "yes", settlementValue: null })).toEqual({
      ...{ result: "yes", value: 1_000_000 },
    });
    expect(readWord({ result: "no", settlementValue: usdMicros(0) })).toEqual({
      ...{ result: "no", value: 0 },
    });
    fc.assert(
      fc.property(values, (value) => {
        const word = { result: "scalar", value };
        expect(readWord({ result: "scalar", settlementValue: value })).toEqual(word);
      }),
    );
  });

  it.each([
    ["result", null, null],
    ["result", null, 1_000_000],
    ["settlement_value_dollars", "scalar", null],
    ["settlement_value_dollars", "scalar", -1],
    ["settlement_value_dollars", "scalar", 1_000_001],
    ["settlement_value_dollars", "yes", 0],
    ["settlement_value_dollars", "no", 1],
  ] as const)("names %s of a word that is none: %s at %s", (field, result, value) => {
    const stated = value === null ? null : usdMicros(value);
    expect(readWord({ result, settlementValue: stated })).toMatchObject({ field });
  });

  it.each([
    ["yes no", true],
    ["no yes", true],
    ["yes yes", false],
    ["no no", false],
    ["scalar scalar", true],
    ["scalar no", false],
    ["void void", true],
    ["void yes", false],
    ["scalar void", false],
    // A night that has one market a game.
    ["yes", true],
    ["no", true],
  ])(
    "says of the words %s of one game's markets whether they can be true together",
    (words, can) => {
      const told = words.split(" ").map((result) => {
        if (result === "void") return VOID;
        if (result === "scalar") return { result, value: usdMicros(500_000) } as const;
        return { result: result === "yes" ? "yes" : "no", value: usdMicros(0) } as const;
      });
      expect(agree(told)).toBe(can);
    },
  );

  it("pays exactly one dollar for each pair of YES and NO, whatever the value", () => {
    fc.assert(
      fc.property(values, counts, (value, count) => {
        expect(settlementRevenue(value, { yes: count, no: count })).toBe(count * 10_000);
      }),
    );
  });

  it("never pays more for the two outcomes apart than together, and loses less than a micro-dollar each", () => {
    fc.assert(
      fc.property(values, counts, counts, (value, yes, no) => {
        const together = settlementRevenue(value, { yes, no });
        const apart =
          settlementRevenue(value, { yes, no: none }) + settlementRevenue(value, { yes: none, no });
        expect(together - apart).toBeGreaterThanOrEqual(0);
        expect(together - apart).toBeLessThanOrEqual(1);
      }),
    );
  });
});
