import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BtcContract } from "../domain/btc-contract.ts";
import type { Quote } from "../domain/market.ts";
import {
  countCenti,
  instant,
  ONE_CONTRACT_CENTI,
  priceMicros,
  usdMicros,
} from "../domain/units.ts";
import type { BtcForecast } from "../models/btc-forecast.ts";
import { probabilityWithin } from "../models/digital-option.ts";
import type { BtcDecisionInput, BtcEdgeConfig } from "./btc-decision.ts";
import { type BtcVerdict, decideBtc } from "./btc-edge.ts";
import { BTC_RULES, type BtcRule } from "./btc-rules.ts";

const NOW = instant(1_000_000_000);
const CONTRACT: BtcContract = {
  series: "KXBTC15M",
  eventTicker: "KXBTC15M-26MAY110530",
  marketTicker: "KXBTC15M-26MAY110530-30",
  bounds: { kind: "at-or-above", strike: usdMicros(80_000_000_000) },
  openAt: instant(NOW - 300_000),
  closeAt: instant(NOW + 600_000),
};
const settlement = (mean: number, deviation = 1.5e-3) => {
  return { mean, deviation, jumpProbability: 0, jumpDeviation: deviation };
};
/** 80,100 expected with 15 basis points: 0.832 deviations above the strike, N(0.832) = 0.7973. */
const FORECAST: BtcForecast = {
  settlement: settlement(80_100),
  voices: [{ weight: 1, settlement: settlement(80_100) }],
  coverage: 1,
  modelVersion: "test",
};
const QUOTE: Quote = {
  marketTicker: CONTRACT.marketTicker,
  bid: priceMicros(690_000),
  bidSize: countCenti(50_000),
  ask: priceMicros(700_000),
  askSize: countCenti(50_000),
  quotedAt: NOW,
  receivedAt: NOW,
};
const INPUT: BtcDecisionInput = {
  at: NOW,
  contract: CONTRACT,
  exchangeIndex: 2,
  status: "active",
  barredBecause: null,
  quote: QUOTE,
  quoteStaleBecause: null,
  spotReceivedAt: NOW,
  spotStaleBecause: null,
  basisDeviation: null,
  forecast: FORECAST,
  fees: { kind: "quadratic", multiplierMilli: 1_000 },
  capitalLeft: usdMicros(1_000_000_000),
};
const CONFIG: BtcEdgeConfig = {
  minSecondsToClose: 90,
  maxSecondsToClose: 840,
  maxSpotAgeMs: 3_000,
  maxQuoteAgeMs: 3_000,
  maxSpreadMicros: 30_000,
  minSize: countCenti(1_000),
  minPriceMicros: 50_000,
  maxPriceMicros: 950_000,
  minConfidence: 0.6,
  trust: 1,
  minEdgeMicros: 20_000,
  proxy: { minDistance: 5e-4, basisDeviations: 3, minSecondsToClose: 120 },
  sizing: {
    method: "kelly",
    kellyFraction: 0.25,
    maxEntryMicros: 100_000_000,
    bankrollMicros: 1_000_000_000,
  },
  maxShareOfSize: 0.5,
};
const decide = (
  changes: Partial<BtcDecisionInput> = {},
  quote: Partial<Quote> = {},
  config: Partial<BtcEdgeConfig> = {},
): BtcVerdict =>
  decideBtc({ ...INPUT, quote: { ...QUOTE, ...quote }, ...changes }, { ...CONFIG, ...config });
const numbersOf = (verdict: BtcVerdict, rule: BtcRule): Readonly<Record<string, number>> =>
  verdict.rules.find((one) => one.rule === rule)?.numbers ?? {};

describe("would-trade of a Bitcoin contract", () => {
  it("buys YES where the ask and its fee leave enough", () => {
    const verdict = decide();
    expect(verdict.code).toBe("propose");
    expect(verdict.reason).toBeNull();
    expect(verdict.probability).toBeCloseTo(0.797, 3);
    expect(verdict.marketProbability).toBe(0.695);
    // 0.7973 - 0.70 - 0.07 * 0.7 * 0.3 = 0.0826.
    expect(verdict.edgeMicros).toBeGreaterThan(82_000);
    expect(verdict.edgeMicros).toBeLessThan(83_000);
    expect(verdict.order).toMatchObject({
      outcome: "yes",
      side: "bid",
      price: 700_000,
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
      exchangeIndex: 2,
    });
    // Kelly: 0.0826 / (1 - 0.7147) = 28.9 %, a quarter of it of 1,000 USD 72.4 USD: 101 contracts.
    expect(verdict.order?.count).toBe(10_100);
  });

  it("buys NO by selling YES at the bid, at the same fee", () => {
    const low = settlement(79_900);
    const forecast = { ...FORECAST, settlement: low, voices: [{ weight: 1, settlement: low }] };
    const verdict = decide({ forecast }, { bid: priceMicros(300_000), ask: priceMicros(310_000) });
    expect(verdict.order).toMatchObject({ outcome: "no", side: "ask", price: 300_000 });
    // 0.30 - 0.0147 - N(-0.834) = 0.30 - 0.0147 - 0.2022 = 0.0831.
    expect(verdict.edgeMicros).toBeGreaterThan(82_500);
    expect(verdict.edgeMicros).toBeLessThan(83_500);
    expect(numbersOf(verdict, "price_out_of_bounds")["price"]).toBe(700_000);
  });

  it("goes from the market's mid the trusted share of the way to our probability", () => {
    const half = decide({}, {}, { trust: 0.5 });
    // 0.695 + 0.5 * (0.797 - 0.695) = 0.746, less 0.7147.
    expect(half.edgeMicros).toBeGreaterThan(31_000);
    expect(half.edgeMicros).toBeLessThan(32_000);
    expect(decide({}, {}, { trust: 0 }).code).toBe("edge_below_threshold");
  });

  it("caps the stake by the entry, the capital and the share of what is displayed", () => {
    const countWith = (changes: Partial<BtcDecisionInput>, quote: Partial<Quote>) =>
      decide(changes, quote).order?.count;
    // Half of 30 displayed are 15; 7.2 USD buy 10 at 0.7147.
    expect(countWith({}, { askSize: countCenti(3_000) })).toBe(1_500);
    expect(countWith({ capitalLeft: usdMicros(7_200_000) }, {})).toBe(1_000);
    expect(countWith({}, { askSize: null })).toBe(10_100);
    const sizing = { ...CONFIG.sizing, maxEntryMicros: 20_000_000 };
    // 20 / 0.7147 = 27.98.
    expect(decide({}, {}, { sizing }).order?.count).toBe(2_700);
  });

  it.each<[BtcRule, BtcVerdict]>([
    ["entry_barred", decide({ barredBecause: "position_open" })],
    ["market_not_active", decide({ status: "inactive" })],
    [
      "strike_unknown",
      decide({ contract: { ...CONTRACT, bounds: { kind: "at-or-above", strike: null } } }),
    ],
    ["no_forecast", decide({ forecast: null })],
    ["outside_window", decide({ at: instant(CONTRACT.closeAt - 89_999) })],
    ["outside_window", decide({ at: instant(CONTRACT.closeAt - 840_001) })],
    ["spot_stale", decide({ spotStaleBecause: "clock_skew" })],
    ["spot_old", decide({ spotReceivedAt: instant(NOW - 3_001) })],
    ["spot_old", decide({ spotReceivedAt: null })],
    ["quote_stale", decide({ quoteStaleBecause: "sequence_gap" })],
    ["quote_old", decide({}, { receivedAt: instant(NOW - 3_001) })],
    ["quote_old", decide({ quote: null })],
    ["one_sided", decide({}, { bid: null })],
    ["crossed", decide({}, { bid: priceMicros(700_000) })],
    ["spread_wide", decide({}, { bid: priceMicros(669_000) })],
    ["basis_uncertain", decide({ basisDeviation: 5e-4 })],
    ["confidence_low", decide({ forecast: { ...FORECAST, coverage: 0.1 } })],
    ["price_out_of_bounds", decide({}, {}, { maxPriceMicros: 699_999 })],
    ["edge_below_threshold", decide({}, {}, { minEdgeMicros: 90_000 })],
    ["size_small", decide({}, { askSize: countCenti(999) })],
    ["size_zero", decide({ capitalLeft: usdMicros(700_000) })],
  ])("refuses by %s, with a reason and every rule's numbers", (rule, verdict) => {
    expect(verdict.code).toBe(rule);
    expect(verdict.reason).toBeTruthy();
    expect(verdict.order).toBeNull();
    expect(verdict.rules.map((one) => one.rule)).toEqual(Object.keys(BTC_RULES));
  });

  it("says why a contract is barred", () => {
    expect(decide({ barredBecause: "position_open" }).reason).toBe("position_open");
    expect(decide({ spotStaleBecause: "jumping" }).reason).toBe("jumping");
    expect(decide({ status: "closed" }).reason).toBe("closed");
  });

  it("lets a proxy decide only far from the bounds and from the close", () => {
    // 80,100 lies 12.5 basis points above the strike: three deviations of 4 do, of 5 do not.
    expect(decide({ basisDeviation: 4e-4 }).code).toBe("propose");
    const late = { at: instant(CONTRACT.closeAt - 119_000) };
    const fresh = { quote: { ...QUOTE, receivedAt: late.at }, spotReceivedAt: late.at };
    expect(decide({ ...late, ...fresh, basisDeviation: 1e-4 }).code).toBe("basis_uncertain");
    expect(decide({ ...late, ...fresh }).code).toBe("propose");
    const numbers = numbersOf(decide({ basisDeviation: 1e-4 }), "basis_uncertain");
    expect(numbers["distance"]).toBeCloseTo(1.25e-3, 6);
    expect(numbers["minDistance"]).toBe(5e-4);
  });

  it("fails closed on what is not a number", () => {
    const broken = settlement(Number.NaN);
    const forecast = { ...FORECAST, settlement: broken, voices: [] };
    const verdict = decide({ forecast });
    expect(verdict.code).toBe("no_forecast");
    expect(verdict.rules.filter(({ isPassed }) => !isPassed).length).toBeGreaterThanOrEqual(3);
    expect(JSON.parse(JSON.stringify(verdict.rules))).toEqual(verdict.rules);
    const unsound = decide({}, {}, { minEdgeMicros: Number.NaN });
    expect(unsound.code).toBe("edge_below_threshold");
  });

  it("decides the same from the same stored input", () => {
    const stored = JSON.parse(JSON.stringify(INPUT)) as BtcDecisionInput;
    expect(JSON.stringify(decideBtc(stored, CONFIG))).toBe(JSON.stringify(decide()));
  });

  it("never proposes what loses by its own numbers, whole contracts only, within its caps", () => {
    const cents = fc.integer({ min: 1, max: 99 });
    const drawn = fc.record({
      mean: fc.double({ min: 79_500, max: 80_500, noNaN: true }),
      deviation: fc.double({ min: 1e-4, max: 5e-3, noNaN: true }),
      bid: cents,
      width: fc.integer({ min: 1, max: 5 }),
      size: fc.integer({ min: 0, max: 100_000 }),
      capital: fc.integer({ min: 0, max: 200_000_000 }),
      trust: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(drawn, ({ mean, deviation, bid, width, size, capital, trust }) => {
        const one = settlement(mean, deviation);
        const quote = {
          bid: priceMicros(bid * 10_000),
          bidSize: countCenti(size),
          ask: priceMicros(Math.min(99.9, bid + width) * 10_000),
          askSize: countCenti(size),
        };
        const verdict = decide(
          {
            forecast: { ...FORECAST, settlement: one, voices: [{ weight: 1, settlement: one }] },
            capitalLeft: usdMicros(capital),
          },
          quote,
          { trust },
        );
        const { order, edgeMicros } = verdict;
        if (order === null) {
          expect(verdict.code).not.toBe("propose");
          return;
        }
        expect(edgeMicros).toBeGreaterThanOrEqual(CONFIG.minEdgeMicros);
        expect(order.count % ONE_CONTRACT_CENTI).toBe(0);
        expect(order.count).toBeGreaterThan(0);
        expect(order.count).toBeLessThanOrEqual(size * CONFIG.maxShareOfSize);
        const price = order.outcome === "yes" ? order.price : 1_000_000 - order.price;
        expect((price * order.count) / 100).toBeLessThanOrEqual(
          Math.min(capital, CONFIG.sizing.maxEntryMicros),
        );
        const p = probabilityWithin(one, 79_999.995, Infinity);
        const value = order.outcome === "yes" ? p : 1 - p;
        expect(value * 1_000_000).toBeGreaterThan(price);
      }),
      { numRuns: 500 },
    );
  });
});
