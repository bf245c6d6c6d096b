import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildReport } from "../../activities/report/build.ts";
import { reportVerdict } from "../../activities/report/integrity.ts";
import { ReportSummary } from "../../activities/report/report-schema.ts";
import { terminalReport } from "../../activities/report/terminal.ts";
import { compareRuns, pooled } from "../../backtest/compare.ts";
import type { NightOutcome } from "../../backtest/job.ts";
import { playNight } from "../../backtest/night.ts";
import { summarize } from "../../backtest/summary.ts";
import { smallConfig, smallNight, sourceOf } from "../../backtest/testing/small-night.ts";
import { activeStrategies, decideUnder } from "../../core/strategies/config.ts";
import { replayDecision } from "../../core/strategies/replay.ts";
import { nightInputs } from "../../activities/report/testing/rows.ts";
import { type BacktestRecord, nightRecord, readBacktest, writeBacktest } from "./files.ts";
import { reportRowsOf } from "./rows.ts";

const config = smallConfig();
let dir = "";
let outcomes: readonly NightOutcome[] = [];
const words = {
  commit: "c0ffee",
  configHash: "abc",
  startingCash: config.paper.startingCash,
  isRouted: false,
  active: activeStrategies(config.decision.strategies),
  hasPictures: true,
};
const LOADED = { trees: null, ratings: null };
const record = (): BacktestRecord => ({
  schemaVersion: 1,
  commit: "c0ffee",
  configHash: "abc",
  limitsHash: "def",
  nights: outcomes.map((outcome) => nightRecord(outcome, LOADED)),
  settings: { spreadCents: 1, latencyMs: 500, tickMs: 10_000, edge: "default" },
  loaded: LOADED,
  summary: summarize(outcomes, 100),
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "backtest-files-"));
  const played: NightOutcome[] = [];
  for (const [date, homeWins] of [
    ["2025-12-01", true],
    ["2025-12-02", false],
  ] as const) {
    const source = sourceOf(smallNight({ date, games: 2, homeWins }));
    const result = await playNight(source, config, { isLogged: true });
    played.push({ manifest: source.manifest, result, without: [] });
  }
  outcomes = played;
  await writeBacktest(join(dir, "a"), record(), outcomes, words);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const read = (name: string): string => readFileSync(join(dir, "a", name), "utf8");

describe("a backtest's folder", () => {
  it("holds a report in the form of a night's, with the money of the summary and sound books", () => {
    const report = ReportSummary.parse(JSON.parse(read("report.json")));
    const { pnl } = summarize(outcomes, 100);
    expect(report.games).toHaveLength(4);
    expect(Number(report.totals.pnlUsd.net)).toBeCloseTo(pnl.net / 1e6, 6);
    expect(Number(report.totals.pnlUsd.fees)).toBeCloseTo(pnl.fees / 1e6, 6);
    expect(report.integrity.ledgerDifferenceUsd).toBe("0.000000");
    expect(report.integrity.unsettledMarkets).toBe(0);
    expect(report.totals.cashUsd.difference).toBe("0.000000");
    expect(report.criteria.find(({ id }) => id === "all_games_end_to_end")?.held).toBe(true);
    expect(report.criteria.find(({ id }) => id === "one_pregame_attempt")?.held).toBe(true);
    expect(report.criteria.find(({ id }) => id === "logs_consistent")).toMatchObject({
      held: true,
      evidence: expect.stringContaining("no logs: a backtest") as string,
    });
    expect(report.totals.fills).toBeGreaterThan(0);
    expect(reportVerdict(report)).toBe("passed");
    for (const page of [read("report.md"), read("report.html"), terminalReport(report)]) {
      expect(page).toContain("passed (no venue: a backtest)");
      expect(page).not.toContain("did not answer");
    }
    expect(read("report.md")).toContain("| venue minus ledger, USD | no venue: a backtest |");
    // What its own books can tell it is judged by.
    for (const off of [{ openPositions: 1 }, { ledgerDifferenceUsd: "0.000001" }]) {
      const integrity = { ...report.integrity, ...off };
      expect(reportVerdict({ ...report, integrity })).toBe("failed");
    }
    expect(read("report.md")).toContain("## Games");
    expect(read("report.html")).toContain("</html>");
  });

  it("is the same, to the byte, when it is written again", async () => {
    const written = await writeBacktest(join(dir, "b"), record(), outcomes, words);
    for (const file of written) {
      expect(readFileSync(file, "utf8")).toBe(read(file.slice(join(dir, "b").length + 1)));
    }
  });

  it("keeps decisions that replay to the same bytes", () => {
    const lines = read("decisions.jsonl").trim().split("\n");
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { input, output } = JSON.parse(line) as { input: string; output: string };
      expect(replayDecision(input, output, decideUnder(config.decision, config.limits))).toBe(true);
    }
  });

  it("agrees with itself, night by night, when it is read and compared", async () => {
    const { playedWith, runOf } = await readBacktest(join(dir, "a"));
    expect(playedWith.nights.map(({ date }) => date)).toEqual(["2025-12-01", "2025-12-02"]);
    const nights = playedWith.nights.map(({ name }) =>
      compareRuns(runOf(name), runOf(name), 1_000),
    );
    const { entries, exits } = pooled(nights);
    expect([...entries.differences, ...exits.differences]).toEqual([]);
    expect(entries.share).toBe(1);
    const { totals } = ReportSummary.parse(JSON.parse(read("report.json")));
    const { night } = entries;
    expect(night.proposed - night.refused + exits.night.proposed).toBe(totals.orders);
    expect(runOf("another").orders).toEqual([]);
  });

  it("names by night what it was decided by, and of ratings that it went without why", () => {
    const loaded = { trees: "model-a", ratings: "elo-2+a" };
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error("no night");
    expect(nightRecord(outcome, loaded)).toMatchObject(loaded);
    const why = { code: "ratings_too_old", reason: "ended in June" };
    const without = [
      { what: "model-trees", code: "no_model", reason: "older than 30 days" },
      { what: "ratings", ...why },
    ] as const;
    expect(nightRecord({ ...outcome, without }, loaded)).toMatchObject({
      ...{ trees: null, ratings: "ratings_too_old" },
    });
  });

  it("tells of each order the prices that its market showed then", async () => {
    const { playedWith, runOf } = await readBacktest(join(dir, "a"));
    for (const { orders, sights } of playedWith.nights.map(({ name }) => runOf(name))) {
      expect(orders.length).toBeGreaterThan(0);
      for (const { marketTicker, at, bid, ask } of orders) {
        const shown = sights.findLast((one) => one.marketTicker === marketTicker && one.at <= at);
        expect(shown).toMatchObject({ bid, ask });
      }
    }
  });

  it("is refused where there is none, by the file that is missing", async () => {
    await expect(readBacktest(join(dir, "none"))).rejects.toThrow("orders.jsonl is not there");
  });
});

describe("the report of nights that share a game's date and teams", () => {
  const tell = async (name: string, homeWins: boolean): Promise<NightOutcome> => {
    const { manifest, ...night } = smallNight({ games: 2, homeWins });
    const source = sourceOf({ ...night, manifest: { ...manifest, name } });
    const result = await playNight(source, config, { isLogged: true });
    return { manifest: source.manifest, result, without: [] };
  };
  const judged = (...nights: readonly NightOutcome[]) => {
    const { analysis } = buildReport(nightInputs({ rows: reportRowsOf(nights, words) }));
    const { missed, falsePositives } = analysis;
    const sum = (read: (one: (typeof missed)[number]) => number): number =>
      missed.reduce((all, one) => all + read(one), 0);
    return {
      ...{ candidates: sum((one) => one.candidates), missed: sum((one) => one.missed) },
      ...{ paid: sum((one) => one.paidAtSettlement), falsePositives: falsePositives.length },
    };
  };

  it("values what was missed, and what was wrong, by each night's own result", async () => {
    const [won, lost] = [await tell("world:1", true), await tell("world:2", false)];
    const [one, other, both] = [judged(won), judged(lost), judged(won, lost)];
    expect(one.paid).not.toBe(other.paid);
    expect(one.falsePositives).not.toBe(other.falsePositives);
    for (const name of ["candidates", "missed", "paid", "falsePositives"] as const) {
      expect({ [name]: both[name] }).toEqual({ [name]: one[name] + other[name] });
    }
    expect(judged(lost, won)).toEqual(both);
  });
});
