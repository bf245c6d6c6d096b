import { describe, expect, it } from "vitest";
import { positionOfMode } from "../core/domain/stage.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
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

/** Nights of one game, of which the first so many differ, by what is drawn. */
function differing(count: number, differ: number, net: (nr: number) => number) {
  return Array.from({ length: count }, (_, nr) => ({
    ...{ night: String(nr), unrouted: 1_000 },
    routed: 1_000 + (nr < differ ? net(nr) : 0),
  }));
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

  it("is judged by the nights that differ: a router that did nothing on a night showed nothing there", () => {
    const four = meanDifference(differing(30, 4, () => 1_000_000));
    // 4 USD over 30 games.
    expect(four.value).toBeCloseTo(4_000_000 / 30, 6);
    expect(four).toMatchObject({ n: 30, clusters: 4, interval: null, lack: "too_few_clusters" });
    expect(verdictOf(four)).toBe("not-enough-data");
    const steady = (nr: number): number => 1_000_000 + (nr % 5) * 10_000;
    expect(verdictOf(meanDifference(differing(200, 29, steady)))).toBe("not-enough-data");
    expect(verdictOf(meanDifference(differing(200, 30, steady)))).toBe("earned");
    expect(verdictOf(meanDifference(differing(30, 0, steady)))).toBe("not-enough-data");
  });

  it("counts a night whose games cancel: the router acted on it", () => {
    const cancelled = Array.from({ length: 60 }, (_, nr) => ({
      ...{ night: String(Math.floor(nr / 2)), unrouted: 0 },
      routed: nr % 2 === 0 ? 1_000 : -1_000,
    }));
    expect(meanDifference(cancelled).clusters).toBe(30);
  });

  it("is seldom found where there is nothing, however rare the losses and the nights that differ", () => {
    const earned = (differ: number): number => {
      const chance = seededChance(differ);
      // +1 in four of five, -4 in the fifth: worth nothing.
      const net = (): number => (chance.uniform() < 0.8 ? 1_000_000 : -4_000_000);
      const found = Array.from({ length: 100 }, () =>
        verdictOf(meanDifference(differing(40, differ, net))),
      );
      return found.filter((verdict) => verdict === "earned").length / found.length;
    };
    expect([4, 5, 6, 12].map(earned)).toEqual([0, 0, 0, 0]);
    // Of 100 samples 2.5 are expected at most, and 6 are within chance.
    expect(earned(30)).toBeLessThanOrEqual(0.06);
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
