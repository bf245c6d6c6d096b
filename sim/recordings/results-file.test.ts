import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPastGames } from "./results-file.ts";

const DATE = "2025-12-01";
const RESULTS_HEAD =
  "season,game_id,game_date_et,home,away,home_pts,away_pts,neutral_or_same_matchup_flag";
const GAMES_HEAD = "game_id,game_date_et,away,home,home_pts,away_pts,quality";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "results-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function file(name: string, head: string, ...rows: readonly string[]): string {
  const path = join(dir, name);
  writeFileSync(path, [head, ...rows, ""].join("\n"));
  return path;
}

const results = (...rows: readonly string[]): string => file("results.csv", RESULTS_HEAD, ...rows);
const games = (...rows: readonly string[]): string => file("games.csv", GAMES_HEAD, ...rows);

describe("past games", () => {
  it("are those before the date only, each once, oldest first", async () => {
    const path = results(
      "2025-2026,12,2025-11-30,NYK,BOS,100,90,0",
      "2024-2025,11,2025-03-01,BOS,NYK,90,100,1",
      "2025-2026,12,2025-11-30,NYK,BOS,100,90,0",
      "2025-2026,13,2025-12-01,NYK,BOS,100,90,0",
    );
    const past = await readPastGames([path], null, DATE);
    expect(past.map(({ date, season, isNeutral }) => [date, season, isNeutral])).toEqual([
      ["2025-03-01", 2025, true],
      ["2025-11-30", 2026, false],
    ]);
  });

  it("of a games file give way to a results file, which knows neutral ground", async () => {
    const known = results("2025-2026,12,2025-11-30,NYK,BOS,100,90,1");
    const listed = games("12,2025-11-30,BOS,NYK,100,90,ok", "11,2025-11-29,LAL,CHI,88,77,ok");
    const past = await readPastGames([known], listed, DATE);
    expect(past.map(({ home, isNeutral }) => [home, isNeutral])).toEqual([
      ["CHI", false],
      ["NYK", true],
    ]);
  });

  it.each([
    [
      "another score than a results file",
      "101,90",
      "game 12 at 101 to 90, but results.csv line 2 says 100 to 90",
    ],
    ["a draw", "90,90", "a game is never drawn"],
    ["a blank score", ",90", "home_pts"],
  ])("of a games file are refused with their line: %s", async (_what, score, reason) => {
    const known = results("2025-2026,12,2025-11-30,NYK,BOS,100,90,1");
    const refusal = readPastGames([known], games(`12,2025-11-30,BOS,NYK,${score},ok`), DATE);
    await expect(refusal).rejects.toThrow(`games.csv line 2: ${reason}`);
  });

  it.each([
    ["another date", "12,2025-12-01,BOS,NYK,100,90,ok", "on 2025-12-01, but"],
    ["other teams", "12,2025-11-30,BOS,LAL,100,90,ok", "for BOS at LAL, but"],
    ["its teams swapped", "12,2025-11-30,NYK,BOS,100,90,ok", "for NYK at BOS, but"],
  ])("are refused with both lines where one game has also %s", async (_what, listed, reason) => {
    const row = "2025-2026,12,2025-11-30,NYK,BOS,100,90,0";
    const told = readPastGames([results(row)], games(listed), DATE);
    await expect(told).rejects.toThrow(`games.csv line 2: game 12 ${reason} results.csv line 2`);
  });

  it.each(["2025-12-01", "2025-12-02"])(
    "are refused where a results file tells one of them again on %s",
    async (later) => {
      const row = "2025-2026,12,2025-11-30,NYK,BOS,100,90,0";
      const told = readPastGames([results(row, row.replace("2025-11-30", later))], null, DATE);
      await expect(told).rejects.toThrow(
        `results.csv line 3: game 12 on ${later}, but results.csv line 2 says 2025-11-30`,
      );
    },
  );

  it("are refused where two games are one by date and teams: a team plays once a day", async () => {
    const row = "2025-2026,12,2025-11-30,NYK,BOS,100,90,0";
    const told = readPastGames([results(row, row.replace(",12,", ",13,"))], null, DATE);
    await expect(told).rejects.toThrow("results.csv line 3: game 13, but results.csv line 2");
  });

  it.each(["2025-12-1", "2025/11/30", "2026-02-30", ""])(
    'are refused with their line where a date is "%s"',
    async (date) => {
      const told = readPastGames([results(`2025-2026,12,${date},NYK,BOS,100,90,0`)], null, DATE);
      await expect(told).rejects.toThrow("results.csv line 2: game_date_et");
      const listed = readPastGames([], games(`12,${date},BOS,NYK,100,90,ok`), DATE);
      await expect(listed).rejects.toThrow("games.csv line 2: game_date_et");
    },
  );

  it("need no score of a game that is still to come", async () => {
    const told = readPastGames([], games("12,2025-12-02,BOS,NYK,,,ok"), DATE);
    await expect(told).resolves.toEqual([]);
  });
});
