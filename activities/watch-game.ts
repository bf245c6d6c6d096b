import { activityInfo, cancellationSignal } from "@temporalio/activity";
import type { Logger } from "pino";
import type { StrategyInput } from "../core/domain/decision.ts";
import type { GameState } from "../core/domain/game.ts";
import type { GameRef } from "../core/domain/game-ref.ts";
import type { KillLevel } from "../core/domain/kill.ts";
import type { Market } from "../core/domain/market.ts";
import { strategyCapital } from "../core/domain/risk.ts";
import { lacksOfGame } from "../core/domain/source-lacks.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant, usdMicros } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import {
  type DecisionConfig,
  type DecisionSettings,
  decideUnder,
  type ModelTreesConfig,
} from "../core/strategies/config.ts";
import type { GameDecider } from "../core/strategies/decide.ts";
import { TreesFeed } from "../core/strategies/trees-feed.ts";
import { GameView, type ViewSettings } from "../core/strategies/view.ts";
import type { Db } from "../schema/database.ts";
import { openBreakers } from "../schema/queries/breakers.ts";
import { setLiveState, setPhase, setWorkflowRun } from "../schema/queries/games.ts";
import { lastNumbers, recentMids } from "../schema/queries/observations.ts";
import { positionsOfOccasion } from "../schema/queries/positions.ts";
import type { AlarmBook } from "./alarm-book.ts";
import type { GameBreakers } from "./breaker-book.ts";
import { committedCapital } from "./committed-capital.ts";
import type { FeeBook } from "./fee-book.ts";
import type { FeedPoller } from "./feed-poller.ts";
import {
  type ChunkEnd,
  GameSession,
  type SessionLedger,
  type SessionSettings,
} from "./game-session.ts";
import { positionInputs } from "./holdings.ts";
import type { LimitsBook } from "./limits-book.ts";
import type { MarketBook } from "./market-book.ts";
import type { MarketHub } from "./market-hub.ts";
import { type NightToPlay, nightKind } from "../runtime/models/admission.ts";
import { type TreesOfNight, treesOfGame } from "../runtime/models/trees-for-night.ts";
import type { ObservationStore } from "./observation-store.ts";
import type { NightManifest } from "./ports.ts";
import type { Readings } from "./readings.ts";
import { type LiveState, SessionRecorder } from "./session-recorder.ts";
import { untoldKill } from "./standing-kill.ts";
import type { VenueWatch } from "./venue-watch.ts";

/** Argument of `watchGame`. */
export interface WatchRequest {
  readonly game: GameRef;
  readonly state: GameState;
  /** Counts the partner's updates, so that each is read. */
  readonly partnerUpdates: number;
}

/** How a chunk of watching ended, and one line for the Web UI. */
export interface WatchResult extends ChunkEnd {
  readonly summary: string;
  /** The kill that stands, when it is stricter than what the game was told; it is obeyed first. */
  readonly standingKill: KillLevel | null;
}

export interface WatchDeps {
  readonly db: Db;
  readonly venue: Venue;
  readonly clock: RunClock;
  readonly hub: MarketHub;
  readonly books: MarketBook;
  readonly poller: FeedPoller;
  readonly fees: FeeBook;
  readonly readings: Readings;
  readonly store: ObservationStore;
  readonly alarms: AlarmBook;
  readonly breakers: GameBreakers;
  readonly venueWatch: Pick<VenueWatch, "isTrading">;
  readonly deciderFor: (config: DecisionConfig) => GameDecider;
  /** The models that a night may be played with. */
  readonly treesFor: (settings: ModelTreesConfig, night: NightToPlay) => Promise<TreesOfNight>;
  readonly config: DecisionSettings;
  readonly configHash: string;
  readonly limits: Pick<LimitsBook, "ofRun">;
  readonly viewSettings: ViewSettings;
  readonly sessionSettings: SessionSettings;
  readonly log: Logger;
}

interface OpenSession {
  readonly session: GameSession;
  readonly view: GameView;
  readonly recorder: SessionRecorder;
  readonly close: () => void;
}

/** Watches games; one session a game and process, kept between chunks. */
export const createWatchActivities = (deps: WatchDeps) => {
  const sessions = new Map<string, Promise<OpenSession>>();
  const open = (game: GameRef): Promise<OpenSession> => {
    const known = sessions.get(game.gameId);
    if (known !== undefined) return known;
    const opening = openSession(deps, game).catch((error: unknown) => {
      sessions.delete(game.gameId);
      throw error;
    });
    sessions.set(game.gameId, opening);
    return opening;
  };
  return {
    /** Follows book, clock and probability of one game, and decides on each change. */
    async watchGame(request: WatchRequest): Promise<WatchResult> {
      const { game, state } = request;
      const { session, view, recorder, close } = await open(game);
      const standingKill = await untoldKill(deps.db, game.mode, state.killLevel);
      if (standingKill !== null) {
        const at = deps.clock.now();
        const summary = recorder.summary();
        return { at, entered: null, isPostponed: false, proposals: [], summary, standingKill };
      }
      const known = await deps.readings.of(game);
      for (const reading of known.readings) view.setReading(reading);
      if (known.injuries !== null) recorder.raw("espn-injuries", known.injuries);
      const ledger = await readLedger(deps, game, state);
      const end = await session.watch(state, ledger, cancellationSignal());
      await keep(deps, game, recorder, end);
      if (end.entered === "final") {
        close();
        sessions.delete(game.gameId);
      }
      return { ...end, summary: recorder.summary(), standingKill };
    },
  };
};
export type WatchActivities = ReturnType<typeof createWatchActivities>;

async function openSession(deps: WatchDeps, game: GameRef): Promise<OpenSession> {
  const markets = await Promise.all(game.markets.map(({ ticker }) => readMarket(deps, ticker)));
  const fees = await deps.fees.schedule(game.eventTicker);
  const night = await deps.readings.night(game.runId);
  const view = createView(deps, game, markets, lacksOfGame(night, game.eventTicker));
  const last = await lastOfGame(deps, game);
  await feedTrees(deps, game, view, night, last.cursorNo > 0);
  for (const market of markets) deps.books.learn(market.ticker, { grid: market.grid, fees });
  await restoreWindows(deps, game, view);
  const recorder = new SessionRecorder({
    game,
    store: deps.store,
    alarms: deps.alarms,
    clock: deps.clock,
    lastCursor: last.cursorNo,
    lastCycle: last.cycleNo,
  });
  const session = new GameSession({
    game,
    deciderFor: deps.deciderFor,
    view,
    clock: deps.clock,
    configHash: deps.configHash,
    fees,
    isDerivedBook: night.isDerivedBook,
    grids: new Map(markets.map((market) => [market.ticker, market.grid])),
    settings: deps.sessionSettings,
    recorder,
    breakers: deps.breakers,
    pausedBecause: () => pauseOf(deps, game),
    currentQuote: (ticker) => deps.hub.quote(ticker),
    distrust: (ticker, reason) => {
      deps.hub.distrust(ticker, reason);
    },
    log: deps.log,
  });
  const { workflowExecution } = activityInfo();
  if (workflowExecution) await setWorkflowRun(deps.db, game.gameId, workflowExecution.runId);
  // Nothing may fail from here on: a session that is not kept would never be closed.
  const tickers = game.markets.map(({ ticker }) => ticker);
  const leaveHub = deps.hub.add(tickers, session);
  const leavePoller = deps.poller.add(session.feedListener());
  deps.log.info({ gameId: game.gameId, cursor: last.cursorNo }, "watching game");
  return {
    session,
    view,
    recorder,
    close: () => {
      leaveHub();
      leavePoller();
    },
  };
}

/** What an earlier process left on the disk is taken in first, or its numbers would be given twice. */
async function lastOfGame({ store, db }: WatchDeps, { gameId }: GameRef) {
  await store.flush();
  return lastNumbers(db, gameId);
}

/** Only where the strategy plays: features cost, and belong to the input then. */
async function feedTrees(
  deps: WatchDeps,
  game: GameRef,
  view: GameView,
  { name, seed }: NightManifest,
  isResumed: boolean,
): Promise<void> {
  const { modelTrees } = deps.config.strategies;
  if (game.strategies?.includes("model-trees") !== true || modelTrees === undefined) return;
  const night = { kind: nightKind(name), seed, date: game.tradingDate };
  const found = await deps.treesFor(modelTrees, night);
  // Features of the course of a game would be of its rest alone: then the strategy enters nothing more.
  const absentBecause = isResumed
    ? "resumed: the course of the game is not known"
    : found.absentBecause;
  const models = treesOfGame(found, absentBecause);
  const listedAt = deps.clock.now();
  const { tipAt, markets } = game;
  view.feedTrees(new TreesFeed({ tipAt, listedAt, markets }, deps.config.forecast, models));
  deps.log.info({ gameId: game.gameId, ...models }, "models of trees");
}

/** An earlier process has seen what a new one's windows would otherwise have to wait for. */
async function restoreWindows(deps: WatchDeps, game: GameRef, view: GameView): Promise<void> {
  const since = instant(deps.clock.now() - deps.viewSettings.windowMs);
  const past = await recentMids(deps.db, game.gameId, since);
  for (const { ticker, team } of game.markets) {
    const mids = past.flatMap((row) => {
      const mid = row[team];
      return mid === null ? [] : [{ at: row.at, mid }];
    });
    view.restoreWindow(ticker, mids);
  }
}

function createView(
  deps: WatchDeps,
  game: GameRef,
  markets: readonly Market[],
  lacks: readonly string[],
): GameView {
  const { mode, eventTicker, home, away, tipAt } = game;
  const viewMarkets = game.markets.map((market, index) => ({
    ...market,
    grid: markets[index]?.grid ?? [],
    status: markets[index]?.status ?? "unknown",
  }));
  const viewed = { mode, eventTicker, home, away, tipAt, lacks, markets: viewMarkets };
  return new GameView(viewed, deps.viewSettings);
}

async function readMarket(deps: WatchDeps, ticker: string): Promise<Market> {
  const market = await deps.venue.market(ticker);
  if (market === null) throw new Error(`the venue does not know ${ticker} (any more)`);
  return market;
}

/**
 * Keeps what the chunk saw. What an order is to come of is not waited for: the decision is written while
 * the proposal travels, and risk approves none whose decision is not there. What people are shown waits
 * behind an order, never before it.
 */
async function keep(
  deps: WatchDeps,
  game: GameRef,
  recorder: SessionRecorder,
  end: ChunkEnd,
): Promise<void> {
  const shown = show(deps, game, recorder.lastLive(), end.at);
  if (end.proposals.length === 0) {
    await shown;
    return;
  }
  for (const [what, writing] of Object.entries({ decision: deps.store.flushAhead(), shown })) {
    writing.catch((error: unknown) => {
      deps.log.warn({ gameId: game.gameId, what, error: String(error) }, "not written");
    });
  }
}

async function show(
  deps: WatchDeps,
  game: GameRef,
  live: LiveState | null,
  at: Instant,
): Promise<void> {
  if (live === null) return;
  await setLiveState(deps.db, game.gameId, JSON.stringify(live), at);
  await setPhase(deps.db, game.gameId, live.phase, at);
}

/** Where each strategy stands: attempts from the workflow, holdings and capital from the ledger. */
async function readLedger(
  deps: WatchDeps,
  game: GameRef,
  state: GameState,
): Promise<SessionLedger> {
  const [held, committed, { hash, limits }, [breaker]] = await Promise.all([
    positionsOfOccasion(deps.db, game.gameId),
    committedCapital(deps.db, game.mode),
    deps.limits.ofRun(game.runId),
    openBreakers(deps.db, game.mode),
  ]);
  const strategies = state.strategies.map((one): StrategyInput => {
    const used = committed.get(one.strategy) ?? 0;
    return {
      strategy: one.strategy,
      entries: one.entries,
      pregameAttempts: one.pregameAttempts,
      lockAttempts: one.lockAttempts,
      hasExited: one.hasExited,
      hasWorkingOrder: state.openOrders.some((order) => order.strategy === one.strategy),
      disabledBecause: one.disabledBecause,
      retryAt: one.retryAt,
      positions: positionInputs(held, one.strategy, game),
      capitalLeft: usdMicros(Math.max(0, strategyCapital(limits, one.strategy) - used)),
    };
  });
  // Risk would refuse each of them: a proposal that cannot be must not use up an attempt.
  const pausedBecause = breaker ? `breaker:${breaker.breaker}` : null;
  return { strategies, pausedBecause, config: decideUnder(deps.config, limits), limitsHash: hash };
}

/** What speaks against every entry at this moment: risk would refuse it, and an attempt would be gone. */
function pauseOf({ store, venueWatch }: WatchDeps, { markets }: GameRef): string | null {
  if (store.isAway()) return "database_away";
  const isOpen = markets.every(({ exchangeIndex }) => venueWatch.isTrading(exchangeIndex) === true);
  return isOpen ? null : "venue_not_open";
}
