import { dailyDrawdown, type Drawdown } from "../drawdown.ts";
import { type EdgeBucket, edgeBuckets } from "../edge-buckets.ts";
import { groupBy } from "../group.ts";
import type { Resampling } from "../inference/bootstrap.ts";
import { bareEstimate, type Estimate, type Figure } from "../inference/estimate.ts";
import { feeDrag, meanNet, netOf, profitFactor, winRate, worstResult } from "../results.ts";
import {
  type DailyReturn,
  dailyReturns,
  sharpeRatio,
  sortinoRatio,
  totalReturn,
} from "../returns.ts";
import type { JudgedPart, JudgedTrade, ValidationSample } from "./sample.ts";

/** Bounds of the edge buckets, micros per contract: 0, 2, 4, 6 and 10 cents. */
const EDGE_BOUNDS = [0, 20_000, 40_000, 60_000, 100_000] as const;

/** What profit can be attributed to. */
const ATTRIBUTES = ["strategy", "exit", "phase", "team", "hour"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** Profit of the parts of positions with one attribute, micro-dollars. */
interface Attributed {
  readonly by: Attribute;
  readonly name: string;
  readonly parts: number;
  readonly gross: number;
  readonly fees: number;
  readonly net: number;
  /** Mean a part after fees, with an interval over games. */
  readonly mean: Estimate;
}

/** What positions brought. */
export interface MoneyFigures {
  readonly figures: readonly Figure[];
  /** By strategy, the figures of its positions alone. */
  readonly byStrategy: Readonly<Record<string, readonly Figure[]>>;
  readonly daily: readonly DailyReturn[];
  /** From the high-water mark by days, with its duration. */
  readonly drawdown: Drawdown;
  readonly buckets: readonly EdgeBucket[];
  readonly attribution: readonly Attributed[];
}

/** Figures of what positions brought; clusters are games, days are calendar days. */
export function moneyFigures(sample: ValidationSample, resampling: () => Resampling): MoneyFigures {
  const { trades, span, capital } = sample;
  const daily = span === null ? [] : dailyReturns(trades, { ...span, capitalOn: () => capital });
  const drawdown = dailyDrawdown(daily, capital);
  const claimed = trades.flatMap(edgeOf);
  return {
    figures: [
      ...tradeFigures(trades, capital, resampling),
      {
        name: "total return",
        definition: "Sum of the daily net returns on the capital, over every calendar day.",
        unit: "share",
        estimate: totalReturn(daily, resampling()),
      },
      {
        name: "Sharpe ratio",
        definition: `Daily net returns, ${CONVENTION}; stationary block bootstrap.`,
        unit: "ratio",
        estimate: sharpeRatio(daily, resampling()),
      },
      {
        name: "Sortino ratio",
        definition: `As the Sharpe ratio, by the root mean square of what fell below 0.`,
        unit: "ratio",
        estimate: sortinoRatio(daily, resampling()),
      },
      {
        name: "deepest drawdown",
        definition: "Fall of the daily equity from its high-water mark, over the mark.",
        unit: "share",
        estimate: bareEstimate(drawdown.share, daily.length, daily.length),
      },
    ],
    byStrategy: Object.fromEntries(
      [...groupBy(trades, ({ strategy }) => strategy)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([strategy, own]) => [strategy, tradeFigures(own, capital, resampling)]),
    ),
    daily,
    drawdown,
    buckets: edgeBuckets(claimed, EDGE_BOUNDS, resampling()),
    attribution: attributionOf(sample.parts, resampling),
  };
}

const CONVENTION = "mean over deviation (n - 1), times the root of 365, days without results are 0";

function tradeFigures(
  trades: readonly JudgedTrade[],
  capital: number,
  resampling: () => Resampling,
): readonly Figure[] {
  const worst = worstResult(trades, capital);
  const games = new Set(trades.map(({ cluster }) => cluster)).size;
  return [
    {
      name: "mean net a position",
      definition: "Profit after fees of what one strategy held in one game.",
      unit: "usd",
      estimate: meanNet(trades, resampling()),
    },
    {
      name: "win rate",
      definition: "Share of positions above 0 after fees.",
      unit: "share",
      estimate: winRate(trades, resampling()),
    },
    {
      name: "profit factor",
      definition: "What winning positions brought over what losing ones cost, after fees.",
      unit: "ratio",
      estimate: profitFactor(trades, resampling()),
    },
    {
      name: "fee drag",
      definition: "All fees over the profit before fees.",
      unit: "share",
      estimate: feeDrag(trades, resampling()),
    },
    {
      name: "worst position",
      definition: "The worst net result; worse is possible.",
      unit: "usd",
      estimate: bareEstimate(worst.net, worst.n, games),
    },
  ];
}

/** Net result a contract beside the edge that was claimed. */
function edgeOf(trade: JudgedTrade) {
  const { expectedEdge: expected, count, cluster } = trade;
  if (expected === null || count === 0) return [];
  return [{ cluster, expected, realised: (netOf(trade) * 100) / count }];
}

function attributionOf(
  parts: readonly JudgedPart[],
  resampling: () => Resampling,
): readonly Attributed[] {
  const nameOf: Readonly<Record<Attribute, (part: JudgedPart) => string>> = {
    strategy: ({ strategy }) => strategy,
    exit: ({ leftBy }) => leftBy,
    phase: ({ entryPhase }) => entryPhase,
    team: ({ team }) => team,
    hour: ({ hour }) => hour,
  };
  return ATTRIBUTES.flatMap((by) =>
    [...groupBy(parts, nameOf[by])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, own]) => {
        const gross = own.reduce((sum, part) => sum + part.gross, 0);
        const fees = own.reduce((sum, part) => sum + part.fees, 0);
        const mean = meanNet(own, resampling());
        return { by, name, parts: own.length, gross, fees, net: gross - fees, mean };
      }),
  );
}
