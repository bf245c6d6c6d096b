import type {
  DecisionInput,
  ForecastReading,
  GameClock,
  MarketInput,
  PositionInput,
  StrategyInput,
} from "../../domain/decision.ts";
import { USUAL_STRATEGIES } from "../../domain/order.ts";
import { DECI_CENT, LINEAR_CENT, TAPERED_DECI_CENT } from "../../domain/price-grid.ts";
import { countCenti, instant, priceMicros, usdMicros } from "../../domain/units.ts";
import type { CommonStrategyConfig, DecisionConfig } from "../config.ts";
import { CONFIG, clockOf, inputOf, marketOf, readingOf, strategyOf, TIP } from "./inputs.ts";

/** Chance for test data: the same seed gives the same. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to below 1. */
  next(): number {
    this.#state = (Math.imul(1_664_525, this.#state) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  one<const Of>(...items: readonly [Of, ...Of[]]): Of {
    return items[Math.floor(this.next() * items.length)] ?? items[0];
  }
}

/** An input of a decision in which anything may be so, wrong numbers too. */
export function randomInput(dice: Dice): DecisionInput {
  const phase = dice.one("pregame", "live", "live", "live", "closing");
  const at = instant(
    phase === "pregame" ? TIP - dice.whole(0, 1_600_000) : TIP + dice.whole(0, 8_000_000),
  );
  const cents = dice.whole(2, 97);
  const teams = dice.one<readonly ("home" | "away")[]>(
    ["home", "away"],
    ["home", "away"],
    ["home"],
    dice.chance(0.1) ? [] : ["away"],
  );
  const markets = teams.map((team) =>
    randomMarket(dice, team, team === "home" ? cents : Math.max(1, 98 - cents)),
  );
  const input = inputOf({
    at,
    phase,
    markets,
    clock: phase === "pregame" || dice.chance(0.2) ? null : randomClock(dice, at),
    readings: randomReadings(dice, at),
    windows: markets
      .filter(() => dice.chance(0.9))
      .map(({ ticker, quote }) => randomWindow(dice, ticker, quote.bid ?? 500_000)),
    strategies: USUAL_STRATEGIES.map((name) => randomStrategy(dice, name, at)),
    fees: {
      kind: dice.one("quadratic", "quadratic_with_maker_fees"),
      multiplierMilli: dice.one(1_000, 1_000, 500, 0),
    },
    lacks: dice.one([], [], ["sizes"], ["live-score"], ["espn", "injuries"]),
    entriesPaused: dice.chance(0.05) ? "breaker" : null,
  });
  return dice.chance(0.05)
    ? { ...input, markets: input.markets.map((one) => aged(dice, one)) }
    : input;
}

/** Settings in which any rule may be the one that counts. */
export function randomConfig(dice: Dice): DecisionConfig {
  const common = (from: CommonStrategyConfig): CommonStrategyConfig => ({
    ...from,
    isEnabled: dice.chance(0.9),
    minEdgeMicros: dice.one(0, 5_000, 20_000),
    crossEdgeMicros: dice.one(0, 20_000),
    mayRest: dice.chance(0.5),
    trust: dice.one(0, 0.7, 1),
    maxRecentRangeMicros: dice.one(10_000, 990_000),
    sizing: {
      ...from.sizing,
      method: dice.one("kelly", "fixed"),
      bankrollMicros: dice.one(from.sizing.bankrollMicros, 1_000_000),
    },
    exits: {
      takeProfitMicros: dice.one(10_000, 200_000),
      stopLossMicros: dice.one(10_000, 150_000),
      lockGainMicros: dice.one(5_000, 80_000),
      lockPremiumMicros: dice.one(0, -20_000, 5_000),
      maxHoldMs: dice.one(null, null, 60_000),
    },
  });
  const { pregameAnchored, modelEdge, meanReversion } = CONFIG.strategies;
  return {
    ...CONFIG,
    strategies: {
      pregameAnchored: { ...pregameAnchored, ...common(pregameAnchored) },
      modelEdge: { ...modelEdge, ...common(modelEdge) },
      meanReversion: {
        ...meanReversion,
        ...common(meanReversion),
        minRangeMicros: dice.one(10_000, 50_000),
        minDeviationMicros: dice.one(5_000, 30_000),
        reversionShare: dice.one(0.7, 0.7, 30),
        maxForecastGapMicros: dice.one(10_000, 100_000_000),
      },
    },
    limits: {
      ...CONFIG.limits,
      maxEntriesPerGame: dice.one(1, 3),
      maxLockAttempts: dice.one(0, 3),
      positionScope: dice.one("strategy", "shared"),
    },
  };
}

function randomMarket(dice: Dice, team: "home" | "away", cents: number): MarketInput {
  const isLocked = dice.chance(0.03);
  const spread = isLocked ? dice.whole(-1, 0) : dice.whole(1, 6);
  const bid = dice.chance(0.04) ? null : cents;
  const ask =
    dice.chance(0.04) || cents + spread > 99 || cents + spread < 1 ? null : cents + spread;
  const market = marketOf(team, bid, ask, {
    status: dice.chance(0.95) ? "active" : "closed",
    grid: dice.one(LINEAR_CENT, TAPERED_DECI_CENT, DECI_CENT),
    staleBecause: dice.chance(0.05) ? "sequence_gap" : null,
    recentRange: dice.one(null, 0, 5_000, 10_000, 40_000),
    recentVolume: dice.one(null, countCenti(0), countCenti(30_000)),
  });
  return dice.chance(0.2)
    ? { ...market, quote: { ...market.quote, bidSize: null, askSize: null } }
    : market;
}

function aged(dice: Dice, market: MarketInput): MarketInput {
  const receivedAt = instant(market.quote.receivedAt + dice.one(-100_000, -61_000, 5_000));
  return { ...market, quote: { ...market.quote, receivedAt } };
}

function randomClock(dice: Dice, at: DecisionInput["at"]): GameClock {
  const period = dice.whole(1, 5);
  return clockOf(instant(at - dice.whole(0, 90_000)), {
    state: dice.one("in", "in", "in", "in", "pre", "post"),
    period,
    clockSeconds: dice.chance(0.02) ? Number.NaN : dice.whole(0, period > 4 ? 300 : 720),
    homeScore: dice.whole(0, 130),
    awayScore: dice.whole(0, 130),
    staleBecause: dice.one([], [], [], ["frozen"], ["old", "disagree"]),
    isReconstructed: dice.chance(0.1),
  });
}

function randomReadings(dice: Dice, at: DecisionInput["at"]): readonly ForecastReading[] {
  return (["elo", "injuries", "partner", "espn"] as const)
    .filter(() => dice.chance(0.9))
    .map((source) => {
      const value =
        source === "injuries" ? dice.next() - 0.5 : dice.one(dice.next(), dice.next(), 1.2);
      const knownAt = instant(at - dice.whole(-5_000, 100_000));
      const reading = readingOf(source, value, knownAt);
      return dice.chance(0.2)
        ? { ...reading, value: null, knownAt: null, absentBecause: "not_yet" }
        : reading;
    });
}

function randomWindow(
  dice: Dice,
  marketTicker: string,
  near: number,
): DecisionInput["windows"][number] {
  const low = Math.max(1, near - dice.whole(0, 100_000));
  const high = Math.min(999_999, Math.max(low, near) + dice.whole(0, 100_000));
  return {
    marketTicker,
    samples: dice.whole(1, 300),
    spanMs: dice.whole(0, 300_000),
    low: dice.chance(0.01) ? Number.NaN : low,
    high,
    mean: low + (high - low) * dice.next(),
    isWarm: dice.chance(0.8),
  };
}

function randomStrategy(
  dice: Dice,
  name: StrategyInput["strategy"],
  at: DecisionInput["at"],
): StrategyInput {
  const teams = dice.chance(0.6) ? [] : dice.one(["home"], ["away"], ["home", "away"]);
  const positions = teams.map((team): PositionInput => {
    const isHome = team === "home";
    return {
      marketTicker: marketOf(isHome ? "home" : "away", 50, 51).ticker,
      team: isHome ? "home" : "away",
      count: countCenti(dice.one(0, 500, 1_000, 1_000)),
      averagePrice: priceMicros(dice.whole(2, 97) * 10_000),
      feesPaid: usdMicros(dice.whole(0, 200_000)),
      openedAt: instant(at - dice.whole(0, 200_000)),
    };
  });
  return strategyOf(name, {
    positions,
    entries: dice.one(0, 0, 1, 2),
    pregameAttempts: dice.one(0, 0, 1),
    lockAttempts: dice.one(0, 1, 3),
    hasExited: dice.chance(0.1),
    hasWorkingOrder: dice.chance(0.1),
    disabledBecause: dice.chance(0.05) ? "unfilled" : null,
    retryAt: dice.chance(0.1) ? instant(at + dice.whole(-30_000, 30_000)) : null,
    capitalLeft: usdMicros(dice.one(2_000_000_000, 5_000_000, 0)),
  });
}
