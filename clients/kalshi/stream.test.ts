import { afterEach, beforeEach, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import type { StreamFact } from "../../core/domain/venue.ts";
import { FakeStream, type SentCommand } from "../../test/support/fake-stream.ts";
import { SILENT, TEST_KEY, until, WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createKalshiStream } from "./stream.ts";
import type { KalshiStream, KalshiStreamOptions } from "./stream-port.ts";

const A = "KXNBAGAME-26NOV20BOSNYK-NYK";
const B = "KXNBAGAME-26NOV20BOSNYK-BOS";
const C = "KXNBAGAME-26NOV20LALGSW-GSW";

/** What most steps of a market's life do not say. */
const UNTOLD = {
  eventTicker: null,
  exchangeIndex: null,
  openAt: null,
  closeAt: null,
  strikeType: null,
  floorStrike: null,
  capStrike: null,
  settlementValue: null,
  settledAt: null,
};

let server: WireServer;
let venue: FakeStream;
let stream: KalshiStream | null = null;
beforeEach(async () => {
  server = await startWireServer();
  venue = new FakeStream(server);
});
afterEach(async () => {
  stream?.close();
  await server.close();
});

function open(options: Partial<KalshiStreamOptions> = {}): KalshiStream {
  stream = createKalshiStream({
    mode: "paper",
    wsUrl: `${server.wsUrl}/trade-api/ws/v2`,
    keyId: "key-1",
    privateKeyPem: TEST_KEY,
    clock: WALL,
    log: SILENT,
    reconnect: { firstMs: 10, maxMs: 20 },
    ...options,
  });
  return stream;
}

/** Listens and keeps what comes. */
function listen(
  to: KalshiStream,
  tickers: readonly string[],
): { facts: StreamFact[]; kinds: () => string[]; stop: () => void } {
  const facts: StreamFact[] = [];
  const stop = to.subscribe(tickers, (fact) => facts.push(fact));
  return { facts, stop, kinds: () => facts.map(({ kind }) => kind) };
}

const commands = (test: (command: SentCommand) => boolean): SentCommand[] =>
  venue.commands.filter(test);
const snapshotRequests = (): SentCommand[] =>
  commands(({ params }) => params.action === "get_snapshot");
const bookSubscribes = (): SentCommand[] =>
  commands(({ cmd, params }) => cmd === "subscribe" && params.channels?.[0] === "orderbook_delta");

it("starts each market with its book, NO bids at their own price whichever leg was asked for", async () => {
  const { facts } = listen(open(), [A]);
  await until(() => facts.length === 1);
  expect(venue.headers[0]?.["kalshi-access-key"]).toBe("key-1");
  expect(bookSubscribes()[0]?.params.use_yes_price).toBe(true);
  expect(facts[0]).toMatchObject({
    kind: "snapshot",
    book: { marketTicker: A, yes: [[400_000, 1_000]], no: [[580_000, 500]] },
  });
  venue.delta(A, { side: "no", price_dollars: "0.4300", delta_fp: "1.00" });
  await until(() => facts.length === 2);
  expect(facts[1]).toMatchObject({
    kind: "delta",
    outcome: "no",
    price: 570_000,
    delta: 100,
  });
});

it("takes NO bids as they stand when the NO leg was asked for", async () => {
  const { facts } = listen(open({ isYesLeg: false }), [A]);
  await until(() => facts.length === 1);
  expect(bookSubscribes()[0]?.params.use_yes_price).toBe(false);
  expect(facts[0]).toMatchObject({ book: { no: [[420_000, 500]] } });
});

it("asks for no positions: an old message about one can take nothing back", async () => {
  const { facts } = listen(open(), [A]);
  await until(() => facts.length === 1 && commands(({ cmd }) => cmd === "subscribe").length > 2);
  const channels = commands(({ cmd }) => cmd === "subscribe").flatMap(
    ({ params }) => params.channels ?? [],
  );
  expect(channels).toContain("fill");
  expect(channels.filter((channel) => channel.includes("position"))).toEqual([]);
});

it("carries all listeners over one connection and one subscription a channel", async () => {
  const open1 = open();
  const first = listen(open1, [A, B]);
  await until(() => first.facts.length === 2);
  const second = listen(open1, [C]);
  await until(() => second.facts.length === 1);
  expect(venue.connections).toBe(1);
  expect(bookSubscribes()).toHaveLength(1);
  expect(first.facts).toHaveLength(2);
  const added = commands(({ params }) => params.action === "add_markets");
  expect(added.map(({ params }) => params.market_tickers)).toEqual([[C], [C]]);
});

it("gives a second listener of a market its own start, and changes only from there", async () => {
  const shared = open();
  const first = listen(shared, [A]);
  await until(() => first.facts.length === 1);
  venue.isAnswering = false;
  const second = listen(shared, [A]);
  await until(() => snapshotRequests().length === 1);
  venue.delta(A);
  await until(() => first.facts.length === 2);
  expect(second.facts).toEqual([]);
  venue.book(A);
  await until(() => second.facts.length === 1);
  expect(second.kinds()).toEqual(["snapshot"]);
});

it("stops what nobody listens to any more, and starts it again on demand", async () => {
  const shared = open();
  const first = listen(shared, [A]);
  const second = listen(shared, [B]);
  await until(() => first.facts.length + second.facts.length === 2);
  second.stop();
  await until(() => commands(({ params }) => params.action === "delete_markets").length === 2);
  first.stop();
  await until(() => commands(({ cmd }) => cmd === "unsubscribe").length === 2);
  const third = listen(shared, [A]);
  await until(() => third.facts.length === 1);
  expect(venue.connections).toBe(1);
});

it("takes one market's book back on demand, and starts it anew from a whole one", async () => {
  const shared = open();
  const { facts } = listen(shared, [A, B]);
  await until(() => facts.length === 2);
  venue.isAnswering = false;
  shared.resync(A, "crossed");
  await until(() => snapshotRequests().length === 1);
  expect(facts.slice(2)).toEqual([{ kind: "stale", marketTickers: [A], reason: "crossed" }]);
  venue.delta(A);
  venue.delta(B);
  await until(() => facts.length === 4);
  expect(facts[3]).toMatchObject({ kind: "delta", marketTicker: B });
  venue.book(A);
  await until(() => facts.length === 5);
  expect(facts[4]).toMatchObject({ kind: "snapshot", book: { marketTicker: A } });
});

it("believes no book after a gap, asks for whole books, and drops changes until they are there", async () => {
  const { facts, kinds } = listen(open(), [A, B]);
  await until(() => facts.length === 2);
  venue.isAnswering = false;
  venue.delta(A, {}, 1);
  await until(() => kinds().includes("stale"));
  expect(facts.at(-1)).toMatchObject({ kind: "stale", marketTickers: [A, B] });
  await until(() => snapshotRequests().length === 1);
  expect(snapshotRequests()[0]?.params.market_tickers).toEqual([A, B]);
  venue.delta(A);
  venue.book(A);
  venue.delta(A);
  venue.delta(B);
  venue.book(B);
  await until(() => facts.length === 6);
  expect(kinds().slice(2)).toEqual(["stale", "snapshot", "delta", "snapshot"]);
  expect(stream?.health().gaps).toBe(1);
});

it("counts every numbered frame of a subscription, confirmations included", async () => {
  const { facts, kinds } = listen(open(), [A]);
  await until(() => facts.length === 1);
  venue.frame("orderbook_delta", "ok", { market_tickers: [A] });
  venue.delta(A);
  await until(() => facts.length === 2);
  expect(kinds()).toEqual(["snapshot", "delta"]);
});

it("asks again for a book that does not come", async () => {
  const { facts } = listen(open(), [A]);
  await until(() => facts.length === 1);
  venue.isAnswering = false;
  venue.delta(A, {}, 5);
  await until(() => snapshotRequests().length === 2);
});

it("takes a change it cannot read for a change that is missing, and names the field", async () => {
  const { facts, kinds } = listen(open(), [A, B]);
  await until(() => facts.length === 2);
  venue.delta(A, { price_dollars: "1.0000" });
  await until(() => facts.length === 5);
  expect(kinds().slice(2)).toEqual(["invalid", "stale", "snapshot"]);
  expect(facts[2]).toMatchObject({ field: "orderbook_delta.msg.price_dollars" });
  expect(facts[3]).toMatchObject({ marketTickers: [A] });
});

it.each<[string, object]>([
  ["price_dollars", { price_dollars: 0.41 }],
  ["price_dollars", { price_dollars: "0.41000001" }],
  ["price_dollars", { price_dollars: "NaN" }],
  ["delta_fp", { delta_fp: undefined, delta: "1.00" }],
  ["side", { side: "bid" }],
  ["ts_ms", { ts_ms: "1790000000000" }],
])("refuses a change whose %s is not as it must be", async (field, changes) => {
  const { facts, kinds } = listen(open(), [A]);
  await until(() => facts.length === 1);
  venue.delta(A, changes);
  await until(() => kinds().includes("invalid"));
  expect(facts[1]).toMatchObject({ field: `orderbook_delta.msg.${field}` });
});

it("refuses a crossed book: the sides may be stated on another leg than was asked for", async () => {
  venue.isAnswering = false;
  const { facts, kinds } = listen(open(), [A]);
  await until(() => venue.isSubscribed("orderbook_delta"));
  venue.frame("orderbook_delta", "orderbook_snapshot", {
    market_ticker: A,
    yes_dollars_fp: [["0.6000", "1.00"]],
    no_dollars_fp: [["0.3900", "1.00"]],
  });
  await until(() => facts.length === 1);
  expect(kinds()).toEqual(["invalid"]);
});

it("starts over after the venue ends a subscription for a buffer overflow", async () => {
  const { facts, kinds } = listen(open(), [A]);
  await until(() => facts.length === 1);
  const sid = venue.sidOf("orderbook_delta");
  venue.raw({ type: "error", sid, msg: { code: 25, msg: "buffer overflow" } });
  await until(() => bookSubscribes().length === 2);
  await until(() => facts.length === 3);
  expect(kinds()).toEqual(["snapshot", "stale", "snapshot"]);
  expect(venue.connections).toBe(1);
});

it("takes a new line when an error does not say which subscription it ended", async () => {
  const { facts, kinds } = listen(open(), [A]);
  await until(() => facts.length === 1);
  venue.raw({ type: "error", msg: { code: 17, msg: "internal error" } });
  await until(() => facts.length === 3);
  expect(kinds()).toEqual(["snapshot", "stale", "snapshot"]);
  expect(venue.connections).toBe(2);
});

it("leaves out a market the venue does not know, and goes on with the others", async () => {
  venue.refusal = ({ params }) =>
    params.market_tickers?.includes(B) === true
      ? { code: 16, msg: "market not found", market_ticker: B }
      : null;
  const { facts } = listen(open(), [A, B]);
  await until(() => facts.length === 1);
  expect(facts[0]).toMatchObject({ kind: "snapshot", book: { marketTicker: A } });
  expect(venue.connections).toBe(1);
});

it("comes back after the line is cut, with every market and a new signature", async () => {
  const { facts, kinds } = listen(open(), [A, B]);
  await until(() => facts.length === 2);
  venue.socket?.terminate();
  await until(() => facts.length === 5);
  expect(kinds().slice(2)).toEqual(["stale", "snapshot", "snapshot"]);
  expect(venue.headers).toHaveLength(2);
  expect(bookSubscribes()[1]?.params.market_tickers).toEqual([A, B]);
});

it("takes a line that answers not even pings for dead", async () => {
  const { facts, kinds } = listen(open({ stallMs: 200 }), [A]);
  await until(() => facts.length === 1);
  venue.socket?.pause();
  await until(() => facts.length === 3);
  expect(kinds()).toEqual(["snapshot", "stale", "snapshot"]);
  expect(facts[1]).toMatchObject({ reason: expect.stringContaining("silent") as string });
});

it("keeps a quiet line that answers pings", async () => {
  const { facts } = listen(open({ stallMs: 200 }), [A]);
  await until(() => facts.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(venue.connections).toBe(1);
});

it("asks a line that tells nothing for its books, which the answer confirms", async () => {
  const { facts, kinds } = listen(open({ stallMs: 400 }), [A]);
  await until(() => facts.length === 3);
  expect(kinds()).toEqual(["snapshot", "snapshot", "snapshot"]);
  expect(venue.connections).toBe(1);
}, 10_000);

it("takes a line for dead that answers pings and no longer shows books", async () => {
  const { facts } = listen(open({ stallMs: 400 }), [A]);
  await until(() => facts.length === 1);
  venue.isAnswering = false;
  await until(() => venue.connections === 2);
  expect(facts[1]).toMatchObject({
    kind: "stale",
    marketTickers: [A],
    reason: expect.stringContaining("no book for") as string,
  });
}, 10_000);

it("takes a new line when what comes is old for too long, by the run's clock", async () => {
  const { facts } = listen(open({ ageMaxMs: 1_000 }), [A]);
  await until(() => facts.length === 1);
  const late = setInterval(() => {
    venue.delta(A, { ts_ms: Date.now() - 20_000 });
  }, 50);
  await until(() => venue.connections === 2);
  clearInterval(late);
  expect(facts.some((fact) => fact.kind === "stale" && fact.reason.includes("old"))).toBe(true);
}, 10_000);

it("allows a fast run the wall second that is many of its own", async () => {
  // A second of wall time at speed 60 is a minute of the run: a frame of 20 run seconds is fresh.
  const clock = { now: () => instant(Date.now()), speed: 60 };
  const { facts } = listen(open({ clock, ageMaxMs: 1_000 }), [A]);
  await until(() => facts.length === 1);
  for (let sent = 0; sent < 50; sent += 1) {
    venue.delta(A, { ts_ms: Date.now() - 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(venue.connections).toBe(1);
  expect(stream?.health().ageMs).toBeGreaterThan(19_000);
}, 10_000);

it("passes prints, the market's life and hints of our own on to whom they concern", async () => {
  const shared = open();
  const first = listen(shared, [A]);
  const other = listen(shared, [C]);
  await until(() => first.facts.length === 1 && other.facts.length === 1);
  venue.frame("trade", "trade", {
    trade_id: "t-1",
    market_ticker: A,
    yes_price_dollars: "0.4100",
    no_price_dollars: "0.5900",
    count_fp: "12.50",
    taker_book_side: "bid",
    ts_ms: 1_790_000_000_000,
  });
  venue.frame("market_lifecycle_v2", "market_lifecycle_v2", {
    market_ticker: A,
    event_type: "determined",
    result: "yes",
  });
  venue.raw({
    type: "user_order",
    sid: 9,
    msg: { ticker: A, order_id: "v-1", client_order_id: "c", remaining_count_fp: "2.50" },
  });
  venue.raw({ type: "fill", sid: 8, msg: { market_ticker: A, order_id: "v-1" } });
  await until(() => first.facts.length === 5);
  expect(first.facts.slice(1)).toEqual([
    {
      kind: "trade",
      tradeId: "t-1",
      marketTicker: A,
      price: 410_000,
      count: 1_250,
      takerSide: "bid",
      at: 1_790_000_000_000,
      receivedAt: expect.any(Number) as number,
    },
    { ...UNTOLD, kind: "lifecycle", marketTicker: A, eventType: "determined", result: "yes" },
    { kind: "own-order", venueOrderId: "v-1", clientOrderId: "c", price: null, left: 250 },
    { kind: "own-fill", venueOrderId: "v-1", clientOrderId: null },
  ]);
  expect(other.kinds()).toEqual(["snapshot"]);
});

it("survives noise, and counts fields it does not know", async () => {
  const { facts } = listen(open(), [A]);
  await until(() => facts.length === 1);
  venue.raw("<html>");
  venue.raw('{"type":7}');
  venue.raw({ type: "brand_new_channel", msg: {} });
  venue.frame("orderbook_delta", "orderbook_snapshot", { market_ticker: A, brand_new_field: 1 });
  await until(() => facts.some(({ kind }, index) => index > 0 && kind === "snapshot"));
  expect(stream?.health().drift.get("stream.orderbook_snapshot.brand_new_field")).toBe(1);
  expect(venue.connections).toBe(1);
});

it("is not opened on a host that does not fit the mode", () => {
  const wsUrl = "wss://external-api-ws.kalshi.com/trade-api/ws/v2";
  expect(() => open({ wsUrl })).toThrow("SAFETY_REFUSED");
});
