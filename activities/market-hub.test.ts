import { expect, it, vi } from "vitest";
import { countCenti, instant, priceMicros } from "../core/domain/units.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import { SILENT, WALL } from "../test/support/kalshi.ts";
import { type MarketListener, MarketHub } from "./market-hub.ts";
import type { MarketStream } from "./ports.ts";

const TICKER = "KXNBAGAME-26NOV20BOSNYK-NYK";
const AT = instant(1_000);

/** A stream that says what it is told to, and keeps what was asked of it. */
class ToldStream implements MarketStream {
  readonly resyncs: string[] = [];
  tell: (fact: StreamFact) => void = () => undefined;

  subscribe(_tickers: readonly string[], listener: (fact: StreamFact) => void): () => void {
    this.tell = listener;
    return () => undefined;
  }

  resync(marketTicker: string, reason: string): void {
    this.resyncs.push(`${marketTicker} ${reason}`);
  }
}

const deaf: MarketListener = {
  onQuote: () => undefined,
  onTrade: () => undefined,
  onStale: () => undefined,
  onLifecycle: () => undefined,
  onInvalid: () => undefined,
};

it("asks for a book anew that lost more than it had, once for however many changes show it", () => {
  vi.useFakeTimers();
  const stream = new ToldStream();
  new MarketHub({ stream, clock: WALL, log: SILENT }).add([TICKER], deaf);
  const yes = [[priceMicros(400_000), countCenti(1_000)]] as const;
  stream.tell({
    kind: "snapshot",
    book: { marketTicker: TICKER, yes, no: [], at: AT },
    receivedAt: AT,
  });
  const taken = { kind: "delta", marketTicker: TICKER, outcome: "yes", at: AT } as const;
  for (const delta of [-1_001, -1]) {
    stream.tell({ ...taken, price: priceMicros(400_000), delta, receivedAt: AT });
  }
  expect(stream.resyncs).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(stream.resyncs).toEqual([`${TICKER} negative-size`]);
  vi.useRealTimers();
});
