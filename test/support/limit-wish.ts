import type { DecisionBasis } from "../../core/domain/risk.ts";
import type { BookSide, OrderIntent, OrderOwner } from "../../core/domain/order.ts";
import { loadRiskLimits } from "../../runtime/risk-limits.ts";

/** The file as it is shipped. */
export const SHIPPED = loadRiskLimits("config/risk_limits.yaml").file;

/** Wide enough that only what a row narrows can refuse. */
export const WIDE = {
  ...SHIPPED.paper,
  ...allCaps(5_000),
  bankroll_slice: 1,
  max_open_positions: 100,
  consecutive_losses_halt: 100,
  drawdown_halt_pct: 100,
  max_trades_per_day: 1_000,
  max_trades_per_hour: 1_000,
  min_seconds_between_trades: 0,
  min_liquidity: 1,
  max_spread: 0.5,
  max_price_gap: 0.9,
  max_execution_drift: 0.9,
  max_quote_age: 3_600,
  max_injury_feed_age: 86_400,
  max_model_age: 2_592_000,
  max_clock_disagreement: 2_880,
  max_venue_silence: 3_600,
};

/** Every cap and loss at one value, USD. */
export function allCaps(usd: number) {
  return {
    max_total_capital: usd,
    exposure_cap: usd,
    max_position_size: usd,
    max_loss_per_market: usd,
    max_loss_per_game: usd,
    max_loss_per_slate: usd,
    max_loss_per_bitcoin_hour: usd,
    max_capital_per_strategy: {
      ...{
        pregame_anchored: usd,
        model_edge: usd,
        mean_reversion: usd,
        model_trees: usd,
        btc_edge: usd,
      },
    },
    max_notional_per_cycle: usd,
    max_daily_loss: usd,
    max_weekly_loss: usd,
    max_single_trade_loss: usd,
  };
}

/**
 * An order of a row, unless it says otherwise: 100 contracts of home at the ask, 52.75 USD with the
 * fee. Its ask takes the bid: as an entry it buys NO, 51.75 USD with the fee.
 */
export interface Wish {
  /** One of the Bitcoin contracts in place of a game's market. */
  readonly contract?: number;
  readonly side?: BookSide;
  readonly game?: number;
  readonly team?: "home" | "away";
  readonly strategy?: OrderOwner;
  readonly contracts?: number;
  readonly intent?: Partial<OrderIntent>;
  readonly basis?: Partial<DecisionBasis>;
}
