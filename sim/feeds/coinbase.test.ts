import { beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import {
  FIRST_ID,
  priceOf,
  spotCandle,
  spotNight,
  spotTrade,
} from "../../test/support/spot-night.ts";
import type { ExchangeHandle } from "../exchange/main.ts";
import { until } from "../exchange/testing/bot.ts";
import { START } from "../exchange/testing/hand-made.ts";
import { startWith } from "../exchange/testing/start.ts";

/**
 * Three hundred trades in the first 30 s of run time, played at once, and candles of the hour
 * before.
 */
const TRADES = Array.from({ length: 300 }, (_, n) => spotTrade(FIRST_ID + n));
const CANDLES = Array.from({ length: 60 }, (_, n) => spotCandle(n - 60));
const LAST_ID = FIRST_ID + TRADES.length - 1;

let exchange: ExchangeHandle;
let tick: (ms?: number) => Promise<number>;
beforeEach(async () => {
  const source = spotNight([...CANDLES, ...TRADES]);
  ({ exchange, tick } = await startWith([], { openSource: () => Promise.resolve(source) }));
});

type Message = Readonly<Record<string, unknown>>;

async function get(path: string): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${exchange.coinbaseUrl}${path}`);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

async function connect(): Promise<{ socket: WebSocket; messages: Message[]; code: () => number }> {
  const socket = new WebSocket(exchange.coinbaseWsUrl);
  const messages: Message[] = [];
  let code = 0;
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  socket.on("close", (closed) => {
    code = closed;
  });
  await new Promise((resolve) => socket.once("open", resolve));
  return { socket, messages, code: () => code };
}

const found = (messages: readonly Message[], type: string): Promise<Message> =>
  until(() => messages.find((message) => message["type"] === type) ?? null, type);

describe("the stream", () => {
  it("confirms a subscription, repeats the last match, and tells new ones with a ticker", async () => {
    await tick(60);
    const { socket, messages } = await connect();
    const channels = ["matches", { name: "ticker", product_ids: ["BTC-USD"] }, "heartbeat"];
    socket.send(JSON.stringify({ type: "subscribe", product_ids: ["BTC-USD"], channels }));
    expect(await found(messages, "subscriptions")).toMatchObject({
      channels: ["ticker", "matches", "heartbeat"].map((name) => ({
        name,
        product_ids: ["BTC-USD"],
      })),
    });
    const last = await found(messages, "last_match");
    expect(Object.keys(last).sort()).toEqual(
      "maker_order_id price product_id sequence side size taker_order_id time trade_id type".split(
        " ",
      ),
    );
    await tick(150);
    const match = await found(messages, "match");
    const id = Number(match["trade_id"]);
    expect(id).toBe(Number(last["trade_id"]) + 1);
    expect(match).toMatchObject({
      price: priceOf(id).toFixed(2),
      // The maker's side: an odd trade's taker sold, and met an order to buy.
      side: id % 2 === 0 ? "sell" : "buy",
      size: "0.01000000",
      time: new Date(START + (id - FIRST_ID) * 100).toISOString().replace("Z", "000Z"),
    });
    expect(await found(messages, "ticker")).toMatchObject({ product_id: "BTC-USD" });
    expect(await found(messages, "heartbeat")).toMatchObject({ product_id: "BTC-USD" });
    const ids = messages.filter(({ type }) => type === "match").map((one) => one["trade_id"]);
    expect(ids).toEqual(ids.map((_, index) => id + index));
  });

  it.each([
    [{ type: "subscribe", product_ids: ["BTC-USD"], channels: ["full"] }, /full is not a valid/],
    [{ type: "subscribe", product_ids: ["X-USD"], channels: ["matches"] }, /X-USD is not a valid/],
    [{ type: "subscribe", channels: ["matches"] }, /requires a product/],
    [{ type: "please" }, /Malformed/],
  ])("answers %j with an error", async (command, reason) => {
    const { socket, messages } = await connect();
    socket.send(JSON.stringify(command));
    const error = await found(messages, "error");
    expect(error["reason"]).toMatch(reason);
    expect(messages).toHaveLength(1);
  });

  it("hangs up on a client that has not subscribed within five seconds", async () => {
    const { code } = await connect();
    const began = performance.now();
    await until(() => (code() === 0 ? null : true), "the end");
    expect(code()).toBe(1008);
    expect(performance.now() - began).toBeGreaterThan(4_900);
  });
});

describe("REST", () => {
  it("pages trades by their ids, newest first, and says where the next page begins", async () => {
    await tick(300);
    const newest = await get("/products/BTC-USD/trades?limit=3");
    const idsOf = (body: unknown): number[] =>
      (body as { trade_id: number }[]).map((t) => t.trade_id);
    expect(idsOf(newest.body)).toEqual([LAST_ID, LAST_ID - 1, LAST_ID - 2]);
    expect(newest.headers.get("cb-after")).toBe(String(LAST_ID - 2));
    const older = await get(`/products/BTC-USD/trades?limit=2&after=${LAST_ID - 2}`);
    expect(idsOf(older.body)).toEqual([LAST_ID - 3, LAST_ID - 4]);
    const newer = await get(`/products/BTC-USD/trades?before=${LAST_ID - 1}`);
    expect(idsOf(newer.body)).toEqual([LAST_ID]);
  });

  it("tells candles newest first, the running minute among them, three hundred at most", async () => {
    await tick(300);
    const { body } = await get("/products/BTC-USD/candles?granularity=60");
    const rows = body as number[][];
    // [time, low, high, open, close, volume]: 300 trades between 80,000.00 and 80,009.75.
    expect(rows[0]).toEqual([START / 1_000, 80_000, 80_009.75, ...(rows[0] ?? []).slice(3, 5), 3]);
    expect(rows[1]).toEqual([START / 1_000 - 120, 78_999, 78_999, 78_999, 78_999, 1]);
    const start = new Date(START - 240_000).toISOString();
    const span = `start=${start}&end=${START / 1_000 - 120}`;
    const some = await get(`/products/BTC-USD/candles?granularity=60&${span}`);
    expect((some.body as number[][]).map(([time]) => time)).toEqual(
      [-120, -180, -240].map((seconds) => START / 1_000 + seconds),
    );
    expect((await get("/products/BTC-USD/candles?granularity=300")).status).toBe(400);
  });

  it("tells the newest trade, the day and the time, and knows one product", async () => {
    const nowMs = await tick(300);
    expect((await get("/products/BTC-USD/ticker")).body).toMatchObject({ trade_id: LAST_ID });
    expect((await get("/products/BTC-USD/stats")).body).toMatchObject({ high: "80009.75" });
    const { iso, epoch } = (await get("/time")).body as { iso: string; epoch: number };
    expect(Date.parse(iso)).toBeGreaterThanOrEqual(nowMs);
    expect(epoch).toBe(Date.parse(iso) / 1_000);
    expect((await get("/products/ETH-USD/ticker")).status).toBe(404);
  });
});
