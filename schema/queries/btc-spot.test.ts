import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SpotSource } from "../../core/domain/spot.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { BTC_NOW, contractOf, TICKERS, tickAt } from "../../test/db/bitcoin.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { emptyDatabase } from "../../test/db/empty.ts";
import { settleContracts, upsertContracts } from "./btc-contracts.ts";
import { recentBasis, recentSpot } from "./btc-spot.ts";
import { insertSpotTicks } from "./btc-writes.ts";

let cloned: ClonedDatabase;
beforeAll(async () => {
  cloned = await cloneDatabase();
});
afterAll(() => cloned.drop());
beforeEach(() => emptyDatabase(cloned.db));

/** Read back as of an instant, when a price stands for 15 s. */
const basisBy = (at: number) => recentBasis(cloned.db, instant(at), 15_000);
const tick = (
  ms: number,
  tradeId: number | null,
  dollars: number,
  source: SpotSource = "coinbase",
) => ({
  ...tickAt(instant(BTC_NOW + ms), tradeId),
  source,
  spot_micros: usdMicros(dollars * 1e6),
});

describe("prices that are read back", () => {
  it("are the last of each second and source, in sequence, from an instant on", async () => {
    await insertSpotTicks(cloned.db, [
      tick(-1, 1, 79_000),
      tick(100, 2, 80_000),
      tick(900, 3, 80_001),
      tick(900, 4, 80_002),
      tick(2_000, 5, 80_003),
      tick(500, null, 80_500, "brti"),
    ]);
    const prices = await recentSpot(cloned.db, BTC_NOW);
    expect(prices.map(({ source, price, sourceAt }) => [source, price / 1e6, sourceAt])).toEqual([
      ["brti", 80_500, BTC_NOW + 500],
      ["coinbase", 80_002, BTC_NOW + 900],
      ["coinbase", 80_003, BTC_NOW + 2_000],
    ]);
    expect(prices[1]).toMatchObject({ tradeId: 4, receivedAt: BTC_NOW + 940 });
  });
});

describe("the basis that is read back", () => {
  const closeAt = instant(BTC_NOW + 60_000);

  async function settle(changes: { readonly ms?: number; readonly average?: number | null } = {}) {
    const { ms = 65_000, average = 80_000 } = changes;
    await upsertContracts(
      cloned.db,
      TICKERS.map((ticker) => contractOf(ticker, { close_at: new Date(closeAt) })),
    );
    await settleContracts(
      cloned.db,
      TICKERS.map((ticker) => ({
        ...({ ticker, outcome: "yes", payout: usdMicros(1_000_000) } as const),
        settlementValue: average === null ? null : usdMicros(average * 1e6),
        settledAt: instant(BTC_NOW + ms),
      })),
    );
  }
  const everySecond = (from: number, to: number, dollars: number) =>
    Array.from({ length: to - from + 1 }, (_, n) => tick((from + n) * 1_000, n, dollars));

  it("is of each close the mean of what stood at the sixty seconds before it, once", async () => {
    // The second at which the minute begins is not in it.
    await insertSpotTicks(cloned.db, [tick(0, 0, 90_000), ...everySecond(1, 60, 80_010)]);
    await settle();
    expect(await basisBy(BTC_NOW + 70_000)).toEqual([
      { closeAt, average: 80_000, spotMean: 80_010, spotTicks: 60 },
    ]);
  });

  it("counts the seconds of which a price stood, at most 15 s old", async () => {
    await insertSpotTicks(cloned.db, [tick(30_000, 1, 80_010)]);
    await settle();
    // From second 30 to 45: one that is 15 s old stands just yet, as in the model's own memory.
    expect(await basisBy(BTC_NOW + 70_000)).toMatchObject([{ spotTicks: 16 }]);
  });

  it("is not of what was settled later, of other sources, or without an average", async () => {
    await insertSpotTicks(cloned.db, everySecond(1, 60, 80_010));
    await settle();
    expect(await basisBy(BTC_NOW + 64_999)).toEqual([]);
    await emptyDatabase(cloned.db);
    await insertSpotTicks(cloned.db, everySecond(1, 60, 80_010));
    await settle({ average: null });
    expect(await basisBy(BTC_NOW + 70_000)).toEqual([]);
    await emptyDatabase(cloned.db);
    const index = everySecond(1, 60, 80_010).map((one) => ({ ...one, source: "brti" as const }));
    await insertSpotTicks(cloned.db, index);
    await settle();
    expect(await basisBy(BTC_NOW + 70_000)).toEqual([]);
  });
});
