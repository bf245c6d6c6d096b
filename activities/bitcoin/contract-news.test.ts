import { describe, expect, it } from "vitest";
import { STARTED_COST } from "../../core/domain/contract-cost.ts";
import { type FollowedContract, followedAfter } from "../../core/domain/followed-contract.ts";
import { instant, usdMicros } from "../../core/domain/units.ts";
import {
  btcMarket,
  EVENT,
  FEES,
  follows,
  HandSession,
  noLedger,
  SESSION_AT,
  SESSION_CLOSE,
} from "../../test/support/btc-session.ts";

const ONE = `${EVENT}-T79900`;

describe("news of a contract", () => {
  it("tell of the entry window and of its end by the clock", async () => {
    const on = new HandSession();
    on.list(ONE);
    const opened = await on.watch([follows(ONE, { phase: "open" })], { killLevel: "no-entries" });
    expect(opened.news).toMatchObject([
      { marketTicker: ONE, news: { facts: [{ kind: "entered", phase: "entry-window" }] } },
    ]);
    on.now = instant(SESSION_CLOSE - 90_000);
    const closing = await on.watch([follows(ONE)]);
    expect(closing.news[0]?.news.facts).toEqual([{ kind: "entered", phase: "closing" }]);
  });

  it("tell of a strike that came late, and only then of the window that it holds up", async () => {
    const on = new HandSession("KXBTC15M");
    const ticker = "KXBTC15M-26NOV202000-00";
    const strikes = { strikeType: "greater_or_equal", floorStrike: null, capStrike: null } as const;
    const market = { strikes, eventTicker: "KXBTC15M-26NOV202000" };
    on.list(ticker, market);
    const followed = [follows(ticker, { phase: "open", isStruck: false })];
    expect((await on.watch(followed)).news).toEqual([]);
    const floorStrike = usdMicros(79_900_000_000);
    on.markets.take(
      [btcMarket(ticker, { ...market, strikes: { ...strikes, floorStrike } })],
      () => FEES,
      performance.now(),
    );
    const bounds = { kind: "at-or-above", strike: floorStrike };
    expect((await on.watch(followed)).news[0]?.news.facts).toEqual([
      { kind: "bounds-read", bounds },
      { kind: "entered", phase: "entry-window" },
    ]);
  });

  it("tell of a close that moved, and follow the clock of the new one", async () => {
    const on = new HandSession();
    const closeAt = instant(SESSION_AT + 60_000);
    on.list(ONE, { closeAt });
    expect((await on.watch([follows(ONE)])).news[0]?.news.facts).toEqual([
      { kind: "close-moved", closeAt },
      { kind: "entered", phase: "closing" },
    ]);
  });

  it("tell once that what was held was sold: alone where its actions allow it, else with its close", async () => {
    const on = new HandSession();
    on.list(ONE);
    const look = async (contract: FollowedContract) =>
      (await on.watch([contract], { killLevel: "flatten" })).news.flatMap(({ news }) => news.facts);
    const affords = follows(ONE, { cost: STARTED_COST });
    expect(await look(affords)).toEqual([]);
    on.readLedger = () => Promise.resolve({ ...noLedger, exited: new Set([ONE]) });
    expect(await look(affords)).toEqual([{ kind: "flat" }]);
    const told = followedAfter(affords, [{ kind: "flat" }], false);
    expect(await look({ ...told, cost: STARTED_COST })).toEqual([]);
    expect(await look(follows(ONE))).toEqual([]);
    on.now = instant(SESSION_CLOSE - 90_000);
    expect(await look(follows(ONE))).toEqual([
      { kind: "entered", phase: "closing" },
      { kind: "flat" },
    ]);
  });

  it("tell of the end and of the score with it", async () => {
    const on = new HandSession();
    on.list(ONE);
    const end = { kind: "settled", result: "no", scalarValue: null, average: null } as const;
    on.now = SESSION_CLOSE;
    on.markets.change(ONE, { end });
    expect((await on.watch([follows(ONE, { phase: "closing" })])).news[0]?.news.facts).toEqual([
      end,
      { kind: "scored" },
    ]);
  });

  it("tell of a determination alone where the contract's actions allow it, else with its end", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.now = instant(SESSION_CLOSE + 2_000);
    on.session.onLifecycle(ONE, "determined");
    const closing = (actions: number) => [
      follows(ONE, { phase: "closing", cost: { actions, proposals: 0 } }),
    ];
    expect((await on.watch(closing(6))).news[0]?.news.facts).toEqual([{ kind: "determined" }]);
    // One more would be its thirteenth.
    expect((await on.watch(closing(10))).news).toEqual([]);
    expect((await on.watch([follows(ONE, { phase: "closing" })])).news).toEqual([]);
    const end = { kind: "settled", result: "no", scalarValue: null, average: null } as const;
    on.markets.change(ONE, { end });
    const kinds = async (followed: ReturnType<typeof closing>): Promise<unknown> => {
      const { news } = await on.watch(followed);
      return news[0]?.news.facts.map(({ kind }) => kind);
    };
    expect(await kinds(closing(10))).toEqual(["determined", "settled", "scored"]);
    const told = [follows(ONE, { phase: "determined" })];
    expect(await kinds(told)).toEqual(["settled", "scored"]);
  });

  it("tell that a contract is void, and of no score", async () => {
    const on = new HandSession();
    on.list(ONE);
    on.now = SESSION_CLOSE;
    on.markets.change(ONE, { end: { kind: "voided" } });
    expect((await on.watch([follows(ONE, { phase: "closing" })])).news[0]?.news.facts).toEqual([
      { kind: "voided" },
    ]);
  });

  it.each([
    [
      "the exchange",
      (on: HandSession, is: boolean): void => {
        on.isVenuePaused = is;
      },
    ],
    [
      "one market",
      (on: HandSession, is: boolean): void => {
        on.session.onLifecycle(ONE, is ? "deactivated" : "activated");
      },
    ],
  ] as const)("tell of a pause of %s and of its end, once each", async (_, pauseIt) => {
    const on = new HandSession();
    on.list(ONE);
    const cost = { actions: 2, proposals: 0 };
    const factsOf = async (isVenuePaused: boolean): Promise<unknown> => {
      const followed = [follows(ONE, { cost, isVenuePaused })];
      const { news } = await on.watch(followed, { entriesPausedBecause: "test" });
      return news[0]?.news.facts ?? [];
    };
    expect(await factsOf(false)).toEqual([]);
    pauseIt(on, true);
    expect(await factsOf(false)).toEqual([{ kind: "venue-paused" }]);
    expect(await factsOf(true)).toEqual([]);
    pauseIt(on, false);
    expect(await factsOf(true)).toEqual([{ kind: "venue-resumed" }]);
  });

  it("lift a pause that could not be lifted alone with the proposal that follows it", async () => {
    const on = new HandSession();
    on.list(ONE);
    const end = await on.watch([
      follows(ONE, { cost: { actions: 8, proposals: 0 }, isVenuePaused: true }),
    ]);
    expect(end.news).toMatchObject([
      { news: { facts: [{ kind: "venue-resumed" }], proposal: { intent: {} } } },
    ]);
  });

  it("are lost with no answer: they are worked out anew from what the workflow was told", async () => {
    const on = new HandSession();
    on.list(ONE);
    const followed = [follows(ONE, { phase: "open" })];
    const canceled = new AbortController();
    canceled.abort();
    expect((await on.watch(followed, {}, canceled.signal)).news).toEqual([]);
    for (let chunk = 0; chunk < 2; chunk += 1) {
      expect((await on.watch(followed)).news).toHaveLength(1);
    }
  });

  it("say nothing of a followed contract whose market is not known", async () => {
    const on = new HandSession();
    expect((await on.watch([follows("KXBTCD-26NOV2019-T1")])).news).toEqual([]);
  });
});
