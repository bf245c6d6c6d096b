import { describe, expect, it } from "vitest";
import { type BtcContract, type ContractBounds } from "../domain/btc-contract.ts";
import type { Quote } from "../domain/market.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import type { BtcForecast } from "../models/btc-forecast.ts";
import type { BtcVerdict } from "./btc-edge.ts";
import { btcIntent } from "./btc-intent.ts";
import { type SeriesContract, seriesEdges } from "./btc-series.ts";

const NOW = instant(1_778_500_000_000);
const CLOSE = instant(NOW + 600_000);
const settlement = { mean: 80_000, deviation: 1e-3, jumpProbability: 0, jumpDeviation: 1e-3 };
const FORECAST: BtcForecast = {
  settlement,
  voices: [{ weight: 1, settlement }],
  coverage: 1,
  modelVersion: "test",
};

function contract(
  name: string,
  bounds: ContractBounds,
  quote: Partial<Quote> = {},
): SeriesContract {
  const marketTicker = `KXBTC-26MAY1108-${name}`;
  const known: BtcContract = {
    series: "KXBTC",
    eventTicker: "KXBTC-26MAY1108",
    marketTicker,
    bounds,
    openAt: instant(NOW - 600_000),
    closeAt: CLOSE,
  };
  return {
    contract: known,
    status: "active",
    exchangeIndex: 2,
    fees: { kind: "quadratic", multiplierMilli: 1_000 },
    quote: {
      marketTicker,
      bid: priceMicros(400_000),
      bidSize: countCenti(1_000),
      ask: priceMicros(420_000),
      askSize: countCenti(1_000),
      quotedAt: NOW,
      receivedAt: NOW,
      ...quote,
    },
    quoteStaleBecause: null,
  };
}

const usd = (dollars: number) => usdMicros(dollars * 1e6);
const ABOVE: ContractBounds = { kind: "at-or-above", strike: usd(80_000) };

describe("edges of a series", () => {
  it("prices both sides of each contract after spread and fee", () => {
    const [edge] = seriesEdges([contract("A", ABOVE)], () => FORECAST);
    expect(edge?.model).toBeCloseTo(0.5, 3);
    expect(edge?.market).toBe(0.41);
    // 0.50 - 0.42 - 0.07 * 0.42 * 0.58 = 0.0629, and 0.40 - 0.50 - 0.07 * 0.40 * 0.60 = -0.1168.
    expect(edge?.edgeYesMicros).toBeGreaterThan(62_000);
    expect(edge?.edgeYesMicros).toBeLessThan(64_000);
    expect(edge?.edgeNoMicros).toBeLessThan(-116_000);
    expect(edge?.edgeNoMicros).toBeGreaterThan(-118_000);
  });

  it("gives a complete ladder probabilities that sum to one", () => {
    const floors = Array.from({ length: 40 }, (_, n) => 78_000 + n * 100);
    const ladder = [
      contract("low", { kind: "below", strike: usd(78_000) }),
      ...floors.map((floor) =>
        contract(`B${floor}`, { kind: "range", floor: usd(floor), cap: usd(floor + 100) }),
      ),
      contract("high", { kind: "at-or-above", strike: usd(82_000) }),
    ];
    const sum = seriesEdges(ladder, () => FORECAST).reduce(
      (all, { model }) => all + (model ?? 0),
      0,
    );
    expect(sum).toBeCloseTo(1, 9);
  });

  it("keeps the price of a contract without a strike or a forecast, and gives it no edge", () => {
    const waiting = contract("W", { kind: "at-or-above", strike: null });
    const nothing = { model: null, confidence: null, edgeYesMicros: null, edgeNoMicros: null };
    expect(seriesEdges([waiting], () => FORECAST)[0]).toMatchObject({ ...nothing, bid: 400_000 });
    expect(seriesEdges([contract("A", ABOVE)], () => null)[0]).toMatchObject(nothing);
  });

  it("takes no price from a quote that cannot be believed", () => {
    const stale = { ...contract("A", ABOVE), quoteStaleBecause: "sequence_gap" };
    const crossed = contract("A", ABOVE, { bid: priceMicros(700_000), ask: priceMicros(400_000) });
    for (const doubted of [stale, crossed]) {
      expect(seriesEdges([doubted], () => FORECAST)[0]).toMatchObject({
        market: null,
        bid: null,
        ask: null,
        edgeYesMicros: null,
        edgeNoMicros: null,
      });
    }
  });

  it("has an edge on the side that is there when the other is empty", () => {
    const [edge] = seriesEdges([contract("A", ABOVE, { bid: null })], () => FORECAST);
    expect(edge).toMatchObject({ market: null, edgeNoMicros: null });
    expect(edge?.edgeYesMicros).toBeGreaterThan(0);
  });
});

describe("the order of a verdict", () => {
  const verdict: BtcVerdict = {
    code: "propose",
    reason: null,
    probability: 0.6,
    marketProbability: 0.5,
    confidence: 0.9,
    outcome: "no",
    edgeMicros: 21_000,
    rules: [],
    order: {
      marketTicker: "KXBTC15M-26MAY110530-30",
      eventTicker: "KXBTC15M-26MAY110530",
      exchangeIndex: 2,
      outcome: "no",
      side: "ask",
      price: priceMicros(640_000),
      count: countCenti(500),
      timeInForce: "immediate_or_cancel",
      isPostOnly: false,
    },
  };

  it("is an entry at its own price, fair at our probability of YES whichever side it buys", () => {
    expect(btcIntent(verdict, 0.95)).toMatchObject({
      strategy: "btc-edge",
      purpose: "entry",
      side: "ask",
      limitPrice: 640_000,
      fairValue: 600_000,
      edgeMicros: 21_000,
      isReduceOnly: false,
      plan: { price: 640_000, timeInForce: "immediate_or_cancel", expectedFillProbability: 0.95 },
    });
  });

  it("keeps fair value a price when the forecast is certain", () => {
    expect(btcIntent({ ...verdict, probability: 1 }, 0.95)?.fairValue).toBe(999_999);
    expect(btcIntent({ ...verdict, probability: 0 }, 0.95)?.fairValue).toBe(1);
  });

  it("is none where nothing is proposed", () => {
    expect(btcIntent({ ...verdict, code: "size_zero", order: null }, 0.95)).toBeNull();
  });
});
