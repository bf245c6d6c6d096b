import { expect, it } from "vitest";
import type { IndexFeed, SpotFeed, SpotPrice, SpotStale } from "../../core/domain/spot.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { combineSpot } from "./combined.ts";

function fake(
  source: SpotPrice["source"],
  usd: number,
): IndexFeed & {
  stale: SpotStale | null;
  tell: () => void;
  isClosed: boolean;
} {
  const listeners = new Set<(price: SpotPrice) => void>();
  const at = instant(0);
  const price = usdMicros(usd * 1_000_000);
  const told: SpotPrice = { source, tradeId: null, price, sourceAt: at, receivedAt: at };
  return {
    stale: null,
    isClosed: false,
    tell: () => {
      for (const listener of listeners) listener(told);
    },
    onPrice(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    staleBecause() {
      return this.stale;
    },
    latest: () => told,
    close() {
      this.isClosed = true;
      return Promise.resolve();
    },
    absentBecause: () => null,
    average: () => null,
    settlementAverage: () => null,
  };
}

it("stands on the index where it is fresh, and on Coinbase where it is not", () => {
  const [index, coinbase] = [fake("brti", 80_000), fake("coinbase", 80_005)];
  const spot = combineSpot(index, coinbase);
  const seen = (): unknown => [spot.inCharge(), spot.latest()?.source, spot.staleBecause()];
  expect(seen()).toEqual(["index", "brti", null]);
  index.stale = "stalled";
  expect(seen()).toEqual(["coinbase", "coinbase", null]);
  coinbase.stale = "gap";
  expect(seen()).toEqual(["coinbase", "coinbase", "gap"]);
  index.stale = null;
  expect(seen()).toEqual(["index", "brti", null]);
});

it("tells every price of both with its source, so that no return spans the two", async () => {
  const [index, coinbase] = [fake("brti", 80_000), fake("coinbase", 80_005)];
  const spot = combineSpot(index, coinbase);
  const heard: string[] = [];
  const end = spot.onPrice(({ source }) => heard.push(source));
  index.tell();
  coinbase.tell();
  index.stale = "silent";
  index.tell();
  expect(heard).toEqual(["brti", "coinbase", "brti"]);
  end();
  coinbase.tell();
  expect(heard).toHaveLength(3);
  await spot.close();
  expect([index.isClosed, coinbase.isClosed]).toEqual([true, true]);
});

it("is Coinbase alone without an index", () => {
  const coinbase: SpotFeed = fake("coinbase", 80_005);
  const spot = combineSpot(null, coinbase);
  expect([spot.inCharge(), spot.latest()?.source]).toEqual(["coinbase", "coinbase"]);
});
