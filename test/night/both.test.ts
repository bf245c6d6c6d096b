import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { BtcReportSummary } from "../../activities/bitcoin/report/report-schema.ts";
import type { ReportSummary } from "../../activities/report/report-schema.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { expectSound } from "./expectations.ts";
import { type Answer, NightHome } from "./night-home.ts";

const WORLD = ["--btc", "--games", "1", "--hours", "3", "--seed", "7", "--speed", "150"] as const;

/** A night and Bitcoin of one world: one clock, one account, one worker. */
let night: NightHome;
let played: Answer;
let games: ReportSummary;
let bitcoin: BtcReportSummary;

beforeAll(async () => {
  night = await NightHome.create();
  played = await night.answer("start", ...WORLD, "--exit", ...(await eagerSettings()));
  const date = /trading-day\/paper\/(\d{4}-\d{2}-\d{2})/.exec(played.said)?.[1] ?? "no date";
  games = await night.report(date);
  const file = join(night.home.reports, "btc", `${date}-paper-nightly`, "report.json");
  bitcoin = BtcReportSummary.parse(JSON.parse(await readFile(file, "utf8")));
});

afterAll(() => night.remove());

/** Even in three hours at this speed few proposals meet a book that fills them: contracts are proposed again and again. */
async function eagerSettings(): Promise<readonly string[]> {
  const usual = await readFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
  const eager = usual.replace("maxAttempts: 2 ", "maxAttempts: 100 ");
  if (eager === usual) throw new Error("config/tipoff.yaml has no maxAttempts: 2");
  const file = join(night.home.path, "eager.yaml");
  await writeFile(file, eager);
  return ["--strategy-config", file];
}

it("plays both to their reports with one command", () => {
  expect(played.exitCode, played.said).toBe(0);
  expect(bitcoin).toMatchObject({ series: ["KXBTC15M"], unsettled: 0 });
  expect(bitcoin.settled).toBeGreaterThan(0);
});

it("keeps one account for both: each report has its own profit, and the sum is the cash", () => {
  // Something was traded on either side, or the sum would say nothing.
  expect(games.totals.fills).toBeGreaterThan(0);
  expect(bitcoin.wouldTrades.filled).toBeGreaterThan(0);
  expectSound(games, 1, bitcoin.wouldTrades.pnlUsd.net);
});

it("knows both as played, and plays neither again", async () => {
  const again = await night.answer("start", ...WORLD, "--exit", ...(await eagerSettings()));
  expect(again.exitCode, again.said).toBe(0);
  expect(again.said.match(/was played in this home already/g)).toHaveLength(2);
});
