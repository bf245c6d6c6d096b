import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../domain/assert.ts";
import type { ForecastReading } from "../../domain/decision.ts";
import { countCenti, type Instant, instant } from "../../domain/units.ts";
import type { FeatureVector } from "./engine.ts";
import { FEATURE_NAMES } from "./list.ts";
import {
  AWAY,
  clockOf,
  engineOf,
  HOME,
  newEngine,
  type Observation,
  observe,
  quoteOf,
  readingOf,
  shifted,
  TIP,
} from "./testing/history.ts";
import { naiveFeatures } from "./testing/naive.ts";

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
const histories: fc.Arbitrary<readonly Observation[]> = fc
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

const after = fc.integer({ min: 0, max: 400_000 });
const lastAt = (history: readonly { readonly at: Instant }[]): Instant =>
  required(history.at(-1), "an observation").at;

/** The first feature that is not as expected, to nine digits; null when all are. */
function difference(
  { values }: FeatureVector,
  expected: Readonly<Record<string, number>>,
): string | null {
  for (const [index, name] of FEATURE_NAMES.entries()) {
    const [found, wanted] = [values[index] ?? NaN, expected[name] ?? NaN];
    const isSame = Number.isNaN(wanted)
      ? Number.isNaN(found)
      : Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
    if (!isSame) return `${name}: ${found}, not ${wanted}`;
  }
  return null;
}

describe("streaming", () => {
  it("gives what a walk over the whole history gives, at every step and after it", () => {
    fc.assert(
      fc.property(histories, ticker, after, (history, own, laterMs) => {
        const engine = newEngine();
        const check = (at: Instant): void => {
          expect(difference(engine.vector(own, at), naiveFeatures(history, own, at))).toBeNull();
        };
        for (const [index, one] of history.entries()) {
          observe(engine, one);
          const isLastOfInstant = history[index + 1]?.at !== one.at;
          if (isLastOfInstant && index % 13 === 0) check(one.at);
        }
        check(instant(lastAt(history) + laterMs));
      }),
      { numRuns: 60 },
    );
  });

  it("was compared on histories in which each feature is present, and each may be missing", () => {
    const counts = FEATURE_NAMES.map(() => ({ present: 0, missing: 0 }));
    for (const history of fc.sample(histories, { numRuns: 400, seed: 7 })) {
      const { values } = engineOf(history).vector(HOME, lastAt(history));
      for (const [index, value] of values.entries()) {
        const count = required(counts[index], "a feature");
        if (Number.isNaN(value)) count.missing += 1;
        else count.present += 1;
      }
    }
    const never = (what: "present" | "missing"): readonly string[] =>
      FEATURE_NAMES.filter((_, index) => counts[index]?.[what] === 0);
    expect(never("present")).toEqual([]);
    expect(never("missing")).toEqual(["game_seconds_to_tip"]);
  });

  it("depends on nothing but what was observed, not on when it was asked", () => {
    fc.assert(
      fc.property(histories, ticker, (history, own) => {
        const asked = newEngine();
        for (const one of history) {
          observe(asked, one);
          asked.vector(own, one.at);
        }
        const at = lastAt(history);
        expect(asked.vector(own, at)).toEqual(engineOf(history).vector(own, at));
      }),
      { numRuns: 40 },
    );
  });
});

describe("no look-ahead", () => {
  it("says of an instant the same, whatever comes after it", () => {
    fc.assert(
      fc.property(histories, ticker, fc.nat(), (history, own, cut) => {
        const at = required(history[cut % history.length], "an observation").at;
        const past = history.filter((one) => one.at <= at);
        const engine = newEngine();
        const next = history.findIndex((one) => one.at > at);
        const upTo = next === -1 ? history.length : next;
        for (const one of history.slice(0, upTo)) observe(engine, one);
        const then = engine.vector(own, at);
        for (const one of history.slice(upTo)) observe(engine, one);
        expect(then).toEqual(engineOf(past).vector(own, at));
        if (upTo < history.length) expect(() => engine.vector(own, at)).toThrow("nothing later");
      }),
      { numRuns: 60 },
    );
  });

  it("has used nothing later than the instant, and names the last of what it used", () => {
    fc.assert(
      fc.property(histories, ticker, after, (history, own, laterMs) => {
        const at = instant(lastAt(history) + laterMs);
        const { values, knownAt, latest } = engineOf(history).vector(own, at);
        expect([...knownAt].map(Number.isNaN)).toEqual([...values].map(Number.isNaN));
        const known = [...knownAt].filter((one) => !Number.isNaN(one));
        expect(known.every((one) => one <= at)).toBe(true);
        expect(latest).toBe(known.length === 0 ? null : Math.max(...known));
      }),
    );
  });

  it("does not change when what came after its known instant is taken away", () => {
    fc.assert(
      fc.property(histories, ticker, (history, own) => {
        const at = lastAt(history);
        const whole = engineOf(history).vector(own, at);
        for (const [index, name] of FEATURE_NAMES.entries()) {
          const known = whole.knownAt[index] ?? NaN;
          if (Number.isNaN(known)) continue;
          const upTo = engineOf(history.filter((one) => one.at <= known)).vector(own, at);
          expect(upTo.values[index], name).toBe(whole.values[index]);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("moves with its times: all of them later by an hour, and so is every known instant", () => {
    fc.assert(
      fc.property(histories, ticker, fc.integer({ min: 1, max: 7_200_000 }), (history, own, ms) => {
        const at = lastAt(history);
        const now = engineOf(history).vector(own, at);
        const later = engineOf(shifted(history, ms), ms).vector(own, instant(at + ms));
        expect(later.values).toEqual(now.values);
        expect(later.knownAt).toEqual(now.knownAt.map((known) => known + ms));
      }),
    );
  });
});
