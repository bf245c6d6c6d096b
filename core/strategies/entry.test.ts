import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionInput } from "../domain/decision.ts";
import { instant, usdMicros } from "../domain/units.ts";
import type { strategyOf } from "./testing/inputs.ts";
import {
  clockOf,
  FAVOURED,
  inputOf,
  liveInputOf,
  marketOf,
  readingOf,
  TIP,
  withStrategy,
} from "./testing/inputs.ts";
import { verdictOf } from "./testing/verdict-of.ts";

const eager = (): DecisionInput => inputOf({ readings: FAVOURED });
const live = (changes: Partial<DecisionInput> = {}): DecisionInput =>
  liveInputOf({ readings: FAVOURED, ...changes });

describe("PregameAnchored", () => {
  it("proposes to buy the team that the forecast favours over the market", () => {
    const verdict = verdictOf(eager(), "pregame-anchored");
    expect(verdict.code).toBe("propose");
    // 58 - 50 = 8 cents, less the taker's fee of 0.07 * 0.5 * 0.5 = 1.75 cents: 6.25 cents.
    expect(verdict.edgeMicros).toBe(62_500);
    expect(verdict.intent).toMatchObject({
      purpose: "entry",
      phase: "pregame",
      side: "bid",
      isReduceOnly: false,
      marketTicker: "KXNBAGAME-26NOV20BOSNYK-NYK",
      plan: { timeInForce: "immediate_or_cancel", isPostOnly: false },
    });
  });

  it("buys the other team when the forecast is below the market", () => {
    const input = inputOf({ readings: [readingOf("partner", 0.42)] });
    expect(verdictOf(input, "pregame-anchored").intent?.marketTicker).toMatch(/-BOS$/);
  });

  it("rests inside the spread where the edge does not pay for crossing it", () => {
    // Fair 51: crossing 50 leaves 1 - 1.75 cents; joining 49 leaves 2 - 0.44 = 1.56 cents.
    const input = inputOf({ readings: [readingOf("partner", 0.51)] });
    const { intent } = verdictOf(input, "pregame-anchored");
    expect(intent?.plan).toMatchObject({ price: 490_000, isPostOnly: true });
    expect(intent?.mayTakeFallback).toBe(true);
  });

  it("attempts once a game, for ever", () => {
    const used = withStrategy(eager(), "pregame-anchored", { pregameAttempts: 1 });
    expect(verdictOf(used, "pregame-anchored").code).toBe("attempt_used");
  });

  it("enters inside its window only, ends included", () => {
    const at = (beforeTip: number): string =>
      verdictOf(
        inputOf({
          at: instant(TIP - beforeTip),
          readings: FAVOURED.map((one) => ({ ...one, knownAt: instant(TIP - 9_000_000) })),
        }),
        "pregame-anchored",
      ).code;
    expect(at(1_500_001)).toBe("before_window");
    expect(at(1_500_000)).toBe("propose");
    expect(at(180_000)).toBe("propose");
    expect(at(179_999)).toBe("after_window");
  });

  it("needs a forecast", () => {
    expect(verdictOf(inputOf({ readings: [] }), "pregame-anchored").code).toBe("no_forecast");
  });
});

describe("ModelEdge", () => {
  it("proposes in play on edge after fees", () => {
    expect(verdictOf(live(), "model-edge").code).toBe("propose");
  });

  it("waits for the game", () => {
    expect(verdictOf(eager(), "model-edge").code).toBe("not_live");
  });

  it.each([
    ["absent", null],
    ["reconstructed", { isReconstructed: true }],
  ])("refuses without a live score: %s", (_, change) => {
    const at = live().at;
    const input = live({ clock: change === null ? null : clockOf(at, change) });
    expect(verdictOf(input, "model-edge").code).toBe("no_live_score");
  });

  it("refuses on a stale clock, and names why", () => {
    const input = live({ clock: clockOf(live().at, { staleBecause: ["backwards"] }) });
    expect(verdictOf(input, "model-edge")).toMatchObject({
      code: "clock_stale",
      detail: "backwards",
    });
  });

  it("does not chase a jump that the feeds have not seen yet", () => {
    const jumped = { recentRange: 30_001 };
    const markets = [marketOf("home", 49, 50, jumped), marketOf("away", 49, 50, jumped)];
    expect(verdictOf(live({ markets }), "model-edge").code).toBe("market_moving");
  });

  it("does not enter late", () => {
    const input = live({ clock: clockOf(live().at, { period: 4, clockSeconds: 239 }) });
    expect(verdictOf(input, "model-edge").code).toBe("too_late");
  });

  it("does not come back after it has left", () => {
    const input = withStrategy(live(), "model-edge", { hasExited: true });
    expect(verdictOf(input, "model-edge").code).toBe("no_reentry");
  });
});

describe("MeanReversion", () => {
  const window = {
    marketTicker: marketOf("home", 1, 2).ticker,
    samples: 20,
    spanMs: 300_000,
    low: 490_000,
    high: 580_000,
    mean: 560_000,
    isWarm: true,
  };
  // The mid is 49.5, 6.5 below the mean of 56: fair value 49.5 + 0.7 * 6.5 = 54.05.
  const swung = (changes: object = {}): DecisionInput =>
    live({ windows: [{ ...window, ...changes }] });

  it("buys what fell below its mean in a wide swing", () => {
    const verdict = verdictOf(swung(), "mean-reversion");
    expect(verdict.code).toBe("propose");
    expect(verdict.intent?.fairValue).toBe(540_500);
  });

  it.each([
    ["window_cold", { isWarm: false }],
    ["range_narrow", { high: 539_999 }],
    ["deviation_small", { mean: 524_999 }],
  ])("says %s", (code, changes) => {
    expect(verdictOf(swung(changes), "mean-reversion").code).toBe(code);
  });

  it("is not active when the forecast speaks against it", () => {
    const readings = [readingOf("partner", 0.5)];
    const input = { ...swung(), readings };
    expect(verdictOf(input, "mean-reversion").code).toBe("forecast_disagrees");
  });

  it("goes by price alone where the facts have no live score", () => {
    const input = { ...swung(), clock: null, readings: [], lacks: ["live-score"] };
    expect(verdictOf(input, "mean-reversion").code).toBe("propose");
    expect(verdictOf({ ...input, lacks: [] }, "mean-reversion").code).toBe("no_live_score");
  });
});

describe("every entry", () => {
  const cases: [string, (input: DecisionInput) => DecisionInput][] = [
    ["entries_paused", (input) => ({ ...input, entriesPaused: "database away" })],
    ["order_working", (input) => withAll(input, { hasWorkingOrder: true })],
    ["disabled", (input) => withAll(input, { disabledBecause: "unfilled" })],
    ["entries_used", (input) => withAll(input, { entries: 1 })],
    ["cooling_down", (input) => withAll(input, { retryAt: instant(input.at + 1) })],
    ["capital_spent", (input) => withAll(input, { capitalLeft: usdMicros(400_000) })],
    ["market_not_active", (input) => withMarkets(input, { status: "inactive" })],
    ["quote_stale", (input) => withMarkets(input, { staleBecause: "sequence_gap" })],
    ["no_market", (input) => ({ ...input, markets: [] })],
    ["one_sided", (input) => ({ ...input, markets: [marketOf("home", null, 50)] })],
    ["crossed", (input) => inputAt(input, [marketOf("home", 51, 50)])],
    ["spread_wide", (input) => inputAt(input, [marketOf("home", 47, 52)])],
    [
      "quote_old",
      (input) => ({
        ...input,
        markets: input.markets.map((one) => ({
          ...one,
          quote: { ...one.quote, receivedAt: instant(input.at - 60_001) },
        })),
      }),
    ],
  ];
  const withAll = (
    input: DecisionInput,
    changes: Parameters<typeof strategyOf>[1],
  ): DecisionInput => ({
    ...input,
    strategies: input.strategies.map((one) => ({ ...one, ...changes })),
  });
  const withMarkets = (input: DecisionInput, changes: object): DecisionInput => ({
    ...input,
    markets: input.markets.map((one) => ({ ...one, ...changes })),
  });
  const inputAt = (input: DecisionInput, markets: DecisionInput["markets"]): DecisionInput =>
    inputOf({ ...input, markets });

  it.each(cases)("is refused with %s", (code, change) => {
    expect(verdictOf(change(eager()), "pregame-anchored").code).toBe(code);
    expect(verdictOf(change(live()), "model-edge").code).toBe(code);
  });

  it("never pays more than its limit, and the limit keeps the least edge", () => {
    const cents = fc.integer({ min: 2, max: 97 });
    fc.assert(
      fc.property(
        cents,
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        (bid, width, p) => {
          const markets = [marketOf("home", bid, Math.min(99, bid + width))];
          const { intent } = verdictOf(
            inputOf({ markets, readings: [readingOf("partner", p)] }),
            "pregame-anchored",
          );
          if (!intent) return;
          expect(intent.plan.price).toBeLessThanOrEqual(intent.limitPrice);
          expect(intent.limitPrice + 10_000).toBeLessThan(intent.fairValue);
          expect(intent.edgeMicros).toBeGreaterThanOrEqual(10_000 - 1);
          expect(intent.count % 100).toBe(0);
          expect((intent.plan.price * intent.count) / 100).toBeLessThanOrEqual(150_000_000);
        },
      ),
    );
  });
});
