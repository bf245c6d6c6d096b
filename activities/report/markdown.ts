import type { NightReport } from "./build.ts";
import { amount, money } from "./format.ts";
import { verdictInWords } from "./integrity.ts";
import { columnName, isNumberColumn, type ReportTable } from "./table.ts";
import { gamesTable, nightTables } from "./tables.ts";

/** The night's report as Markdown: the same tables as the page, without the pictures. */
export function markdownReport(report: NightReport): string {
  const { summary } = report;
  const { totals } = summary;
  const lines = [
    `# Night of ${escape(summary.tradingDay)}`,
    "",
    `Verdict: **${verdictInWords(summary)}**. Mode ${escape(summary.mode)}, source ` +
      `${escape(summary.source)}, speed ${summary.speed}, commit ${escape(summary.commit)}, ` +
      `config ${escape(summary.configHash.slice(0, 12))}.`,
    "",
    `${summary.games.length} games, ${totals.orders} orders, ${totals.fills} fills, ` +
      `${totals.refusals} refusals; gross ${money(totals.pnlUsd.gross)}, fees ` +
      `${amount(totals.pnlUsd.fees)}, net ${money(totals.pnlUsd.net)} USD.`,
    "",
    ...[gamesTable(report), ...nightTables(report)].flatMap(tableLines),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** A table of the report as Markdown. */
export function tableLines({ title, note, head, rows }: ReportTable): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    `## ${escape(title)}`,
    "",
    escape(note),
    "",
    line(head.map((name) => escape(columnName(name)))),
    line(head.map((name) => (isNumberColumn(name) ? "--:" : ":--"))),
    ...rows.map((row) => line(row.map(escape))),
    "",
  ];
}

/** Whatever a feed or a venue wrote stays text: no table cell, no link, no HTML of its own. */
export function escape(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");
}
