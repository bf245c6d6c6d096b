import type { IndexFeed, SpotPrice } from "../../core/domain/spot.ts";
import { SPOT_LIMITS, SpotHealth, type SpotLimits } from "../../core/domain/spot-health.ts";
import type { RunClock } from "../../core/domain/time.ts";
import type { KalshiStream } from "./stream-port.ts";
import type { IndexValue } from "./stream-index.ts";

/** The index comes every second: three are a silence. */
export const INDEX_LIMITS: SpotLimits = { ...SPOT_LIMITS, priceMaxMs: 3_000 };

/**
 * The settlement index as a feed of the spot. Where the key has no right to it nothing ever comes,
 * and `absentBecause` says why.
 */
export function createIndexFeed(options: {
  readonly stream: Pick<KalshiStream, "onIndex" | "indexAbsentBecause">;
  readonly clock: RunClock;
  readonly limits?: SpotLimits;
}): IndexFeed {
  const { stream, clock, limits = INDEX_LIMITS } = options;
  const health = new SpotHealth(limits);
  const listeners = new Set<(price: SpotPrice) => void>();
  let newest: IndexValue | null = null;
  let heardAt: number | null = null;
  const end = stream.onIndex((value, receivedAt) => {
    heardAt = performance.now();
    newest = value;
    const { value: price, at: sourceAt } = value;
    const told: SpotPrice = { source: "brti", tradeId: null, price, sourceAt, receivedAt };
    for (const each of health.take(told)) {
      for (const listener of [...listeners]) listener(each);
    }
  });
  return {
    onPrice(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    staleBecause() {
      const silentWallMs = heardAt === null ? null : performance.now() - heardAt;
      return health.staleBecause({ now: clock.now(), speed: clock.speed, silentWallMs });
    },
    latest: () => health.latest,
    absentBecause: () => stream.indexAbsentBecause(),
    average: () => newest?.average ?? null,
    settlementAverage: () => newest?.settlement ?? null,
    close() {
      end();
      listeners.clear();
      return Promise.resolve();
    },
  };
}
