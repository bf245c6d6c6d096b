import { activeStrategies } from "../core/strategies/config.ts";
import { TreesFeed } from "../core/strategies/trees-feed.ts";
import { GameView } from "../core/strategies/view.ts";
import type { SlateGame } from "../sim/facts.ts";
import type { GameDeskSettings } from "./game-settings.ts";

/** Kalshi holds the NBA's markets on this shard; a played night has but one engine. */
const EXCHANGE_INDEX = 3;

/** The view of a game before its first fact, with the features of `model-trees` where that plays. */
export function openView(
  { eventTicker, home, away, tipAt }: SlateGame,
  sides: readonly { readonly ticker: string; readonly team: "home" | "away" }[],
  { config, trees, lacks, gridOf, startAt }: GameDeskSettings,
): GameView {
  const markets = sides.map((side) => ({
    exchangeIndex: EXCHANGE_INDEX,
    ...side,
    grid: gridOf(side.ticker),
    status: "initialized",
  }));
  const viewed = { mode: "paper" as const, eventTicker, home, away, tipAt, markets, lacks };
  const view = new GameView(viewed, config.view);
  const { strategies, forecast } = config.decision;
  if (trees !== null && activeStrategies(strategies).includes("model-trees")) {
    view.feedTrees(new TreesFeed({ tipAt, listedAt: startAt, markets }, forecast, trees));
  }
  return view;
}
