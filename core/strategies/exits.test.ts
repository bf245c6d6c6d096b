import { describe, expect, it } from "vitest";
import type { DecisionInput, PositionInput, StrategyInput, Verdict } from "../domain/decision.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../domain/units.ts";
import type { DecisionConfig } from "./config.ts";
import {
  CONFIG,
  clockOf,
  liveInputOf,
  marketOf,
  readingOf,
  TIP,
  withStrategy,
} from "./testing/inputs.ts";
import { verdictOf } from "./testing/verdict-of.ts";

const position = (changes: Partial<PositionInput> = {}): PositionInput => ({
  marketTicker: marketOf("home", 1, 2).ticker,
  team: "home",
  count: countCenti(10_000),
  averagePrice: priceMicros(500_000),
  feesPaid: usdMicros(0),
  openedAt: instant(TIP + 2_000_000),
  ...changes,
});

/** ModelEdge holds 100 contracts of home at 50; home's book is `bid` to one cent more. */
const holding = (
  bid: number | null,
  changes: Partial<StrategyInput> = {},
  input: Partial<DecisionInput> = {},
): DecisionInput => {
  const markets = [marketOf("home", bid, bid === null ? 50 : bid + 1), marketOf("away", 40, 44)];
  return withStrategy(liveInputOf({ markets, readings: [], ...input }), "model-edge", {
    entries: 1,
    positions: [position()],
    ...changes,
  });
};
const exitOf = (input: DecisionInput, config: DecisionConfig = CONFIG): Verdict =>
  verdictOf(input, "model-edge", config);

describe("exits", () => {
  it("holds between its prices", () => {
    expect(exitOf(holding(50)).code).toBe("hold");
  });

  it("stops the loss at its price and not a cent before", () => {
    expect(exitOf(holding(36)).code).toBe("hold");
    const { exitType, intent } = exitOf(holding(35));
    expect(exitType).toBe("stop-loss");
    expect(intent).toMatchObject({
      purpose: "exit",
      side: "ask",
      isReduceOnly: true,
      count: 10_000,
      limitPrice: 330_000,
      plan: { timeInForce: "immediate_or_cancel", isPostOnly: false, expectedPrice: 350_000 },
    });
  });

  it("locks a gain by selling", () => {
    // Sold at 60: 60 - 1.68 fee - 50 = 8.32 cents. The pair costs 44 + 1.72: worth 54.28, less.
    const { exitType, intent } = exitOf(holding(60));
    expect(exitType).toBe("lock");
    expect(intent).toMatchObject({ side: "ask", isReduceOnly: true });
  });

  it("locks by buying the other team where that is cheaper", () => {
    // The pair costs 38 + 1.65: worth 60.35; selling at 57 is worth 57 - 1.72 = 55.28.
    const markets = [marketOf("home", 57, 58), marketOf("away", 37, 38)];
    const { exitType, intent } = exitOf(holding(57, {}, { markets }));
    expect(exitType).toBe("lock");
    expect(intent).toMatchObject({ side: "bid", isReduceOnly: false, purpose: "exit" });
    expect(intent?.marketTicker).toMatch(/-BOS$/);
  });

  it("does not lock what the forecast says is worth more", () => {
    const at = liveInputOf().at;
    const readings = [readingOf("espn", 0.7, at)];
    const input = holding(60, {}, { readings, clock: clockOf(at, { homeScore: 50 }) });
    expect(exitOf(input).code).toBe("hold");
  });

  it("does not lock while the market is moving", () => {
    const markets = [marketOf("home", 60, 61, { recentRange: 30_001 })];
    expect(exitOf(holding(60, {}, { markets })).code).toBe("hold");
  });

  it("tries a lock no more often than it may, and takes its profit all the same", () => {
    expect(exitOf(holding(60, { lockAttempts: 3 })).code).toBe("hold");
    expect(exitOf(holding(72, { lockAttempts: 3 })).exitType).toBe("take-profit");
  });

  it("leaves after its time, whatever the price", () => {
    const config: DecisionConfig = {
      ...CONFIG,
      strategies: {
        ...CONFIG.strategies,
        modelEdge: {
          ...CONFIG.strategies.modelEdge,
          exits: { ...CONFIG.strategies.modelEdge.exits, maxHoldMs: 1_000_000 },
        },
      },
    };
    expect(exitOf(holding(48), config).exitType).toBe("stop-loss");
    expect(exitOf(holding(54), config).exitType).toBe("take-profit");
    const later = [position({ openedAt: instant(TIP + 2_000_001) })];
    expect(exitOf(holding(48, { positions: later }), config).code).toBe("hold");
  });

  it("goes on by price when the clock is stale, entries are paused and the forecast is gone", () => {
    const clock = clockOf(liveInputOf().at, { staleBecause: ["old"] });
    const input = holding(35, {}, { clock, entriesPaused: "database away" });
    expect(exitOf(input).exitType).toBe("stop-loss");
    expect(exitOf(holding(35, {}, { clock: null, phase: "closing" })).exitType).toBe("stop-loss");
  });

  it("waits for a bid, and for a book that can be believed", () => {
    expect(exitOf(holding(null)).code).toBe("exit_no_bid");
    const markets = [marketOf("home", 35, 36, { staleBecause: "sequence_gap" })];
    expect(exitOf(holding(35, {}, { markets })).code).toBe("exit_quote_stale");
  });

  it("sends no second order beside a working one", () => {
    expect(exitOf(holding(35, { hasWorkingOrder: true })).code).toBe("order_working");
  });

  it("is done when both teams are held in equal number", () => {
    const away = position({ team: "away", marketTicker: marketOf("away", 1, 2).ticker });
    expect(exitOf(holding(35, { positions: [position(), away] })).code).toBe("locked");
  });

  it("closes only what is not paired yet", () => {
    const away = position({
      team: "away",
      marketTicker: marketOf("away", 1, 2).ticker,
      count: countCenti(4_000),
    });
    const { intent } = exitOf(holding(35, { positions: [position(), away] }));
    expect(intent).toMatchObject({ side: "ask", count: 6_000 });
  });

  it("counts the fees of the way in against a gain", () => {
    // 8.32 cents of gain before, less 100 contracts' fees of 1 USD: 7.32, below the 8 a lock wants.
    const positions = [position({ feesPaid: usdMicros(1_000_000) })];
    expect(exitOf(holding(60, { positions })).code).toBe("hold");
  });

  it("leaves the selling to the kill that flattens: a game has no exit of its own for it", () => {
    const flattening = { ...holding(60), entriesPaused: "killed:flatten" };
    expect(exitOf(flattening)).toEqual(exitOf(holding(60)));
  });
});
