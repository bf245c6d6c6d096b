import { describe, expect, it } from "vitest";
import { PaperMarket } from "./matching.ts";
import type { PaperOrder } from "./paper-order.ts";
import { countCenti, priceMicros } from "./units.ts";

const cents = (value: number): ReturnType<typeof priceMicros> => priceMicros(value * 10_000);
const contracts = (value: number): ReturnType<typeof countCenti> => countCenti(value * 100);

function order(
  orderId: string,
  side: "bid" | "ask",
  price: number,
  count: number,
  terms: Partial<PaperOrder> = {},
): PaperOrder {
  return {
    orderId,
    side,
    price: cents(price),
    count: contracts(count),
    timeInForce: "good_till_canceled",
    isPostOnly: false,
    selfTradePrevention: "taker_at_cross",
    ...terms,
  };
}

/** Others bid 100 at 48 and offer 30 at 50, 40 at 51, 50 at 52. */
function market(): PaperMarket {
  const paper = new PaperMarket();
  paper.applyLevel("yes", cents(48), contracts(100));
  paper.applyLevel("no", cents(50), contracts(30));
  paper.applyLevel("no", cents(49), contracts(40));
  paper.applyLevel("no", cents(48), contracts(50));
  return paper;
}

const print = (price: number, count: number, takerSide: "bid" | "ask" | null) =>
  ({ price: cents(price), count: contracts(count), takerSide, tradeId: "t1" }) as const;
const IOC = { timeInForce: "immediate_or_cancel" } as const;
const FOK = { timeInForce: "fill_or_kill" } as const;

describe("a resting order", () => {
  it("waits until trades have consumed what was displayed before it", () => {
    const paper = market();
    expect(paper.place(order("a", "bid", 48, 10)).status).toBe("resting");
    expect(paper.queuePosition("a")).toBe(10_000);
    expect(paper.applyTrade(print(48, 60, "ask"))).toEqual([]);
    expect(paper.queuePosition("a")).toBe(4_000);
    expect(paper.applyTrade(print(48, 45, "ask"))).toEqual([
      { orderId: "a", side: "bid", price: 480_000, count: 500, liquidity: "maker", tradeId: "t1" },
    ]);
    expect(paper.queuePosition("a")).toBe(0);
  });

  it("keeps its place when others behind it cancel, and moves up only to what is displayed", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 10));
    paper.applyLevel("yes", cents(48), contracts(250));
    expect(paper.queuePosition("a")).toBe(10_000);
    paper.applyLevel("yes", cents(48), contracts(120));
    expect(paper.queuePosition("a")).toBe(10_000);
    paper.applyLevel("yes", cents(48), contracts(70));
    expect(paper.queuePosition("a")).toBe(7_000);
  });

  it("is moved by prints alone where they may come after the changes that they caused", () => {
    const fillsOf = (hasLatePrints: boolean, isPrintFirst: boolean): readonly unknown[] => {
      const paper = new PaperMarket({ hasLatePrints });
      paper.applyLevel("yes", cents(48), contracts(40));
      paper.place(order("a", "bid", 48, 10));
      const printed = () => paper.applyTrade(print(48, 40, "ask"));
      const shrunk = () => paper.applyLevel("yes", cents(48), contracts(0));
      const told = isPrintFirst ? [printed, shrunk] : [shrunk, printed];
      const first = told.flatMap((tell) => tell());
      return [...first, ...paper.applyTrade(print(48, 3, "ask"))];
    };
    // Forty were before us and forty were sold: of the next three all are ours.
    const three = [expect.objectContaining({ orderId: "a", count: 300 })];
    expect(fillsOf(true, false)).toEqual(three);
    expect(fillsOf(true, true)).toEqual(three);
    expect(fillsOf(false, true)).toEqual(three);
    // What others cancel before us moves us no further.
    const paper = new PaperMarket({ hasLatePrints: true });
    paper.applyLevel("yes", cents(48), contracts(40));
    paper.place(order("a", "bid", 48, 10));
    paper.applyLevel("yes", cents(48), contracts(5));
    expect(paper.queuePosition("a")).toBe(4_000);
    // A price that goes through ours fills us, whatever the queue.
    expect(paper.applyTrade(print(47, 2, "ask"))).toHaveLength(1);
  });

  it("queues behind our own earlier orders at its price", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 10));
    paper.place(order("b", "bid", 48, 10));
    expect(paper.queuePosition("b")).toBe(11_000);
    const filled = paper.applyTrade(print(48, 115, "ask"));
    expect(filled.map(({ orderId, count }) => [orderId, count])).toEqual([
      ["a", 1_000],
      ["b", 500],
    ]);
  });

  it("fills when a trade goes through its price, up to the trade's size, at its own price", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 10));
    expect(paper.applyTrade(print(47, 4, "ask"))).toMatchObject([{ count: 400, price: 480_000 }]);
    expect(paper.applyTrade(print(49, 100, "ask"))).toEqual([]);
    expect(paper.applyTrade(print(47, 100, "bid"))).toEqual([]);
    expect(paper.applyTrade(print(47, 100, null))).toMatchObject([{ count: 600 }]);
  });

  it("fills up to the size that others offer at or through its price, once", () => {
    const paper = market();
    paper.place(order("a", "bid", 49, 10));
    expect(paper.applyLevel("no", cents(51), contracts(4))).toMatchObject([
      { orderId: "a", count: 400, price: 490_000, liquidity: "maker" },
    ]);
    expect(paper.applyLevel("no", cents(51), contracts(4))).toEqual([]);
    expect(paper.applyLevel("no", cents(52), contracts(100))).toMatchObject([{ count: 600 }]);
    expect(paper.resting()).toEqual([]);
  });

  it("loses its place when its price changes or its size grows, and keeps it when it shrinks", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 10));
    paper.applyTrade(print(48, 60, "ask"));
    expect(paper.amend("a", cents(48), contracts(5))?.status).toBe("resting");
    expect(paper.queuePosition("a")).toBe(4_000);
    expect(paper.amend("a", cents(48), contracts(6))?.status).toBe("resting");
    expect(paper.queuePosition("a")).toBe(10_000);
    expect(paper.decrease("a", contracts(7))).toBe(false);
    expect(paper.decrease("a", contracts(1))).toBe(true);
    expect(paper.cancel("a")).toBe(100);
    expect(paper.cancel("a")).toBeNull();
    expect(paper.amend("a", cents(48), contracts(1))).toBeNull();
  });

  it("stands as it was when a post-only amend would cross", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 10, { isPostOnly: true }));
    const before = paper.resting();
    expect(paper.amend("a", cents(50), contracts(10))).toMatchObject({ status: "refused" });
    expect(paper.resting()).toEqual(before);
  });
});

describe("an arriving order", () => {
  it("sweeps the displayed levels up to its limit and rests with the remainder", () => {
    const paper = market();
    const placed = paper.place(order("a", "bid", 51, 100));
    expect(placed.executions.map(({ price, count }) => [price, count])).toEqual([
      [500_000, 3_000],
      [510_000, 4_000],
    ]);
    expect(placed).toMatchObject({ status: "resting", remaining: 3_000, canceled: 0 });
    expect(paper.book().yes.at(-1)).toEqual({ price: 510_000, others: 0, ours: 3_000 });
    expect(paper.book().no.at(-1)).toEqual({ price: 480_000, others: 5_000, ours: 0 });
  });

  it("takes a displayed level once until it next changes", () => {
    const paper = market();
    paper.place(order("a", "bid", 50, 20, IOC));
    expect(paper.place(order("b", "bid", 50, 20, IOC))).toMatchObject({
      status: "canceled",
      canceled: 1_000,
      reason: "immediate_or_cancel",
    });
    paper.applyLevel("no", cents(50), contracts(30));
    expect(paper.place(order("c", "bid", 50, 1, IOC)).executions).toEqual([]);
    paper.applyLevel("no", cents(50), contracts(31));
    expect(paper.place(order("d", "bid", 50, 100, IOC)).executions).toMatchObject([
      { count: 3_100 },
    ]);
  });

  it("fills whole or not at all when it is fill-or-kill", () => {
    const paper = market();
    expect(paper.place(order("a", "bid", 51, 71, FOK))).toMatchObject({
      status: "canceled",
      executions: [],
      canceled: 7_100,
      reason: "fill_or_kill_insufficient_resting_volume",
    });
    expect(paper.place(order("b", "bid", 51, 70, FOK))).toMatchObject({ status: "executed" });
  });

  it("is refused when it is post-only and would cross others or us", () => {
    const paper = market();
    const refused = { status: "refused", reason: "post_only_cross", executions: [] };
    expect(paper.place(order("a", "bid", 50, 1, { isPostOnly: true }))).toMatchObject(refused);
    paper.place(order("b", "ask", 49, 1));
    expect(paper.place(order("c", "bid", 49, 1, { isPostOnly: true }))).toMatchObject(refused);
    expect(paper.place(order("d", "bid", 48, 1, { isPostOnly: true })).status).toBe("resting");
  });

  it("stops at our own order after the others before it, or cancels it and goes on", () => {
    for (const stp of ["taker_at_cross", "maker"] as const) {
      const paper = market();
      paper.place(order("own", "ask", 50, 5));
      const placed = paper.place(order("a", "bid", 51, 50, { selfTradePrevention: stp }));
      const filled = placed.executions.map(({ price, count }) => [price, count]);
      if (stp === "taker_at_cross") {
        expect(filled).toEqual([[500_000, 3_000]]);
        expect(placed).toMatchObject({ status: "canceled", canceled: 2_000, reason: "self_trade" });
        expect(paper.order("own")).not.toBeNull();
        expect(paper.queuePosition("own")).toBe(0);
      } else {
        expect(filled).toEqual([
          [500_000, 3_000],
          [510_000, 2_000],
        ]);
        expect(placed.selfCanceled).toEqual([{ orderId: "own", canceled: 500 }]);
        expect(paper.order("own")).toBeNull();
      }
    }
  });

  it("sells as it buys, mirrored", () => {
    const paper = market();
    const sold = paper.place(order("a", "ask", 48, 120));
    expect(sold.executions).toMatchObject([{ side: "ask", price: 480_000, count: 10_000 }]);
    expect(paper.book().no.at(-1)).toEqual({ price: 520_000, others: 0, ours: 2_000 });
    expect(paper.applyTrade(print(48, 5, "bid"))).toMatchObject([{ count: 500, price: 480_000 }]);
  });

  it("rests once under its id", () => {
    const paper = market();
    paper.place(order("a", "bid", 48, 1));
    expect(() => paper.place(order("a", "bid", 47, 1))).toThrow("an order id rests once");
  });
});

describe("a market without sizes", () => {
  const quote = (bid: number | null, ask: number | null) => ({
    bid: bid === null ? null : cents(bid),
    bidSize: null,
    ask: ask === null ? null : cents(ask),
    askSize: null,
  });

  function unsized(): PaperMarket {
    const paper = new PaperMarket();
    paper.applyQuote(quote(48, 50));
    return paper;
  }

  it("fills takers at the quote up to the volume printed since the last one", () => {
    const paper = unsized();
    expect(paper.place(order("a", "bid", 55, 10, IOC)).executions).toEqual([]);
    paper.applyVolume(contracts(7));
    paper.applyTrade(print(50, 5, "bid"));
    expect(paper.printedVolume()).toBe(1_200);
    expect(paper.place(order("b", "bid", 55, 10, IOC)).executions).toMatchObject([
      { price: 500_000, count: 1_000, liquidity: "taker" },
    ]);
    expect(paper.place(order("c", "bid", 55, 1, IOC)).executions).toEqual([]);
  });

  it("fills resting orders only when the price goes strictly through them", () => {
    const paper = unsized();
    paper.place(order("a", "bid", 48, 10));
    expect(paper.queuePosition("a")).toBeNull();
    expect(paper.applyTrade(print(48, 500, "ask"))).toEqual([]);
    expect(paper.applyQuote(quote(47, 48))).toEqual([]);
    expect(paper.applyTrade(print(47, 3, "ask"))).toMatchObject([{ count: 300, price: 480_000 }]);
    expect(paper.applyQuote(quote(46, 47))).toMatchObject([{ count: 700, price: 480_000 }]);
  });

  it("fills the remainder of a capped taker by further prints only, never by the same quote again", () => {
    const paper = unsized();
    paper.applyVolume(contracts(4));
    expect(paper.place(order("a", "bid", 52, 10))).toMatchObject({ remaining: 600 });
    expect(paper.applyQuote(quote(47, 50))).toEqual([]);
    expect(paper.applyVolume(contracts(2))).toMatchObject([{ count: 200, price: 520_000 }]);
    expect(paper.printedVolume()).toBe(0);
    expect(paper.book().no).toEqual([]);
  });

  it("refuses a post-only order at the quote and shows an emptied side as empty", () => {
    const paper = unsized();
    expect(paper.place(order("a", "bid", 50, 1, { isPostOnly: true })).status).toBe("refused");
    expect(paper.book().yes).toEqual([{ price: 480_000, others: null, ours: 0 }]);
    paper.applyQuote(quote(null, null));
    expect(paper.book()).toEqual({ yes: [], no: [] });
    expect(paper.place(order("b", "bid", 50, 1)).status).toBe("resting");
    expect(paper.queuePosition("b")).toBeNull();
  });
});

describe("a market of which the best sizes are known", () => {
  it("queues behind the best size, in front when it improves, and nowhere known below", () => {
    const paper = new PaperMarket();
    const sized = { bidSize: contracts(20), ask: cents(52), askSize: contracts(5) };
    paper.applyQuote({ bid: cents(48), ...sized });
    paper.place(order("at", "bid", 48, 1));
    paper.place(order("better", "bid", 49, 1));
    paper.place(order("worse", "bid", 47, 1));
    expect(["at", "better", "worse"].map((id) => paper.queuePosition(id))).toEqual([
      2_000,
      0,
      null,
    ]);
    paper.applyQuote({ bid: cents(47), ...sized });
    expect(["at", "worse"].map((id) => paper.queuePosition(id))).toEqual([0, 2_000]);
    const filled = paper.applyQuote({ ...sized, bid: cents(40), ask: cents(48) });
    expect(filled).toMatchObject([{ orderId: "better" }, { orderId: "at" }]);
  });
});
