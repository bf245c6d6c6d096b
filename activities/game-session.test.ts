import { describe, expect, it, vi } from "vitest";
import type { DecisionInput, Verdict } from "../core/domain/decision.ts";
import type { FeedGame, FeedName } from "../core/domain/feeds.ts";
import { newGame, stepGame } from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { GameIntent } from "../core/domain/order.ts";
import { LINEAR_CENT } from "../core/domain/price-grid.ts";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import { CONFIG, VIEW_SETTINGS } from "../core/strategies/testing/inputs.ts";
import { GameView, type ViewContext } from "../core/strategies/view.ts";
import { NO_BREAKERS } from "../test/support/breakers.ts";
import { decidedBy } from "../test/support/decided-by.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { GameSession, type SessionDeps, type SessionLedger } from "./game-session.ts";
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

/** A page of a game without markets. */
function pageOf(context: ViewContext): DecisionInput {
  const page: Partial<DecisionInput> = {
    ...context,
    at: NOW,
    markets: [],
    windows: [],
    readings: [],
  };
  return page as DecisionInput; // Test boundary: nobody looks at the rest.
}

/** A session that notes for whom it decides: the number of entries in the ledger it was given. */
function noting(decidedFor: number[], triggers: string[] = []): GameSession {
  const view: Partial<GameView> = {
    shown: (_now, rest) => pageOf(rest),
    clock: () => null,
    phase: () => "pregame",
    setMarketStatus: () => undefined,
    observeFeedGame: () => true,
    finalWord: () => null,
    jumpOf: () => null,
    observeWinProbability: () => undefined,
  };
  const recorder = recording({ snapshot: (trigger) => triggers.push(trigger) });
  // Test boundary: anything else would throw.
  return sessionOf(view as GameView, recorder, decidedFor);
}

function recording(changes: Partial<SessionRecorder>): SessionRecorder {
  const recorder: Partial<SessionRecorder> = {
    snapshot: () => 1,
    raw: () => undefined,
    recovered: () => undefined,
    decision: () => "d",
    show: () => undefined,
    cycle: vi.fn(),
    ...changes,
  };
  return recorder as SessionRecorder; // Test boundary: anything else would throw.
}

function sessionOf(
  view: GameView,
  recorder: SessionRecorder,
  decidedFor: number[],
  changes: Partial<SessionDeps> = {},
): GameSession {
  return new GameSession({
    game,
    deciderFor: () =>
      decidedBy(({ strategies }) => {
        decidedFor.push(strategies.length);
        return { schemaVersion: 1, forecast: NO_FORECAST, verdicts: [] };
      }),
    view,
    recorder,
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
      idleWallMs: 1_000,
      closingSeconds: 120,
    },
    breakers: NO_BREAKERS,
    pausedBecause: () => null,
    currentQuote: () => null,
    distrust: () => undefined,
    log: SILENT,
    ...changes,
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

it("tells when a quote came only of a decision that it was made for", async () => {
  const view: Partial<GameView> = {
    shown: (_now, rest) => pageOf(rest),
    clock: () => null,
    phase: () => "pregame",
    setMarketStatus: () => undefined,
    observeQuote: () => undefined,
    finalWord: () => null,
    jumpOf: () => null,
    observeWinProbability: () => undefined,
    clockDisagreement: () => null,
  };
  const intent: Partial<GameIntent> = { purpose: "entry", marketTicker: TICKER };
  const proposed: Partial<Verdict> = { code: "propose", intent: intent as GameIntent };
  const verdicts = [proposed as Verdict]; // Test boundary: nobody looks at the rest.
  // Test boundary: anything else would throw.
  const session = sessionOf(view as GameView, recording({}), [], {
    deciderFor: () => decidedBy(() => ({ schemaVersion: 1, forecast: NO_FORECAST, verdicts })),
    grids: new Map([TICKER, `${TICKER}-OTHER`].map((ticker) => [ticker, LINEAR_CENT])),
  });
  const [bid, ask] = [priceMicros(490_000), priceMicros(500_000)];
  const quote = { bid, bidSize: null, ask, askSize: null, quotedAt: NOW, receivedAt: NOW };
  const quoted = (marketTicker: string, wallMs: number): void => {
    session.onQuote({ ...quote, marketTicker }, wallMs);
  };
  const watched = async () => {
    const { proposals } = await session.watch(newGame(), ledgerOf([]), never);
    return proposals[0]?.quote;
  };
  quoted(TICKER, 1_000);
  quoted(TICKER, 1_005);
  expect(await watched()).toMatchObject({ bidMicros: 490_000, receivedWallMs: 1_005 });
  const others: readonly (() => void)[] = [
    () => undefined,
    () => {
      session.feedListener().onWinProbability({} as never, {} as never);
    },
    () => {
      session.onLifecycle(TICKER, "activated");
    },
    () => {
      quoted(`${TICKER}-OTHER`, 2_000);
    },
  ];
  for (const change of others) {
    change();
    expect(await watched()).toMatchObject({ bidMicros: 490_000, receivedWallMs: null });
  }
  quoted(TICKER, 3_000);
  expect(await watched()).toMatchObject({ receivedWallMs: 3_000 });
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

describe("a game's end", () => {
  const shown = (feed: FeedName, isFinal: boolean, changes: Partial<FeedGame> = {}): FeedGame => ({
    feed,
    externalId: "1",
    date: "2026-11-20",
    home: "NYK",
    away: "BOS",
    tipAt: NOW,
    state: isFinal ? "post" : "in",
    statusName: isFinal ? "STATUS_FINAL" : "STATUS_IN_PROGRESS",
    isFinal,
    period: 4,
    clockSeconds: isFinal ? 0 : 60,
    homeScore: 100,
    awayScore: 98,
    homePeriods: [],
    awayPeriods: [],
    sourceTime: null,
    fetchedAt: NOW,
    receivedAt: NOW,
    ...changes,
  });

  /** What a watch of a live game enters, and the alarms it raised. */
  async function entered(
    games: readonly FeedGame[],
    { lacks = [], lifecycle = null }: { lacks?: readonly string[]; lifecycle?: string | null } = {},
  ): Promise<{
    readonly phase: string | null;
    readonly alarms: readonly string[];
    readonly paused: string | null;
  }> {
    const markets = game.markets.map((market) => ({ ...market, grid: [], status: "active" }));
    const view = new GameView({ ...game, lacks, markets }, VIEW_SETTINGS);
    const alarms: string[] = [];
    const alarm = (code: string, field: string) => void alarms.push(`${code} ${field}`);
    const paused: (string | null)[] = [];
    const snapshot: SessionRecorder["snapshot"] = (_trigger, { entriesPaused }) =>
      paused.push(entriesPaused);
    const session = sessionOf(view, recording({ alarm, snapshot }), []);
    const feed = session.feedListener();
    for (const one of games) feed.onGame(one, {} as never);
    if (lifecycle !== null) session.onLifecycle(TICKER, lifecycle);
    const live = stepGame(newGame(), { kind: "entered", phase: "live" });
    const end = await session.watch(live, ledgerOf([]), never);
    return { phase: end.entered, alarms, paused: paused.at(-1) ?? null };
  }

  it("is no end while one feed alone says it: entries pause, and the position is managed on", async () => {
    const games = [shown("nba", false), shown("espn", true)];
    expect(await entered(games)).toEqual({
      phase: null,
      alarms: ["final_disputed espn.status"],
      paused: "final_disputed",
    });
  });

  it("is taken back with the word of the one feed that was wrong, at any time of the game", async () => {
    const early = { period: 1, clockSeconds: 600, homeScore: 4, awayScore: 2 } as const;
    const games = [
      shown("nba", false, early),
      shown("espn", false, early),
      shown("espn", true, early),
      shown("espn", false, { ...early, clockSeconds: 590 }),
    ];
    expect(await entered(games)).toMatchObject({ phase: null, paused: null });
  });

  it("is one when both feeds say it, or one of a source that has no other", async () => {
    expect(await entered([shown("nba", true), shown("espn", true)])).toMatchObject({
      phase: "final",
    });
    expect(await entered([shown("nba", true)], { lacks: ["espn"] })).toMatchObject({
      phase: "final",
    });
  });

  it("is one when one feed says it and the venue has closed the market", async () => {
    const games = [shown("nba", false), shown("espn", true)];
    expect(await entered(games, { lifecycle: "closed" })).toMatchObject({ phase: "final" });
  });

  it("is none when the venue pauses a market, or closes it and opens it again", () => {
    const markets = game.markets.map((market) => ({ ...market, grid: [], status: "active" }));
    const view = new GameView({ ...game, lacks: [], markets }, VIEW_SETTINGS);
    const size = countCenti(100);
    const quote = { bid: priceMicros(400_000), ask: priceMicros(420_000) };
    const sizes = { bidSize: size, askSize: size, quotedAt: NOW, receivedAt: NOW };
    view.observeQuote({ marketTicker: TICKER, ...quote, ...sizes }, false);
    const session = sessionOf(view, recording({}), []);
    const context = {
      phase: "live",
      strategies: [],
      entriesPaused: null,
      fees: { kind: "quadratic_with_maker_fees", multiplierMilli: 1_000 },
      configHash: "test",
    } as const;
    const seen = ["deactivated", "activated", "closed", "activated"].map((event) => {
      session.onLifecycle(TICKER, event);
      return view.shown(NOW, context).markets[0]?.status;
    });
    expect(seen).toEqual(["inactive", "active", "closed", "active"]);
  });

  it("raises an alarm with the field of a score that leaps, and closes nothing for it", async () => {
    const before = { period: 1, clockSeconds: 600, homeScore: 36 } as const;
    const games = [
      shown("espn", false, before),
      shown("espn", false, { period: 4, clockSeconds: 10, homeScore: 136 }),
      shown("espn", false, { ...before, clockSeconds: 598, homeScore: 136 }),
    ];
    expect(await entered(games)).toEqual({
      phase: null,
      alarms: ["feed_jumped espn.clock", "feed_jumped espn.homeScore"],
      paused: null,
    });
  });
});

it("tells that a game is of another kind, with what it was; not the first kind, and not each flicker", async () => {
  const kinds = ["calm", "volatile", "calm", "volatile"] as const;
  // The third comes within the least time between two.
  const times = [0, 5_000, 5_500, 12_000];
  const told: string[] = [];
  let turn = 0;
  const view: Partial<GameView> = {
    shown: (_now, rest) => pageOf(rest),
    clock: () => null,
    phase: () => "pregame",
    setMarketStatus: () => undefined,
    finalWord: () => null,
  };
  const recorder = recording({ regime: (word, before) => told.push(`${before} > ${word}`) });
  // Test boundary: anything else would throw.
  const session = sessionOf(view as GameView, recorder, [], {
    clock: { now: () => instant(NOW + (times[turn] ?? 0)), speed: 1 },
    deciderFor: () =>
      decidedBy(() => {
        const volatility = kinds[turn] ?? "calm";
        const regime = { volatility, liquidity: "deep", phase: "live", favourite: "none" } as const;
        const route = { regime, weights: [], version: "test" };
        return { schemaVersion: 1, forecast: NO_FORECAST, verdicts: [], route };
      }),
  });
  const watched = session.watch(newGame(), ledgerOf([]), never);
  for (turn = 1; turn < kinds.length; turn += 1) {
    session.onLifecycle(TICKER, "activated");
    await pause(15);
  }
  await pause(400);
  session.onLifecycle(TICKER, "activated");
  await watched;
  expect(told).toEqual(["calm/deep/live/none > volatile/deep/live/none"]);
});
