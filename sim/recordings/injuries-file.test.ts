import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { easternInstant } from "../../core/domain/time.ts";
import { instant } from "../../core/domain/units.ts";
import type { RecordedGame } from "./game.ts";
import { readInjuries } from "./injuries-file.ts";

const folder = mkdtempSync(join(tmpdir(), "tipoff-injuries-"));
const HEAD = "Game Date,Game Time,Matchup,Team,Player Name,Current Status,Reason,report_date";
const GAME: RecordedGame = {
  eventTicker: "E",
  date: "2025-10-21",
  ...{ home: "LAL", away: "GSW", tipAt: instant(0), nbaGameId: "1" },
  finalScore: { home: 1, away: 0 },
  origin: { file: "games.csv", line: 2 },
};
const row = (team: string, player: string, status: string, report = "2025-10-20", reason = "x") =>
  `10/21/2025,10:00 (ET),GSW@LAL,${team},"${player}",${status},${reason},${report}`;
const waiting = (team: string, report = "2025-10-20") =>
  row(team, "", "", report, "NOT YET SUBMITTED");
const WARRIORS = "Golden State Warriors";
const LAKERS = "Los Angeles Lakers";

async function read(...rows: readonly string[]) {
  const file = join(folder, "report.csv");
  writeFileSync(file, [HEAD, ...rows].join("\n"));
  const lines = (await readInjuries(file, [GAME])).get("E") ?? [];
  return lines.map(({ teamCode, player, status, receivedAt }) => {
    const day = [20, 21].find((d) => easternInstant(`2025-10-${d}`, 18, 0) === receivedAt);
    return `${String(day)} ${teamCode} ${player}: ${status}`;
  });
}

describe("official injury reports", () => {
  it("are known from 18:00 Eastern of their edition's date, with first names first", async () => {
    expect(await read(row(WARRIORS, "Butler III, Jimmy", "Probable"))).toEqual([
      "20 GSW Jimmy Butler III: Probable",
    ]);
  });

  it("call a player available whom a later edition no longer names", async () => {
    const rows = [
      row(WARRIORS, "Moody, Moses", "Out"),
      row(LAKERS, "James, LeBron", "Out"),
      row(LAKERS, "James, LeBron", "Doubtful", "2025-10-21"),
    ];
    expect(await read(...rows)).toEqual([
      "20 LAL LeBron James: Out",
      "20 GSW Moses Moody: Out",
      "21 LAL LeBron James: Doubtful",
      "21 GSW Moses Moody: Available",
    ]);
  });

  it("say of a team that it has not submitted, until it has", async () => {
    const rows = [
      waiting(LAKERS),
      waiting(WARRIORS),
      row(LAKERS, "James, LeBron", "Out", "2025-10-21"),
    ];
    expect(await read(...rows, waiting(WARRIORS, "2025-10-21"))).toEqual([
      "20 LAL NOT YET SUBMITTED: Not Yet Submitted",
      "20 GSW NOT YET SUBMITTED: Not Yet Submitted",
      "21 LAL NOT YET SUBMITTED: Available",
      "21 LAL LeBron James: Out",
    ]);
  });

  it("take nothing back where a later edition waits for a team", async () => {
    const rows = [row(LAKERS, "James, LeBron", "Out"), waiting(LAKERS, "2025-10-21")];
    expect(await read(...rows)).toEqual(["20 LAL LeBron James: Out"]);
  });

  it("leave other games alone, and a game that no edition names without lines", async () => {
    expect(await read(row(LAKERS, "James, LeBron", "Out").replace("GSW@LAL", "UTA@LAL"))).toEqual(
      [],
    );
  });

  it.each([
    ["a status that is none", row(LAKERS, "James, LeBron", "Hurt"), /line 2: Current Status/],
    ["a name without a comma", row(LAKERS, "LeBron", "Out"), /line 2: Player Name/],
    ["another team", row("Utah Jazz", "A, B", "Out"), /line 2: Team: Utah Jazz does not play/],
    ["an edition after the game", row(LAKERS, "A, B", "Out", "2025-10-22"), /after the game/],
    ["a date that is none", row(LAKERS, "A, B", "Out").replace("10/21", "13/41"), /Game Date/],
    [
      "a player with two statuses",
      [row(LAKERS, "A, B", "Out"), row(LAKERS, "A, B", "Doubtful")].join("\n"),
      /line 3: Current Status: B A is Doubtful, but line 2 says Out/,
    ],
  ])("refuse %s by line and column", async (_, rows, reason) => {
    await expect(read(rows)).rejects.toThrow(reason);
  });
});
