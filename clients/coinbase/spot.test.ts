import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SpotPrice } from "../../core/domain/spot.ts";
import { SILENT, until, WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { type CoinbaseSpot, type CoinbaseSpotOptions, createCoinbaseSpot } from "./spot.ts";

let server: WireServer;
let spot: CoinbaseSpot | null = null;
let prices: SpotPrice[];
/** What the client sent, and the agents that it named. */
let sent: unknown[];
let agents: unknown[];
let tell: (message: object | string) => void;

beforeEach(async () => {
  server = await startWireServer();
  [prices, sent, agents] = [[], [], []];
  tell = () => undefined;
  server.onSocket = (socket, headers) => {
    agents.push(headers["user-agent"]);
    tell = (message) => {
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
    };
    socket.on("message", (data: Buffer) => {
      sent.push(JSON.parse(data.toString()));
      tell({ type: "subscriptions", channels: [] });
      tell({ ...MATCH, type: "last_match" });
    });
  };
});
afterEach(async () => {
  await spot?.close();
  await server.close();
});

/** As the documentation shows it. Source: Coinbase Exchange, WebSocket channels, `match`. */
const MATCH = {
  type: "match",
  trade_id: 10,
  sequence: 50,
  maker_order_id: "ac928c66-ca53-498f-9c13-a110027a60e8",
  taker_order_id: "132fb6ae-456b-4654-b4e0-d681ac05cea1",
  time: "2026-05-11T12:09:11.435927Z",
  product_id: "BTC-USD",
  size: "5.23512",
  price: "81120.01",
  side: "sell",
};

function open(options: Partial<CoinbaseSpotOptions> = {}): CoinbaseSpot {
  spot = createCoinbaseSpot({
    wsUrl: server.wsUrl,
    restUrl: server.url,
    clock: WALL,
    log: SILENT,
    warmupMinutes: 0,
    reconnect: { firstMs: 10, maxMs: 20 },
    askEveryMs: 50,
    ...options,
  });
  spot.onPrice((price) => prices.push(price));
  return spot;
}

it("subscribes to trades, tickers and heartbeats of BTC-USD, and says who it is", async () => {
  open();
  await until(() => prices.length === 1);
  expect(sent).toEqual([
    {
      type: "subscribe",
      product_ids: ["BTC-USD"],
      channels: ["ticker", "matches", "heartbeat"],
    },
  ]);
  await until(() => server.seen.length > 0);
  expect([agents[0], server.seen[0]?.headers["user-agent"]]).toEqual(["tipoff/0.1", "tipoff/0.1"]);
  expect(prices[0]).toMatchObject({
    source: "coinbase",
    tradeId: 10,
    price: 81_120_010_000,
    sourceAt: Date.parse("2026-05-11T12:09:11.435Z"),
  });
});

it("tells a trade once, whether the match, the ticker or both tell of it", async () => {
  const { health } = open();
  await until(() => prices.length === 1);
  tell({ ...MATCH, type: "last_match" });
  tell({ ...MATCH, type: "ticker", trade_id: 11, sequence: 51, best_bid: "81119.99" });
  tell({ ...MATCH, trade_id: 11, sequence: 49 });
  tell({ ...MATCH, trade_id: 12, sequence: 52 });
  await until(() => prices.length === 3);
  expect(prices.map(({ tradeId }) => tradeId)).toEqual([10, 11, 12]);
  expect(health()).toMatchObject({ repeated: 2, outOfSequence: 1, told: 3 });
});

it("lets trades that overtake each other find their places without asking", async () => {
  open();
  await until(() => prices.length === 1);
  tell({ ...MATCH, trade_id: 12 });
  tell({ ...MATCH, trade_id: 11 });
  await until(() => prices.length === 3);
  expect(prices.map(({ tradeId }) => tradeId)).toEqual([10, 11, 12]);
  expect(server.seen.some(({ path }) => path.endsWith("/trades"))).toBe(false);
});

it("counts types it does not know, other products and messages it cannot read, and goes on", async () => {
  const { health } = open();
  await until(() => prices.length === 1);
  tell({ type: "auction", product_id: "BTC-USD" });
  tell({ ...MATCH, product_id: "ETH-USD", trade_id: 99, price: "3000.00" });
  tell({ ...MATCH, trade_id: 11, price: "NaN" });
  tell({ ...MATCH, trade_id: 11, price: "-1.00" });
  tell("<html>");
  tell({ ...MATCH, trade_id: 11 });
  await until(() => prices.length === 2);
  expect(health()).toMatchObject({ unknown: 2, invalid: 3, connections: 1 });
});

it("takes a new line when its subscription is refused", async () => {
  const { health } = open();
  await until(() => prices.length === 1);
  tell({ type: "error", message: "Failed to subscribe", reason: "matches is down" });
  await until(() => health().connections === 2);
});

it("begins anew where the trades are numbered anew", async () => {
  const { health } = open();
  await until(() => prices.length === 1);
  tell({ ...MATCH, type: "last_match", trade_id: 3, time: "2026-05-12T12:00:00Z" });
  await until(() => prices.length === 2);
  expect(prices[1]?.tradeId).toBe(3);
  expect(health().lost).toBe(0);
});

describe("a gap", () => {
  const trade = (id: number): object => ({ ...MATCH, trade_id: id, time: "2026-05-11T12:10:00Z" });
  const answerTrades = (answer: (after: number | null) => readonly number[]): void => {
    server.answer = ({ path, query }) => {
      if (!path.endsWith("/trades")) return { status: 404, json: { message: "NotFound" } };
      const after = query.get("after");
      return { status: 200, json: answer(after === null ? null : Number(after)).map(trade) };
    };
  };
  const down = (from: number, to: number): number[] =>
    Array.from({ length: from - to + 1 }, (_, index) => from - index);

  it("is paged back to its begin", async () => {
    const asked: (number | null)[] = [];
    answerTrades((after) => {
      asked.push(after);
      return after === null ? down(2_500, 1_501) : down(after - 1, Math.max(1, after - 1_000));
    });
    const { health } = open();
    await until(() => prices.length === 1);
    tell(trade(2_500));
    await until(() => prices.length === 2_491);
    expect(asked).toEqual([null, 1_501, 501]);
    expect(prices.map(({ tradeId }) => tradeId)).toEqual(down(2_500, 10).reverse());
    expect(health()).toMatchObject({ filled: 2_489, lost: 0 });
  });

  it("is lost where an answer that reaches beyond both its ends does not have it", async () => {
    answerTrades(() => [14, 13, 10, 9]);
    const { health } = open();
    await until(() => prices.length === 1);
    tell(trade(14));
    await until(() => prices.length === 3);
    expect(prices.map(({ tradeId }) => tradeId)).toEqual([10, 13, 14]);
    expect(health().lost).toBe(2);
  });

  it("is not lost where REST lags behind the stream, and asked for again", async () => {
    let isLagging = true;
    answerTrades(() => (isLagging ? [10, 9] : [14, 13, 12, 11, 10]));
    const { health } = open();
    await until(() => prices.length === 1);
    tell(trade(14));
    await until(() => server.seen.filter(({ path }) => path.endsWith("/trades")).length >= 3);
    expect([prices.length, health().lost]).toEqual([1, 0]);
    isLagging = false;
    await until(() => prices.length === 5);
    expect(prices.map(({ tradeId }) => tradeId)).toEqual([10, 11, 12, 13, 14]);
  });

  it("that cannot be had is given up in the end", async () => {
    const { health } = open({ holeWallMs: 400 });
    await until(() => prices.length === 1);
    tell(trade(14));
    await until(() => prices.length === 2);
    expect(health().lost).toBe(3);
    expect(health().restFailures).toBeGreaterThan(0);
  });
});

it("refuses to read from anywhere else", () => {
  expect(() => open({ wsUrl: "wss://ws-feed.exchange.coinbase.com.evil.test" })).toThrow(
    /SAFETY_REFUSED/,
  );
  expect(() => open({ restUrl: "http://api.exchange.coinbase.com" })).toThrow(/SAFETY_REFUSED/);
});
