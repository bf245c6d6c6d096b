import type { Instant } from "../core/domain/units.ts";
import type { Fact } from "../sim/facts.ts";
import { MirroredBooks } from "./books.ts";
import { ToldGames } from "./told-games.ts";

/** What an earlier process told of a night, as far as it decides what is to be told next. */
export class Memory {
  readonly books = new MirroredBooks();
  readonly games = new ToldGames();
  readonly #unfinished = new Set<string>();
  readonly #paused = new Set<number>();
  /** Whether it was told that nobody knows the books. */
  isOut = false;
  /** When the last fact came; null when there was none. */
  lastAt: Instant | null = null;

  /** Shards that were told not to trade. */
  get paused(): readonly number[] {
    return [...this.#paused];
  }

  /** Bitcoin markets that were listed and were not final. */
  get unfinished(): readonly string[] {
    return [...this.#unfinished];
  }

  note(fact: Fact): void {
    this.lastAt = fact.receivedAt;
    this.games.note(fact);
    if (fact.kind === "level") this.books.note(fact);
    if (fact.kind === "listing") this.#unfinished.add(fact.marketTicker);
    if (fact.kind === "outage") this.isOut = fact.isOut;
    if (fact.kind === "shard" && fact.isTrading) this.#paused.delete(fact.exchangeIndex);
    if (fact.kind === "shard" && !fact.isTrading) this.#paused.add(fact.exchangeIndex);
    if (fact.kind !== "market-status" || fact.status !== "finalized") return;
    if (fact.result !== null) this.#unfinished.delete(fact.marketTicker);
    this.books.drop(fact.marketTicker);
  }
}
