import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { playJobs } from "../backtest/pool.ts";
import { findNights, jobsOf, loadSettings } from "../cli/backtest/sources.ts";
import { importNights } from "../sim/recordings/import.ts";
import { openRecording } from "../sim/recordings/reader.ts";
import { homeAt } from "../runtime/home.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { dataPath, linesOf } from "../test/recorded/data.ts";
import type { BenchResult } from "./result.ts";

const RUNS = 3;
/** All public candle games: a fast pass over fewer proves nothing. */
const GAMES = 402;

/** How fast all the recorded candle games are played, on one core: files read, checked, decided on, settled. */
export async function backtestCandles(): Promise<BenchResult> {
  const out = mkdtempSync(join(tmpdir(), "bench-candles-"));
  try {
    const candles = dataPath("kalshi-nba", "candles_1m.public.csv.gz");
    const rows = linesOf(candles).length - 1;
    const imported = await importNights({
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
    // Afterwards: the first pass is to be the first.
    const minutes = await minutesOf(imported.map(({ dir }) => dir));
    const first = seconds[0] ?? Number.NaN;
    const best = Math.min(...seconds);
    const round = (value: number): number => Number(value.toFixed(2));
    return {
      name: "backtest-candles",
      definition:
        `${String(games)} recorded candle games after their import: of ${String(rows)} rows of the file ${String(minutes)} are played, ` +
        `those with a trade from an hour before the night on and the last one before (${String(decisions)} decisions); files read and checked, three strategies, every risk rule, matching, settlement; one core, ${String(RUNS)} passes`,
      seed: 0,
      checksum,
      figures: [
        {
          name: `first pass of ${String(minutes)} rows played`,
          value: round(first),
          unit: "s",
          target: { atMost: 5 },
        },
        { name: "best pass", value: round(best), unit: "s", target: null },
        { name: "processor time", value: round(Math.min(...processor)), unit: "s", target: null },
        { name: "games played", value: games, unit: "games", target: { atLeast: GAMES } },
        { name: "rows played", value: minutes, unit: "rows", target: null },
        { name: "speed", value: Math.round(minutes / first), unit: "rows played/s", target: null },
      ],
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Rows that an import kept: each is a quote. */
async function minutesOf(dirs: readonly string[]): Promise<number> {
  let minutes = 0;
  for (const dir of dirs) {
    const night = await openRecording(dir);
    for await (const { kind } of night.facts()) if (kind === "quote") minutes += 1;
  }
  return minutes;
}
