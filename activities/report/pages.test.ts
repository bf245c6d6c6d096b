import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReportRows } from "../../schema/queries/report-rows.ts";
import { buildReport } from "./build.ts";
import { csvLine } from "./export-csv.ts";
import { cents, money, plain, score } from "./format.ts";
import { htmlReport } from "./html.ts";
import { html, inlineJson } from "./html-text.ts";
import { markdownReport } from "./markdown.ts";
import { ReportSummary } from "./report-schema.ts";
import { gamesTable, nightTables } from "./tables.ts";
import { terminalReport } from "./terminal.ts";
import { gameRow, LAL, NYK } from "./testing/night.ts";
import { nightInputs, nightRows } from "./testing/rows.ts";
import { writeReport } from "./write.ts";

const HOSTILE = `</script><img src=x onerror=alert(1)>|\n[x](javascript:1)\u001b[2J`;

const built = (over: Partial<ReportRows> = {}) =>
  buildReport(nightInputs({ rows: nightRows(over) }));

/** A night whose texts from outside are hostile. */
const hostile = () =>
  built({ alarms: nightRows().alarms.map((alarm) => ({ ...alarm, message: HOSTILE })) });

describe("numbers on pages", () => {
  it("carry their sign, and no number is no zero", () => {
    expect([money("2.352300"), money("-5.043800"), money("-0.000001")]).toEqual([
      "+2.35",
      "−5.04",
      "0.00",
    ]);
    expect([cents(15_700), cents(-2_000), cents(null)]).toEqual(["+1.6¢", "−0.2¢", "–"]);
    expect([score(null), score(Infinity)]).toEqual(["–", "∞"]);
  });
});

describe("every page", () => {
  it("tells the same tables", () => {
    const report = built();
    const titles = [gamesTable(report), ...nightTables(report)].map((table) => table.title);
    const page = htmlReport(report);
    const text = markdownReport(report);
    expect(titles.length).toBeGreaterThan(12);
    for (const title of titles) {
      expect(page).toContain(`<h2>${title}</h2>`);
      expect(text).toContain(`## ${title}`);
    }
  });

  it("gives profit at three spreads where the book was derived, and says what was reconstructed", () => {
    const rows = nightRows();
    const run = {
      ...rows.run,
      manifest: JSON.stringify({
        isDerivedBook: true,
        lacks: ["injuries"],
        games: [{ lacks: ["live-score"] }, {}],
      }),
    };
    const games = [gameRow(NYK, { reconstructed: '["score from quarter scores"]' }), gameRow(LAL)];
    const pnl = { gross: "1.000000", fees: "0.250000", net: "0.750000" };
    const spreadPnl = [1, 2, 3].map((spreadCents) => ({
      ...{ spreadCents, isPlayed: spreadCents === 2, pnlUsd: pnl },
    }));
    const report = buildReport(nightInputs({ rows: { ...rows, run, games }, spreadPnl }));
    const text = markdownReport(report);
    expect(text).toContain("| 3¢ | +1.00 | 0.25 | +0.75 |");
    // The night by hand made 3.00 gross, paid 0.6477, and kept 2.3523.
    expect(text).toContain("| played | +3.00 | 0.65 | +2.35 |");
    expect(text).toContain("| 2¢ less played | −2.00 | −0.40 | −1.60 |");
    expect(text).toContain("| reconstructed | score from quarter scores | 1 of 2 |");
    expect(text).toContain("| the source lacks | injuries | all |");
    expect(text).toContain("| the source lacks | live-score | 1 of 2 |");
    expect(markdownReport(built())).not.toContain("assumed spread");
  });

  it("survives a night without games", () => {
    const empty = built({
      ...{ games: [], markets: [], intents: [], orders: [], fills: [], settlements: [] },
      ...{ scores: [], alarms: [], cycles: [], verdictCounts: [], candidates: [] },
      ...{ prices: [], changes: [] },
    });
    expect(() => [
      htmlReport(empty),
      markdownReport(empty),
      terminalReport(empty.summary),
    ]).not.toThrow();
  });
});

describe("report.html", () => {
  it("needs nothing from outside", () => {
    const page = htmlReport(built());
    expect(page).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//);
    expect(page).toContain("var uPlot=");
    expect(page).toContain("default-src &#39;none&#39;");
  });

  it("keeps hostile text text, in cells and in data", () => {
    const page = htmlReport(hostile());
    expect(page).not.toContain("<img");
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;");
  });

  it("carries each game's picture as data", () => {
    const report = built();
    const page = htmlReport(report);
    const data = /<script type="application\/json" id="pictures-data">(.*?)<\/script>/s.exec(page);
    expect(JSON.parse(data?.[1] ?? "null")).toEqual(report.pictures);
  });

  it("escapes whatever is interpolated, and JSON parses back to what it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(html`<p>${text}</p>`.text.slice(3, -4)).not.toMatch(/[<>"']/);
        expect(inlineJson(text).text).not.toMatch(/[<>&]/);
        expect(JSON.parse(inlineJson(text).text)).toBe(text);
      }),
    );
  });
});

describe("report.md", () => {
  it("keeps every row of a table in its columns, whatever is in a cell", () => {
    const rows = markdownReport(hostile())
      .split("\n")
      .filter((row) => row.startsWith("|"));
    const alarms = rows.filter((row) => row.includes("feed\\_invalid"));
    expect(alarms).toHaveLength(1);
    // Eight columns: nine bars that are not escaped.
    expect(alarms[0]?.match(/(?<!\\)\|/g)).toHaveLength(9);
    expect(alarms[0]).not.toMatch(/(?<!\\)[<[]/);
  });
});

describe("the terminal's report", () => {
  it("fits a night of fifteen games on one screen", () => {
    const { summary } = built();
    const games = Array.from({ length: 15 }, () => summary.games)
      .flat()
      .slice(0, 15);
    const lines = terminalReport({ ...summary, games }).split("\n");
    expect(lines.length).toBeLessThanOrEqual(26);
    expect(Math.max(...lines.slice(0, -2).map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it("says which criterion did not hold, and why", () => {
    const { summary } = built({ games: [gameRow(NYK), gameRow(LAL, { phase: "live" })] });
    expect(terminalReport(summary)).toContain("NOT HELD all_games_end_to_end");
    expect(terminalReport(summary)).toContain("failed");
  });

  it("lets no text from outside command the terminal", () => {
    expect(plain(HOSTILE)).not.toContain("\u001b");
  });
});

describe("writeReport", () => {
  it("writes the four files whole, and report.json reads back by its schema", async () => {
    const dir = await mkdtemp(join(tmpdir(), "tipoff-report-"));
    try {
      const report = built();
      await writeReport(join(dir, "2026-11-20"), report);
      await writeReport(join(dir, "2026-11-20"), report);
      expect((await readdir(join(dir, "2026-11-20"))).sort()).toEqual([
        "analysis.json",
        "report.html",
        "report.json",
        "report.md",
      ]);
      const text = await readFile(join(dir, "2026-11-20", "report.json"), "utf8");
      expect(ReportSummary.parse(JSON.parse(text))).toEqual(report.summary);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("does not turn an infinite log loss into no evidence", async () => {
    const dir = await mkdtemp(join(tmpdir(), "tipoff-report-"));
    try {
      const scores = nightRows().scores.map((row) => ({ ...row, model: row.homeWon ? 0 : 1 }));
      await writeReport(dir, built({ scores }));
      const text = await readFile(join(dir, "analysis.json"), "utf8");
      expect(text).toContain('"model": "infinite"');
      expect(await readFile(join(dir, "report.md"), "utf8")).toContain("∞");
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("csvLine", () => {
  it("reads back to the same cells, whatever they hold", () => {
    const cell = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
        expect(parse(csvLine(cells), { record_delimiter: "\r\n" })).toEqual([cells]);
      }),
    );
  });

  it("writes nothing for what is not known, and instants in ISO", () => {
    expect(csvLine([null, new Date(0), 1, true])).toBe(",1970-01-01T00:00:00.000Z,1,true\r\n");
  });
});
