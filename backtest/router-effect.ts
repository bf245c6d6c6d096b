import { clusterBootstrap, clusterSums } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import type { RouterConfig } from "../core/strategies/router.ts";
import type { FactSource } from "../sim/facts.ts";
import { type NightOptions, playNight } from "./night.ts";
import type { GameResult, NightConfig } from "./result.ts";

/** One game, played with and without the router. Net of fees, micros. */
interface PairedGame {
  readonly game: string;
  readonly routed: number;
  readonly unrouted: number;
}

/** What a router did to the same nights. */
export interface RouterEffect {
  readonly nights: readonly string[];
  readonly games: number;
  readonly net: { readonly routed: number; readonly unrouted: number };
  readonly entries: { readonly routed: number; readonly unrouted: number };
  /** Net per game, routed less unrouted, micros; clusters are games. */
  readonly difference: Estimate;
  /** `earned` when the whole interval is above 0; `not-enough-data` where there is no interval to trust. */
  readonly verdict: "earned" | "not-earned" | "not-enough-data";
}

/** The same judgement gives the same bytes. */
const SEED = 1;

/**
 * Plays the same nights with and without a router and judges the difference, game by game: what both
 * have in common cancels out.
 */
export async function routerEffect(
  sources: readonly FactSource[],
  config: NightConfig,
  router: RouterConfig,
  options: Partial<NightOptions> = {},
): Promise<RouterEffect> {
  const pairs: PairedGame[] = [];
  const entries = { routed: 0, unrouted: 0 };
  const nights: string[] = [];
  const { forecast, strategies, execution } = config.decision;
  const unroutedDecision = { forecast, strategies, execution };
  for (const source of sources) {
    const { name, date } = source.manifest;
    nights.push(name);
    const unrouted = await playNight(source, { ...config, decision: unroutedDecision }, options);
    const decision = { ...unroutedDecision, router };
    const routed = await playNight(source, { ...config, decision }, options);
    entries.routed += entriesOf(routed.games);
    entries.unrouted += entriesOf(unrouted.games);
    for (const [index, game] of routed.games.entries()) {
      pairs.push({
        game: `${name} ${date} ${game.eventTicker}`,
        routed: netOf(game),
        unrouted: netOf(unrouted.games[index]),
      });
    }
  }
  const difference = meanDifference(pairs);
  return {
    nights,
    games: pairs.length,
    net: { routed: sum(pairs, "routed"), unrouted: sum(pairs, "unrouted") },
    entries,
    difference,
    verdict: verdictOf(difference),
  };
}

/** Mean over games of routed less unrouted. */
export function meanDifference(pairs: readonly PairedGame[]): Estimate {
  const sample = clusterSums(pairs, ({ game }) => game, [
    ({ routed, unrouted }) => routed - unrouted,
    () => 1,
  ]);
  const mean = ([total = Number.NaN, count = 0]: Float64Array): number => total / count;
  return clusterBootstrap(sample, mean, { chance: seededChance(SEED) });
}

/** Whether a router has earned its place by this difference. */
export function verdictOf({ interval }: Estimate): RouterEffect["verdict"] {
  if (interval === null) return "not-enough-data";
  return (interval.low ?? -Infinity) > 0 ? "earned" : "not-earned";
}

function netOf(game: GameResult | undefined): number {
  return (game?.strategies ?? []).reduce((total, { pnl }) => total + pnl.net, 0);
}

function entriesOf(games: readonly GameResult[]): number {
  return games
    .flatMap(({ strategies }) => strategies)
    .reduce((total, { entries }) => total + entries, 0);
}

function sum(pairs: readonly PairedGame[], side: "routed" | "unrouted"): number {
  return pairs.reduce((total, pair) => total + pair[side], 0);
}
