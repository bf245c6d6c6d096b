import { netOf } from "../../core/scoring/results.ts";
import { count, money, NOTHING, score, share } from "../report/format.ts";
import type { ReportTable } from "../report/table.ts";
import { driftTable } from "./drift-table.ts";
import { comparedCells, comparedHead, figureTable } from "./figures.ts";
import { scoreTables } from "./score-tables.ts";
import type { ExplainedTrade, WeekReview } from "./week.ts";

/** Everything that a review tells, in the sequence in which it is read. */
export function weeklyTables(review: WeekReview, since: string): readonly ReportTable[] {
  return [
    shadowTable(review),
    calibrationTable(review),
    driftTable(review.facts.drift, since),
    tradeTable("Top winners", review.winners),
    tradeTable("Top losers", review.losers),
    troubleTable(review),
    limitTable(review),
    refusalTable(review),
    ...scoreTables(review.scores),
  ].filter(({ rows }) => rows.length > 0);
}

function shadowTable({ mode, againstShadow }: WeekReview): ReportTable {
  const { first, second } = againstShadow;
  return {
    title: "Against what shadow expected",
    note:
      "Positions of the week beside every approved entry of the same nights taken whole at its worst price " +
      "and held to settlement. The difference is paired by game.",
    head: ["mode", ...comparedHead("positions", "in shadow")],
    rows: first.n + second.n === 0 ? [] : [[mode, ...comparedCells(againstShadow)]],
  };
}

/** What recalibration would look at: whether what is said comes true, beside whether the market says it better. */
function calibrationTable({ calibration: { figures, decomposition } }: WeekReview): ReportTable {
  const shown = figures.filter(({ name }) => CALIBRATION_FIGURES.has(name));
  const told = figureTable(
    "Calibration, recomputed",
    "Over the sixty days up to the week's end. A gap whose interval leaves out 0 is more than chance.",
    shown,
  );
  const { n, reliability } = decomposition;
  if (n === 0) return { ...told, rows: [] };
  const clusters = shown[0]?.estimate.clusters ?? 0;
  const without = "none: chance alone raises it where bins hold few";
  const definition = "Mean squared gap between forecast and frequency over ten bins: 0 is perfect.";
  return {
    ...told,
    rows: [
      ...told.rows,
      ["reliability, ours", score(reliability), without, count(n), count(clusters), definition],
    ],
  };
}

const CALIBRATION_FIGURES: ReadonlySet<string> = new Set([
  "Brier score, difference",
  "gap, ours",
  "gap, market",
  "gap of the low tail",
  "gap of the high tail",
]);

function tradeTable(title: string, trades: readonly ExplainedTrade[]): ReportTable {
  return {
    title,
    note: "Positions of the week by what they brought after fees, with what explains it.",
    head: ["day", "market", "strategy", "±gross", ">fees", "±net", "causes"],
    rows: trades.map(({ trade, causes }) => [
      trade.date,
      trade.marketTicker,
      trade.strategy,
      money(String(trade.gross / 1_000_000)),
      (trade.fees / 1_000_000).toFixed(2),
      money(String(netOf(trade) / 1_000_000)),
      causes.join("; "),
    ]),
  };
}

function troubleTable({ troubles }: WeekReview): ReportTable {
  return {
    title: "Incidents",
    note: "Breakers that tripped, incidents that were opened, critical alarms of the week's nights.",
    head: ["kind", "what", "outcome"],
    rows: [
      ...troubles.breakers.map(({ id, breaker, cause }) => [`breaker ${id}`, breaker, cause]),
      ...troubles.incidents.map(({ id, what, resolution }) => [
        `incident ${id}`,
        what,
        resolution ?? "open",
      ]),
      ...troubles.criticalAlarms.map(({ code, message }) => ["critical alarm", code, message]),
    ],
  };
}

function limitTable({ facts }: WeekReview): ReportTable {
  return {
    title: "Limits used",
    note:
      "The most that the week used of each: losses at the end of any day (of a week since its Monday, a drawdown from " +
      "the highest result of sixty days) or where an alarm told of more in between; others where one told of 60 % or more.",
    head: ["limit", ">used"],
    rows: facts.limits.map((one) => [
      one.limit,
      Number.isFinite(one.share) ? share(one.share) : NOTHING,
    ]),
  };
}

function refusalTable({ troubles }: WeekReview): ReportTable {
  return {
    title: "What risk refused",
    note: "Intents of the week by the first rule that refused them.",
    head: ["rule", ">intents"],
    rows: troubles.refusals.map(({ code, n }) => [code, count(n)]),
  };
}
