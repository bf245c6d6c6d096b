import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { loadGamePage } from "../../schema/queries/game-page.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { exportCsv, PRICE_COLUMNS, SIGNAL_COLUMNS, TRADE_COLUMNS } from "./export-csv.ts";
import { buildGamePage, type GamePage, renderGamePage } from "./game-page.ts";
import { insertNight } from "./testing/insert-night.ts";
import { LAL, NYK } from "./testing/night.ts";
import { nightRows } from "./testing/rows.ts";

const night = nightRows();
let clone: ClonedDatabase;

beforeAll(async () => {
  clone = await cloneDatabase(2);
  await insertNight(clone.db, night);
});
afterAll(() => clone.drop());

async function pageOf(gameId: string): Promise<GamePage> {
  return buildGamePage(required(await loadGamePage(clone.db, gameId), "the game"), [
    { at: "2026-11-20T23:00:00.000Z", what: "scheduled" },
  ]);
}

describe("the page of a game", () => {
  it("tells what happened in sequence, from every source", async () => {
    const { timeline } = await pageOf(NYK.gameId);
    const instants = timeline.map((line) => line.at);
    expect(instants).toEqual([...instants].sort());
    expect(timeline[0]?.what).toBe("scheduled");
    expect(timeline.at(-1)?.what).toMatch(/^settled .* yes, (5|10)\.000000 USD$/);
    expect(timeline.map((line) => line.what)).toContain(
      `sold 15.00 ${NYK.homeMarket} at 70.0¢ as taker, fee 0.220500`,
    );
  });

  it("gives every decision with each strategy's reason, its numbers and absent sources", async () => {
    const { decisions } = await pageOf(NYK.gameId);
    expect(decisions).toHaveLength(4);
    expect(decisions.at(-1)).toMatchObject({
      because: "proposal",
      homeProbability: 0.66,
      absent: { espn: "not_in_recording" },
      verdicts: [
        { strategy: "model-edge", code: "edge_below_threshold", numbers: { threshold: 30_000 } },
      ],
    });
    expect(renderGamePage(await pageOf(NYK.gameId))).toContain(
      "model-edge: edge_below_threshold, edge +2.4¢ (threshold 30000)",
    );
  });

  it("says what risk refused", async () => {
    const text = renderGamePage(await pageOf(LAL.gameId));
    expect(text).toContain("refused: spread_above_max");
    expect(text).toContain("DEN at LAL");
    expect(text).toContain("feed_invalid (competitions[0].status): espn answered <html>");
  });

  it("knows no game that was never found", async () => {
    expect(await loadGamePage(clone.db, "game/paper/NOPE")).toBeNull();
  });
});

describe("exportCsv", () => {
  it("writes every verdict, fill and observation once, under its column", async () => {
    const dir = await mkdtemp(join(tmpdir(), "tipoff-csv-"));
    try {
      const summary = await exportCsv(clone.db, night.run.runId, dir);
      const read = async (name: string): Promise<Record<string, string>[]> =>
        parse(await readFile(join(dir, name), "utf8"), { columns: true });
      const [signals, trades, prices] = await Promise.all([
        read("signals.csv"),
        read("trades.csv"),
        read("prices.csv"),
      ]);
      expect(summary).toEqual({
        signals: signals.length,
        trades: trades.length,
        prices: prices.length,
      });
      expect([signals.length, trades.length]).toEqual([2, 5]);
      expect(prices).toHaveLength(night.prices.length + night.changes.length);
      expect(Object.keys(signals[0] ?? {})).toEqual(SIGNAL_COLUMNS);
      expect(Object.keys(trades[0] ?? {})).toEqual(TRADE_COLUMNS);
      expect(Object.keys(prices[0] ?? {})).toEqual(PRICE_COLUMNS);
      expect(new Set(prices.map((row) => `${row["eventTicker"]}${row["cursorNo"]}`)).size).toBe(
        prices.length,
      );
      expect(trades.find((row) => row["fillId"] === "fill-3")).toMatchObject({
        side: "ask",
        priceMicros: "700000",
        countCenti: "1500",
        exitType: "take-profit",
        settlementValueMicros: "1000000",
      });
      expect(signals.map((row) => row["homeProbability"])).toEqual(["0.66", "0.66"]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
