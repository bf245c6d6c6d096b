import { required } from "../core/domain/assert.ts";
import type { DecisionInput } from "../core/domain/decision.ts";
import type { Instant } from "../core/domain/units.ts";
import type { Fact } from "../sim/facts.ts";

/** Something was read before it was known: a backtest that goes on after it proves nothing. */
export class LookAheadError extends Error {
  override readonly name = "LookAheadError";
  /** What was read, such as `quote.receivedAt of KXNBAGAME-...`. */
  readonly what: string;
  /** How long before it was known, milliseconds. */
  readonly earlyMs: number;

  constructor(what: string, knownAt: number, at: number) {
    const earlyMs = knownAt - at;
    super(`${what} was read ${String(earlyMs)} ms before it was known`);
    this.what = what;
    this.earlyMs = earlyMs;
  }
}

/** Throws when something that becomes known at `knownAt` is read at `at`. */
export function assertKnown(what: string, knownAt: number | null, at: Instant): void {
  if (knownAt !== null && knownAt > at) throw new LookAheadError(what, knownAt, at);
}

const NO_FEATURES: NonNullable<DecisionInput["trees"]>["markets"] = [];

/**
 * Throws when a decision would look at anything that is not known at its instant: quotes, the clock, readings,
 * the features of trees, and what is held. One for each game, called before every decision of a backtest.
 */
export class InputGuard {
  /** Lists that were found to be known: time only goes on, and a list never changes. */
  #readings: DecisionInput["readings"] | null = null;
  #strategies: DecisionInput["strategies"] | null = null;

  /** @throws LookAheadError naming what, and how early it was. */
  check(input: DecisionInput): void {
    const { at, clock, readings, strategies } = input;
    assertMarketsKnown(input);
    if (clock !== null) {
      assertKnown("clock.receivedAt", clock.receivedAt, at);
      assertKnown("clock.sourceTime", clock.sourceTime, at);
    }
    if (readings !== this.#readings) {
      for (const { source, knownAt } of readings) assertKnown(`reading of ${source}`, knownAt, at);
      this.#readings = readings;
    }
    for (const { marketTicker, knownAt } of input.trees?.markets ?? NO_FEATURES) {
      // The name is made only for the error.
      if (knownAt !== null && knownAt > at) assertKnown(`features of ${marketTicker}`, knownAt, at);
    }
    if (strategies === this.#strategies) return;
    for (const { strategy, positions } of strategies) {
      for (const { openedAt } of positions) assertKnown(`position of ${strategy}`, openedAt, at);
    }
    this.#strategies = strategies;
  }
}

function assertMarketsKnown(input: DecisionInput): void {
  const { at, markets } = input;
  for (let index = 0; index < markets.length; index += 1) {
    const { ticker, quote } = required(markets[index], "a market");
    // The name is made only for the error: this is called at every decision.
    if (quote.receivedAt > at) assertKnown(`quote.receivedAt of ${ticker}`, quote.receivedAt, at);
    if (quote.quotedAt > at) assertKnown(`quote.quotedAt of ${ticker}`, quote.quotedAt, at);
  }
}

/** What may be read of a fact at any time: when it becomes known is how a player waits for it. */
const ALWAYS_OPEN: ReadonlySet<string | symbol> = new Set(["receivedAt"]);

/**
 * A fact that cannot be read before it is known: whatever of it is looked at while `now` is before its
 * `receivedAt` throws. It is slow, so tests and `--sanity` use it, and every backtest the check of inputs.
 */
export function sealedFact(fact: Fact, now: () => Instant): Fact {
  return new Proxy(fact, {
    get: (target, key) => {
      if (!ALWAYS_OPEN.has(key)) {
        assertKnown(`${String(key)} of a fact`, target.receivedAt, now());
      }
      const value: unknown = Reflect.get(target, key);
      return value;
    },
    ownKeys: (target) => {
      assertKnown(`a ${target.kind}`, target.receivedAt, now());
      return Reflect.ownKeys(target);
    },
  });
}
