import Table from "cli-table3";
import { count, money, plain, score, share } from "../../report/format.ts";
import { Html, html } from "../../report/html-text.ts";
import { escape, tableLines } from "../../report/markdown.ts";
import { asset, PAGE_POLICY, section, tile } from "../../report/page.ts";
import { columnName, isNumberColumn } from "../../report/table.ts";
import type { BtcReport } from "./build.ts";
import { brierChart, CHART_STYLE, pathChart, reliabilityChart } from "./charts.ts";
import type { BtcReportSummary, BtcVerdict } from "./report-schema.ts";
import { btcTables, horizonsTable } from "./tables.ts";

const IN_WORDS: Readonly<Record<BtcVerdict, string>> = {
  edge: "an edge",
  no_edge: "no edge",
  worse: "worse than the market",
  not_enough_data: "not enough data",
};

/** The report as Markdown: the same tables as the page, without the pictures. */
export function btcMarkdown({ summary }: BtcReport): string {
  const { evidence, mode, kind } = summary;
  const lines = [
    `# Bitcoin, ${titleOf(summary)}`,
    "",
    `Verdict: **${IN_WORDS[summary.verdict]}**. ${escape(capital(evidence))}`,
    "",
    `Mode ${escape(mode)}, ${kind}. ${escape(countsOf(summary))}.`,
    "",
    ...[horizonsTable(summary), ...btcTables(summary)].flatMap(tableLines),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** The report as one self-contained page: tables and pictures, no script, no request. */
export function btcHtml(report: BtcReport): string {
  const { summary, reliability, paths } = report;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<title>Tipoff: Bitcoin, ${titleOf(summary)}</title>
<style>${asset("page.css")}
${new Html(CHART_STYLE)}</style>
</head>
<body>
${header(summary)}
<main>
${section(horizonsTable(summary))}
<section>
<h2>Brier score by horizon</h2>
<p class="note">Above: <b class="model">ours</b> left, <b class="market">the market's</b> right; lower is better. Below:
ours less the market's, with its 95 % interval; an interval that includes 0 shows no difference.</p>
${seriesOf(summary).map(
  (series) => html`<figure><figcaption><strong>${series}</strong></figcaption>
${brierChart(summary.horizons.filter((one) => one.series === series))}</figure>`,
)}
</section>
<section>
<h2>Reliability</h2>
<p class="note">Forecasts of one tenth of the scale together, all horizons: how often YES came true of
what we (left) and the market (right) said, with a 95 % interval by resampling whole hours where thirty hours or more
give one. On the dashed line both agree.</p>
<figure>${reliabilityChart(reliability)}</figure>
</section>
<section>
<h2>Contracts over time</h2>
<p class="note">Probability of YES until the close: <b class="market">the market's</b> mid and <b class="model">our</b> forecast. Triangles are
would-trades that filled, upwards for YES.</p>
${paths.map(
  (path) => html`<figure><figcaption><strong>${path.marketTicker}</strong>
<span>settled ${path.outcome}</span></figcaption>${pathChart(path)}</figure>`,
)}
</section>
${btcTables(summary).map(section)}
</main>
</body>
</html>
`;
  return page.text;
}

/** The report's main table for a terminal, with the verdict and what was earned. */
export function btcTerminal(summary: BtcReportSummary): string {
  const { head, rows } = horizonsTable(summary);
  const table = new Table({
    head: head.map(columnName),
    colAligns: head.map((name) => (isNumberColumn(name) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(plain));
  const { wouldTrades: trades, gaps, edgesPerCycle } = summary;
  const { gross, fees, net } = trades.pnlUsd;
  const missing = gaps.reduce((sum, gap) => sum + gap.missing, 0);
  return [
    `Bitcoin, ${titleOf(summary)}, ${plain(summary.mode)}: ${IN_WORDS[summary.verdict]}`,
    table.toString(),
    capital(plain(summary.evidence)),
    `${countsOf(summary)}; edges a cycle ${edgesPerCycle === null ? "–" : edgesPerCycle.toFixed(1)}`,
    `would-trades ${trades.n}, refused ${trades.refused}, filled ${trades.filled}, hits ${trades.hits} ` +
      `(${share(trades.hitRate)}); gross ${money(gross)}, fees ${Number(fees).toFixed(2)}, net ${money(net)} USD`,
    `gaps ${gaps.length}, rows missing ${count(missing)}`,
  ].join("\n");
}

function header(summary: BtcReportSummary): Html {
  const { verdict, wouldTrades, contracts, settled, gaps, evidence } = summary;
  const shade = { edge: "passed", worse: "", no_edge: "stopped", not_enough_data: "stopped" };
  const nearest = summary.horizons.filter(({ n }) => n > 0).at(-1);
  return html`<header>
<h1>Bitcoin, ${titleOf(summary)} <span class="verdict ${shade[verdict]}">${IN_WORDS[verdict]}</span></h1>
<p class="note">${capital(evidence)}</p>
<dl class="tiles">
${[
  tile("contracts", count(contracts)),
  tile("settled", count(settled)),
  tile("would-trades", count(wouldTrades.n)),
  tile("filled", count(wouldTrades.filled)),
  tile("hits", count(wouldTrades.hits)),
  tile("net USD", money(wouldTrades.pnlUsd.net)),
  tile("gaps", count(gaps.length)),
  tile("Brier, ours, last minute", score(nearest?.brier.model ?? null)),
  tile("Brier, market", score(nearest?.brier.market ?? null)),
]}
</dl>
</header>`;
}

function titleOf({ date, kind }: BtcReportSummary): string {
  return kind === "weekly" ? `week to ${date}` : `day of ${date}`;
}

function countsOf({ series, contracts, settled, unsettled }: BtcReportSummary): string {
  const names = series.length === 0 ? "no series" : series.join(", ");
  return `${names}: ${count(contracts)} contracts closed, ${count(settled)} settled, ${count(unsettled)} not`;
}

function seriesOf({ horizons }: BtcReportSummary): readonly string[] {
  return [...new Set(horizons.map(({ series }) => series))];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
