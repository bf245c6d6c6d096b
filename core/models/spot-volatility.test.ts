import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededChance } from "../scoring/inference/chance.ts";
import { type Instant, instant } from "../domain/units.ts";
import { SpotVolatility, type SpotTick, VOLATILITY_CONFIG } from "./spot-volatility.ts";

const START = Date.parse("2026-05-11T12:00:00Z");
const at = (seconds: number): Instant => instant(START + Math.round(seconds * 1_000));

/** A random walk of known volatility with a tick a second. */
function walk(seconds: number, volatility: number, seed = 7, from = 0): SpotTick[] {
  const chance = seededChance(seed);
  let price = 80_000;
  return Array.from({ length: seconds }, (_, index) => {
    price *= Math.exp(volatility * chance.normal());
    return { at: at(from + index), price };
  });
}

function learned(ticks: readonly SpotTick[]): SpotVolatility {
  const estimator = new SpotVolatility(VOLATILITY_CONFIG);
  for (const tick of ticks) estimator.push(tick);
  return estimator;
}

describe("volatility of the spot", () => {
  it("is the prior before anything was seen", () => {
    const estimate = new SpotVolatility(VOLATILITY_CONFIG).estimate(at(0), 900);
    expect(estimate.volatility).toBeCloseTo(VOLATILITY_CONFIG.prior.volatility, 12);
    expect(estimate).toMatchObject({ coverage: 0, ageMs: null });
    expect(estimate.jumpRate).toBeCloseTo(VOLATILITY_CONFIG.prior.jumpRate, 12);
    expect(estimate.jumpDeviation).toBeCloseTo(VOLATILITY_CONFIG.prior.jumpDeviation, 12);
  });

  it("finds that of a random walk, on every horizon it has covered", () => {
    for (const volatility of [2e-5, 5.5e-5, 3e-4]) {
      const { horizons } = learned(walk(20_000, volatility)).estimate(at(20_000), 900);
      // Half-lives of 1,800 s and more hold at least 500 samples.
      for (const one of horizons.slice(2)) {
        expect(one.coverage).toBeGreaterThan(0.8);
        expect(one.volatility / volatility).toBeGreaterThan(0.85);
        expect(one.volatility / volatility).toBeLessThan(1.15);
      }
    }
  });

  it("expects less of the last minute of a quarter-hour", () => {
    const estimator = learned(walk(3_600, 5e-5));
    const minute = (from: number): number => estimator.estimate(at(from), 60).volatility;
    // 12:14 to 12:15 over 12:10 to 12:11: the root of 0.65.
    expect(minute(4_440) / minute(4_200)).toBeCloseTo(Math.sqrt(0.65), 2);
  });

  it("sees the calm end of a quarter-hour as what it is: as wild as any, by the clock", () => {
    // A market that breathes as the profile says, seen at the end of 40 quarters.
    const chance = seededChance(11);
    const estimator = new SpotVolatility(VOLATILITY_CONFIG);
    let price = 80_000;
    const variances: number[] = [];
    for (let second = 0; second < 900 * 40; second += 1) {
      const factor = VOLATILITY_CONFIG.profile[Math.floor((second % 900) / 60)] ?? 1;
      price *= Math.exp(1e-4 * Math.sqrt(factor) * chance.normal());
      estimator.push({ at: at(second + 1), price });
      if (second % 900 !== 899) continue;
      const [shortest] = estimator.estimate(at(second + 1), 900).horizons;
      variances.push((shortest?.volatility ?? 0) ** 2);
    }
    const mean = variances.reduce((sum, one) => sum + one, 0) / variances.length;
    // The prior of 5.5e-5 holds a quarter of the shortest horizon: 0.74 * 1 + 0.26 * 0.3 = 0.82.
    expect(mean / 1e-8).toBeGreaterThan(0.74);
    expect(mean / 1e-8).toBeLessThan(0.9);
  });

  it("looks at short horizons for a near close and at long ones for a far one", () => {
    const calm = walk(14_400, 3e-5);
    const wild = walk(600, 3e-4, 8, 14_400).map((tick) => ({
      at: tick.at,
      price: (tick.price * (calm.at(-1)?.price ?? 1)) / 80_000,
    }));
    const estimator = learned([...calm, ...wild]);
    const near = estimator.estimate(at(15_000), 60);
    const far = estimator.estimate(at(15_000), 7_200);
    expect(near.volatility).toBeGreaterThan(far.volatility * 1.5);
    for (const { horizons } of [near, far]) {
      expect(horizons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    }
    expect(near.horizons[0]?.weight).toBeGreaterThan(near.horizons[3]?.weight ?? 1);
    expect(far.horizons[3]?.weight).toBeGreaterThan(far.horizons[0]?.weight ?? 1);
  });

  it("never goes below its floor in a market that stands still", () => {
    const still = Array.from({ length: 40_000 }, (_, index) => ({ at: at(index), price: 80_000 }));
    const estimate = learned(still).estimate(at(40_000), 900);
    expect(estimate.volatility).toBeGreaterThanOrEqual(VOLATILITY_CONFIG.floor);
    expect(estimate.volatility).toBeLessThan(VOLATILITY_CONFIG.floor * 1.5);
  });

  it("keeps a jump apart: the volatility is hardly moved, the jump is counted", () => {
    const ticks = walk(10_000, 5e-5);
    const jumped = ticks.map(({ at: when, price }, index) => ({
      at: when,
      price: index < 9_000 ? price : price * 1.01,
    }));
    const before = learned(ticks).estimate(at(10_000), 900);
    const after = learned(jumped).estimate(at(10_000), 900);
    expect(after.volatility / before.volatility).toBeLessThan(1.05);
    expect(after.jumpRate).toBeGreaterThan(before.jumpRate * 2);
    expect(after.jumpDeviation).toBeGreaterThan(5e-3);
    // Together they are the variance that was there, but for the share of the prior.
    const all = (one: typeof after): number =>
      one.volatility ** 2 + one.jumpRate * one.jumpDeviation ** 2;
    expect(all(after)).toBeGreaterThan(2 * all(before));
  });

  it("follows when the market stays wild: what comes again is no jump", () => {
    const calm = walk(3_600, 3e-5);
    const wild = walk(3_600, 4e-4, 9, 3_600);
    const { horizons } = learned([...calm, ...wild]).estimate(at(7_200), 60);
    expect(horizons[0]?.volatility).toBeGreaterThan(2.5e-4);
  });

  it("takes no return over a gap, and leans on the prior again after a long one", () => {
    const estimator = learned(walk(3_600, 5e-5));
    const before = estimator.estimate(at(3_600), 900);
    expect(estimator.push({ at: at(3_900), price: 40_000 })).toBe("sampled");
    const after = estimator.estimate(at(3_900), 900);
    // Half the price was lost meanwhile, and nobody knows how.
    expect(after.volatility / before.volatility).toBeCloseTo(1, 1);
    expect(after.jumpRate).toBeLessThan(VOLATILITY_CONFIG.prior.jumpRate);
    expect(estimator.estimate(at(200_000), 900).volatility).toBeCloseTo(5.5e-5, 6);
    expect(after.ageMs).toBe(0);
    expect(estimator.estimate(at(3_960), 900).ageMs).toBe(60_000);
  });

  it("knows what became of a tick", () => {
    const estimator = new SpotVolatility(VOLATILITY_CONFIG);
    expect(estimator.push({ at: at(0), price: 80_000 })).toBe("sampled");
    expect(estimator.push({ at: at(4.9), price: 80_001 })).toBe("seen");
    expect(estimator.push({ at: at(4.9), price: 80_002 })).toBe("seen");
    expect(estimator.push({ at: at(4.8), price: 80_002 })).toBe("late");
    expect(estimator.push({ at: at(5), price: 80_003 })).toBe("sampled");
    expect(() => estimator.push({ at: at(6), price: 0 })).toThrow("spot price");
    expect(() => estimator.push({ at: at(6), price: Number.NaN })).toThrow("spot price");
  });

  it("is not changed by ticks told twice or late, whatever they say", () => {
    const steps = fc.array(
      fc.record({
        wait: fc.integer({ min: 1, max: 20_000 }),
        price: fc.double({ min: 70_000, max: 90_000, noNaN: true }),
        isRepeated: fc.boolean(),
        lateBy: fc.integer({ min: 0, max: 60_000 }),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(steps, (drawn) => {
        const clean = new SpotVolatility(VOLATILITY_CONFIG);
        const noisy = new SpotVolatility(VOLATILITY_CONFIG);
        let now = START;
        for (const { wait, price, isRepeated, lateBy } of drawn) {
          now += wait;
          const tick = { at: instant(now), price };
          clean.push(tick);
          noisy.push(tick);
          if (isRepeated) noisy.push(tick);
          if (lateBy > 0) noisy.push({ at: instant(now - lateBy), price: 1 });
        }
        expect(noisy.state).toEqual(clean.state);
      }),
    );
  });

  it("is carried on from what it remembered, through JSON, in memory that does not grow", () => {
    const ticks = walk(2_000, 1e-4);
    const whole = learned(ticks);
    const first = learned(ticks.slice(0, 1_000));
    const size = JSON.stringify(first.state).length;
    const second = new SpotVolatility(
      VOLATILITY_CONFIG,
      JSON.parse(JSON.stringify(first.state)) as typeof first.state,
    );
    for (const tick of ticks.slice(1_000)) second.push(tick);
    expect(second.state).toEqual(whole.state);
    expect(JSON.stringify(second.state).length).toBeLessThan(size * 1.2);
    const other = { ...VOLATILITY_CONFIG, halfLives: [60] };
    expect(() => new SpotVolatility(other, whole.state)).toThrow("its config");
  });

  it("is finite and above its floor for any prices and any time to the close", () => {
    const price = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
    const wait = fc.integer({ min: 0, max: 100_000 });
    const left = fc.double({ min: 0, max: 604_800, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(wait, price), { maxLength: 50 }), left, (steps, seconds) => {
        const estimator = new SpotVolatility(VOLATILITY_CONFIG);
        let now = START;
        for (const [waited, one] of steps) {
          now += waited;
          estimator.push({ at: instant(now), price: one });
        }
        const estimate = estimator.estimate(instant(now), seconds);
        expect(estimate.volatility).toBeGreaterThanOrEqual(VOLATILITY_CONFIG.floor * 0.8);
        for (const value of [estimate.volatility, estimate.jumpRate, estimate.jumpDeviation]) {
          expect(Number.isFinite(value)).toBe(true);
        }
        expect(estimate.coverage).toBeGreaterThanOrEqual(0);
        expect(estimate.coverage).toBeLessThanOrEqual(1);
      }),
    );
    const fresh = new SpotVolatility(VOLATILITY_CONFIG);
    expect(() => fresh.estimate(at(0), -1)).toThrow("seconds to the close");
  });

  it.each([
    { halfLives: [] },
    { halfLives: [600, 120] },
    { floor: 0 },
    { halfLifeSpread: 1 },
    { maxGapSeconds: 1 },
    { sampleSeconds: Number.NaN },
  ])("refuses the unsound config %o", (changes) => {
    expect(() => new SpotVolatility({ ...VOLATILITY_CONFIG, ...changes })).toThrow("invariant");
  });
});
