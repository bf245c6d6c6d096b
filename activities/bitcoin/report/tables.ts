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
      one.difference.ci95 === null ? NOTHING : one.difference.ci95.map(signed).join(" to "),
      count(one.difference.clusters),
      one.difference.lack ?? "",
    ]),
  };
}

/** Every table after the main one. */
export function btcTables(summary: BtcReportSummary): readonly ReportTable[] {
  return [
    tradesTable(summary),
    bucketsTable(summary),
    coverageTable(summary),
    excludedTable(summary),
    gapsTable(summary),
  ];
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
