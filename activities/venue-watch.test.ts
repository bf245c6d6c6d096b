import { afterEach, expect, it, vi } from "vitest";
import type { ExchangeStatus } from "../core/domain/venue.ts";
import { usdMicros } from "../core/domain/units.ts";
import { SILENT, WALL } from "../test/support/kalshi.ts";
import { type VenueWatch, watchVenue } from "./venue-watch.ts";

const SHARD = 3;
/** Fast enough that only the floor of half a second paces the looks. */
const CLOCK = { ...WALL, speed: 60 };
let watch: VenueWatch | null = null;
afterEach(async () => {
  vi.restoreAllMocks();
  await watch?.stop();
});

/** A venue of one shard, whose state and silence the test sets. */
function venueOf(state: { isTrading: boolean; isSilent: boolean }) {
  const answer = <T>(value: T): Promise<T> =>
    state.isSilent ? Promise.reject(new Error("silent")) : Promise.resolve(value);
  const shard = (): ExchangeStatus["shards"][number] => ({
    exchangeIndex: SHARD,
    isTrading: state.isTrading,
  });
  const cash = usdMicros(5_000_000);
  return {
    exchangeStatus: () => answer({ shards: [shard()] }),
    balance: () => answer({ cash, byShard: [{ exchangeIndex: SHARD, cash }] }),
  };
}

it("knows nothing before the venue answered, then its pauses and that it trades again", async () => {
  const state = { isTrading: true, isSilent: true };
  watch = watchVenue({ venue: venueOf(state), clock: CLOCK, log: SILENT });
  const looked = watch;
  expect([looked.isTrading(SHARD), looked.silentMs()]).toEqual([null, null]);
  state.isSilent = false;
  for (const isTrading of [true, false, true]) {
    state.isTrading = isTrading;
    await expect.poll(() => looked.isTrading(SHARD), { timeout: 10_000 }).toBe(isTrading);
  }
  expect(looked.isTrading(SHARD + 1)).toBe(false);
}, 30_000);

it("believes no answer that is older than 15 s, and the next one again", async () => {
  const state = { isTrading: true, isSilent: false };
  watch = watchVenue({ venue: venueOf(state), clock: CLOCK, log: SILENT });
  const looked = watch;
  await expect.poll(() => looked.isTrading(SHARD)).toBe(true);
  state.isSilent = true;
  const monotonic = performance.now.bind(performance);
  const later = vi.spyOn(performance, "now").mockImplementation(() => monotonic() + 16_000);
  expect([looked.isTrading(SHARD), looked.cash(SHARD)]).toEqual([null, null]);
  expect(looked.silentMs()).toBeGreaterThan(15_000);
  state.isSilent = false;
  await expect.poll(() => looked.isTrading(SHARD), { timeout: 30_000 }).toBe(true);
  later.mockRestore();
}, 40_000);
