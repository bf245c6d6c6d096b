import { describe, expect, it } from "vitest";
import type { SpotFeed, SpotPrice, SpotSource, SpotStale } from "../../core/domain/spot.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { BITCOIN, SESSION_AT, SESSION_CLOSE } from "../../test/support/btc-session.ts";
import { SpotBook } from "./spot-book.ts";

const priceOf = (source: SpotSource, ms: number, dollars: number): SpotPrice => ({
  ...{ source, tradeId: null, price: usdMicros(dollars * 1e6) },
  ...{ sourceAt: instant(SESSION_AT + ms), receivedAt: instant(SESSION_AT + ms) },
});

/** Two feeds as one; which is in charge the test says. */
class HandFeed implements SpotFeed {
  inCharge: SpotSource = "coinbase";
  stale: SpotStale | null = null;
  readonly #latest = new Map<SpotSource, SpotPrice>();
  #listener: (price: SpotPrice) => void = () => undefined;
  isHeard = false;

  onPrice(listener: (price: SpotPrice) => void): () => void {
    this.#listener = listener;
    this.isHeard = true;
    return () => {
      this.isHeard = false;
    };
  }

  tell(...prices: readonly SpotPrice[]): void {
    for (const price of prices) {
      this.#latest.set(price.source, price);
      this.#listener(price);
    }
  }

  staleBecause = (): SpotStale | null => this.stale;
  latest = (): SpotPrice | null => this.#latest.get(this.inCharge) ?? null;
  close = (): Promise<void> => Promise.resolve();
}

function bookOf(feed: HandFeed, kept: SpotPrice[] = []): SpotBook {
  return new SpotBook({ feed, config: BITCOIN.spot, keep: (price) => void kept.push(price) });
}

const at = (ms: number) => instant(SESSION_AT + ms);

describe("the book of the spot", () => {
  it("knows nothing before its first price", () => {
    const book = bookOf(new HandFeed());
    expect(book.now(SESSION_AT)).toEqual({
      latest: null,
      staleBecause: null,
      basisDeviation: null,
    });
    expect(book.forecast(SESSION_CLOSE, SESSION_AT)).toBeNull();
  });

  it("speaks with the voice of the feed in charge, and has a basis where that is not the index", () => {
    const feed = new HandFeed();
    const book = bookOf(feed);
    feed.tell(priceOf("coinbase", 0, 80_040), priceOf("brti", 0, 80_000));
    expect(book.now(at(0)).basisDeviation).toBeGreaterThan(0);
    expect(book.forecast(SESSION_CLOSE, at(0))?.settlement.mean).toBeCloseTo(80_040, 6);
    feed.inCharge = "brti";
    expect(book.now(at(0))).toMatchObject({ latest: { source: "brti" }, basisDeviation: null });
    expect(book.forecast(SESSION_CLOSE, at(0))?.settlement.mean).toBeCloseTo(80_000, 6);
  });

  it("takes no return from one feed to the other: they lie a basis apart", () => {
    const alone = new HandFeed();
    const both = new HandFeed();
    const [quiet, mixed] = [bookOf(alone), bookOf(both)];
    for (let second = 0; second < 300; second += 1) {
      const price = priceOf("coinbase", second * 1_000, 80_000);
      alone.tell(price);
      both.tell(price, priceOf("brti", second * 1_000 + 500, 80_400));
    }
    const deviation = (book: SpotBook) =>
      book.forecast(SESSION_CLOSE, at(300_000))?.settlement.deviation;
    expect(deviation(mixed)).toBe(deviation(quiet));
  });

  it("counts the close of a candle as a price of the feed that made it", () => {
    const feed = new HandFeed();
    feed.inCharge = "coinbase-candle";
    const book = bookOf(feed);
    feed.tell(priceOf("coinbase-candle", 0, 80_010));
    expect(book.now(at(0)).basisDeviation).toBeGreaterThan(0);
    expect(book.forecast(SESSION_CLOSE, at(0))?.settlement.mean).toBeCloseTo(80_010, 6);
  });

  it("goes on from what an earlier process saw, until a feed speaks", () => {
    const feed = new HandFeed();
    const kept: SpotPrice[] = [];
    const book = bookOf(feed, kept);
    const seen = Array.from({ length: 60 }, (_, n) => priceOf("coinbase", n * 1_000, 80_000 + n));
    const basis = Array.from({ length: 10 }, (_, hour) => ({
      closeAt: instant(SESSION_CLOSE - (11 - hour) * 3_600_000),
      ...{ average: 80_000, spotMean: 80_008, spotTicks: 60 },
    }));
    const fresh = new HandFeed();
    const forgetful = bookOf(fresh);
    forgetful.restore(seen, []);
    book.restore(seen, basis);
    expect(book.now(at(60_000)).latest?.price).toBe(80_059e6);
    const learned = book.now(at(60_000)).basisDeviation ?? Number.NaN;
    expect(learned).toBeLessThan(forgetful.now(at(60_000)).basisDeviation ?? Number.NaN);
    const price = priceOf("coinbase", 61_000, 80_100);
    feed.tell(price);
    expect(book.now(at(61_000)).latest?.price).toBe(80_100e6);
    // What was read back is in the database already.
    expect(kept).toEqual([price]);
  });

  it("learns the basis of a close that is settled late within the hour", () => {
    const feed = new HandFeed();
    const book = bookOf(feed);
    const closeAt = instant(SESSION_AT - (SESSION_AT % 1_000) + 60_000);
    for (let ms = 0; ms <= 1_800_000; ms += 1_000) feed.tell(priceOf("coinbase", ms, 80_010));
    const learned = book.settled(closeAt, 80_000e6, at(1_800_000));
    expect(learned).toMatchObject({ closeAt, average: 80_000, spotMean: 80_010 });
  });

  it("tells its listeners each price with the wall, until they leave, and lets go of the feed", async () => {
    const feed = new HandFeed();
    const book = bookOf(feed);
    const heard: number[] = [];
    const leave = book.onPrice(({ price }, wallMs) => {
      expect(performance.now() - wallMs).toBeLessThan(1_000);
      heard.push(price / 1e6);
    });
    feed.tell(priceOf("coinbase", 0, 80_000));
    leave();
    feed.tell(priceOf("coinbase", 1, 80_001));
    expect(heard).toEqual([80_000]);
    await book.close();
    expect(feed.isHeard).toBe(false);
  });
});
