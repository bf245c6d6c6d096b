import { countCenti, priceMicros } from "../../../domain/units.ts";
import { candidateOutcome } from "../../hindsight.ts";
import { seededChance } from "../../inference/chance.ts";
import type { JudgedForecast, JudgedTrade, ValidationSample } from "../sample.ts";

/** What a hand-made world is like. */
interface HandWorld {
  readonly games: number;
  /** Games a night. */
  readonly aNight?: number;
  /** Mean net of a position, micro-dollars, and from which game on another one holds. */
  readonly edge: number;
  readonly later?: { readonly from: number; readonly edge: number };
  /** How far our forecast is off the truth, and how far the market's price is. */
  readonly error?: { readonly ours: number; readonly market: number };
  readonly seed?: number;
}

const DAY_MS = 86_400_000;

/** A sample by hand: one position, one forecast, one order and one fill a game. */
export function handSample(world: HandWorld): ValidationSample {
  const { games, aNight = 4, edge, later, error = { ours: 0.02, market: 0.1 }, seed = 1 } = world;
  const chance = seededChance(seed);
  const dateOf = (game: number): string =>
    new Date(Date.parse("2026-01-01T00:00:00Z") + Math.floor(game / aNight) * DAY_MS)
      .toISOString()
      .slice(0, 10);
  const indices = Array.from({ length: games }, (_, game) => game);
  const trades = indices.map((game): JudgedTrade => {
    const mean = later !== undefined && game >= later.from ? later.edge : edge;
    return {
      cluster: `game ${game}`,
      date: dateOf(game),
      gross: Math.round(mean + 2_000_000 * chance.normal()) + 20_000,
      fees: 20_000,
      strategy: game % 2 === 0 ? "model-edge" : "mean-reversion",
      marketTicker: `KXNBAGAME-${game}-NYK`,
      count: 1_000,
      expectedEdge: 30_000,
      leftBy: ["settlement"],
      regimes: { volatility: "low", liquidity: null, spread: null, weekday: null, favourite: null },
    };
  });
  const forecasts = indices.map((game): JudgedForecast => {
    const truth = 0.15 + 0.7 * chance.uniform();
    const near = (off: number): number =>
      Math.min(0.99, Math.max(0.01, truth + off * chance.normal()));
    return {
      cluster: `game ${game}`,
      date: dateOf(game),
      series: "KXNBAGAME",
      horizon: "tip",
      model: near(error.ours),
      baseline: near(error.market),
      outcome: chance.uniform() < truth ? 1 : 0,
    };
  });
  return {
    mode: "paper",
    span: games === 0 ? null : { from: dateOf(0), to: dateOf(games - 1) },
    capital: 1_000_000_000,
    nights: Math.ceil(games / aNight),
    trades,
    open: 0,
    forecasts,
    missed: trades.map(missedBeside),
    ...executed(trades),
  };
}

/** An entry at 50 cents that was refused beside each position: every other one would have won. */
function missedBeside({ cluster, strategy, marketTicker }: JudgedTrade, i: number) {
  return candidateOutcome({
    ...{ gameId: cluster, strategy, marketTicker, kind: "refused", code: "max_spread" },
    ...{ price: priceMicros(500_000), fairValue: 550_000, bestBidAfter: null },
    feeSchedule: { kind: "quadratic", multiplierMilli: 1_000 },
    settlementValue: i % 4 < 2 ? 1_000_000 : 0,
  });
}

/** What there is of each position besides: its part, order, fill and entry. */
function executed(
  trades: readonly JudgedTrade[],
): Pick<ValidationSample, "parts" | "orders" | "fills" | "entries"> {
  const [count, price] = [countCenti(1_000), priceMicros(500_000)];
  return {
    parts: trades.map(({ cluster, date, gross, fees, strategy }) => ({
      ...{ cluster, date, gross, fees, strategy },
      leftBy: "settlement",
      entryPhase: "live",
      team: "NYK",
      hour: "20",
    })),
    orders: trades.map(({ cluster, strategy }, i) => ({
      ...{ cluster, strategy, id: `${i}`, parentId: null, side: "bid", count },
      ...{ expectedFillProbability: 0.9, probability: 0.9, expectedPrice: price },
      isFilled: true,
      fills: [{ price: priceMicros(500_000 + 1_000 * (i % 3)), count }],
    })),
    fills: trades.map(({ cluster, strategy }, i) => ({
      ...{ cluster, strategy, phase: "live", side: "bid", price, count },
      midAt: 500_000,
      midsAfter: [500_000 - 1_000 * (i % 4), 499_000 + 500 * (i % 5), null],
      lacksAfter: [null, null, "not_seen"],
      closingPrice: i % 2 === 0 ? 980_000 : 20_000,
      tipPrice: null,
    })),
    entries: trades.map(({ cluster, strategy }, i) => ({
      ...{ cluster, strategy, isFalsePositive: i % 4 === 0 },
    })),
  };
}
