import { averageInterval, type ContractBounds } from "../../core/domain/btc-contract.ts";
import type { Instant } from "../../core/domain/units.ts";
import {
  probabilityAtOrAbove,
  probabilityWithin,
  type SettlementForecast,
} from "../../core/models/digital-option.ts";
import type { IndexPath } from "./btc-index.ts";
import type { Random } from "./random.ts";
import type { Edge } from "./fair.ts";

/**
 * The stated edge of the default world: the market errs in the middle and in the width of what it
 * expects of an event's average. At even odds, far from the close, a shift of 0.1 deviations is
 * 0.1 * 0.399 = 4 cents.
 */
export const STATED_BTC_EDGE = {
  /** Spread of the market's error in the middle, in standard deviations of what is to come. */
  shiftDeviation: 0.1,
  /** Spread of its error in the width, of the logarithm. */
  widthDeviation: 0.08,
  /** Both errors halve in this time, and are drawn anew as they fade. */
  halfLifeSeconds: 240,
} as const;

/** The probability of a contract to one who knows the world's numbers and the index up to `at`. */
export function contractTruth(
  index: IndexPath,
  bounds: ContractBounds,
  at: Instant,
  closeAt: Instant,
): number {
  return probabilityOf(index.forecast(at, closeAt), averageInterval(bounds));
}

/** The probability of an interval of the average under a forecast of it. */
export function probabilityOf(
  forecast: SettlementForecast,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  return low === -Infinity
    ? 1 - probabilityAtOrAbove(forecast, high)
    : probabilityWithin(forecast, low, high);
}

/** What the market of one event believes, a second at a time: the truth, and with an edge its errors. */
export class Opinion {
  readonly #edge: Edge;
  readonly #random: Random;
  #shift: number;
  #width: number;

  constructor(edge: Edge, random: Random) {
    this.#edge = edge;
    this.#random = random;
    this.#shift = random.normal(0, STATED_BTC_EDGE.shiftDeviation);
    this.#width = random.normal(0, STATED_BTC_EDGE.widthDeviation);
  }

  /** A second passes. */
  step(): void {
    const { shiftDeviation, widthDeviation, halfLifeSeconds } = STATED_BTC_EDGE;
    const kept = 2 ** (-1 / halfLifeSeconds);
    const fresh = Math.sqrt(1 - kept * kept);
    this.#shift = this.#random.normal(kept * this.#shift, fresh * shiftDeviation);
    this.#width = this.#random.normal(kept * this.#width, fresh * widthDeviation);
  }

  /** The market's version of a forecast. */
  of(truth: SettlementForecast): SettlementForecast {
    if (this.#edge === "none") return truth;
    const wider = Math.exp(this.#width);
    return {
      mean: truth.mean * Math.exp(this.#shift * truth.deviation),
      deviation: truth.deviation * wider,
      jumpProbability: truth.jumpProbability,
      jumpDeviation: truth.jumpDeviation * wider,
    };
  }
}
