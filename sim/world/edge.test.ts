import { describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { midAt, midPaths } from "./books.ts";
import { type Edge, STATED_EDGE } from "./fair.ts";
import { createWorld, worldTruth } from "./world.ts";

const SEEDS = Array.from({ length: 10 }, (_, seed) => 100 + seed);

/** Mean, and how many standard errors it is from zero. */
function score(values: readonly number[]): { mean: number; z: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, z: mean / Math.sqrt(variance / values.length) };
}

/**
 * Home's mid, in cents, from 6 s to 3 min after a run was reached, counted in the run's direction:
 * what a trader who saw the run in the price would have earned by following it.
 */
function driftAfterRuns(edge: Edge): number[] {
  return SEEDS.flatMap((seed) => {
    const world = createWorld({ seed, games: 3, edge });
    const paths = midPaths(world.facts());
    return world.games.flatMap((game) => {
      const path = required(paths.get(required(game.slate.marketTickers[0], "a market")), "mids");
      let run = 0;
      let margin = 0;
      return game.script.moments.flatMap((moment) => {
        const scored = moment.homeScore - moment.awayScore - margin;
        margin += scored;
        const before = run;
        run = Math.sign(scored) * Math.sign(run) < 0 ? scored : run + scored;
        const isReached =
          Math.abs(run) >= STATED_EDGE.runPoints && Math.abs(before) < STATED_EDGE.runPoints;
        const isLate = moment.period >= 4;
        if (!isReached || isLate) return [];
        const from = midAt(path, moment.at + 6_000);
        const to = midAt(path, moment.at + 186_000);
        return from === null || to === null ? [] : [Math.sign(run) * (to - from)];
      });
    });
  });
}

/** The facts received up to an instant: the rest of the night need not be played. */
function* until(facts: Iterable<Fact>, at: number): Generator<Fact> {
  for (const fact of facts) {
    if (fact.receivedAt > at) return;
    yield fact;
  }
}

/** How far home's mid is from the truth at the scheduled tip, cents. */
function errorsAtTip(edge: Edge): number[] {
  return SEEDS.flatMap((seed) => {
    const world = createWorld({ seed, games: 6, edge });
    const lastTip = Math.max(...world.games.map((game) => game.slate.tipAt));
    const paths = midPaths(until(world.facts(), lastTip));
    return world.games.map((game) => {
      const path = required(paths.get(required(game.slate.marketTickers[0], "a market")), "mids");
      const mid = required(midAt(path, game.slate.tipAt), "a two-sided book at tip");
      return mid - 100 * worldTruth(world, game.slate.eventTicker, game.slate.tipAt);
    });
  });
}

describe("the default world", () => {
  it("overshoots after a run and comes back by some cents within three minutes", () => {
    const { mean, z } = score(driftAfterRuns("default"));
    expect(z).toBeLessThan(-4);
    expect(mean).toBeLessThan(-2);
    expect(mean).toBeGreaterThan(-7);
  });

  it("is off by some cents before tip, to either side", () => {
    const errors = errorsAtTip("default");
    const size = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(size).toBeGreaterThan(1.5);
    expect(size).toBeLessThan(4.5);
    expect(Math.abs(score(errors).z)).toBeLessThan(3);
  });
});

describe("the world without edge", () => {
  it("goes on after a run as chance has it", () => {
    expect(Math.abs(score(driftAfterRuns("none")).z)).toBeLessThan(3);
  });

  it("is never more than a tick from the truth once it has seen it", () => {
    const world = createWorld({ seed: 5, games: 3, edge: "none" });
    const paths = midPaths(world.facts());
    for (const game of world.games) {
      game.slate.marketTickers.forEach((ticker, index) => {
        const path = required(paths.get(ticker), "mids");
        for (const moment of game.script.moments) {
          const at = instant(moment.at + 4_000);
          const mid = midAt(path, at);
          const home = worldTruth(world, game.slate.eventTicker, at);
          const isNewer = game.script.moments.some(
            (other) => other.at > moment.at && other.at <= at,
          );
          if (mid === null || isNewer) continue;
          const truth = 100 * (index === 0 ? home : 1 - home);
          expect(Math.abs(mid - truth)).toBeLessThanOrEqual(1.000_001);
        }
      });
    }
  });

  it("is at the truth before tip", () => {
    for (const error of errorsAtTip("none")) expect(Math.abs(error)).toBeLessThanOrEqual(1.000_001);
  });
});
