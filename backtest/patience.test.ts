import { describe, expect, it } from "vitest";
import { playNight } from "./night.ts";
import type { NightConfig } from "./result.ts";
import { smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";

const PATIENCE_MS = 40_000;
const LATENCY_MS = 3_000;
/** Bids rest, for less than the minute that lies between two prices. */
function patientConfig(): NightConfig {
  const config = smallConfig();
  const { strategies } = config.decision;
  const pregameAnchored = {
    ...strategies.pregameAnchored,
    ...{ patienceMs: PATIENCE_MS, crossEdgeMicros: 500_000, mayTakeFallback: false },
  };
  return {
    ...config,
    decision: { ...config.decision, strategies: { ...strategies, pregameAnchored } },
  };
}

describe("a resting order in a backtest", () => {
  it("is given up when its patience ends, not at the next price, and frees its game at once", async () => {
    const night = await playNight(sourceOf(smallNight({ games: 3 })), patientConfig(), {
      latencyMs: LATENCY_MS,
    });
    const rested = night.games
      .flatMap(({ intents }) => intents)
      .filter(({ status }) => status === "canceled");
    expect(rested.length).toBeGreaterThan(0);
    for (const { proposedAt, closedAt } of rested) {
      // A look every second, and the way of the cancel.
      expect((closedAt ?? Infinity) - proposedAt).toBeGreaterThanOrEqual(PATIENCE_MS);
      expect((closedAt ?? Infinity) - proposedAt).toBeLessThanOrEqual(
        PATIENCE_MS + 2_000 + LATENCY_MS,
      );
    }
  });
});
