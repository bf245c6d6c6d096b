import fc from "fast-check";
import { expect, it } from "vitest";
import { required } from "../domain/assert.ts";
import type { Holding, RiskSnapshot, RiskSubject, RuleVerdict } from "../domain/risk.ts";
import { countCenti, instant, type PriceMicros, priceMicros, usdMicros } from "../domain/units.ts";
import { checkRisk } from "./check.ts";
import { bitcoinHour, reservation } from "./exposure.ts";
import { type PlayedGame, TIGHT } from "../../test/support/risk-commands.ts";
import { PureDesk } from "../../test/support/risk-desk.ts";
import { buy, clear, entry, FEES, quoted, sale } from "./testing/fixtures.ts";

const SEED = 20_261_122;
const RUNS = 1_000;
const CENT = 10_000;
const STEP_MS = 400;
/** A fee is rounded up with each fill, to 0.0001 USD, before the share of the rest is released. */
const SLACK = 2_000;

/** Contracts of which YES pays when the first of their two names wins; three of one hour, one of the next. */
const CONTRACTS: readonly PlayedGame[] = [
  contract("KXBTCD-26NOV2021-T1"),
  contract("KXBTCD-26NOV2021-T2"),
  contract("KXBTC15M-26NOV202015-15"),
  contract("KXBTCD-26NOV2022-T1"),
];

function contract(ticker: string): PlayedGame {
  const occasionId = `btc-contract/paper/${ticker}`;
  return { occasionId, slate: "2026-11-20", tickers: [ticker, "nothing"] };
}

const at = { contract: fc.nat(CONTRACTS.length - 1) };
const which = fc.nat(30);
const share = fc.constantFrom(0.3, 1);
const kinds = {
  enter: fc.record({ ...at, isNo: fc.boolean(), contracts: fc.constantFrom(1, 3, 12, 22, 30, 34) }),
  exit: fc.record({ which, share }),
  fill: fc.record({ which, share }),
  quote: fc.record({ ...at, cents: fc.constantFrom(6, 30, 48, 70, 92) }),
  settle: fc.record({ ...at, winner: fc.constantFrom(0 as const, 1 as const) }),
  wait: fc.record({ ms: fc.constantFrom(90_000, 4_000_000, 30_000_000) }),
  kill: fc.record({ level: fc.constantFrom(null, "no-entries" as const, "reduce-only" as const) }),
};
type Kind = keyof typeof kinds;
type Command = {
  readonly [Of in Kind]: (typeof kinds)[Of] extends fc.Arbitrary<infer Value>
    ? Value & { readonly kind: Of }
    : never;
}[Kind];

const one = (kind: Kind, weight: number) => ({
  weight,
  arbitrary: (kinds[kind] as fc.Arbitrary<object>).map(
    (told) => ({ kind, ...told }) as Command, // Boundary: what its own kind makes.
  ),
});
const commands = fc.array(
  fc.oneof(
    ...[one("enter", 9), one("fill", 7), one("exit", 4), one("quote", 4), one("settle", 3)],
    ...[one("wait", 3), one("kill", 1)],
  ),
  { minLength: 1, maxLength: 14, size: "max" },
);

it(`holds every cap of contracts over ${RUNS} sequences of YES and NO, and refuses no exit of either`, () => {
  const reached = new Set<string>();
  const counts = { yes: 0, no: 0, sales: 0, covers: 0, triggered: 0 };
  fc.assert(
    fc.property(commands, (sequence) => {
      const desk = new PureDesk();
      for (const { tickers } of CONTRACTS) desk.quotes.set(tickers[0], 48 * CENT);
      for (const command of sequence) {
        desk.at = instant(desk.at + STEP_MS);
        play(desk, command, { reached, counts });
        expectWithinCaps(desk);
      }
      if (desk.thrown !== null) counts.triggered += 1;
    }),
    { seed: SEED, numRuns: RUNS },
  );
  const bound = ["position_size", "bitcoin_hour_loss", "strategy_capital", "open_positions"];
  const others = ["entry_buys", "entries_per_game", "no_reentry", "daily_loss", "drawdown"];
  expect([...bound, ...others].filter((rule) => !reached.has(rule))).toEqual([]);
  // And much was allowed of either, or this proves nothing.
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(RUNS / 4);
  expect(Math.min(counts.sales, counts.covers)).toBeGreaterThan(RUNS / 10);
  expect(counts.triggered).toBeGreaterThan(RUNS / 100);
}, 120_000);

interface Seen {
  readonly reached: Set<string>;
  readonly counts: { yes: number; no: number; sales: number; covers: number };
}

function play(desk: PureDesk, command: Command, { reached, counts }: Seen): void {
  switch (command.kind) {
    case "quote":
      desk.quotes.set(tickerOf(command.contract), command.cents * CENT);
      return;
    case "wait":
      desk.at = instant(desk.at + command.ms);
      return;
    case "kill":
      desk.kill = command.level;
      return;
    case "fill":
      desk.fill(command.which, command.share);
      return;
    case "settle":
      desk.settle(required(CONTRACTS[command.contract], "a contract"), command.winner);
      return;
    case "enter": {
      const rules = enter(desk, command);
      for (const rule of rules) reached.add(rule);
      if (rules.length > 0) return;
      counts[command.isNo ? "no" : "yes"] += 1;
      expect(desk.thrown).toBeNull();
      expect(desk.account().realizedToday + unrealized(desk)).toBeGreaterThan(
        0 - TIGHT.maxDailyLoss,
      );
      return;
    }
    case "exit": {
      const side = exit(desk, command.which, command.share);
      if (side !== null) counts[side === "ask" ? "sales" : "covers"] += 1;
    }
  }
}

function tickerOf(index: number): string {
  return required(CONTRACTS[index], "a contract").tickers[0];
}

const refused = (rules: readonly RuleVerdict[]): readonly string[] =>
  rules.filter(({ isHeld }) => !isHeld).map(({ rule }) => rule);

const BTC = { domain: "btc", strategy: "btc-edge" } as const;

/** Takes the ask for YES, or the bid for NO. @returns the rules that refuse it. */
function enter(
  desk: PureDesk,
  { contract: index, isNo, contracts }: Extract<Command, { kind: "enter" }>,
): readonly string[] {
  const { occasionId, slate } = required(CONTRACTS[index], "a contract");
  const marketTicker = tickerOf(index);
  const [bid, ask] = quotesOf(desk, marketTicker);
  const [side, price] = isNo ? (["ask", bid] as const) : (["bid", ask] as const);
  const count = countCenti(contracts * 100);
  const subject: RiskSubject = {
    ...{ ...entry, ...BTC, occasionId, slate, marketTicker, side, price, count },
    ...{ limitPrice: price, fairValue: price },
    reservation: reservation({ ...buy(price, count), side }, FEES),
  };
  const now = { decidedAt: desk.at, forecastKnownAt: desk.at, modelKnownAt: desk.at };
  const inputs: Partial<RiskSnapshot> = {
    quote: { ...quoted(bid, ask), receivedAt: desk.at },
    ...{ otherMid: null, lastTrade: null, venueSilentMs: 0, injuriesAt: null },
    basis: { ...required(clear.basis, "a basis"), ...now, mid: (bid + ask) / 2 },
  };
  return refused(desk.judge(desk.snapshot(subject, inputs)));
}

function quotesOf(desk: PureDesk, ticker: string): readonly [PriceMicros, PriceMicros] {
  const bid = desk.bid(ticker);
  return [bid, priceMicros(bid + CENT)];
}

/**
 * Leaves something that is held and not spoken for: whatever stands, it must go through, and a hundredth
 * more, or the other way, must not. @returns the side; null where nothing is held.
 */
function exit(desk: PureDesk, index: number, part: number): RiskSubject["side"] | null {
  const holdings = desk.holdings().filter(({ count }) => count !== 0);
  const held = holdings[index % Math.max(1, holdings.length)];
  if (held === undefined) return null;
  const { occasionId, slate, marketTicker } = held;
  const under = desk.orders.filter(
    (order) => order.marketTicker === marketTicker && order.purpose === "exit",
  );
  const spoken = under.reduce((sum, { remaining }) => sum + remaining, 0);
  const left = Math.abs(held.count) - spoken;
  if (left <= 0) return null;
  const [bid, ask] = quotesOf(desk, marketTicker);
  const side = held.count > 0 ? "ask" : "bid";
  const price = side === "ask" ? bid : ask;
  const of = (change: Partial<RiskSubject>): RiskSnapshot => {
    const subject: RiskSubject = {
      ...{ ...sale, ...BTC, occasionId, slate, marketTicker, side, price, limitPrice: price },
      ...change,
    };
    return desk.snapshot(subject, { quote: null, basis: null, isTrading: null });
  };
  const judged = (change: Partial<RiskSubject>) => refused(checkRisk(of(change), TIGHT));
  expect(judged({ count: countCenti(left + 1) })).toContain("exit_reduces");
  const wrong = side === "ask" ? "bid" : "ask";
  expect(judged({ count: countCenti(left), side: wrong })).toContain("exit_reduces");
  const count = countCenti(Math.max(1, Math.floor(left * part)));
  expect(refused(desk.judge(of({ count })))).toEqual([]);
  return side;
}

/** Counted by hand: what was paid for what is held is lost by one outcome, and what entries reserve with it. */
function expectWithinCaps(desk: PureDesk): void {
  const stakes = [
    ...desk.holdings().map((held) => ({ ...held, stake: worstOf(held) })),
    ...desk.orders.map((order) => ({ ...order, stake: order.reserved })),
  ];
  const sum = (include: (ticker: string) => boolean): number =>
    stakes.reduce((total, { marketTicker, stake }) => {
      return include(marketTicker) ? total + stake : total;
    }, 0);
  const broken = CONTRACTS.flatMap(({ tickers: [own] }) => {
    const hour = bitcoinHour(own);
    const inMarket = sum((one) => one === own);
    const inHour = sum((one) => bitcoinHour(one) === hour);
    return [
      ...(inMarket > TIGHT.maxPositionSize + SLACK ? [`${own}: ${inMarket}`] : []),
      ...(inHour > TIGHT.maxLossPerBitcoinHour + SLACK ? [`hour of ${own}: ${inHour}`] : []),
    ];
  });
  expect(broken).toEqual([]);
  const open = stakes.filter((one) =>
    "purpose" in one ? one.purpose === "entry" : one.count !== 0,
  );
  const contracts = new Set(open.map(({ marketTicker }) => marketTicker));
  expect(contracts.size).toBeLessThanOrEqual(TIGHT.maxOpenPositions);
  const all = sum(() => true);
  expect(all).toBeLessThanOrEqual(TIGHT.maxStrategyCapital["btc-edge"] + SLACK);
}

function worstOf({ count, cost, fees }: Holding): number {
  if (count === 0) return 0;
  const paid = cost + fees;
  const ifYes = Math.max(0, count) * 10_000 - paid;
  const ifNo = Math.max(0, 0 - count) * 10_000 - paid;
  return usdMicros(0 - Math.min(ifYes, ifNo));
}

/** What is held beyond its cost, micros: YES at the bid, NO at what the ask leaves of the dollar. */
function unrealized(desk: PureDesk): number {
  return desk.holdings().reduce((sum, { marketTicker, count, cost }) => {
    const [bid, ask] = quotesOf(desk, marketTicker);
    const worth = count > 0 ? (bid * count) / 100 : ((1_000_000 - ask) * (0 - count)) / 100;
    return sum + Math.floor(worth) - cost;
  }, 0);
}
