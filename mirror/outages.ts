import { TradingError } from "../core/domain/errors.ts";
import type { FeedFault } from "../core/domain/feeds.ts";
import type { Logger } from "../runtime/log.ts";

/** Logs what fails once when it begins to, and once when it no longer does. */
export class Outages {
  readonly #log: Logger;
  readonly #failing = new Set<string>();
  /** By list: what of it was bad, such as games on a scoreboard. */
  readonly #bad = new Map<string, ReadonlySet<string>>();

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

  /** Takes the faults of a list that could be read: of a scoreboard's games, of a report's lines. */
  note(what: string, faults: readonly FeedFault[]): void {
    const before = this.#bad.get(what) ?? new Set();
    const now = new Map(faults.map((fault) => [fault.externalId ?? fault.field, fault]));
    for (const [item, fault] of now) {
      if (!before.has(item)) this.#log.warn({ what, ...fault }, "an item of a feed is bad");
    }
    for (const item of before) {
      if (!now.has(item)) this.#log.info({ what, item }, "an item of a feed is good again");
    }
    this.#bad.set(what, new Set(now.keys()));
  }
}
