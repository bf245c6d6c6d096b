import { expect, it, vi } from "vitest";
import { newGame } from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import { instant } from "../core/domain/units.ts";
import type { GameView } from "../core/strategies/view.ts";
import { CONFIG } from "../core/strategies/testing/inputs.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { GameSession } from "./game-session.ts";
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
function noting(decidedFor: number[]): GameSession {
  const view: Partial<GameView> = {
    input: (_now, rest) => ({ ...rest, at: NOW }) as ReturnType<GameView["input"]>,
    clock: () => null,
    phase: () => "pregame",
    setMarketStatus: () => undefined,
  };
  const recorder: Partial<SessionRecorder> = {
    snapshot: () => 1,
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
    config: CONFIG,
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
    pausedBecause: () => null,
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
const never = new AbortController().signal;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("decides for the newest watch only, and wakes it", async () => {
  const decidedFor: number[] = [];
  const session = noting(decidedFor);
  const old = session.watch(newGame(), { strategies: [] }, never);
  await pause(10);
  const one = { strategy: "model-edge" } as never;
  const newest = session.watch(newGame(), { strategies: [one] }, never);
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
