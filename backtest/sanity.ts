import { clusterBootstrap, clusterSums } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { required } from "../core/domain/assert.ts";
import { openNight, type NightJob, type NightOutcome, playJob } from "./job.ts";
import { loadNight } from "./loads.ts";
import { LookAheadError } from "./look-ahead.ts";
import { playNight } from "./night.ts";
import { playJobs, type PoolOptions } from "./pool.ts";
import { edgeVerdict, type EdgeVerdict } from "./summary.ts";

/** One step into the future: a minute, as candles are recorded. */
const FORESIGHT_MS = 60_000;

/** What an edge over the market's own price is with the results as they were, and with those of other games. */
export interface LabelCheck {
  /** Positions: what one strategy entered in one game. */
  readonly positions: number;
  /** Result less the market's middle at the entry, in the direction taken: dollars a contract, by game. */
  readonly edge: Estimate;
  readonly verdict: EdgeVerdict;
  /** The same with what each game's result had over its price taken from the next game. */
  readonly shifted: Estimate;
  readonly shiftedVerdict: EdgeVerdict;
}

/** Whether a backtest can be believed. */
export interface SanityReport {
  readonly nights: number;
  readonly games: number;
  readonly guard: {
    /** What the guard said when decisions were given facts of the future; null when it let them through. */
    readonly caught: string | null;
    /** A night of which every single read is checked comes out the same. */
    readonly isSealedEqual: boolean;
  };
  readonly foresight: {
    readonly aheadMs: number;
    /** Games with other fills than without it, and how many had any fill either way. */
    readonly changedGames: number;
    readonly tradedGames: number;
    /** Net result in micros. */
    readonly net: number;
    readonly netWithForesight: number;
  };
  /** Of the backtest, of the one with foresight, and of positions that knew the result. */
  readonly labels: {
    readonly played: LabelCheck;
    readonly withForesight: LabelCheck;
    readonly oracle: LabelCheck;
  };
  /** Whether there are games enough for the check of the labels to say anything. */
  readonly hasEnough: boolean;
  /** The guard caught it, the future changed results, and no edge outlived other games' labels. */
  readonly isSane: boolean;
}

/**
 * Proves on these nights that a backtest does not know the future: facts of the future are caught; decisions that
 * see one step ahead in disguise come to other results; and an edge that is there goes when the results of
 * other games are put in the place of their own.
 *
 * @param resamples of each interval; 10,000 unless stated.
 */
export async function checkSanity(
  jobs: readonly NightJob[],
  pool: PoolOptions,
  resamples?: number,
): Promise<SanityReport> {
  const first = required(jobs[0], "a night");
  const guard = { caught: await caughtBy(first), isSealedEqual: await isSealedEqual(first) };
  const foreseen = jobs.map((job) => ({
    ...job,
    options: { ...job.options, foresight: { aheadMs: FORESIGHT_MS, isDisguised: true } },
  }));
  const both = await playJobs([...jobs, ...foreseen], pool);
  const played = both.slice(0, jobs.length);
  const ahead = both.slice(jobs.length);
  const foresight = { aheadMs: FORESIGHT_MS, ...compareFills(played, ahead) };
  const positions = positionsOf(played);
  const labels = {
    played: checkLabels(positions, resamples),
    withForesight: checkLabels(positionsOf(ahead), resamples),
    oracle: checkLabels(
      positions.map((one) => ({ ...one, direction: one.surprise < 0 ? -1 : 1 })),
      resamples,
    ),
  };
  // What knew the result must show an edge, or its absence with other labels says nothing.
  const isShown = labels.oracle.verdict === "edge";
  const isDestroyed = Object.values(labels).every(
    ({ verdict, shiftedVerdict }) => verdict !== "edge" || shiftedVerdict !== "edge",
  );
  return {
    nights: jobs.length,
    games: played.reduce((sum, { result }) => sum + result.games.length, 0),
    guard,
    foresight,
    labels,
    hasEnough: isShown,
    isSane:
      guard.caught !== null &&
      guard.isSealedEqual &&
      foresight.changedGames > 0 &&
      isShown &&
      isDestroyed,
  };
}

/** Gives decisions facts of the future as what they are. */
async function caughtBy(job: NightJob): Promise<string | null> {
  const foresight = { aheadMs: FORESIGHT_MS, isDisguised: false };
  try {
    await playJob({ ...job, options: { ...job.options, foresight } });
    return null;
  } catch (error) {
    if (error instanceof LookAheadError) return error.message;
    throw error;
  }
}

async function isSealedEqual(job: NightJob): Promise<boolean> {
  const { source, config, loads } = job;
  const night = await openNight(source);
  const options = { ...job.options, ...(await loadNight(loads, config.decision, night)) };
  const plain = await playNight(night, config, options);
  const sealed = await playNight(night, config, { ...options, isSealed: true });
  return JSON.stringify(plain) === JSON.stringify(sealed);
}

function compareFills(
  played: readonly NightOutcome[],
  ahead: readonly NightOutcome[],
): Omit<SanityReport["foresight"], "aheadMs"> {
  let [changedGames, tradedGames] = [0, 0];
  played.forEach(({ result }, index) => {
    const other = required(ahead[index], "the same night with foresight").result;
    result.games.forEach((game, nr) => {
      const foreseen = required(other.games[nr], "the same game");
      if (game.fills.length > 0 || foreseen.fills.length > 0) tradedGames += 1;
      if (JSON.stringify(game.fills) !== JSON.stringify(foreseen.fills)) changedGames += 1;
    });
  });
  const net = (all: readonly NightOutcome[]): number =>
    all.reduce((sum, { result }) => sum + result.pnl.net, 0);
  return { changedGames, tradedGames, net: net(played), netWithForesight: net(ahead) };
}

/** One position by its label: told as home's. */
export interface LabeledPosition {
  readonly game: string;
  /** 1 when it wins with home, -1 with away. */
  readonly direction: 1 | -1;
  /** What the result had over the market's price at the first entry: 0 or 1 less home's middle. */
  readonly surprise: number;
}

function positionsOf(outcomes: readonly NightOutcome[]): readonly LabeledPosition[] {
  return outcomes.flatMap(({ manifest, result }) =>
    result.games.flatMap(({ eventTicker, fills, homeWon, strategies }) => {
      const slate = manifest.games.find((game) => game.eventTicker === eventTicker);
      if (homeWon === null || !slate) return [];
      return strategies.flatMap(({ strategy }): LabeledPosition[] => {
        const entry = fills.find((one) => one.strategy === strategy && one.purpose === "entry");
        if (!entry || entry.mid === null) return [];
        const isHome = entry.marketTicker.endsWith(`-${slate.home}`);
        const price = entry.mid / 1e6;
        const home = isHome ? price : 1 - price;
        return [
          {
            game: `${manifest.name} ${eventTicker}`,
            direction: isHome === (entry.side === "bid") ? 1 : -1,
            surprise: (homeWon ? 1 : 0) - home,
          },
        ];
      });
    }),
  );
}

/**
 * The edge of positions with their own labels and with those of the next game. It is the surprise that is moved,
 * not the bare result: a favourite's price would meet an outsider's result, and any bias of prices would pass for
 * an edge.
 */
export function checkLabels(positions: readonly LabeledPosition[], resamples?: number): LabelCheck {
  const games = [...new Set(positions.map(({ game }) => game))].sort();
  const surprises = new Map<string, number>();
  for (const game of games) {
    const own = positions.filter((one) => one.game === game);
    surprises.set(game, own.reduce((sum, { surprise }) => sum + surprise, 0) / own.length);
  }
  const nextOf = new Map(games.map((game, index) => [game, games[(index + 1) % games.length]]));
  const mean = (value: (position: LabeledPosition) => number): Estimate =>
    meanOf(positions, value, resamples);
  const edge = mean(({ direction, surprise }) => direction * surprise);
  const shifted = mean(
    ({ direction, game }) => direction * (surprises.get(nextOf.get(game) ?? "") ?? 0),
  );
  return {
    positions: positions.length,
    edge,
    verdict: edgeVerdict(edge),
    shifted,
    shiftedVerdict: edgeVerdict(shifted),
  };
}

function meanOf(
  positions: readonly LabeledPosition[],
  value: (position: LabeledPosition) => number,
  resamples: number | undefined,
): Estimate {
  const sample = clusterSums(positions, ({ game }) => game, [value, () => 1]);
  const chance = seededChance(1);
  return clusterBootstrap(sample, ([sum = 0, n = 0]) => sum / n, {
    chance,
    ...(resamples !== undefined && { resamples }),
  });
}
