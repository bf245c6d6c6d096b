import type { Mode } from "../../core/domain/decision.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { ClientOrderId, OrderIntent } from "../../core/domain/order.ts";
import type { RiskSnapshot } from "../../core/domain/risk.ts";
import type { Instant } from "../../core/domain/units.ts";

/** What a strategy proposed, with all that risk must know to judge it. */
export interface NewIntent {
  readonly clientOrderId: ClientOrderId;
  /** `<workflow id>/<decision number>[/r<replacement>]`: what `clientOrderId` was derived from. */
  readonly intentKey: string;
  readonly decisionId: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly gameId: string;
  /** The order this one replaces. */
  readonly parentId: ClientOrderId | null;
  readonly intent: OrderIntent;
  readonly fees: FeeSchedule;
  /** The market's quote as last confirmed, for the rules of age and spread. */
  readonly quote: RiskSnapshot["quote"];
  /** When the strategy proposed it, run time. */
  readonly proposedAt: Instant;
  /** Now, run time: ages count to this instant, however late a retry comes. */
  readonly at: Instant;
  /** For latency: when the quote that triggered it came, on the run's clock and on the wall, ms. */
  readonly quoteReceivedAt: Instant | null;
  readonly quoteReceivedWallMs: number | null;
}
