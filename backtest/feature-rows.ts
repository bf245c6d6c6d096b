import { type Instant, instant } from "../core/domain/units.ts";
import { ratedByResults } from "../core/models/night-ratings.ts";
import type { Fact, FactSource } from "../sim/facts.ts";
import { FeatureDesk, type FeatureRow, type FeatureSettings } from "./feature-desk.ts";

/**
 * Plays a source and gives a row of features for each market and decision instant, with the labels
 * that training needs. Streams: only rows that wait for the end of their market are held. The same source and
 * settings give the same rows.
 */
export async function* featureRows(
  source: FactSource,
  settings: FeatureSettings,
): AsyncGenerator<FeatureRow> {
  const night = new FeatureNight(source, settings);
  for await (const fact of source.facts()) yield* night.play(fact);
  yield* night.stop();
}

/** The games of a source on one line of time. */
class FeatureNight {
  readonly #desks: readonly FeatureDesk[];
  readonly #byTicker = new Map<string, FeatureDesk>();
  readonly #byTeam = new Map<string, FeatureDesk>();
  readonly #touched = new Set<FeatureDesk>();
  readonly #endAt: Instant;
  /** Some prices are older than the night. */
  #now = -Infinity;

  constructor({ manifest, pastGames }: FactSource, settings: FeatureSettings) {
    const { elo } = settings.config.decision.forecast;
    const ratings = ratedByResults(pastGames, elo, manifest.date);
    this.#endAt = manifest.endAt;
    this.#desks = manifest.games.map((game) => {
      const desk = new FeatureDesk(game, manifest, ratings, settings);
      for (const ticker of [game.eventTicker, ...game.marketTickers]) {
        this.#byTicker.set(ticker, desk);
      }
      this.#byTeam.set(game.home, desk).set(game.away, desk);
      return desk;
    });
  }

  play(fact: Fact): readonly FeatureRow[] {
    if (fact.receivedAt > this.#now) this.#endInstant(fact.receivedAt);
    this.#now = fact.receivedAt;
    const desk = this.#deskOf(fact);
    if (!desk) return [];
    desk.play(fact);
    this.#touched.add(desk);
    return desk.take();
  }

  stop(): readonly FeatureRow[] {
    this.#endInstant(this.#now + 1);
    const endAt = instant(Math.max(this.#now, this.#endAt));
    return this.#desks.flatMap((desk) => desk.stop(endAt));
  }

  /** Every fact of the instant is in: what is due before `next` reads it. */
  #endInstant(next: number): void {
    for (const desk of this.#touched) desk.settleInstant(instant(this.#now));
    this.#touched.clear();
    for (const desk of this.#desks) if (desk.nextAt < next) desk.sampleUntil(next);
  }

  #deskOf(fact: Fact): FeatureDesk | undefined {
    if ("marketTicker" in fact) return this.#byTicker.get(fact.marketTicker);
    if ("eventTicker" in fact) return this.#byTicker.get(fact.eventTicker);
    return "teamCode" in fact ? this.#byTeam.get(fact.teamCode) : undefined;
  }
}
