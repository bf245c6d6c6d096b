import { describe, expect, it } from "vitest";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import { averageInterval } from "../domain/btc-contract.ts";
import { type Instant, instant, usdMicros } from "../domain/units.ts";
import { compareHorizons, HORIZON_MINUTES, type HorizonForecast } from "../scoring/btc-horizons.ts";
import { seededChance } from "../scoring/inference/chance.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { BtcSpotModel } from "./btc-spot.ts";
import { probabilityWithin } from "./digital-option.ts";
import type { BasisObservation } from "./spot-basis.ts";
import type { SpotTick } from "./spot-volatility.ts";

const MINUTE_MS = 60_000;
/** Without a trade for so long, the close of a candle is the newest price there is. */
const SILENCE_MS = 30_000;
const cells = (name: string): readonly (readonly string[])[] =>
  linesOf(dataPath("kalshi-btc", name))
    .slice(1)
    .map((line) => line.split(","));
const time = (text: string | undefined): Instant => instant(Date.parse(text ?? ""));

/** Trades, and where they lack the closes of completed candles, in sequence. */
function readTicks(): readonly SpotTick[] {
  const trades = cells("coinbase_btcusd_matches.public.csv.gz").map((row) => {
    return { at: time(row[0]), price: Number(row[3]), isTrade: true };
  });
  const candles = cells("coinbase_btcusd_1m.public.csv.gz").map((row) => {
    return { at: instant(time(row[0]) + MINUTE_MS), price: Number(row[4]), isTrade: false };
  });
  const ticks: SpotTick[] = [];
  let tradedAt = -Infinity;
  for (const { at, price, isTrade } of [...trades, ...candles].sort((a, b) => a.at - b.at)) {
    if (isTrade) tradedAt = at;
    if (isTrade || at - tradedAt > SILENCE_MS) ticks.push({ at, price });
  }
  return ticks;
}

/** The mids of each market, in sequence; an empty side stands at 0 or 1. */
function readMids(): ReadonlyMap<string, readonly { at: Instant; mid: number }[]> {
  const mids = new Map<string, { at: Instant; mid: number }[]>();
  for (const row of cells("kxbtc15m_book_1s.public.csv.gz")) {
    const bid = Number(row[4]) / 100;
    const ask = row[14] === "" ? 1 : 1 - Number(row[14]) / 100;
    if ((row[4] === "" && row[14] === "") || ask <= bid) continue;
    const own = mids.get(row[1] ?? "") ?? [];
    own.push({ at: time(row[0]), mid: (bid + ask) / 2 });
    mids.set(row[1] ?? "", own);
  }
  return mids;
}

interface Settled {
  readonly ticker: string;
  readonly closeAt: Instant;
  readonly strike: number;
  readonly average: number | null;
  readonly outcome: 0 | 1;
}

function readContracts(): readonly Settled[] {
  return cells("kxbtc15m_markets.public.csv")
    .filter((row) => row[5] === "yes" || row[5] === "no")
    .map((row) => ({
      ticker: row[0] ?? "",
      closeAt: time(row[2]),
      strike: Number(row[3]),
      average: row[4] === "" ? null : Number(row[4]),
      outcome: row[5] === "yes" ? 1 : 0,
    }));
}

/** One forecast with the error of its average, in deviations and in log returns. */
interface Row extends HorizonForecast {
  readonly deviations: number | null;
  readonly error: number | null;
}

/** Forecasts every horizon of every contract by the model and the settings that are shipped, from what was known then. */
function replay(): { rows: readonly Row[]; observations: readonly BasisObservation[] } {
  const ticks = readTicks();
  const mids = readMids();
  const { bitcoin } = loadTipoffConfig("config/tipoff.yaml").config;
  const model = new BtcSpotModel(bitcoin.spot, "coinbase");
  const observations: BasisObservation[] = [];
  let next = 0;
  const rows: Row[] = [];
  const instants = readContracts()
    .flatMap((contract) => [
      ...HORIZON_MINUTES.map((minutes) => {
        return { at: instant(contract.closeAt - minutes * MINUTE_MS), minutes, contract };
      }),
      // The result is known some seconds after the close.
      { at: instant(contract.closeAt + 6_000), minutes: null, contract },
    ])
    .sort((a, b) => a.at - b.at);
  for (const { at, minutes, contract } of instants) {
    for (let tick = ticks[next]; tick && tick.at <= at; tick = ticks[next]) {
      model.push({ sourceAt: tick.at, price: usdMicros(Math.round(tick.price * 1e6)) });
      next += 1;
    }
    const { closeAt, average } = contract;
    if (minutes === null) {
      const seen = average === null ? null : model.settled(closeAt, Math.round(average * 1e6), at);
      if (seen !== null) observations.push(seen);
      continue;
    }
    const quote = mids.get(contract.ticker)?.findLast((one) => one.at <= at);
    const forecast = model.forecast(closeAt, at);
    if (!quote || at - quote.at > MINUTE_MS || forecast === null) continue;
    const { settlement } = forecast;
    const strike = usdMicros(Math.round(contract.strike * 1e6));
    const { low, high } = averageInterval({ kind: "at-or-above", strike });
    const error = average === null ? null : Math.log(average / settlement.mean);
    rows.push({
      series: "KXBTC15M",
      marketTicker: contract.ticker,
      closeAt,
      outcome: contract.outcome,
      minutesToClose: minutes,
      model: probabilityWithin(settlement, low, high),
      market: quote.mid,
      deviations: error === null ? null : error / settlement.deviation,
      error,
    });
  }
  return { rows, observations };
}

describe("forecasts of the recorded quarter-hours", () => {
  const { rows, observations } = replay();
  const scores = compareHorizons(rows, { chance: seededChance(7) });

  it("find the basis that the settlements show: Coinbase a basis point below the index", () => {
    expect(observations.length).toBeGreaterThanOrEqual(24);
    const mean =
      observations.reduce((sum, one) => sum + (one.spotMean / one.average - 1), 0) /
      observations.length;
    expect(mean).toBeGreaterThan(-1.6e-4);
    expect(mean).toBeLessThan(-0.8e-4);
  });

  it.each([
    [10, 75],
    [5, 70],
    [2, 66],
    [1, 52],
  ])("are as good as the market's own price %i minutes before the close, nearly", (minutes, n) => {
    const score = scores.find(({ minutesToClose }) => minutesToClose === minutes);
    expect(score?.n).toBe(n);
    expect(score?.brier.model).toBeLessThan(0.22);
    // No better and no worse than the market by a hundredth of squared probability.
    expect(Math.abs(score?.difference.mean ?? 1)).toBeLessThan(0.01);
    expect(score?.logLoss.model).toBeLessThan(0.62);
  });

  it("are about as uncertain as they err", () => {
    for (const minutes of HORIZON_MINUTES) {
      const squares = rows
        .filter(({ minutesToClose }) => minutesToClose === minutes)
        .flatMap(({ deviations }) => (deviations === null ? [] : [deviations ** 2]));
      const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
      // 1, give or take the fat tails of some 60 contracts.
      expect(mean).toBeGreaterThan(0.5);
      expect(mean).toBeLessThan(1.7);
    }
  });

  it("have no bias at the last minute: less than half a basis point", () => {
    const errors = rows
      .filter(({ minutesToClose }) => minutesToClose === 1)
      .flatMap(({ error }) => (error === null ? [] : [error]));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(Math.abs(mean)).toBeLessThan(5e-5);
  });
});
