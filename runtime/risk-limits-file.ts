import { z } from "zod";
import { isOwnStrategy } from "../core/domain/order.ts";
import { STAGES } from "../core/domain/stage.ts";
import { bounded, whole } from "./config-file.ts";

const usd = bounded(1, 100_000_000);
/** Distances and edges per contract: a share of the 1 USD that a contract pays. */
const share = bounded(0, 0.99);
const seconds = (min: number, max: number): z.ZodNumber => bounded(min, max);

/** The keys of a section, in the units that people write. Nothing has a hidden default. */
const KEYS = {
  max_total_capital: usd,
  bankroll_slice: bounded(0.001, 1),
  exposure_cap: usd,
  max_position_size: usd,
  max_loss_per_market: usd,
  max_loss_per_game: usd,
  max_loss_per_slate: usd,
  max_loss_per_bitcoin_hour: usd,
  max_capital_per_strategy: z
    .object({
      pregame_anchored: usd,
      model_edge: usd,
      mean_reversion: usd,
      // Files that were put in force before these strategies do not have them: then they risk nothing.
      model_trees: usd.optional(),
      btc_edge: usd.optional(),
    })
    // A strategy that its user wrote is written as it is named, `own-NAME`; without a cap it risks nothing.
    .catchall(usd)
    .superRefine((section, context) => {
      const known = ["pregame_anchored", "model_edge", "mean_reversion", "model_trees", "btc_edge"];
      const keys = Object.keys(section).filter(
        (key) => !known.includes(key) && !isOwnStrategy(key),
      );
      if (keys.length > 0) {
        context.addIssue({ code: "unrecognized_keys", keys, input: section });
      }
    }),
  max_notional_per_cycle: usd,
  max_open_positions: whole(1, 1_000),
  max_daily_loss: usd,
  max_weekly_loss: usd,
  max_single_trade_loss: usd,
  consecutive_losses_halt: whole(1, 1_000),
  drawdown_halt_pct: bounded(0.1, 100),
  max_trades_per_day: whole(1, 100_000),
  max_trades_per_hour: whole(1, 100_000),
  min_seconds_between_trades: seconds(0, 86_400),
  min_edge_threshold: bounded(0, 0.5),
  min_confidence: bounded(0, 1),
  min_liquidity: bounded(0, 1_000_000),
  max_spread: bounded(0.001, 0.99),
  max_price_gap: share,
  max_execution_drift: share,
  max_quote_age: seconds(1, 3_600),
  max_injury_feed_age: seconds(1, 86_400),
  max_model_age: seconds(1, 2_592_000),
  max_clock_disagreement: seconds(1, 2_880),
  max_venue_silence: seconds(1, 3_600),
};

const Section = z.strictObject(KEYS);
/** One section of the file. */
export type LimitsSection = z.infer<typeof Section>;

/** Pairs that contradict each other when the first is above the second: it would never bind, or bind alone. */
const NOT_ABOVE: readonly (readonly [NumberKey, NumberKey])[] = [
  ["exposure_cap", "max_total_capital"],
  ["max_position_size", "max_loss_per_market"],
  ["max_loss_per_market", "max_loss_per_game"],
  ["max_loss_per_game", "max_loss_per_slate"],
  ["max_loss_per_slate", "exposure_cap"],
  ["max_loss_per_bitcoin_hour", "exposure_cap"],
  ["max_notional_per_cycle", "max_total_capital"],
  ["max_daily_loss", "max_weekly_loss"],
  ["max_weekly_loss", "max_total_capital"],
  ["max_single_trade_loss", "max_position_size"],
  ["max_single_trade_loss", "max_daily_loss"],
  ["max_trades_per_hour", "max_trades_per_day"],
];

type NumberKey = Exclude<keyof LimitsSection, "max_capital_per_strategy">;

interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
}

/** What in a section contradicts itself. */
function contradictions(section: LimitsSection): readonly Contradiction[] {
  const pairs = NOT_ABOVE.filter(([low, high]) => section[low] > section[high]).map(
    ([low, high]): Contradiction => ({
      path: [low],
      message: `must not be above ${high} (${section[high]})`,
    }),
  );
  const strategies = Object.entries(section.max_capital_per_strategy)
    .filter(([, capital = 0]) => capital > section.exposure_cap)
    .map(
      ([name]): Contradiction => ({
        path: ["max_capital_per_strategy", name],
        message: `must not be above exposure_cap (${section.exposure_cap})`,
      }),
    );
  return [...pairs, ...strategies];
}

const checked = Section.superRefine((section, context) => {
  for (const { path, message } of contradictions(section)) {
    context.addIssue({ code: "custom", path: [...path], message });
  }
});

const World = Section.partial();
/** What differs while a seeded world is played. */
export type WorldOverrides = z.infer<typeof World>;

/** `config/risk_limits.yaml` as people write it: a section for each stage, and what a seeded world changes. */
export const RiskLimitsFile = z
  .strictObject({
    shadow: checked,
    paper: checked,
    micro: checked,
    small: checked,
    medium: checked,
    standard: checked,
    world: World.optional(),
  })
  .superRefine((file, context) => {
    for (const stage of ["shadow", "paper"] as const) {
      for (const { path, message } of contradictions(withWorld(file[stage], file.world))) {
        context.addIssue({
          code: "custom",
          path: ["world", ...path],
          message: `${message} of section ${stage}`,
        });
      }
    }
  });
/** A valid file. */
export type RiskLimitsFile = z.infer<typeof RiskLimitsFile>;

/** A section as a seeded world has it. */
export function withWorld(
  section: LimitsSection,
  world: WorldOverrides | undefined,
): LimitsSection {
  // Only keys that are written override; zod leaves the others out.
  return { ...section, ...world } as LimitsSection;
}

/** Paths of all keys of a section, such as `max_capital_per_strategy.model_edge`. */
export const LIMIT_KEYS: readonly string[] = Object.entries(KEYS).flatMap(([key, schema]) =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape).map((inner) => `${key}.${inner}`) : key,
);

/** Every number of the file by its path, such as `paper.max_daily_loss`. */
export function flattenLimits(file: RiskLimitsFile): ReadonlyMap<string, number> {
  const flat = new Map<string, number>();
  for (const name of [...STAGES, "world"] as const) {
    for (const [key, value] of Object.entries(file[name] ?? {})) {
      if (typeof value === "number") flat.set(`${name}.${key}`, value);
      else if (value !== undefined) {
        for (const [inner, one] of Object.entries(value)) {
          if (one !== undefined) flat.set(`${name}.${key}.${inner}`, one);
        }
      }
    }
  }
  return flat;
}
