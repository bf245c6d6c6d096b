import type { LabelCheck, PositionsNet, SanityReport } from "../../backtest/sanity.ts";
import type {
  BacktestSummary,
  EdgeVerdict,
  NightLacks,
  StrategySummary,
} from "../../backtest/summary.ts";
import type { Estimate } from "../../core/scoring/inference/estimate.ts";
import { table } from "../output.ts";

const IN_WORDS: Readonly<Record<EdgeVerdict, string>> = {
  edge: "edge: the whole interval is above nothing",
  loss: "loses: the whole interval is below nothing",
  "not-shown": "no edge shown: the interval holds nothing",
  "not-enough-data": "not enough data",
};

/** A backtest as one screen. */
export function summaryTable(summary: BacktestSummary): string {
  const { nights, games, decisions, orders, fills, refusalsByCode, breakers } = summary;
  return [
    `${count(nights)} nights, ${count(games)} games, ${count(decisions)} decisions, ` +
      `${count(orders)} orders, ${count(fills)} fills`,
    table(
      ["strategy", "proposed", "refused", "entries", "games"].concat(
        ["gross USD", "fees", "net"],
        ["net a position, 95 % by night", "95 % by game", "won", "verdict"],
      ),
      summary.strategies.map(strategyCells),
    ),
    ...tallyLine("refused", refusalsByCode),
    ...tallyLine("nights that a breaker ended entries in", breakers),
    ...(summary.unsettled === 0
      ? []
      : [`NOT SETTLED: ${count(summary.unsettled / 100)} contracts`]),
    ...withoutLines(summary.without),
  ].join("\n");
}

/** What nights had to do without, a line each. */
export function withoutLines(without: readonly NightLacks[]): readonly string[] {
  return without.map(({ what, nights, reason }) => {
    const more = nights === 1 ? "" : ` (the first of ${count(nights)} nights)`;
    return `without ${what}: ${reason}${more}`;
  });
}

function strategyCells(own: StrategySummary): string[] {
  const { pnl, meanByNight, meanByGame, winRate } = own;
  return [
    own.strategy,
    count(own.proposed),
    count(own.refused),
    count(own.entries),
    count(own.games),
    usd(pnl.gross),
    usd(pnl.fees),
    usd(pnl.net),
    estimate(meanByNight, usd),
    interval(meanByGame, usd),
    winRate.value === null ? "-" : `${(100 * winRate.value).toFixed(0)} %`,
    IN_WORDS[own.verdict],
  ];
}

/** A figure with its interval, or with what it lacks. */
export function estimate(of: Estimate, show: (value: number) => string): string {
  return of.value === null ? "-" : `${show(of.value)} ${interval(of, show)}`;
}

function interval(
  { interval: of, lack, clusters }: Estimate,
  show: (value: number) => string,
): string {
  if (of === null) return `(${lack ?? "no interval"}, ${count(clusters)} clusters)`;
  const end = (value: number | null): string => (value === null ? "unbounded" : show(value));
  return `(${end(of.low)} to ${end(of.high)})`;
}

function tallyLine(what: string, tally: Readonly<Record<string, number>>): readonly string[] {
  const parts = Object.entries(tally).sort(([, a], [, b]) => b - a);
  if (parts.length === 0) return [];
  return [`${what}: ${parts.map(([code, n]) => `${code} ${count(n)}`).join(", ")}`];
}

/** Micros as dollars and cents. */
export function usd(micros: number): string {
  return (micros / 1_000_000).toFixed(2);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** A sanity check, a line for each thing that was tried. */
export function sanityLines(report: SanityReport): readonly string[] {
  const { guard, foresight, labels } = report;
  const seconds = String(foresight.aheadMs / 1_000);
  return [
    `${count(report.nights)} nights, ${count(report.games)} games`,
    `look-ahead guard     ${guard.caught === null ? "LET FACTS OF THE FUTURE THROUGH" : `caught: ${guard.caught}`}`,
    `every read checked   ${guard.isSealedEqual ? "the same night" : "ANOTHER NIGHT"}`,
    `${seconds} s of foresight    other fills in ${count(foresight.changedGames)} of ` +
      `${count(foresight.tradedGames)} games traded; net ${usd(foresight.net)} -> ` +
      `${usd(foresight.netWithForesight)} USD`,
    labelLine("labels, as played   ", labels.played),
    labelLine("labels, oracle      ", labels.oracle),
    report.isSane ? "sane" : report.hasEnough ? "NOT SANE" : "not enough data: play more games",
  ];
}

function labelLine(what: string, { own, shifted }: LabelCheck): string {
  return `${what} ${netCell(own)}; with the next game's: ${netCell(shifted)}`;
}

function netCell({ positions, net }: PositionsNet): string {
  return `${count(positions)} positions, net USD each ${estimate(net, usd)}`;
}
