import { expect, it, vi } from "vitest";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import type { Quote } from "../core/domain/market.ts";
import type { OwnOrderNews } from "../core/domain/own-orders.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import { SILENT, WALL } from "../test/support/kalshi.ts";
import { type MarketListener, MarketHub } from "./market-hub.ts";
import type { MarketStream } from "./ports.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";
const AT = instant(1_000);

/** A stream that says what it is told to, and keeps what was asked of it. */
class ToldStream implements MarketStream {
  readonly resyncs: string[] = [];
  tell: (fact: StreamFact) => void = () => undefined;

  subscribe(_tickers: readonly string[], listener: (fact: StreamFact) => void): () => void {
    this.tell = listener;
    return () => undefined;
  }

  resync(marketTicker: string, reason: string): void {
    this.resyncs.push(`${marketTicker} ${reason}`);
  }
}

const deaf: MarketListener = {
  onQuote: () => undefined,
  onTrade: () => undefined,
  onStale: () => undefined,
  onLifecycle: () => undefined,
  onInvalid: () => undefined,
};

it("asks for a book anew that lost more than it had, once for however many changes show it", () => {
  vi.useFakeTimers();
  const stream = new ToldStream();
  new MarketHub({ stream, clock: WALL, log: SILENT }).add([TICKER], deaf);
  const yes = [[priceMicros(400_000), countCenti(1_000)]] as const;
  stream.tell({
    kind: "snapshot",
    book: { marketTicker: TICKER, yes, no: [], at: AT },
    receivedAt: AT,
  });
  const taken = { kind: "delta", marketTicker: TICKER, outcome: "yes", at: AT } as const;
  for (const delta of [-1_001, -1]) {
    stream.tell({ ...taken, price: priceMicros(400_000), delta, receivedAt: AT });
  }
  expect(stream.resyncs).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(stream.resyncs).toEqual([`${TICKER} negative-size`]);
  vi.useRealTimers();
});

/** A hub whose run has stood at ten minutes since its one book, played at `speed`. */
function quietHub() {
  const stream = new ToldStream();
  let now = 0;
  const clock = { now: () => instant(now), speed: 100 };
  const hub = new MarketHub({ stream, clock, log: SILENT });
  hub.add([TICKER], deaf);
  const book = () => {
    stream.tell({
      kind: "snapshot",
      book: {
        marketTicker: TICKER,
        yes: [[priceMicros(400_000), countCenti(1_000)]],
        no: [[priceMicros(580_000), countCenti(500)]],
        at: instant(now),
      },
      receivedAt: instant(now),
    });
  };
  return {
    stream,
    hub,
    book,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

it("vouches for a quiet book as far as its line was heard, in wall time, and no further", () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  const { stream, hub, book, pass } = quietHub();
  expect(hub.view(TICKER)).toBeNull();
  book();
  pass(600_000);
  vi.advanceTimersByTime(6_000);
  // Nothing was heard for six seconds: so old is the book, whatever time the run has.
  expect(hub.quote(TICKER)?.receivedAt).toBe(594_000);
  stream.tell({
    kind: "trade",
    tradeId: "t",
    marketTicker: TICKER,
    price: priceMicros(400_000),
    count: countCenti(300),
    takerSide: "bid",
    at: instant(599_000),
    receivedAt: instant(600_000),
  });
  expect(hub.quote(TICKER)?.receivedAt).toBe(600_000);
  expect(hub.view(TICKER)?.recentVolume).toBe(300);
  vi.useRealTimers();
});

it("has no quote while a book cannot be believed, and says since when", () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  const { stream, hub, book } = quietHub();
  book();
  stream.tell({ kind: "stale", marketTickers: [TICKER], reason: "stream lost" });
  vi.advanceTimersByTime(2_000);
  hub.distrust(TICKER, "crossed");
  expect(hub.quote(TICKER)).toBeNull();
  expect(hub.view(TICKER)).toMatchObject({ staleBecause: "crossed", staleForMs: 2_000 });
  book();
  expect(hub.view(TICKER)).toMatchObject({ staleBecause: null, staleForMs: 0 });
  vi.useRealTimers();
});

it("counts a book that is distrusted with every frame as never believed in between", () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  const { hub, book } = quietHub();
  hub.add([TICKER], {
    ...deaf,
    onQuote: () => {
      hub.distrust(TICKER, "crossed");
    },
  });
  for (let frames = 0; frames < 3; frames += 1) {
    book();
    vi.advanceTimersByTime(1_000);
  }
  expect(hub.view(TICKER)).toMatchObject({ staleBecause: "crossed", staleForMs: 3_000 });
  vi.useRealTimers();
});

it("keeps the last prices of a market that nobody watches any more, until they are forgotten", () => {
  const stream = new ToldStream();
  const hub = new MarketHub({ stream, clock: WALL, log: SILENT });
  const leave = hub.add([TICKER], deaf);
  const yes = [[priceMicros(400_000), countCenti(1_000)]] as const;
  const book = { marketTicker: TICKER, yes, no: [], at: AT };
  stream.tell({ kind: "snapshot", book, receivedAt: AT });
  const price = priceMicros(400_000);
  const trade = { marketTicker: TICKER, price, count: countCenti(100), takerSide: "bid" } as const;
  stream.tell({ kind: "trade", tradeId: "1", at: AT, receivedAt: AT, ...trade });
  hub.forget([TICKER]);
  expect(Object.keys(hub.marks())).toEqual([TICKER]);
  leave();
  expect([Object.keys(hub.marks()), hub.lastTrade(TICKER)?.price]).toEqual([[TICKER], 400_000]);
  hub.forget([TICKER]);
  expect([hub.marks(), hub.lastTrade(TICKER)]).toEqual([{}, null]);
});

it("tells a step of a market's life with the close that it states", () => {
  const stream = new ToldStream();
  const heard: unknown[] = [];
  const onLifecycle: MarketListener["onLifecycle"] = (...told) => void heard.push(told);
  new MarketHub({ stream, clock: WALL, log: SILENT }).add([TICKER], { ...deaf, onLifecycle });
  const step = {
    kind: "lifecycle",
    ...{ marketTicker: TICKER, eventTicker: null, exchangeIndex: null },
    ...{ openAt: null, strikeType: null, floorStrike: null, capStrike: null },
    ...{ result: null, settlementValue: null, settledAt: null },
  } as const;
  stream.tell({ ...step, eventType: "close_date_updated", closeAt: AT });
  stream.tell({ ...step, eventType: "determined", closeAt: null });
  expect(heard).toEqual([
    [TICKER, "close_date_updated", AT],
    [TICKER, "determined", null],
  ]);
});

/** A bid of ours for two contracts at 41, a cent above the best of others. */
const OURS = {
  clientOrderId: "ours",
  marketTicker: TICKER,
  side: "bid",
  price: priceMicros(410_000),
  left: countCenti(200),
  said: "answered",
} as const satisfies OwnOrderNews;

/** A hub whose book is others' ten bid at 40, offered at 42; what it tells is kept. */
function heardHub(areOrdersStreamed = true) {
  const stream = new ToldStream();
  const hub = new MarketHub({ stream, clock: WALL, log: SILENT, areOrdersStreamed });
  const told: (readonly [number | null, number | null])[] = [];
  const onQuote: MarketListener["onQuote"] = ({ bid, bidSize }) => void told.push([bid, bidSize]);
  hub.add([TICKER], { ...deaf, onQuote });
  const yes = [[priceMicros(400_000), countCenti(1_000)]] as const;
  const no = [[priceMicros(580_000), countCenti(500)]] as const;
  const book = { marketTicker: TICKER, yes, no, at: AT };
  stream.tell({ kind: "snapshot", book, receivedAt: AT });
  const change = (price: number, delta: number): void => {
    const at = { marketTicker: TICKER, outcome: "yes", at: AT, receivedAt: AT } as const;
    stream.tell({ kind: "delta", ...at, price: priceMicros(price), delta });
  };
  return { stream, hub, told, change };
}

it("quotes others alone, whether our order or its level is heard of first", () => {
  for (const isLevelFirst of [true, false]) {
    const { hub, told, change } = heardHub();
    if (isLevelFirst) change(410_000, 200);
    hub.ownOrder(OURS);
    if (!isLevelFirst) change(410_000, 200);
    expect(told.at(-1)).toEqual([400_000, 1_000]);
    expect(hub.marks()[TICKER]).toMatchObject({ yes: 400_000 });
    // Others join us, and are bid for as many as they are.
    change(410_000, 300);
    expect(hub.quote(TICKER)).toMatchObject({ bid: 410_000, bidSize: 300 });
  }
});

it("tells a quote anew when what is left of ours changes it, and not when it does not", () => {
  const { stream, hub, told, change } = heardHub();
  change(410_000, 500);
  expect(told.length).toBe(2);
  hub.ownOrder(OURS);
  expect(told.slice(2)).toEqual([[410_000, 300]]);
  hub.ownOrder(OURS);
  hub.ownOrder({ ...OURS, clientOrderId: "deep", price: priceMicros(300_000) });
  expect(told.length).toBe(3);
  // A fill of one contract: first the level, then the stream's word of the order.
  change(410_000, -100);
  expect(told.at(-1)).toEqual([410_000, 200]);
  const ids = { venueOrderId: "v", clientOrderId: "ours" } as const;
  const hint = { kind: "own-order", ...ids, price: null } as const;
  stream.tell({ ...hint, left: countCenti(100) });
  expect(told.at(-1)).toEqual([410_000, 300]);
  stream.tell({ ...hint, left: null });
  stream.tell({ ...hint, clientOrderId: "of nobody", left: countCenti(0) });
  expect(told.length).toBe(5);
  // The account, read before it was over, does not bring it back.
  stream.tell({ ...hint, left: countCenti(0) });
  hub.ownOrder({ ...OURS, left: countCenti(100) });
  expect(told.at(-1)).toEqual([410_000, 400]);
});

it("takes an order that is on its way for nobody else's before the venue has answered", () => {
  const { stream, hub, told, change } = heardHub();
  hub.ownOrder({ ...OURS, said: "sent" });
  change(410_000, 200);
  expect(told.at(-1)).toEqual([400_000, 1_000]);
  // Others join, and are told of once it is known which part of the level is ours.
  change(410_000, 300);
  expect(told.at(-1)).toEqual([400_000, 1_000]);
  const ids = { venueOrderId: "v", clientOrderId: "ours" } as const;
  stream.tell({ kind: "own-order", ...ids, price: OURS.price, left: OURS.left });
  expect(told.at(-1)).toEqual([410_000, 300]);
  hub.ownOrder(OURS);
  expect(told.length).toBe(4);
});

it("hides nobody whose level an order of ours is about to join, nor where it never arrives", () => {
  const { hub, told, change } = heardHub();
  const joins = { ...OURS, price: priceMicros(400_000) };
  hub.ownOrder({ ...joins, said: "sent" });
  expect(told.length).toBe(1);
  change(400_000, 200);
  expect(told.at(-1)).toEqual([400_000, 1_000]);
  change(400_000, -200);
  hub.ownOrder({ ...joins, left: countCenti(0) });
  change(400_000, 50);
  expect(told.at(-1)).toEqual([400_000, 1_050]);
});

it("looks for an order where its owner moved it", () => {
  const { stream, hub, told, change } = heardHub();
  change(410_000, 200);
  hub.ownOrder(OURS);
  change(410_000, -200);
  change(400_000, 200);
  const ids = { venueOrderId: "v", clientOrderId: "ours" } as const;
  stream.tell({ kind: "own-order", ...ids, price: priceMicros(400_000), left: countCenti(200) });
  expect(told.at(-1)).toEqual([400_000, 1_000]);
  hub.ownOrder(OURS);
  change(410_000, 100);
  expect(told.at(-1)).toEqual([410_000, 100]);
});

it("tells what changed by our order alone as old as the book would be without it", () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  const { hub, book, pass } = quietHub();
  const told: Quote[] = [];
  hub.add([TICKER], { ...deaf, onQuote: (quote) => void told.push(quote) });
  book();
  pass(600_000);
  vi.advanceTimersByTime(6_000);
  hub.ownOrder({ ...OURS, price: priceMicros(400_000) });
  expect(told.at(-1)).toMatchObject({ bidSize: 800, quotedAt: 0, receivedAt: 594_000 });
  vi.useRealTimers();
});

it("shows the book to others as the venue does, ours in it", () => {
  const { hub, change } = heardHub();
  change(410_000, 200);
  hub.ownOrder(OURS);
  expect(hub.displayed(TICKER)?.yes[0]).toEqual([410_000, 200]);
});

it("takes nothing of ours out of a book that another exchange tells", () => {
  const { hub, change } = heardHub(false);
  change(410_000, 200);
  hub.ownOrder(OURS);
  expect(hub.quote(TICKER)).toMatchObject({ bid: 410_000, bidSize: 200 });
});

it("knows what rests of ours before a market is watched, and tells no quote of a book that is not believed", () => {
  const stream = new ToldStream();
  const hub = new MarketHub({ stream, clock: WALL, log: SILENT });
  hub.ownOrder(OURS);
  hub.add([TICKER], deaf);
  const yes = [[priceMicros(410_000), countCenti(200)]] as const;
  const book = { marketTicker: TICKER, yes, no: [], at: AT };
  stream.tell({ kind: "snapshot", book, receivedAt: AT });
  expect(hub.quote(TICKER)).toMatchObject({ bid: null, bidSize: null });
  stream.tell({ kind: "stale", marketTickers: [TICKER], reason: "stream lost" });
  hub.ownOrder({ ...OURS, left: countCenti(0) });
  expect(hub.quote(TICKER)).toBeNull();
});
