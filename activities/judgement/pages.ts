import { readFileSync } from "node:fs";
import { plain } from "../report/format.ts";
import { Html, html, inlineJson } from "../report/html-text.ts";
import { escape, tableLines } from "../report/markdown.ts";
import { asset, PAGE_POLICY, packageFile, section, tile } from "../report/page.ts";
import { columnName, isNumberColumn } from "../report/table.ts";
import Table from "cli-table3";
import type { Chart, Paper } from "./paper.ts";

/** A paper as Markdown: the tables of the page, without its pictures. */
export function paperMarkdown({ title, verdict, lead, tables }: Paper): string {
  const lines = [
    `# ${escape(title)}`,
    "",
    `Verdict: **${escape(verdict.words)}**.`,
    "",
    ...lead.map((sentence) => `- ${escape(sentence)}`),
    "",
    ...tables.flatMap(tableLines),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** A paper as one self-contained page with pictures; no request leaves it. */
export function paperHtml(paper: Paper): string {
  const { title, verdict, lead, tiles, tables, charts } = paper;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<title>Tipoff: ${title}</title>
<style>${packageFile("uplot/dist/uPlot.min.css")}
${asset("page.css")}</style>
</head>
<body>
<header>
<h1>${title} <span class="verdict ${verdict.shade}">${verdict.words}</span></h1>
${lead.map((sentence) => html`<p class="note">${sentence}</p>`)}
<dl class="tiles">
${tiles.map(({ name, value }) => tile(name, value))}
</dl>
</header>
<main>
${pictures(charts)}
${tables.map(section)}
</main>
<script type="application/json" id="charts-data">${inlineJson(charts)}</script>
<script>${packageFile("uplot/dist/uPlot.iife.min.js")}</script>
<script>${asset("plots.js")}
${chartCode()}</script>
</body>
</html>
`;
  return page.text;
}

function pictures(charts: readonly Chart[]): Html {
  if (charts.length === 0) return html``;
  return html`<section id="pictures">
<h2>Pictures</h2>
<noscript><p>The pictures need JavaScript; the tables do not.</p></noscript>
${charts.map(
  ({ title, note }, i) => html`<figure>
<figcaption><strong>${title}</strong> <span>${note}</span></figcaption>
<div class="picture" data-chart="${i}"></div>
</figure>`,
)}
</section>`;
}

/** Our own code of the pictures, beside this file. */
function chartCode(): Html {
  return new Html(readFileSync(new URL("assets/charts.js", import.meta.url), "utf8"));
}

/** A paper for a terminal: the verdict, its reasons, and the tables that are asked for. */
export function paperTerminal(paper: Paper, tables: readonly string[]): string {
  const shown = paper.tables.filter(({ title }) => tables.includes(title));
  return [
    `${plain(paper.title)}: ${plain(paper.verdict.words)}`,
    ...paper.lead.map(plain),
    ...shown.flatMap(({ title, head, rows }) => {
      // The last column of figures is their definition: pages have room for it, terminals have not.
      const columns = head.map((_, i) => i).filter((i) => head[i] !== "definition");
      const table = new Table({
        head: columns.map((i) => columnName(head[i] ?? "")),
        colAligns: columns.map((i) => (isNumberColumn(head[i] ?? "") ? "right" : "left")),
        style: { head: [], border: [], compact: true },
      });
      for (const row of rows) table.push(columns.map((i) => plain(row[i] ?? "")));
      return [plain(title), table.toString()];
    }),
  ].join("\n");
}
