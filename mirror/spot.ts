import { createCoinbaseSpot } from "../clients/coinbase/spot.ts";
import type { KalshiStream } from "../clients/kalshi/stream-port.ts";
import type { SpotPrice } from "../core/domain/spot.ts";
import type { RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Logger } from "../runtime/log.ts";
import type { FactBody } from "../sim/facts.ts";
import type { MirrorPart, Tell } from "./port.ts";

const MINUTE_MS = 60_000;
/** Seconds in a whole average of the index, one value each. */
const WHOLE_AVERAGE = 60;

/** Follows Coinbase's trades of BTC-USD, with the minutes before the begin. */
export function followSpot(options: {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly tell: Tell;
  readonly clock: RunClock;
  readonly log: Logger;
}): MirrorPart {
  const spot = createCoinbaseSpot(options);
  spot.onPrice((price) => {
    const body = factOf(price);
    if (body !== null) options.tell({ ...body, sourceTime: price.sourceAt });
  });
  return { close: () => spot.close() };
}

/** Follows the settlement index, where the key has the right to it. */
export function followIndex(stream: Pick<KalshiStream, "onIndex">, tell: Tell): MirrorPart {
  const end = stream.onIndex(({ value, at, average }) => {
    const average60 = average.ticks === WHOLE_AVERAGE ? average.value : null;
    tell({ kind: "index-value", value, average60, sourceTime: at });
  });
  return {
    close: () => {
      end();
      return Promise.resolve();
    },
  };
}

function factOf({ source, tradeId, price, sourceAt }: SpotPrice): FactBody | null {
  if (source === "coinbase" && tradeId !== null) {
    return { kind: "spot-trade", tradeId, price, size: null, takerSide: null };
  }
  if (source !== "coinbase-candle") return null;
  // Of minutes before the begin the feed's client reads the close alone, and nothing else is made of them.
  const openAt = instant(sourceAt - MINUTE_MS);
  const prices = { open: price, high: price, low: price, close: price };
  return { kind: "spot-candle", openAt, ...prices, volume: 0 };
}
