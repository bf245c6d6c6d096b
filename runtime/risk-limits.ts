import { readFileSync } from "node:fs";
import { isOwnStrategy } from "../core/domain/order.ts";
import type { StageLimits, StrategyCapital } from "../core/domain/risk.ts";
import type { LadderPosition } from "../core/domain/stage.ts";
import { limitsAtStep } from "../core/risk/ladder.ts";
import { countCenti, type UsdMicros, usdMicros } from "../core/domain/units.ts";
import { configInvalid, hashOf, parseConfigText } from "./config-file.ts";
import {
  flattenLimits,
  type LimitsSection,
  RiskLimitsFile,
  withWorld,
} from "./risk-limits-file.ts";

/** Limits that were read and found valid. */
export interface LoadedLimits {
  /** The file as it was written: what is taken into force, and parsed again from there. */
  readonly text: string;
  readonly file: RiskLimitsFile;
  /** Of its values, not of its comments. */
  readonly hash: string;
}

/**
 * Reads a limits file.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function loadRiskLimits(path: string): LoadedLimits {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw configInvalid(path, [error instanceof Error ? error.message : String(error)]);
  }
  return parseRiskLimits(path, text);
}

/** Reads the text of a limits file. @throws TradingError as {@link loadRiskLimits}. */
export function parseRiskLimits(path: string, text: string): LoadedLimits {
  const file = parseConfigText(path, text, RiskLimitsFile);
  return { text, file, hash: hashOf(file) };
}

/** Sources of runs that are seeded worlds: `world:SEED`. */
const WORLD = /^world:/;

/** What a run trades under: its stage's section at its step, and in a seeded world what that changes. */
export function limitsOf(
  file: RiskLimitsFile,
  position: LadderPosition,
  source: string,
): StageLimits {
  const section = file[position.stage];
  const ceiling = toStageLimits(WORLD.test(source) ? withWorld(section, file.world) : section);
  return limitsAtStep(ceiling, position);
}

/** A change of one number; looser is what allows more. */
export interface LimitChange {
  /** Such as `paper.max_daily_loss`. */
  readonly key: string;
  /** Null where the world did not change the key before, or does not any more. */
  readonly before: number | null;
  readonly after: number | null;
  readonly direction: "tighter" | "looser";
}

/** What differs between two files, in the sequence of the file. Pure. */
export function limitChanges(
  before: RiskLimitsFile,
  after: RiskLimitsFile,
): readonly LimitChange[] {
  const old = flattenLimits(before);
  const next = flattenLimits(after);
  const keys = [...new Set([...old.keys(), ...next.keys()])];
  return keys.flatMap((key): LimitChange[] => {
    const from = old.get(key) ?? null;
    const to = next.get(key) ?? null;
    if (from === to) return [];
    // Without its own number a world has paper's.
    const paper = key.replace(/^world\./, "paper.");
    const was = from ?? old.get(paper) ?? Number.NaN;
    const is = to ?? next.get(paper) ?? Number.NaN;
    const isTighter = isLeast(key) ? is >= was : is <= was;
    return [{ key, before: from, after: to, direction: isTighter ? "tighter" : "looser" }];
  });
}

/** The changes that allow more than before: what no apply does while something is at stake. */
export function loosenings(before: RiskLimitsFile, after: RiskLimitsFile): readonly LimitChange[] {
  return limitChanges(before, after).filter(({ direction }) => direction === "looser");
}

/** Keys that say the least of something; all others say the most. */
function isLeast(key: string): boolean {
  return key.split(".")[1]?.startsWith("min_") ?? false;
}

const usd = (dollars: number): UsdMicros => usdMicros(Math.round(dollars * 1_000_000));
const micros = (dollars: number): number => Math.round(dollars * 1_000_000);
const ms = (seconds: number): number => Math.round(seconds * 1_000);

function toStageLimits(section: LimitsSection): StageLimits {
  const { max_capital_per_strategy: capital } = section;
  return {
    maxTotalCapital: usd(section.max_total_capital),
    bankrollSlice: section.bankroll_slice,
    exposureCap: usd(section.exposure_cap),
    maxPositionSize: usd(section.max_position_size),
    maxLossPerMarket: usd(section.max_loss_per_market),
    maxStrategyCapital: toStrategyCapital(capital),
    maxLossPerGame: usd(section.max_loss_per_game),
    maxLossPerSlate: usd(section.max_loss_per_slate),
    maxLossPerBitcoinHour: usd(section.max_loss_per_bitcoin_hour),
    maxNotionalPerCycle: usd(section.max_notional_per_cycle),
    maxOpenPositions: section.max_open_positions,
    maxDailyLoss: usd(section.max_daily_loss),
    maxWeeklyLoss: usd(section.max_weekly_loss),
    maxSingleTradeLoss: usd(section.max_single_trade_loss),
    consecutiveLossesHalt: section.consecutive_losses_halt,
    drawdownHaltPct: section.drawdown_halt_pct,
    maxTradesPerDay: section.max_trades_per_day,
    maxTradesPerHour: section.max_trades_per_hour,
    minBetweenTradesMs: ms(section.min_seconds_between_trades),
    minEdgeMicros: micros(section.min_edge_threshold),
    minConfidence: section.min_confidence,
    minLiquidity: countCenti(Math.round(section.min_liquidity * 100)),
    maxSpreadMicros: micros(section.max_spread),
    maxPriceGapMicros: micros(section.max_price_gap),
    maxExecutionDriftMicros: micros(section.max_execution_drift),
    maxQuoteAgeMs: ms(section.max_quote_age),
    maxInjuryFeedAgeMs: ms(section.max_injury_feed_age),
    maxModelAgeMs: ms(section.max_model_age),
    maxVenueSilenceMs: ms(section.max_venue_silence),
    maxClockDisagreementSeconds: section.max_clock_disagreement,
  };
}

function toStrategyCapital(capital: LimitsSection["max_capital_per_strategy"]): StrategyCapital {
  const own = Object.entries(capital).flatMap(([name, dollars]) =>
    isOwnStrategy(name) && dollars !== undefined ? [[name, usd(dollars)] as const] : [],
  );
  return {
    "pregame-anchored": usd(capital.pregame_anchored),
    "model-edge": usd(capital.model_edge),
    "mean-reversion": usd(capital.mean_reversion),
    "model-trees": usd(capital.model_trees ?? 0),
    "btc-edge": usd(capital.btc_edge ?? 0),
    ...Object.fromEntries(own),
  };
}
