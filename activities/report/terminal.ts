import Table from "cli-table3";
import { amount, easternTime, known, money, NOTHING, plain, score } from "./format.ts";
import { verdictInWords } from "./integrity.ts";
import type { GameSummary, ReportSummary } from "./report-schema.ts";
import { finalScore } from "./tables.ts";

/** The report's main table for a terminal: one screen for a night of fifteen games. */
export function terminalReport(summary: ReportSummary): string {
  const { totals } = summary;
  return [
    `Night of ${plain(summary.tradingDay)}, ${plain(summary.mode)}, ${plain(summary.source)}: ${verdictInWords(summary)}`,
    gamesTable(summary),
    `${totals.orders} orders, ${totals.fills} fills, ${totals.refusals} refusals; ` +
      `cash ${totals.cashUsd.start} -> ${totals.cashUsd.end} USD`,
    Object.entries(summary.byStrategy)
      .map(([strategy, own]) => `${plain(strategy)} ${money(own.pnlUsd.net)}`)
      .join(", "),
    ...refusalLine(summary),
    ...breakerLines(summary),
    ...notHeld(summary),
    integrityLine(summary),
  ].join("\n");
}

function gamesTable({ games, totals }: ReportSummary): string {
  const numbers = [5, 6, 7, 8, 9, 10, 11];
  const table = new Table({
    head: ["game", "tip", "phase", "score", "result"].concat(
      ["orders", "fills", "gross", "fees", "net USD"],
      ["Brier", "market"],
    ),
    colAligns: Array.from({ length: 12 }, (_, i) => (numbers.includes(i) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const game of games) table.push(gameCells(game));
  const { gross, fees, net } = totals.pnlUsd;
  const sums = [
    String(totals.orders),
    String(totals.fills),
    money(gross),
    amount(fees),
    money(net),
  ];
  table.push(["all", "", "", "", "", ...sums, "", ""]);
  return table.toString();
}

function gameCells(game: GameSummary): string[] {
  const { gross, fees, net } = game.pnlUsd;
  return [
    plain(`${game.away} at ${game.home}`),
    easternTime(game.tipAt),
    plain(game.phase),
    finalScore({ ...game, result: null }),
    game.result ?? NOTHING,
    String(game.orders),
    String(game.fills),
    money(gross),
    amount(fees),
    money(net),
    score(game.brier.model),
    score(game.brier.market),
  ];
}

/** What risk refused, by rule; nothing when it refused nothing. */
function refusalLine({ totals }: ReportSummary): readonly string[] {
  const codes = Object.entries(totals.refusalsByCode);
  if (codes.length === 0) return [];
  return [`refused: ${codes.map(([code, n]) => `${plain(code)} ${n}`).join(", ")}`];
}

/** Each breaker that tripped, in a line. */
function breakerLines({ breakers }: ReportSummary): readonly string[] {
  return breakers.map((one) => {
    const beyond =
      one.overshootUsd === null ? "" : `, ${amount(one.overshootUsd)} USD beyond the limit`;
    const end = one.released === null ? "stands" : `released by ${plain(one.released.by)}`;
    return `BREAKER ${one.id} ${plain(one.breaker)}: ${plain(one.cause)}${beyond}; ${end}`;
  });
}

/** Each criterion that did not hold, in a line; a line for all when they did. */
function notHeld({ criteria }: ReportSummary): readonly string[] {
  const failed = criteria.filter((criterion) => !criterion.held);
  return failed.length === 0
    ? [`all ${criteria.length} success criteria held`]
    : failed.map(({ id, evidence }) => `NOT HELD ${plain(id)}: ${plain(evidence)}`);
}

function integrityLine({ integrity, isBacktest }: ReportSummary): string {
  return `integrity: ${Object.entries(integrity)
    .filter(([name]) => isBacktest !== true || name !== "venueDifferenceUsd")
    .map(([name, value]) => `${name} ${known(value)}`)
    .join(", ")}`;
}
