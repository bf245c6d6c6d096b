import { describe, expect, it } from "vitest";
import { instant, usdMicros } from "../../core/domain/units.ts";
import { reservation } from "../../core/risk/exposure.ts";
import {
  BITCOIN,
  EVENT,
  FEES,
  follows,
  HandSession,
  noLedger,
  SESSION_AT,
  SESSION_CLOSE,
} from "../../test/support/btc-session.ts";

const ONE = `${EVENT}-T79900`;
const OTHER = `${EVENT}-T79950`;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const times = (on: HandSession): readonly string[] =>
  on.cycles.map(({ cycle }) => new Date(cycle.ended_at).toISOString().slice(14, 19));

describe("cycles of a series", () => {
  it("are written at the first look and at each whole ten seconds of run time, once", async () => {
    const on = new HandSession();
    on.list(ONE);
    const watched = on.watch([follows(ONE)], { entriesPausedBecause: "test" });
    for (const second of [9.9, 10.2, 14, 20, 20.3]) {
      await pause(20);
      on.now = instant(SESSION_AT - 3_000 + second * 1_000);
      on.session.onQuote();
    }
    await watched;
    expect(times(on)).toEqual(["50:03", "50:10", "50:20"]);
    expect(on.cycles.map(({ cycle }) => cycle.cycle_no)).toEqual([1, 2, 3]);
    expect(on.cycles[1]).toMatchObject({
      quotes: [{ market_ticker: ONE, bid_micros: 690_000 }],
      edges: [{ market_ticker: ONE, cycle_no: 2, code: "entry_barred" }],
    });
  });

  it("come between two chunks too late and none is made up", async () => {
    const on = new HandSession();
    on.list(ONE);
    await on.watch([follows(ONE)], { entriesPausedBecause: "test" });
    on.now = instant(SESSION_AT + 60_000);
    await on.watch([follows(ONE)], { entriesPausedBecause: "test" });
    expect(times(on)).toEqual(["50:03", "51:03"]);
  });

  it("hold what is open, and not what has closed, is yet to open or has ended", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.list(OTHER, { closeAt: instant(SESSION_AT) });
    on.list(`${EVENT}-T80000`, { openAt: instant(SESSION_AT + 1) });
    on.list(`${EVENT}-T80050`);
    const end = { kind: "voided" } as const;
    on.markets.change(`${EVENT}-T80050`, { end });
    await on.watch();
    expect(on.cycles[0]?.quotes.map(({ market_ticker }) => market_ticker)).toEqual([ONE]);
  });
});

describe("an evaluation", () => {
  it("follows each price of the spot, and tells how long after it the edges were there", async () => {
    const on = new HandSession();
    on.list(ONE);
    const watched = on.watch([follows(ONE)], { entriesPausedBecause: "test" });
    await pause(20);
    const before = on.forecasts;
    for (let price = 0; price < 3; price += 1) {
      on.session.onPrice(performance.now());
      await pause(20);
    }
    await watched;
    expect(on.forecasts).toBeGreaterThanOrEqual(before + 3);
    expect(on.latencies).toHaveLength(3);
    expect(Math.max(...on.latencies)).toBeLessThan(100);
  });
});

it("evaluates a price that came too soon after the last one as soon as it may, not when it idles", async () => {
  const on = new HandSession("KXBTCD", 1, 40);
  on.list(ONE);
  const watching = on.watch([follows(ONE, { phase: "closing" })]);
  await pause(10);
  on.session.onPrice(performance.now());
  await watching;
  const [first] = on.latencies;
  expect(first).toBeGreaterThan(20);
  // The look without a cause comes after 250 ms.
  expect(first).toBeLessThan(150);
});

describe("admissions", () => {
  it("name the selected contracts with the phase that is due, until they are followed", async () => {
    const on = new HandSession();
    on.list(ONE);
    const first = await on.watch();
    expect(first.admitted).toMatchObject([
      {
        contract: { marketTicker: ONE },
        occasion: { occasionId: `btc-contract/shadow/${ONE}` },
        ...{ phase: "entry-window", isStruck: true, at: SESSION_AT },
      },
    ]);
    expect((await on.watch([follows(ONE)], { killLevel: "no-entries" })).admitted).toEqual([]);
  });

  it("are made again when their answer was lost, and never once their workflow was seen", async () => {
    const on = new HandSession();
    on.list(ONE);
    expect((await on.watch()).admitted).toHaveLength(1);
    expect((await on.watch()).admitted).toHaveLength(1);
    await on.watch([follows(ONE)], { killLevel: "no-entries" });
    // Canceled by a person: it is followed no more.
    expect((await on.watch()).admitted).toEqual([]);
  });

  it("leave out what is too near to its close for an entry", async () => {
    const on = new HandSession();
    on.list(ONE, { closeAt: instant(SESSION_AT + 80_000) });
    expect((await on.watch()).admitted).toEqual([]);
    expect(on.cycles[0]?.cycle.selected).toBe(1);
  });

  it("take a quarter-hour without a strike as open, whatever its window", async () => {
    const on = new HandSession("KXBTC15M");
    const strikes = { strikeType: "greater_or_equal", floorStrike: null, capStrike: null } as const;
    on.list("KXBTC15M-26NOV202000-00", { strikes, eventTicker: "KXBTC15M-26NOV202000" });
    expect((await on.watch()).admitted).toMatchObject([{ phase: "open", isStruck: false }]);
  });
});

describe("candidate decisions", () => {
  const failedOf = ({ rules }: { readonly rules: string }): readonly string[] => {
    const all = JSON.parse(rules) as readonly { rule: string; isPassed: boolean }[];
    return all.flatMap(({ rule, isPassed }) => (isPassed ? [] : [rule]));
  };

  it("are each a row in every cycle, with inputs, rules and reason, though nothing changes", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.list(OTHER);
    for (const seconds of [0, 10, 20]) {
      on.now = instant(SESSION_AT + seconds * 1_000);
      await on.watch([follows(ONE), follows(OTHER)], { entriesPausedBecause: "lunch" });
    }
    expect(on.looks.map(({ market_ticker, code }) => [market_ticker, code])).toEqual(
      [0, 10, 20].flatMap(() => [ONE, OTHER].map((ticker) => [ticker, "entry_barred"])),
    );
    const [first, , second] = on.looks;
    expect(first).toMatchObject({ reason: "lunch", order_terms: null, limits_hash: "limits" });
    expect(first && failedOf(first)).toEqual(["entry_barred"]);
    // Its own inputs, not those of the row before.
    expect(JSON.parse(second?.input ?? "")).toMatchObject({ at: SESSION_AT + 10_000 });
    // Of what is kept for ever there is one a minute.
    expect(on.decisions).toHaveLength(2);
  });

  it("are a row between cycles where any rule says otherwise, and else are counted by the next", async () => {
    const on = new HandSession();
    on.list(ONE);
    const look = async (ms: number): Promise<void> => {
      on.now = instant(SESSION_AT + ms);
      await on.watch([follows(ONE)], { entriesPausedBecause: "lunch" });
    };
    await look(0);
    await look(1_000);
    await look(2_000);
    // The first rule against it stays the same: another one fails besides.
    on.stale = "stalled";
    await look(3_000);
    await look(4_000);
    await look(10_000);
    expect(on.looks.map((row) => [row.code, failedOf(row), row.repeats])).toEqual([
      ["entry_barred", ["entry_barred"], 0],
      ["entry_barred", ["entry_barred", "spot_stale"], 2],
      ["entry_barred", ["entry_barred", "spot_stale"], 1],
    ]);
  });

  it("that propose are a row each with the order they would send", async () => {
    const on = new HandSession();
    on.list(ONE);
    await on.watch([follows(ONE)]);
    expect(on.looks).toMatchObject([{ code: "propose", reason: null, repeats: 0 }]);
    const terms: unknown = JSON.parse(on.looks[0]?.order_terms ?? "null");
    expect(terms).toMatchObject({ marketTicker: ONE, side: "bid", price: 700_000 });
    expect(on.looks[0]?.input).toBe(on.decisions[0]?.input);
  });
});

describe("a proposal", () => {
  it("is made for a followed contract in its window, with its row, and then cools down", async () => {
    const on = new HandSession();
    on.list(ONE);
    const end = await on.watch([follows(ONE)]);
    const [told] = end.news;
    expect(told?.news.proposal).toMatchObject({
      decisionId: `btc-contract/shadow/${ONE}#${SESSION_AT}`,
      intent: { strategy: "btc-edge", marketTicker: ONE, side: "bid", limitPrice: 700_000 },
    });
    expect(on.decisions.map(({ code }) => code)).toEqual(["propose"]);
    // The ledger shows it now: the pause is counted from here.
    const { retryMs } = BITCOIN.watch;
    on.now = instant(SESSION_AT + 5_000);
    expect((await on.watch([follows(ONE)])).news).toEqual([]);
    on.now = instant(SESSION_AT + 5_000 + retryMs - 1);
    expect((await on.watch([follows(ONE)])).news).toEqual([]);
    expect(on.decisions.at(-1)).toMatchObject({ code: "entry_barred", reason: "cooling_down" });
    on.now = instant(SESSION_AT + 5_000 + retryMs);
    expect((await on.watch([follows(ONE)])).news).toHaveLength(1);
  });

  it("takes its contract until the ledger shows what became of it, however long that takes", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.readLedger = () => Promise.resolve(noLedger);
    expect((await on.watch([follows(ONE)])).news).toHaveLength(1);
    on.now = instant(SESSION_AT + BITCOIN.watch.retryMs + 60_000);
    expect((await on.watch([follows(ONE)])).news).toEqual([]);
    expect(on.decisions.map(({ code, reason }) => [code, reason])).toEqual([
      ["propose", null],
      ["entry_barred", "order_working"],
    ]);
  });

  it("is not made in a contract that was filled after the chunk began", async () => {
    const on = new HandSession("KXBTCD", 1, 1, 2_500);
    on.list(ONE);
    let bar: string | null = "order_working";
    on.readLedger = () => Promise.resolve({ ...noLedger, of: () => bar });
    const watched = on.watch([follows(ONE)]);
    await pause(100);
    bar = "position_open";
    await pause(1_500);
    on.now = instant(SESSION_AT + 10_000);
    on.session.onQuote();
    await watched;
    expect(on.looks.map(({ reason }) => reason)).toEqual(["order_working", "position_open"]);
  });

  it("commits its capital at once: what is left is less for the next, in the same look and after", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.list(OTHER);
    on.readLedger = () => Promise.resolve({ ...noLedger, capitalLeft: usdMicros(30_000_000) });
    const { news } = await on.watch([follows(ONE), follows(OTHER)]);
    const costs = news.map(({ news: { proposal } }) => {
      const intent = proposal?.intent;
      return intent === undefined ? 0 : reservation(intent, FEES);
    });
    expect(costs).toHaveLength(2);
    expect(costs[0]).toBeGreaterThan(15_000_000);
    expect(costs[1]).toBeLessThanOrEqual(30_000_000 - (costs[0] ?? 0));
    const input = JSON.parse(on.decisions[1]?.input ?? "{}") as { capitalLeft?: number };
    expect(input.capitalLeft).toBe(30_000_000 - (costs[0] ?? 0));
  });

  it.each([
    ["in no window", { phase: "open", isStruck: false }],
    ["in its closing", { phase: "closing" }],
  ] as const)("is made for no contract %s", async (_, changes) => {
    const on = new HandSession();
    on.list(ONE);
    const { news } = await on.watch([follows(ONE, changes)]);
    expect(news.filter(({ news: { proposal } }) => proposal !== null)).toEqual([]);
    expect(on.decisions).toEqual([]);
  });

  it("is barred by a kill, by a pause, by the database that is away and by the spot", async () => {
    for (const [change, expected] of [
      [{ killLevel: "no-entries" }, "killed:no-entries"],
      [{ entriesPausedBecause: "lunch" }, "lunch"],
    ] as const) {
      const on = new HandSession();
      on.list(ONE);
      expect((await on.watch([follows(ONE)], change)).news).toEqual([]);
      expect(on.decisions[0]?.reason).toBe(expected);
    }
    const away = new HandSession();
    away.list(ONE);
    away.pausedBecause = "database_away";
    await away.watch([follows(ONE)]);
    expect(away.decisions[0]?.reason).toBe("database_away");
    const stale = new HandSession();
    stale.list(ONE);
    stale.stale = "stalled";
    await stale.watch([follows(ONE)]);
    expect(stale.decisions[0]).toMatchObject({ code: "spot_stale", reason: "stalled" });
  });

  it("is not made of a market that the stream says is paused, before any catalogue says it", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.session.onLifecycle(ONE, "deactivated");
    expect((await on.watch([follows(ONE)])).news).toEqual([]);
    expect(on.decisions[0]).toMatchObject({ code: "market_not_active", reason: "inactive" });
    expect(on.upkeeps).toBeGreaterThan(0);
    on.session.onLifecycle(ONE, "activated");
    on.now = instant(SESSION_AT + 1_000);
    expect((await on.watch([follows(ONE)])).news).toHaveLength(1);
  });
});

describe("a close that the stream moves", () => {
  it("is the close at once: nothing is open after it, its workflow is told, and the catalogue is asked", async () => {
    const on = new HandSession();
    on.list(ONE);
    const closeAt = instant(SESSION_AT + 1_000);
    on.session.onLifecycle(ONE, "close_date_updated", closeAt);
    on.now = instant(closeAt);
    const { news } = await on.watch([follows(ONE)]);
    expect(news[0]?.news).toMatchObject({
      ...{ proposal: null },
      facts: [
        { kind: "close-moved", closeAt },
        { kind: "entered", phase: "closing" },
      ],
    });
    expect(on.cycles[0]?.quotes).toEqual([]);
    expect(on.decisions).toMatchObject([{ code: "outside_window" }]);
    expect(on.refreshes).toBe(1);
  });

  it("is asked for where the message does not say when, and by no other message", () => {
    const on = new HandSession();
    on.list(ONE);
    on.session.onLifecycle(ONE, "metadata_updated", instant(SESSION_AT));
    on.session.onLifecycle(ONE, "deactivated", instant(SESSION_AT));
    expect(on.refreshes).toBe(0);
    on.session.onLifecycle(ONE, "close_date_updated");
    expect(on.refreshes).toBe(1);
    expect(on.markets.get(ONE)?.contract.closeAt).toBe(SESSION_CLOSE);
  });
});

describe("a chunk that another takes the place of", () => {
  it("ends with nothing, and takes no decision away from its successor", async () => {
    const on = new HandSession();
    on.list(ONE);
    const paused = { entriesPausedBecause: "test" };
    const old = on.watch([follows(ONE)], paused);
    await pause(20);
    const newest = on.watch([follows(ONE)]);
    const [before, after] = await Promise.all([old, newest]);
    expect(before).toMatchObject({ news: [], admitted: [] });
    expect(after.news).toHaveLength(1);
  });

  it("that was canceled before it began decides nothing: its proposal would be lost", async () => {
    const on = new HandSession();
    on.list(ONE);
    const canceled = new AbortController();
    canceled.abort();
    await on.watch([follows(ONE)], {}, canceled.signal);
    expect(on.decisions).toEqual([]);
    expect((await on.watch([follows(ONE)])).news).toHaveLength(1);
  });
});

describe("the end of a source", () => {
  it("is that of the series once all that the venue will say was heard", async () => {
    const on = new HandSession();
    on.endsAt = SESSION_AT;
    expect((await on.watch()).isOver).toBe(false);
    on.isSettled = true;
    expect((await on.watch()).isOver).toBe(true);
  });
});

describe("what a session keeps", () => {
  it("does not grow: of a contract that is dropped it knows nothing more", async () => {
    const on = new HandSession();
    on.list(ONE);
    await on.watch([follows(ONE)]);
    on.markets.drop(ONE);
    on.now = instant(SESSION_AT + 10_000);
    await on.watch();
    // Listed again it would be a new one: neither cooling down nor known to have a workflow.
    on.list(ONE);
    on.now = instant(SESSION_AT + 20_000);
    expect((await on.watch()).admitted).toHaveLength(1);
  });
});
