import type { NightRatings } from "../core/models/night-ratings.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { Fact, FactSource } from "../sim/facts.ts";
import { FeatureDesk, type FeatureRow, type FeatureSettings } from "./feature-desk.ts";
import { Night, NIGHT_DEFAULTS } from "./night.ts";
import type { NightConfig } from "./result.ts";

/** A model that nobody has, but that is asked for: so decisions look at features, and propose nothing. */
const ASKED = { entryModel: "features", exitModel: null, absentBecause: null, learnedUntil: null };

/**
 * Plays a source as a night in which nothing is traded, and gives rows of features for each market as the
 * decisions saw them, with the labels that training needs: what a model learns from is what it is asked with.
 * Streams: only rows that wait for the end of their market are held. The same source and settings give the
 * same rows.
 *
 * @param ratings what Elo is read from; null makes it of the source's own past results.
 */
export async function* featureRows(
  source: FactSource,
  settings: FeatureSettings,
  ratings: NightRatings | null = null,
): AsyncGenerator<FeatureRow> {
  const night = new FeatureNight(source, settings, ratings);
  for await (const fact of source.facts()) yield* night.play(fact);
  yield* night.stop();
}

/** The games of a source on one line of time. */
class FeatureNight {
  readonly #night: Night;
  readonly #desks = new Map<string, FeatureDesk>();
  readonly #byTicker = new Map<string, FeatureDesk>();
  readonly #touched = new Set<FeatureDesk>();
  readonly #endAt: Instant;
  /** Some prices are older than the night. */
  #now = -Infinity;

  constructor(source: FactSource, settings: FeatureSettings, ratings: NightRatings | null) {
    const { endAt, games } = source.manifest;
    this.#endAt = endAt;
    for (const game of games) {
      const desk = new FeatureDesk(game, settings);
      this.#desks.set(game.eventTicker, desk);
      for (const ticker of game.marketTickers) this.#byTicker.set(ticker, desk);
    }
    this.#night = new Night(source, watching(settings.config), {
      ...NIGHT_DEFAULTS,
      ...{ fees: settings.fees, strategies: [], trees: ASKED, ratings },
      onDecision: (input) => this.#desks.get(input.eventTicker)?.decided(input),
    });
  }

  play(fact: Fact): readonly FeatureRow[] {
    // The bids of an instant are in before the decisions on it: the one that stood at a purchase counts.
    if (fact.receivedAt > this.#now) this.#settleInstant();
    this.#now = fact.receivedAt;
    this.#night.play(fact);
    const desk = "marketTicker" in fact ? this.#byTicker.get(fact.marketTicker) : undefined;
    if (!desk) return [];
    desk.play(fact);
    this.#touched.add(desk);
    return desk.take();
  }

  stop(): readonly FeatureRow[] {
    this.#settleInstant();
    this.#night.end();
    const endAt = instant(Math.max(this.#now, this.#endAt));
    return [...this.#desks.values()].flatMap((desk) => desk.stop(endAt));
  }

  #settleInstant(): void {
    for (const desk of this.#touched) desk.settleInstant(instant(this.#now));
    this.#touched.clear();
  }
}

/** The settings with `model-trees` alone, which looks at features. */
function watching({ decision, ...rest }: NightConfig): NightConfig {
  const { forecast, execution } = decision;
  const strategies = { ...decision.strategies, active: ["model-trees"] as const };
  return { ...rest, decision: { forecast, execution, strategies } };
}
