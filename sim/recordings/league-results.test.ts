import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLeagueResults } from "./league-results.ts";
import { readLines } from "./lines-file.ts";
import { readPregamePrices } from "./pregame-prices.ts";

const folder = mkdtempSync(join(tmpdir(), "tipoff-league-"));
let files = 0;
function write(head: string, ...rows: readonly string[]): string {
  files += 1;
  const file = join(folder, `file-${files}.csv`);
  writeFileSync(file, [head, ...rows].join("\n"));
  return file;
}

const ODDS = "season,date,playoffs,away,home,score_away,score_home";
const ELO = "date,season,neutral,playoff,team1,team2,score1,score2";
const RESULTS =
  "season,season_type,game_date_et,home,away,home_pts,away_pts,neutral_or_same_matchup_flag";
const ALL = "game_id,date_game,year_id,is_playoffs,team_id,opp_id,pts,opp_pts";

describe("league results", () => {
  it("reads every shape, each with its team codes, seasons and words for playoffs", async () => {
    const { games, files: read } = await readLeagueResults([
      write(ELO, "2008-01-01,2008,1,,SEA,NJN,100,90", "2008-05-01,2008,0,t,BRK,CHO,80,90"),
      write(ODDS, "2008,2008-05-02,True,utah,gs,90,100"),
      write(RESULTS, "2022-2023,playoffs,2023-04-20,NYK,BOS,99,98,0"),
      write(ALL, "194611070GSW,1946-11-07,1947.0,False,PIT,PHW,66.0,70.0"),
    ]);
    expect(games).toMatchObject([
      { date: "1946-11-07", home: "GSW", away: "PIT", homePoints: 70, awayPoints: 66 },
      { date: "2008-01-01", home: "OKC", away: "BKN", isNeutral: true, isPlayoff: false },
      { date: "2008-05-01", home: "BKN", away: "CHA", isNeutral: false, isPlayoff: true },
      { date: "2008-05-02", home: "GSW", away: "UTA", homePoints: 100, isPlayoff: true },
      { date: "2023-04-20", season: 2023, home: "NYK", isPlayoff: true },
    ]);
    expect(read.map(({ shape, rows, games: added }) => [shape, rows, added])).toEqual([
      ...[["538-elo", 2, 2]],
      ...[["nba-odds", 1, 1]],
      ...[["nba-results", 1, 1]],
      ...[["538-all-elo", 1, 1]],
    ]);
  });

  it("believes the first file of a game, and reports what later rows say, by line", async () => {
    const first = write(
      ELO,
      "2011-03-04,2011,1,,TOR,BRK,103,116",
      "2011-03-05,2011,0,,BOS,NYK,90,80",
    );
    const second = write(
      ODDS,
      "2011,2011-03-04,False,tor,bkn,103,116",
      "2011,2011-03-05,False,ny,bos,80,90",
      "2011,2011-03-05,False,ny,bos,81,90",
      "2011,2011-03-05,False,mia,bos,81,90",
    );
    const { games, findings } = await readLeagueResults([first, second]);
    expect(findings.map(({ kind, line }) => [kind, line])).toEqual([
      ...[["reversed", 2]],
      ...[["duplicate", 3]],
      ...[["contradicts", 4]],
      ...[["twice_a_day", 5]],
    ]);
    expect(findings[2]?.reason).toMatch(/ended 90 to 81, but file-\d+\.csv line 3 says 90 to 80/);
    expect(games).toHaveLength(3);
    expect(games[0]).toMatchObject({ home: "TOR", isNeutral: true });
  });

  it.each([
    ["a draw", "2013,2012-12-26,False,ny,phx,95,95", /score_home.*draw/],
    ["a team that never was", "2013,2012-12-26,False,xx,phx,95,96", /away: "xx" is no team's code/],
    ["a team against itself", "2013,2012-12-26,False,nj,nj,95,96", /home: "nj"/],
    ["another's season", "2012,2012-12-26,False,ny,phx,95,96", /season: "2012" is not the season/],
    ["a day that is none", "2013,2012-02-30,False,ny,phx,95,96", /date: "2012-02-30"/],
    ["points that are none", "2013,2012-12-26,False,ny,phx,-5,96", /score_away: "-5"/],
    ["points beyond belief", "2013,2012-12-26,False,ny,phx,95,960", /score_home: "960"/],
  ])("leaves out %s with line and column", async (_, row, reason) => {
    const file = write(ODDS, "2013,2012-12-25,False,ny,phx,95,96", row);
    const { games, findings } = await readLeagueResults([file]);
    expect(games).toHaveLength(1);
    expect(findings).toMatchObject([{ kind: "impossible", line: 3, file }]);
    expect(findings[0]?.reason).toMatch(reason);
  });

  it("takes the summer of 2020 for neutral ground where a source does not know", async () => {
    const rows = ["2020,2020-03-11,False,ny,bos,1,2", "2020,2020-09-30,True,mia,lal,98,116"];
    const { games } = await readLeagueResults([write(ODDS, ...rows)]);
    expect(games.map(({ isNeutral, season }) => [isNeutral, season])).toEqual([
      ...[[false, 2020]],
      ...[[true, 2020]],
    ]);
  });

  it("takes a cup final for neutral ground, and says where the flag does not", async () => {
    const file = write(
      RESULTS,
      "2023-2024,cup_final,2023-12-09,LAL,IND,123,109,0",
      "2024-2025,cup_final,2024-12-17,OKC,MIL,81,97,1",
      "2024-2025,regular,2024-12-14,MIL,ATL,110,102,1",
      "2024-2025,regular,2024-12-20,MIL,ATL,110,102,0",
    );
    const { games, findings } = await readLeagueResults([file]);
    expect(games.map(({ isNeutral }) => isNeutral)).toEqual([true, true, true, false]);
    expect(findings).toMatchObject([{ kind: "neutral_flag", file, line: 2 }]);
    expect(findings[0]?.reason).toMatch(
      /neutral_or_same_matchup_flag: "0".*season_type.*cup_final/,
    );
  });

  it("refuses a file of another shape, one that is missing, and one without a usable game", async () => {
    const refusal = (file: string) => expect(readLeagueResults([file])).rejects;
    await refusal(write("a,b", "1,2")).toThrow(/line 1: has none of the known shapes.*nba-odds/);
    await refusal(join(folder, "none.csv")).toThrow(/no such file/);
    await refusal(write(ODDS, "2013,2012-12-26,False,ny,phx,95,95")).toThrow(
      /no finished game.*line 2/,
    );
  });
});

describe("what markets said before tip", () => {
  it("takes the bookmaker's margin out in proportion, and counts what is no line", async () => {
    const file = write(
      "date,home,away,moneyline_home,moneyline_away",
      // 150/250 = 60 % and 100/230 = 43.5 %: 58.0 % of 103.5 %.
      "2012-01-01,gs,ny,-150,130",
      "2012-01-02,gs,ny,,",
      "2012-01-03,gs,ny,150,130",
    );
    const { lines, without, misread } = await readLines(file);
    expect({ without, misread }).toEqual({ without: 1, misread: 1 });
    expect(lines).toMatchObject([{ home: "GSW", away: "NYK" }]);
    expect(lines[0]?.probability).toBeCloseTo(0.6 / (0.6 + 100 / 230), 12);
    const broken = write("date,home,away,moneyline_home,moneyline_away", "2012-01-01,gs,ny,even,1");
    await expect(readLines(broken)).rejects.toThrow(/line 2: moneyline_home/);
  });

  it("takes the last price of a minute that had ended at tip, on the side that is home", async () => {
    const head = "game_id,game_date_et,away,home,scheduled_tip_utc,market_ticker,yes_side,quality";
    const games = write(
      head,
      "1,2025-12-01,BOS,NYK,2025-12-02T00:00:00Z,T1,away,ok",
      "2,2025-12-01,MIA,ATL,2025-12-02T00:00:00Z,T2,home,ok",
      "3,2025-12-01,MIL,DEN,,T3,home,ok",
      "4,2025-12-01,LAL,UTA,2025-12-02T00:00:00Z,T4,home,suspect",
    );
    const tip = Date.parse("2025-12-02T00:00:00Z") / 1_000;
    const candles = write(
      "game_id,market_ticker,end_ts_utc,close_c",
      `1,T1,${tip - 120},40`,
      `1,T1,${tip - 60},41`,
      `1,T1,${tip},`,
      `1,T1,${tip + 60},99`,
      `2,T2,${tip - 3_600},60`,
    );
    const { prices, ...counts } = await readPregamePrices(games, candles);
    expect(counts).toEqual({ withoutTip: 2, withoutPrice: 1 });
    expect(prices).toMatchObject([{ home: "NYK", ageMs: 60_000 }]);
    expect(prices[0]?.probability).toBeCloseTo(0.59, 12);
  });
});
