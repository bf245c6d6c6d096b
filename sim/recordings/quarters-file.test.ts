import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { instant } from "../../core/domain/units.ts";
import type { RecordedGame } from "./game.ts";
import { readQuarters } from "./quarters-file.ts";

const HEAD =
  "game_id,home,away,home_q1,home_q2,home_q3,home_q4,home_ot,away_q1,away_q2,away_q3,away_q4,away_ot";
const ROW = "001,NYK,BOS,30,30,20,20,0,20,20,20,30,0";
const GAME: RecordedGame = {
  eventTicker: "KXNBAGAME-25DEC01BOSNYK",
  date: "2025-12-01",
  home: "NYK",
  away: "BOS",
  tipAt: instant(Date.parse("2025-12-02T00:00:00Z")),
  nbaGameId: "001",
  finalScore: { home: 100, away: 90 },
  origin: { file: "games.csv", line: 2 },
};

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "quarters-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function quarters(head: string, row: string): string {
  const path = join(dir, "quarters.csv");
  writeFileSync(path, [head, row, ""].join("\n"));
  return path;
}

it("quarters are read with the game's date or without one", async () => {
  expect((await readQuarters(quarters(HEAD, ROW), [GAME])).has("001")).toBe(true);
  const dated = quarters(`${HEAD},game_date_et`, `${ROW},2025-12-01`);
  expect((await readQuarters(dated, [GAME])).has("001")).toBe(true);
});

it.each(["2025-12-02", "2025/12/01", ""])(
  'quarters of another date than the game\'s are refused with their line: "%s"',
  async (date) => {
    const refusal = readQuarters(quarters(`${HEAD},game_date_et`, `${ROW},${date}`), [GAME]);
    await expect(refusal).rejects.toThrow("quarters.csv line 2: game_date_et");
  },
);

it.each([
  ["another sum than the final score", ROW.replace("30,30", "31,30")],
  ["an overtime that was not played", ROW.replace("20,20,0", "20,15,5")],
])("quarters are refused with their line: %s", async (_what, row) => {
  const refusal = readQuarters(quarters(HEAD, row), [GAME]);
  await expect(refusal).rejects.toThrow("quarters.csv line 2");
});
