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
    ["another score than a results file", "101,90", "101 to 90, but another row says 100 to 90"],
    ["a draw", "90,90", "a game is never drawn"],
    ["a blank score", ",90", "home_pts"],
  ])("of a games file are refused with their line: %s", async (_what, score, reason) => {
    const known = results("2025-2026,12,2025-11-30,NYK,BOS,100,90,1");
    const refusal = readPastGames([known], games(`12,2025-11-30,BOS,NYK,${score},ok`), DATE);
    await expect(refusal).rejects.toThrow(`games.csv line 2: ${reason}`);
  });
});
