import { activityInfo, cancellationSignal } from "@temporalio/activity";
import type { Logger } from "pino";
import type { BtcSeries } from "../../core/domain/btc-contract.ts";
import type { KillLevel } from "../../core/domain/kill.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { usdMicros } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { rulesUnder } from "../../core/strategies/btc-decision.ts";
import type { BitcoinConfig } from "../../runtime/bitcoin-config.ts";
import type { Db } from "../../schema/database.ts";
import { openBreakers } from "../../schema/queries/breakers.ts";
import { catalogueKnownUntil } from "../../schema/queries/btc-progress.ts";
import { isSeriesEnded, lastBtcCycle } from "../../schema/queries/btc-runs.ts";
import {
  bookedDecisions,
  contractBars,
  EXITED,
  proposalsOf,
} from "../../schema/queries/btc-orders.ts";
import { openOccasions } from "../../schema/queries/occasions.ts";
import type { BtcRun, SeriesState } from "../../workflows/btc-contracts.ts";
import { committedCapital } from "../committed-capital.ts";
import type { FeeBook } from "../fee-book.ts";
import type { LimitsBook } from "../limits-book.ts";
import type { MarketHub } from "../market-hub.ts";
import type { ObservationStore } from "../observation-store.ts";
import { untoldKill } from "../standing-kill.ts";
import type { VenueWatch } from "../venue-watch.ts";
import type { BtcHealth } from "./health.ts";
import { errorClassOf } from "./health-notes.ts";
import { KeptSessions } from "./kept-sessions.ts";
import type { SeriesLedger } from "./series-ledger.ts";
import { SeriesMarkets } from "./series-markets.ts";
import { SeriesRecorder } from "./series-recorder.ts";
import { type AdmittedContract, type SeriesChunkEnd, SeriesSession } from "./series-session.ts";
import { SeriesUpkeep } from "./series-upkeep.ts";
import type { ContractSettler } from "./settle-contracts.ts";
import type { SpotBook } from "./spot-book.ts";

/** Argument of `watchSeries`. */
export interface WatchSeriesRequest {
  readonly run: BtcRun;
  readonly series: BtcSeries;
  readonly state: SeriesState;
}

/** How a chunk of watching ended, and one line for the Web UI. */
export interface WatchSeriesResult extends Omit<SeriesChunkEnd, "admitted"> {
  readonly admitted: readonly AdmittedContract[];
  readonly summary: string;
  /** The kill that stands, when it is stricter than what the series was told; it is obeyed first. */
  readonly standingKill: KillLevel | null;
}

export interface WatchSeriesDeps {
  readonly db: Db;
  readonly venue: Pick<Venue, "markets">;
  readonly fees: FeeBook;
  readonly clock: RunClock;
  readonly hub: MarketHub;
  /** The spot and the settlements of this process, once somebody asks. */
  readonly openBitcoin: () => Promise<{
    readonly spot: SpotBook;
    readonly settler: ContractSettler;
    readonly health: BtcHealth;
  }>;
  readonly store: Pick<
    ObservationStore,
    "btcCycle" | "btcDecision" | "wouldTrade" | "isAway" | "flushAhead"
  >;
  readonly venueWatch: Pick<VenueWatch, "isTrading">;
  readonly limits: Pick<LimitsBook, "ofRun">;
  readonly bitcoin: BitcoinConfig;
  readonly fillProbability: number;
  readonly configHash: string;
  readonly log: Logger;
  /** Wall milliseconds between two looks whether a series that nobody watches was ended; for tests. */
  readonly endLookMs?: number;
}

/** Bitcoin's markets are on the shard of crypto. */
const CRYPTO_SHARD = 2;

interface OpenSession {
  readonly session: SeriesSession;
  readonly recorder: SeriesRecorder;
  readonly upkeep: SeriesUpkeep;
  /** Hears what a chunk ended by that did not come to its end. */
  readonly failed: (error: unknown) => void;
  readonly close: () => void;
}

/** Watches series; one session a series and process, kept between chunks. */
export const createWatchSeriesActivities = (deps: WatchSeriesDeps) => {
  const sessions = new KeptSessions<OpenSession>({
    isEnded: (of) => isSeriesEnded(deps.db, of),
    log: deps.log,
    ...(deps.endLookMs !== undefined && { lookMs: deps.endLookMs }),
  });
  return {
    /** Follows spot and books of a whole series, decides, settles and scores what has closed. */
    async watchSeries(request: WatchSeriesRequest): Promise<WatchSeriesResult> {
      const of = { runId: request.run.runId, series: request.series };
      const open = (): Promise<OpenSession> => openSession(deps, request);
      return sessions.use(of, open, async (opened) => {
        try {
          return await watchChunk(deps, opened, request);
        } catch (error) {
          opened.failed(error);
          throw error;
        }
      });
    },
  };
};
export type WatchSeriesActivities = ReturnType<typeof createWatchSeriesActivities>;

async function watchChunk(
  deps: WatchSeriesDeps,
  { session, recorder, upkeep }: OpenSession,
  request: WatchSeriesRequest,
): Promise<WatchSeriesResult> {
  const { run, state } = request;
  const standingKill = await untoldKill(deps.db, run.mode, state.killLevel);
  if (standingKill !== null) {
    const at = deps.clock.now();
    const summary = recorder.summary();
    return { at, admitted: [], news: [], isOver: false, summary, standingKill };
  }
  await upkeep.begin(state.followed.map(({ marketTicker }) => marketTicker));
  const read = (pending: readonly string[]) => readLedger(deps, request, pending);
  const end = await session.watch(state, read, cancellationSignal());
  // Risk approves no proposal whose decision is not there.
  if (end.news.some(({ news }) => news.proposal !== null)) {
    void deps.store.flushAhead().catch(() => undefined);
  }
  // The order path hangs on them: they are there before any workflow proposes.
  await openOccasions(deps.db, end.admitted);
  const before = await proposalsOf(
    deps.db,
    end.admitted.map(({ occasion }) => occasion.occasionId),
  );
  const admitted = end.admitted.map((one) => {
    return { ...one, decisionsBefore: before.get(one.occasion.occasionId) ?? 0 };
  });
  return { ...end, admitted, summary: recorder.summary(), standingKill };
}

async function openSession(
  deps: WatchSeriesDeps,
  { run, series }: WatchSeriesRequest,
): Promise<OpenSession> {
  const { clock, hub, bitcoin, configHash, store, log } = deps;
  const { spot, settler, health } = await deps.openBitcoin();
  const { runId, mode } = run;
  const markets = new SeriesMarkets(series);
  const lastCycle = await lastBtcCycle(deps.db, { series, runId });
  const listedAt = await catalogueKnownUntil(deps.db, { mode, series }, clock.now());
  const recorder = new SeriesRecorder({ runId, mode, series, configHash, store }, lastCycle);
  const upkeep = new SeriesUpkeep({
    series,
    markets,
    recorder,
    mode,
    db: deps.db,
    venue: deps.venue,
    fees: deps.fees,
    settler,
    health,
    clock,
    refreshMs: bitcoin.watch.refreshMs,
    listedAt,
    endsAt: run.endsAt,
    follow: (tickers) => hub.add(tickers, session),
    forget: (tickers) => {
      hub.forget(tickers);
    },
    log,
  });
  const session: SeriesSession = new SeriesSession({
    ...{ run, markets, hub, spot, clock, recorder, log },
    keepUp: (at) => {
      upkeep.keepUp(at);
    },
    refreshSoon: () => {
      upkeep.refreshSoon();
    },
    isSettled: () => upkeep.isSettled(),
    pausedBecause: () => pauseOf(deps),
    isVenuePaused: () => deps.venueWatch.isTrading(CRYPTO_SHARD) === false,
    config: bitcoin,
    fillProbability: deps.fillProbability,
    onCycle: (at) => {
      health.beat("watch", series);
      health.cycle(series, at);
    },
  });
  health.beat("watch", series);
  const leaveSpot = spot.onPrice((_, wallMs) => {
    session.onPrice(wallMs);
  });
  const { activityId: activity } = activityInfo();
  log.info({ series, runId, cycle: lastCycle, activity }, "watching series");
  return {
    session,
    recorder,
    upkeep,
    failed: (error) => {
      health.error("watch", series, errorClassOf(error));
    },
    close: () => {
      leaveSpot();
      upkeep.stop();
      health.leave(series);
    },
  };
}

/** What speaks against every entry at this moment: risk would refuse it. */
function pauseOf({ store, venueWatch }: WatchSeriesDeps): string | null {
  if (store.isAway()) return "database_away";
  return venueWatch.isTrading(CRYPTO_SHARD) === true ? null : "venue_not_open";
}

async function readLedger(
  deps: WatchSeriesDeps,
  { run, state }: WatchSeriesRequest,
  pending: readonly string[],
): Promise<SeriesLedger> {
  const { mode, runId } = run;
  // Before what stands against its contract: what is in the books by now is in that too.
  const booked = await bookedDecisions(deps.db, pending);
  const tickers = state.followed.map(({ marketTicker }) => marketTicker);
  const [bars, committed, { hash, limits }, [breaker]] = await Promise.all([
    contractBars(deps.db, mode, tickers, deps.bitcoin.watch.maxAttempts),
    committedCapital(deps.db, mode),
    deps.limits.ofRun(runId),
    openBreakers(deps.db, mode),
  ]);
  const exited = [...bars].flatMap(([ticker, code]) => (code === EXITED ? [ticker] : []));
  const used = committed.get("btc-edge") ?? 0;
  const paused = breaker === undefined ? null : `breaker:${breaker.breaker}`;
  return {
    booked,
    exited: new Set(exited),
    limitsHash: hash,
    rules: rulesUnder(deps.bitcoin.rules, limits),
    capitalLeft: usdMicros(Math.max(0, limits.maxStrategyCapital["btc-edge"] - used)),
    of: (marketTicker) => paused ?? bars.get(marketTicker) ?? null,
  };
}
