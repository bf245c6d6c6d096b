import type { FeedGame, FeedName } from "./feeds.ts";
import type { Instant } from "./units.ts";

/**
 * How far the feeds' word that a game is over goes: `proven` when every feed says it that there is, `alone`
 * when one says it and another does not.
 */
export type FinalJudgement = "proven" | "alone";

/** A final word that no other feed has spoken against for so long stands by itself, run milliseconds. */
const UNOPPOSED_MS = 600_000;

/**
 * What the score feeds of one game say of its end. One feed may be wrong, and a game that is called over is
 * managed no more: so one feed's word is enough only where the source has no other, or where the other has
 * been silent for ten minutes. A feed that goes on showing the game is no silent one.
 */
export class FinalWord {
  readonly #isOnlyFeed: boolean;
  readonly #latest = new Map<FeedName, { readonly game: FeedGame; readonly finalSince: Instant }>();

  /** `isOnlyFeed`: the source has one score feed, and lacks the other. */
  constructor(isOnlyFeed: boolean) {
    this.#isOnlyFeed = isOnlyFeed;
  }

  /** Takes in what one feed shows now. An answer older than the one held is ignored. */
  observe(game: FeedGame): void {
    const before = this.#latest.get(game.feed);
    if (before && game.receivedAt < before.game.receivedAt) return;
    const isRepeated = game.isFinal && before?.game.isFinal === true;
    const finalSince = isRepeated ? before.finalSince : game.receivedAt;
    this.#latest.set(game.feed, { game, finalSince });
  }

  /** @returns `null` while no feed says that the game is over. */
  judge(at: Instant): FinalJudgement | null {
    if (this.#latest.size === 0) return null;
    const all = [...this.#latest.values()];
    const saying = all.filter(({ game }) => game.isFinal);
    if (saying.length === 0) return null;
    if (saying.length > 1 || this.#isOnlyFeed) return "proven";
    const said = Math.max(...saying.map(({ finalSince }) => finalSince));
    const heard = Math.max(
      said,
      ...all.filter(({ game }) => !game.isFinal).map(({ game }) => game.receivedAt),
    );
    return at - heard >= UNOPPOSED_MS ? "proven" : "alone";
  }
}
