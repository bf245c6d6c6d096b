import { clusterSums, estimateBy, resampleClusters } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import type { RouterConfig } from "../core/strategies/router.ts";
import type { NightJob, NightOutcome } from "./job.ts";
import { playJobs, type PoolOptions } from "./pool.ts";
import type { GameResult } from "./result.ts";
import { nightLacks, type NightLacks } from "./summary.ts";

/** One game, played with and without the router. Net of fees, micros. */
interface PairedGame {
  readonly night: string;
  readonly routed: number;
  readonly unrouted: number;
}

/** What a router did to the same nights. */
export interface RouterEffect {
  readonly nights: readonly string[];
  /** What they were: a judgement on invented nights holds for such alone. */
  readonly source: "worlds" | "recordings";
  readonly games: number;
  readonly net: { readonly routed: number; readonly unrouted: number };
  readonly entries: { readonly routed: number; readonly unrouted: number };
  readonly without: readonly NightLacks[];
  /**
   * Net per game, routed less unrouted, micros. Whole nights are drawn, whose games share cash, limits and pauses;
   * `clusters` are those on which it did anything.
   */
  readonly difference: Estimate;
  /** `earned` when the whole interval is above 0; `not-enough-data` where there is no interval to trust. */
  readonly verdict: "earned" | "not-earned" | "not-enough-data";
}

/** The same judgement gives the same bytes. */
const SEED = 1;

/**
 * Plays the same nights with and without a router and judges the difference, game by game and clustered by
 * night: what both have in common cancels out.
 */
export async function routerEffect(
  jobs: readonly NightJob[],
  router: RouterConfig,
  pool: PoolOptions,
): Promise<RouterEffect> {
  const both = await playJobs(
    [...jobs.map((job) => underRouter(job, null)), ...jobs.map((job) => underRouter(job, router))],
    pool,
  );
  const unrouted = both.slice(0, jobs.length);
  const routed = both.slice(jobs.length);
  const pairs = routed.flatMap((night, index) => pairsOf(night, unrouted[index]));
  const difference = meanDifference(pairs);
  return {
    nights: routed.map(({ manifest }) => manifest.name),
    source: kindOf(jobs.map(({ source }) => source)),
    games: pairs.length,
    net: { routed: sum(pairs, "routed"), unrouted: sum(pairs, "unrouted") },
    entries: { routed: entriesOf(routed), unrouted: entriesOf(unrouted) },
    without: nightLacks(routed),
    difference,
    verdict: verdictOf(difference),
  };
}

/** What nights are together: with a world among them they are invented. */
export function kindOf(sources: readonly NightJob["source"][]): RouterEffect["source"] {
  return sources.every(({ kind }) => kind === "recording") ? "recordings" : "worlds";
}

function underRouter(job: NightJob, router: RouterConfig | null): NightJob {
  const { forecast, strategies, execution } = job.config.decision;
  const decision = { forecast, strategies, execution, ...(router !== null && { router }) };
  return { ...job, config: { ...job.config, decision } };
}

function pairsOf(
  { manifest: { name, date }, result }: NightOutcome,
  unrouted: NightOutcome | undefined,
): readonly PairedGame[] {
  return result.games.map((game, index) => ({
    night: `${name} ${date}`,
    routed: netOf(game),
    unrouted: netOf(unrouted?.result.games[index]),
  }));
}

/**
 * Mean over games of routed less unrouted; whole nights are drawn. Its clusters are the nights on which any game
 * differs: where the router changed nothing it showed nothing, however many such nights there are.
 */
export function meanDifference(pairs: readonly PairedGame[]): Estimate {
  const sample = clusterSums(pairs, ({ night }) => night, [differenceOf, () => 1]);
  const differing = pairs.filter((pair) => differenceOf(pair) !== 0);
  const clusters = new Set(differing.map(({ night }) => night)).size;
  const statistic = ([total = Number.NaN, count = 0]: Float64Array): number => total / count;
  const resampling = { chance: seededChance(SEED) };
  return estimateBy({ ...sample, clusters, statistic, resampling }, (resamples, chance) =>
    resampleClusters(sample, statistic, resamples, chance),
  );
}

function differenceOf({ routed, unrouted }: PairedGame): number {
  return routed - unrouted;
}

/** Whether a router has earned its place by this difference. */
export function verdictOf({ interval }: Estimate): RouterEffect["verdict"] {
  if (interval === null) return "not-enough-data";
  return (interval.low ?? -Infinity) > 0 ? "earned" : "not-earned";
}

function netOf(game: GameResult | undefined): number {
  return (game?.strategies ?? []).reduce((total, { pnl }) => total + pnl.net, 0);
}

function entriesOf(outcomes: readonly NightOutcome[]): number {
  return outcomes
    .flatMap(({ result }) => result.games.flatMap(({ strategies }) => strategies))
    .reduce((total, { entries }) => total + entries, 0);
}

function sum(pairs: readonly PairedGame[], side: "routed" | "unrouted"): number {
  return pairs.reduce((total, pair) => total + pair[side], 0);
}
