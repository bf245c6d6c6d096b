import type { Logger } from "pino";
import { TradingError } from "../core/domain/errors.ts";
import type {
  FeedFault,
  FeedGame,
  Fetched,
  RawResponse,
  Scoreboard,
  WinProbability,
} from "../core/domain/feeds.ts";
import type { RunClock, TradingDate } from "../core/domain/time.ts";
import type { ScoreFeeds } from "./ports.ts";

/** How often feeds are asked: run time, and never more often than the floor in wall time. */
export interface PollSettings {
  readonly scoreboardMs: number;
  readonly scoreboardFloorWallMs: number;
  readonly winProbabilityMs: number;
  readonly winProbabilityFloorWallMs: number;
}

/** Who hears of what the feeds say. */
export interface FeedListener {
  readonly home: string;
  readonly away: string;
  readonly espnEventId: string | null;
  readonly nbaGameId: string | null;
  readonly date: TradingDate;
  onGame(game: FeedGame, raw: RawResponse): void;
  onWinProbability(reading: WinProbability, raw: RawResponse): void;
  /** A payload that cannot be used: its field is named, and the game trades nothing on it. */
  onFault(fault: FeedFault): void;
}

/**
 * Asks the feeds for all games at once: one scoreboard a poll whatever the number of games, and one
 * probability a live game. A feed that fails is asked again at its next turn; staleness is judged by
 * the reader, from the age of what it last got.
 */
export class FeedPoller {
  readonly #clock: RunClock;
  readonly #log: Logger;
  readonly #listeners = new Set<FeedListener>();
  readonly #live = new Set<FeedListener>();
  #isStopped = false;

  constructor(options: {
    readonly feeds: ScoreFeeds;
    readonly clock: RunClock;
    readonly settings: PollSettings;
    readonly log: Logger;
  }) {
    this.#clock = options.clock;
    this.#log = options.log;
    const { settings, feeds } = options;
    const scoreboard = [settings.scoreboardMs, settings.scoreboardFloorWallMs] as const;
    const probability = [settings.winProbabilityMs, settings.winProbabilityFloorWallMs] as const;
    void this.#loop("espn", scoreboard, async () => {
      for (const date of new Set([...this.#listeners].map((listener) => listener.date))) {
        await this.#pollScoreboard("espn", () => feeds.espnScoreboard(date));
      }
    });
    void this.#loop("nba", scoreboard, () =>
      this.#pollScoreboard("nba", () => feeds.nbaScoreboard()),
    );
    void this.#loop("espn-probability", probability, async () => {
      await Promise.all([...this.#live].map((listener) => pollProbability(feeds, listener)));
    });
  }

  /** Delivers what the feeds say of one game. @returns the end of it. */
  add(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      this.#live.delete(listener);
    };
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #loop(
    feed: string,
    [periodMs, floorMs]: readonly [number, number],
    poll: () => Promise<void>,
  ): Promise<void> {
    if (this.#isStopped) return;
    const started = performance.now();
    try {
      if (this.#listeners.size > 0) await poll();
    } catch (error) {
      this.#log.warn({ feed, error: String(error) }, "feed poll failed");
    }
    const dueMs = Math.max(floorMs, periodMs / this.#clock.speed);
    const waitMs = Math.max(5, dueMs - (performance.now() - started));
    setTimeout(() => void this.#loop(feed, [periodMs, floorMs], poll), waitMs).unref();
  }

  async #pollScoreboard(
    feed: "espn" | "nba",
    ask: () => Promise<Fetched<Scoreboard>>,
  ): Promise<void> {
    const fetched = await guarded(feed, this.#listeners, ask);
    if (fetched === null) return;
    for (const fault of fetched.value.faults) report(this.#listeners, fault);
    for (const listener of this.#listeners) {
      const game = fetched.value.games.find((one) => isSameTeams(one, listener));
      if (game === undefined) continue;
      if (feed === "espn" && game.state === "in") this.#live.add(listener);
      if (feed === "espn" && game.state !== "in") this.#live.delete(listener);
      listener.onGame(game, fetched.raw);
    }
  }
}

/** Teams either way round: a swapped feed must reach the view, which refuses it, not vanish here. */
function isSameTeams(game: FeedGame, listener: FeedListener): boolean {
  return (
    game.date === listener.date &&
    ((game.home === listener.home && game.away === listener.away) ||
      (game.home === listener.away && game.away === listener.home))
  );
}

async function pollProbability(feeds: ScoreFeeds, listener: FeedListener): Promise<void> {
  const id = listener.espnEventId;
  if (id === null) return;
  const fetched = await guarded("espn-probability", [listener], () => feeds.winProbability(id));
  if (fetched !== null && fetched.value !== null) {
    listener.onWinProbability(fetched.value, fetched.raw);
  }
}

/** Runs a poll; a payload that does not parse is a fault of the listeners, anything else passes on. */
async function guarded<T>(
  source: string,
  listeners: Iterable<FeedListener>,
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TradingError)) throw error;
    report(listeners, faultOfFailure(source, error));
    return null;
  }
}

/** A feed that could not be read, as a fault: the field that was wrong, or the whole response. */
export function faultOfFailure(source: string, error: unknown): FeedFault {
  const isOurs = error instanceof TradingError;
  const details = new Map<string, unknown>(isOurs ? Object.entries(error.details) : []);
  const text = (name: string, otherwise: string): string => {
    const value = details.get(name);
    return typeof value === "string" ? value : otherwise;
  };
  return {
    source: text("source", source),
    field: text("field", "response"),
    reason: text("reason", isOurs ? error.code : String(error)),
    externalId: null,
  };
}

function report(listeners: Iterable<FeedListener>, fault: FeedFault): void {
  for (const listener of listeners) {
    const { externalId } = fault;
    const isTheirs = externalId === listener.espnEventId || externalId === listener.nbaGameId;
    if (externalId === null || isTheirs) listener.onFault(fault);
  }
}
