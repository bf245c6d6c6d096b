import { describe, expect, it } from "vitest";
import { dataPath, linesOf } from "../../test/recorded/data.ts";
import { required } from "./assert.ts";
import type { SpotPrice, SpotStale } from "./spot.ts";
import { SPOT_LIMITS, SpotHealth } from "./spot-health.ts";
import { instant, parseDecimal, usdMicros } from "./units.ts";

const FILE = dataPath("kalshi-btc", "coinbase_btcusd_matches.public.csv.gz");

function* recorded(): Generator<SpotPrice & { readonly tradeId: number }> {
  for (const line of linesOf(FILE).slice(1)) {
    const [sourceAt = "", receivedAt = "", tradeId = "", price = ""] = line.split(",");
    yield {
      source: "coinbase",
      tradeId: Number(tradeId),
      price: usdMicros(required(parseDecimal(price.trim(), 6), "a price")),
      sourceAt: instant(Date.parse(sourceAt)),
      receivedAt: instant(Date.parse(receivedAt)),
    };
  }
}

describe("the recorded trades of Coinbase", () => {
  it("play through the rules: each told once, and stale in one second of leaps and two late spells", () => {
    const health = new SpotHealth(SPOT_LIMITS);
    const stale = new Map<SpotStale | "fresh", number>();
    let told = 0;
    let least = 0;
    let most = 0;
    let holes = 0;
    const ages: number[] = [];
    for (const price of recorded()) {
      told += health.take(price).length;
      // Nobody recorded what lies between two sessions.
      const { hole } = health;
      if (hole !== null) {
        told += health.giveUp(hole.to).length;
        holes += 1;
      }
      const { receivedAt: now } = price;
      ages.push(now - price.sourceAt);
      const because = health.staleBecause({ now, speed: 1, silentWallMs: 0 }) ?? "fresh";
      stale.set(because, (stale.get(because) ?? 0) + 1);
      least = Math.min(least, health.skewMs ?? 0);
      most = Math.max(most, health.skewMs ?? 0);
    }
    expect(health.counts).toMatchObject({ told: 126_568, refused: 104, repeated: 0 });
    expect(told).toBe(126_672 - 104);
    expect(Object.fromEntries(stale)).toEqual({ fresh: 126_166, clock_skew: 208, jumping: 298 });
    ages.sort((a, b) => a - b);
    expect(ages[ages.length / 2]).toBe(-32);
    expect([least, most]).toEqual([-195, 3_849]);
    // The rest of the ids lie between the sessions: 30 leaps of them.
    expect(holes).toBe(30);
  });
});
