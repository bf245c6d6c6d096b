import { assert } from "../../domain/assert.ts";
import type { ForecastReading, GameClock } from "../../domain/decision.ts";
import type { Quote } from "../../domain/market.ts";
import { type Instant, instant } from "../../domain/units.ts";
import type { BlendConfig } from "../blend.ts";
import type { FeatureNeed, Seen } from "./feature.ts";
import { GameTrack } from "./game-track.ts";
import { FEATURES } from "./list.ts";
import { MarketTrack, type Print } from "./market-track.ts";

/** The game whose markets are described. */
export interface FeatureGame {
  readonly tipAt: Instant;
  /** When the schedule became known. */
  readonly listedAt: Instant;
  readonly markets: readonly { readonly ticker: string; readonly team: "home" | "away" }[];
}

/** The features of one market at one instant, in the sequence of `FEATURES`. */
export interface FeatureVector {
  readonly marketTicker: string;
  readonly at: Instant;
  /** NaN where a feature is missing. */
  readonly values: Float64Array;
  /** The last instant that each feature used, epoch milliseconds; NaN where it is missing. */
  readonly knownAt: Float64Array;
  /** The last instant that any of them used; null when all are missing. */
  readonly latest: Instant | null;
}

/**
 * The features of a game's markets: a fold of what is observed, the same for live watch, replay and
 * training. Each observation costs amortised constant time; observe in order of time.
 *
 * After a restart the engine is made anew and observes again what the tables have: the game's
 * snapshots (quotes, clock, readings) from the tip for the course of the score, or from 15 minutes
 * ago for the windows. The tape is not in them: what needs prints is missing until its window is
 * covered anew.
 */
export class GameFeatures {
  readonly #game: GameTrack;
  readonly #markets = new Map<string, { readonly track: MarketTrack; readonly side: 1 | -1 }>();
  #latest = -Infinity;

  constructor(game: FeatureGame, config: BlendConfig) {
    this.#game = new GameTrack(game.tipAt, game.listedAt, config);
    for (const { ticker, team } of game.markets) {
      const side = team === "home" ? 1 : -1;
      this.#markets.set(ticker, { track: new MarketTrack(game.tipAt), side });
    }
  }

  /** The best prices of a market changed, or were confirmed. */
  observeQuote(quote: Quote): void {
    this.#markets.get(quote.marketTicker)?.track.observeQuote(quote);
    this.#knows(quote.receivedAt);
  }

  /** The quote of this market cannot be believed until the next one. */
  markStale(marketTicker: string, at: Instant): void {
    this.#markets.get(marketTicker)?.track.markStale();
    this.#knows(at);
  }

  /** Contracts printed. */
  observePrint(print: Print): void {
    this.#markets.get(print.marketTicker)?.track.observePrint(print);
    this.#knows(print.at);
  }

  /** The clock that the feeds together show. */
  observeClock(clock: GameClock): void {
    this.#game.observeClock(clock);
    this.#knows(clock.receivedAt);
  }

  /** What the forecast sources say at `at`, all of them. */
  observeReadings(readings: readonly ForecastReading[], at: Instant): void {
    this.#game.observeReadings(readings, at);
    this.#knows(at);
  }

  /**
   * The features of a market at `at`.
   *
   * @throws InvariantError when something later than `at` was observed: that would be looking ahead.
   */
  vector(marketTicker: string, at: Instant): FeatureVector {
    assert(this.#latest <= at, "a feature reads nothing later than its instant");
    const market = this.#markets.get(marketTicker);
    assert(market !== undefined, "the market is one of the game's");
    const pair = [...this.#markets.values()].find(({ side }) => side !== market.side);
    const seen = {
      at,
      market: market.track,
      pair: pair?.track ?? null,
      game: this.#game,
      side: market.side,
    };
    const values = new Float64Array(FEATURES.length);
    const knownAt = new Float64Array(FEATURES.length).fill(NaN);
    let latest = -Infinity;
    for (const [index, feature] of FEATURES.entries()) {
      const known = knownOf(feature.needs, seen);
      // What a need lacks is missing, whatever the formula would make of the rest.
      const value = known === null ? NaN : feature.value(seen);
      values[index] = Number.isFinite(value) ? value : NaN;
      if (known === null || !Number.isFinite(value)) continue;
      knownAt[index] = known;
      latest = Math.max(latest, known);
    }
    return {
      marketTicker,
      at,
      values,
      knownAt,
      latest: latest === -Infinity ? null : instant(latest),
    };
  }

  #knows(at: Instant): void {
    this.#latest = Math.max(this.#latest, at);
  }
}

/** The features by name, null where missing: what a record keeps. */
export function featureRecord(vector: FeatureVector): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    FEATURES.map(({ name }, index) => {
      const value = vector.values[index] ?? NaN;
      return [name, Number.isNaN(value) ? null : value];
    }),
  );
}

/** The last instant of the data behind these needs; null when one of them is not there. */
function knownOf(needs: readonly FeatureNeed[], seen: Seen): number | null {
  let latest = -Infinity;
  for (const need of needs) {
    const known = knownAtOf(need, seen);
    if (known === null) return null;
    latest = Math.max(latest, known);
  }
  return latest;
}

function knownAtOf(need: FeatureNeed, { at, market, pair, game }: Seen): Instant | null {
  switch (need) {
    case "quote":
      return market.quote?.receivedAt ?? null;
    case "pair":
      return pair?.quote?.receivedAt ?? null;
    case "prints":
      return market.lastPrintAt;
    case "schedule":
      return game.listedAt;
    case "feed":
      return game.feed?.receivedAt ?? null;
    case "score":
      return game.live?.clock.receivedAt ?? null;
    case "strengths":
      return game.strengthsKnownAt;
    case "espn":
      return game.espn(at) === null ? null : (game.espnReading?.knownAt ?? null);
  }
}
