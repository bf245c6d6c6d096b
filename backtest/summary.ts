import { GAME_STRATEGIES, type GameStrategy, inSequence } from "../core/domain/order.ts";
import type { Resampling } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { meanNet, profitFactor, type Result, winRate } from "../core/scoring/results.ts";
import type { NightOutcome } from "./job.ts";
import type { NightLack } from "./loads.ts";
import { type Pnl, sumPnl } from "./result.ts";

/**
 * What may be said of an edge: `edge` where the whole interval of the mean result lies above nothing, `loss`
 * where it lies below, `not-shown` where it holds nothing within, `not-enough-data` where there is none.
 */
export type EdgeVerdict = "edge" | "loss" | "not-shown" | "not-enough-data";

/** One strategy over many nights, or all of them. */
export interface StrategySummary {
  readonly strategy: GameStrategy | "all";
  /** Entries proposed, replacements not counted; of these, refused by risk; and entries that filled. */
  readonly proposed: number;
  readonly refused: number;
  readonly entries: number;
  /** Games and nights in which it held something. */
  readonly games: number;
  readonly nights: number;
  /** Micros. */
  readonly pnl: Pnl;
  /** Net result of a position (what the strategy held in one game), micros: clustered by game, and by night. */
  readonly meanByGame: Estimate;
  readonly meanByNight: Estimate;
  readonly profitFactor: Estimate;
  readonly winRate: Estimate;
  /** By the wider of the two clusterings, the night. */
  readonly verdict: EdgeVerdict;
}

/** What nights had to do without. */
export interface NightLacks extends NightLack {
  /** How many; the code and the reason are of the first. */
  readonly nights: number;
}

/** What many nights came to. */
export interface BacktestSummary {
  readonly nights: number;
  readonly games: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  readonly refusalsByCode: Readonly<Record<string, number>>;
  /** Nights in which a breaker of losses tripped, by breaker. */
  readonly breakers: Readonly<Record<string, number>>;
  readonly pnl: Pnl;
  readonly strategies: readonly StrategySummary[];
  /** Contracts that nobody settled, hundredths: 0 in whole nights. */
  readonly unsettled: number;
  readonly without: readonly NightLacks[];
}

/** What one strategy held in one game, as one result. */
export interface PlayedPosition extends Result {
  readonly strategy: GameStrategy;
  readonly night: string;
  readonly pnl: Pnl;
}

/** The same outcomes give the same intervals: chance starts at one seed for every figure. */
const SEED = 1;

/** Sums up nights. @param resamples of each interval; 10,000 unless stated. */
export function summarize(outcomes: readonly NightOutcome[], resamples?: number): BacktestSummary {
  const games = outcomes.flatMap(({ result }) => result.games);
  const intents = games.flatMap((game) => game.intents);
  const positions = positionsOf(outcomes);
  const resampling = (): Resampling => ({
    chance: seededChance(SEED),
    ...(resamples !== undefined && { resamples }),
  });
  return {
    nights: outcomes.length,
    games: games.length,
    decisions: outcomes.reduce((sum, { result }) => sum + result.decisions, 0),
    orders: outcomes.reduce((sum, { result }) => sum + result.orders, 0),
    fills: games.reduce((sum, { fills }) => sum + fills.length, 0),
    refusalsByCode: tally(intents.flatMap(({ refusalCode }) => refusalCode ?? [])),
    breakers: tally(
      outcomes.flatMap(({ result }) => result.breakers.map(({ breaker }) => breaker)),
    ),
    pnl: sumPnl(outcomes.map(({ result }) => result.pnl)),
    strategies: (["all", ...strategiesOf(outcomes)] as const).map((strategy) => {
      const isOf = (one: { readonly strategy: string }): boolean =>
        strategy === "all" || one.strategy === strategy;
      const own = positions.filter(isOf);
      const entries = intents.filter(
        ({ intent, parentId }) => isOf(intent) && intent.purpose === "entry" && parentId === null,
      );
      const meanByNight = meanNet(
        own.map((one) => ({ ...one, cluster: one.night })),
        resampling(),
      );
      return {
        strategy,
        proposed: entries.length,
        refused: entries.filter(({ refusalCode }) => refusalCode !== null).length,
        entries: games.reduce(
          (sum, game) =>
            sum + game.strategies.filter(isOf).reduce((all, one) => all + one.entries, 0),
          0,
        ),
        games: new Set(own.map(({ cluster }) => cluster)).size,
        nights: new Set(own.map(({ night }) => night)).size,
        pnl: sumPnl(own.map(({ pnl }) => pnl)),
        meanByGame: meanNet(own, resampling()),
        meanByNight,
        profitFactor: profitFactor(own, resampling()),
        winRate: winRate(own, resampling()),
        verdict: edgeVerdict(meanByNight),
      };
    }),
    unsettled: games.reduce(
      (sum, { unsettled }) => sum + unsettled.reduce((all, { count }) => all + count, 0),
      0,
    ),
    without: nightLacks(outcomes),
  };
}

/** What the nights had to do without, each thing once. */
export function nightLacks(outcomes: readonly NightOutcome[]): readonly NightLacks[] {
  const all = outcomes.flatMap(({ without }) => without);
  return [...new Set(all.map(({ what }) => what))].sort().flatMap((what) => {
    const own = all.filter((one) => one.what === what);
    return own.slice(0, 1).map((first) => ({ ...first, nights: own.length }));
  });
}

/** Those that come with Tipoff, and of the users' those that played. */
function strategiesOf(outcomes: readonly NightOutcome[]): readonly GameStrategy[] {
  const played = outcomes.flatMap(({ result }) =>
    result.games.flatMap(({ strategies }) => strategies.map(({ strategy }) => strategy)),
  );
  return inSequence([...GAME_STRATEGIES, ...new Set(played)]);
}

/** What an interval of a mean result says of an edge. */
export function edgeVerdict({ interval }: Pick<Estimate, "interval">): EdgeVerdict {
  if (interval === null) return "not-enough-data";
  if (interval.low !== null && interval.low > 0) return "edge";
  if (interval.high !== null && interval.high < 0) return "loss";
  return "not-shown";
}

/** What each strategy held in each game, as one result; none where it held nothing. */
export function positionsOf(outcomes: readonly NightOutcome[]): readonly PlayedPosition[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap((game) =>
      game.strategies
        .filter(({ entries }) => entries > 0)
        .map(({ strategy, pnl }) => ({
          ...{ strategy, pnl, gross: pnl.gross, fees: pnl.fees },
          cluster: `${manifest.name} ${game.eventTicker}`,
          night: manifest.name,
        })),
    ),
  );
}

function tally(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of [...names].sort()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
