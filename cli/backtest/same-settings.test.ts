import { describe, expect, it } from "vitest";
import type { PlayedWith } from "./files.ts";
import type { NightSettings } from "./night-run.ts";
import { requireSameSettings } from "./same-settings.ts";

const NIGHT: NightSettings = {
  ...{ name: "world:7", date: "2026-11-20", speed: 60, games: 2, isOver: true },
  ...{ configHash: "config", limitsHashes: ["limits"], edge: "default" },
  ...{ trees: ["model-a"], ratings: ["elo-2+a"] },
};
const TWIN = { name: "world:7", date: "2026-11-20", games: 2, isDerivedBook: false };
const LOADED = { trees: "model-a", ratings: "elo-2+a" } as const;

const compare =
  (
    night: Partial<NightSettings>,
    twin: Partial<PlayedWith["nights"][number]> = {},
    settings: Partial<PlayedWith["settings"]> = {},
  ) =>
  (): void => {
    requireSameSettings(
      { ...NIGHT, ...night },
      {
        ...{ schemaVersion: 1, configHash: "config", limitsHash: "limits" },
        nights: [{ ...TWIN, ...LOADED, ...twin }],
        settings: { spreadCents: 1, latencyMs: 500, tickMs: 10_000, edge: "default", ...settings },
      },
    );
  };

describe("a night and its backtest are compared", () => {
  it("where all that decides is the same", () => {
    expect(compare({})).not.toThrow();
  });

  it("and neither where the night is not over nor under other settings, limits, games or books", () => {
    expect(compare({ isOver: false })).toThrow("is not over");
    expect(compare({ date: "2026-11-21" })).toThrow("holds no world:7 on 2026-11-21");
    expect(compare({ games: 3 })).toThrow("3 games in the night and 2 in the backtest");
    expect(compare({ configHash: "other" })).toThrow("other settings");
    expect(compare({ limitsHashes: ["limits", "other"] })).toThrow("other risk limits");
    expect(compare({}, { isDerivedBook: true }, { spreadCents: 2 })).toThrow("2 c wide");
  });

  it("of one world, and not where its market erred in one run alone", () => {
    expect(compare({}, {}, { edge: "none" })).toThrow(
      "world:7 was played with --edge default, the backtest with --edge none",
    );
    expect(compare({ edge: "none" })).toThrow("the backtest with --edge default");
    expect(compare({ edge: "none" }, {}, { edge: "none" })).not.toThrow();
    // A recording has its market from where it was recorded, whatever the option says.
    expect(compare({ edge: null }, {}, { edge: "none" })).not.toThrow();
  });

  it("with the models that the night was decided by, or without any like it", () => {
    expect(compare({ trees: ["model-b"] })).toThrow(
      "world:7 was decided by the trees model-b, the backtest by model-a",
    );
    expect(compare({ trees: ["model-a", "model-b"] })).toThrow("trees model-a, model-b");
    expect(compare({ trees: [null] })).toThrow("by the trees none, the backtest by model-a");
    expect(compare({}, { trees: null })).toThrow("trees model-a, the backtest by none");
    expect(compare({ trees: [null] }, { trees: null })).not.toThrow();
    // A game that was resumed goes on without them: the others were decided by the same.
    expect(compare({ trees: [null, "model-a"] })).not.toThrow();
    // No decision names any: the strategy does not play.
    expect(compare({ trees: [] }, { trees: null })).not.toThrow();
  });

  it("with the ratings that the night's forecasts were made of, at any time of it", () => {
    expect(compare({ ratings: ["elo-2+b"] })).toThrow(
      "world:7 was decided by the ratings elo-2+b, the backtest by elo-2+a",
    );
    // Stale at first, and built anew while the night went on.
    expect(compare({ ratings: ["ratings_too_old", "elo-2+a"] })).toThrow("ratings_too_old");
    expect(compare({ ratings: [null] })).toThrow("ratings the night's own, the backtest");
    expect(compare({ ratings: [null] }, { ratings: null })).not.toThrow();
    expect(compare({ ratings: [] })).not.toThrow();
  });
});
