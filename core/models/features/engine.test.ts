import { describe, expect, it } from "vitest";
import { countCenti, type Instant, instant } from "../../domain/units.ts";
import { featureRecord, type GameFeatures } from "./engine.ts";
import { FEATURE_GROUPS, FEATURE_NAMES, FEATURES } from "./list.ts";
import { AWAY, clockOf, HOME, newEngine, quoteOf, readingOf, TIP } from "./testing/history.ts";

const later = (seconds: number): Instant => instant(TIP + seconds * 1_000);
const record = (engine: GameFeatures, seconds: number, ticker = HOME) =>
  featureRecord(engine.vector(ticker, later(seconds)));

describe("the list", () => {
  it("has seventy features, fourteen in each of five groups, each named once", () => {
    expect(FEATURES).toHaveLength(70);
    expect(FEATURE_GROUPS.map(([, features]) => features.length)).toEqual([14, 14, 14, 14, 14]);
    expect(new Set(FEATURE_NAMES).size).toBe(70);
  });

  it("says of each its meaning, unit and needs, and names a window where it has one", () => {
    for (const { name, meaning, unit, needs, windowMs } of FEATURES) {
      expect(name).toMatch(/^[a-z]+(_[a-z0-9]+)+$/);
      expect(meaning.length * unit.length * needs.length, name).toBeGreaterThan(0);
      const seconds = /_(\d+)s$/.exec(name)?.[1];
      expect(windowMs, name).toBe(seconds === undefined ? null : Number(seconds) * 1_000);
    }
  });
});

describe("what is missing", () => {
  it("is all but the schedule before anything was observed: null, and never 0", () => {
    const engine = newEngine();
    const { game_seconds_to_tip, ...rest } = record(engine, -600);
    expect(game_seconds_to_tip).toBe(600);
    expect(Object.values(rest).every((value) => value === null)).toBe(true);
  });

  it("is a window until it is covered, even where nothing moved in it", () => {
    const engine = newEngine();
    engine.observeQuote(quoteOf(HOME, later(0), [48, 50]));
    expect(record(engine, 59)).toMatchObject({ momentum_change_60s: null, price_range_60s: null });
    expect(record(engine, 60)).toMatchObject({ momentum_change_60s: 0, price_range_60s: 0 });
  });

  it("is what needs a quote while the quote cannot be believed, and is back with the next", () => {
    const engine = newEngine();
    engine.observeQuote(quoteOf(HOME, later(0), [48, 50]));
    engine.markStale(HOME, later(70));
    expect(record(engine, 70)).toMatchObject({ price_bid: null, momentum_moves_60s: null });
    engine.observeQuote(quoteOf(HOME, later(71), [48, 50]));
    expect(record(engine, 71)).toMatchObject({ price_bid: 0.48, momentum_moves_60s: 0 });
  });

  it("is the score of a clock that is not believed, or that was reconstructed", () => {
    for (const changes of [{ staleBecause: ["frozen"] }, { isReconstructed: true }]) {
      const engine = newEngine();
      engine.observeClock(clockOf(later(0), { homeScore: 2, ...changes }));
      const { score_lead, game_period, game_feed_age_seconds } = record(engine, 3);
      expect([score_lead, game_period, game_feed_age_seconds]).toEqual([null, null, 3]);
    }
  });

  it("is the course of a game whose start was not seen", () => {
    const engine = newEngine();
    engine.observeClock(clockOf(later(1_000), { period: 2, homeScore: 40, awayScore: 31 }));
    expect(record(engine, 1_000)).toMatchObject({ score_lead: 9, score_lead_max: null });
  });

  it("is what depends on sizes, sides or single trades where a source has none", () => {
    const engine = newEngine();
    const sum = { marketTicker: HOME, count: countCenti(1_200), takerSide: null, isSingle: false };
    engine.observeQuote(quoteOf(HOME, later(0), [48, 50], [null, null]));
    engine.observePrint({ ...sum, at: later(0) });
    engine.observePrint({ ...sum, at: later(300) });
    expect(record(engine, 300)).toMatchObject({
      micro_bid_size: null,
      micro_imbalance: null,
      micro_volume_300s: 12,
      micro_signed_volume_60s: null,
      micro_prints_300s: null,
    });
  });
});

describe("what is said", () => {
  it("is seen from the market's own team", () => {
    const engine = newEngine();
    engine.observeReadings(
      [readingOf("elo", 0.6, later(-60)), readingOf("espn", 0.7, later(0))],
      later(0),
    );
    engine.observeClock(clockOf(later(0)));
    engine.observeClock(clockOf(later(40), { clockSeconds: 680, homeScore: 3 }));
    engine.observeClock(clockOf(later(50), { clockSeconds: 670, homeScore: 5 }));
    expect(record(engine, 50)).toMatchObject({
      score_lead: 5,
      score_run: 5,
      score_lead_max: 5,
      score_lead_min: 0,
      game_possession: -1,
      game_pregame: expect.closeTo(0.6, 9) as number,
      game_espn: 0.7,
    });
    expect(record(engine, 50, AWAY)).toMatchObject({
      score_lead: -5,
      score_run: -5,
      score_lead_max: 0,
      score_lead_min: -5,
      game_possession: 1,
      game_pregame: expect.closeTo(0.4, 9) as number,
      game_espn: expect.closeTo(0.3, 9) as number,
    });
  });

  it("sums moves, path and trend of the mid by hand", () => {
    const engine = newEngine();
    // Mids 49, 51, 50 over 300 s: path 3 cents, change 1 cent, two moves of which one up.
    engine.observeQuote(quoteOf(HOME, later(0), [48, 50]));
    engine.observeQuote(quoteOf(HOME, later(250), [50, 52]));
    engine.observeQuote(quoteOf(HOME, later(280), [49, 51]));
    expect(record(engine, 300)).toMatchObject({
      momentum_change_300s: 0.01,
      momentum_trend_300s: expect.closeTo(1 / 3, 9) as number,
      momentum_volatility_300s: expect.closeTo(Math.sqrt(0.02 ** 2 + 0.01 ** 2), 9) as number,
      momentum_up_share_60s: 0.5,
      price_position_300s: 0.5,
      // (250 * 49 + 30 * 51 + 20 * 50) / 300 = 49.2667 cents.
      price_from_mean_300s: expect.closeTo(0.5 - 0.492667, 6) as number,
    });
  });

  it("weighs the price by what stands on the other side", () => {
    const engine = newEngine();
    engine.observeQuote(quoteOf(HOME, later(0), [48, 50], [300, 100]));
    engine.observeQuote(quoteOf(AWAY, later(0), [49, 51]));
    // (48 * 100 + 50 * 300) / 400 = 49.5 cents, half a cent over the mid.
    expect(record(engine, 1)).toMatchObject({
      micro_price_less_mid: expect.closeTo(0.005, 9) as number,
      micro_imbalance: 0.5,
      micro_pair_mid_gap: expect.closeTo(-0.01, 9) as number,
      micro_pair_cost: expect.closeTo(0.01, 9) as number,
    });
  });

  it("refuses a market that is not of the game", () => {
    expect(() => newEngine().vector("OTHER", TIP)).toThrow("one of the game's");
  });
});

describe("after a restart", () => {
  it("is as before once the snapshots are observed again, but for the tape until its windows are covered", () => {
    const quotes = Array.from({ length: 200 }, (_, i) =>
      quoteOf(HOME, later(i * 10), [40 + (i % 7), 42 + (i % 7)], [100 + i, 300]),
    );
    const clocks = Array.from({ length: 100 }, (_, i) =>
      clockOf(later(i * 20), { clockSeconds: 720 - i * 7, homeScore: i, awayScore: i + (i % 5) }),
    );
    const [before, after] = [newEngine(), newEngine()];
    for (const engine of [before, after]) {
      for (const clock of clocks) engine.observeClock(clock);
      for (const quote of quotes) {
        const isKept = engine === before || quote.receivedAt >= later(1_990 - 915);
        if (isKept) engine.observeQuote(quote);
      }
    }
    const print = { marketTicker: HOME, count: countCenti(500), takerSide: "bid" as const };
    before.observePrint({ ...print, at: later(1_000), isSingle: true });
    const { price_from_tip, ...was } = record(before, 1_990);
    const { price_from_tip: isFromTip, ...is } = record(after, 1_990);
    const tape = FEATURES.filter(({ needs }) => needs.includes("prints")).map(({ name }) => name);
    expect(tape).toHaveLength(5);
    for (const name of tape) expect(is[name], name).toBeNull();
    expect(is).toEqual({ ...was, ...Object.fromEntries(tape.map((name) => [name, null])) });
    // The mid at tip is older than the windows: it needs the snapshots from there on.
    expect(price_from_tip).not.toBeNull();
    expect(isFromTip).toBeNull();
  });
});
