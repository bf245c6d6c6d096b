import { describe, expect, it } from "vitest";
import { marketOf } from "../strategies/testing/inputs.ts";
import { believedHomeMid, believedMid, booksQuality } from "./believed-price.ts";

const stale = { staleBecause: "gap" };

describe("the quality of a game's books", () => {
  it.each([
    ["ok", [marketOf("home", 49, 51), marketOf("away", 48, 50)]],
    ["derived", [marketOf("home", 49, 51, { isDerived: true })]],
    // A derived price may stand for both sides of its book.
    ["derived", [marketOf("home", 50, 50, { isDerived: true })]],
    ["stale:gap", [marketOf("home", 49, 51, stale), marketOf("away", 48, 50)]],
    ["crossed", [marketOf("home", 51, 50), marketOf("away", 48, 50)]],
    ["crossed", [marketOf("home", 50, 50)]],
    // One quality stands for all prices of an observation, those of the away market too.
    ["stale:gap", [marketOf("home", 49, 51), marketOf("away", 48, 50, stale)]],
    ["crossed", [marketOf("home", 49, 51), marketOf("away", 51, 50)]],
    // The mid is then of the other market, and so is the quality.
    ["ok", [marketOf("home", 99, null), marketOf("away", 1, 2)]],
    ["one-sided", [marketOf("home", 99, null), marketOf("away", null, 2)]],
    ["empty", [marketOf("home", null, null)]],
    ["empty", []],
  ])("is %s", (quality, markets) => {
    expect(booksQuality(markets)).toBe(quality);
  });
});

describe("home's mid", () => {
  it("is that of its own market, or what the away market's leaves of the dollar", () => {
    expect(believedHomeMid([marketOf("home", 49, 52), marketOf("away", 30, 32)])).toBe(505_000);
    expect(believedHomeMid([marketOf("away", 30, 32)])).toBe(690_000);
    expect(believedHomeMid([marketOf("home", 99, null), marketOf("away", 1, 2)])).toBe(985_000);
  });

  it("is none where a book of the game is stale, crossed, or has a side missing", () => {
    const away = marketOf("away", 30, 32);
    expect(believedHomeMid([marketOf("home", 49, 51, stale), away])).toBeNull();
    expect(believedHomeMid([marketOf("home", 51, 50), away])).toBeNull();
    expect(believedHomeMid([marketOf("away", 30, 32, stale)])).toBeNull();
    expect(believedHomeMid([marketOf("home", 49, null)])).toBeNull();
    expect(believedHomeMid([])).toBeNull();
  });
});

it("believes the middle of one market by its own book alone", () => {
  expect(believedMid(marketOf("away", 30, 32))).toBe(310_000);
  expect(believedMid(marketOf("away", 30, 32, stale))).toBeNull();
  expect(believedMid(marketOf("away", 32, 30))).toBeNull();
  expect(believedMid(marketOf("away", null, 30))).toBeNull();
});
