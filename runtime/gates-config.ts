import { readFileSync } from "node:fs";
import { z } from "zod";
import type { GateRules } from "../core/domain/gate.ts";
import type { Stage } from "../core/domain/stage.ts";
import type { StepRules } from "../core/risk/ladder.ts";
import { bounded, configInvalid, hashOf, parseConfigText, whole } from "./config-file.ts";
import { PACKAGE_ROOT } from "./package-root.ts";

/** `config/gates.yaml` of the package: there is no other, so that nobody is judged by softer rules. */
export const GATES_FILE = `${PACKAGE_ROOT}config/gates.yaml`;

const Range = z
  .strictObject({ min: bounded(0, 100), max: bounded(0, 100) })
  .refine(({ min, max }) => min < max, { error: "must be above min", path: ["max"] });

const Gate = z.strictObject({
  min_runtime_days: whole(1, 365),
  min_nights: whole(1, 365),
  max_data_age_days: whole(1, 60),
  min_completed_trades: whole(1, 100_000).nullable(),
  min_total_return_pct: bounded(-100, 1_000).nullable(),
  catastrophic_week_pct: bounded(-100, 0).nullable(),
  min_sharpe: bounded(0, 10).nullable(),
  min_return_days: whole(1, 365),
  min_profit_factor: bounded(0, 10).nullable(),
  max_drawdown_pct: bounded(0.1, 100).nullable(),
  max_fee_drag_pct: bounded(0.1, 100).nullable(),
  win_rate_pct: Range.nullable(),
  worst_trade_pct: bounded(-100, 0).nullable(),
  max_brier_excess: bounded(-0.1, 0.1).nullable(),
  min_scored_games: whole(1, 10_000),
  max_fill_rate_gap_pct: bounded(0, 100).nullable(),
  max_slippage_cents: bounded(0, 10).nullable(),
  max_limit_breaches: whole(0, 10),
  max_incidents: whole(0, 10),
  kill_drill_max_age_days: whole(1, 60).nullable(),
  restore_drill_max_age_days: whole(1, 60).nullable(),
  max_live_divergence_pct: bounded(0, 100).nullable(),
  validation_max_age_days: whole(1, 60).nullable(),
});

const GatesFile = z.strictObject({
  gates: z.strictObject({ shadow: Gate, paper: Gate, micro: Gate, small: Gate, medium: Gate }),
  steps: z.strictObject({
    stable_window_days: whole(7, 90),
    min_completed_trades: whole(1, 10_000),
    min_return_pct: bounded(-10, 100),
    max_drawdown_pct: bounded(0.1, 50),
    step_back_return_pct: bounded(-50, 0),
  }),
  demotion: z.strictObject({
    step_back_breakers: z.array(z.string().min(1)),
    ignored_breakers: z.array(z.string().min(1)),
  }),
});
type GatesFile = z.infer<typeof GatesFile>;

/** The gates in the units of the core. */
export interface GatesConfig {
  /** By the stage one leaves; the top has no gate. */
  readonly gates: Readonly<Record<Exclude<Stage, "standard">, GateRules>>;
  readonly steps: StepRules;
  readonly demotion: {
    readonly stepBackBreakers: readonly string[];
    readonly ignoredBreakers: readonly string[];
  };
}

/**
 * Reads `config/gates.yaml`.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and allowed range of every fault.
 */
export function loadGates(file = GATES_FILE): {
  readonly gates: GatesConfig;
  readonly hash: string;
} {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw configInvalid(file, [error instanceof Error ? error.message : String(error)]);
  }
  const gates = toGates(parseConfigText(file, text, GatesFile));
  return { gates, hash: hashOf(gates) };
}

function toGates({ gates, steps, demotion }: GatesFile): GatesConfig {
  const { shadow, paper, micro, small, medium } = gates;
  return {
    gates: {
      shadow: toRules(shadow),
      paper: toRules(paper),
      micro: toRules(micro),
      small: toRules(small),
      medium: toRules(medium),
    },
    steps: {
      windowDays: steps.stable_window_days,
      minCompletedTrades: steps.min_completed_trades,
      minReturn: share(steps.min_return_pct),
      maxDrawdown: share(steps.max_drawdown_pct),
      stepBackReturn: share(steps.step_back_return_pct),
    },
    demotion: {
      stepBackBreakers: demotion.step_back_breakers,
      ignoredBreakers: demotion.ignored_breakers,
    },
  };
}

const share = (percent: number): number => percent / 100;
const shareOrNull = (percent: number | null): number | null =>
  percent === null ? null : share(percent);

function toRules(file: GatesFile["gates"]["paper"]): GateRules {
  const range = file.win_rate_pct;
  return {
    minRuntimeDays: file.min_runtime_days,
    minNights: file.min_nights,
    maxDataAgeDays: file.max_data_age_days,
    minCompletedTrades: file.min_completed_trades,
    minTotalReturn: shareOrNull(file.min_total_return_pct),
    catastrophicWeek: shareOrNull(file.catastrophic_week_pct),
    minSharpe: file.min_sharpe,
    minReturnDays: file.min_return_days,
    minProfitFactor: file.min_profit_factor,
    maxDrawdown: shareOrNull(file.max_drawdown_pct),
    maxFeeDrag: shareOrNull(file.max_fee_drag_pct),
    winRate: range === null ? null : { min: share(range.min), max: share(range.max) },
    worstTrade: shareOrNull(file.worst_trade_pct),
    maxBrierExcess: file.max_brier_excess,
    minScoredGames: file.min_scored_games,
    maxFillRateGap: shareOrNull(file.max_fill_rate_gap_pct),
    maxSlippageCents: file.max_slippage_cents,
    maxLimitBreaches: file.max_limit_breaches,
    maxIncidents: file.max_incidents,
    killDrillMaxAgeDays: file.kill_drill_max_age_days,
    restoreDrillMaxAgeDays: file.restore_drill_max_age_days,
    maxLiveDivergence: shareOrNull(file.max_live_divergence_pct),
    validationMaxAgeDays: file.validation_max_age_days,
  };
}
