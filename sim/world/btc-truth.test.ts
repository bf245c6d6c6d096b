import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { instant } from "../../core/domain/units.ts";
import { midAt, midPaths } from "./books.ts";
import { STATED_BTC_EDGE } from "./btc-truth.ts";
import { bitcoinTruth, type BitcoinWorld } from "./btc-world.ts";
import type { Edge } from "./fair.ts";
import { createWorld } from "./world.ts";

interface Sample {
  readonly marketTicker: string;
  readonly at: number;
  readonly truth: number;
  /** The market's, 0 to 1; null where it is one-sided. */
  readonly mid: number | null;
  readonly outcome: number;
}

/** The truth about every contract that settles by the index, at whole seconds of its life. */
function truths(bitcoin: BitcoinWorld, secondsToClose: readonly number[]): Sample[] {
  return bitcoin.events.flatMap(({ closeAt, contracts }) =>
    contracts
      .filter(({ result, early }) => result !== "scalar" && early === null)
      .flatMap(({ marketTicker, result }) =>
        secondsToClose.map((seconds) => {
          const at = instant(closeAt - seconds * 1_000);
          const truth = bitcoinTruth(bitcoin, marketTicker, at);
          return { marketTicker, at, truth, mid: null, outcome: result === "yes" ? 1 : 0 };
        }),
      ),
  );
}

/** The same with the market's mid at the end of the second: it has seen then what truth has. */
function market(edge: Edge, hours: number, secondsToClose: readonly number[]): Sample[] {
  const world = createWorld({ seed: 11, edge, bitcoin: { series: ["KXBTC15M"], hours } });
  const paths = midPaths(world.facts());
  return truths(required(world.bitcoin, "Bitcoin"), secondsToClose).map((sample) => {
    const path = required(paths.get(sample.marketTicker), sample.marketTicker);
    const mid = midAt(path, sample.at + 999);
    return { ...sample, mid: mid === null ? null : mid / 100 };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const every = (step: number): number[] =>
  Array.from({ length: Math.floor(800 / step) }, (_, at) => 30 + at * step);

describe("the truth of a Bitcoin world", () => {
  const month = createWorld({ seed: 3, bitcoin: { series: ["KXBTC15M"], hours: 744 } });
  const bitcoin = required(month.bitcoin, "Bitcoin");

  it.each([840, 600, 300, 120, 60])("is calibrated %i seconds before the close", (seconds) => {
    const samples = truths(bitcoin, [seconds]);
    expect(samples.length).toBeGreaterThan(2_800);
    // What a calibrated forecast p scores is p (1 - p) on average, and 1 contract strays from it
    // by |1 - 2p| sqrt(p (1 - p)).
    const strays = samples.map(({ truth }) => (1 - 2 * truth) ** 2 * truth * (1 - truth));
    const brier = mean(samples.map(({ truth, outcome }) => (truth - outcome) ** 2));
    const expected = mean(samples.map(({ truth }) => truth * (1 - truth)));
    const error = Math.sqrt(mean(strays) / samples.length);
    expect(Math.abs(brier - expected)).toBeLessThan(3.5 * error);
    for (let low = 0; low < 1; low += 0.2) {
      const bin = samples.filter(({ truth }) => truth >= low && truth < low + 0.2);
      const sum = bin.reduce((total, { truth, outcome }) => total + outcome - truth, 0);
      const deviation = Math.sqrt(bin.reduce((all, { truth }) => all + truth * (1 - truth), 0));
      expect(Math.abs(sum)).toBeLessThan(3.5 * deviation + 1);
    }
  });

  it("ends as the average that settles, and as the outcome", () => {
    for (const { closeAt } of bitcoin.events.slice(0, 50)) {
      const { mean: average, deviation } = bitcoin.index.forecast(closeAt, closeAt);
      // The average is told in whole micro-dollars.
      expect(Math.abs(average - bitcoin.index.average60(closeAt) / 1e6)).toBeLessThan(1e-6);
      expect(deviation).toBe(0);
    }
    for (const { truth, outcome } of truths(bitcoin, [0])) expect(truth).toBe(outcome);
  });

  it("calms and storms: what moves a quarter of an hour moves the next one alike", () => {
    const { index, startAt } = bitcoin;
    const logs = Array.from({ length: 2_000 }, (_, quarter) => {
      const from = startAt + quarter * 900_000;
      const squares = Array.from({ length: 90 }, (_step, step) => {
        const at = from + step * 10_000;
        return Math.log(index.cents(at + 10_000) / index.cents(at)) ** 2;
      });
      return Math.log(mean(squares));
    });
    const middle = mean(logs);
    const covariance = mean(
      logs.slice(1).map((log, at) => (log - middle) * ((logs[at] ?? middle) - middle)),
    );
    const variance = mean(logs.map((log) => (log - middle) ** 2));
    expect(covariance / variance).toBeGreaterThan(0.2);
  });
});

describe("the market of a Bitcoin world", () => {
  it("is the truth to the tick with edge none, and scores no worse", () => {
    const samples = market("none", 6, every(7)).filter(({ mid }) => mid !== null);
    expect(samples.length).toBeGreaterThan(2_000);
    for (const { mid, truth } of samples) {
      // A quote stays for 0.6 ticks, and is rounded by half a tick.
      expect(Math.abs((mid ?? 0) - truth)).toBeLessThan(0.0111);
    }
    const score = (of: (sample: Sample) => number): number =>
      mean(samples.map((sample) => (of(sample) - sample.outcome) ** 2));
    expect(Math.abs(score(({ mid }) => mid ?? 0) - score(({ truth }) => truth))).toBeLessThan(1e-3);
  });

  it("errs by default as it is stated: by so much, around nothing, and for so long", () => {
    const step = STATED_BTC_EDGE.halfLifeSeconds;
    const samples = market("default", 36, [300, 540, 780]);
    const deviations = samples.map(({ mid, truth }) => {
      const isMiddling = mid !== null && truth > 0.2 && truth < 0.8;
      // The slope of the normal distribution at that probability: cents for each deviation.
      return isMiddling ? (mid - truth) / slope(truth) : null;
    });
    const known = deviations.filter((one) => one !== null);
    expect(known.length).toBeGreaterThan(150);
    const spread = Math.sqrt(mean(known.map((one) => one ** 2)));
    expect(spread).toBeGreaterThan(0.08);
    expect(spread).toBeLessThan(0.125);
    expect(Math.abs(mean(known))).toBeLessThan(0.03);
    const pairs = deviations.flatMap((one, at) => {
      const other = at % 3 === 2 ? null : (deviations[at + 1] ?? null);
      return one === null || other === null ? [] : [one * other];
    });
    expect(step).toBe(240);
    expect(mean(pairs) / spread ** 2).toBeGreaterThan(0.25);
    expect(mean(pairs) / spread ** 2).toBeLessThan(0.75);
  });
});

/** Density of the normal distribution at its quantile of a probability, by bisection of its tail. */
function slope(probability: number): number {
  // Between 0.2 and 0.8 the quantile is near to 2.5066 (p - 1/2) (1 + 1.0472 (p - 1/2)^2).
  const off = probability - 0.5;
  const quantile = Math.sqrt(2 * Math.PI) * off * (1 + (Math.PI / 3) * off ** 2);
  return Math.exp(-(quantile ** 2) / 2) / Math.sqrt(2 * Math.PI);
}
