import { instant } from "../../core/domain/units.ts";
import type { StrategyName } from "../../core/domain/order.ts";
import { HOURLY, NEXT_HOUR, QUARTERLY } from "./limit-contracts.ts";
import { allCaps, WIDE, type Wish } from "./limit-wish.ts";
import type { WorldOverrides } from "../../runtime/risk-limits-file.ts";
import type { LimitsStage } from "./limits-stage.ts";

/** One row a key: the file it is narrowed in, what comes before, the order that trips it, and the code. */
export interface Row {
  readonly key: string;
  readonly narrowed: WorldOverrides;
  readonly before?: (stage: LimitsStage) => Promise<unknown>;
  readonly wish?: Wish;
  readonly code: string;
}

/** The same by another strategy. */
export const other: Wish = { strategy: "mean-reversion" };
const strategyRow = (key: string, strategy: StrategyName, usd = 50): Row => ({
  key: `max_capital_per_strategy.${key}`,
  narrowed: { max_capital_per_strategy: { ...WIDE.max_capital_per_strategy, [key]: usd } },
  wish: { strategy },
  code: "strategy_capital",
});
const buy = (stage: LimitsStage): Promise<void> => stage.filled({});

export const ROWS: readonly Row[] = [
  {
    key: "max_total_capital",
    narrowed: allCaps(60),
    before: (stage) => stage.lost(10, 14),
    code: "total_capital",
  },
  {
    key: "bankroll_slice",
    narrowed: { bankroll_slice: 0.001 },
    wish: { contracts: 200 },
    code: "bankroll_slice",
  },
  {
    key: "exposure_cap",
    narrowed: { ...allCaps(60), max_total_capital: 5_000, max_notional_per_cycle: 5_000 },
    before: async (stage) => {
      await stage.anotherNight(0);
      await stage.filled({ game: 0 });
    },
    wish: { ...other, game: 1 },
    code: "exposure_cap",
  },
  {
    key: "max_position_size",
    narrowed: { max_position_size: 50, max_single_trade_loss: 50 },
    code: "position_size",
  },
  {
    key: "max_loss_per_market",
    narrowed: { max_loss_per_market: 60, max_position_size: 60, max_single_trade_loss: 60 },
    before: buy,
    wish: other,
    code: "market_loss",
  },
  {
    key: "max_loss_per_game",
    narrowed: {
      ...{ max_loss_per_game: 60, max_loss_per_market: 60 },
      ...{ max_position_size: 60, max_single_trade_loss: 60 },
    },
    before: buy,
    wish: { ...other, team: "away" },
    code: "game_loss",
  },
  {
    key: "max_loss_per_slate",
    narrowed: {
      ...{ max_loss_per_slate: 60, max_loss_per_game: 60, max_loss_per_market: 60 },
      ...{ max_position_size: 60, max_single_trade_loss: 60 },
    },
    before: buy,
    wish: { ...other, game: 1 },
    code: "slate_loss",
  },
  {
    // NO of the hour's contract is held: YES of a quarter in it is another series, and the same
    // risk; what is held in the next hour is not.
    key: "max_loss_per_bitcoin_hour",
    narrowed: { max_loss_per_bitcoin_hour: 60 },
    before: async (stage) => {
      await stage.filled({ contract: HOURLY, side: "ask" });
      await stage.filled({ contract: NEXT_HOUR });
    },
    wish: { contract: QUARTERLY },
    code: "bitcoin_hour_loss",
  },
  strategyRow("pregame_anchored", "pregame-anchored"),
  strategyRow("model_edge", "model-edge"),
  strategyRow("mean_reversion", "mean-reversion"),
  {
    ...strategyRow("model_trees", "model-trees"),
    wish: { strategy: "model-trees", basis: { decidedBy: "trees", modelVersion: "a hash" } },
  },
  {
    // YES in one hour and NO in the next: they share nothing but the strategy.
    ...strategyRow("btc_edge", "btc-edge", 60),
    before: (stage) => stage.filled({ contract: QUARTERLY }),
    wish: { contract: NEXT_HOUR, side: "ask" },
  },
  {
    key: "max_notional_per_cycle",
    narrowed: { max_notional_per_cycle: 50 },
    code: "cycle_notional",
  },
  {
    key: "max_open_positions",
    narrowed: { max_open_positions: 1 },
    before: buy,
    wish: other,
    code: "open_positions",
  },
  {
    // Bought at 51, bid 50, and 1.75 of fees: 2.75 USD are lost at once.
    key: "max_daily_loss",
    narrowed: { max_daily_loss: 2, max_single_trade_loss: 2 },
    before: buy,
    wish: other,
    code: "daily_loss",
  },
  {
    key: "max_weekly_loss",
    narrowed: { max_weekly_loss: 3, max_daily_loss: 3, max_single_trade_loss: 3 },
    before: (stage) => stage.lost(3, 1),
    code: "weekly_loss",
  },
  {
    key: "max_single_trade_loss",
    narrowed: { max_single_trade_loss: 2 },
    before: buy,
    wish: other,
    code: "single_trade_loss",
  },
  {
    key: "consecutive_losses_halt",
    narrowed: { consecutive_losses_halt: 1 },
    before: async (stage) => {
      await stage.filled({});
      await stage.sellAll();
    },
    wish: other,
    code: "consecutive_losses",
  },
  {
    // 150 of 100,000 USD.
    key: "drawdown_halt_pct",
    narrowed: { drawdown_halt_pct: 0.1 },
    before: (stage) => stage.lost(150, 14),
    code: "drawdown",
  },
  {
    key: "max_trades_per_day",
    narrowed: { max_trades_per_day: 1, max_trades_per_hour: 1 },
    before: buy,
    wish: other,
    code: "trades_per_day",
  },
  {
    key: "max_trades_per_hour",
    narrowed: { max_trades_per_hour: 1 },
    before: buy,
    wish: other,
    code: "trades_per_hour",
  },
  {
    key: "min_seconds_between_trades",
    narrowed: { min_seconds_between_trades: 86_400 },
    before: buy,
    wish: other,
    code: "between_trades",
  },
  { key: "min_edge_threshold", narrowed: { min_edge_threshold: 0.07 }, code: "min_edge" },
  {
    key: "min_confidence",
    narrowed: { min_confidence: 0.9 },
    wish: { basis: { confidence: 0.89 } },
    code: "min_confidence",
  },
  { key: "min_liquidity", narrowed: { min_liquidity: 10_001 }, code: "liquidity" },
  { key: "max_spread", narrowed: { max_spread: 0.009 }, code: "spread" },
  { key: "max_price_gap", narrowed: { max_price_gap: 0.08 }, code: "price_forecast" },
  {
    key: "max_execution_drift",
    narrowed: { max_execution_drift: 0.01 },
    wish: { basis: { mid: 490_000 } },
    code: "execution_drift",
  },
  {
    key: "max_quote_age",
    narrowed: { max_quote_age: 1 },
    before: (stage) => stage.pause(1_100),
    code: "quote_age",
  },
  {
    key: "max_injury_feed_age",
    narrowed: { max_injury_feed_age: 1 },
    before: (stage) => stage.pause(1_100),
    code: "injury_feed_age",
  },
  {
    key: "max_model_age",
    narrowed: { max_model_age: 3_600 },
    wish: { basis: { modelKnownAt: instant(Date.parse("2026-11-20T22:59:59Z")) } },
    code: "model_age",
  },
  {
    key: "max_clock_disagreement",
    narrowed: { max_clock_disagreement: 30 },
    wish: { basis: { clockDisagreementSeconds: 31 } },
    code: "clock_disagreement",
  },
  {
    key: "max_venue_silence",
    narrowed: { max_venue_silence: 1 },
    before: async (stage) => {
      await stage.venueWatch.stop();
      await stage.pause(1_600);
    },
    code: "connectivity",
  },
];
