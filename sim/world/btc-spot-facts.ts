import { type Instant, instant, usdMicros } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { CENT_MICROS, type IndexPath } from "./btc-index.ts";
import type { Random } from "./random.ts";

/** A stretch of the world's time. */
export interface Stretch {
  readonly startAt: Instant;
  readonly endAt: Instant;
}

type SpotTrade = Extract<Fact, { kind: "spot-trade" }>;

const MINUTE_MS = 60_000;
/** From the index's second to us, and from a trade of the spot market, milliseconds. */
const INDEX_LAG_MS = [40, 200] as const;
const TRADE_LAG_MS = [20, 150] as const;

/** The spot market around the index. Shares of the price: 1e-4 is a basis point. */
const SPOT_NUMBERS = {
  /** Trades a second in the middle mood, and the bounds of all others. */
  rate: 1,
  rateRange: [0.3, 3],
  /** Spot over index: mean, standard deviation, and the hours in which a distance halves. */
  basis: 0.6e-4,
  basisDeviation: 0.5e-4,
  basisHalfLifeHours: 2,
  /** Half the spread: takers buy that much above. And what else a trade is off. */
  halfSpread: 0.05e-4,
  noise: 0.15e-4,
  /** Bitcoin of a trade, mean. */
  size: 0.03,
} as const;

/** The volatility of the middle mood: trades come faster in a wilder one. */
const USUAL_VOLATILITY = 5e-5;

/** The index once a second, as the venue streams it. */
export function* indexFacts(index: IndexPath, when: Stretch, random: Random): Generator<Fact> {
  for (let second: number = when.startAt; second < when.endAt; second += 1_000) {
    yield {
      kind: "index-value",
      sourceTime: instant(second),
      receivedAt: instant(second + random.integer(...INDEX_LAG_MS)),
      value: usdMicros(index.cents(second) * CENT_MICROS),
      average60: index.average60(second),
    };
  }
}

/** Trades of the spot market and its candles. A minute without a trade has no candle. */
export function* spotFacts(index: IndexPath, when: Stretch, random: Random): Generator<Fact> {
  const spot = new SpotMarket(index, random);
  for (let minute: number = when.startAt; minute < when.endAt; minute += MINUTE_MS) {
    const endAt = instant(minute + MINUTE_MS);
    const trades = spot.minute(instant(minute));
    yield* trades.filter((trade) => trade.receivedAt < endAt);
    const candle = candleOf(trades, instant(minute));
    if (candle !== null) yield candle;
    yield* trades.filter((trade) => trade.receivedAt >= endAt);
  }
}

class SpotMarket {
  readonly #index: IndexPath;
  readonly #random: Random;
  #basis: number;
  #tradeId: number;
  #receivedAt = 0;

  constructor(index: IndexPath, random: Random) {
    this.#index = index;
    this.#random = random;
    this.#basis = random.normal(SPOT_NUMBERS.basis, SPOT_NUMBERS.basisDeviation);
    this.#tradeId = random.integer(900_000_000, 950_000_000);
  }

  /** The trades of a minute, in sequence. */
  minute(from: Instant): SpotTrade[] {
    const { basis, basisDeviation, basisHalfLifeHours, rate, rateRange } = SPOT_NUMBERS;
    const kept = 2 ** (-1 / (60 * basisHalfLifeHours));
    this.#basis = this.#random.normal(
      basis + kept * (this.#basis - basis),
      basisDeviation * Math.sqrt(1 - kept * kept),
    );
    const mood = (this.#index.volatility(from) / USUAL_VOLATILITY) ** 1.5;
    const wished = rate * mood * Math.exp(this.#random.normal(0, 0.3));
    const perSecond = Math.min(Math.max(wished, rateRange[0]), rateRange[1]);
    const trades: SpotTrade[] = [];
    let at = from + this.#random.exponential(1_000 / perSecond);
    for (; at < from + MINUTE_MS; at += this.#random.exponential(1_000 / perSecond)) {
      trades.push(this.#trade(instant(Math.floor(at))));
    }
    return trades;
  }

  /** A trade lies around the index of its second: nothing of the next one shows in it. */
  #trade(at: Instant): SpotTrade {
    const takerSide = this.#random.chance(0.5) ? "bid" : "ask";
    const spread = takerSide === "bid" ? SPOT_NUMBERS.halfSpread : -SPOT_NUMBERS.halfSpread;
    const off = this.#basis + spread + this.#random.normal(0, SPOT_NUMBERS.noise);
    const lag = this.#random.integer(...TRADE_LAG_MS);
    this.#receivedAt = Math.max(this.#receivedAt, at + lag);
    this.#tradeId += 1;
    return {
      kind: "spot-trade",
      sourceTime: at,
      receivedAt: instant(this.#receivedAt),
      tradeId: this.#tradeId,
      price: usdMicros(Math.round(this.#index.cents(at) * (1 + off)) * CENT_MICROS),
      size: Math.ceil(this.#random.exponential(SPOT_NUMBERS.size) * 1e8) / 1e8,
      takerSide,
    };
  }
}

function candleOf(trades: readonly SpotTrade[], openAt: Instant): Fact | null {
  const [first, last] = [trades[0], trades.at(-1)];
  if (first === undefined || last === undefined) return null;
  const prices = trades.map((trade) => trade.price);
  const volume = trades.reduce((sum, trade) => sum + (trade.size ?? 0), 0);
  const endAt = instant(openAt + MINUTE_MS);
  return {
    kind: "spot-candle",
    sourceTime: endAt,
    receivedAt: endAt,
    openAt,
    open: first.price,
    high: usdMicros(Math.max(...prices)),
    low: usdMicros(Math.min(...prices)),
    close: last.price,
    volume: Math.round(volume * 1e8) / 1e8,
  };
}
