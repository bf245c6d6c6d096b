import { describe, expect, it } from "vitest";
import { METRICS } from "../../../runtime/test-plan.ts";
import { driftOf } from "../drift.ts";
import { seededChance } from "../inference/chance.ts";
import {
  type Hypothesis,
  judgeHypotheses,
  levelOf,
  missingOf,
  PLAN_METRICS,
  planVerdict,
  stoppedOn,
} from "./plan.ts";
import { proposeDecision, type ReviewFacts } from "./review.ts";
import { findFigure, scoreSample } from "./scores.ts";
import { handSample } from "./testing/hand-sample.ts";
import { validate, type ValidationOptions } from "./validate.ts";

const OPTIONS: ValidationOptions = {
  stages: [
    {
      stage: "paper",
      capital: 1_000_000_000,
      dailyLoss: 20_000_000,
      weeklyLoss: 50_000_000,
      singleTradeLoss: 10_000_000,
      consecutiveLosses: 8,
      drawdownShare: 0.1,
    },
  ],
  tried: [],
  others: [],
  resamples: 400,
};

describe("every figure of a score", () => {
  const scores = scoreSample(handSample({ games: 60, edge: 500_000 }), { resamples: 500 });
  const figures = [
    ...scores.forecasts.figures,
    ...scores.money.figures,
    ...scores.execution.figures,
    ...Object.values(scores.money.byStrategy).flat(),
  ];

  it("has a definition, its sample, and an interval or why there is none", () => {
    expect(figures.length).toBeGreaterThan(25);
    for (const { name, definition, estimate } of figures) {
      expect(definition.length, name).toBeGreaterThan(20);
      expect(estimate.interval === null, name).toBe(estimate.lack !== null);
    }
  });

  it("is null where the sample is empty, never 0", () => {
    const empty = scoreSample(handSample({ games: 0, edge: 0 }));
    for (const { name, estimate } of [
      ...empty.forecasts.figures,
      ...empty.money.figures,
      ...empty.execution.figures,
    ]) {
      expect(estimate, name).toMatchObject({ value: null, n: 0, lack: "empty_sample" });
    }
  });

  it("gives each attribute of profit the same sum, that of all positions", () => {
    const sums = new Map<string, number>();
    for (const { by, net } of scores.money.attribution) sums.set(by, (sums.get(by) ?? 0) + net);
    const days = scores.money.daily.reduce((sum, { net }) => sum + net, 0);
    expect([...sums.keys()]).toEqual(["strategy", "exit", "phase", "team", "hour"]);
    for (const sum of sums.values()) expect(sum).toBe(days);
  });

  it("looks 5, 30 and 300 s after a fill, and at the last price", () => {
    const value = (name: string) => findFigure(scores, name)?.estimate.value;
    // 0, 1,000, 2,000 and 3,000 micros against us in turn.
    expect(value("adverse selection, 5 s")).toBeCloseTo(1_500, 6);
    // 1,000 less 500 times 0 to 4.
    expect(value("adverse selection, 30 s")).toBeCloseTo(0, 6);
    expect(findFigure(scores, "adverse selection, 300 s")?.estimate.n).toBe(0);
    expect(findFigure(scores, "adverse selection, 300 s")?.definition).toMatch(
      /Not known of \d+ fills: no middle was seen by then\.$/,
    );
    // 48 cents gained and lost in turn.
    expect(value("closing-line value")).toBeCloseTo(0, 6);
    expect(value("false positives")).toBeCloseTo(0.25, 12);
  });
});

it("tells what was missed with its sample and interval: games, winners and losers alike", () => {
  const { missed } = scoreSample(handSample({ games: 80, edge: 0 }), { resamples: 500 }).execution;
  expect(Object.keys(missed)).toEqual(["mean-reversion", "model-edge"]);
  // Bought at 50 cents for a fee of 1.75: 48.25 and -51.75 cents, as many of either.
  const { candidates, paidAtSettlement, netAtSettlement } = missed["model-edge"] ?? {};
  expect([candidates, paidAtSettlement]).toEqual([40, 20]);
  expect(netAtSettlement).toMatchObject({ value: -17_500, n: 40, clusters: 40, lack: null });
  expect(netAtSettlement?.interval?.high).toBeGreaterThan(0);
  expect(scoreSample(handSample({ games: 0, edge: 0 })).execution.missed).toEqual({});
});

describe("the verdict of a validation", () => {
  const verdictOf = (sample: Parameters<typeof handSample>[0], options = OPTIONS) =>
    validate(handSample(sample), options).judgement;

  it("is an edge where there is one and nothing speaks against it", () => {
    expect(verdictOf({ games: 240, edge: 900_000 })).toMatchObject({ verdict: "edge" });
  });

  it("is no edge where the interval includes 0", () => {
    const { verdict, reasons } = verdictOf({ games: 240, edge: 60_000 });
    expect(verdict).toBe("no_edge");
    expect(reasons).toContain("the interval of the mean net result includes 0");
  });

  it("is worse where positions lose, or the market forecasts better", () => {
    expect(verdictOf({ games: 240, edge: -900_000 }).verdict).toBe("worse");
    const blind = { ours: 0.35, market: 0.01 };
    expect(verdictOf({ games: 240, edge: 900_000, error: blind }).verdict).toBe("worse");
  });

  it("is not enough data below thirty games, however good they were", () => {
    const { verdict, reasons } = verdictOf({ games: 28, edge: 9_000_000 });
    expect(verdict).toBe("not_enough_data");
    expect(reasons[0]).toContain(
      "28 games or days are too few for an interval that can be trusted",
    );
  });

  it("is not enough data where the nights are too few to tell of time, however many the games", () => {
    // One night: no walk forward, and no days to compare.
    expect(verdictOf({ games: 240, aNight: 240, edge: 900_000 })).toEqual({
      verdict: "not_enough_data",
      reasons: [
        "the walk forward: there is nothing that was chosen on the past",
        "the edge over time: 1 day is too few to tell whether it lasts",
      ],
    });
    // Twenty-nine: a walk forward, and a day too few for its break or decline.
    expect(verdictOf({ games: 290, aNight: 10, edge: 900_000 })).toEqual({
      verdict: "not_enough_data",
      reasons: ["the edge over time: 29 days are too few to tell whether it lasts"],
    });
    expect(verdictOf({ games: 300, aNight: 10, edge: 900_000 }).verdict).toBe("edge");
    // What is told already needs no more nights.
    expect(verdictOf({ games: 240, aNight: 240, edge: 60_000 }).verdict).toBe("no_edge");
    expect(verdictOf({ games: 240, aNight: 240, edge: -900_000 }).verdict).toBe("worse");
  });

  it("says of no night that is missing only where it speaks", () => {
    const missing = (games: number, aNight: number) => {
      const { plan, judgement } = validate(handSample({ games, aNight, edge: 900_000 }), OPTIONS);
      return [plan.missingDays, judgement.verdict];
    };
    expect(missing(240, 20)).toEqual([18, "not_enough_data"]);
    expect(missing(300, 10)).toEqual([0, "edge"]);
  });

  it("does not believe an edge that broke", () => {
    const broken = { games: 240, edge: 3_000_000, later: { from: 180, edge: -1_500_000 } };
    const { verdict, reasons } = verdictOf(broken);
    expect(verdict).toBe("no_edge");
    expect(reasons.join()).toContain("the edge broke on 2026-0");
  });

  it("does not believe the best of many worthless tries", () => {
    const chance = seededChance(4);
    const tried = Array.from({ length: 30 }, (_, i) => ({
      name: `${i}`,
      daily: Array.from({ length: 64 }, () => 0.01 * chance.normal()),
    }));
    const found = validate(handSample({ games: 240, edge: 900_000 }), { ...OPTIONS, tried });
    expect(found.search?.overfitting.configurations).toBe(30);
    expect(found.judgement.verdict).toBe("no_edge");
  });

  it("does not take a search of too few days for none", () => {
    const chance = seededChance(4);
    const tried = ["played", "other"].map((name) => ({
      ...{ name, daily: Array.from({ length: 31 }, () => 0.02 + 0.01 * chance.normal()) },
    }));
    const options = { ...OPTIONS, tried };
    // Cut into sixteen blocks, each of two days at least: 31 days are too few.
    expect(verdictOf({ games: 240, edge: 900_000 }, options)).toEqual({
      ...{ verdict: "not_enough_data" },
      reasons: ["the search: 31 days with a result are too few to tell skill from luck"],
    });
  });

  it("is the same for the same sample, and knows every part", () => {
    const sample = handSample({ games: 80, edge: 500_000 });
    const others = [{ name: "backtest", of: "position" as const, results: sample.trades }];
    const one = validate(sample, { ...OPTIONS, others });
    expect(validate(sample, { ...OPTIONS, others })).toEqual(one);
    expect(one.comparisons[0]).toMatchObject({ name: "backtest", shared: 80 });
    expect(one.comparisons[0]?.difference.value).toBe(0);
    expect(one.forward.strategies.folds).toHaveLength(5);
    expect(one.survival[0]).toMatchObject({
      ...{ stage: "paper", capital: 1_000_000_000, n: 20, clusters: 20 },
      lack: "too_few_clusters",
    });
    expect(one.search).toBeNull();
    expect(one.plan.clusters).toBe(80);
  });

  it("compares games with games: two positions of one are its result together", () => {
    const sample = handSample({ games: 40, edge: 0 });
    const trades = sample.trades.map((trade, i) => ({ ...trade, cluster: `game ${i % 20}` }));
    const whole = Array.from({ length: 20 }, (_, i) => {
      const own = trades.filter(({ cluster }) => cluster === `game ${i}`);
      const gross = own.reduce((sum, trade) => sum + trade.gross, 0);
      return { cluster: `game ${i}`, gross, fees: 40_000 };
    });
    const others = [{ name: "backtest", of: "game" as const, results: whole }];
    const [compared] = validate({ ...sample, trades }, { ...OPTIONS, others }).comparisons;
    expect(compared).toMatchObject({ first: { n: 20 }, second: { n: 20 }, shared: 20 });
    expect(compared?.difference.value).toBe(0);
  });

  it("gives our forecast weight out of sample only where it knows more than the market", () => {
    const mixOf = (error: { ours: number; market: number }) =>
      validate(handSample({ games: 400, edge: 0, error }), OPTIONS).forward.mix;
    const knowing = mixOf({ ours: 0.01, market: 0.25 });
    expect(knowing.difference.interval?.high ?? 1).toBeLessThan(0);
    const blind = mixOf({ ours: 0.4, market: 0.01 });
    expect(blind.folds.at(-1)?.choice ?? 1).toBeLessThan(0.3);
  });
});

describe("a test plan", () => {
  const hypothesis: Hypothesis = {
    id: "earns",
    says: "positions earn",
    metric: "mean_net_usd",
    strategy: null,
    direction: "above",
    than: 0,
  };

  it("may ask what the file may ask, each by a figure that there is", () => {
    expect(Object.keys(PLAN_METRICS)).toEqual([...METRICS]);
    const scores = scoreSample(handSample({ games: 0, edge: 0 }));
    for (const name of Object.values(PLAN_METRICS)) expect(findFigure(scores, name)).not.toBeNull();
  });

  it("is confirmed where whole intervals lie on the side of all hypotheses", () => {
    const asked = [
      hypothesis,
      { ...hypothesis, id: "own", strategy: "model-edge" },
      { ...hypothesis, id: "dear", metric: "slippage_cents", direction: "below", than: 0.5 },
    ] as const;
    const level = levelOf(asked);
    expect(level).toBeCloseTo(1 - 0.05 / 3, 12);
    const judge = (edge: number, games = 240) =>
      judgeHypotheses(
        scoreSample(handSample({ games, edge }), { level, resamples: 1_000 }),
        asked,
        [],
      );
    expect(planVerdict(judge(900_000))).toBe("confirmed");
    // USD, not micro-dollars; cents, not micros: 0, 1,000 and 2,000 micros in turn.
    expect(judge(900_000)[0]?.estimate.value).toBeLessThan(2);
    expect(judge(900_000)[2]?.estimate.value).toBeCloseTo(0.1, 9);
    const poor = judge(0);
    expect(poor.map(({ answer }) => answer)).toEqual([
      "not_confirmed",
      "not_confirmed",
      "confirmed",
    ]);
    expect(planVerdict(poor)).toBe("not_confirmed");
    expect(planVerdict(judge(900_000, 20))).toBe("not_enough_data");
    expect(planVerdict([])).toBe("not_enough_data");
  });

  it("answers nothing before its sample is whole: each look would be a chance to be confirmed", () => {
    const planned = { to: "2026-12-06", minGames: 240, minPositions: 300 };
    const reached = { games: 240, positions: 300, isOver: true, stillPlayed: [], stoppedOn: null };
    expect(missingOf(planned, reached)).toEqual([]);
    expect(
      missingOf(planned, { ...reached, games: 239, isOver: false, stillPlayed: ["2026-12-06"] }),
    ).toEqual([
      "its last day, 2026-12-06, is not over yet",
      "the night of 2026-12-06 is still played",
      "239 games of 240 planned",
    ]);
    // A test that its stop rule ended has no last day to wait for, and may be too small all the same.
    const stopped = { ...reached, positions: 8, isOver: false, stoppedOn: "2026-11-09" };
    expect(missingOf(planned, stopped)).toEqual([
      "8 positions of 300 planned, since the stop rule ended it on 2026-11-09",
    ]);
    const scores = scoreSample(handSample({ games: 240, edge: 900_000 }), { resamples: 1_000 });
    const early = judgeHypotheses(scores, [hypothesis], ["239 games of 240 planned"]);
    expect(early[0]?.estimate.interval?.low).toBeGreaterThan(0);
    expect(planVerdict(early)).toBe("not_enough_data");
    const sure = judgeHypotheses(scores, [{ ...hypothesis, direction: "below" }], ["a game"]);
    expect(planVerdict(sure)).toBe("not_enough_data");
  });

  it("ends with the first day on which its stop rule is met", () => {
    const daily = [0.02, -0.03, -0.04, 0.2].map((share, i) => ({
      date: `2026-01-0${i + 1}`,
      share,
    }));
    // 1.02, 0.99, 0.95: 6.9 % below 1.02, and 5 % below the start.
    expect(stoppedOn(daily, { maxDrawdown: 0.06, maxLoss: null })).toBe("2026-01-03");
    expect(stoppedOn(daily, { maxDrawdown: 0.07, maxLoss: 0.05 })).toBe("2026-01-03");
    expect(stoppedOn(daily, { maxDrawdown: 0.07, maxLoss: 0.051 })).toBeNull();
    expect(stoppedOn(daily, { maxDrawdown: null, maxLoss: null })).toBeNull();
  });
});

describe("a week's proposal", () => {
  const few = { value: 1, n: 3, clusters: 3, interval: null, lack: "too_few_clusters" } as const;
  const spread = (low: number, high: number) =>
    ({
      value: (low + high) / 2,
      n: 99,
      clusters: 99,
      interval: { level: 0.95, low, high },
      lack: null,
    }) as const;
  const quiet: ReviewFacts = {
    againstShadow: spread(-1, 1),
    brierExcess: spread(-0.01, 0.01),
    drift: [],
    decay: "lasts",
    failedNights: 0,
    breakers: 0,
    incidents: 0,
    criticalAlarms: 0,
    limits: [{ limit: "daily_loss", share: 0.3 }],
  };
  const drifting = (shift: number, what: "net" | "bias" | "brier_excess") => {
    const chance = seededChance(2);
    const values = Array.from({ length: 80 }, (_, i) => ({
      cluster: `${i}`,
      date: i < 40 ? "2026-01-01" : "2026-01-02",
      value: chance.normal() + (i < 40 ? 0 : shift),
    }));
    return driftOf(
      { name: "tip", what, values },
      { since: "2026-01-02", watched: 1 },
      { chance: seededChance(1), resamples: 300 },
    );
  };

  it("keeps on where nothing speaks against it, and says what cannot be told", () => {
    expect(proposeDecision(quiet)).toEqual({
      decision: "keep",
      reasons: ["nothing that can be judged speaks against it"],
    });
    const unknown = { ...quiet, againstShadow: few, brierExcess: few, decay: null };
    expect(proposeDecision(unknown)).toMatchObject({ decision: "keep" });
    expect(proposeDecision(unknown).reasons).toHaveLength(3);
  });

  it.each<[string, Partial<ReviewFacts>]>([
    ["a night failed", { failedNights: 1 }],
    ["a breaker tripped", { breakers: 1 }],
    ["an incident was opened", { incidents: 1 }],
    ["a limit was reached", { limits: [{ limit: "weekly_loss", share: 1 }] }],
    ["a limit cannot be told", { limits: [{ limit: "weekly_loss", share: Number.NaN }] }],
    ["the market forecasts better", { brierExcess: spread(0.01, 0.02) }],
  ])("rolls back where %s", (_, change) => {
    expect(proposeDecision({ ...quiet, ...change }).decision).toBe("roll-back");
  });

  it.each<[string, Partial<ReviewFacts>]>([
    ["positions bring less than shadow", { againstShadow: spread(-3, -1) }],
    ["results drift down", { drift: [drifting(-3, "net")] }],
    ["errors drift up", { drift: [drifting(3, "brier_excess")] }],
    ["a bias drifts", { drift: [drifting(3, "bias")] }],
    ["the edge wanes", { decay: "wanes" }],
    ["an alarm was critical", { criticalAlarms: 1 }],
    ["a limit was nearly reached", { limits: [{ limit: "weekly_loss", share: 0.8 }] }],
  ])("tightens where %s", (_, change) => {
    expect(proposeDecision({ ...quiet, ...change }).decision).toBe("tighten");
  });

  it("does not take what gets better for a reason", () => {
    const better = [drifting(3, "net"), drifting(-3, "brier_excess")];
    expect(better.map(({ isDrifting }) => isDrifting)).toEqual([true, true]);
    expect(proposeDecision({ ...quiet, drift: better }).decision).toBe("keep");
  });
});
