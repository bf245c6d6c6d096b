import {
  type CountCenti,
  countCenti,
  type Instant,
  type PriceMicros,
} from "../../core/domain/units.ts";

const MINUTE_MS = 60_000;

/** Open, high, low and close of one price. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** One minute of a market, as played. Null where nothing was seen. */
export interface Candle {
  readonly endAt: number;
  readonly bid: Bar | null;
  readonly ask: Bar | null;
  readonly price: Bar | null;
  /** Sum of price times count, to derive the mean. */
  readonly priceVolume: number;
  readonly volume: CountCenti;
}

/** One-minute candles; a minute without a change has none, as at the venue. */
export class CandleSeries {
  readonly #candles: Candle[] = [];

  quote(at: Instant, bid: PriceMicros | null, ask: PriceMicros | null): void {
    const candle = this.#at(at);
    this.#replace({ ...candle, bid: extend(candle.bid, bid), ask: extend(candle.ask, ask) });
  }

  trade(at: Instant, price: PriceMicros, count: CountCenti): void {
    const candle = this.#at(at);
    this.#replace({
      ...candle,
      price: extend(candle.price, price),
      priceVolume: candle.priceVolume + price * count,
      volume: countCenti(candle.volume + count),
    });
  }

  /** Candles of whole periods of `minutes`, that end within the range, oldest first. */
  range(from: number, to: number, minutes: number): readonly Candle[] {
    const period = minutes * MINUTE_MS;
    const merged: Candle[] = [];
    for (const candle of this.#candles) {
      const endAt = Math.ceil(candle.endAt / period) * period;
      if (endAt < from || endAt > to) continue;
      const last = merged.at(-1);
      if (last?.endAt === endAt) merged[merged.length - 1] = merge(last, candle);
      else merged.push({ ...candle, endAt });
    }
    return merged;
  }

  #at(at: Instant): Candle {
    const endAt = (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
    const last = this.#candles.at(-1);
    if (last?.endAt === endAt) return last;
    const none = { bid: null, ask: null, price: null, priceVolume: 0, volume: countCenti(0) };
    const candle = { endAt, ...none };
    this.#candles.push(candle);
    return candle;
  }

  #replace(candle: Candle): void {
    this.#candles[this.#candles.length - 1] = candle;
  }
}

function extend(bar: Bar | null, value: number | null): Bar | null {
  if (value === null) return bar;
  if (bar === null) return { open: value, high: value, low: value, close: value };
  return {
    open: bar.open,
    high: Math.max(bar.high, value),
    low: Math.min(bar.low, value),
    close: value,
  };
}

function join(first: Bar | null, second: Bar | null): Bar | null {
  if (first === null || second === null) return first ?? second;
  return {
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
  };
}

function merge(first: Candle, second: Candle): Candle {
  return {
    endAt: first.endAt,
    bid: join(first.bid, second.bid),
    ask: join(first.ask, second.ask),
    price: join(first.price, second.price),
    priceVolume: first.priceVolume + second.priceVolume,
    volume: countCenti(first.volume + second.volume),
  };
}
