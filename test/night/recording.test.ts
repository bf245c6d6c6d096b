import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReportSummary } from "../../activities/report/report-schema.ts";
import { nodeArguments } from "../../runtime/package-root.ts";
import { reportFolder } from "../../runtime/home.ts";
import { expectSound } from "./expectations.ts";
import { NightHome } from "./night-home.ts";

const DATE = "2025-12-01";
const TIP_S = Date.parse("2025-12-02T00:00:00Z") / 1_000;
const EVENT = "KXNBAGAME-25DEC01BOSNYK";
const GAME = `0022500301,${DATE},BOS,NYK,2025-12-02T00:00:00Z,${EVENT}-NYK,home,110,90,1,1,ok`;
const FILES = {
  games: [
    "game_id,game_date_et,away,home,scheduled_tip_utc,market_ticker,yes_side,home_pts,away_pts,home_won,yes_won,quality",
    GAME,
  ],
  quarters: [
    "game_id,home,away,home_q1,home_q2,home_q3,home_q4,home_ot,away_q1,away_q2,away_q3,away_q4,away_ot",
    "0022500301,NYK,BOS,30,30,25,25,0,20,20,20,30,0",
  ],
  // Home has won by far all autumn: Elo sees what a price of 55 cents does not.
  results: [
    "season,game_id,game_date_et,home,away,home_pts,away_pts,neutral_or_same_matchup_flag",
    ...Array.from({ length: 25 }, (_, i) => {
      const date = new Date(Date.parse("2025-10-25") + i * 86_400_000).toISOString().slice(0, 10);
      return `2025-2026,0${i},${date},NYK,BOS,120,95,0`;
    }),
  ],
  candles: [
    "game_id,market_ticker,end_ts_utc,open_c,high_c,low_c,close_c,volume_contracts",
    ...Array.from({ length: 170 }, (_, i) => {
      const minute = i - 25;
      const close = minute < 12 ? 55 + (i % 2) : Math.min(99, 55 + Math.round(minute / 3.3));
      return `0022500301,${EVENT}-NYK,${TIP_S + minute * 60},${close},${close},${close},${close},5000`;
    }),
  ],
} as const;

let night: NightHome;
let report: ReportSummary;
let markdown: string;

beforeAll(async () => {
  night = await NightHome.create();
  const recording = join(night.home.path, "recording");
  const options: string[] = ["--format", "kalshi-candles", "--date", DATE, "--out", recording];
  for (const [name, lines] of Object.entries(FILES)) {
    const path = join(night.home.path, `${name}.csv`);
    await writeFile(path, `${lines.join("\n")}\n`);
    options.push(`--${name}`, path);
  }
  const args = nodeArguments("cli/main.ts", "recording", "import", ...options);
  await promisify(execFile)(process.execPath, args);
  const played = await night.answer("start", "--recording", recording, "--speed", "240", "--exit");
  expect(played.exitCode, played.said).toBe(0);
  report = await night.report(DATE);
  markdown = await readFile(join(reportFolder(night.home, "paper", DATE), "report.md"), "utf8");
});

afterAll(() => night.remove());

it("settles a recorded game by its result, says what was reconstructed, and balances", () => {
  expectSound(report, 1);
  expect(report).toMatchObject({ mode: "paper", source: "recording:recording" });
  const [game] = report.games;
  expect(game).toMatchObject({ result: "home", finalScore: { home: 110, away: 90 } });
  expect(game?.reconstructed.length).toBeGreaterThan(0);
});

it("trades on books that have prices and no sizes, as the decisions without Temporal do", () => {
  expect(report.games[0]?.pregameAttempts).toBe(1);
  expect(report.totals.fills).toBeGreaterThan(0);
});

/** Cells of a row of the report, by its first. */
const cellsOf = (name: string): readonly string[] =>
  markdown
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .find((cells) => cells[1] === name) ?? [];
/** A report's minus is not the one that a number is written with. */
const netOf = (name: string): number => Number(cellsOf(name).at(-2)?.replace("−", "-"));

it("states what the backtest at its own spread differs by from the night, at most a cent or two a contract", () => {
  const { net } = report.totals.pnlUsd;
  expect(netOf("played")).toBeCloseTo(Number(net), 2);
  const difference = netOf("1¢ less played");
  expect(Math.abs(difference - (netOf("1¢") - Number(net)))).toBeLessThanOrEqual(0.011);
  // The price of a minute moves by at most a cent or two before the order is there, on the way in and out.
  const contracts = Object.values(report.byExit).reduce(
    (sum, one) => sum + Number(one.contracts),
    0,
  );
  expect(contracts).toBeGreaterThan(0);
  expect(Math.abs(difference)).toBeLessThanOrEqual(0.04 * contracts);
});

it("gives the profit for books of 1, 2 and 3 cents", () => {
  const rows = markdown.split("\n").filter((line) => /^\|\s*[123]¢\s*\|/.test(line));
  expect(rows.map((row) => row.split("|")[1]?.trim())).toEqual(["1¢", "2¢", "3¢"]);
  const net = rows.map((row) => row.split("|").at(-2)?.trim());
  expect(new Set(net).size).toBeGreaterThan(1);
});
