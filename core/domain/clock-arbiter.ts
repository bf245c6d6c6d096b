import type { GameClock } from "./decision.ts";
import type { FeedGame, FeedName } from "./feeds.ts";
import { elapsedSeconds, gameTime } from "./game-clock.ts";
import { type Instant, instant } from "./units.ts";

/** When a feed's clock is no longer believed. */
export interface ClockRules {
  /** A clock that goes back by more game seconds than this runs backwards. Reviews restore a few. */
  readonly backwardsSeconds: number;
  /** A score that loses more points than this runs backwards. Corrections take back one shot. */
  readonly backwardsPoints: number;
  /** Two feeds further apart than this disagree, seconds of game clock. */
  readonly disagreeSeconds: number;
  /** Two feeds whose leads differ by more than this disagree, points. */
  readonly disagreePoints: number;
  /** A running clock that stands this long while plays or the other feed go on is frozen, run milliseconds. */
  readonly frozenMs: number;
  /** Without an answer for this long in play a feed is old, run milliseconds. */
  readonly maxAgeMs: number;
}

/** What is remembered of one feed. */
interface Track {
  readonly game: FeedGame;
  /** When this state of the game was first shown. */
  readonly changedAt: Instant;
  readonly highestElapsed: number;
  readonly highestHome: number;
  readonly highestAway: number;
}

/** A clock must be this far behind the plays before its standing still counts, seconds of game clock. */
const BEHIND_SECONDS = 20;
const FEEDS: readonly FeedName[] = ["espn", "nba"];

/**
 * Compares the clocks of the score feeds of one game and says which is believed. A fold: the
 * same observations in the same sequence give the same clock.
 */
export class ClockArbiter {
  readonly #rules: ClockRules;
  readonly #isReconstructed: boolean;
  readonly #tracks = new Map<FeedName, Track>();
  #playElapsed = 0;

  constructor(rules: ClockRules, isReconstructed: boolean) {
    this.#rules = rules;
    this.#isReconstructed = isReconstructed;
  }

  /** Takes in what one feed shows now. An answer older than the one held is ignored. */
  observe(game: FeedGame): void {
    const old = this.#tracks.get(game.feed);
    if (old && game.receivedAt < old.game.receivedAt) return;
    const isSame = old !== undefined && sameState(old.game, game);
    this.#tracks.set(game.feed, {
      game,
      changedAt: isSame ? old.changedAt : firstShown(game),
      highestElapsed: Math.max(old?.highestElapsed ?? 0, elapsed(game)),
      highestHome: Math.max(old?.highestHome ?? 0, game.homeScore),
      highestAway: Math.max(old?.highestAway ?? 0, game.awayScore),
    });
  }

  /** Takes in how far the play-by-play has come: a clock that stands while plays arrive is frozen. */
  observePlay(play: { readonly period: number; readonly clockSeconds: number }): void {
    if (play.period >= 1) this.#playElapsed = Math.max(this.#playElapsed, elapsedSeconds(play));
  }

  /** The believed clock at `at`, with the reasons against it. @returns `null` before any feed has answered. */
  clock(at: Instant): GameClock | null {
    const tracks = FEEDS.flatMap((feed) => this.#tracks.get(feed) ?? []);
    const judged = tracks.map((track) => ({ track, faults: this.#faults(track, tracks, at) }));
    const sound = judged.filter(({ faults }) => faults.length === 0);
    const pool = sound.length > 0 ? sound : judged;
    let best = pool[0];
    for (const one of pool) {
      if (best && elapsed(one.track.game) > elapsed(best.track.game)) best = one;
    }
    if (!best) return null;
    const { track, faults } = best;
    const [first, second] = sound;
    const disagrees =
      first !== undefined &&
      second !== undefined &&
      this.#disagree(first.track.game, second.track.game);
    const { game } = track;
    return {
      state: game.state,
      period: game.period,
      clockSeconds: game.clockSeconds,
      homeScore: game.homeScore,
      awayScore: game.awayScore,
      sourceTime: track.changedAt,
      receivedAt: game.receivedAt,
      staleBecause: disagrees ? [...faults, "disagree"] : faults,
      isReconstructed: this.#isReconstructed,
    };
  }

  /** Game seconds played by the believed clock; 0 before any feed has answered. */
  elapsedSeconds(at: Instant): number {
    const clock = this.clock(at);
    return clock === null ? 0 : gameTime(clock).elapsedSeconds;
  }

  #faults(track: Track, all: readonly Track[], at: Instant): string[] {
    const { game } = track;
    const rules = this.#rules;
    const faults: string[] = [];
    const isBack =
      elapsed(game) < track.highestElapsed - rules.backwardsSeconds ||
      game.homeScore < track.highestHome - rules.backwardsPoints ||
      game.awayScore < track.highestAway - rules.backwardsPoints;
    if (isBack) faults.push("backwards");
    if (game.state !== "in") return faults;
    if (at - game.receivedAt > rules.maxAgeMs) faults.push("old");
    const front = Math.max(
      this.#playElapsed,
      ...all.filter((other) => other !== track).map((other) => elapsed(other.game)),
    );
    const hasStood = at - track.changedAt > rules.frozenMs;
    if (hasStood && front > elapsed(game) + BEHIND_SECONDS) faults.push("frozen");
    return faults;
  }

  #disagree(a: FeedGame, b: FeedGame): boolean {
    const apart = Math.abs(elapsed(a) - elapsed(b));
    const points = Math.abs(a.homeScore - a.awayScore - (b.homeScore - b.awayScore));
    return apart > this.#rules.disagreeSeconds || points > this.#rules.disagreePoints;
  }
}

/** Seconds played as the feed shows it; a finished game is past everything played. */
function elapsed(game: FeedGame): number {
  return gameTime({ ...game, staleBecause: [], isReconstructed: false }).elapsedSeconds;
}

function sameState(a: FeedGame, b: FeedGame): boolean {
  return (
    a.state === b.state &&
    a.period === b.period &&
    a.clockSeconds === b.clockSeconds &&
    a.homeScore === b.homeScore &&
    a.awayScore === b.awayScore
  );
}

function firstShown(game: FeedGame): Instant {
  return instant(Math.min(game.sourceTime ?? game.receivedAt, game.receivedAt));
}
