import { TradingError } from "../core/domain/errors.ts";
import type { FeedFault, FeedName } from "../core/domain/feeds.ts";
import type { Logger } from "../runtime/log.ts";

/** Logs what fails once when it begins to, and once when it no longer does. */
export class Outages {
  readonly #log: Logger;
  readonly #failing = new Set<string>();
  /** By feed: the bad games on its scoreboard. */
  readonly #bad = new Map<FeedName, ReadonlySet<string>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @returns `null` when the feed is away, or sends what cannot be read. */
  async guard<T>(what: string, ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      if (this.#failing.delete(what)) this.#log.info({ what }, "a feed can be read again");
      return answer;
    } catch (error) {
      if (!(error instanceof TradingError)) throw error;
      if (!this.#failing.has(what)) {
        this.#log.warn({ what, error: error.message }, "a feed cannot be read");
      }
      this.#failing.add(what);
      return null;
    }
  }

  /** Takes the faults of a scoreboard that could be read. */
  note(feed: FeedName, faults: readonly FeedFault[]): void {
    const before = this.#bad.get(feed) ?? new Set();
    const now = new Map(faults.map((fault) => [fault.externalId ?? fault.field, fault]));
    for (const [game, fault] of now) {
      if (!before.has(game)) this.#log.warn({ feed, ...fault }, "a game of a scoreboard is bad");
    }
    for (const game of before) {
      if (!now.has(game)) this.#log.info({ feed, game }, "a game of a scoreboard is good again");
    }
    this.#bad.set(feed, new Set(now.keys()));
  }
}
