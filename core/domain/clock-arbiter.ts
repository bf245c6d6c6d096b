import type { GameClock } from "./decision.ts";
import type { FeedGame, FeedName } from "./feeds.ts";
import { gameTime } from "./game-clock.ts";
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
  /** A running clock that stands this long while the other feed goes on is frozen, run milliseconds. */
  readonly frozenMs: number;
  /** Without an answer for this long in play a feed is old, run milliseconds. */
  readonly maxAgeMs: number;
}

/** What is remembered of one feed. */
interface Track {
  readonly game: FeedGame;
  /** When this state of the game was first shown. */
  readonly changedAt: Instant;
  /** Seconds of game clock played by this state: asked for at every step, so counted once. */
  readonly elapsed: number;
  readonly highestElapsed: number;
  readonly highestHome: number;
  readonly highestAway: number;
}

/** A feed, and what speaks against it. */
interface Judged {
  readonly track: Track;
  readonly faults: readonly string[];
}

/** A clock must be this far behind the other feed before its standing still counts, seconds of game clock. */
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

  constructor(rules: ClockRules, isReconstructed: boolean) {
    this.#rules = rules;
    this.#isReconstructed = isReconstructed;
  }

  /** Takes in what one feed shows now. An answer older than the one held is ignored. */
  observe(game: FeedGame): void {
    const old = this.#tracks.get(game.feed);
    if (old && game.receivedAt < old.game.receivedAt) return;
    const isSame = old !== undefined && sameState(old.game, game);
    const elapsed = isSame ? old.elapsed : elapsedOf(game);
    this.#tracks.set(game.feed, {
      game,
      changedAt: isSame ? old.changedAt : firstShown(game),
      elapsed,
      highestElapsed: Math.max(old?.highestElapsed ?? 0, elapsed),
      highestHome: Math.max(old?.highestHome ?? 0, game.homeScore),
      highestAway: Math.max(old?.highestAway ?? 0, game.awayScore),
    });
  }

  /** The believed clock at `at`, with the reasons against it. @returns `null` before any feed has answered. */
  clock(at: Instant): GameClock | null {
    const judged = this.#judge(at);
    const best = believed(judged);
    if (best === null) return null;
    const [first, second] = judged.filter(({ faults }) => faults.length === 0);
    const disagrees =
      first !== undefined && second !== undefined && this.#disagree(first.track, second.track);
    const { game, changedAt } = best.track;
    return {
      state: game.state,
      period: game.period,
      clockSeconds: game.clockSeconds,
      homeScore: game.homeScore,
      awayScore: game.awayScore,
      sourceTime: changedAt,
      receivedAt: game.receivedAt,
      staleBecause: disagrees ? [...best.faults, "disagree"] : best.faults,
      isReconstructed: this.#isReconstructed,
    };
  }

  /** How far apart two sound feeds in play are, seconds of game clock. @returns `null` without two of them. */
  disagreementSeconds(at: Instant): number | null {
    const [first, second] = this.#judge(at).filter(
      ({ track, faults }) => track.game.state === "in" && faults.length === 0,
    );
    if (first === undefined || second === undefined) return null;
    return Math.abs(first.track.elapsed - second.track.elapsed);
  }

  /** Game seconds played by the believed clock; 0 before any feed has answered. */
  elapsedSeconds(at: Instant): number {
    return believed(this.#judge(at))?.track.elapsed ?? 0;
  }

  #judge(at: Instant): readonly Judged[] {
    const tracks = FEEDS.flatMap((feed) => this.#tracks.get(feed) ?? []);
    return tracks.map((track) => ({ track, faults: this.#faults(track, tracks, at) }));
  }

  #faults(track: Track, all: readonly Track[], at: Instant): string[] {
    const { game } = track;
    const rules = this.#rules;
    const faults: string[] = [];
    const isBack =
      track.elapsed < track.highestElapsed - rules.backwardsSeconds ||
      game.homeScore < track.highestHome - rules.backwardsPoints ||
      game.awayScore < track.highestAway - rules.backwardsPoints;
    if (isBack) faults.push("backwards");
    if (game.state !== "in") return faults;
    if (at - game.receivedAt > rules.maxAgeMs) faults.push("old");
    const front = Math.max(...all.map((other) => other.elapsed));
    const hasStood = at - track.changedAt > rules.frozenMs;
    if (hasStood && front > track.elapsed + BEHIND_SECONDS) faults.push("frozen");
    return faults;
  }

  #disagree(a: Track, b: Track): boolean {
    const apart = Math.abs(a.elapsed - b.elapsed);
    const points = Math.abs(leadOf(a.game) - leadOf(b.game));
    return apart > this.#rules.disagreeSeconds || points > this.#rules.disagreePoints;
  }
}

/** The feed that is furthest on: of the sound ones, or of all where none is. */
function believed(judged: readonly Judged[]): Judged | null {
  const sound = judged.filter(({ faults }) => faults.length === 0);
  const pool = sound.length > 0 ? sound : judged;
  let best = pool[0] ?? null;
  for (const one of pool) {
    if (best && one.track.elapsed > best.track.elapsed) best = one;
  }
  return best;
}

function leadOf(game: FeedGame): number {
  return game.homeScore - game.awayScore;
}

/** Seconds played as the feed shows it; a finished game is past everything played. */
function elapsedOf(game: FeedGame): number {
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
