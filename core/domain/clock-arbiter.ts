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

/** What a state of the game has come to. */
interface Marks {
  /** Seconds of game clock played. */
  readonly elapsed: number;
  readonly home: number;
  readonly away: number;
}

/** What is remembered of one feed. */
interface Track {
  readonly game: FeedGame;
  /** When this state of the game was first shown. */
  readonly changedAt: Instant;
  /** Seconds of game clock played by this state: asked for at every step, so counted once. */
  readonly elapsed: number;
  /** The highest marks of the states that could be, and the last of these states. */
  readonly highest: Marks;
  readonly last: Marks & { readonly at: Instant };
  /** Why this state cannot follow from those before it, and since when none could. */
  readonly broken: { readonly by: Breach; readonly since: Instant } | null;
}

type Breach = "backwards" | "jumped";

/** A feed, and what speaks against it. */
interface Judged {
  readonly track: Track;
  readonly faults: readonly string[];
}

/** A clock must be this far behind the other feed before its standing still counts, seconds of game clock. */
const BEHIND_SECONDS = 20;
/**
 * Points of one team that may come at once, with the clock at rest: free throws with technical fouls, told
 * by a feed whose clock is a possession behind its score.
 */
const POINTS_AT_ONCE = 12;
/** And points of one team a second of game clock: four in every two possessions of four seconds each. */
const POINTS_PER_SECOND = 0.5;
/** A game clock cannot outrun the wall, but for what a late feed catches up at once, seconds. */
const CATCH_UP_SECONDS = 120;
/** A state that cannot follow from those before is believed once it, or what follows from it, has stood so long, run milliseconds. */
const STOOD_MS = 120_000;
const FEEDS: readonly FeedName[] = ["espn", "nba"];
const NO_FAULTS: readonly string[] = [];

/**
 * Compares the clocks of the score feeds of one game and says which is believed. A fold: the
 * same observations in the same sequence give the same clock.
 */
export class ClockArbiter {
  readonly #rules: ClockRules;
  readonly #isReconstructed: boolean;
  readonly #tracks = new Map<FeedName, Track>();
  /** What was judged last: it is asked for several times at one instant. */
  #judged: { readonly at: Instant; readonly of: readonly Judged[] } | null = null;

  constructor(rules: ClockRules, isReconstructed: boolean) {
    this.#rules = rules;
    this.#isReconstructed = isReconstructed;
  }

  /** Takes in what one feed shows now. An answer older than the one held is ignored. */
  observe(game: FeedGame): void {
    const old = this.#tracks.get(game.feed);
    if (old && game.receivedAt < old.game.receivedAt) return;
    this.#judged = null;
    const isSame = old !== undefined && sameState(old.game, game);
    // What was believed and is shown again is believed: it has only been seen later.
    if (isSame && old.broken === null) {
      const { changedAt, elapsed, highest, last } = old;
      this.#tracks.set(game.feed, { game, changedAt, elapsed, highest, last, broken: null });
      return;
    }
    const elapsed = isSame ? old.elapsed : elapsedOf(game);
    const changedAt = isSame ? old.changedAt : firstShown(game);
    const shown = { elapsed, home: game.homeScore, away: game.awayScore };
    const by = old === undefined ? null : this.#breach(old, shown, game);
    if (old !== undefined && by !== null && !this.#isBelievedAgainst(old, by, shown, game)) {
      const since = sinceOf(old, by, game);
      this.#tracks.set(game.feed, { ...old, game, changedAt, elapsed, broken: { by, since } });
      return;
    }
    // What is believed against the states before it makes them forgotten.
    const highest = old === undefined || by !== null ? shown : highestOf(old.highest, shown);
    const last = { ...shown, at: changedAt };
    this.#tracks.set(game.feed, { game, changedAt, elapsed, highest, last, broken: null });
  }

  /** Which mark of a feed has leapt beyond what can be played in the time. @returns null when none has. */
  jumpOf(feed: FeedName): "clock" | "homeScore" | "awayScore" | null {
    const track = this.#tracks.get(feed);
    if (track?.broken?.by !== "jumped") return null;
    const { game, last, elapsed } = track;
    return jump(last, { elapsed, home: game.homeScore, away: game.awayScore }, game.receivedAt);
  }

  /** The believed clock at `at`, with the reasons against it. @returns `null` before any feed has answered. */
  clock(at: Instant): GameClock | null {
    if (this.#tracks.size === 0) return null;
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
    if (this.#tracks.size === 0) return 0;
    return believed(this.#judge(at))?.track.elapsed ?? 0;
  }

  #judge(at: Instant): readonly Judged[] {
    if (this.#judged?.at === at) return this.#judged.of;
    const tracks: Track[] = [];
    for (const feed of FEEDS) {
      const track = this.#tracks.get(feed);
      if (track) tracks.push(track);
    }
    const of = tracks.map((track) => ({ track, faults: this.#faults(track, tracks, at) }));
    this.#judged = { at, of };
    return of;
  }

  #isBelievedAgainst(old: Track, by: Breach, shown: Marks, game: FeedGame): boolean {
    // A game that is on does not become one to come, however long it is said.
    if (game.state === "pre") return false;
    if (game.receivedAt - sinceOf(old, by, game) >= STOOD_MS) return true;
    // Two feeds that leapt together agree as well: only a way back is believed for it.
    return by === "backwards" && this.#isShownByOther(shown, game);
  }

  /** What speaks against a state by those that the feed showed before. */
  #breach({ highest, last }: Track, shown: Marks, game: FeedGame): Breach | null {
    // A game that is over without being played to its end, such as a postponed one, was not played at all.
    const isPlayed = game.state !== "post" || game.isFinal;
    const mayJump = this.#isReconstructed || !isPlayed;
    if (!mayJump && jump(last, shown, game.receivedAt) !== null) return "jumped";
    const { backwardsSeconds, backwardsPoints } = this.#rules;
    const isBack =
      shown.elapsed < highest.elapsed - backwardsSeconds ||
      shown.home < highest.home - backwardsPoints ||
      shown.away < highest.away - backwardsPoints;
    return isBack ? "backwards" : null;
  }

  #isShownByOther(shown: Marks, game: FeedGame): boolean {
    const { backwardsSeconds, backwardsPoints, maxAgeMs } = this.#rules;
    return [...this.#tracks.values()].some(
      (other) =>
        other.game.feed !== game.feed &&
        game.receivedAt - other.game.receivedAt <= maxAgeMs &&
        Math.abs(other.elapsed - shown.elapsed) <= backwardsSeconds &&
        Math.abs(other.game.homeScore - shown.home) <= backwardsPoints &&
        Math.abs(other.game.awayScore - shown.away) <= backwardsPoints,
    );
  }

  #faults(track: Track, all: readonly Track[], at: Instant): readonly string[] {
    const { game } = track;
    const rules = this.#rules;
    // Asked for at every quote, and nearly always there are none.
    if (track.broken === null && game.state !== "in") return NO_FAULTS;
    const faults: string[] = [];
    if (track.broken !== null) faults.push(track.broken.by);
    if (game.state !== "in") return faults;
    if (at - game.receivedAt > rules.maxAgeMs) faults.push("old");
    const possible = all.filter(({ broken }) => broken?.by !== "jumped");
    const front = Math.max(...possible.map((other) => other.elapsed));
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
  let best: Judged | null = null;
  for (const one of judged) {
    if (best === null || isBefore(best, one)) best = one;
  }
  return best;
}

/** Whether the second is believed rather than the first, which came before it. */
function isBefore(first: Judged, second: Judged): boolean {
  const [isSound, isSecondSound] = [first.faults.length === 0, second.faults.length === 0];
  if (isSound !== isSecondSound) return isSecondSound;
  return second.track.elapsed > first.track.elapsed;
}

function leadOf(game: FeedGame): number {
  return game.homeScore - game.awayScore;
}

/** Seconds played as the feed shows it; a finished game is past everything played. */
function elapsedOf(game: FeedGame): number {
  return gameTime({ ...game, staleBecause: [], isReconstructed: false }).elapsedSeconds;
}

/**
 * Which mark grew by more than can be played in the time: a clock by more than the wall since the state
 * before was first shown, or a score by more than the game clock lets a team score.
 */
function jump(
  from: Track["last"],
  to: Marks,
  at: Instant,
): "clock" | "homeScore" | "awayScore" | null {
  const played = Math.max(0, to.elapsed - from.elapsed);
  if (played > (at - from.at) / 1_000 + CATCH_UP_SECONDS) return "clock";
  const points = POINTS_AT_ONCE + played * POINTS_PER_SECOND;
  if (to.home - from.home > points) return "homeScore";
  return to.away - from.away > points ? "awayScore" : null;
}

/** Since when a feed has shown what cannot follow, without a break. */
function sinceOf({ broken }: Track, by: Breach, game: FeedGame): Instant {
  return broken?.by === by ? broken.since : game.receivedAt;
}

function highestOf(a: Marks, b: Marks): Marks {
  return {
    elapsed: Math.max(a.elapsed, b.elapsed),
    home: Math.max(a.home, b.home),
    away: Math.max(a.away, b.away),
  };
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
