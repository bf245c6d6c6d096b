import { createHash } from "node:crypto";
import { averageInterval, type BtcContract } from "../core/domain/btc-contract.ts";
import type { FeeSchedule } from "../core/domain/market.ts";
import { countCenti, type Instant, instant, priceMicros, usdMicros } from "../core/domain/units.ts";
import { type BtcForecast, btcForecast, btcConfidence } from "../core/models/btc-forecast.ts";
import { probabilityWithin } from "../core/models/digital-option.ts";
import { VOLATILITY_CONFIG, SpotVolatility } from "../core/models/spot-volatility.ts";
import { type Chance, seededChance } from "../core/scoring/inference/chance.ts";
import { type SeriesContract, seriesEdges } from "../core/strategies/btc-series.ts";
import { BTC_NOW } from "../test/db/bitcoin.ts";
import type { BenchResult, Figure } from "./result.ts";

const SEED = 41;
const CONTRACTS = 200;
/** Prices of the spot: a forecast each, and every contract by it. */
const PRICES = 2_000;
const RUNS = 5;
const SPOT_USD = 80_000;
const HOUR_MS = 3_600_000;
const FEES: FeeSchedule = { kind: "quadratic", multiplierMilli: 1_000 };

/** What the probabilities of a whole ladder cost, a forecast of the close for each price included. */
export function btcFairValue(): Promise<BenchResult> {
  const contracts = ladder();
  const bounds = contracts.map(({ contract }) => averageInterval(contract.bounds));
  const values = new Float64Array(CONTRACTS);
  const hash = createHash("sha256");
  const run = (each: (forecast: BtcForecast) => void): number => {
    const inputs = spotInputs(seededChance(SEED));
    const started = performance.now();
    for (const input of inputs) each(btcForecast(input));
    return (CONTRACTS * PRICES * 1_000) / (performance.now() - started);
  };
  const value = (forecast: BtcForecast): void => {
    for (let n = 0; n < CONTRACTS; n += 1) {
      const { low, high } = bounds[n] ?? { low: Number.NaN, high: Number.NaN };
      values[n] = probabilityWithin(forecast.settlement, low, high);
    }
  };
  const confide = (forecast: BtcForecast): void => {
    value(forecast);
    for (let n = 0; n < CONTRACTS; n += 1) {
      const { low, high } = bounds[n] ?? { low: Number.NaN, high: Number.NaN };
      values[n] = btcConfidence(forecast, low, high);
    }
  };
  const edges = (forecast: BtcForecast): unknown => seriesEdges(contracts, () => forecast);
  run((forecast) => {
    value(forecast);
    hash.update(values);
  });
  const slowest = (each: (forecast: BtcForecast) => void): number =>
    Math.round(Math.min(...Array.from({ length: RUNS }, () => run(each))));
  const figure = (name: string, found: number, target: Figure["target"]): Figure => {
    return { name, value: found, unit: "a second", target };
  };
  return Promise.resolve({
    name: "btc-fair-value",
    definition:
      `fair values a second on one core, the slowest of ${RUNS} runs: ${PRICES} prices of the spot, a forecast ` +
      `of the close by each and from it the probability of each of ${CONTRACTS} contracts; then with the ` +
      "confidence of each, and the whole edge with fees as the watch computes it",
    seed: SEED,
    checksum: hash.digest("hex"),
    figures: [
      figure("fair values", slowest(value), { atLeast: 1_000_000 }),
      figure("fair values with confidence", slowest(confide), null),
      figure("whole edges", slowest(edges), null),
    ],
  });
}

/** The same prices each time: a walk, with what volatility is seen of it. */
function spotInputs(chance: Chance): readonly Parameters<typeof btcForecast>[0][] {
  const volatility = new SpotVolatility(VOLATILITY_CONFIG);
  let price = SPOT_USD;
  return Array.from({ length: PRICES }, (_, n) => {
    price += chance.normal() * 2;
    const at = instant(BTC_NOW + n * 100);
    const spot = { at, price };
    volatility.push(spot);
    const closeAt = instant(BTC_NOW + HOUR_MS);
    const rates = volatility.estimate(at, (closeAt - at) / 1_000);
    const basis = { basis: 0, deviation: 1e-4, n: 0, ageMs: null };
    return { at, closeAt, spot, seen: { ticks: 0, mean: null }, volatility: rates, basis };
  });
}

function ladder(): readonly SeriesContract[] {
  const at: Instant = BTC_NOW;
  return Array.from({ length: CONTRACTS }, (_, n) => {
    const marketTicker = `KXBTCD-26NOV2021-T${n}`;
    const contract: BtcContract = {
      ...{ series: "KXBTCD", eventTicker: "KXBTCD-26NOV2021", marketTicker },
      bounds: { kind: "above", strike: usdMicros((SPOT_USD + (n - 100) * 100) * 1_000_000) },
      ...{ openAt: at, closeAt: instant(at + HOUR_MS) },
    };
    const quote = {
      ...{ marketTicker, bid: priceMicros(450_000), bidSize: countCenti(1_000) },
      ...{ ask: priceMicros(470_000), askSize: countCenti(1_000), quotedAt: at, receivedAt: at },
    };
    return {
      contract,
      status: "active",
      exchangeIndex: 2,
      fees: FEES,
      quote,
      quoteStaleBecause: null,
    };
  });
}
