import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OrderBook } from "./order-book.ts";
import { type OwnOrder, type OwnOrderNews, OwnOrders } from "./own-orders.ts";
import { countCenti, instant, ONE_USD_MICROS, type PriceMicros, priceMicros } from "./units.ts";

const AT = instant(0);
const cents = (value: number): PriceMicros => priceMicros(value * 10_000);

describe("a quote of others", () => {
  const size = fc.integer({ min: 1, max: 5 });
  const side = (low: number, high: number) =>
    fc.dictionary(fc.integer({ min: low, max: high }).map(String), size, { maxKeys: 6 });
  const own = fc.record({
    side: fc.constantFrom("bid" as const, "ask" as const),
    cents: fc.integer({ min: 1, max: 99 }),
    left: size,
    shownBefore: fc.option(fc.integer({ min: 0, max: 5 })),
  });
  const levels = (of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([at, many]) => [cents(Number(at)), countCenti(many)] as const);

  it("is that of a book from which each order that the venue has was taken, and what came since another was sent", () => {
    fc.assert(
      // Bids of both outcomes stay below 50: no such book is crossed.
      fc.property(side(40, 49), side(40, 49), fc.array(own, { maxLength: 5 }), (yes, no, mine) => {
        const book = new OrderBook("T");
        book.applySnapshot({ yes: levels(yes), no: levels(no) });
        const left = { bid: { ...yes }, ask: { ...no } };
        const isSent = ({ shownBefore }: (typeof mine)[number]) => shownBefore !== null;
        for (const one of [...mine.filter((each) => !isSent(each)), ...mine.filter(isSent)]) {
          const at = String(one.side === "bid" ? one.cents : 100 - one.cents);
          const before = left[one.side][at] ?? 0;
          const rest = Math.max(0, Math.min(before, one.shownBefore ?? before - one.left));
          // A level of nothing is none: the rebuilt book is given no such.
          left[one.side] = Object.fromEntries(
            Object.entries({ ...left[one.side], [at]: rest }).filter(([, many]) => many > 0),
          );
        }
        const naive = new OrderBook("T");
        naive.applySnapshot({ yes: levels(left.bid), no: levels(left.ask) });
        const ours = mine.map(
          ({ shownBefore, ...one }): OwnOrder => ({
            ...{ side: one.side, price: cents(one.cents), left: countCenti(one.left) },
            shownBefore: shownBefore === null ? null : countCenti(shownBefore),
          }),
        );
        expect(book.quote(AT, AT, ours)).toEqual(naive.quote(AT, AT));
      }),
    );
  });

  it("is told of a crossed book as the venue shows it, so that the damage is seen", () => {
    const book = new OrderBook("T");
    const many = countCenti(10);
    book.applySnapshot({ yes: [[cents(60), many]], no: [[cents(45), many]] });
    const ours: OwnOrder[] = [{ side: "bid", price: cents(60), left: many, shownBefore: null }];
    expect(book.quote(AT, AT, ours)).toMatchObject({ bid: 600_000, ask: 550_000 });
  });

  it("finds an offer of ours where it rests: among the bids of the other outcome", () => {
    const book = new OrderBook("T");
    const [ours, theirs] = [countCenti(10), countCenti(7)];
    book.applySnapshot({
      yes: [],
      no: [
        [priceMicros(ONE_USD_MICROS - 550_000), ours],
        [priceMicros(ONE_USD_MICROS - 570_000), theirs],
      ],
    });
    const own: OwnOrder[] = [{ side: "ask", price: cents(55), left: ours, shownBefore: null }];
    expect(book.quote(AT, AT, own)).toMatchObject({ ask: 570_000, askSize: 7 });
  });
});

describe("our orders", () => {
  const news = (clientOrderId: string, left: number, marketTicker = "T"): OwnOrderNews => ({
    ...{ clientOrderId, marketTicker, side: "bid", price: cents(50), said: "answered" },
    left: countCenti(left),
  });
  const leftIn = (own: OwnOrders): number[] => own.in("T").map(({ left }) => left);

  it("only shrink, and stay over, in whatever sequence they are heard of", () => {
    const step = fc.record({ id: fc.constantFrom("a", "b"), left: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const own = new OwnOrders();
        const least = new Map<string, number>();
        for (const { id, left } of steps) {
          const before = least.get(id);
          const after = Math.min(before ?? Number.POSITIVE_INFINITY, left);
          least.set(id, after);
          const isNews = after !== (before ?? 0) && !(before === undefined && left === 0);
          expect(own.learn(news(id, left))).toBe(isNews);
          const open = [...least.values()].filter((many) => many > 0);
          expect(leftIn(own).toSorted()).toEqual(open.toSorted());
        }
      }),
    );
  });

  it("are shown by their id alone where they are known, and not made up where they are not", () => {
    const own = new OwnOrders();
    const show = (left: number) => own.show("a", { price: null, left: countCenti(left) });
    expect(show(5)).toBeNull();
    own.learn(news("a", 10));
    own.learn(news("b", 4, "U"));
    expect([show(6), show(8)]).toEqual(["T", null]);
    expect([leftIn(own), own.in("U").length]).toEqual([[6], 1]);
    expect([show(0), leftIn(own)]).toEqual(["T", []]);
  });

  it("are where the venue shows them, whatever price they were sent with, until they are over", () => {
    const own = new OwnOrders();
    const places = () => own.in("T").map(({ price, left }) => [price, left]);
    own.learn(news("a", 10));
    expect(own.learn({ ...news("a", 12), said: "shown", price: cents(47) })).toBe(true);
    expect([own.learn(news("a", 11)), own.learn({ ...news("a", 10) })]).toEqual([true, true]);
    expect(places()).toEqual([[470_000, 10]]);
    expect(own.show("a", { price: cents(48), left: null })).toBe("T");
    expect(places()).toEqual([[480_000, 10]]);
    own.learn(news("a", 0));
    expect(own.learn({ ...news("a", 10), said: "shown", price: cents(47) })).toBe(false);
    expect(places()).toEqual([]);
  });

  it("hide nobody while they are sent, and are never taken for another's, whoever tells that they arrived", () => {
    const many = fc.integer({ min: 1, max: 9 });
    const word = fc.constantFrom("answered" as const, "shown" as const, "stream" as const);
    fc.assert(
      fc.property(fc.nat(9), many, fc.nat(9), word, (others, left, earlier, said) => {
        const own = new OwnOrders();
        const book = new OrderBook("T");
        const place = { side: "bid", price: cents(50) } as const;
        const seen = () => book.othersAt(place, own.in("T"));
        // An earlier one of ours is there already.
        own.learn(news("earlier", earlier));
        book.applySnapshot({ yes: [[place.price, countCenti(others + earlier)]], no: [] });
        own.learn({ ...news("a", left), said: "sent" }, seen());
        expect(seen()).toBe(others);
        book.applyDelta("yes", place.price, left);
        // Looked for in vain, it may be there all the same.
        own.learn({ ...news("a", left), said: "sent" }, countCenti(99));
        expect(seen()).toBe(others);
        if (said === "stream") own.show("a", { price: null, left: countCenti(left) });
        else own.learn({ ...news("a", left), said });
        expect(seen()).toBe(others);
        // From here on those who join it are seen.
        book.applyDelta("yes", place.price, 3);
        expect(seen()).toBe(others + 3);
      }),
    );
  });
});
