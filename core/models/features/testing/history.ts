import type { ForecastReading, GameClock } from "../../../domain/decision.ts";
import type { Quote } from "../../../domain/market.ts";
import { countCenti, type Instant, instant, priceMicros } from "../../../domain/units.ts";
import type { BlendConfig } from "../../blend.ts";
import { GameFeatures } from "../engine.ts";
import type { Print } from "../market-track.ts";

/** The scheduled tip of the test game. */
export const TIP: Instant = instant(1_790_000_000_000);
/** When its schedule became known. */
export const LISTED: Instant = instant(TIP - 7_200_000);
/** Its two markets. */
export const HOME = "E-NYK";
/** The away team's. */
export const AWAY = "E-BOS";

/** Settings of the forecasts among the features. */
export const CONFIG: BlendConfig = {
  elo: { k: 20, homeAdvantage: 65, regression: 0.5, mean: 1505 },
  injuries: { defaultImpactElo: 15, maxLossElo: 150 },
  inGame: { sigmaPoints: 14, lastPossessionPoints: 1.2, possessionPoints: 0.5 },
  weights: { elo: 1, partner: 6, espn: 4, inGameAtTip: 1, inGameAtEnd: 2 },
  espnMaxAgeMs: 60_000,
  reconstructedMaxAgeMs: 60_000,
  clip: 0.001,
};

/** Something that was observed. */
export type Observation = { readonly at: Instant } & (
  | { readonly kind: "quote"; readonly quote: Quote }
  | { readonly kind: "stale"; readonly ticker: string }
  | { readonly kind: "print"; readonly print: Print }
  | { readonly kind: "clock"; readonly clock: GameClock }
  | { readonly kind: "readings"; readonly readings: readonly ForecastReading[] }
);

/** An engine that has observed these. */
export function engineOf(history: readonly Observation[], shiftMs = 0): GameFeatures {
  const engine = newEngine(shiftMs);
  for (const one of history) observe(engine, one);
  return engine;
}

/** An engine of the test game that has observed nothing. */
export function newEngine(shiftMs = 0): GameFeatures {
  const markets = [
    { ticker: HOME, team: "home" as const },
    { ticker: AWAY, team: "away" as const },
  ];
  const game = { tipAt: instant(TIP + shiftMs), listedAt: instant(LISTED + shiftMs), markets };
  return new GameFeatures(game, CONFIG);
}

/** Tells an engine of one observation. */
export function observe(engine: GameFeatures, one: Observation): void {
  switch (one.kind) {
    case "quote":
      engine.observeQuote(one.quote);
      return;
    case "stale":
      engine.markStale(one.ticker, one.at);
      return;
    case "print":
      engine.observePrint(one.print);
      return;
    case "clock":
      engine.observeClock(one.clock);
      return;
    case "readings":
      engine.observeReadings(one.readings, one.at);
      return;
  }
}

/** The same observations, all later by so much. */
export function shifted(history: readonly Observation[], ms: number): readonly Observation[] {
  const later = (at: Instant): Instant => instant(at + ms);
  return history.map((one): Observation => {
    const at = later(one.at);
    if (one.kind === "quote") return { ...one, at, quote: { ...one.quote, receivedAt: at } };
    if (one.kind === "print") return { ...one, at, print: { ...one.print, at } };
    if (one.kind === "clock") return { ...one, at, clock: { ...one.clock, receivedAt: at } };
    if (one.kind === "stale") return { ...one, at };
    const readings = one.readings.map((reading) => ({
      ...reading,
      knownAt: reading.knownAt === null ? null : later(reading.knownAt),
    }));
    return { ...one, at, readings };
  });
}

/** A quote in cents, its sizes in contracts. */
export function quoteOf(
  ticker: string,
  at: Instant,
  [bid, ask]: readonly [number | null, number | null],
  [bidSize, askSize]: readonly [number | null, number | null] = [500, 500],
): Quote {
  const price = (cents: number | null) => (cents === null ? null : priceMicros(cents * 10_000));
  const size = (count: number | null, cents: number | null) =>
    count === null || cents === null ? null : countCenti(count * 100);
  return {
    marketTicker: ticker,
    bid: price(bid),
    bidSize: size(bidSize, bid),
    ask: price(ask),
    askSize: size(askSize, ask),
    quotedAt: at,
    receivedAt: at,
  };
}

/** A clock in play, the score level, unless changed. */
export function clockOf(at: Instant, changes: Partial<GameClock> = {}): GameClock {
  return {
    state: "in",
    period: 1,
    clockSeconds: 720,
    homeScore: 0,
    awayScore: 0,
    sourceTime: at,
    receivedAt: at,
    staleBecause: [],
    isReconstructed: false,
    ...changes,
  };
}

/** A reading that is present. */
export function readingOf(
  source: ForecastReading["source"],
  value: number | null,
  knownAt: Instant,
): ForecastReading {
  const absentBecause = value === null ? "frozen" : null;
  return { source, value, version: "test", knownAt, absentBecause };
}
