import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playJobs } from "../backtest/pool.ts";
import { findNights, jobsOf, loadSettings } from "../cli/backtest/sources.ts";
import { importNights } from "../sim/recordings/import.ts";
import { homeAt } from "../runtime/home.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { dataPath, linesOf } from "../test/recorded/data.ts";
import type { BenchResult } from "./result.ts";

const RUNS = 3;

/** How fast all the recorded candle games are played, on one core: files read, checked, decided on, settled. */
export async function backtestCandles(): Promise<BenchResult> {
  const out = mkdtempSync(join(tmpdir(), "bench-candles-"));
  try {
    const candles = dataPath("kalshi-nba", "candles_1m.public.csv.gz");
    const rows = linesOf(candles).length - 1;
    await importNights({
      candles,
      games: dataPath("kalshi-nba", "games.public.csv"),
      quarters: dataPath("nba-results", "nba_quarter_scores_2020-12_to_2026-03.public.csv.gz"),
      results: [dataPath("nba-results", "nba_results_2022-23_to_2025-26.public.csv.gz")],
      ...{ from: null, to: null, estimatesTips: true, out },
    });
    const settings = await loadSettings({
      strategyConfig: join(PACKAGE_ROOT, "config", "tipoff.yaml"),
      limits: join(PACKAGE_ROOT, "config", "risk_limits.yaml"),
      home: homeAt(out),
    });
    const nights = await findNights({ recording: [out], games: 1, edge: "default", spread: 1 });
    const jobs = jobsOf(nights, settings, {});
    const seconds: number[] = [];
    const processor: number[] = [];
    let [games, decisions, checksum] = [0, 0, ""];
    for (let run = 0; run < RUNS; run += 1) {
      const [startedAt, used] = [performance.now(), process.cpuUsage()];
      const outcomes = await playJobs(jobs, { workers: 1 });
      seconds.push((performance.now() - startedAt) / 1_000);
      const { user, system } = process.cpuUsage(used);
      processor.push((user + system) / 1e6);
      const results = outcomes.map(({ result }) => result);
      games = results.reduce((sum, result) => sum + result.games.length, 0);
      decisions = results.reduce((sum, result) => sum + result.decisions, 0);
      checksum = createHash("sha256").update(JSON.stringify(results)).digest("hex");
    }
    const first = seconds[0] ?? Number.NaN;
    const best = Math.min(...seconds);
    const round = (value: number): number => Number(value.toFixed(2));
    return {
      name: "backtest-candles",
      definition:
        `all ${String(games)} recorded candle games (${String(rows)} rows, ${String(decisions)} decisions) after their import: ` +
        `files read and checked, three strategies, every risk rule, matching, settlement; one core, ${String(RUNS)} passes`,
      seed: 0,
      checksum,
      figures: [
        { name: "first pass", value: round(first), unit: "s", target: { atMost: 5 } },
        { name: "best pass", value: round(best), unit: "s", target: null },
        { name: "processor time", value: round(Math.min(...processor)), unit: "s", target: null },
        { name: "rows", value: Math.round(rows / first), unit: "rows/s", target: null },
      ],
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
