import { easternClock } from "../../core/domain/time.ts";
import type { NightReport } from "./build.ts";
import { amount, count, easternTime, money, score } from "./format.ts";
import { type Html, html, inlineJson } from "./html-text.ts";
import { isSound, reportVerdict, verdictInWords } from "./integrity.ts";
import { asset, PAGE_POLICY, packageFile, section, tile } from "./page.ts";
import type { GamePicture } from "./picture.ts";
import type { GameSummary } from "./report-schema.ts";
import { finalScore, gamesTable, nightTables } from "./tables.ts";

/** The night's report as one self-contained page: tables, and a picture of every game. */
export function htmlReport(report: NightReport): string {
  const { summary, pictures } = report;
  const title = `Tipoff: night of ${summary.tradingDay}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<title>${title}</title>
<style>${packageFile("uplot/dist/uPlot.min.css")}
${asset("page.css")}</style>
</head>
<body>
${header(report)}
<main>
${section(gamesTable(report))}
<section id="pictures">
<h2>Games over time</h2>
<p class="note">Everything is told as the home team's YES: a price of 62¢ beside a probability of
62 %. Ticks at the foot of a picture are scores: home above, away below. Drag to zoom, double-click
to zoom out; hover a mark to read the fill.</p>
<noscript><p>The pictures need JavaScript; the tables do not.</p></noscript>
${pictures.map((picture, i) => figure(picture, i, summary.games[i]))}
</section>
${nightTables(report).map(section)}
</main>
<script type="application/json" id="pictures-data">${inlineJson(pictures)}</script>
<script>${packageFile("uplot/dist/uPlot.iife.min.js")}</script>
<script>${asset("plots.js")}
${asset("page.js")}</script>
</body>
</html>
`;
  return page.text;
}

function header({ summary, analysis }: NightReport): Html {
  const verdict = reportVerdict(summary);
  const held = summary.criteria.filter((criterion) => criterion.held).length;
  const all = analysis.forecasts.at(-1);
  return html`<header>
<h1>Night of ${summary.tradingDay} <span class="verdict ${verdict}">${verdictInWords(summary)}</span></h1>
<p class="note">${summary.mode}, ${summary.source}, speed ${summary.speed}, commit
<code>${summary.commit}</code>, config <code>${summary.configHash.slice(0, 12)}</code>,
${easternTime(summary.startedAt)} to ${summary.endedAt === null ? "now" : easternTime(summary.endedAt)} Eastern</p>
<dl class="tiles">
${[
  tile("integrity", isSound(summary) ? "all zero" : "IN DOUBT"),
  tile("net USD", money(summary.totals.pnlUsd.net)),
  tile("gross", money(summary.totals.pnlUsd.gross)),
  tile("fees", amount(summary.totals.pnlUsd.fees)),
  tile("games", count(summary.games.length)),
  tile("orders", count(summary.totals.orders)),
  tile("fills", count(summary.totals.fills)),
  tile("refusals", count(summary.totals.refusals)),
  tile("criteria held", `${held} of ${summary.criteria.length}`),
  tile("Brier, ours", score(all?.brier.model ?? null)),
  tile("Brier, market", score(all?.brier.market ?? null)),
]}
</dl>
</header>`;
}

function figure(picture: GamePicture, index: number, game: GameSummary | undefined): Html {
  const outcome = game ? `${finalScore(game)}, ${money(game.pnlUsd.net)} USD net` : "";
  return html`<figure>
<figcaption><strong>${picture.away} at ${picture.home}</strong> <span>${outcome}</span></figcaption>
<div class="picture" data-picture="${index}"></div>
${fillList(picture)}
</figure>`;
}

function fillList({ marks }: GamePicture): Html {
  if (marks.length === 0) return html`<p class="note">No fills.</p>`;
  return html`<details><summary>${marks.length} fills</summary><ol>
${marks.map((mark) => html`<li><time>${easternClock(mark.at * 1_000)}</time> ${mark.label}</li>`)}
</ol></details>`;
}
