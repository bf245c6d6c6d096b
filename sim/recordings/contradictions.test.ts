import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tableFile } from "../../test/support/table-file.ts";
import { type ImportOptions, type ImportSummary, importRecording } from "./import.ts";
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

const DAY_MINUTES = 24 * 60;

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "contradictions-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const file = (name: string, head: string, ...rows: readonly string[]): string =>
  tableFile(dir, name, head, rows);

/** Ticks of the game's one market, by seconds from the tip. */
const ticksAt = (...seconds: readonly number[]): ImportOptions =>
  tickNight(
    dir,
    seconds.map((second) => `${TIP_S + second},${EVENT}-NYK,0.50,0.52,0.51,1000`),
  );

/** A states file of one game that ended 100 to 90. */
const states = (name: string, home: string, away: string): string =>
  file(
    name,
    STATES_HEAD,
    `${new Date(TIP_S * 1_000).toISOString()},001,${home},${away},1,720.0,0,0`,
    `${new Date((TIP_S + 8_000) * 1_000).toISOString()},001,${home},${away},4,0.0,100,90`,
  );

describe("a games file is refused where it lists", () => {
  it.each([
    [
      "one game again under another id",
      GAME.replace("001", "002"),
      `market_ticker: line 2 lists ${EVENT} too`,
    ],
    [
      "another game of a home team on its date",
      GAME.replace("001", "002").replaceAll("BOS", "LAL"),
      "game_id: NYK plays on 2025-12-01 in line 2 too",
    ],
    [
      "the two teams at the other's home on that date",
      `002,2025-12-01,NYK,BOS,2025-12-02T00:00:00Z,KXNBAGAME-25DEC01NYKBOS-NYK,away,100,90,1,0,ok`,
      "game_id: BOS plays on 2025-12-01 in line 2 too",
    ],
  ])("%s", async (_what, row, reason) => {
    const refusal = importRecording(candleNight(dir, GOOD_CANDLES, [GAME, row]));
    await expect(refusal).rejects.toThrow(`games.csv line 3: ${reason}`);
  });
});

it("play-by-play of two games of one team on one date is refused", async () => {
  const refusal = importRecording({
    format: "nba-live-state",
    date: null,
    states: [states("one.csv", "NYK", "BOS"), states("two.csv", "LAL", "NYK")],
    results: [],
    out: join(dir, "out"),
  });
  await expect(refusal).rejects.toThrow("two.csv: NYK plays on 2025-12-01 in one.csv too");
});

describe("prices far from their game's scheduled tip", () => {
  it.each([
    ["30 days late", 30 * DAY_MINUTES],
    ["more than six hours late", 6 * 60 + 1],
    ["from before any market is listed", -14 * DAY_MINUTES - 1],
  ])("are refused by the line of their candle: %s", async (_what, minute) => {
    const stray = candle(minute, "90,90,90,90", 5);
    const rows = minute < 0 ? [stray, ...GOOD_CANDLES] : [...GOOD_CANDLES, stray];
    const refusal = importRecording(candleNight(dir, rows));
    const line = minute < 0 ? 2 : 5;
    await expect(refusal).rejects.toMatchObject({ code: "RECORDING_INVALID", details: { line } });
    await expect(refusal).rejects.toThrow(`candles.csv.gz line ${line}: end_ts_utc: `);
  });

  it.each([
    ["5 days late", [5 * DAY_MINUTES * 60, 5 * DAY_MINUTES * 60 + 1], 2],
    ["late from its third row on", [-60, 0, 6 * 3_600 + 1, 6 * 3_600 + 2], 4],
    ["from before any market is listed", [-14 * DAY_MINUTES * 60 - 1, 0], 2],
  ])("are refused by the line of their tick: %s", async (_what, seconds, line) => {
    const refusal = importRecording(ticksAt(...seconds));
    await expect(refusal).rejects.toThrow(`ticks.csv line ${line}: ts_utc_epoch_s: `);
  });

  it("are taken from the listing up to six hours after it, and minutes without a price beyond", async () => {
    const rows = [
      candle(-14 * DAY_MINUTES, "50,50,50,50", 1),
      candle(6 * 60, "99,99,99,99", 1),
      candle(7 * 60, ",,,", 0),
    ];
    expect((await importRecording(candleNight(dir, rows))).manifest.games).toHaveLength(1);
    const ticks = ticksAt(-14 * DAY_MINUTES * 60, 6 * 3_600);
    expect((await importRecording(ticks)).manifest.games).toHaveLength(1);
  });
});

describe("quarters told twice", () => {
  const HEAD =
    "game_id,home,away,home_q1,home_q2,home_q3,home_q4,home_ot,away_q1,away_q2,away_q3,away_q4,away_ot";
  const ROW = "001,NYK,BOS,30,30,20,20,0,20,20,20,30,0";
  const night = (...rows: readonly string[]): Promise<ImportSummary> =>
    importRecording({ ...candleNight(dir), quarters: file("twice.csv", HEAD, ...rows) });

  it("are refused where they differ, each in itself a whole game", async () => {
    await expect(night(ROW, ROW.replace("30,30,20", "20,40,20"))).rejects.toThrow(
      "twice.csv line 3: game 001 has other points by quarter in line 2",
    );
  });

  it("are read once where they are the same", async () => {
    const once = (await night(ROW)).facts;
    expect((await night(ROW, ROW)).facts).toBe(once);
  });
});

describe("play-by-play of no game of the night", () => {
  it("is left out and named, and is no origin of what is written", async () => {
    const own = states("own.csv", "NYK", "BOS");
    const other = states("other.csv", "LAL", "CHI");
    const { skipped, manifest } = await importRecording({
      ...candleNight(dir),
      states: [other, own],
    });
    expect(skipped).toEqual([
      {
        what: "KXNBAGAME-25DEC01CHILAL",
        reason: "other.csv tells a game that is not on the slate",
      },
    ]);
    const names = manifest.origins.map((origin) => origin.file);
    expect(names).toContain("own.csv");
    expect(names).not.toContain("other.csv");
    expect(
      (await factsOf(join(dir, "out"))).some(
        (fact) => "eventTicker" in fact && fact.eventTicker !== EVENT,
      ),
    ).toBe(false);
  });
});
