import { createSettler, type ContractSettler } from "../activities/bitcoin/settle-contracts.ts";
import { watchGaps } from "../activities/bitcoin/find-gaps.ts";
import { type BtcHealth, createBtcHealth } from "../activities/bitcoin/health.ts";
import { errorClassOf } from "../activities/bitcoin/health-notes.ts";
import { SpotBook } from "../activities/bitcoin/spot-book.ts";
import type { AlarmBook } from "../activities/alarm-book.ts";
import type { NightSource } from "../activities/ports.ts";
import type { ObservationStore } from "../activities/observation-store.ts";
import { createCoinbaseSpot } from "../clients/coinbase/spot.ts";
import { createIndexFeed } from "../clients/kalshi/index-feed.ts";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import { combineSpot } from "../clients/spot/combined.ts";
import type { Mode } from "../core/domain/decision.ts";
import type { SpotPrice } from "../core/domain/spot.ts";
import type { RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import type { BitcoinConfig } from "../runtime/bitcoin-config.ts";
import type { Logger } from "../runtime/log.ts";
import { repeat } from "../runtime/repeat.ts";
import { type Db, toDate } from "../schema/database.ts";
import { recentBasis, recentSpot } from "../schema/queries/btc-spot.ts";

/** What is shared by all series of this process. */
export interface BitcoinSide {
  readonly spot: SpotBook;
  readonly settler: ContractSettler;
  readonly health: BtcHealth;
  readonly stopLooking: () => Promise<void>;
  readonly stopSearching: () => Promise<void>;
}

interface BitcoinDeps {
  readonly db: Db;
  readonly exchangeUrl: string;
  readonly config: BitcoinConfig;
  readonly stream: KalshiStream;
  readonly store: ObservationStore;
  readonly venue: Pick<Venue, "markets" | "feeSchedule">;
  readonly alarms: AlarmBook;
  readonly source: Pick<NightSource, "manifest">;
  readonly mode: Mode;
  readonly clock: RunClock;
  readonly log: Logger;
}

/** Whatever the speed, prices are asked for at most this often. */
const LEAST_ASK_WALL_MS = 50;
/** Health looks at the spot this often. */
const SPOT_LOOK_WALL_MS = 500;
/** What an earlier process saw of the spot counts for this long, run milliseconds: the longest half-life. */
const REMEMBERED_MS = 2 * 3_600_000;

/**
 * The spot and the settlements of this process, opened when the first series asks: a night of games has
 * none of it.
 */
export function createBitcoinSide(deps: BitcoinDeps): {
  readonly open: () => Promise<BitcoinSide>;
  readonly close: () => Promise<void>;
} {
  let opened: Promise<BitcoinSide> | null = null;
  return {
    open: () => {
      opened ??= openSide(deps).catch((error: unknown) => {
        opened = null;
        throw error;
      });
      return opened;
    },
    close: async () => {
      const side = await opened?.catch(() => null);
      await side?.stopLooking();
      await side?.stopSearching();
      await side?.health.stop();
      await side?.spot.close();
    },
  };
}

async function openSide(deps: BitcoinDeps): Promise<BitcoinSide> {
  const { db, exchangeUrl, config, stream, store, venue, clock, alarms, log } = deps;
  const url = `${exchangeUrl}/coinbase`;
  const wsUrl = `${url.replace(/^http/, "ws")}/ws`;
  // A second of run time: Coinbase itself is asked at speed 1 alone.
  const askEveryMs = Math.max(LEAST_ASK_WALL_MS, 1_000 / clock.speed);
  const coinbase = createCoinbaseSpot({ wsUrl, restUrl: url, clock, log, askEveryMs });
  const spot = new SpotBook({
    feed: combineSpot(createIndexFeed({ stream, clock }), coinbase),
    config: config.spot,
    keep: (price) => {
      store.spotTick(rowOf(price));
    },
  });
  // What was spooled must be there before it is read back.
  await store.flush();
  const since = instant(clock.now() - REMEMBERED_MS);
  const basis = await recentBasis(db, clock.now(), config.spot.priceHoldsMs);
  spot.restore(await recentSpot(db, since), basis);
  const flush = (): Promise<void> => store.flush();
  const health = createBtcHealth(deps);
  const stopLooking = repeat(
    () => {
      health.spot(spot.now(clock.now()).staleBecause);
      health.beat("spot", "");
      return Promise.resolve();
    },
    SPOT_LOOK_WALL_MS,
    (error) => {
      health.error("spot", "", errorClassOf(error));
      log.warn({ error: String(error) }, "the spot was not looked at");
    },
  );
  return {
    spot,
    health,
    stopLooking,
    stopSearching: watchGaps({ ...deps, everyMs: config.watch.cycleMs, flush, health }),
    settler: createSettler({ db, venue, spot, clock, alarms, flush, log }),
  };
}

function rowOf(price: SpotPrice): Parameters<ObservationStore["spotTick"]>[0] {
  return {
    source: price.source,
    trade_id: price.tradeId,
    spot_micros: price.price,
    source_at: toDate(price.sourceAt),
    received_at: toDate(price.receivedAt),
  };
}
