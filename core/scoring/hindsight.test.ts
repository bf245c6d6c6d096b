import { describe, expect, it } from "vitest";
import { instant, priceMicros } from "../domain/units.ts";
import {
  type Candidate,
  candidateOutcome,
  type Entry,
  falsePositives,
  missedSummary,
} from "./hindsight.ts";
import type { PnlPart } from "./pnl.ts";

const candidate: Candidate = {
  gameId: "game/paper/A",
  strategy: "model-edge",
  marketTicker: "A-NYK",
  kind: "skipped",
  code: "edge_below_threshold",
  price: priceMicros(500_000),
  fairValue: 550_000,
  feeSchedule: { kind: "quadratic", multiplierMilli: 1000 },
  settlementValue: 0,
  bestBidAfter: null,
};

describe("candidateOutcome", () => {
  it("values a candidate at settlement net of the fee", () => {
    // 1.00 - 0.50 - 0.07 * 0.50 * 0.50 = 0.4825.
    const won = candidateOutcome({ ...candidate, settlementValue: 1_000_000 });
    expect(won).toMatchObject({ netAtSettlement: 482_500, wouldHavePaid: true });
    const lost = candidateOutcome(candidate);
    expect(lost).toMatchObject({ netAtSettlement: -517_500, wouldHavePaid: false });
  });

  it("takes profit only where a later bid reached the fair value", () => {
    const below = candidateOutcome({ ...candidate, bestBidAfter: priceMicros(540_000) });
    expect(below.netAtTakeProfit).toBeNull();
    // 0.55 - 0.50 - 0.0175 - 0.07 * 0.55 * 0.45 = 0.015175.
    const above = candidateOutcome({ ...candidate, bestBidAfter: priceMicros(600_000) });
    expect(above.netAtTakeProfit).toBeCloseTo(15_175, 6);
    expect(above.wouldHavePaid).toBe(true);
  });

  it("charges the fee of the price sold at, however high bids went afterwards", () => {
    // 0.584 - 0.55 - 0.07 * 0.55 * 0.45 - 0.07 * 0.584 * 0.416 = -0.00033.
    const near = { ...candidate, price: priceMicros(550_000), fairValue: 584_000 };
    for (const bid of [584_000, 590_000, 990_000]) {
      const outcome = candidateOutcome({ ...near, bestBidAfter: priceMicros(bid) });
      expect(outcome.netAtTakeProfit).toBeCloseTo(-331.08, 6);
      expect(outcome.wouldHavePaid).toBe(false);
    }
  });

  it("does not call an opportunity what its fees would have eaten", () => {
    const thin = { ...candidate, fairValue: 510_000, bestBidAfter: priceMicros(510_000) };
    expect(candidateOutcome(thin)).toMatchObject({ wouldHavePaid: false });
  });

  it("knows nothing of settlement before it", () => {
    const open = candidateOutcome({ ...candidate, settlementValue: null });
    expect(open).toMatchObject({ netAtSettlement: null, wouldHavePaid: false });
  });
});

describe("missedSummary", () => {
  it("counts those that would have lost beside those that would have paid", () => {
    const outcomes = [
      candidateOutcome({ ...candidate, settlementValue: 1_000_000 }),
      candidateOutcome(candidate),
    ];
    expect(missedSummary(outcomes)).toEqual({
      candidates: 2,
      missed: 1,
      paidAtSettlement: 1,
      paidAtTakeProfit: 0,
      meanNetAtSettlement: (482_500 - 517_500) / 2,
    });
  });

  it("scores null without evidence", () => {
    expect(missedSummary([]).meanNetAtSettlement).toBeNull();
  });
});

describe("falsePositives", () => {
  const entry: Entry = {
    gameId: "game/paper/A",
    strategy: "model-edge",
    marketTicker: "A-NYK",
    fairValue: 550_000,
    averagePrice: 500_000,
    settlementValue: 0,
  };
  const part = (over: Partial<PnlPart>): PnlPart => ({
    gameId: entry.gameId,
    strategy: entry.strategy,
    leftBy: "settlement",
    marketTicker: entry.marketTicker,
    entryPhase: "live",
    enteredAt: instant(0),
    count: 100,
    gross: -500_000,
    fees: 17_500,
    ...over,
  });

  it("names an entry on the wrong side that lost", () => {
    expect(falsePositives([entry], [part({})])).toEqual([
      { entry, net: -517_500, leftBy: ["settlement"] },
    ]);
  });

  it("spares a wrong side sold with a gain, a loss on the right side, and other games", () => {
    expect(falsePositives([entry], [part({ gross: 100_000 })])).toEqual([]);
    expect(falsePositives([{ ...entry, settlementValue: 1_000_000 }], [part({})])).toEqual([]);
    expect(falsePositives([entry], [part({ gameId: "game/paper/B" })])).toEqual([]);
  });
});
