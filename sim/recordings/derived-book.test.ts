import { describe, expect, it } from "vitest";
import { instant, priceMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { DerivedBook, type DerivedSpread } from "./derived-book.ts";

function played(spread: DerivedSpread, cents: readonly number[]): readonly (readonly unknown[])[] {
  const book = new DerivedBook(spread);
  return cents.map((cent, index) => {
    const price = priceMicros(cent * 10_000);
    const at = instant(index);
    const opened = book.open({
      kind: "quote",
      marketTicker: "M",
      bid: price,
      bidSize: null,
      ask: price,
      askSize: null,
      isDerived: true,
      sourceTime: at,
      receivedAt: at,
    });
    if (opened.kind !== "quote") throw new Error("a quote stays a quote");
    return [opened.bid && opened.bid / 10_000, opened.ask && opened.ask / 10_000];
  });
}

describe("a derived book", () => {
  it("has its price at the ask after a rise, at the bid after a fall, and stays so while it rests", () => {
    expect(played(1, [49, 50, 50, 48, 48])).toEqual([
      [48, 49],
      [49, 50],
      [49, 50],
      [48, 49],
      [48, 49],
    ]);
  });

  it("lies around its price at two cents, and leans by one at three", () => {
    expect(played(2, [50, 49])).toEqual([
      [49, 51],
      [48, 50],
    ]);
    expect(played(3, [50, 49])).toEqual([
      [48, 51],
      [48, 51],
    ]);
  });

  it("is empty beyond 1 and 99 cents", () => {
    expect(played(1, [1])).toEqual([[null, 1]]);
    expect(played(2, [99, 1])).toEqual([
      [98, null],
      [null, 2],
    ]);
  });

  it("leaves quoted books and all other facts alone", () => {
    const at = { sourceTime: instant(1), receivedAt: instant(1) };
    const price = priceMicros(500_000);
    const facts: readonly Fact[] = [
      {
        kind: "quote",
        marketTicker: "M",
        bid: price,
        bidSize: null,
        ask: price,
        askSize: null,
        isDerived: false,
        ...at,
      },
      { kind: "partner", eventTicker: "E", homeProbability: 0.5, ...at },
    ];
    for (const fact of facts) expect(new DerivedBook(3).open(fact)).toEqual(fact);
  });
});
