import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lacksOfGame } from "../../core/domain/source-lacks.ts";
import { tableFile } from "../../test/support/table-file.ts";
import type { Fact } from "../facts.ts";
import { MANIFEST_FILE } from "./format.ts";
import { type ImportOptions, importRecording } from "./import.ts";
import { openRecording } from "./reader.ts";
import {
  candle,
  candleNight,
  EVENT,
  factsOf,
  GAME,
  GOOD_CANDLES,
  STATES_HEAD,
  tickNight,
  TIP_S,
} from "./testing/candle-night.ts";

const OTHER_DAY = `001,2025-12-03,BOS,NYK,2025-12-04T00:00:00Z,${EVENT.replace("01", "03")}-NYK,home,100,90,1,1,ok`;

const tick = (second: number, team: string, rest: string): string =>
  `${TIP_S + second},${EVENT}-${team},${rest}`;

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "recording-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const file = (name: string, head: string, ...rows: readonly string[]): string =>
  tableFile(dir, name, head, rows);

const candleImport = (rows: readonly string[], games?: readonly string[]): ImportOptions =>
  candleNight(dir, rows, games);

const tickImport = (rows: readonly string[]): ImportOptions => tickNight(dir, rows);

function stateImport(rows: readonly string[]): ImportOptions {
  const states = [file("states.csv", STATES_HEAD, ...rows)];
  return { format: "nba-live-state", date: null, states, results: [], out: join(dir, "out") };
}

const played = (spreadCents?: 1 | 2 | 3): Promise<readonly Fact[]> =>
  factsOf(join(dir, "out"), spreadCents);

describe("candles", () => {
  it("become volume and a derived quote at the end of each minute with trades", async () => {
    const summary = await importRecording(candleImport(GOOD_CANDLES));
    expect(summary.manifest).toMatchObject({ isDerivedBook: true, date: "2025-12-01" });
    expect(summary.manifest.lacks).toEqual([
      "injuries",
      "espn",
      "partner",
      "sizes",
      "second-market",
      "live-score",
      "past-results",
    ]);
    const market = (await played(2)).filter(({ kind }) => kind === "quote" || kind === "volume");
    expect(market).toMatchObject([
      { kind: "volume", count: 1_250, receivedAt: (TIP_S - 60) * 1000 },
      {
        kind: "quote",
        bid: 500_000,
        ask: 520_000,
        isDerived: true,
        receivedAt: (TIP_S - 60) * 1000,
      },
      { kind: "volume", count: 300, receivedAt: (TIP_S + 60) * 1000 },
      { kind: "quote", bid: 490_000, ask: 510_000, isDerived: true },
    ]);
  });

  it.each([
    [
      "time that does not rise",
      [candle(1, "50,50,50,50", 1), candle(1, "50,50,50,50", 1)],
      3,
      "end_ts_utc",
    ],
    ["a price outside 1 to 99", [candle(1, "50,100,50,50", 1)], 2, "high_c"],
    ["a range without its ends", [candle(1, "50,50,50,51", 1)], 2, "low_c, high_c"],
    ["a price without volume", [candle(1, "50,50,50,50", 0)], 2, "volume_contracts"],
    ["volume without a price", [candle(1, ",,,", 3)], 2, "volume_contracts"],
    ["half a row", [candle(1, "50,,50,50", 3)], 2, "high_c"],
    ["rubbish for a number", [candle(1, "50,50,50,50", "NaN")], 2, "volume_contracts"],
    ["a row of another length", [candle(1, "50,50", 3)], 2, ""],
    ["another market", [`001,${EVENT}-BOS,${TIP_S},50,50,50,50,1`], 2, "market_ticker"],
    [
      "a listed market of another game",
      [candle(1, "50,50,50,50", 1).replace("001", "777")],
      2,
      "game_id",
    ],
    ["an end within a minute", [`001,${EVENT}-NYK,${TIP_S + 1},50,50,50,50,1`], 2, "end_ts_utc"],
  ])("are refused with line and field: %s", async (_what, rows, line, field) => {
    const refusal = importRecording(candleImport(rows));
    await expect(refusal).rejects.toMatchObject({ code: "RECORDING_INVALID", details: { line } });
    await expect(refusal).rejects.toThrow(`candles.csv.gz line ${line}: ${field}`);
  });
});

it("candles of a game that the games file calls suspect are left out, whatever market they name", async () => {
  const suspect = GAME.replace("001", "777")
    .replaceAll("12-01", "12-20")
    .replace(",ok", ",suspect");
  const stray = candle(0, "90,90,90,90", 5).replace("001", "777");
  const { facts } = await importRecording(candleImport(GOOD_CANDLES, [GAME]));
  const options = candleImport([...GOOD_CANDLES, stray], [GAME, suspect]);
  expect((await importRecording(options)).facts).toBe(facts);
});

describe("games", () => {
  it.each([
    ["a result against the score", GAME.replace("100,90,1,1", "90,100,1,1"), "home_won"],
    ["a yes against its side", GAME.replace("100,90,1,1", "100,90,1,0"), "yes_won"],
    ["a ticker of another date", GAME.replace("25DEC01", "25DEC02"), "market_ticker"],
    ["home and away swapped", GAME.replace("BOS,NYK,", "NYK,BOS,"), "market_ticker"],
    ["an unknown team", GAME.replace("BOS,NYK,", "ZZZ,NYK,"), "away: unknown team ZZZ"],
    ["a tip without a zone", GAME.replace("00:00Z", "00:00"), "scheduled_tip_utc"],
    ["a tip of the day after", GAME.replace("2025-12-02T", "2025-12-03T"), "scheduled_tip_utc"],
    ["a tip of the day before", GAME.replace("02T00:00", "01T04:59"), "scheduled_tip_utc"],
    ["a date of one digit", GAME.replace("2025-12-01", "2025-12-1"), "game_date_et"],
    ["a date with strokes", GAME.replace("2025-12-01", "2025/12/01"), "game_date_et"],
    ["another date than its ticker's", GAME.replace("2025-12-01", "2025-11-30"), "market_ticker"],
  ])("are refused with line and field: %s", async (_what, row, reason) => {
    const refusal = importRecording(candleImport(GOOD_CANDLES, [row]));
    await expect(refusal).rejects.toThrow(`games.csv line 2: ${reason}`);
  });

  it("listed twice are refused: each fact of theirs would be told twice", async () => {
    const refusal = importRecording(candleImport(GOOD_CANDLES, [GAME, GAME]));
    await expect(refusal).rejects.toThrow("games.csv line 3: game_id: line 2 lists 001 too");
  });

  it("called suspect, without a tip or without prices are left out and named", async () => {
    const others = [
      GAME.replace("001", "002").replace(",ok", ",suspect"),
      GAME.replace("001", "003").replace("2025-12-02T00:00:00Z", ""),
      GAME.replace("001", "004").replaceAll("BOS", "LAL").replaceAll("NYK", "CHI"),
    ];
    const { skipped, manifest } = await importRecording(
      candleImport(GOOD_CANDLES, [...others, GAME]),
    );
    expect(skipped.map(({ what }) => what)).toEqual(["002", "003", "004"]);
    expect(manifest.games).toHaveLength(1);
  });

  it("are refused with every reason when none is left", async () => {
    const refusal = importRecording(candleImport(GOOD_CANDLES, [GAME.replace(",ok", ",suspect")]));
    await expect(refusal).rejects.toThrow("no game can be recorded from it; 001: its games file");
  });

  it("are refused when the file is none of games, is not there, or names none of the date", async () => {
    const none = importRecording(candleImport(GOOD_CANDLES, [OTHER_DAY]));
    await expect(none).rejects.toThrow("no game can be recorded from it: none is of that date");
    const options = candleImport(GOOD_CANDLES);
    const games = file("games.csv", "filledAt,price", "2025-12-01,1");
    await expect(importRecording(options)).rejects.toThrow("games.csv line 2: game_id");
    rmSync(games);
    await expect(importRecording(options)).rejects.toThrow("games.csv: no such file");
  });
});

describe("ticks", () => {
  const good = [
    tick(-60, "NYK", "0.50,0.52,0.51,1000"),
    tick(-59, "BOS", "0.48,0.50,0.49,500"),
    tick(-58, "NYK", "0.51,0.53,0.52,1010"),
    tick(-57, "NYK", "0.51,0.53,0.51,1015"),
    tick(100, "NYK", "0.0,1.0,0.99,2000"),
  ];

  it("become quotes without sizes, and prints at the last price by the side that reached it", async () => {
    const { manifest } = await importRecording(tickImport(good));
    expect(manifest).toMatchObject({ isDerivedBook: false });
    expect(manifest.lacks).not.toContain("second-market");
    const facts = await played();
    const trades = facts.filter(({ kind }) => kind === "trade");
    expect(trades).toMatchObject([
      { price: 520_000, count: 1_000, takerSide: "bid" },
      { price: 510_000, count: 500, takerSide: "ask" },
    ]);
    const own = facts.filter((fact) => "marketTicker" in fact && fact.marketTicker.endsWith("NYK"));
    const quotes = own.filter(({ kind }) => kind === "quote");
    expect(quotes[0]).toMatchObject({
      bid: 500_000,
      bidSize: null,
      ask: 520_000,
      isDerived: false,
    });
    expect(quotes.at(-1)).toMatchObject({ bid: null, ask: null });
    // 985 contracts over more than a minute have no known price.
    expect(own.find(({ kind }) => kind === "volume")).toMatchObject({ count: 98_500 });
  });

  it.each([
    ["bid above ask", tick(200, "NYK", "0.53,0.52,0.5,3000"), "yes_ask"],
    ["bid at ask", tick(200, "NYK", "0.52,0.52,0.5,3000"), "yes_ask"],
    ["a price off the grid", tick(200, "NYK", "0.505,0.52,0.5,3000"), "yes_bid"],
    ["a price above a dollar", tick(200, "NYK", "0.50,1.2,0.5,3000"), "yes_ask"],
    ["NaN", tick(200, "NYK", "NaN,0.52,0.5,3000"), "yes_bid"],
    ["time that runs backwards", tick(99, "NYK", "0.50,0.52,0.5,3000"), "ts_utc_epoch_s"],
    ["volume that runs backwards", tick(200, "NYK", "0.50,0.52,0.5,1999"), "volume_contracts"],
    ["a ticker of no NBA market", `${TIP_S + 200},KXBTC-26,0.5,0.6,0.5,9`, "market_ticker"],
  ])("are refused with line and field: %s", async (_what, row, field) => {
    const refusal = importRecording(tickImport([...good, row]));
    await expect(refusal).rejects.toThrow(`ticks.csv line 7: ${field}`);
  });
});

describe("play-by-play", () => {
  const state = (second: number, rest: string): string =>
    `${new Date((TIP_S + second) * 1000).toISOString()},001,NYK,BOS,${rest}`;
  const good = [
    state(0, "1,720.0,0.0,0.0"),
    state(60, "1,660.0,2.0,0.0"),
    state(8_000, "4,0.0,100.0,90.0"),
  ];

  it("gives score and clock as they were, with nothing reconstructed", async () => {
    const { manifest } = await importRecording(stateImport(good));
    expect(manifest.games[0]).toMatchObject({
      eventTicker: EVENT,
      reconstructed: [],
      marketTickers: [],
    });
    expect(manifest.lacks).not.toContain("live-score");
    const shown = (await played()).map((fact) =>
      fact.kind === "game-state" ? [fact.state, fact.homeScore, fact.isReconstructed] : [],
    );
    expect(shown).toEqual([
      ["pre", 0, false],
      ["in", 0, false],
      ["in", 2, false],
      ["in", 100, false],
      ["post", 100, false],
    ]);
  });

  it("takes the place of quarter scores where a night of prices has it", async () => {
    const options = candleImport(GOOD_CANDLES);
    const { manifest } = await importRecording({
      ...options,
      states: [file("s.csv", STATES_HEAD, ...good)],
    });
    expect(manifest.lacks).not.toContain("live-score");
    const other = file(
      "other.csv",
      STATES_HEAD,
      ...good.map((row) => row.replace("100.0,90.0", "99.0,90.0")),
    );
    await expect(importRecording({ ...options, states: [other] })).rejects.toThrow(
      "other.csv: ends 99 to 90",
    );
  });

  it("is declared lacking for the games alone that have none", async () => {
    const other = GAME.replace("001", "002").replaceAll("BOS", "LAL").replaceAll("NYK", "CHI");
    const rows = [
      ...GOOD_CANDLES,
      ...GOOD_CANDLES.map((row) =>
        row.replace("001", "002").replace("BOS", "LAL").replaceAll("NYK", "CHI"),
      ),
    ];
    const states = [file("states.csv", STATES_HEAD, ...good)];
    const { manifest } = await importRecording({ ...candleImport(rows, [GAME, other]), states });
    expect(manifest.lacks).toContain("second-market");
    expect(manifest.lacks).not.toContain("live-score");
    expect(manifest.games.map(({ lacks }) => lacks)).toEqual([undefined, ["live-score"]]);
    const source = await openRecording(join(dir, "out"));
    expect(lacksOfGame(source.manifest, EVENT)).not.toContain("live-score");
    const reconstructed = source.manifest.games[1]?.eventTicker ?? "";
    expect(lacksOfGame(source.manifest, reconstructed)).toContain("live-score");
  });
});

describe("past results", () => {
  const played = (date: string, score: string, quality = "ok"): string =>
    `${date.slice(2)},${date},BOS,NYK,,,home,${score},,,${quality}`;

  it("are taken from the games file too, strictly before the date and but for suspect rows", async () => {
    const later = played("2025-12-02", "120,90");
    const rows = [played("2025-11-30", "101,99"), played("2025-03-01", "88,90"), GAME, later];
    const suspect = played("2025-11-29", "70,60", "suspect");
    const { manifest } = await importRecording(candleImport(GOOD_CANDLES, [suspect, ...rows]));
    expect(manifest.lacks).not.toContain("past-results");
    const { pastGames } = await openRecording(join(dir, "out"));
    const teams = { home: "NYK", away: "BOS", isNeutral: false };
    expect(pastGames).toEqual([
      { date: "2025-03-01", season: 2025, homePoints: 88, awayPoints: 90, ...teams },
      { date: "2025-11-30", season: 2026, homePoints: 101, awayPoints: 99, ...teams },
    ]);
  });

  it("never hold the night's own games under an earlier date, by plays as by a games file", async () => {
    const head =
      "season,game_id,game_date_et,home,away,home_pts,away_pts,neutral_or_same_matchup_flag";
    const results = [file("results.csv", head, "2025-2026,001,2025-11-30,NYK,BOS,100,90,0")];
    const priced = importRecording({ ...candleImport(GOOD_CANDLES), results });
    await expect(priced).rejects.toThrow(
      "results.csv line 2: game 001 on 2025-11-30, but games.csv line 2 says 2025-12-01",
    );
    const end = `${new Date((TIP_S + 8_000) * 1_000).toISOString()},001,NYK,BOS,4,0.0,100.0,90.0`;
    const told = importRecording({ ...stateImport([end]), results });
    await expect(told).rejects.toThrow(
      "results.csv line 2: game 001 on 2025-11-30, but states.csv",
    );
  });
});

it("baskets, which name no game of the league, stand beside results that do", async () => {
  const head =
    "event_wall_ms,period,clock,scorer_side,scorer_label,post_home_points,post_away_points";
  const baskets = [
    `${TIP_S * 1_000},1,11:30,away,BOS,0,2`,
    `${(TIP_S + 8_000) * 1_000},4,00:00,home,NYK,3,2`,
  ];
  const results = file(
    "results.csv",
    "season,game_id,game_date_et,home,away,home_pts,away_pts,neutral_or_same_matchup_flag",
    "2025-2026,001,2025-12-01,NYK,BOS,3,2,0",
  );
  const options = { ...stateImport([]), states: [file("baskets.csv", head, ...baskets)] };
  expect((await importRecording({ ...options, results: [results] })).pastGames).toBe(0);
});

describe("a recording folder", () => {
  it("is written the same from the same files", async () => {
    const options = candleImport(GOOD_CANDLES);
    const first = await importRecording(options);
    const bytes = readFileSync(join(dir, "out", MANIFEST_FILE), "utf8");
    const second = await importRecording(options);
    expect(second).toEqual(first);
    expect(readFileSync(join(dir, "out", MANIFEST_FILE), "utf8")).toBe(bytes);
  });
});
