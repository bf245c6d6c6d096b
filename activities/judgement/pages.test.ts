import { expect, it } from "vitest";
import { scoreSample } from "../../core/scoring/validation/scores.ts";
import { handSample } from "../../core/scoring/validation/testing/hand-sample.ts";
import { validate } from "../../core/scoring/validation/validate.ts";
import { decayChart, scoreCharts } from "./charts.ts";
import { paperHtml, paperMarkdown, paperTerminal } from "./pages.ts";
import type { Paper } from "./paper.ts";
import { scoreTables } from "./score-tables.ts";
import { validationTables } from "./validation-tables.ts";

const sample = handSample({ games: 120, edge: 500_000 });
const validation = validate(sample, { stages: [], tried: [], others: [], resamples: 300 });
const paper: Paper = {
  title: "Validation <b>",
  verdict: { words: "an edge", shade: "passed" },
  lead: ["One | sentence", "<script>alert(1)</script>"],
  tiles: [{ name: "nights", value: "30" }],
  tables: validationTables(validation),
  charts: [...scoreCharts(validation, sample.capital), decayChart(validation.decay)],
  json: { schemaVersion: 1 },
};

it("shows every figure with its value, interval, observations and clusters", () => {
  for (const { title, head, rows } of paper.tables) {
    for (const row of rows) expect(row, title).toHaveLength(head.length);
  }
  const forecasts = paper.tables.find(({ title }) => title === "Forecasts");
  expect(forecasts?.head.slice(1, 5)).toEqual(["±value", "95 % interval", ">n", ">clusters"]);
  expect(forecasts?.rows[2]?.[2]).toMatch(/^-?0\.\d{4} to -?0\.\d{4}$/);
  expect(forecasts?.rows[2]?.slice(3, 5)).toEqual(["120", "120"]);
});

it("says in words why there is no interval", () => {
  const few = scoreSample(handSample({ games: 12, edge: 0 }));
  const results = scoreTables(few).find(({ title }) => title === "Results");
  expect(results?.rows[0]?.[2]).toBe(
    "12 games or days are too few for an interval that can be trusted",
  );
});

it("draws values of equal length over ascending axes", () => {
  expect(paper.charts.map(({ title }) => title)).toEqual([
    "Equity",
    "Reliability",
    "Edge over time",
  ]);
  for (const { x, series } of paper.charts) {
    expect([...x].sort((a, b) => a - b)).toEqual(x);
    for (const { values } of series) expect(values).toHaveLength(x.length);
  }
});

it("lets nothing into a page unescaped, and no request out of it", () => {
  const page = paperHtml(paper);
  expect(page).toContain("Validation &lt;b&gt;");
  expect(page).not.toContain("<script>alert");
  expect(page).toContain("default-src &#39;none&#39;");
  expect(page.match(/data-chart="\d"/g)).toHaveLength(3);
  const markdown = paperMarkdown(paper);
  expect(markdown).toContain("- One \\| sentence");
  expect(markdown).toContain("# Validation \\<b\\>");
});

it("shows a terminal the tables that were asked for, without definitions", () => {
  const shown = paperTerminal(paper, ["Forecasts"]);
  expect(shown).toContain("Brier skill");
  expect(shown).not.toContain("Until the gate can speak");
  expect(shown).not.toContain("0 equals the market");
});
