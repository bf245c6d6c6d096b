import type { FeeSchedule, PriceBand } from "../core/domain/market.ts";
import type { Instant } from "../core/domain/units.ts";
import type { NightRatings } from "../core/models/night-ratings.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { TreesOfGame } from "../core/strategies/trees-feed.ts";
import type { NightConfig } from "./result.ts";

/** How a game is played. */
export interface GameDeskSettings {
  readonly config: NightConfig;
  readonly fees: FeeSchedule;
  readonly latencyMs: number;
  readonly pollMs: number;
  readonly lacks: readonly string[];
  readonly gridOf: (marketTicker: string) => readonly PriceBand[];
  readonly ratings: NightRatings;
  readonly startAt: Instant;
  /** Whether what a report needs is kept. */
  readonly isLogged: boolean;
  readonly recorded: "every" | "as-live";
  /** What decisions see is not what their orders meet: only for proving that it would show. */
  readonly isApart: boolean;
  readonly hasLatePrints: boolean;
  /** The strategies that can play; which of them do, the settings say. */
  readonly strategies: readonly GameStrategyDefinition[];
  /** The models that `model-trees` plays the night with; null where there are none. */
  readonly trees: TreesOfGame | null;
}
