import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Html, html } from "./html-text.ts";
import { columnName, isNumberColumn, type ReportTable } from "./table.ts";

/** No request leaves a page: it opens from disk and shows what is in it. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** A figure at the head of a page. */
export function tile(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd class="${tone(value)}">${value}</dd></div>`;
}

/** A table with its heading and its note. */
export function section({ title, note, head, rows }: ReportTable): Html {
  const sides = head.map((name) => (isNumberColumn(name) ? "number" : ""));
  const cell = (text: string, i: number): Html =>
    html`<td class="${sides[i] ?? ""} ${head[i]?.startsWith("±") ? tone(text) : alarm(text)}">${text}</td>`;
  const name = (column: string, i: number): Html =>
    html`<th class="${sides[i] ?? ""}">${columnName(column)}</th>`;
  return html`<section>
<h2>${title}</h2>
<p class="note">${note}</p>
<div class="scroll"><table>
<thead><tr>${head.map(name)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}
</tbody>
</table></div>
</section>`;
}

/** A gain or a loss shows its sign in colour too. */
function tone(text: string): string {
  return text.startsWith("+") ? "gain" : text.startsWith("−") ? "loss" : "";
}

/** A criterion that failed stands out. */
function alarm(text: string): string {
  return text === "NO" ? "loss" : "";
}

/** Our own page code, beside this file. */
export function asset(name: string): Html {
  return new Html(readFileSync(new URL(`assets/${name}`, import.meta.url), "utf8"));
}

/** A plotting library's file, from where the package manager put it. */
export function packageFile(path: string): Html {
  return new Html(readFileSync(createRequire(import.meta.url).resolve(path), "utf8"));
}
