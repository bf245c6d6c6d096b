import { beforeAll, describe, expect, it } from "vitest";
import { required } from "../core/domain/assert.ts";
import { FEATURE_NAMES } from "../core/models/features/list.ts";
import type { FactSource } from "../sim/facts.ts";
import { createWorld, type World } from "../sim/world/world.ts";
import { FEATURE_COLUMNS, featureLine, originOf } from "./feature-csv.ts";
import type { FeatureRow, FeatureSettings } from "./feature-desk.ts";
import { featureRows } from "./feature-rows.ts";
import { NIGHT_DEFAULTS } from "./night.ts";
import { smallConfig } from "./testing/small-night.ts";

const SETTINGS: FeatureSettings = {
  config: smallConfig(),
  everyMs: 60_000,
  holdMs: 900_000,
  fees: NIGHT_DEFAULTS.fees,
};
const world = () => createWorld({ seed: 7, games: 1 });
const ORIGIN = originOf(world().manifest);
const lineOf = (row: FeatureRow): string => featureLine(row, ORIGIN);

async function rowsOf(source: FactSource, settings = SETTINGS): Promise<readonly FeatureRow[]> {
  const rows: FeatureRow[] = [];
  for await (const row of featureRows(source, settings)) rows.push(row);
  return rows;
}

/** A source of which nothing after an instant is known, its end included. */
function until(source: World, at: number): FactSource {
  return {
    ...source,
    facts: function* () {
      for (const fact of source.facts()) {
        if (fact.receivedAt > at) return;
        yield fact;
      }
    },
  };
}

const feature = (row: FeatureRow, name: string): number =>
  row.features[FEATURE_NAMES.indexOf(name)] ?? NaN;

describe("rows of a world", () => {
  let rows: readonly FeatureRow[] = [];
  beforeAll(async () => {
    rows = await rowsOf(world());
  });

  it("are one for each market and step around the tip, of its first decision, till the market closes", () => {
    const { everyMs } = SETTINGS;
    for (const { slate, closedAt } of world().games) {
      for (const ticker of slate.marketTickers) {
        const times = rows.filter((row) => row.marketTicker === ticker).map((row) => row.at);
        const steps = times.map((at) => Math.floor((at - slate.tipAt) / everyMs));
        // The pregame window opens 25 minutes before the tip; a quiet game is looked at every half minute.
        expect(steps).toEqual(Array.from(steps, (_, index) => index - 25));
        expect(
          times.every((at, index) => at - slate.tipAt - (index - 25) * everyMs <= 30_000),
        ).toBe(true);
        const last = required(times.at(-1), "a row");
        expect(last).toBeLessThan(closedAt);
        expect(last).toBeGreaterThan(closedAt - 2 * everyMs);
      }
    }
  });

  it("use nothing that came after their instant: the same rows come of a world that ends there", async () => {
    const cut = required(rows[120], "a row").at;
    const known = await rowsOf(until(world(), cut));
    const features = (row: FeatureRow): FeatureRow => ({
      ...row,
      settled: null,
      exitValueCents: null,
      secondsToClose: null,
    });
    const before = rows.filter((row) => row.at < cut).map(features);
    const sorted = (all: readonly FeatureRow[]) =>
      [...all].sort((a, b) => a.at - b.at || a.marketTicker.localeCompare(b.marketTicker));
    expect(before.length).toBeGreaterThan(100);
    expect(sorted(known.filter((row) => row.at < cut).map(features))).toEqual(sorted(before));
    expect(known.every((row) => row.settled === null)).toBe(true);
    expect(rows.every((row) => row.knownAt !== null && row.knownAt <= row.at)).toBe(true);
  });

  it("have the result and the close of their market", () => {
    for (const { slate, closedAt, script } of world().games) {
      const last = required(script.moments.at(-1), "an end");
      const homeYes = last.homeScore > last.awayScore ? 1 : 0;
      for (const row of rows.filter(({ gameId }) => gameId === slate.eventTicker)) {
        const isHome = row.marketTicker.endsWith(`-${slate.home}`);
        expect(row.settled).toBe(isHome ? homeYes : 1 - homeYes);
        expect(row.secondsToClose).toBe((closedAt - row.at) / 1_000);
      }
    }
  });

  it("are the same again, and know the game while it is played", async () => {
    expect((await rowsOf(world())).map(lineOf)).toEqual(rows.map(lineOf));
    const live = rows.filter((row) => !Number.isNaN(feature(row, "score_lead")));
    expect(live.length).toBeGreaterThan(0.7 * rows.length);
    for (const row of live.filter(({ bid, ask }) => bid !== null && ask !== null)) {
      expect(feature(row, "price_mid")).toBeCloseTo((row.mid ?? NaN) / 1_000_000, 9);
    }
  });

  it("see a game from both of its markets", () => {
    const { at } = required(
      rows.find((row) => Math.abs(feature(row, "score_lead")) > 2),
      "a row with a lead",
    );
    const [one, other] = rows.filter((row) => row.at === at);
    const lead = feature(required(one, "a market"), "score_lead");
    expect(Math.abs(lead)).toBeGreaterThan(0);
    expect(feature(required(other, "the other market"), "score_lead")).toBe(-lead);
  });

  it("are lines with a field for each column, empty where something is missing", () => {
    const line = lineOf(required(rows[0], "a row")).split(",");
    expect(line).toHaveLength(FEATURE_COLUMNS.length);
    expect(FEATURE_COLUMNS).toHaveLength(8 + 70 + 3);
    const fields = new Map(FEATURE_COLUMNS.map((name, index) => [name, line[index]]));
    expect(fields.get("source")).toBe("world:7");
    expect(fields.get("score_lead")).toBe("");
    expect(Number(fields.get("game_seconds_to_tip"))).toBeCloseTo(1_500, -1);
    expect(rows.map(lineOf).join()).not.toMatch(/NaN|null|undefined/);
  });
});
