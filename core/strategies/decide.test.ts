import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionInput } from "../domain/decision.ts";
import { isLiveStrategy } from "../domain/order.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import type { DecisionConfig } from "./config.ts";
import { decide, Decider } from "./decide.ts";
import { replayDecision } from "./replay.ts";
import {
  clockOf,
  CONFIG,
  FAVOURED,
  inputOf,
  liveInputOf,
  marketOf,
  readingOf,
  TIP,
  withStrategy,
} from "./testing/inputs.ts";
import { verdictOf } from "./testing/verdict-of.ts";
import { VERDICTS } from "./verdicts.ts";

const limits = (changes: Partial<DecisionConfig["limits"]>): DecisionConfig => ({
  ...CONFIG,
  limits: { ...CONFIG.limits, ...changes },
});
const eager = (): DecisionInput => inputOf({ readings: FAVOURED });
const live = (changes: Partial<DecisionInput> = {}): DecisionInput =>
  liveInputOf({ readings: FAVOURED, ...changes });

it("asks in play exactly the strategies that are called live", () => {
  const { verdicts } = decide(live(), CONFIG);
  expect(verdicts.length).toBeGreaterThan(1);
  for (const { strategy, code } of verdicts) {
    expect(code !== "not_pregame", strategy).toBe(isLiveStrategy(strategy));
  }
});

it("is the same by a decider that has decided on strategies in another sequence, or on fewer", () => {
  const decider = new Decider(CONFIG);
  const input = withStrategy(live(), "model-edge", { hasWorkingOrder: true });
  for (const strategies of [
    input.strategies,
    input.strategies.toReversed(),
    input.strategies.slice(1),
    input.strategies,
  ]) {
    expect(decider.decide({ ...input, strategies })).toEqual(
      decide({ ...input, strategies }, CONFIG),
    );
  }
});

it("shares verdicts that nobody can write over", () => {
  const busy = withStrategy(live(), "model-edge", { hasWorkingOrder: true });
  const said = verdictOf(busy, "model-edge");
  expect(said).toMatchObject({ code: "order_working", numbers: {} });
  expect(Object.isFrozen(said)).toBe(true);
});

describe("position scope", () => {
  const position = {
    marketTicker: marketOf("home", 49, 50).ticker,
    team: "home" as const,
    count: countCenti(10_000),
    averagePrice: priceMicros(500_000),
    feesPaid: usdMicros(0),
    openedAt: instant(TIP),
  };
  const held = withStrategy(live(), "pregame-anchored", { positions: [position] });

  it("lets each strategy hold a position of its own", () => {
    expect(verdictOf(held, "model-edge").code).toBe("propose");
  });

  it("lets one strategy's position or proposal bar the others when shared", () => {
    expect(verdictOf(held, "model-edge", limits({ positionScope: "shared" })).code).toBe(
      "position_open",
    );
    const both = live({ windows: [] });
    const proposed = decide(both, limits({ positionScope: "shared" })).verdicts;
    expect(proposed.filter(({ intent }) => intent !== null)).toHaveLength(1);
  });
});

describe("decide", () => {
  it("replays to the same bytes from its stored text", () => {
    for (const input of [eager(), live(), live({ clock: null })]) {
      const text = JSON.stringify(input);
      expect(replayDecision(text, JSON.stringify(decide(input, CONFIG)), CONFIG)).toBe(true);
    }
  });

  it("notices a stored output with one number changed", () => {
    const stored = JSON.stringify(decide(eager(), CONFIG)).replace("62500", "62501");
    expect(replayDecision(JSON.stringify(eager()), stored, CONFIG)).toBe(false);
  });

  it("gives the same bytes for the same input, read from JSON or not", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const direct = JSON.stringify(decide(input, CONFIG));
        expect(
          JSON.stringify(decide(JSON.parse(JSON.stringify(input)) as DecisionInput, CONFIG)),
        ).toBe(direct);
      }),
      { numRuns: 300 },
    );
  });

  it("proposes nothing on an unsound number, and names its field", () => {
    const broken: [string, DecisionInput][] = [
      ["at", { ...eager(), at: Number.NaN as DecisionInput["at"] }],
      [
        "strategies.0.capitalLeft",
        withStrategy(eager(), "pregame-anchored", {
          capitalLeft: Number.NaN as ReturnType<typeof usdMicros>,
        }),
      ],
      ["clock.clockSeconds", live({ clock: clockOf(live().at, { clockSeconds: Number.NaN }) })],
      ["clock.clockSeconds", live({ clock: clockOf(live().at, { clockSeconds: 721 }) })],
      [
        "markets.0.quote.receivedAt",
        {
          ...eager(),
          markets: [
            marketOf("home", 49, 50, {
              quote: { ...marketOf("home", 49, 50).quote, receivedAt: instant(TIP) },
            }),
          ],
        },
      ],
      [
        "markets.0.recentVolume",
        {
          ...eager(),
          markets: [
            marketOf("home", 49, 50, {
              recentVolume: Number.POSITIVE_INFINITY as ReturnType<typeof countCenti>,
            }),
          ],
        },
      ],
    ];
    for (const [field, input] of broken) {
      const { verdicts } = decide(input, CONFIG);
      expect(verdicts.map(({ code, intent, detail }) => ({ code, intent, detail }))).toEqual(
        Array(3).fill({ code: "invalid_input", intent: null, detail: field }),
      );
    }
  });

  it("drops a reading that is not finite, and goes on with the rest", () => {
    const readings = [readingOf("elo", Number.NaN), readingOf("partner", 0.58)];
    const output = decide(inputOf({ readings }), CONFIG);
    expect(output.forecast.homeProbability).toBeCloseTo(0.58, 9);
    expect(output.forecast.sources[0]).toMatchObject({
      value: null,
      absentBecause: "out_of_range",
    });
  });

  it("gives every strategy one verdict, of a code that is listed", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { verdicts } = decide(input, CONFIG);
        expect(verdicts.map(({ strategy }) => strategy)).toEqual([
          "pregame-anchored",
          "model-edge",
          "mean-reversion",
        ]);
        for (const { code } of verdicts) expect(Object.keys(VERDICTS)).toContain(code);
      }),
      { numRuns: 300 },
    );
  });
});

/** Inputs of all kinds, sound in their numbers. */
const anyInput: fc.Arbitrary<DecisionInput> = fc
  .record({
    isLive: fc.boolean(),
    bid: fc.option(fc.integer({ min: 1, max: 98 }), { nil: null }),
    width: fc.integer({ min: -1, max: 6 }),
    elo: fc.double({ min: -0.1, max: 1.1, noNaN: true }),
    espn: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
    period: fc.integer({ min: 1, max: 6 }),
    seconds: fc.double({ min: 0, max: 300, noNaN: true }),
    lead: fc.integer({ min: -30, max: 30 }),
    held: fc.integer({ min: 0, max: 300 }),
    paid: fc.integer({ min: 1, max: 99 }),
    toTipMs: fc.integer({ min: 0, max: 2_000_000 }),
  })
  .map(({ isLive, bid, width, elo, espn, period, seconds, lead, held, paid, toTipMs }) => {
    const at = instant(isLive ? TIP + 3_000_000 : TIP - toTipMs);
    const ask = bid === null ? null : Math.min(99, Math.max(1, bid + width));
    const readings = [
      readingOf("elo", elo),
      ...(espn === null ? [] : [readingOf("espn", espn, at)]),
    ];
    const clock = clockOf(at, {
      period,
      clockSeconds: seconds,
      homeScore: 60 + lead,
      awayScore: 60,
    });
    const base = inputOf({
      at,
      phase: isLive ? "live" : "pregame",
      readings,
      clock: isLive ? clock : null,
      markets: [marketOf("home", bid, ask), marketOf("away", 40, 42)],
    });
    if (held === 0) return base;
    return withStrategy(base, "model-edge", {
      entries: 1,
      positions: [
        {
          marketTicker: marketOf("home", 1, 2).ticker,
          team: "home",
          count: countCenti(held * 100),
          averagePrice: priceMicros(paid * 10_000),
          feesPaid: usdMicros(1_000),
          openedAt: instant(at - 60_000),
        },
      ],
    });
  });
