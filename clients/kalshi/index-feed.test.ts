import { afterEach, beforeEach, expect, it } from "vitest";
import type { IndexFeed, SpotPrice } from "../../core/domain/spot.ts";
import type { StreamFact } from "../../core/domain/venue.ts";
import { FakeStream, type SentCommand } from "../../test/support/fake-stream.ts";
import { SILENT, TEST_KEY, until, WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createIndexFeed, INDEX_LIMITS } from "./index-feed.ts";
import { createKalshiStream } from "./stream.ts";
import type { KalshiStream } from "./stream-port.ts";

const TICKER = "KXBTC15M-26MAY111215-15";
const CHANNEL = "cfbenchmarks_value";

let server: WireServer;
let venue: FakeStream;
let stream: KalshiStream;
let feed: IndexFeed;
let prices: SpotPrice[];

beforeEach(async () => {
  server = await startWireServer();
  venue = new FakeStream(server);
  stream = createKalshiStream({
    mode: "paper",
    wsUrl: `${server.wsUrl}/trade-api/ws/v2`,
    keyId: "key-1",
    privateKeyPem: TEST_KEY,
    clock: WALL,
    log: SILENT,
    reconnect: { firstMs: 10, maxMs: 20 },
  });
  feed = createIndexFeed({ stream, clock: WALL, limits: { ...INDEX_LIMITS, silentWallMs: 300 } });
  prices = [];
  feed.onPrice((price) => prices.push(price));
});
afterEach(async () => {
  await feed.close();
  stream.close();
  await server.close();
});

const asks = ({ params }: SentCommand): boolean => params.channels?.[0] === CHANNEL;

/**
 * A value as the documentation shows it. Source: Kalshi, WebSocket channel `cfbenchmarks_value`.
 */
function tell(changes: object = {}, data: object = {}): void {
  const time = Date.now();
  venue.frame(CHANNEL, CHANNEL, {
    index_id: "BRTI",
    received_at: time + 3,
    data: JSON.stringify({ type: "value", id: "BRTI", time, value: "68000.12", ...data }),
    avg_60s_data: {
      value: "67999.12345678",
      window_size: 60,
      window_start_ts_ms: time - 60_000,
      window_end_ts_exclusive: time,
    },
    ...changes,
  });
}

it("is the venue's own channel on the one stream, each value once with both times", async () => {
  await until(() => venue.isSubscribed(CHANNEL));
  expect(venue.commands.filter(asks)[0]?.params).toEqual({
    channels: [CHANNEL],
    index_ids: ["BRTI"],
  });
  expect(feed.staleBecause()).toBe("silent");
  tell();
  await until(() => prices.length === 1);
  expect(prices[0]).toMatchObject({ source: "brti", tradeId: null, price: 68_000_120_000 });
  expect(feed.average()).toMatchObject({ value: 67_999_123_457, ticks: 60 });
  expect([feed.settlementAverage(), feed.staleBecause(), feed.absentBecause()]).toEqual([
    null,
    null,
    null,
  ]);
});

it("tells the average that settles in the last minute of a quarter-hour, and only then", async () => {
  await until(() => venue.isSubscribed(CHANNEL));
  const settling = { value: "68001.5", window_size: 30 };
  const span = { window_start_ts_ms: 1_000, window_end_ts_exclusive: 61_000 };
  tell({ last_60s_windowed_average_15min: { ...settling, ...span } });
  await until(() => prices.length === 1);
  const average = { value: 68_001_500_000, ticks: 30, from: 1_000, to: 61_000 };
  expect(feed.settlementAverage()).toEqual(average);
  tell();
  await until(() => prices.length === 2);
  expect(feed.settlementAverage()).toBeNull();
});

it("is absent, and says so, for a key without the right to it; the books are not touched", async () => {
  venue.refusal = (command) => (asks(command) ? { code: 9, msg: "not permitted" } : null);
  venue.socket?.terminate();
  await until(() => feed.absentBecause() !== null);
  expect(feed.absentBecause()).toBe("not permitted (code 9)");
  const facts: StreamFact[] = [];
  stream.subscribe([TICKER], (fact) => facts.push(fact));
  await until(() => facts.some(({ kind }) => kind === "snapshot"));
  const before = venue.connections;
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(venue.connections).toBe(before);
  expect(facts.map(({ kind }) => kind)).toEqual(["snapshot"]);
  expect(venue.commands.slice(-10).filter(asks).length).toBeLessThanOrEqual(2);
  expect(feed.staleBecause()).toBe("silent");
});

it("is asked for again on a new line, and when the venue ends the subscription", async () => {
  await until(() => venue.isSubscribed(CHANNEL));
  const asked = (): number => venue.commands.filter(asks).length;
  venue.raw({ type: "error", sid: venue.sidOf(CHANNEL), msg: { code: 25, msg: "overflow" } });
  await until(() => asked() === 2);
  venue.socket?.terminate();
  await until(() => asked() === 3);
  tell();
  await until(() => prices.length === 1);
});

it("is stalled when its values stop, though the stream goes on", async () => {
  await until(() => venue.isSubscribed(CHANNEL));
  tell();
  await until(() => prices.length === 1);
  expect(feed.staleBecause()).toBeNull();
  await until(() => feed.staleBecause() === "stalled");
});

it("takes nothing from a frame that it cannot read, or of another index", async () => {
  await until(() => venue.isSubscribed(CHANNEL));
  tell({ index_id: "ETHUSD_RTI" });
  tell({}, { value: "NaN" });
  tell({ data: "{" });
  tell({ avg_60s_data: undefined });
  tell({}, { value: "68000.50" });
  await until(() => prices.length > 0);
  expect(prices.map(({ price }) => price)).toEqual([68_000_500_000]);
});
