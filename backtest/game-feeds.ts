import { type FeedGame, injuryParser } from "../core/domain/feeds.ts";
import { type Instant, probability } from "../core/domain/units.ts";
import type { BlendConfig } from "../core/models/blend.ts";
import type { Injury } from "../core/models/injuries.ts";
import { type NightRatings, nightEloReading } from "../core/models/night-ratings.ts";
import { injuryReading, partnerReading } from "../core/models/readings.ts";
import type { GameView } from "../core/strategies/view.ts";
import type { Fact, SlateGame } from "../sim/facts.ts";

type StateFact = Extract<Fact, { kind: "game-state" }>;
type ProbabilityFact = Extract<Fact, { kind: "win-probability" }>;

/**
 * What the feeds of one game show, looked at as the live watch does: every so often, and then the
 * newest of all of it.
 */
export class GameFeeds {
  readonly #game: SlateGame;
  readonly #view: GameView;
  readonly #config: BlendConfig;
  readonly #pollMs: number;
  readonly #states = new Map<string, StateFact>();
  /** Feeds that cannot be read now: they answer nothing. */
  readonly #away = new Set<string>();
  /** ESPN's pages that cannot be read now. */
  readonly #pagesAway = new Set<string>();
  readonly #injuries = new Map<string, Injury & { readonly parser?: string | undefined }>();
  #probability: { readonly fact: ProbabilityFact; readonly sequence: number } | null = null;
  #polledAt = -Infinity;
  #injuriesAt: Instant | null = null;

  constructor(game: SlateGame, view: GameView, config: BlendConfig, pollMs: number) {
    this.#game = game;
    this.#view = view;
    this.#config = config;
    this.#pollMs = pollMs;
  }

  /** Elo, where there are past results, is known from the start; so is a healthy report, where the source has one. */
  open(ratings: NightRatings, at: Instant, hasInjuries: boolean): void {
    const elo = nightEloReading(ratings, this.#game, this.#config.elo);
    if (elo !== null) this.#view.setReading(elo);
    if (hasInjuries) this.#setInjuries(at);
  }

  play(fact: Fact): void {
    switch (fact.kind) {
      case "game-state":
        this.#states.set(fact.feed, fact);
        return;
      case "feed-away":
        if (fact.isAway) this.#away.add(fact.feed);
        else this.#away.delete(fact.feed);
        return;
      case "page-away":
        if (fact.isAway) this.#pagesAway.add(fact.page);
        else this.#pagesAway.delete(fact.page);
        return;
      case "win-probability":
        this.#probability = { fact, sequence: (this.#probability?.sequence ?? 0) + 1 };
        return;
      case "injury":
        this.#injuries.set(`${fact.teamCode} ${fact.player}`, {
          ...fact,
          reason: fact.reason ?? null,
        });
        this.#setInjuries(fact.receivedAt);
        return;
      case "partner":
        this.#view.setReading(partnerReading(fact.homeProbability, fact.receivedAt));
        return;
      case "play":
      case "level":
      case "quote":
      case "trade":
      case "volume":
      case "market-status":
      case "listing":
      case "bounds":
      case "close-moved":
      case "spot-trade":
      case "spot-candle":
      case "outage":
      case "shard":
      case "index-value":
        return;
    }
  }

  /** Looks at the feeds, if it is time. */
  poll(at: Instant): void {
    if (at - this.#polledAt < this.#pollMs) return;
    this.#polledAt = at;
    for (const state of this.#states.values()) {
      if (!this.#away.has(state.feed)) this.#view.observeFeedGame(this.#shown(state, at));
    }
    if (!this.#pagesAway.has("injuries")) this.#injuriesAt = at;
    if (!this.#probability || this.#away.has("espn")) return;
    if (this.#pagesAway.has("win-probability")) return;
    const { fact, sequence } = this.#probability;
    this.#view.observeWinProbability({
      feed: "espn",
      externalId: this.#game.espnEventId,
      home: probability(fact.homeProbability),
      sequence,
      sourceTime: fact.sourceTime,
      fetchedAt: at,
      receivedAt: at,
    });
  }

  /** When the injury report last answered. @returns `null` before. */
  injuriesAt(): Instant | null {
    return this.#injuriesAt;
  }

  #setInjuries(at: Instant): void {
    const injuries = [...this.#injuries.values()];
    const own = injuries.filter(({ teamCode }) => this.#isOurs(teamCode));
    // As the feed that serves these facts is read.
    const parsers = own.map(({ parser }) => injuryParser(parser));
    const parser = [...new Set(parsers.length > 0 ? parsers : [injuryParser()])].sort().join(",");
    const sheet = { injuries, at, parser };
    this.#view.setReading(injuryReading(sheet, this.#game, this.#config.injuries));
  }

  #isOurs(teamCode: string): boolean {
    return teamCode === this.#game.home || teamCode === this.#game.away;
  }

  #shown(state: StateFact, at: Instant): FeedGame {
    const { home, away, date, tipAt, espnEventId, nbaGameId } = this.#game;
    return {
      feed: state.feed,
      externalId: state.feed === "espn" ? espnEventId : nbaGameId,
      date,
      home,
      away,
      tipAt,
      state: state.state,
      statusName: state.statusName,
      isFinal: state.state === "post" && state.statusName.startsWith("STATUS_FINAL"),
      period: state.period,
      clockSeconds: state.clockSeconds,
      homeScore: state.homeScore,
      awayScore: state.awayScore,
      homePeriods: state.homePeriods,
      awayPeriods: state.awayPeriods,
      sourceTime: state.sourceTime,
      fetchedAt: at,
      receivedAt: at,
    };
  }
}
