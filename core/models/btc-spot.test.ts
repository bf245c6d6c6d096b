import { describe, expect, it } from "vitest";
import { instant, usdMicros } from "../domain/units.ts";
import { type BtcSpotConfig, BtcSpotModel } from "./btc-spot.ts";
import { BASIS_CONFIG } from "./spot-basis.ts";
import { VOLATILITY_CONFIG } from "./spot-volatility.ts";

const CONFIG: BtcSpotConfig = {
  volatility: VOLATILITY_CONFIG,
  basis: BASIS_CONFIG,
  priceHoldsMs: 15_000,
  maxAgeMs: 65_000,
};
const CLOSE = instant(1_778_500_800_000);
const at = (secondsToClose: number) => instant(CLOSE - secondsToClose * 1_000);
const price = (secondsToClose: number, dollars: number) => ({
  sourceAt: at(secondsToClose),
  price: usdMicros(dollars * 1e6),
});

describe("the model of a feed of the spot", () => {
  it("says nothing before its first price", () => {
    expect(new BtcSpotModel(CONFIG, "coinbase").forecast(CLOSE, at(600))).toBeNull();
  });

  it("expects the average at the price, less its basis", () => {
    const model = new BtcSpotModel(CONFIG, "coinbase");
    model.push(price(600, 80_000));
    expect(model.forecast(CLOSE, at(600))?.settlement.mean).toBeCloseTo(80_000, 6);
    // Ten settlements in a row say that the feed is one basis point above the index.
    for (let hour = 10; hour > 0; hour -= 1) {
      const closeAt = instant(CLOSE - hour * 3_600_000);
      model.remember({ closeAt, average: 80_000, spotMean: 80_008, spotTicks: 60 });
    }
    const mean = model.forecast(CLOSE, at(600))?.settlement.mean ?? Number.NaN;
    expect(mean).toBeLessThan(79_993.5);
    expect(mean).toBeGreaterThan(79_991.5);
  });

  it("forecasts a close within a second, and none that is more than a week ahead", () => {
    const model = new BtcSpotModel(CONFIG, "coinbase");
    model.push(price(600, 80_000));
    const within = model.forecast(instant(CLOSE + 412), at(600))?.settlement;
    const whole = model.forecast(CLOSE, at(600))?.settlement;
    expect(within?.mean).toBe(whole?.mean);
    expect(within?.deviation).toBeCloseTo(whole?.deviation ?? Number.NaN, 5);
    const week = 7 * 86_400_000;
    expect(model.forecast(instant(at(600) + week), at(600))).not.toBeNull();
    expect(model.forecast(instant(at(600) + week + 1), at(600))).toBeNull();
    // Seconds ahead are counted from the price, which is older than now.
    expect(model.forecast(instant(at(590) + week), at(590))).toBeNull();
  });

  it("has no basis when it is the index itself", () => {
    const model = new BtcSpotModel(CONFIG, "brti");
    model.push(price(600, 80_000));
    expect(model.basisDeviation(at(600))).toBeNull();
    expect(new BtcSpotModel(CONFIG, "coinbase").basisDeviation(at(600))).toBeGreaterThan(0);
  });

  it("learns the basis from the minute it has seen, and nothing from one it has not", () => {
    const model = new BtcSpotModel(CONFIG, "coinbase");
    expect(model.settled(CLOSE, 80_000e6, instant(CLOSE + 6_000))).toBeNull();
    for (let second = 70; second >= 0; second -= 1) model.push(price(second, 80_010));
    const before = model.basisDeviation(instant(CLOSE + 6_000)) ?? Number.NaN;
    const seen = model.settled(CLOSE, 80_000e6, instant(CLOSE + 6_000));
    expect(seen).toMatchObject({ average: 80_000, spotTicks: 60 });
    expect(seen?.spotMean).toBeCloseTo(80_010, 6);
    expect(model.basisDeviation(instant(CLOSE + 6_000))).toBeLessThan(before);
  });

  it("says nothing once its newest price is too old, and is the less certain the older it is", () => {
    const model = new BtcSpotModel(CONFIG, "brti");
    model.push(price(600, 80_000));
    const deviation = (secondsToClose: number): number =>
      model.forecast(CLOSE, at(secondsToClose))?.settlement.deviation ?? Number.NaN;
    expect(model.forecast(CLOSE, at(535))).not.toBeNull();
    expect(model.forecast(CLOSE, at(534.999))).toBeNull();
    // A price of a minute ago may have moved for that minute: as much is ahead as when it was new.
    const fresh = new BtcSpotModel(CONFIG, "brti");
    fresh.push(price(540, 80_000));
    const anew = fresh.forecast(CLOSE, at(540))?.settlement.deviation ?? Number.NaN;
    expect(deviation(540) / anew).toBeGreaterThan(1.03);
  });

  it("is moved by no price that is older than the newest", () => {
    const model = new BtcSpotModel(CONFIG, "coinbase");
    model.push(price(600, 80_000));
    model.push(price(601, 90_000));
    expect(model.forecast(CLOSE, at(600))?.settlement.mean).toBeCloseTo(80_000, 6);
  });
});
