/** Of `workers/spread-pnl.ts`: here, where no server is started for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pnlUsd } from "../../activities/report/night.ts";
import { playJob } from "../../backtest/job.ts";
import { findLoads } from "../../backtest/loads.ts";
import { smallConfig, smallNight } from "../../backtest/testing/small-night.ts";
import { buildElo } from "../elo-build.ts";
import { loadGameStrategies } from "../../runtime/game-strategies.ts";
import { homeAt } from "../../runtime/home.ts";
import { loadTipoffConfig } from "../../runtime/tipoff-config.ts";
import { writeRecording } from "../../sim/recordings/writer.ts";
import { spreadPnl } from "../../workers/spread-pnl.ts";

const dir = mkdtempSync(join(tmpdir(), "spread-pnl-"));
const home = homeAt(dir);
const night = join(dir, "night");
const artifact = join(dir, "ratings");
const { config } = loadTipoffConfig("config/tipoff.yaml");
const { limits } = smallConfig();
// New York is the better team; the night itself knows no past results.
const RESULTS = [
  "season,date,regular,playoffs,away,home,score_away,score_home",
  ...[23, 24, 25, 26].map((day) => `2026,2025-11-${String(day)},True,False,bos,ny,90,120`),
];

beforeAll(async () => {
  const results = join(dir, "results.csv");
  writeFileSync(results, RESULTS.join("\n"));
  const { elo } = config.decision.forecast;
  const now = new Date("2025-11-27T12:00:00Z");
  await buildElo({ results: [results], config: elo, out: artifact, now });
  await writeRecording(night, { ...smallNight({ homeWins: false }), pastGames: [] });
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** By ratings that may be used while their last game is at most so many days old. */
async function pnlOf(maxAgeDays: number, request: { readonly spreadCents?: number } = {}) {
  const ratings = { artifact, maxAgeDays };
  const { manifest } = smallNight();
  const control = {
    manifest: () => Promise.resolve(manifest),
    state: () => Promise.resolve({ loaded: `recording:${night}`, request }),
  };
  const strategies = await loadGameStrategies(config.decision.strategies, { home });
  const book = { ofSource: () => Promise.resolve({ limits, hash: "" }) };
  const settings = { ...config, ratings };
  return {
    told: await spreadPnl({ control, config: settings, home, strategies, limits: book }),
    loads: await findLoads(settings, home),
  };
}

it("is at each spread what the backtest of it comes to, by the ratings that the settings name", async () => {
  const { told, loads } = await pnlOf(60);
  expect(told.map(({ spreadCents }) => spreadCents)).toEqual([1, 2, 3]);
  expect(told.map(({ isPlayed }) => isPlayed)).toEqual([true, false, false]);
  for (const { spreadCents, pnlUsd: pnl } of told) {
    if (spreadCents !== 1 && spreadCents !== 2 && spreadCents !== 3) throw new Error("a spread");
    const source = { kind: "recording", dir: night, spreadCents } as const;
    const { result } = await playJob({ source, config: { ...config, limits }, loads, options: {} });
    expect(pnl).toEqual(pnlUsd(result.pnl));
  }
  // New York was bought, and lost; by ratings that are stale there is no forecast to buy it by.
  expect(Number(told[0]?.pnlUsd.net)).toBeLessThan(0);
  const stale = await pnlOf(1, { spreadCents: 3 });
  expect(stale.told.map(({ isPlayed }) => isPlayed)).toEqual([false, false, true]);
  expect(stale.told.map(({ pnlUsd: pnl }) => Number(pnl.net))).toEqual([0, 0, 0]);
});
