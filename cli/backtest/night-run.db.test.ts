import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertNight } from "../../activities/report/testing/insert-night.ts";
import { nightRows } from "../../activities/report/testing/rows.ts";
import { compareRuns, pooled } from "../../backtest/compare.ts";
import type { ComparedRun } from "../../backtest/compared.ts";
import { required } from "../../core/domain/assert.ts";
import { ELO_VERSION } from "../../core/models/elo.ts";
import { noEloReading } from "../../core/models/readings.ts";
import { createWorld } from "../../sim/world/world.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { comparisonLines } from "./comparison.ts";
import { comparedNight, settingsOfNight } from "./night-run.ts";

const written = nightRows();
let clone: ClonedDatabase;
let night: ComparedRun;

beforeAll(async () => {
  clone = await cloneDatabase();
  await insertNight(clone.db, written);
  night = await comparedNight(clone.db, written.run.runId);
});
afterAll(() => clone.drop());

describe("a stored night, as a comparison reads it", () => {
  it("has every proposal of the strategies once, with what it and its replacements filled", () => {
    const proposed = written.intents.filter(({ parentId }) => parentId === null);
    expect(night.orders).toHaveLength(proposed.length);
    for (const purpose of ["entry", "exit"]) {
      const own = <One extends { readonly purpose: string }>(all: readonly One[]) =>
        all.filter((one) => one.purpose === purpose);
      const ids = new Set(own(written.orders).map((one) => one.clientOrderId));
      const bought = written.fills.filter(({ clientOrderId }) => ids.has(clientOrderId));
      expect(bought.length).toBeGreaterThan(0);
      const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
      expect(sum(own(night.orders).map(({ filled }) => filled))).toBe(
        sum(bought.map(({ count }) => count)),
      );
    }
    const refused = proposed.flatMap(({ refusalCode }) => refusalCode ?? []).sort();
    expect(night.orders.flatMap(({ refusalCode }) => refusalCode ?? []).sort()).toEqual(refused);
  });

  it("has verdicts and sights by time, and what each decision saw", () => {
    for (const all of [night.verdicts, night.sights, night.orders]) {
      const times = all.map(({ at }) => at);
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    const tickers = new Set(written.markets.map(({ marketTicker }) => marketTicker));
    expect(new Set(night.sights.map(({ marketTicker }) => marketTicker))).toEqual(tickers);
    for (const { bid, ask } of night.sights) expect(bid ?? 0).toBeLessThanOrEqual(ask ?? 1_000_000);
  });

  it("says what it was played with", async () => {
    const { run, games } = written;
    expect(await settingsOfNight(clone.db, run.runId)).toMatchObject({
      ...{ name: run.source, date: run.tradingDay, speed: run.speed },
      ...{ games: games.length, isOver: true, configHash: run.configHash },
    });
  });

  it("names the models and ratings of its decisions, and whether its world's market erred", async () => {
    const own = await cloneDatabase();
    try {
      const { runId, tradingDay: date } = written.run;
      const { manifest } = createWorld({ seed: 7, games: 1, edge: "none", date });
      const [, other] = written.games;
      await insertNight(own.db, {
        ...written,
        run: { ...written.run, manifest: JSON.stringify(manifest) },
      });
      // The night of the rows names no trees, and no ratings.
      expect(await settingsOfNight(own.db, runId)).toMatchObject({
        ...{ edge: "none", trees: [], ratings: [] },
      });
      const elo = { source: "elo", value: 0.6, knownAt: 0, absentBecause: null };
      const inputs = [
        { trees: { entryModel: "model-a" }, readings: [{ ...elo, version: "elo-2+a" }] },
        { trees: { entryModel: "model-a" }, readings: [{ ...elo, version: ELO_VERSION }] },
        { trees: { entryModel: null }, readings: [noEloReading("ratings_too_old")] },
        // Ratings of no past game, as a finished tape has them: nothing was refused.
        { readings: [noEloReading("not_yet")] },
        { readings: [noEloReading("not_in_recording")] },
      ];
      await own.db
        .insertInto("decisions")
        .values(
          [...inputs.map((input) => JSON.stringify(input)), "{ no JSON"].map((input, nr) => ({
            decision_id: `more/${String(nr)}`,
            game_id: required(other, "a game").gameId,
            decided_at: new Date(written.run.startedAt),
            ...{ reason: "proposal", input, output: "{}", config_hash: "" },
          })),
        )
        .execute();
      const { trees, ratings } = await settingsOfNight(own.db, runId);
      expect(trees).toEqual([null, "model-a"]);
      expect(new Set(ratings)).toEqual(new Set([null, "elo-2+a", "ratings_too_old"]));
    } finally {
      await own.drop();
    }
  });

  it("agrees with itself, and explains each entry that the other run lacks", () => {
    const same = compareRuns(night, night, 1_000);
    expect(same.entries.differences).toEqual([]);
    expect(same.verdict).toBe("not-enough-data");
    const lacking = compareRuns(night, { ...night, orders: [] }, 1_000);
    const { differences } = lacking.entries;
    expect(differences).toHaveLength(same.entries.night.filled);
    const { refused, unfilled } = same.entries.night;
    expect(lacking.entries.asides).toHaveLength(refused + unfilled);
    const words = { name: "world:7", date: written.run.tradingDay, speed: 60 };
    const shown = comparisonLines([{ ...words, ...lacking }], pooled([lacking])).join("\n");
    for (const { order } of differences) expect(shown).toContain(order.marketTicker);
    expect(shown).toContain("not enough data");
    expect(shown).toContain(
      `${String(refused + unfilled)} that one made alone and that did not fill`,
    );
  });
});
