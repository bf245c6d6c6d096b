import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BreakerBook } from "../../activities/breaker-book.ts";
import { GameSession } from "../../activities/game-session.ts";
import { MarketHub } from "../../activities/market-hub.ts";
import { createObservationStore } from "../../activities/observation-store.ts";
import { SessionRecorder } from "../../activities/session-recorder.ts";
import { createKalshiStream } from "../../clients/kalshi/stream.ts";
import { newGame } from "../../core/domain/game.ts";
import type { GameRef } from "../../core/domain/game-ref.ts";
import { LINEAR_CENT } from "../../core/domain/price-grid.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { GameDecider } from "../../core/strategies/decide.ts";
import { CONFIG, VIEW_SETTINGS } from "../../core/strategies/testing/inputs.ts";
import { GameView } from "../../core/strategies/view.ts";
import type { Secret } from "../../runtime/secret.ts";
import type { Db } from "../../schema/database.ts";
import type { ExchangeHandle } from "../../sim/exchange/main.ts";
import { HOME } from "../../sim/exchange/testing/hand-made.ts";
import { FEES } from "../db/night.ts";
import { decidedBy } from "../support/decided-by.ts";
import { SILENT } from "../support/kalshi.ts";

/** Alarms that nobody hears. */
export const QUIET_ALARMS = {
  raise: () => undefined,
  clear: () => undefined,
  flush: () => Promise.resolve(),
};

/** What is watched, with what, and until when. */
export interface Watching {
  readonly db: Db;
  readonly exchange: ExchangeHandle;
  readonly privateKeyPem: Secret;
  readonly clock: RunClock;
  readonly breakers: BreakerBook;
  readonly game: GameRef;
  readonly decide: GameDecider["decide"];
  /** Lets some run time pass. */
  readonly tick: () => Promise<unknown>;
  readonly isEnough: () => Promise<boolean>;
}

/** Watches the home market through the exchange's stream, as the activity does, until enough was seen. */
export async function watchHome(watching: Watching): Promise<void> {
  const { db, exchange, privateKeyPem, clock, tick, isEnough } = watching;
  const stream = createKalshiStream({
    mode: "paper",
    wsUrl: exchange.wsUrl,
    keyId: exchange.key.keyId,
    privateKeyPem,
    clock,
    log: SILENT,
    reconnect: { firstMs: 10, maxMs: 50 },
    stallMs: 5_000,
  });
  const spoolDir = await mkdtemp(join(tmpdir(), "breakers-"));
  const store = createObservationStore({ db, spoolDir, log: SILENT, clock });
  const hub = new MarketHub({ stream, clock, log: SILENT });
  const session = sessionOf(watching, hub, store);
  const leave = hub.add([HOME], session);
  const stop = new AbortController();
  const ledger = {
    strategies: [],
    pausedBecause: null,
    config: CONFIG,
    limitsHash: "test",
  };
  const running = session.watch(newGame(), ledger, stop.signal);
  while (!(await isEnough())) await tick();
  stop.abort();
  await running;
  leave();
  stream.close();
  await store.close();
  await rm(spoolDir, { recursive: true, force: true });
}

function sessionOf(
  { game, decide, clock, breakers }: Watching,
  hub: MarketHub,
  store: ReturnType<typeof createObservationStore>,
): GameSession {
  const markets = game.markets.map((market) => ({
    ...market,
    grid: LINEAR_CENT,
    status: "active",
  }));
  return new GameSession({
    game,
    deciderFor: () => decidedBy(decide),
    view: new GameView({ ...game, lacks: [], markets }, VIEW_SETTINGS),
    clock,
    configHash: "test",
    fees: FEES,
    isDerivedBook: false,
    grids: new Map([[HOME, LINEAR_CENT]]),
    settings: {
      chunkMs: 3_600_000,
      minChunkWallMs: 0,
      maxChunkWallMs: 30_000,
      decisionIntervalMs: 60_000,
      verdictIntervalMs: 1_000,
      confirmMs: 5_000,
      idleWallMs: 50,
      closingSeconds: 30,
    },
    recorder: new SessionRecorder({
      ...{ game, store, alarms: QUIET_ALARMS, clock, lastCursor: 0, lastCycle: 0 },
    }),
    breakers,
    pausedBecause: () => null,
    currentQuote: (ticker) => hub.quote(ticker),
    distrust: (ticker, reason) => {
      hub.distrust(ticker, reason);
    },
    log: SILENT,
  });
}
