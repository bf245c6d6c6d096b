import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { STAGES } from "../core/domain/stage.ts";
import { limitChanges, limitsOf, loadRiskLimits, loosenings } from "./risk-limits.ts";
import { positionOfMode } from "../core/domain/stage.ts";

const PAPER = positionOfMode("paper");

const SHIPPED = "config/risk_limits.yaml";
const directory = mkdtempSync(join(tmpdir(), "tipoff-limits-"));

/** Writes the shipped file with pieces of its section `paper` changed. */
function changed(...edits: readonly (readonly [from: string, to: string])[]): string {
  const text = readFileSync(SHIPPED, "utf8");
  const begin = text.indexOf("\npaper:");
  const end = text.indexOf("\nmicro:");
  let paper = text.slice(begin, end);
  for (const [from, to] of edits) {
    expect(paper).toContain(from);
    paper = paper.replace(from, to);
  }
  const file = join(directory, "changed.yaml");
  writeFileSync(file, text.slice(0, begin) + paper + text.slice(end));
  return file;
}

function faultsOf(file: string): readonly string[] {
  try {
    loadRiskLimits(file);
  } catch (error) {
    if (error instanceof TradingError && error.code === "CONFIG_INVALID") {
      const { file: named, faults } = error.details as { file: string; faults: string[] };
      expect(named).toBe(file);
      return faults;
    }
  }
  throw new Error("the file was not refused");
}

describe("risk_limits.yaml", () => {
  it("is loaded as shipped, in the units of the core", () => {
    const { file } = loadRiskLimits(SHIPPED);
    const micro = limitsOf(file, { stage: "micro", step: 4 }, "live");
    // 500 USD, 10 a position, 3 positions, 50 a day, 8 cents of edge, 15 s.
    expect(micro).toMatchObject({
      maxTotalCapital: 500_000_000,
      maxPositionSize: 10_000_000,
      maxOpenPositions: 3,
      maxDailyLoss: 50_000_000,
      minEdgeMicros: 80_000,
      maxQuoteAgeMs: 15_000,
    });
  });

  it("keeps the table of the stages: capital, position, a tenth a day and a fifth a week", () => {
    const { file } = loadRiskLimits(SHIPPED);
    const rows = (["micro", "small", "medium", "standard"] as const).map((stage) => {
      const one = file[stage];
      return [
        one.max_total_capital,
        one.max_position_size,
        one.max_daily_loss,
        one.max_weekly_loss,
      ];
    });
    expect(rows).toEqual([
      [500, 10, 50, 100],
      [1_000, 50, 100, 200],
      [2_500, 100, 250, 500],
      [5_000, 200, 500, 1_000],
    ]);
    const edges = STAGES.map((stage) => file[stage].min_edge_threshold);
    expect(edges).toEqual([0.05, 0.05, 0.08, 0.08, 0.08, 0.08]);
  });

  it("changes a world's run only, by what it writes down", () => {
    const { file } = loadRiskLimits(SHIPPED);
    const world = limitsOf(file, PAPER, "world:7");
    expect(world.minEdgeMicros).toBe(5_000);
    expect(world.maxSpreadMicros).toBe(limitsOf(file, PAPER, "recording:x").maxSpreadMicros);
    for (const source of ["recording:world:7", "live", "recording"]) {
      expect(limitsOf(file, PAPER, source).minEdgeMicros, source).toBe(50_000);
    }
  });

  it("has a hash of its values, not of its comments", () => {
    const { hash } = loadRiskLimits(SHIPPED);
    expect(loadRiskLimits(changed(["  max_spread: 0.04", "  max_spread: 0.040 # wide"])).hash).toBe(
      hash,
    );
    expect(loadRiskLimits(changed(["max_spread: 0.04", "max_spread: 0.03"])).hash).not.toBe(hash);
  });

  const DAILY = "max_daily_loss: 1000";
  it.each([
    ["an unknown key", DAILY, `${DAILY}\n  max_hope: 1`, /^paper: unknown key "max_hope"$/],
    [
      "a missing key",
      `  ${DAILY}\n`,
      "",
      /^paper\.max_daily_loss: .*1 to 100000000, found nothing$/,
    ],
    ["NaN", DAILY, "max_daily_loss: .nan", /^paper\.max_daily_loss: .*found NaN$/],
    ["infinity", DAILY, "max_daily_loss: .inf", /^paper\.max_daily_loss: .*found Infinity$/],
    ["a negative number", DAILY, "max_daily_loss: -1", /^paper\.max_daily_loss: .*found -1$/],
    ["a text", DAILY, "max_daily_loss: much", /^paper\.max_daily_loss: .*found "much"$/],
    [
      "a daily loss above the capital",
      DAILY,
      "max_daily_loss: 10001",
      /^paper\.max_daily_loss: must not be above max_weekly_loss \(2000\), found 10001$/,
    ],
    [
      "a weekly loss above the capital",
      "max_weekly_loss: 2000",
      "max_weekly_loss: 10001",
      /^paper\.max_weekly_loss: must not be above max_total_capital \(10000\), found 10001$/,
    ],
    [
      "a position above what one market may lose",
      "max_position_size: 200",
      "max_position_size: 601",
      /^paper\.max_position_size: must not be above max_loss_per_market \(600\), found 601$/,
    ],
    [
      "an hour above the day",
      "max_trades_per_hour: 60",
      "max_trades_per_hour: 201",
      /^paper\.max_trades_per_hour: must not be above max_trades_per_day \(200\), found 201$/,
    ],
    [
      "an exposure above the capital",
      "exposure_cap: 6000",
      "exposure_cap: 10001",
      /^paper\.exposure_cap: must not be above max_total_capital \(10000\), found 10001$/,
    ],
  ])("is refused with file, key, value and range: %s", (_, from, to, expected) => {
    expect(faultsOf(changed([from, to])).some((fault) => expected.test(fault))).toBe(true);
  });

  it("refuses a world that contradicts the section it changes", () => {
    const file = join(directory, "world.yaml");
    const text = readFileSync(SHIPPED, "utf8");
    writeFileSync(file, text.replace("\n  max_weekly_loss: 10000", "\n  max_weekly_loss: 10001"));
    expect(faultsOf(file)[0]).toMatch(
      /^world\.max_weekly_loss: must not be above max_total_capital/,
    );
  });
});

describe("changes of the limits", () => {
  it("are tighter or looser by what they allow", () => {
    const before = loadRiskLimits(SHIPPED).file;
    const after = loadRiskLimits(
      changed(
        ["max_daily_loss: 1000", "max_daily_loss: 900"],
        ["min_edge_threshold: 0.05", "min_edge_threshold: 0.04"],
        ["model_edge: 2500", "model_edge: 2600"],
      ),
    ).file;
    expect(limitChanges(before, after)).toEqual([
      {
        key: "paper.max_capital_per_strategy.model_edge",
        before: 2_500,
        after: 2_600,
        direction: "looser",
      },
      { key: "paper.max_daily_loss", before: 1_000, after: 900, direction: "tighter" },
      { key: "paper.min_edge_threshold", before: 0.05, after: 0.04, direction: "looser" },
    ]);
    expect(loosenings(before, after)).toHaveLength(2);
    expect(limitChanges(before, before)).toEqual([]);
  });

  it("measure a number that a world begins or ceases to have against paper's", () => {
    const { file } = loadRiskLimits(SHIPPED);
    const rest = { ...file.world };
    delete rest.min_edge_threshold;
    const without = { ...file, world: rest };
    const key = "world.min_edge_threshold";
    expect(limitChanges(file, without)).toEqual([
      { key, before: 0.005, after: null, direction: "tighter" },
    ]);
    expect(limitChanges(without, file)).toEqual([
      { key, before: null, after: 0.005, direction: "looser" },
    ]);
  });
});
