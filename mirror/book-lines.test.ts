import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import type { StreamListener } from "../clients/kalshi/stream-listeners.ts";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import { SILENT } from "../test/support/kalshi.ts";
import { until } from "../sim/exchange/testing/bot.ts";
import { BookLines } from "./book-lines.ts";
import { MirroredBooks } from "./books.ts";
import type { Told } from "./port.ts";

const AT = instant(Date.parse("2026-12-01T01:00:00Z"));
const LADDER = ["KXBTCD-26NOV3021-T90000", "KXBTCD-26NOV3021-T90500", "KXBTCD-26NOV3021-T91000"];
const QUARTER = "KXBTC15M-26NOV302015-15";
const [FIRST = "", SECOND = "", THIRD = ""] = LADDER;
/** Longer than a book may be in doubt. */
const DOUBT_MS = 1_400;

let told: Told[];
/** Who was subscribed, and whether it still is. */
let subscribed: { tickers: readonly string[]; listener: StreamListener; isLive: boolean }[];

beforeEach(() => {
  told = [];
  subscribed = [];
});

function lines(isOut = false, books = new MirroredBooks()): BookLines {
  const made = new BookLines({
    stream: {
      subscribe: (tickers, listener) => {
        const entry = { tickers, listener, isLive: true };
        subscribed.push(entry);
        return () => {
          entry.isLive = false;
        };
      },
      resync: () => undefined,
    },
    books,
    isOut,
    tell: (fact) => told.push(fact),
    clock: { now: () => AT, speed: 1 },
    log: SILENT,
  });
  onTestFinished(() => {
    made.close();
  });
  return made;
}

const listenerOf = (ticker: string): StreamListener =>
  subscribed.find(({ tickers }) => tickers.includes(ticker))?.listener ?? (() => undefined);

function snapshot(ticker: string, size = 100): void {
  const yes = [[priceMicros(480_000), countCenti(size)] as const];
  const book = { marketTicker: ticker, yes, no: [], at: AT };
  listenerOf(ticker)({ kind: "snapshot", book, receivedAt: AT });
}

function stale(...tickers: readonly string[]): void {
  for (const { tickers: of, listener } of subscribed) {
    const marketTickers = tickers.filter((ticker) => of.includes(ticker));
    if (marketTickers.length > 0) listener({ kind: "stale", marketTickers, reason: "test" });
  }
}

const outages = (): readonly boolean[] =>
  told.flatMap((fact) => (fact.kind === "outage" ? [fact.isOut] : []));
const sizesOf = (ticker: string): readonly number[] =>
  told.flatMap((fact) =>
    fact.kind === "level" && fact.marketTicker === ticker ? [fact.size] : [],
  );

it("shows a book empty that stays in doubt, and whole again when it comes", async () => {
  const made = lines();
  made.follow([QUARTER, ...LADDER]);
  made.complete();
  for (const ticker of [QUARTER, ...LADDER]) snapshot(ticker);
  stale(QUARTER);
  await sleep(DOUBT_MS);
  expect(sizesOf(QUARTER)).toEqual([100, 0]);
  expect(sizesOf(FIRST)).toEqual([100]);
  // One of four is no outage.
  expect(outages()).toEqual([]);
  snapshot(QUARTER, 70);
  expect(sizesOf(QUARTER)).toEqual([100, 0, 70]);
});

it("says that nobody knows the books when most are in doubt for a second, and when that ends", async () => {
  const made = lines();
  made.follow(LADDER);
  made.complete();
  for (const ticker of LADDER) snapshot(ticker);
  stale(...LADDER);
  for (const ticker of LADDER) snapshot(ticker);
  await sleep(DOUBT_MS);
  // A resync that is answered within the second is none.
  expect(outages()).toEqual([]);
  stale(...LADDER);
  await until(() => (outages().length === 1 ? true : null), "the outage");
  for (const ticker of LADDER) snapshot(ticker);
  await until(() => (outages().length === 2 ? true : null), "its end");
  expect(outages()).toEqual([true, false]);
});

it("begins again with empty books, and knows them only once most of all are there", async () => {
  const books = new MirroredBooks();
  for (const ticker of [QUARTER, ...LADDER]) {
    const level = { kind: "level", marketTicker: ticker, outcome: "yes" } as const;
    books.note({ ...level, price: priceMicros(480_000), size: countCenti(100) });
  }
  const made = lines(true, books);
  expect(sizesOf(QUARTER)).toEqual([0]);
  expect(sizesOf(THIRD)).toEqual([0]);
  made.follow([QUARTER]);
  snapshot(QUARTER);
  await sleep(300);
  // The ladder is not even listed yet.
  expect(outages()).toEqual([]);
  made.follow(LADDER);
  made.complete();
  await sleep(300);
  expect(outages()).toEqual([]);
  snapshot(FIRST);
  snapshot(SECOND);
  await until(() => (outages().length === 1 ? true : null), "the end of the outage");
  expect(outages()).toEqual([false]);
});

it("ends an outage when nothing is traded any more", async () => {
  const made = lines(true);
  made.complete();
  await until(() => (outages().length === 1 ? true : null), "the end of the outage");
});

it("tells nothing of a market that has closed, and leaves an event with its last", () => {
  const made = lines();
  made.follow([QUARTER, ...LADDER]);
  expect(subscribed.map(({ tickers }) => tickers)).toEqual([[QUARTER], LADDER]);
  made.drop(FIRST);
  snapshot(FIRST);
  expect(sizesOf(FIRST)).toEqual([]);
  made.drop(SECOND);
  expect(subscribed.map(({ isLive }) => isLive)).toEqual([true, true]);
  made.drop(THIRD);
  expect(subscribed.map(({ isLive }) => isLive)).toEqual([true, false]);
});

it("tells prints, but not what was negotiated off the book", () => {
  lines().follow([QUARTER]);
  const trade = {
    kind: "trade",
    marketTicker: QUARTER,
    takerSide: "bid",
    at: AT,
    receivedAt: AT,
    ...{ price: priceMicros(480_000), count: countCenti(100) },
  } as const;
  listenerOf(QUARTER)({ ...trade, tradeId: "a" });
  listenerOf(QUARTER)({ ...trade, tradeId: "b", isBlock: true });
  expect(told.map((fact) => fact.kind === "trade" && fact.tradeId)).toEqual(["a"]);
});
