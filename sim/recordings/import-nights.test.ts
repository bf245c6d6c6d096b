import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tableFile } from "../../test/support/table-file.ts";
import { importNights } from "./import.ts";
import { candle, CANDLES_HEAD, EVENT, GAMES_HEAD, TIP_S } from "./testing/candle-night.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "recording-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const file = (name: string, head: string, ...rows: readonly string[]): string =>
  tableFile(dir, name, head, rows);

describe("every night of a file of candles", () => {
  const games = (tip: string): string =>
    file(
      "games.csv",
      `${GAMES_HEAD},last_priced_ts_utc`,
      `001,2025-12-01,BOS,NYK,${tip},${EVENT}-NYK,home,100,90,1,1,ok,2025-12-02T02:45:00Z`,
      `002,2025-12-03,BOS,NYK,2025-12-04T00:00:00Z,${EVENT.replace("01", "03")}-NYK,home,100,90,1,1,ok,2025-12-04T02:40:00Z`,
    );
  const options = (tip: string) => ({
    candles: file(
      "candles.csv.gz",
      CANDLES_HEAD,
      candle(0, "50,50,50,50", 10),
      candle(2_880, "40,40,40,40", 10).replace(`001,${EVENT}`, `002,${EVENT.replace("01", "03")}`),
    ),
    games: games(tip),
    ...{ quarters: null, results: [], from: null, to: null, estimatesTips: false },
    out: join(dir, "nights"),
  });

  it("becomes a folder of its own, with what was played before it", async () => {
    const nights = await importNights(options("2025-12-02T00:00:00Z"));
    expect(nights.map(({ manifest }) => manifest.name)).toEqual([
      "recording:2025-12-01",
      "recording:2025-12-03",
    ]);
    expect(nights.map(({ pastGames }) => pastGames)).toEqual([0, 1]);
    const alone = await importNights({ ...options("2025-12-02T00:00:00Z"), from: "2025-12-02" });
    expect(alone.map(({ manifest }) => manifest.date)).toEqual(["2025-12-03"]);
  });

  it("is left out, or has its tip from the end of trading, where the schedule has none", async () => {
    const without = await importNights(options(""));
    expect(without.map(({ manifest }) => manifest.date)).toEqual(["2025-12-03"]);
    const [first] = await importNights({ ...options(""), estimatesTips: true });
    // 02:45 less 160 minutes is 00:05, and the half hour before that midnight, UTC.
    expect(first?.manifest.games[0]?.tipAt).toBe(TIP_S * 1000);
    expect(first?.manifest.games[0]?.reconstructed).toContain(
      "scheduled tip, from the end of trading",
    );
  });
});
