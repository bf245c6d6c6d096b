import type { Estimate, GateFacts } from "../../core/domain/gate.ts";
import { countCenti, priceMicros } from "../../core/domain/units.ts";
import { dailyDrawdown } from "../../core/scoring/drawdown.ts";
import { fillModelCheck } from "../../core/scoring/fill-model.ts";
import { slippage } from "../../core/scoring/fill-quality.ts";
import { brierDifference } from "../../core/scoring/forecast-comparison.ts";
import type { Resampling } from "../../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../../core/scoring/inference/chance.ts";
import type { Estimate as Inferred } from "../../core/scoring/inference/estimate.ts";
import {
  type DatedResult,
  feeDrag,
  profitFactor,
  winRate,
  worstResult,
} from "../../core/scoring/results.ts";
import {
  dailyReturns,
  sharpeRatio,
  totalReturn,
  weeklyReturns,
} from "../../core/scoring/returns.ts";
import type { Evidence, GateOrder, GateScore } from "../../schema/queries/gate-facts.ts";
import type { Trade } from "./trades.ts";

/** The same ledger gives the same interval, whoever asks. */
const SEED = 20_261;
const resampling = (): Resampling => ({ chance: seededChance(SEED) });

/** What the statistics are taken of. */
interface Sample {
  /** Trades of the window with the trading date of their night. */
  readonly trades: readonly (Trade & { readonly date: string })[];
  /** First and last night; `null` when there was none. */
  readonly span: { readonly from: string; readonly to: string } | null;
  /** The stage's capital, micros. */
  readonly capital: number;
  readonly query: string;
}

type TradeFacts = Pick<
  GateFacts,
  | "completedTrades"
  | "totalReturn"
  | "weeklyReturns"
  | "begunWeekReturn"
  | "weeklyQuery"
  | "sharpe"
  | "profitFactor"
  | "drawdown"
  | "feeDrag"
  | "winRate"
  | "worstTrade"
>;

/** The statistics of trades and days that the gates ask for, all from `core/scoring`. */
export function tradeStatistics({ trades, span, capital, query }: Sample): TradeFacts {
  const completed = trades.filter(({ isCompleted }) => isCompleted).map(toResult);
  const daily =
    span === null ? [] : dailyReturns(trades.map(toResult), { ...span, capitalOn: () => capital });
  const weeks = weeklyReturns(daily);
  const worst = worstResult(completed, capital);
  return {
    completedTrades: { value: completed.length, interval: null, sample: completed.length, query },
    totalReturn: estimate(totalReturn(daily, resampling()), query),
    weeklyReturns: weeks.filter(({ days }) => days === 7).map(({ share }) => share),
    begunWeekReturn: weeks.find(({ days }) => days < 7)?.share ?? null,
    weeklyQuery: query,
    sharpe: estimate(sharpeRatio(daily, resampling()), query),
    profitFactor: estimate(profitFactor(completed, resampling()), query),
    drawdown: {
      value: dailyDrawdown(daily, capital).share,
      interval: null,
      sample: daily.length,
      query,
    },
    feeDrag: estimate(feeDrag(completed, resampling()), query),
    winRate: estimate(winRate(completed, resampling()), query),
    worstTrade: { value: worst.share, interval: null, sample: worst.n, query },
  };
}

function toResult({ gameId, gross, fees, date }: Sample["trades"][number]): DatedResult {
  return { cluster: gameId, gross, fees, date };
}

function estimate({ value, n, interval, lack }: Inferred, query: string): Estimate {
  const ends =
    interval === null ? null : ([interval.low ?? -Infinity, interval.high ?? Infinity] as const);
  const hasFewClusters = lack === "too_few_clusters";
  return { value, interval: ends, sample: n, hasFewClusters, query };
}

/** Our Brier score less the market's, paired; the sample is games, since instants of one hang together. */
export function calibrationOf({ rows, query }: Evidence<GateScore>): Estimate {
  const forecasts = rows.map(({ gameId, model, market, homeWon }) => ({
    cluster: gameId,
    model,
    baseline: market,
    outcome: homeWon ? (1 as const) : (0 as const),
  }));
  const difference = brierDifference(forecasts, resampling());
  return { ...estimate(difference, query), sample: difference.clusters };
}

/** How orders were filled, against what their plans expected. */
export function executionFacts({
  rows,
  query,
}: Evidence<GateOrder>): Pick<GateFacts, "fillRateGap" | "slippageCents"> {
  const { difference } = fillModelCheck(
    rows.map(({ gameId, expectedFillProbability, fills }) => ({
      cluster: gameId,
      probability: expectedFillProbability,
      isFilled: fills.length > 0,
    })),
    resampling(),
  );
  const worse = slippage(
    rows.map(({ gameId, count, expectedPrice, fills, ...same }) => ({
      ...same,
      cluster: gameId,
      count: countCenti(count),
      expectedPrice: priceMicros(expectedPrice),
      fills: fills.map((fill) => ({
        price: priceMicros(fill.price),
        count: countCenti(fill.count),
      })),
    })),
    resampling(),
  );
  return {
    fillRateGap: estimate(difference, query),
    slippageCents: { ...inCents(estimate(worse, query)), sample: rows.length },
  };
}

/** Micros per contract as cents. */
function inCents({ value, interval, ...same }: Estimate): Estimate {
  return {
    ...same,
    value: value === null ? null : value / 10_000,
    interval: interval && [interval[0] / 10_000, interval[1] / 10_000],
  };
}
