import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { GATES_FILE, loadGates } from "./gates-config.ts";
import { PACKAGE_ROOT } from "./package-root.ts";

const usual = readFileSync(GATES_FILE, "utf8");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tipoff-gates-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it("loads the values that were asked for", () => {
  const { gates } = loadGates().gates;
  expect([gates.shadow, gates.paper, gates.micro].map((gate) => gate.minRuntimeDays)).toEqual([
    14, 14, 14,
  ]);
  expect([gates.small.minRuntimeDays, gates.medium.minRuntimeDays]).toEqual([28, 56]);
  expect([gates.paper.minCompletedTrades, gates.micro.minCompletedTrades]).toEqual([100, 20]);
  expect(gates.paper).toMatchObject({
    minTotalReturn: 0.01,
    minSharpe: 1.5,
    minReturnDays: 20,
    minProfitFactor: 1.3,
    maxDrawdown: 0.1,
    maxFeeDrag: 0.15,
    winRate: { min: 0.45, max: 0.6 },
    worstTrade: -0.05,
    maxLimitBreaches: 0,
    maxIncidents: 0,
    killDrillMaxAgeDays: 7,
    restoreDrillMaxAgeDays: 7,
  });
  expect(gates.small.maxDrawdown).toBe(0.05);
  expect(gates.micro.maxLiveDivergence).toBe(0.5);
});

it.each([
  ["min_nights: 10", "min_night: 10", /gates\.shadow.*min_night/],
  [
    "max_brier_excess: 0 ",
    "max_brier_excess: .nan ",
    /gates\.shadow\.max_brier_excess.*-0.1 to 0.1/,
  ],
  ["min_runtime_days: 14", "min_runtime_days: 0", /gates\.shadow\.min_runtime_days.*1 to 365/],
  ["min: 45, max: 60", "min: 60, max: 45", /gates\.paper\.win_rate_pct\.max.*above min/],
  ["    min_return_days: 40\n", "", /gates\.medium\.min_return_days.*1 to 365/],
  ["stable_window_days: 14", "stable_window_days: two", /steps\.stable_window_days.*7 to 90/],
])("refuses %s as %s, naming the key and its range", (from, to, says) => {
  const file = join(folder, "gates.yaml");
  expect(usual).toContain(from);
  writeFileSync(file, usual.replace(from, to));
  expect(() => loadGates(file)).toThrow(says);
});

it("shows the same values in docs/stages.md", () => {
  const page = readFileSync(`${PACKAGE_ROOT}docs/stages.md`, "utf8");
  const cells = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  const shown = new Map(cells.map(([, key = "", ...values]) => [key, values.slice(0, 5)]));
  const File = z.object({ gates: z.record(z.string(), z.record(z.string(), z.unknown())) });
  const { gates } = File.parse(parse(usual));
  const stages = ["shadow", "paper", "micro", "small", "medium"];
  const keys = Object.keys(gates["shadow"] ?? {});
  const text = (value: unknown): string => {
    const range = z.object({ min: z.number(), max: z.number() }).safeParse(value);
    if (range.success) return `${range.data.min} to ${range.data.max}`;
    return value === null ? "-" : JSON.stringify(value);
  };
  for (const key of keys) {
    expect(shown.get(key), key).toEqual(stages.map((stage) => text(gates[stage]?.[key])));
  }
});
