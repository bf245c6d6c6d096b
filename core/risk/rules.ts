import type { Rule } from "./judgement.ts";
import { BREAKER_RULES } from "./rules/breaker.ts";
import { EXPOSURE_RULES } from "./rules/exposure.ts";
import { INPUT_RULES } from "./rules/inputs.ts";
import { LOSS_RULES } from "./rules/losses.ts";
import { MARKET_RULES } from "./rules/market.ts";
import { ORDER_RULES } from "./rules/order.ts";
import { THROTTLE_RULES } from "./rules/throttles.ts";
import { VENUE_RULES } from "./rules/venue.ts";

/**
 * All rules, in the order in which the first that is not held names the refusal. No throttle, edge,
 * confidence, loss, spread or staleness rule applies to exits, and no cap does: an exit that reduces
 * adds nothing.
 */
export const RULES: readonly Rule[] = [
  // A loss says more than the breaker that it trips, and a breaker more than the kill that it throws.
  ...LOSS_RULES,
  ...BREAKER_RULES,
  ...ORDER_RULES,
  ...VENUE_RULES,
  ...INPUT_RULES,
  ...MARKET_RULES,
  ...THROTTLE_RULES,
  ...EXPOSURE_RULES,
];
