import { required } from "../core/domain/assert.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { meanNet } from "../core/scoring/results.ts";
import { openNight, type NightJob, type NightOutcome, playJob } from "./job.ts";
import { loadNight } from "./loads.ts";
import { LookAheadError } from "./look-ahead.ts";
import { playNight } from "./night.ts";
import { playJobs, type PoolOptions } from "./pool.ts";
import { edgeVerdict, type EdgeVerdict, positionsOf } from "./summary.ts";
import type { Winners } from "./trial.ts";

/** One step into the future: a minute, as candles are recorded. */
const FORESIGHT_MS = 60_000;

/** What positions came to: what one strategy held in one game, at the prices that were met. */
export interface PositionsNet {
  readonly positions: number;
  /** Net result of a position, micros: prices, exits, fees and settlement as played; clustered by game. */
  readonly net: Estimate;
  readonly verdict: EdgeVerdict;
}

/** Nights as they were, and the same decisions where each game has the markets and the result of the next one. */
export interface LabelCheck {
  readonly own: PositionsNet;
  readonly shifted: PositionsNet;
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
  /** Of the backtest, and of a strategy that knows who wins. */
  readonly labels: { readonly played: LabelCheck; readonly oracle: LabelCheck };
  /**
   * Whether there are games enough for the check of the labels to say anything: the oracle shows its edge, and
   * every edge that shows has an interval without its labels.
   */
  readonly hasEnough: boolean;
  /** The guard caught it, the future changed results, and no edge outlived other games' labels. */
  readonly isSane: boolean;
}

/**
 * Proves on these nights that a backtest does not know the future: facts of the future are caught; decisions that
 * see one step ahead in disguise come to other results; and an edge that is there, at the least that of a strategy
 * which knows who wins, goes when the same decisions meet the markets and the results of other games.
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
  const ahead = jobs.map((job) => ({
    ...job,
    options: { ...job.options, foresight: { aheadMs: FORESIGHT_MS, isDisguised: true } },
  }));
  const moved = jobs.map((job, nr) => ({
    ...job,
    trial: { winners: null, following: followingOf(jobs, nr) },
  }));
  const [played, foreseen, shifted] = await playAll([jobs, ahead, moved], pool);
  const knowing = moved.map((job, nr) => ({
    ...job,
    trial: { ...job.trial, winners: winnersOf(required(played[nr], "the night as it was")) },
  }));
  const unmoved = knowing.map((job) => ({ ...job, trial: { ...job.trial, following: null } }));
  const [oracle, oracleShifted] = await playAll([unmoved, knowing, []], pool);
  const foresight = { aheadMs: FORESIGHT_MS, ...compareFills(played, foreseen) };
  const labels = {
    played: { own: netOf(played, resamples), shifted: netOf(shifted, resamples) },
    oracle: { own: netOf(oracle, resamples), shifted: netOf(oracleShifted, resamples) },
  };
  const answer = judgeLabels(labels);
  return {
    nights: jobs.length,
    games: played.reduce((sum, { result }) => sum + result.games.length, 0),
    guard,
    foresight,
    labels,
    hasEnough: answer !== "not-enough-data",
    isSane:
      guard.caught !== null &&
      guard.isSealedEqual &&
      foresight.changedGames > 0 &&
      answer === "destroyed",
  };
}

/**
 * Whether the edges that show are gone without their labels. What knows the result must show one, or its
 * absence elsewhere says nothing.
 */
export function judgeLabels(
  labels: SanityReport["labels"],
): "destroyed" | "survives" | "not-enough-data" {
  const shown = Object.values(labels).filter(({ own }) => own.verdict === "edge");
  if (shown.some(({ shifted }) => shifted.verdict === "edge")) return "survives";
  const isTold = shown.every(({ shifted }) => shifted.verdict !== "not-enough-data");
  return labels.oracle.own.verdict === "edge" && isTold ? "destroyed" : "not-enough-data";
}

/** The night after, and after the last the first. */
function followingOf(jobs: readonly NightJob[], nr: number): NightJob["source"] {
  return required(jobs[(nr + 1) % jobs.length], "the night that follows").source;
}

/** Plays lists of nights as one. */
async function playAll(
  lists: readonly [readonly NightJob[], readonly NightJob[], readonly NightJob[]],
  pool: PoolOptions,
): Promise<[readonly NightOutcome[], readonly NightOutcome[], readonly NightOutcome[]]> {
  const all = await playJobs(lists.flat(), pool);
  const [one, two] = [lists[0].length, lists[0].length + lists[1].length];
  return [all.slice(0, one), all.slice(one, two), all.slice(two)];
}

/** Who won, of the night's games that anybody won. */
function winnersOf({ result }: NightOutcome): Winners {
  return Object.fromEntries(
    result.games.flatMap(({ eventTicker, homeWon }) =>
      homeWon === null ? [] : [[eventTicker, homeWon ? "home" : "away"] as const],
    ),
  );
}

function netOf(outcomes: readonly NightOutcome[], resamples: number | undefined): PositionsNet {
  const positions = positionsOf(outcomes);
  const chance = seededChance(1);
  const net = meanNet(positions, { chance, ...(resamples !== undefined && { resamples }) });
  return { positions: positions.length, net, verdict: edgeVerdict(net) };
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
