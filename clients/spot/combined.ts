import type { IndexFeed, SpotFeed, SpotPrice, SpotStale } from "../../core/domain/spot.ts";

/** The index and Coinbase as one feed. */
export interface CombinedSpot extends SpotFeed {
  /** Which of them `latest` and `staleBecause` speak of. */
  inCharge(): "index" | "coinbase";
}

/**
 * Puts the settlement index in charge where it is fresh, and Coinbase where it is not.
 *
 * Listeners hear every price of both, with its `source`, so that an estimator for each source stays
 * warm and no return is ever taken from one source to the other: they lie a basis apart. `latest`
 * and `staleBecause` are those of the feed in charge.
 *
 * @param index null where the venue is not asked for it.
 */
export function combineSpot(index: IndexFeed | null, coinbase: SpotFeed): CombinedSpot {
  const feeds: readonly SpotFeed[] = index === null ? [coinbase] : [index, coinbase];
  const inCharge = (): SpotFeed =>
    index !== null && index.staleBecause() === null ? index : coinbase;
  return {
    onPrice(listener: (price: SpotPrice) => void) {
      const ends = feeds.map((feed) => feed.onPrice(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    staleBecause: (): SpotStale | null => inCharge().staleBecause(),
    latest: () => inCharge().latest(),
    inCharge: () => (inCharge() === coinbase ? "coinbase" : "index"),
    async close() {
      await Promise.all(feeds.map((feed) => feed.close()));
    },
  };
}
