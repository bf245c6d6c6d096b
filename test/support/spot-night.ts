import { instant, usdMicros } from "../../core/domain/units.ts";
import { nightOf, START } from "../../sim/exchange/testing/hand-made.ts";
import type { Fact, FactBody, FactSource, SourceManifest } from "../../sim/facts.ts";

/** The first trade, and how far apart they are in run time. */
export const FIRST_ID = 1_001;
export const EVERY_MS = 100;

function fact(ms: number, body: FactBody): Fact {
  return { ...body, sourceTime: instant(START + ms), receivedAt: instant(START + ms) };
}

/** What trade number `id` costs, dollars: about 80,000, another price each time. */
export function priceOf(id: number): number {
  return 80_000 + ((id * 7) % 40) / 4;
}

export function spotTrade(id: number): Fact {
  return fact((id - FIRST_ID) * EVERY_MS, {
    kind: "spot-trade",
    tradeId: id,
    price: usdMicros(priceOf(id) * 1_000_000),
    size: 0.01,
    takerSide: id % 2 === 0 ? "bid" : "ask",
  });
}

/** The minute that ends so many minutes after the start, closing at a price of its own. */
export function spotCandle(minute: number): Fact {
  const close = usdMicros((79_000 + minute) * 1_000_000);
  const at = minute * 60_000;
  return fact(at, {
    kind: "spot-candle",
    openAt: instant(START + at - 60_000),
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
  });
}

export function indexValue(second: number, usd: number): Fact {
  return fact(second * 1_000, {
    kind: "index-value",
    value: usdMicros(usd * 1_000_000),
    average60: null,
  });
}

/** A night of Bitcoin alone. */
export function spotNight(
  facts: readonly Fact[],
  changes: Partial<SourceManifest> = {},
): FactSource {
  const source = nightOf([], 3_600, { games: [], bitcoin: { series: ["KXBTC15M"] }, ...changes });
  return { ...source, facts: () => facts };
}
