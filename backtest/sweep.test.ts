import { beforeAll, describe, expect, it } from "vitest";
import { seededChance } from "../core/scoring/inference/chance.ts";
import { positionOfMode } from "../core/domain/stage.ts";
import { limitsOf, loadRiskLimits } from "../runtime/risk-limits.ts";
import { loadTipoffConfig } from "../runtime/tipoff-config.ts";
import { type NightOutcome, playJob } from "./job.ts";
import { judgeSweep, type SweepReport } from "./sweep.ts";
import { NO_LOADS } from "./testing/small-night.ts";

const CASH = 10_000_000_000;
let played: NightOutcome;
beforeAll(async () => {
  const settings = loadTipoffConfig("config/tipoff.yaml").config;
  const { file } = loadRiskLimits("config/risk_limits.yaml");
  const limits = limitsOf(file, positionOfMode("paper"), "world:7");
  const config = { ...settings, limits: { ...limits, ...settings.limits } };
  const source = { kind: "world", seed: 7, games: 1, edge: "default", date: null } as const;
  const options = { decideEveryMs: 60_000 };
  played = await playJob({ source, config, loads: NO_LOADS, options });
});

/** Nights with these net results, USD; null where nothing was entered. */
function nights(nets: readonly (number | null)[]): readonly NightOutcome[] {
  const { manifest, result } = played;
  return nets.map((usd, nr) => {
    const net = (usd ?? 0) * 1_000_000;
    const games = result.games.map((game) => ({
      ...game,
      strategies: game.strategies
        .slice(0, 1)
        .map((one) => ({ ...one, entries: usd === null ? 0 : 1 })),
    }));
    return {
      ...played,
      manifest: { ...manifest, name: `night ${String(nr)}` },
      result: { ...result, games, pnl: { gross: net, fees: 0, net, atMid: net } },
    };
  });
}

/** So many nights, every so manyth with the next of these results. */
function among(count: number, every: number, net: (nr: number) => number): (number | null)[] {
  return Array.from({ length: count }, (_, nr) => (nr % every === 0 ? net(nr / every) : null));
}

function judged(...trials: readonly (readonly (number | null)[])[]): SweepReport {
  const named = trials.map((nets, nr) => ({ name: `trial ${String(nr)}`, outcomes: nights(nets) }));
  return judgeSweep(named, 0.5, CASH);
}

/** A favourite at 80 cents that wins as often as it costs: no edge, and mostly gains. */
const favourite = (chance: ReturnType<typeof seededChance>) => (): number =>
  chance.uniform() < 0.8 ? 20 : -80;

describe("the evidence of a sweep", () => {
  it("is of nights with an entry: five of sixty, in each part, say nothing", () => {
    const steady = among(120, 12, (nr) => 20 + (nr % 3));
    const {
      best,
      figures,
      nights: all,
    } = judged(
      steady,
      among(120, 12, (nr) => (nr % 2 ? 5 : -5)),
    );
    expect(all).toEqual({ inSample: 60, outOfSample: 60 });
    expect(figures[0]?.outOfSample).toMatchObject({ nights: 60, traded: 5 });
    // (22 + 20 + 21 + 22 + 20) / 5: of nights that traded.
    expect(best).toMatchObject({
      outOfSample: { value: 21_000_000, n: 5, clusters: 5, interval: null },
      deflated: { n: 5, probability: null },
      verdict: "not-enough-data",
      isCredible: false,
    });
  });

  it("says of favourites without an edge that there are too few, whatever they won", () => {
    const chance = seededChance(5);
    const net = favourite(chance);
    const found = Array.from({ length: 100 }, () =>
      judged(among(120, 12, net), among(120, 12, net), among(120, 12, net)),
    );
    const verdicts = found.map(({ best }) => best?.verdict ?? "not-enough-data");
    expect(new Set(verdicts)).toEqual(new Set(["not-enough-data"]));
    expect(found.filter(({ best }) => (best?.deflated.probability ?? 0) > 0.95)).toEqual([]);
    expect(found.filter(({ best }) => best?.isCredible === true)).toEqual([]);
  });

  it("is there from thirty nights with an entry on in each part", () => {
    const steady = (count: number) => among(count, 2, (nr) => 20 + (nr % 7));
    const rival = (count: number) => among(count, 2, (nr) => (nr % 2 ? 5 : -5));
    const few = judged(steady(116), rival(116)).best;
    expect(few?.deflated).toMatchObject({ n: 29, probability: null });
    expect(few?.verdict).toBe("not-enough-data");
    const enough = judged(steady(120), rival(120)).best;
    expect(enough?.deflated.probability).toBeGreaterThan(0.95);
    expect(enough).toMatchObject({ outOfSample: { clusters: 30 }, verdict: "edge" });
    expect(enough?.isCredible).toBe(true);
  });

  it("is the chosen trial's: a rival that trades each night makes it none", () => {
    const chance = seededChance(6);
    const rival = Array.from({ length: 120 }, () => chance.normal() * 50);
    const { best, overfitting } = judged(
      among(120, 6, (nr) => 20 + (nr % 3)),
      rival,
    );
    expect(best?.name).toBe("trial 0");
    expect(best?.deflated).toMatchObject({ n: 10, probability: null });
    expect(best?.isCredible).toBe(false);
    // Choosing well is of all trials: nights on which any of them entered.
    expect(overfitting.days).toBe(120);
  });

  it("splits for overfitting only nights on which a trial entered", () => {
    const first = among(200, 10, (nr) => 20 + (nr % 3));
    const second = among(200, 20, (nr) => (nr % 2 ? 5 : -5));
    expect(judged(first, second).overfitting).toMatchObject({ days: 20, splits: 252 });
    const fewer = first.map((net, nr) => (nr === 0 ? null : net));
    const still = second.map((net, nr) => (nr === 0 ? null : net));
    expect(judged(fewer, still).overfitting).toMatchObject({ days: 19, probability: null });
  });
});
