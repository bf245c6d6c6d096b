import { count, money, NOTHING, score, share } from "../../report/format.ts";
import type { ReportTable } from "../../report/table.ts";
import type { BtcReportSummary } from "./report-schema.ts";

/** Ours against the market's, at the horizons that are compared: the report's main table. */
export function horizonsTable({ horizons }: BtcReportSummary): ReportTable {
  return {
    title: "Forecast against the market",
    note:
      "Squared error and log loss (nats) of our probability of YES and of the book's mid, of the same " +
      "contracts at the same instants: the last snapshot at or before the instant. Lower is better. The " +
      "difference is our Brier score less the market's, with a 95 % interval by resampling whole hours; " +
      "below 30 hours it says too_few_clusters and has none.",
    head: [
      ...["series", ">minutes", ">n", ">Brier, ours", ">market"],
      ...[">log loss, ours", ">market", ">difference", "95 % interval", ">hours", "lacks"],
    ],
    rows: horizons.map((one) => [
      one.series,
      String(one.minutesToClose),
      count(one.n),
      score(one.brier.model),
      score(one.brier.market),
      score(one.logLoss.model),
      score(one.logLoss.market),
      signed(one.difference.mean),
      ends(one.difference.ci95, signed),
      count(one.difference.clusters),
      one.difference.lack ?? "",
    ]),
  };
}

/** Every table after the main one. */
export function btcTables(summary: BtcReportSummary): readonly ReportTable[] {
  return [
    intervalsTable(summary),
    tradesTable(summary),
    bucketsTable(summary),
    coverageTable(summary),
    excludedTable(summary),
    gapsTable(summary),
  ];
}

function intervalsTable({ horizons }: BtcReportSummary): ReportTable {
  return {
    title: "How sure both scores are",
    note:
      "95 % intervals of the scores above, by resampling whole hours; none below 30 hours. The last two are our " +
      "log loss less the market's and its interval: below 0 we forecast better.",
    head: [
      ...["series", ">minutes", "Brier, ours", "market", "log loss, ours", "market"],
      ...[">log loss, difference", "95 % interval"],
    ],
    rows: horizons.map(({ series, minutesToClose, intervals }) => [
      series,
      String(minutesToClose),
      ends(intervals?.brier.model, score),
      ends(intervals?.brier.market, score),
      ends(intervals?.logLoss.model, score),
      ends(intervals?.logLoss.market, score),
      signed(intervals?.logLossDifference.mean ?? null),
      ends(intervals?.logLossDifference.ci95, signed),
    ]),
  };
}

function ends(
  interval: readonly [low: number, high: number] | null | undefined,
  shown: (value: number) => string,
): string {
  return interval === null || interval === undefined
    ? NOTHING
    : interval.map((end) => shown(end)).join(" to ");
}

function tradesTable({ wouldTrades }: BtcReportSummary): ReportTable {
  const { n, refused, filled, settled, hits, hitRate, pnlUsd } = wouldTrades;
  return {
    title: "Would-trades",
    note:
      "Decisions to trade in the contracts that closed on these dates. A fill is what the displayed book " +
      "would have given after the latency; profit is of those that are settled, in dollars.",
    head: [">decided", ">refused", ">filled", ">settled", ">hits", ">hit rate"].concat([
      "±gross",
      ">fees",
      "±net",
    ]),
    rows: [
      [
        ...[n, refused, filled, settled, hits].map(count),
        share(hitRate),
        money(pnlUsd.gross),
        Number(pnlUsd.fees).toFixed(2),
        money(pnlUsd.net),
      ],
    ],
  };
}

function bucketsTable({ buckets }: BtcReportSummary): ReportTable {
  return {
    title: "Every snapshot, by time to the close",
    note:
      "Means over snapshots, which overlap: many are of one contract, so nothing here has an interval. " +
      "Drift is our probability less the mid. YES and NO are what one contract taken at the quote would " +
      "have earned after the fee, in dollars.",
    head: [
      ...["series", ">minutes", ">n", ">Brier, ours", ">market", ">log loss, ours", ">market"],
      ...[">drift", "±YES", "±NO"],
    ],
    rows: buckets.map((one) => [
      one.series,
      one.minutes === null ? "more" : `≤ ${one.minutes}`,
      count(one.n),
      score(one.brier.model),
      score(one.brier.market),
      score(one.logLoss.model),
      score(one.logLoss.market),
      signed(one.drift),
      money(one.pnlUsd.yes),
      money(one.pnlUsd.no),
    ]),
  };
}

function coverageTable({ coverage }: BtcReportSummary): ReportTable {
  return {
    title: "Coverage",
    note: "Snapshots that were written, of one for each open contract and step of the pace since the series began.",
    head: ["series", ">cycles", ">written", ">expected", ">coverage"],
    rows: coverage.map((one) => [
      one.series,
      count(one.cycles),
      count(one.written),
      count(one.expected),
      share(one.share),
    ]),
  };
}

function excludedTable({ coverage }: BtcReportSummary): ReportTable {
  return {
    title: "Why contracts were not selected",
    note: "Contracts by the first reason that excluded them, summed over the cycles.",
    head: ["series", "reason", ">contracts and cycles"],
    rows: coverage.flatMap(({ series, excluded }) =>
      Object.entries(excluded)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, n]) => [series, reason, count(n)]),
    ),
  };
}

function gapsTable({ gaps }: BtcReportSummary): ReportTable {
  return {
    title: "Gaps",
    note: "Rows that a table should have and has not, UTC; what was filled in later is not listed.",
    head: ["table", "of", "from", "to", ">rows missing", "cause"],
    rows: gaps.map(({ table, series, from, to, missing, cause }) => [
      table,
      series,
      from,
      to,
      count(missing),
      cause,
    ]),
  };
}

/** A difference with its sign, to four digits. */
function signed(value: number | null): string {
  if (value === null) return NOTHING;
  const text = Math.abs(value).toFixed(4);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}
