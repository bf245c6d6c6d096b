import { expect, it } from "vitest";
import { dataPath } from "../../test/recorded/data.ts";
import { instant } from "../../core/domain/units.ts";
import { isTradingDate } from "../../core/domain/time.ts";
import { readCsv } from "./csv.ts";
import type { RecordedGame } from "./game.ts";
import { readInjuries } from "./injuries-file.ts";

const FILE = dataPath(
  "nba-injuries",
  "nba_official_injury_reports_2025-10-20_to_2025-11-07.public.csv",
);

/** Every game that the reports name. */
async function namedGames(): Promise<readonly RecordedGame[]> {
  const games = new Map<string, RecordedGame>();
  for await (const { line, values } of readCsv(FILE)) {
    const [month = "", day = "", year = ""] = (values["Game Date"] ?? "").split("/");
    const date = `${year}-${month}-${day}`;
    expect(isTradingDate(date)).toBe(true);
    const [away = "", home = ""] = (values["Matchup"] ?? "").split("@");
    const eventTicker = `${date} ${away}@${home}`;
    games.set(eventTicker, {
      ...{ eventTicker, date, home, away, nbaGameId: "", tipAt: instant(0) },
      finalScore: { home: 1, away: 0 },
      origin: { file: FILE, line },
    });
  }
  return [...games.values()];
}

it("reads every row of nineteen days of the league's reports, and loses none", async () => {
  const games = await namedGames();
  const lines = [...(await readInjuries(FILE, games)).values()].flat();
  expect(games.length).toBeGreaterThan(130);
  const count = (status: string): number => lines.filter((one) => one.status === status).length;
  // As many as the file has of each; available are also those whom a later edition names no more.
  expect(["Out", "Questionable", "Probable", "Doubtful"].map(count)).toEqual([1130, 183, 71, 21]);
  expect(count("Available")).toBeGreaterThanOrEqual(79);
  expect(count("Not Yet Submitted")).toBeGreaterThan(150);
  expect(lines.every(({ receivedAt, sourceTime }) => receivedAt === sourceTime)).toBe(true);
});
