import { expect, it, vi } from "vitest";
import { newGame } from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { instant } from "../core/domain/units.ts";
import type { GameView } from "../core/strategies/view.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { NO_BREAKERS } from "../test/support/breakers.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { GameSession, type SessionLedger } from "./game-session.ts";
import type { SessionRecorder } from "./session-recorder.ts";

const NOW = instant(Date.parse("2026-11-21T01:00:00Z"));
const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";

const game: GameRef = {
  gameId: "game/paper/X",
  runId: "run",
  mode: "paper",
  eventTicker: "X",
  home: "NYK",
  away: "BOS",
  tradingDate: "2026-11-20",
  tipAt: NOW,
  espnEventId: null,
  nbaGameId: null,
  markets: [{ ticker: TICKER, team: "home", exchangeIndex: 0 }],
};

/** A session that notes for whom it decides: the number of entries in the ledger it was given. */
function noting(decidedFor: number[], triggers: string[] = []): GameSession {
  const view: Partial<GameView> = {
    input: (_now, rest) => ({ ...rest, at: NOW }) as ReturnType<GameView["input"]>,
    clock: () => null,
    phase: () => "pregame",
    setMarketStatus: () => undefined,
    observeFeedGame: () => true,
    observeWinProbability: () => undefined,
  };
  const recorder: Partial<SessionRecorder> = {
    snapshot: (trigger) => triggers.push(trigger),
    raw: () => undefined,
    recovered: () => undefined,
    decision: () => "d",
    show: () => undefined,
    cycle: vi.fn(),
  };
  return new GameSession({
    game,
    decide: ({ strategies }) => {
      decidedFor.push(strategies.length);
      return { schemaVersion: 1, forecast: NO_FORECAST, verdicts: [] };
    },
    view: view as GameView, // Test boundary: anything else would throw.
    recorder: recorder as SessionRecorder, // Test boundary, as above.
    clock: { now: () => NOW, speed: 1 },
    configHash: "test",
    fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
    isDerivedBook: false,
    grids: new Map(),
    settings: {
      chunkMs: 60_000,
      minChunkWallMs: 0,
      maxChunkWallMs: 400,
      decisionIntervalMs: 60_000,
      verdictIntervalMs: 1_000,
      confirmMs: 1_000,
      idleWallMs: 10_000,
      closingSeconds: 120,
    },
    breakers: NO_BREAKERS,
    pausedBecause: () => null,
    currentQuote: () => null,
    distrust: () => undefined,
    log: SILENT,
  });
}

const NO_FORECAST = {
  homeProbability: null,
  sources: [],
  knownAt: null,
  modelVersion: "test",
} as const;
const ledgerOf = (strategies: SessionLedger["strategies"]): SessionLedger => ({
  strategies,
  pausedBecause: null,
  config: CONFIG,
  limitsHash: "test",
});
const never = new AbortController().signal;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("decides for the newest watch only, and wakes it", async () => {
  const decidedFor: number[] = [];
  const session = noting(decidedFor);
  const old = session.watch(newGame(), ledgerOf([]), never);
  await pause(10);
  const one = { strategy: "model-edge" } as never;
  const newest = session.watch(newGame(), ledgerOf([one]), never);
  // A change in the very turn in which the old watch is woken to end.
  session.onLifecycle(TICKER, "activated");
  await old;
  await pause(10);
  session.onLifecycle(TICKER, "deactivated");
  await pause(10);
  expect(decidedFor).toEqual([0, 1, 1, 1]);
  await pause(400);
  session.onLifecycle(TICKER, "activated");
  await newest;
});

it("says what each evaluation was made for: the first change of those taken together, or time", async () => {
  const triggers: string[] = [];
  const session = noting([], triggers);
  const feed = session.feedListener();
  const watched = session.watch(newGame(), ledgerOf([]), never);
  const changes = [
    () => {
      session.onLifecycle(TICKER, "activated");
    },
    () => {
      feed.onWinProbability({} as never, {} as never);
    },
    () => {
      feed.onGame({ feed: "espn" } as never, {} as never);
      session.onLifecycle(TICKER, "deactivated");
    },
  ];
  for (const change of changes) {
    await pause(10);
    change();
  }
  await pause(10);
  expect(triggers).toEqual(["tick", "book", "probability", "clock"]);
  await pause(400);
  session.onLifecycle(TICKER, "activated");
  await watched;
});

it("watches a game that is broken off after tip to its end, however often a feed calls it postponed", async () => {
  const session = noting([]);
  const feed = session.feedListener();
  feed.onGame({ feed: "espn", statusName: "STATUS_POSTPONED" } as never, {} as never);
  const startedAt = performance.now();
  const live = await session.watch({ ...newGame(), phase: "live" }, ledgerOf([]), never);
  expect(live.isPostponed).toBe(false);
  expect(performance.now() - startedAt).toBeGreaterThan(300);
  const before = await session.watch({ ...newGame(), phase: "pregame" }, ledgerOf([]), never);
  expect(before.isPostponed).toBe(true);
});
