import { activityInfo } from "@temporalio/activity";
import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { GameStrategy } from "../core/domain/order.ts";
import { NBA_SERIES } from "../core/domain/ids.ts";
import { matchSlate, type SlateEntry } from "../core/domain/slate.ts";
import type { RunClock, TradingDate } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { failure } from "../runtime/failure.ts";
import { workflowIds } from "../temporal.config.ts";
import type { Db } from "../schema/database.ts";
import { upsertGame } from "../schema/queries/games.ts";
import { deposit } from "../schema/queries/ledger.ts";
import { endRun, startRun } from "../schema/queries/runs.ts";
import type { AlarmBook } from "./alarm-book.ts";
import type { NightSource, ScoreFeeds } from "./ports.ts";

/** A day as its workflow describes it. */
export interface DayRequest {
  readonly runId: string;
  readonly mode: Mode;
  readonly date: TradingDate;
  readonly source: string;
  readonly seed: number | null;
  readonly speed: number;
}

/** A game to be traded, with its pace. */
export interface SlateMatch {
  readonly game: GameRef;
  readonly settings: {
    readonly windowOpensAt: GameRef["tipAt"];
    readonly retryMs: number;
    readonly maxHistoryEvents: number | null;
  };
}

/** The slate: what is traded, and what was found but not matched well enough. */
export interface Slate {
  readonly matches: readonly SlateMatch[];
  readonly unmatched: readonly {
    readonly eventTicker: string;
    readonly reasons: readonly string[];
  }[];
}

export interface DayDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly feeds: ScoreFeeds;
  readonly source: NightSource;
  readonly clock: RunClock;
  readonly alarms: AlarmBook;
  readonly config: { readonly text: string; readonly hash: string };
  readonly codeCommit: string;
  /** Watching begins this long before tip, run milliseconds. */
  readonly windowOpensBeforeTipMs: number;
  readonly retryMs: number;
  /** Which strategies play the games of a day, in the sequence they are asked in. */
  readonly strategies: readonly GameStrategy[];
  /** @throws TradingError CONFIG_INVALID where one of them may not play that night. */
  readonly requireStrategies: (night: string) => Promise<void>;
  readonly log: Logger;
}

/** The day's beginning and end. All safe to repeat. */
export const createDayActivities = (deps: DayDeps) => ({
  /** Writes the run's row, and in a new home the deposit that the books begin with. */
  async openDay(request: DayRequest): Promise<void> {
    const manifest = await deps.source.manifest();
    await deps.requireStrategies(manifest.name);
    await startRun(deps.db, {
      runId: request.runId,
      mode: request.mode,
      tradingDate: request.date,
      source: request.source,
      seed: request.seed,
      speed: request.speed,
      codeCommit: deps.codeCommit,
      configHash: deps.config.hash,
      config: deps.config.text,
      manifest: JSON.stringify(manifest),
      startedAt: deps.clock.now(),
    });
    const { cash } = await deps.venue.balance();
    // Only the first run of a mode finds an empty ledger; later ones go on with what is there.
    await deposit(deps.db, {
      mode: request.mode,
      depositId: "opening-balance",
      runId: request.runId,
      amount: cash,
      at: deps.clock.now(),
    });
  },

  /** Finds the day's events and joins them with the feeds' games. */
  async discoverSlate(request: DayRequest): Promise<Slate> {
    const events = await deps.venue.events({ seriesTicker: NBA_SERIES });
    const [espn, nba] = await Promise.all([
      readGames(deps, "espn", () => deps.feeds.espnScoreboard(request.date)),
      readGames(deps, "nba", () => deps.feeds.nbaScoreboard()),
    ]);
    const manifest = await deps.source.manifest();
    const entries = matchSlate(events, { espn, nba }, request.date);
    // With no feed at all there is nothing to match them with: the next attempt may find one.
    if (entries.length > 0 && espn.length === 0 && nba.length === 0) {
      throw failure("FEED_UNAVAILABLE", { date: request.date, feeds: ["espn", "nba"] });
    }
    for (const entry of entries) await record(deps, request, entry, manifest.games);
    return {
      matches: entries
        .filter((entry) => entry.isTradable)
        .map((entry) => match(deps, request, entry)),
      unmatched: entries
        .filter((entry) => !entry.isTradable)
        .map(({ eventTicker, reasons }) => ({ eventTicker, reasons })),
    };
  },

  /** Writes the run's verdict. */
  async closeDay(request: {
    readonly runId: string;
    readonly verdict: "passed" | "failed" | "stopped";
  }): Promise<void> {
    await endRun(deps.db, request.runId, request.verdict, deps.clock.now());
    deps.log.info({ ...request }, "day closed");
  },
});
export type DayActivities = ReturnType<typeof createDayActivities>;

/** Attempts in which both feeds are waited for, before one is enough. */
const PATIENT_ATTEMPTS = 6;

/** A feed that cannot be read leaves the match to the other, with less confidence; it never guesses. */
async function readGames(
  deps: DayDeps,
  feed: "espn" | "nba",
  ask: () => ReturnType<ScoreFeeds["nbaScoreboard"]>,
): Promise<Awaited<ReturnType<ScoreFeeds["nbaScoreboard"]>>["value"]["games"]> {
  try {
    return (await ask()).value.games;
  } catch (error) {
    // A feed that is away for a moment must not cost its half of the night's matches.
    if (activityInfo().attempt < PATIENT_ATTEMPTS) throw error;
    deps.alarms.raise({
      runId: null,
      gameId: null,
      severity: "critical",
      code: "slate_without_feed",
      field: feed,
      message: `the slate was matched without ${feed}: ${String(error)}`,
      details: {},
      at: deps.clock.now(),
    });
    return [];
  }
}

function gameRef({ strategies }: DayDeps, request: DayRequest, entry: SlateEntry): GameRef {
  return {
    gameId: workflowIds.game(request.mode, entry.eventTicker),
    runId: request.runId,
    mode: request.mode,
    eventTicker: entry.eventTicker,
    home: entry.home,
    away: entry.away,
    tradingDate: request.date,
    tipAt: entry.tipAt,
    espnEventId: entry.espnEventId,
    nbaGameId: entry.nbaGameId,
    markets: entry.markets,
    strategies,
    ...(entry.isNeutral === true ? { isNeutral: true } : {}),
  };
}

function match(deps: DayDeps, request: DayRequest, entry: SlateEntry): SlateMatch {
  return {
    game: gameRef(deps, request, entry),
    settings: {
      windowOpensAt: instant(entry.tipAt - deps.windowOpensBeforeTipMs),
      retryMs: deps.retryMs,
      maxHistoryEvents: null,
    },
  };
}

async function record(
  deps: DayDeps,
  request: DayRequest,
  entry: SlateEntry,
  played: readonly { readonly eventTicker: string; readonly reconstructed: readonly string[] }[],
): Promise<void> {
  await upsertGame(deps.db, {
    game: gameRef(deps, request, entry),
    matchConfidence: entry.confidence,
    matchReasons: entry.reasons,
    phase: entry.isTradable ? "scheduled" : "unmatched",
    reconstructed:
      played.find(({ eventTicker }) => eventTicker === entry.eventTicker)?.reconstructed ?? [],
    at: deps.clock.now(),
  });
  if (entry.isTradable) return;
  deps.alarms.raise({
    runId: request.runId,
    gameId: workflowIds.game(request.mode, entry.eventTicker),
    severity: "warning",
    code: "game_not_matched",
    field: null,
    message: `${entry.eventTicker} is not traded: ${entry.reasons.join(", ")}`,
    details: { confidence: entry.confidence },
    at: deps.clock.now(),
  });
}
