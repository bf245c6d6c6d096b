import fc from "fast-check";
import { STRATEGIES, type StrategyName, USUAL_STRATEGIES } from "../../core/domain/order.ts";
import { type RiskLimits, type RiskSnapshot, strategyCapital } from "../../core/domain/risk.ts";
import { countCenti, usdMicros } from "../../core/domain/units.ts";
import {
  type AtRisk,
  bitcoinHour,
  gameGroup,
  isOfSlate,
  slateGroup,
  capitalAtRisk,
  lostForGood,
  marketLoss,
  positionLoss,
} from "../../core/risk/exposure.ts";
import { limits } from "../../core/risk/testing/fixtures.ts";

/** A game of the sequences: two markets, of which one pays. */
export interface PlayedGame {
  readonly occasionId: string;
  readonly slate: string;
  readonly tickers: readonly [string, string];
}

/** Two games of one night, one of the next, and a pair of Bitcoin markets of one hour. */
export const GAMES: readonly PlayedGame[] = [
  game("A", "2026-11-20", ["A-HOME", "A-AWAY"]),
  game("B", "2026-11-20", ["B-HOME", "B-AWAY"]),
  game("C", "2026-11-21", ["C-HOME", "C-AWAY"]),
  game("H", "2026-11-21", ["KXBTCD-26NOV2021-T1", "H-OTHER"]),
  game("I", "2026-11-21", ["KXBTC15M-26NOV202015-15", "I-OTHER"]),
];

function game(name: string, slate: string, tickers: readonly [string, string]): PlayedGame {
  return { occasionId: `game/paper/${name}`, slate, tickers };
}

/** What is wrong with the inputs of an entry; most have nothing. */
const FLAWS = [
  "old-quote",
  "decision-lost",
  "old-injuries",
  "no-model",
  "old-model",
  "clocks",
  "no-edge",
  "doubt",
  "drift",
  "thin",
  "last-trade",
  "other-team",
  "far-forecast",
  "closed",
  "silent",
  "poor-shard",
  "unmarked",
  "wide",
  "doubled",
  "hasty",
  "pause",
] as const;
/** One of them. */
export type Flaw = (typeof FLAWS)[number];

/** One thing that happens. Indexes are taken modulo what is there. */
export type Command =
  | { readonly kind: "quote"; readonly game: number; readonly side: 0 | 1; readonly cents: number }
  | { readonly kind: "wait"; readonly ms: number }
  | {
      readonly kind: "enter";
      readonly game: number;
      readonly side: 0 | 1;
      readonly strategy: StrategyName;
      readonly contracts: number;
      readonly flaw: Flaw | null;
    }
  | { readonly kind: "exit"; readonly which: number; readonly share: number }
  | { readonly kind: "lock"; readonly which: number; readonly share: number }
  | { readonly kind: "fill"; readonly which: number; readonly share: number }
  | { readonly kind: "cancel"; readonly which: number }
  | { readonly kind: "lose"; readonly which: number }
  | { readonly kind: "settle"; readonly game: number; readonly winner: 0 | 1 }
  | { readonly kind: "kill"; readonly level: "no-entries" | "reduce-only" | null };

const side = fc.constantFrom(0 as const, 1 as const);
const which = fc.nat(30);
const share = fc.constantFrom(0.3, 1, 1);
/** The first two games most of the time: what is correlated must meet. */
const oneGame = fc.oneof(
  { weight: 3, arbitrary: fc.nat(1) },
  { weight: 2, arbitrary: fc.nat(GAMES.length - 1) },
);
const place = { game: oneGame, side };
const enter = fc.record({
  kind: fc.constant("enter" as const),
  ...place,
  // Those that have capital by default.
  strategy: fc.constantFrom(...USUAL_STRATEGIES, "btc-edge" as const),
  contracts: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 8, max: 40 })),
  flaw: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...FLAWS) },
  ),
});
const fill = fc.record({ kind: fc.constant("fill" as const), which, share });

/** A sequence of commands: mostly entries and their fills, now and then all that may come between. */
export const commands = (maxLength: number): fc.Arbitrary<readonly Command[]> =>
  fc.array(
    fc.oneof(
      { weight: 9, arbitrary: enter },
      { weight: 6, arbitrary: fill },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant("quote" as const),
          ...place,
          cents: fc.integer({ min: 6, max: 92 }),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("wait" as const),
          ms: fc.constantFrom(400, 90_000, 90_000, 4_000_000, 30_000_000),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("exit" as const), which, share }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("lock" as const), which, share }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), which }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), which }) },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("settle" as const),
          game: place.game,
          winner: side,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("kill" as const),
          level: fc.constantFrom(null, "no-entries" as const, "reduce-only" as const),
        }),
      },
    ),
    { minLength: 1, maxLength, size: "max" },
  );

/** Limits so tight that a sequence of a few commands reaches each. USD where `usd` says so. */
export const TIGHT: RiskLimits = {
  ...limits,
  maxTotalCapital: usd(40),
  bankrollSlice: 0.25,
  exposureCap: usd(38),
  maxPositionSize: usd(17),
  maxLossPerMarket: usd(22),
  maxLossPerGame: usd(25),
  maxLossPerSlate: usd(32),
  maxLossPerBitcoinHour: usd(20),
  maxStrategyCapital: {
    "pregame-anchored": usd(24),
    "model-edge": usd(24),
    "mean-reversion": usd(24),
    "btc-edge": usd(24),
  },
  maxNotionalPerCycle: usd(28),
  maxOpenPositions: 2,
  maxDailyLoss: usd(9),
  maxWeeklyLoss: usd(10),
  maxSingleTradeLoss: usd(8),
  consecutiveLossesHalt: 1,
  drawdownHaltPct: 8,
  maxTradesPerDay: 2,
  maxTradesPerHour: 2,
  minBetweenTradesMs: 300,
  maxEntriesPerGame: 1,
  minLiquidity: countCenti(1_000),
};

function usd(dollars: number): ReturnType<typeof usdMicros> {
  return usdMicros(dollars * 1_000_000);
}

/** A fee is rounded up with each fill, to 0.0001 USD, before the share of the rest is released. */
const ROUNDING = 200;

/** The caps that what is held and ordered has passed: none, whatever happened. */
export function brokenCaps(
  snapshot: Pick<RiskSnapshot, "holdings" | "openOrders" | "foreign" | "account">,
  under: RiskLimits,
): readonly string[] {
  const items = [...snapshot.holdings.filter(({ count }) => count !== 0), ...snapshot.openOrders];
  const slack = ROUNDING * items.length;
  const broken: string[] = [];
  const expectWithin = (name: string, value: number, limit: number): void => {
    if (!(value <= limit + slack)) broken.push(`${name}: ${value} above ${limit}`);
  };
  const atRisk = capitalAtRisk(snapshot, () => true);
  expectWithin("exposure_cap", atRisk, under.exposureCap);
  expectWithin("total_capital", atRisk + lostForGood(snapshot), under.maxTotalCapital);
  for (const item of items) {
    const { strategy, marketTicker } = item;
    expectWithin("market_loss", marketLoss(snapshot, marketTicker), under.maxLossPerMarket);
    expectWithin(
      "position_size",
      positionLoss(snapshot, marketTicker, strategy),
      under.maxPositionSize,
    );
    const of = (name: string, limit: number, include: (one: AtRisk) => boolean) => {
      expectWithin(name, capitalAtRisk(snapshot, include), limit);
    };
    const { game, night } = { game: gameGroup(item), night: slateGroup(item) };
    if (game !== null) of("game_loss", under.maxLossPerGame, (one) => gameGroup(one) === game);
    if (night !== null) of("slate_loss", under.maxLossPerSlate, (one) => isOfSlate(one, night));
    const own = STRATEGIES.find((name) => name === strategy);
    if (own) of("strategy_capital", strategyCapital(under, own), (one) => one.strategy === own);
    const hour = bitcoinHour(marketTicker);
    if (hour === null) continue;
    of("bitcoin_hour_loss", under.maxLossPerBitcoinHour, (one) => {
      return bitcoinHour(one.marketTicker) === hour;
    });
  }
  const open = items.filter((one) => !("purpose" in one) || one.purpose === "entry");
  const games = new Set(open.map(({ occasionId, strategy }) => `${occasionId} ${strategy}`));
  if (games.size > under.maxOpenPositions) broken.push("open_positions");
  return broken;
}
