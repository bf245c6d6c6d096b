import { WebSocket } from "ws";
import { expect, it } from "vitest";
import type { Frame } from "./testing/bot.ts";
import { until } from "./testing/bot.ts";
import { AWAY, BOOK, EVENT, HOME, level, print, status } from "./testing/hand-made.ts";
import { startWith } from "./testing/start.ts";
import type { Fact } from "../facts.ts";

/** A book as a client rebuilds it from what it is told; a gap or a negative size throws. */
function rebuild(frames: readonly Frame[]): Record<string, Record<string, number>> {
  const books: Record<string, Record<string, number>> = {};
  let seq = 0;
  for (const frame of frames) {
    if (frame.seq === undefined) continue;
    expect(frame.seq).toBe(seq + 1);
    seq = frame.seq;
    const ticker = String(frame.msg["market_ticker"]);
    if (frame.type === "orderbook_snapshot") {
      const book: Record<string, number> = {};
      for (const side of ["yes", "no"]) {
        const levels = (frame.msg[`${side}_dollars_fp`] ?? []) as [string, string][];
        for (const [price, size] of levels) book[`${side} ${price}`] = Number(size);
      }
      books[ticker] = book;
    }
    if (frame.type === "orderbook_delta") {
      const key = `${String(frame.msg["side"])} ${String(frame.msg["price_dollars"])}`;
      const book = books[ticker] ?? {};
      const size = (book[key] ?? 0) + Number(frame.msg["delta_fp"]);
      expect(size).toBeGreaterThanOrEqual(0);
      book[key] = size;
      expect(best(book, "yes") + best(book, "no")).toBeLessThan(1);
    }
  }
  return books;
}

/** The best bid of an outcome; together with the other's it crosses at a dollar. */
function best(book: Readonly<Record<string, number>>, side: string): number {
  const open = Object.entries(book).filter(([key, size]) => key.startsWith(side) && size > 0);
  return Math.max(0, ...open.map(([key]) => Number(key.split(" ")[1])));
}

const WALK: readonly Fact[] = Array.from({ length: 400 }, (_, n) =>
  level(
    1 + n / 20,
    n % 2 === 0 ? "yes" : "no",
    20 + ((n * 7) % 19),
    (n * 13) % 50,
    n % 3 ? HOME : AWAY,
  ),
);

it("tells a snapshot and then deltas without a gap, that add up to the book", async () => {
  const { bot, tick } = await startWith([...BOOK, ...WALK]);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["orderbook_delta"], market_tickers: [HOME, AWAY] });
  await stream.wait("orderbook_snapshot", 2);
  await bot.place({ price: "0.5900" });
  await tick(150);
  const { body } = await bot.call("GET", `/markets/${HOME}/orderbook`);
  const sides = body["orderbook_fp"] as Record<string, [string, string][]>;
  const expected = Object.fromEntries(
    ["yes", "no"].flatMap((side) =>
      (sides[`${side}_dollars`] ?? []).map(([price, size]) => [`${side} ${price}`, Number(size)]),
    ),
  );
  await until(
    () =>
      JSON.stringify(sorted(rebuild(stream.frames)[HOME])) === JSON.stringify(sorted(expected))
        ? true
        : null,
    "the deltas to add up",
  );
  expect(stream.frames.filter(({ type }) => type === "orderbook_delta").length).toBeGreaterThan(50);
  stream.close();
});

it("crosses on no step of the way when both sides move at once", async () => {
  const up = [level(5, "no", 40, 0), level(5, "no", 38, 0), level(5, "yes", 65, 10)];
  const down = [level(9, "yes", 65, 0), level(9, "yes", 58, 0), level(9, "no", 70, 10)];
  const { bot, tick } = await startWith([...BOOK, level(0, "no", 20, 5), ...up, ...down]);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["orderbook_delta"], market_tickers: [HOME] });
  await stream.wait("orderbook_snapshot");
  await tick(60);
  await stream.wait("orderbook_delta", 3);
  rebuild(stream.frames);
  stream.close();
});

it("answers get_snapshot in sequence, and prices NO on the YES leg when asked", async () => {
  const { bot, tick } = await startWith([...BOOK, level(10, "no", 39, 7)]);
  const stream = await bot.stream();
  stream.send("subscribe", {
    channels: ["orderbook_delta"],
    market_ticker: HOME,
    use_yes_price: true,
  });
  const [subscribed] = await stream.wait("subscribed");
  await tick(120);
  await stream.wait("orderbook_delta");
  stream.send("update_subscription", { sids: [subscribed?.msg["sid"]], action: "get_snapshot" });
  const [first, second] = await stream.wait("orderbook_snapshot", 2);
  const [delta] = await stream.wait("orderbook_delta");
  // NO bids at 38, 40, then 39: offers of YES at 62, 60, then 61.
  expect(first?.msg["no_dollars_fp"]).toEqual([
    ["0.6200", "200.00"],
    ["0.6000", "50.00"],
  ]);
  expect(delta?.msg).toMatchObject({ side: "no", price_dollars: "0.6100", delta_fp: "7.00" });
  expect(second?.msg["no_dollars_fp"]).toHaveLength(3);
  expect([first?.seq, delta?.seq, second?.seq]).toEqual([1, 2, 3]);
  stream.close();
});

it("adds and drops markets of a subscription, and lists it", async () => {
  const { bot, tick } = await startWith([...BOOK, level(0, "yes", 30, 5, AWAY), ...WALK]);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["orderbook_delta"], market_tickers: [HOME] });
  const [subscribed] = await stream.wait("subscribed");
  const sid = subscribed?.msg["sid"];
  stream.send("update_subscription", { sid, action: "add_markets", market_tickers: [AWAY] });
  await stream.wait("orderbook_snapshot", 2);
  stream.send("update_subscription", { sid, action: "delete_markets", market_tickers: [HOME] });
  await stream.wait("ok", 2);
  await tick(100);
  await stream.wait("orderbook_delta", 10);
  const tickers = stream.frames
    .filter(({ type }) => type === "orderbook_delta")
    .map(({ msg }) => msg["market_ticker"]);
  expect(new Set(tickers)).toEqual(new Set([AWAY]));
  rebuild(stream.frames);
  stream.send("list_subscriptions");
  const listed = (await stream.wait("ok", 3)).at(-1);
  expect(listed).toMatchObject({ subscriptions: [{ sid, channel: "orderbook_delta" }] });
  stream.send("unsubscribe", { sids: [sid] });
  await stream.wait("unsubscribed");
  stream.close();
});

it("tells the account's owner of orders, fills and positions, and everyone of prints and life", async () => {
  const facts = [
    ...BOOK,
    print(10, 60, 5, "bid"),
    status(100, "closed"),
    status(110, "determined", "yes"),
  ];
  const { bot, tick } = await startWith(facts);
  const stream = await bot.stream();
  const channels = [
    "ticker",
    "trade",
    "market_lifecycle_v2",
    "fill",
    "user_orders",
    "market_positions",
  ];
  stream.send("subscribe", { channels });
  await stream.wait("subscribed", 6);
  const { body } = await bot.place({ client_order_id: "mine" });
  const [fill] = await stream.wait("fill");
  expect(fill?.msg).toMatchObject({
    order_id: body["order_id"],
    client_order_id: "mine",
    is_taker: true,
    count_fp: "10.00",
    post_position_fp: "10.00",
  });
  expect((await stream.wait("user_order")).at(-1)?.msg).toMatchObject({ status: "executed" });
  expect((await stream.wait("market_position"))[0]?.msg["position_fp"]).toBe("10.00");
  await tick(600);
  // Our own taking is a print as well.
  expect((await stream.wait("trade", 2)).map(({ msg }) => msg["count_fp"])).toEqual([
    "10.00",
    "5.00",
  ]);
  await stream.wait("ticker");
  const life = (await stream.wait("market_lifecycle_v2", 2)).map(({ msg }) => msg["event_type"]);
  expect(life).toEqual(["close_date_updated", "determined"]);
  stream.close();
});

it("answers bad commands with the venue's codes", async () => {
  const { bot } = await startWith(BOOK);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["nonsense"] });
  stream.send("subscribe", { channels: ["orderbook_delta"], market_ticker: EVENT });
  stream.send("subscribe", { channels: ["orderbook_delta"] });
  stream.send("unsubscribe", { sids: [99] });
  stream.send("dance");
  const errors = await stream.wait("error", 5);
  expect(errors.map(({ msg }) => msg["code"])).toEqual([8, 16, 14, 7, 5]);
  stream.close();
});

it("refuses an unsigned upgrade, public channels included", async () => {
  const { exchange } = await startWith(BOOK);
  const socket = new WebSocket(exchange.wsUrl);
  const http = await new Promise((resolve) => {
    socket.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode);
    });
  });
  expect(http).toBe(401);
});

it("loses a number while the fault says so, and closes when it is dropped", async () => {
  const { bot, tick, exchange } = await startWith([...BOOK, ...WALK]);
  const stream = await bot.stream();
  stream.send("subscribe", { channels: ["orderbook_delta"], market_tickers: [HOME] });
  await stream.wait("orderbook_snapshot");
  const { id } = exchange.faults.add({
    target: "kalshi",
    kind: "stream-gap",
    match: HOME,
    untilMs: null,
  });
  await tick(50);
  expect(stream.frames.some(({ type }) => type === "orderbook_delta")).toBe(false);
  exchange.faults.clear(id);
  await bot.place({ price: "0.5900" });
  const [delta] = await stream.wait("orderbook_delta");
  expect(delta?.seq).toBeGreaterThan(2);
  exchange.faults.add({ target: "kalshi", kind: "stream-drop", match: null, untilMs: null });
  await bot.place({ price: "0.5700" });
  await until(
    () => (exchange.nights.night && stream.isClosed ? true : null),
    "the connection to close",
  );
});

function sorted(book: Record<string, number> | undefined): unknown {
  return Object.entries(book ?? {})
    .filter(([, size]) => size > 0)
    .sort(([a], [b]) => a.localeCompare(b));
}
