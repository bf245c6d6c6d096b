import { describe, expect, it } from "vitest";
import { positionOfMode } from "../core/domain/stage.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { kindOf, meanDifference, routerEffect, verdictOf } from "./router-effect.ts";
import { NO_LOADS } from "./testing/small-night.ts";

/** Nights of as many games, whose difference is a cent of a dollar around `mean`, micros, all of a night alike. */
function nights(count: number, mean: number, games = 1) {
  return Array.from({ length: count * games }, (_, index) => {
    const night = Math.floor(index / games);
    const routed = 1_000 + mean + (night % 2 === 0 ? 10_000 : -10_000);
    return { night: String(night), routed, unrouted: 1_000 };
  });
}

describe("what a router has earned", () => {
  it("is its place where the whole interval lies above 0", () => {
    const difference = meanDifference(nights(40, 50_000));
    expect(difference.value).toBe(50_000);
    expect(verdictOf(difference)).toBe("earned");
  });

  it("is nothing where the interval holds 0, or lies below", () => {
    expect(verdictOf(meanDifference(nights(40, 0)))).toBe("not-earned");
    expect(verdictOf(meanDifference(nights(40, -50_000)))).toBe("not-earned");
  });

  it("is judged by night: games of one share cash, limits, breakers and pauses", () => {
    const alone = meanDifference(nights(40, 3_500)).interval;
    const alike = meanDifference(nights(40, 3_500, 12));
    expect(alike).toMatchObject({ n: 480, clusters: 40 });
    // Twelve games that went alike say no more than the night that they share.
    expect(alike.interval?.low).toBeCloseTo(alone?.low ?? 0, 6);
    expect(verdictOf(meanDifference(nights(10, 50_000, 6)))).toBe("not-enough-data");
  });

  it("is of worlds where any night is one: what was invented is no evidence", () => {
    const recorded = { kind: "recording", dir: "a", spreadCents: 1 } as const;
    const world = { kind: "world", seed: 7, games: 1, edge: "default", date: null } as const;
    expect(kindOf([recorded, recorded])).toBe("recordings");
    expect(kindOf([recorded, world])).toBe("worlds");
  });

  it("cannot be said of fewer than 30 nights, however good, nor of none", () => {
    expect(verdictOf(meanDifference(nights(29, 50_000)))).toBe("not-enough-data");
    expect(verdictOf(meanDifference([]))).toBe("not-enough-data");
  });
});

it("plays the same nights with and without it: one that lets nothing enter loses and wins nothing", async () => {
  const settings = loadTipoffConfig("config/tipoff.yaml").config;
  const { file } = loadRiskLimits("config/risk_limits.yaml");
  const limits = limitsOf(file, positionOfMode("paper"), "world:7");
  const config = { ...settings, limits: { ...limits, ...settings.limits } };
  const borders = { volatileRangeMicros: 30_000, thinSpreadMicros: 30_000, favouriteGapMicros: 0 };
  const names = ["pregame-anchored", "model-edge", "mean-reversion"] as const;
  const rules = names.map((strategy) => ({ strategy, weight: 0 }));
  const source = { kind: "world", seed: 7, games: 1, edge: "default", date: null } as const;
  const job = { source, config, loads: NO_LOADS, options: { decideEveryMs: 30_000 } };
  const effect = await routerEffect([job], { borders, rules }, { workers: 1 });
  expect(effect.entries.routed).toBe(0);
  expect(effect.net.routed).toBe(0);
  expect(effect.entries.unrouted).toBeGreaterThan(0);
  expect(effect.verdict).toBe("not-enough-data");
});
