import { assert } from "../domain/assert.ts";
import { type Instant, instant } from "../domain/units.ts";
import {
  assertProfile,
  profileFactor,
  QUARTER_PROFILE,
  type QuarterProfile,
} from "./quarter-profile.ts";

/** Constants of the estimator. Volatilities are standard deviations of log returns a root second. */
export interface VolatilityConfig {
  /** Half-lives of the horizons, seconds, shortest first. */
  readonly halfLives: readonly number[];
  /** Half-life of what fits a contract best, over the time to its close. */
  readonly halfLifePerClose: number;
  /** How fast the weight of a horizon falls with its distance from that: a factor of one deviation. */
  readonly halfLifeSpread: number;
  /** Least time between two samples, seconds: within it trades bounce between bid and ask. */
  readonly sampleSeconds: number;
  /** Longest time over which a return is taken, seconds; a longer silence is a gap. */
  readonly maxGapSeconds: number;
  /** Never less than this, before the profile. */
  readonly floor: number;
  /** A return of more deviations than this is a jump. */
  readonly jumpThreshold: number;
  /** Variance by the minute of the quarter-hour: taken out of what is seen, put into what is asked. */
  readonly profile: QuarterProfile;
  /** What is assumed before anything was seen: */
  readonly prior: {
    /** the volatility, */
    readonly volatility: number;
    /** and for how many seconds of observation it counts; */
    readonly seconds: number;
    /** jumps a second, and the standard deviation of one's log return, */
    readonly jumpRate: number;
    readonly jumpDeviation: number;
    /** and for how many seconds these count. */
    readonly jumpSeconds: number;
  };
}

/**
 * Constants found on Coinbase's trades and candles of 2026-05-11 to 05-13: 0.55 basis points a root
 * second over samples of 5 s to 60 s alike (1 s shows 0.53, for trades lag), and for moves of 5 and
 * 15 minutes the likeliest half-life is a quarter to half of an hour.
 */
export const VOLATILITY_CONFIG: VolatilityConfig = {
  halfLives: [120, 600, 1_800, 7_200],
  halfLifePerClose: 2,
  halfLifeSpread: 3,
  sampleSeconds: 5,
  maxGapSeconds: 90,
  floor: 1.5e-5,
  jumpThreshold: 5,
  profile: QUARTER_PROFILE,
  prior: {
    volatility: 5.5e-5,
    seconds: 60,
    jumpRate: 1e-4,
    jumpDeviation: 7e-4,
    jumpSeconds: 7_200,
  },
};

/** One price of the spot feed. */
export interface SpotTick {
  /** The feed's own time. */
  readonly at: Instant;
  /** Dollars, positive. */
  readonly price: number;
}

/** What became of a tick: sampled; seen, too soon after the last sample; late, older than what was seen. */
export type TickFate = "sampled" | "seen" | "late";

/** Volatility for one time to close. */
export interface VolatilityEstimate {
  /** Standard deviation of the log return over one second, jumps left out. */
  readonly volatility: number;
  /** Jumps a second, */
  readonly jumpRate: number;
  /** and the standard deviation of one's log return. */
  readonly jumpDeviation: number;
  readonly horizons: readonly {
    readonly halfLife: number;
    readonly volatility: number;
    /** Share of the estimate, 0 to 1; all of them add to 1. */
    readonly weight: number;
    /** How much of the horizon was seen, 0 to 1. */
    readonly coverage: number;
  }[];
  /** Coverage of the horizons, weighed as they are for this time to close; 0 to 1. */
  readonly coverage: number;
  /** Age of the newest tick, run milliseconds; null before the first. */
  readonly ageMs: number | null;
}

/** Decayed sums of what was observed, at the time of the last sample. */
interface Sums {
  /** Squared returns. */
  readonly squares: number;
  /** The seconds that they took. */
  readonly seconds: number;
}

/** All that the estimator remembers, of bounded size. JSON-safe. */
export interface VolatilityState {
  readonly newestAt: Instant | null;
  readonly sample: SpotTick | null;
  /** In the sequence of the config's half-lives. */
  readonly horizons: readonly Sums[];
  /** Jumps, the squares by which they exceed the threshold, and the seconds watched. */
  readonly jumps: Sums & { readonly count: number };
}

/**
 * Volatility of the spot, tick by tick, in memory that does not grow.
 *
 * Returns are taken between samples at least `sampleSeconds` apart. Each horizon is a mean of
 * squared returns a second whose weights halve with its half-life; the prior stands in for what it
 * has not seen, and again after a silence. A return beyond `jumpThreshold` deviations of the
 * shortest horizon is a jump: the horizons see it cut down to the threshold, so that they follow
 * when the market does turn wilder, and the rest of its square is counted apart, over the longest
 * half-life. A horizon's weight for a contract is its coverage times
 * `exp(-ln(halfLife / (halfLifePerClose * t))^2 / (2 * ln(halfLifeSpread)^2))`. The minutes of a
 * quarter-hour are not alike: `profile` is divided out of each square, and multiplies the estimate
 * for the time up to the close.
 *
 * Ticks older than the newest change nothing, nor does a tick told twice; over a silence longer
 * than `maxGapSeconds` no return is taken.
 */
export class SpotVolatility {
  readonly #config: VolatilityConfig;
  #state: VolatilityState;

  /**
   * @param state what another one remembered, by the same config; none begins anew.
   * @throws InvariantError when the config is unsound or the state is another config's.
   */
  constructor(config: VolatilityConfig, state: VolatilityState = emptyState(config)) {
    assertConfig(config);
    assert(state.horizons.length === config.halfLives.length, "a state is of its config");
    this.#config = config;
    this.#state = state;
  }

  /** What it remembers. */
  get state(): VolatilityState {
    return this.#state;
  }

  /**
   * Learns a tick.
   *
   * @throws InvariantError unless the price is positive and finite.
   */
  push(tick: SpotTick): TickFate {
    assert(tick.price > 0 && tick.price < Infinity, "a spot price is positive and finite");
    const { newestAt, sample } = this.#state;
    if (newestAt !== null && tick.at < newestAt) return "late";
    if (sample === null) {
      this.#state = { ...this.#state, newestAt: tick.at, sample: { ...tick } };
      return "sampled";
    }
    const seconds = (tick.at - sample.at) / 1_000;
    if (seconds < this.#config.sampleSeconds) {
      if (newestAt !== tick.at) this.#state = { ...this.#state, newestAt: tick.at };
      return "seen";
    }
    // Squares count in time of average variance: over a minute that is wild as a rule, for less.
    const factor = profileFactor(this.#config.profile, sample.at, tick.at);
    this.#learn(Math.log(tick.price / sample.price) / Math.sqrt(factor), seconds);
    this.#state = { ...this.#state, newestAt: tick.at, sample: { ...tick } };
    return "sampled";
  }

  /**
   * Estimates for a contract that closes in so many seconds.
   *
   * @param at now; a time before the newest tick counts as its.
   * @throws InvariantError unless `secondsToClose` is finite and not negative.
   */
  estimate(at: Instant, secondsToClose: number): VolatilityEstimate {
    assert(secondsToClose >= 0 && secondsToClose < Infinity, "0 <= seconds to the close");
    const { halfLives, prior, floor, profile } = this.#config;
    const { newestAt, sample } = this.#state;
    const closeAt = instant(at + Math.round(secondsToClose * 1_000));
    const factor = profileFactor(profile, at, closeAt);
    const silence = sample === null ? 0 : Math.max(0, (at - sample.at) / 1_000);
    const seen = halfLives.map((halfLife, index) => {
      const sums = decayed(this.#state.horizons[index] ?? NOTHING, halfLife, silence);
      const variance = blended(sums, prior.volatility ** 2, prior.seconds);
      const coverage = Math.min(1, (sums.seconds * Math.LN2) / halfLife);
      return { halfLife, coverage, variance: factor * Math.max(variance, floor * floor) };
    });
    const raw = seen.map(({ halfLife, coverage }) => this.#fit(halfLife, secondsToClose, coverage));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    const horizons = seen.map(({ halfLife, coverage, variance }, index) => {
      const weight = (raw[index] ?? 0) / total;
      return { halfLife, volatility: Math.sqrt(variance), weight, coverage };
    });
    const weighed = (value: (one: (typeof horizons)[number]) => number): number =>
      horizons.reduce((sum, one) => sum + one.weight * value(one), 0);
    return {
      volatility: Math.sqrt(weighed(({ volatility }) => volatility ** 2)),
      ...this.#jumps(silence),
      horizons,
      coverage: weighed(({ coverage }) => coverage),
      ageMs: newestAt === null ? null : Math.max(0, at - newestAt),
    };
  }

  /** Jumps seen and those of the prior, over the time watched and that of the prior. */
  #jumps(silence: number): Pick<VolatilityEstimate, "jumpRate" | "jumpDeviation"> {
    const { halfLives, prior } = this.#config;
    const { count, squares, seconds } = agedJumps(this.#state.jumps, halfLives, silence);
    const assumed = prior.jumpRate * prior.jumpSeconds;
    return {
      jumpRate: (count + assumed) / (seconds + prior.jumpSeconds),
      jumpDeviation: Math.sqrt((squares + prior.jumpDeviation ** 2 * assumed) / (count + assumed)),
    };
  }

  #fit(halfLife: number, secondsToClose: number, coverage: number): number {
    const { halfLives, halfLifePerClose, halfLifeSpread } = this.#config;
    const wanted = halfLifePerClose * secondsToClose;
    const shortest = halfLives[0] ?? wanted;
    const longest = halfLives.at(-1) ?? wanted;
    const best = Math.min(longest, Math.max(shortest, wanted));
    const distance = Math.log(halfLife / best) / Math.log(halfLifeSpread);
    // Without any coverage the horizons all hold the prior, and weigh by their distance alone.
    return (coverage + 1e-9) * Math.exp(-(distance ** 2) / 2);
  }

  #learn(logReturn: number, seconds: number): void {
    const { halfLives, prior, floor, jumpThreshold, maxGapSeconds } = this.#config;
    const { horizons, jumps } = this.#state;
    const isGap = seconds > maxGapSeconds;
    const shortest = blended(horizons[0] ?? NOTHING, prior.volatility ** 2, prior.seconds);
    const most = jumpThreshold ** 2 * Math.max(shortest, floor * floor) * seconds;
    const square = isGap ? 0 : logReturn ** 2;
    const isJump = square > most;
    const added = { squares: Math.min(square, most), seconds: isGap ? 0 : seconds };
    const older = agedJumps(jumps, halfLives, seconds);
    this.#state = {
      ...this.#state,
      horizons: horizons.map((sums, index) => {
        const { squares, seconds: watched } = decayed(sums, halfLives[index] ?? 1, seconds);
        return { squares: squares + added.squares, seconds: watched + added.seconds };
      }),
      jumps: {
        squares: older.squares + (isJump ? square - most : 0),
        seconds: older.seconds + added.seconds,
        count: older.count + (isJump ? 1 : 0),
      },
    };
  }
}

const NOTHING: Sums = { squares: 0, seconds: 0 };

function emptyState(config: VolatilityConfig): VolatilityState {
  return {
    newestAt: null,
    sample: null,
    horizons: config.halfLives.map(() => NOTHING),
    jumps: { ...NOTHING, count: 0 },
  };
}

function decayed({ squares, seconds }: Sums, halfLife: number, elapsed: number): Sums {
  const kept = 2 ** (-elapsed / halfLife);
  return { squares: squares * kept, seconds: seconds * kept };
}

/** Jumps are rare: they fade with the longest half-life. */
function agedJumps(
  jumps: VolatilityState["jumps"],
  halfLives: readonly number[],
  elapsed: number,
): VolatilityState["jumps"] {
  const longest = halfLives.at(-1) ?? 1;
  const count = jumps.count * 2 ** (-elapsed / longest);
  return { ...decayed(jumps, longest, elapsed), count };
}

/** Variance a second of what was seen, and of the prior for so many seconds. */
function blended(sums: Sums, prior: number, priorSeconds: number): number {
  return (sums.squares + prior * priorSeconds) / (sums.seconds + priorSeconds);
}

function assertConfig(config: VolatilityConfig): void {
  const { halfLives, prior } = config;
  assert(halfLives.length > 0, "at least one horizon");
  for (const [index, halfLife] of halfLives.entries()) {
    assert(halfLife > (halfLives[index - 1] ?? 0) && halfLife < Infinity, "half-lives ascend");
  }
  const positive = [
    config.halfLifePerClose,
    config.sampleSeconds,
    config.floor,
    config.jumpThreshold,
    prior.volatility,
    prior.jumpRate,
    prior.jumpDeviation,
    prior.seconds,
    prior.jumpSeconds,
  ];
  assert(
    positive.every((value) => value > 0 && value < Infinity),
    "the constants of a volatility are positive and finite",
  );
  assertProfile(config.profile);
  assert(config.halfLifeSpread > 1, "the spread of half-lives is a factor above 1");
  assert(config.maxGapSeconds >= config.sampleSeconds, "a gap is longer than a sample");
}
