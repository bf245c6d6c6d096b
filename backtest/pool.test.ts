import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRecording } from "../sim/recordings/writer.ts";
import type { NightJob } from "./job.ts";
import { playJobs } from "./pool.ts";
import { checkSanity, judgeLabels, type PositionsNet } from "./sanity.ts";
import { edgeVerdict, summarize } from "./summary.ts";
import { combinations, judgeSweep } from "./sweep.ts";
import { NO_LOADS, smallConfig, smallNight } from "./testing/small-night.ts";

const config = smallConfig();
const DATES = ["2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"];
let dir = "";
let jobs: readonly NightJob[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "backtest-"));
  for (const [nr, date] of DATES.entries()) {
    await writeRecording(join(dir, date), smallNight({ date, games: 1, homeWins: nr !== 1 }));
  }
  jobs = DATES.map((date) => ({
    source: { kind: "recording", dir: join(dir, date), spreadCents: 1 },
    config,
    loads: NO_LOADS,
    options: { isLogged: true },
  }));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("nights played in threads", () => {
  it("come out the same, to the byte, whatever the number of workers", async () => {
    const alone = await playJobs(jobs, { workers: 1 });
    const done: number[] = [];
    const threads = await playJobs(jobs, { workers: 3, onDone: (n) => done.push(n) });
    expect(JSON.stringify(threads)).toBe(JSON.stringify(alone));
    expect(done).toEqual([1, 2, 3, 4]);
    expect(summarize(alone, 200)).toEqual(summarize(threads, 200));
    expect(summarize(alone, 200).strategies[0]?.entries).toBeGreaterThan(0);
  });

  it("end with the error of the night that fails", async () => {
    const missing: NightJob = {
      source: { kind: "recording", dir: join(dir, "none"), spreadCents: 1 },
      config,
      loads: NO_LOADS,
      options: {},
    };
    await expect(playJobs([...jobs, missing], { workers: 2 })).rejects.toThrow();
    await expect(playJobs([missing], { workers: 1 })).rejects.toThrow();
  });
});

describe("the sanity check", () => {
  it("sees that the guard works and that the future changes results", async () => {
    const report = await checkSanity(jobs.slice(0, 2), { workers: 1 }, 200);
    expect(report.guard.caught).toContain("before it was known");
    expect(report.guard.isSealedEqual).toBe(true);
    expect(report.foresight.changedGames).toBeGreaterThan(0);
    // Two games say nothing of labels, and that is no sanity.
    expect(report.labels.oracle.own.verdict).toBe("not-enough-data");
    expect(report).toMatchObject({ hasEnough: false, isSane: false });
  });

  it("asks of the oracle an edge of its own, and that no edge outlives other games' labels", () => {
    const of = (verdict: PositionsNet["verdict"]): PositionsNet => ({
      ...{ positions: 90, verdict },
      net: { value: 1, n: 90, clusters: 90, interval: null, lack: "no_interval" },
    });
    const judged = (...[own, shifted, oracle, oracleShifted]: PositionsNet["verdict"][]) =>
      judgeLabels({
        played: { own: of(own ?? "edge"), shifted: of(shifted ?? "edge") },
        oracle: { own: of(oracle ?? "edge"), shifted: of(oracleShifted ?? "edge") },
      });
    expect(judged("loss", "loss", "edge", "loss")).toBe("destroyed");
    expect(judged("edge", "not-shown", "edge", "not-shown")).toBe("destroyed");
    expect(judged("loss", "loss", "edge", "edge")).toBe("survives");
    expect(judged("edge", "edge", "edge", "loss")).toBe("survives");
    // An oracle without an edge: what should be destroyed was never there.
    expect(judged("loss", "loss", "not-shown", "loss")).toBe("not-enough-data");
    expect(judged("loss", "loss", "edge", "not-enough-data")).toBe("not-enough-data");
    expect(judged("edge", "not-enough-data", "edge", "loss")).toBe("not-enough-data");
  });

  it("calls an edge only what lies above nothing as a whole", () => {
    const of = (low: number, high: number) => edgeVerdict({ interval: { level: 0.95, low, high } });
    expect([of(0.1, 2), of(-2, -0.1), of(-1, 1), of(0, 1)]).toEqual([
      "edge",
      "loss",
      "not-shown",
      "not-shown",
    ]);
    expect(edgeVerdict({ interval: null })).toBe("not-enough-data");
  });
});

describe("a sweep", () => {
  it("tries every combination of its values", () => {
    const tried = combinations([
      { path: "a", values: [1, 2] },
      { path: "b", values: [3, 4, 5] },
    ]);
    expect(tried).toHaveLength(6);
    expect(tried[5]).toEqual([
      { path: "a", value: 2 },
      { path: "b", value: 5 },
    ]);
  });

  it("chooses in sample, judges out of it, and counts every trial", async () => {
    const outcomes = await playJobs(jobs, { workers: 1 });
    const withNets = (nets: readonly number[]) =>
      outcomes.map((one, nr) => {
        const net = (nets[nr] ?? 0) * 1_000_000;
        const pnl = { gross: net, fees: 0, net, atMid: net };
        return { ...one, result: { ...one.result, pnl } };
      });
    const report = judgeSweep(
      [
        { name: "steady", outcomes: withNets([10, 12, -40, -50]) },
        { name: "wild", outcomes: withNets([100, -90, 60, 70]) },
        { name: "still", outcomes: withNets([0, 0, 0, 0]) },
      ],
      0.5,
      10_000_000_000,
    );
    expect(report.trials).toBe(3);
    expect(report.nights).toEqual({ inSample: 2, outOfSample: 2 });
    expect(report.best?.name).toBe("steady");
    expect(report.best?.deflated.trials).toBe(3);
    // (-40 - 50) / 2 = -45 a night; two nights are too few for an interval.
    expect(report.best?.outOfSample.value).toBe(-45_000_000);
    expect(report.best?.verdict).toBe("not-enough-data");
    expect(report.best?.isCredible).toBe(false);
    expect(report.figures[2]?.inSample.sharpe).toBeNull();
  });
});
