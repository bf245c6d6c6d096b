import type { ReliabilityBin } from "../../core/scoring/calibration.ts";
import { OPEN_INSTANTS } from "../../core/scoring/game-instants.ts";
import type { Interval, Lack } from "../../core/scoring/inference/estimate.ts";
import type { Scores } from "../../core/scoring/validation/scores.ts";
import { cents, count, money, NOTHING, score, share } from "../report/format.ts";
import type { ReportTable } from "../report/table.ts";
import { ESTIMATE_HEAD, estimateCells, figureTable, intervalOf } from "./figures.ts";

const CLUSTERS = "Clusters are games, hours for Bitcoin, days with a result for daily figures";

/** What every stretch of days is told by. */
export function scoreTables(scores: Scores): readonly ReportTable[] {
  return [
    figureTable(
      "Forecasts",
      `Probabilities of ours beside the market's price at the same instants. ${CLUSTERS}.`,
      scores.forecasts.figures,
    ),
    horizonTable(scores),
    decompositionTable(scores),
    reliabilityTable(scores),
    figureTable(
      "Results",
      `Positions that have ended, and calendar days. ${CLUSTERS}.`,
      scores.money.figures,
    ),
    ...strategyTables(scores),
    attributionTable(scores),
    bucketTable(scores),
    drawdownTable(scores),
    figureTable(
      "Execution",
      `Orders and fills against their plans and the market after them. ${CLUSTERS}.`,
      scores.execution.figures,
    ),
    missedTable(scores),
  ].filter(({ rows }) => rows.length > 0);
}

function horizonTable({ forecasts }: Scores): ReportTable {
  return {
    title: "Forecasts by series and horizon",
    note: `Brier scores, ours and the market's, and their difference: below 0 we were better. ${OPEN_INSTANTS}`,
    head: ["series", "horizon", ">ours", ">market's", ...ESTIMATE_HEAD],
    rows: forecasts.horizons.map(({ series, horizon, brier, difference }) => [
      series,
      horizon,
      score(brier.ours.value),
      score(brier.market.value),
      ...estimateCells(difference, "score"),
    ]),
  };
}

function decompositionTable({ forecasts }: Scores): ReportTable {
  const { n, score: brier, ...parts } = forecasts.decomposition;
  return {
    title: "Brier score taken apart",
    note:
      "Over ten bins (Murphy): reliability − resolution + uncertainty + what bins hide. Chance alone raises " +
      "reliability and resolution where bins hold few, so that no interval of theirs would be honest.",
    head: [">forecasts", ">Brier", ">reliability", ">resolution", ">uncertainty", ">within bins"],
    rows:
      n === 0
        ? []
        : [
            [
              count(n),
              score(brier),
              score(parts.reliability),
              score(parts.resolution),
              score(parts.uncertainty),
              score(parts.withinBins),
            ],
          ],
  };
}

function reliabilityTable({ forecasts }: Scores): ReportTable {
  const row = (who: string, bin: ReliabilityBin): readonly string[] => [
    who,
    `${share(bin.low)} to ${share(bin.high)}`,
    count(bin.n),
    share(bin.meanForecast),
    share(bin.frequency),
    share(bin.gap),
    spreadOrLack(bin),
    count(bin.clusters),
  ];
  return {
    title: "Reliability",
    note: `How often what was forecast came true, and how sure that frequency is. ${CLUSTERS}.`,
    head: [
      ...["whose", "forecast", ">n", ">mean forecast", ">frequency", "±gap"],
      ...["95 % interval", ">clusters"],
    ],
    rows: [
      ...forecasts.reliability.ours.map((bin) => ({ who: "ours", bin })),
      ...forecasts.reliability.market.map((bin) => ({ who: "market", bin })),
    ].flatMap(({ who, bin }) => (bin.n === 0 ? [] : [row(who, bin)])),
  };
}

function strategyTables({ money: { byStrategy } }: Scores): readonly ReportTable[] {
  return Object.entries(byStrategy).map(([strategy, figures]) =>
    figureTable(`Results of ${strategy}`, "Its positions alone; clusters are games.", figures),
  );
}

function attributionTable({ money: { attribution } }: Scores): ReportTable {
  return {
    title: "Where profit came from",
    note:
      "Parts of positions by strategy, way out, phase and Eastern hour of the entry, and team. " +
      "Each attribute sums to the same. The mean is a part's, after fees.",
    head: ["by", "name", ">parts", "±gross", ">fees", "±net", ...ESTIMATE_HEAD],
    rows: attribution.map(({ by, name, parts, gross, fees, net, mean }) => [
      by,
      name,
      count(parts),
      usd(gross),
      (fees / 1_000_000).toFixed(2),
      usd(net),
      ...estimateCells(mean, "usd"),
    ]),
  };
}

function bucketTable({ money: { buckets } }: Scores): ReportTable {
  return {
    title: "Edge claimed against edge realised",
    note: "By the edge claimed at the entry, a contract, after fees. An honest claim lies within the interval.",
    head: ["claimed", ">claimed, mean", ...ESTIMATE_HEAD, ">win rate", "95 % interval of it"],
    rows: buckets.flatMap((bucket) => {
      const { low, high, n, expected, realised, winRate, winRateInterval, winRateLack } = bucket;
      if (n === 0) return [];
      const { clusters } = realised;
      const ends =
        low === null
          ? `below ${cents(high)}`
          : high === null
            ? `${cents(low)} and more`
            : `${cents(low)} to ${cents(high)}`;
      return [
        [
          ends,
          cents(expected),
          ...estimateCells(realised, "cents"),
          share(winRate),
          spreadOrLack({ interval: winRateInterval, lack: winRateLack, clusters }),
        ],
      ];
    }),
  };
}

function drawdownTable({ money: { drawdown } }: Scores): ReportTable {
  const {
    n,
    share: deepest,
    depth,
    peakAt,
    troughAt,
    recoveredAt,
    durationMs,
    longestMs,
  } = drawdown;
  const day = (at: number | null): string =>
    at === null ? NOTHING : new Date(at).toISOString().slice(0, 10);
  const days = (ms: number | null): string =>
    ms === null ? NOTHING : String(Math.round(ms / 86_400_000));
  return {
    title: "Drawdown",
    note: "The deepest fall of the daily equity from its high-water mark. One path was seen: there is no interval.",
    head: [
      ">share",
      ">USD",
      "from",
      "deepest on",
      "recovered",
      ">days",
      ">longest, days",
      ">points",
    ],
    rows:
      n === 0
        ? []
        : [
            [
              share(deepest),
              depth === null ? NOTHING : (depth / 1_000_000).toFixed(2),
              day(peakAt),
              day(troughAt),
              day(recoveredAt),
              days(durationMs),
              days(longestMs),
              count(n),
            ],
          ],
  };
}

function missedTable({ execution: { missed } }: Scores): ReportTable {
  return {
    title: "Missed opportunities",
    note:
      "Edges that were seen and not traded, once a game, strategy and reason. The mean is over winners " +
      "and losers, net of a contract at settlement: below 0, not to trade was right.",
    head: ["strategy", ">candidates", ">missed", ">paid at settlement"].concat([
      ">paid at take-profit",
      ...ESTIMATE_HEAD,
    ]),
    rows: Object.entries(missed).map(([strategy, own]) => [
      strategy,
      count(own.candidates),
      count(own.missed),
      count(own.paidAtSettlement),
      count(own.paidAtTakeProfit),
      ...estimateCells(own.netAtSettlement, "cents"),
    ]),
  };
}

/** An interval of shares. */
export function spread(interval: Interval | null): string {
  if (interval === null) return NOTHING;
  return intervalOf({ value: null, n: 0, clusters: 0, interval, lack: null }, "share");
}

/** An interval of shares over clusters, or why there is none. */
function spreadOrLack(found: {
  readonly interval: Interval | null;
  readonly lack: Lack | null;
  readonly clusters: number;
}): string {
  return intervalOf({ value: null, n: 0, ...found }, "share");
}

function usd(micros: number): string {
  return money(String(micros / 1_000_000));
}
