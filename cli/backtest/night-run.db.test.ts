import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertNight } from "../../activities/report/testing/insert-night.ts";
import { nightRows } from "../../activities/report/testing/rows.ts";
import { type ComparedRun, compareRuns } from "../../backtest/compare.ts";
import { type ClonedDatabase, cloneDatabase } from "../../test/db/clone.ts";
import { comparisonLines } from "../commands/compare.ts";
import { comparedNight } from "./night-run.ts";

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
  it("has every entry of the strategies once, with what it and its replacements filled", () => {
    const proposed = written.intents.filter(
      ({ purpose, parentId }) => purpose === "entry" && parentId === null,
    );
    expect(night.entries).toHaveLength(proposed.length);
    const ids = new Set(
      written.orders.filter(({ purpose }) => purpose === "entry").map((one) => one.clientOrderId),
    );
    const bought = written.fills.filter(({ clientOrderId }) => ids.has(clientOrderId));
    const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
    expect(sum(night.entries.map(({ filled }) => filled))).toBe(
      sum(bought.map(({ count }) => count)),
    );
    expect(bought.length).toBeGreaterThan(0);
    const refused = proposed.flatMap(({ refusalCode }) => refusalCode ?? []).sort();
    expect(night.entries.flatMap(({ refusalCode }) => refusalCode ?? []).sort()).toEqual(refused);
  });

  it("has its verdicts by time, with what the decision saw", () => {
    expect(night.verdicts.length).toBeGreaterThan(0);
    const times = night.verdicts.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(night.verdicts.some(({ model }) => model !== null && model > 0 && model < 1)).toBe(true);
    expect(night.verdicts.some(({ mid }) => mid !== null && mid > 0 && mid < 1_000_000)).toBe(true);
  });

  it("agrees with itself, and explains each entry that the other run lacks", () => {
    const same = compareRuns(night, night, 1_000);
    expect(same.differences).toEqual([]);
    expect(same.verdict).toBe("not-enough-data");
    const lacking = compareRuns(night, { entries: [], verdicts: night.verdicts }, 1_000);
    expect(lacking.differences).toHaveLength(same.nightEntries);
    const told = lacking.differences.map((one) => one.class);
    // The hand-made night keeps verdicts of a later instant only.
    expect(told).toEqual(["not-watched", "not-watched", "not-watched"]);
    const shown = comparisonLines(lacking).join("\n");
    for (const { entry } of lacking.differences) expect(shown).toContain(entry.marketTicker);
    expect(shown).toContain("not enough data");
  });
});
