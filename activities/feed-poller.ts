import type { Logger } from "pino";
import { TradingError } from "../core/domain/errors.ts";
import type {
  FeedFault,
  FeedGame,
  Fetched,
  RawResponse,
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
  readonly date: TradingDate;
  onGame(game: FeedGame, raw: RawResponse): void;
  onWinProbability(reading: WinProbability, raw: RawResponse): void;
  /** A payload that cannot be used: its field is named, and the game trades nothing on it. */
  onFault(fault: FeedFault): void;
}

export interface FeedPoller {
  add(listener: FeedListener): () => void;
  stop(): void;
}

/**
 * Asks the feeds for all games at once: one scoreboard a poll whatever the number of games, and one
 * probability a live game. A feed that fails is asked again at its next turn; staleness is judged by
 * the reader, from the age of what it last got.
 */
export function createFeedPoller(options: {
  readonly feeds: ScoreFeeds;
  readonly clock: RunClock;
  readonly settings: PollSettings;
  readonly log: Logger;
}): FeedPoller {
  const { feeds, clock, settings, log } = options;
  const listeners = new Set<FeedListener>();
  const live = new Set<FeedListener>();
  let isStopped = false;

  const loop = (
    name: string,
    periodMs: number,
    floorMs: number,
    poll: () => Promise<void>,
  ): void => {
    const turn = async (): Promise<void> => {
      if (isStopped) return;
      const started = performance.now();
      try {
        if (listeners.size > 0) await poll();
      } catch (error) {
        log.warn({ feed: name, error: String(error) }, "feed poll failed");
      }
      const waitMs = Math.max(floorMs, periodMs / clock.speed) - (performance.now() - started);
      setTimeout(() => void turn(), Math.max(5, waitMs)).unref();
    };
    void turn();
  };

  const scoreboards = async (
    feed: "espn" | "nba",
    ask: () => Promise<Fetched<{ games: readonly FeedGame[]; faults: readonly FeedFault[] }>>,
  ): Promise<void> => {
    const fetched = await guarded(feed, [...listeners], ask);
    if (fetched === null) return;
    for (const fault of fetched.value.faults) report([...listeners], fault);
    for (const listener of listeners) {
      const game = fetched.value.games.find((one) => isSameTeams(one, listener));
      if (game === undefined) continue;
      if (feed === "espn") {
        if (game.state === "in") live.add(listener);
        else live.delete(listener);
      }
      listener.onGame(game, fetched.raw);
    }
  };

  loop("espn", settings.scoreboardMs, settings.scoreboardFloorWallMs, async () => {
    for (const date of new Set([...listeners].map((listener) => listener.date))) {
      await scoreboards("espn", () => feeds.espnScoreboard(date));
    }
  });
  loop("nba", settings.scoreboardMs, settings.scoreboardFloorWallMs, () =>
    scoreboards("nba", () => feeds.nbaScoreboard()),
  );
  loop(
    "espn-probability",
    settings.winProbabilityMs,
    settings.winProbabilityFloorWallMs,
    async () => {
      await Promise.all([...live].map((listener) => pollProbability(feeds, listener)));
    },
  );

  return {
    add: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        live.delete(listener);
      };
    },
    stop: () => {
      isStopped = true;
    },
  };
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
  if (fetched !== null && fetched.value !== null)
    listener.onWinProbability(fetched.value, fetched.raw);
}

/** Runs a poll; a payload that does not parse is a fault of the listeners, anything else passes on. */
async function guarded<T>(
  source: string,
  listeners: readonly FeedListener[],
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TradingError)) throw error;
    const details = new Map(Object.entries(error.details));
    const text = (name: string, otherwise: string): string => {
      const value: unknown = details.get(name);
      return typeof value === "string" ? value : otherwise;
    };
    report(listeners, {
      source: text("source", source),
      field: text("field", "response"),
      reason: text("reason", error.code),
      externalId: null,
    });
    return null;
  }
}

function report(listeners: readonly FeedListener[], fault: FeedFault): void {
  for (const listener of listeners) {
    if (fault.externalId === null || fault.externalId === listener.espnEventId)
      listener.onFault(fault);
  }
}
