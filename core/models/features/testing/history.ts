import fc from "fast-check";
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

const ticker = fc.constantFrom(HOME, AWAY);
const cents = fc.integer({ min: 40, max: 55 });
const size = fc.option(fc.integer({ min: 0, max: 900 }), { freq: 8 });
const step = fc.record({ waitMs: fc.integer({ min: 0, max: 20_000 }) });

const quoteStep = fc
  .record({
    ticker,
    bid: fc.option(cents, { freq: 9 }),
    width: fc.integer({ min: 1, max: 4 }),
    noAsk: oneIn(12),
    bidSize: size,
    askSize: size,
  })
  .map((one) => ({ kind: "quote" as const, ...one }));
const printStep = fc
  .record({
    ticker,
    count: fc.integer({ min: 1, max: 500 }),
    side: fc.constantFrom("bid" as const, "ask" as const),
  })
  .map((one) => ({ kind: "print" as const, ...one }));
const clockStep = fc
  .record({
    played: fc.integer({ min: 0, max: 90 }),
    home: fc.constantFrom(0, 0, 0, 1, 2, 3, -1),
    away: fc.constantFrom(0, 0, 0, 1, 2, 3),
    isStale: oneIn(10),
    isPre: oneIn(15),
  })
  .map((one) => ({ kind: "clock" as const, ...one }));
const espnStep = fc
  .record({ value: fc.option(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { freq: 8 }) })
  .map((one) => ({ kind: "readings" as const, ...one }));
const staleStep = ticker.map((name) => ({ kind: "stale" as const, ticker: name }));

/** Histories of a game, from some minutes before its tip or from its middle. */
export const histories: fc.Arbitrary<readonly Observation[]> = fc
  .record({
    startMs: fc.integer({ min: -1_500_000, max: 60_000 }),
    hasElo: fc.boolean(),
    elapsed: fc.constantFrom(0, 0, 400, 1_300, 2_500, 2_880),
    steps: fc.array(
      fc.tuple(
        step,
        fc.oneof(
          { weight: 10, arbitrary: quoteStep },
          { weight: 4, arbitrary: printStep },
          { weight: 4, arbitrary: clockStep },
          { weight: 2, arbitrary: espnStep },
          { weight: 1, arbitrary: staleStep },
        ),
      ),
      { minLength: 1, maxLength: 160, size: "max" },
    ),
  })
  .map(({ startMs, hasElo, elapsed, steps }) => {
    let at = instant(TIP + startMs);
    const played = { elapsed, home: 0, away: 0 };
    const elo = hasElo ? [readingOf("elo", 0.62, at)] : [];
    const history: Observation[] = [{ kind: "readings", at, readings: elo }];
    for (const [{ waitMs }, what] of steps) {
      at = instant(at + waitMs);
      history.push(observationOf(what, at, elo, played));
    }
    return history;
  });

type Step =
  | (typeof quoteStep extends fc.Arbitrary<infer T> ? T : never)
  | (typeof printStep extends fc.Arbitrary<infer T> ? T : never)
  | (typeof clockStep extends fc.Arbitrary<infer T> ? T : never)
  | (typeof espnStep extends fc.Arbitrary<infer T> ? T : never)
  | (typeof staleStep extends fc.Arbitrary<infer T> ? T : never);

function observationOf(
  what: Step,
  at: Instant,
  elo: readonly ForecastReading[],
  played: { elapsed: number; home: number; away: number },
): Observation {
  switch (what.kind) {
    case "quote": {
      const { bid, width, noAsk, bidSize, askSize } = what;
      const ask = noAsk ? null : (bid ?? 40) + width;
      return { kind: "quote", at, quote: quoteOf(what.ticker, at, [bid, ask], [bidSize, askSize]) };
    }
    case "print": {
      const { side, count } = what;
      const print = { marketTicker: what.ticker, at, count: countCenti(count), takerSide: side };
      return { kind: "print", at, print: { ...print, isSingle: true } };
    }
    case "clock": {
      if (what.isPre && played.elapsed === 0) {
        return {
          kind: "clock",
          at,
          clock: clockOf(at, { state: "pre", period: 0, clockSeconds: 0 }),
        };
      }
      played.elapsed += what.played;
      played.home = Math.max(0, played.home + what.home);
      played.away += what.away;
      const { period, clockSeconds } = pointAt(played.elapsed);
      const [homeScore, awayScore] = [played.home, played.away];
      const staleBecause = what.isStale ? ["frozen"] : [];
      const clock = clockOf(at, { period, clockSeconds, homeScore, awayScore, staleBecause });
      return { kind: "clock", at, clock };
    }
    case "readings":
      return { kind: "readings", at, readings: [...elo, readingOf("espn", what.value, at)] };
    case "stale":
      return { kind: "stale", at, ticker: what.ticker };
  }
}

/** The game clock after so many seconds of play. */
function pointAt(elapsed: number): { readonly period: number; readonly clockSeconds: number } {
  const overtime = Math.floor((elapsed - 2_880) / 300);
  if (overtime >= 0) return { period: 5 + overtime, clockSeconds: 300 - ((elapsed - 2_880) % 300) };
  return { period: 1 + Math.floor(elapsed / 720), clockSeconds: 720 - (elapsed % 720) };
}

function oneIn(n: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: n }).map((drawn) => drawn === 1);
}
