import { describe, expect, it } from "vitest";
import { instant } from "../domain/units.ts";
import { btcConfidence, btcForecast, type BtcForecastInput } from "./btc-forecast.ts";
import { probabilityAtOrAbove } from "./digital-option.ts";
import { SpotVolatility, VOLATILITY_CONFIG, type VolatilityEstimate } from "./spot-volatility.ts";

const CLOSE = instant(900_000);
const PRIOR = new SpotVolatility(VOLATILITY_CONFIG).estimate(instant(0), 900);
const INPUT: BtcForecastInput = {
  at: instant(0),
  closeAt: CLOSE,
  spot: { at: instant(0), price: 80_000 },
  seen: { ticks: 0, mean: null },
  volatility: PRIOR,
  basis: null,
};
const horizon = (volatility: number) => ({
  halfLife: 600,
  volatility,
  weight: 0.5,
  coverage: 1,
});
const covered = (a: number, b: number): VolatilityEstimate => ({
  ...PRIOR,
  volatility: Math.sqrt((a * a + b * b) / 2),
  horizons: [horizon(a), horizon(b)],
  coverage: 1,
});

describe("forecast of a close", () => {
  it("moves the spot and what was seen of the minute by the basis", () => {
    const basis = { basis: 1e-4, deviation: 5e-5, n: 3, ageMs: 900_000 };
    const { settlement } = btcForecast({
      ...INPUT,
      at: instant(870_000),
      spot: { at: instant(870_000), price: 80_008 },
      seen: { ticks: 30, mean: 80_108.01 },
      basis,
    });
    // 80,008 / 1.0001 = 80,000 and 80,108.01 / 1.0001 = 80,100: half of each.
    expect(settlement.mean).toBeCloseTo(80_050, 2);
    expect(settlement.deviation).toBeGreaterThan(5e-5);
  });

  it("is the outcome once the index was seen to the close", () => {
    const seen = { ticks: 60, mean: 80_010 };
    const { settlement } = btcForecast({ ...INPUT, at: CLOSE, seen });
    expect(probabilityAtOrAbove(settlement, 80_010)).toBe(1);
    expect(probabilityAtOrAbove(settlement, 80_010.01)).toBe(0);
    // After the close, what a gap hid counts at the last price.
    const late = btcForecast({ ...INPUT, at: instant(960_000), seen: { ticks: 30, mean: 80_010 } });
    expect(late.settlement).toMatchObject({ mean: 80_005, deviation: 0 });
  });

  it("refuses seconds that were seen without a mean", () => {
    expect(() => btcForecast({ ...INPUT, seen: { ticks: 1, mean: null } })).toThrow("mean");
  });
});

describe("confidence", () => {
  const far = 80_200;

  it("is whole when the horizons agree, and falls as they part", () => {
    const agreed = btcForecast({ ...INPUT, volatility: covered(5e-5, 5e-5) });
    const parted = btcForecast({ ...INPUT, volatility: covered(2e-5, 2e-4) });
    expect(btcConfidence(agreed, far, Infinity)).toBeCloseTo(1, 9);
    expect(btcConfidence(parted, far, Infinity)).toBeLessThan(0.75);
    // At the money no volatility tells them apart.
    expect(btcConfidence(parted, 80_000, Infinity)).toBeGreaterThan(0.97);
  });

  it("is half where nothing was seen that could confirm it", () => {
    expect(btcConfidence(btcForecast(INPUT), far, Infinity)).toBeCloseTo(0.5, 9);
  });
});
