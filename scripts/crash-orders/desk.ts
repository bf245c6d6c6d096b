import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { createAlarmBook } from "../../activities/alarm-book.ts";
import { createFeeBook } from "../../activities/fee-book.ts";
import type { FollowDeps } from "../../activities/follow-order.ts";
import { createVenueBrakes } from "../../activities/venue-brakes.ts";
import { createIntentQueue } from "../../activities/intent-queue.ts";
import { createMarketBook } from "../../activities/market-book.ts";
import { MarketHub } from "../../activities/market-hub.ts";
import type { OrderDeps } from "../../activities/place-order.ts";
import type { SettleDeps } from "../../activities/settle.ts";
import { createRateBudget } from "../../clients/http/token-bucket.ts";
import { createKalshiVenue } from "../../clients/kalshi/venue.ts";
import type { Step } from "../../core/domain/steps.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { OwnedIntent } from "../../core/domain/order.ts";
import type { RiskInputs } from "../../core/domain/risk.ts";
import { countCenti, instant, priceMicros } from "../../core/domain/units.ts";
import type { Venue } from "../../core/domain/venue.ts";
import { createExchangeControl } from "../../runtime/exchange-control.ts";
import { createLogger } from "../../runtime/log.ts";
import { Secret } from "../../runtime/secret.ts";
import { openDatabase, openPool } from "../../schema/database.ts";
import { IN_FORCE, inputsOf, LIMITS } from "../../test/db/night.ts";
import { NO_BREAKERS } from "../../test/support/breakers.ts";
import { NO_FEEDS } from "../../test/support/feeds.ts";
import { CONFIG } from "../../core/strategies/testing/inputs.ts";
import type { StageAddress } from "./game.ts";

/** Where a process is to die; null lets it live. */
export type Death = { readonly step: Step; readonly occurrence: number } | null;

/** All that the activities of a case are made of, in the process that may die. */
export interface Desk {
  readonly deps: OrderDeps & FollowDeps & SettleDeps;
  /** Lets run time pass until this instant, if it is not past already. */
  advanceTo(at: number): Promise<void>;
  close(): Promise<void>;
}

const LEASE_MS = 50;
const BUCKET = { refillPerSecond: 100_000, capacity: 100_000 };
const AMPLE = { read: BUCKET, write: BUCKET };

/** Opens the real clients of a stage. The venue is real too: only its answers may come too late. */
export async function openDesk(address: StageAddress, death: Death): Promise<Desk> {
  const log = createLogger({ level: "silent", service: "crash-orders" });
  const control = createExchangeControl(address.exchangeUrl);
  let shown = (await control.clock()).nowMs;
  const clock: RunClock = { now: () => instant(shown), speed: 240 };
  const onConnectionLost = (): void => undefined;
  const options = { url: address.databaseUrl, onConnectionLost, name: "crash-orders child" };
  const db = openDatabase({ ...options, poolSize: 4 });
  const senders = openPool({ ...options, poolSize: 2 });
  const reaper = createReaper(death);
  const venue = reaper.overhear(
    createKalshiVenue({
      mode: "paper",
      restUrl: `${address.exchangeUrl}/trade-api/v2`,
      keyId: address.keyId,
      privateKeyPem: new Secret(readFileSync(address.privateKeyPath, "utf8")),
      clock,
      log,
      // On the wall: the budget begins empty, and run time stands still on this stage.
      bucket: createRateBudget({ now: () => instant(Date.now()), speed: 1 }, AMPLE),
    }),
  );
  const alarms = createAlarmBook({ db, log });
  const stream = { subscribe: () => () => undefined, resync: () => undefined };
  const hub = new MarketHub({ stream, clock, log });
  return {
    deps: {
      mode: "paper",
      db,
      senders,
      venue,
      clock,
      fees: createFeeBook(venue),
      alarms,
      // What is lost here on purpose would trip them, and stop the cases that follow.
      breakers: NO_BREAKERS,
      intents: createIntentQueue(db, () => Promise.resolve(LIMITS)),
      readInputs: (_game, intent) => Promise.resolve(freshInputs(intent, clock)),
      brakes: createVenueBrakes({
        db,
        venue,
        groupLimit: () => Promise.resolve(countCenti(100_000_000)),
        expiresAfterMs: CONFIG.execution.restingExpiryMs,
        killFilePath: join(tmpdir(), "no-such-home", "KILL"),
      }),
      hub,
      books: createMarketBook(hub),
      config: CONFIG,
      limits: IN_FORCE,
      feeds: NO_FEEDS,
      log,
      step: reaper.step,
    },
    advanceTo: async (at) => {
      while (shown < at) {
        await control.lease("crash-orders", LEASE_MS);
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 5));
        shown = (await control.clock()).nowMs;
      }
    },
    close: async () => {
      await alarms.flush();
      await senders.end();
      await db.destroy();
    },
  };
}

/** All that risk asks of the outside world, of this moment: whoever takes over decides on its own. */
function freshInputs(intent: OwnedIntent, clock: RunClock): RiskInputs {
  const at = clock.now();
  const [bid, ask] = [priceMicros(560_000), priceMicros(600_000)];
  const size = countCenti(100_000);
  return inputsOf(intent, {
    quote: { bid, bidSize: size, ask, askSize: size, receivedAt: at },
    otherMid: null,
    venueSilentMs: 0,
    injuriesAt: at,
  });
}

/**
 * Kills this process when it comes to its step. At a `sending` step it dies when the venue's answer
 * is here and nobody has seen it: the venue has done what it was asked.
 */
function createReaper(death: Death): {
  readonly step: (step: Step) => void;
  readonly overhear: (venue: Venue) => Venue;
} {
  let left = death?.occurrence ?? 0;
  let isDoomed = false;
  const deafen = async <T>(answer: Promise<T>): Promise<T> => {
    const value = await answer;
    if (isDoomed) die();
    return value;
  };
  return {
    step: (step) => {
      if (step !== death?.step) return;
      left -= 1;
      if (left > 0) return;
      isDoomed = true;
      if (!step.endsWith("sending")) die();
    },
    overhear: (venue) => ({
      ...venue,
      createOrder: (order, timeoutMs, sending) =>
        deafen(venue.createOrder(order, timeoutMs, sending)),
      cancelOrder: (order, timeoutMs) => deafen(venue.cancelOrder(order, timeoutMs)),
    }),
  };
}

/** `kill -9` of this very process: nothing runs after it. */
export function die(): void {
  process.kill(process.pid, "SIGKILL");
}
