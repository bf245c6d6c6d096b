import { type SettlementForecast, settlementForecast } from "../../core/models/digital-option.ts";
import { AVERAGE_TICKS } from "../../core/models/digital-option.ts";
import { profileFactor, QUARTER_PROFILE } from "../../core/models/quarter-profile.ts";
import { assert, required } from "../../core/domain/assert.ts";
import { type Instant, instant, type UsdMicros, usdMicros } from "../../core/domain/units.ts";
import type { Random } from "./random.ts";

/** Micro-dollars of a cent: the index is published in whole cents. */
export const CENT_MICROS = 10_000;

/** The numbers that the index is played by. Rates are of log returns a second. */
const INDEX_NUMBERS = {
  /** Dollars, and how far the first price of a world lies from them: a standard deviation. */
  price: 80_000,
  priceDeviation: 0.02,
  /** Moods of the market: standard deviation of a second's return, and how often one is drawn. */
  moods: [
    { volatility: 3.5e-5, share: 0.4 },
    { volatility: 5e-5, share: 0.45 },
    { volatility: 9e-5, share: 0.15 },
  ],
  /** A new mood is drawn after this long on average, seconds: it may be the same. */
  moodSeconds: 1_200,
  jumpsPerHour: 3,
  jumpDeviation: 6e-4,
} as const;

const { moods: MOODS, moodSeconds: MOOD_SECONDS } = INDEX_NUMBERS;
const JUMP_RATE = INDEX_NUMBERS.jumpsPerHour / 3_600;
const MEAN_VARIANCE = MOODS.reduce((sum, mood) => sum + mood.share * mood.volatility ** 2, 0);

/**
 * The settlement index of a world, one value a second: a jump diffusion whose volatility clusters by
 * moods and breathes with the quarter-hours as the recorded one does. All of it is known to the
 * world, 24 bytes a second; only `forecast` forgets what comes later.
 */
export class IndexPath {
  readonly #beginAt: Instant;
  /** Whole cents. */
  readonly #cents: Float64Array;
  /** Sums of all cents before a second: they stay below 2^53 for three thousand years. */
  readonly #sums: Float64Array;
  readonly #variances: Float64Array;

  /** @param lead seconds before `startAt` that are played too. */
  constructor(startAt: Instant, seconds: number, lead: number, random: Random) {
    this.#beginAt = instant(startAt - lead * 1_000);
    const count = lead + seconds + 1;
    this.#cents = new Float64Array(count);
    this.#sums = new Float64Array(count + 1);
    this.#variances = new Float64Array(count);
    this.#play(random);
  }

  #play(random: Random): void {
    let price = INDEX_NUMBERS.price * Math.exp(random.normal(0, INDEX_NUMBERS.priceDeviation));
    let volatility = drawMood(random);
    for (let second = 0; second < this.#cents.length; second += 1) {
      const at = instant(this.#beginAt + second * 1_000);
      const factor = profileFactor(QUARTER_PROFILE, instant(at - 1_000), at);
      const jump = random.chance(JUMP_RATE) ? random.normal(0, INDEX_NUMBERS.jumpDeviation) : 0;
      price *= Math.exp(random.normal(0, volatility * Math.sqrt(factor)) + jump);
      if (random.chance(1 / MOOD_SECONDS)) volatility = drawMood(random);
      const cents = Math.round(100 * price);
      this.#cents[second] = cents;
      this.#sums[second + 1] = (this.#sums[second] ?? 0) + cents;
      this.#variances[second] = volatility ** 2;
    }
  }

  /** The value in force at an instant, cents. */
  cents(at: number): number {
    return required(this.#cents[this.#second(at)], "a second of the index");
  }

  /** Standard deviation of a second's return in the mood of an instant, clock of the quarter apart. */
  volatility(at: number): number {
    return Math.sqrt(required(this.#variances[this.#second(at)], "a second of the index"));
  }

  /** Mean of the sixty values of `(at - 60 s, at]`, micro-dollars. */
  average60(at: number): UsdMicros {
    return usdMicros(Math.round((this.#sum(at, AVERAGE_TICKS) / AVERAGE_TICKS) * CENT_MICROS));
  }

  /** The same as the venue settles by it: rounded to the cent, half up. Micro-dollars. */
  settlement(closeAt: Instant): UsdMicros {
    const cents = Math.floor(this.#sum(closeAt, AVERAGE_TICKS) / AVERAGE_TICKS + 0.5);
    return usdMicros(cents * CENT_MICROS);
  }

  /**
   * What one who knows the world's numbers and the index up to an instant expects of the average of
   * a close. The variance to come is the mood's now, fading to that of all moods:
   * `mean + (now - mean) * (1 - exp(-t / moodSeconds)) / (t / moodSeconds)`.
   */
  forecast(at: Instant, closeAt: Instant): SettlementForecast {
    const now = instant(Math.min(closeAt, Math.floor(at / 1_000) * 1_000));
    const seconds = (closeAt - now) / 1_000;
    const seenTicks = Math.max(0, AVERAGE_TICKS - seconds);
    const moods = seconds / MOOD_SECONDS;
    const kept = moods === 0 ? 1 : (1 - Math.exp(-moods)) / moods;
    const variance = MEAN_VARIANCE + (this.volatility(now) ** 2 - MEAN_VARIANCE) * kept;
    return settlementForecast({
      spot: this.cents(now) / 100,
      basis: 0,
      basisDeviation: 0,
      volatility: Math.sqrt(variance * profileFactor(QUARTER_PROFILE, now, closeAt)),
      jumpRate: JUMP_RATE,
      jumpDeviation: INDEX_NUMBERS.jumpDeviation,
      secondsToClose: seconds,
      seenTicks,
      seenMean: seenTicks === 0 ? 0 : this.#sum(now, seenTicks) / seenTicks / 100,
    });
  }

  /** Sum of the last values up to and with that of an instant, cents. */
  #sum(at: number, ticks: number): number {
    const end = this.#second(at) + 1;
    assert(end >= ticks, "the index was played for so long");
    return required(this.#sums[end], "a sum") - required(this.#sums[end - ticks], "a sum");
  }

  #second(at: number): number {
    return Math.floor((at - this.#beginAt) / 1_000);
  }
}

function drawMood(random: Random): number {
  let left = random.uniform();
  for (const { volatility, share } of MOODS) {
    left -= share;
    if (left < 0) return volatility;
  }
  return MOODS[0].volatility;
}
