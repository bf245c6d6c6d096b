import { assert, required } from "../core/domain/assert.ts";
import { deflatedSharpe, type DeflatedSharpe } from "../core/scoring/deflated-sharpe.ts";
import type { Resampling } from "../core/scoring/inference/bootstrap.ts";
import { seededChance } from "../core/scoring/inference/chance.ts";
import type { Estimate } from "../core/scoring/inference/estimate.ts";
import { mean, standardDeviation } from "../core/scoring/inference/moments.ts";
import { type Overfitting, overfitting } from "../core/scoring/overfitting.ts";
import { meanNet } from "../core/scoring/results.ts";
import type { NightOutcome } from "./job.ts";
import { edgeVerdict, type EdgeVerdict } from "./summary.ts";

/** One choice of the parameters, and the nights played with it, oldest first. */
export interface Trial {
  /** Such as `strategies.modelEdge.minEdgeCents=1`. */
  readonly name: string;
  readonly outcomes: readonly NightOutcome[];
}

/** A trial by part of the nights. */
interface TrialFigures {
  readonly name: string;
  readonly inSample: NightFigures;
  readonly outOfSample: NightFigures;
}

/** Nights as returns: net result over the night's starting cash. */
interface NightFigures {
  readonly nights: number;
  /** Nights on which it entered anything: these alone are evidence. */
  readonly traded: number;
  readonly entries: number;
  /** Micros. */
  readonly net: number;
  /**
   * Of a night on which any trial entered: mean over standard deviation, not annualised; null where nights do not
   * vary.
   */
  readonly sharpe: number | null;
}

/** What a search over parameters is worth. */
export interface SweepReport {
  /** Configurations tried: all of them, whatever they came to. */
  readonly trials: number;
  readonly nights: { readonly inSample: number; readonly outOfSample: number };
  readonly figures: readonly TrialFigures[];
  /** The best in sample by its Sharpe ratio; null when no trial traded. */
  readonly best: {
    readonly name: string;
    /** In sample, against the best that so many worthless trials would show. */
    readonly deflated: DeflatedSharpe;
    /** Mean net result of a night out of sample on which it entered, micros, and what it says. */
    readonly outOfSample: Estimate;
    readonly verdict: EdgeVerdict;
    /** Whether it is no accident of the search, and held out of sample. */
    readonly isCredible: boolean;
  } | null;
  /** Whether choosing the best in one half of the nights on which any trial entered chooses well for the other. */
  readonly overfitting: Overfitting;
}

/** Above this probability a deflated Sharpe ratio is no accident of search. */
const CREDIBLE = 0.95;
/** Blocks of nights that are recombined: 252 splits. */
const BLOCKS = 10;

/**
 * How many of the nights, the first ones, the best is chosen on.
 *
 * @param split share of the nights, above 0, below 1.
 * @returns null when the share leaves none to choose on, or none to judge on.
 */
export function nightsInSample(nights: number, split: number): number | null {
  const inSample = Math.round(nights * split);
  return inSample > 0 && inSample < nights ? inSample : null;
}

/**
 * Judges trials: the best is chosen on the first nights, and judged on the rest, which it has not seen.
 *
 * @param split share of the nights that are in sample, above 0, below 1.
 * @param startingCash of each night, micros.
 * @throws InvariantError when trials differ in their nights, or a part would be empty.
 */
export function judgeSweep(
  trials: readonly Trial[],
  split: number,
  startingCash: number,
): SweepReport {
  const nights = required(trials[0], "a trial").outcomes.length;
  assert(
    trials.every(({ outcomes }) => outcomes.length === nights),
    "all trials play the same nights",
  );
  const inSample = required(nightsInSample(nights, split), "nights in sample and out of it");
  const known = trials.map(({ name, outcomes }) => ({
    name,
    inSample: outcomes.slice(0, inSample),
    outOfSample: outcomes.slice(inSample),
  }));
  const first = returnsOf(
    known.map((one) => one.inSample),
    startingCash,
  );
  const rest = returnsOf(
    known.map((one) => one.outOfSample),
    startingCash,
  );
  const figures = known.map((one, nr) => ({
    name: one.name,
    inSample: figuresOf(one.inSample, first[nr] ?? []),
    outOfSample: figuresOf(one.outOfSample, rest[nr] ?? []),
  }));
  const all = returnsOf(
    trials.map(({ outcomes }) => outcomes),
    startingCash,
  );
  return {
    trials: trials.length,
    nights: { inSample, outOfSample: nights - inSample },
    figures,
    best: bestOf(trials, figures, first, inSample),
    overfitting: overfitting(all, BLOCKS),
  };
}

/** @param returns in sample, of each trial. */
function bestOf(
  trials: readonly Trial[],
  figures: readonly TrialFigures[],
  returns: readonly (readonly number[])[],
  inSample: number,
): SweepReport["best"] {
  const sharpes = figures.map((one) => one.inSample.sharpe);
  const known = sharpes.flatMap((sharpe) => sharpe ?? []);
  if (known.length === 0) return null;
  const chosen = sharpes.indexOf(Math.max(...known));
  const best = required(trials[chosen], "the best trial");
  // A trial that never traded tried something all the same: its ratio is nothing.
  const tried = sharpes.map((sharpe) => sharpe ?? 0);
  const deflated = deflatedSharpe(required(returns[chosen], "its returns"), tried);
  const rest = best.outcomes
    .slice(inSample)
    .filter(hasEntered)
    .map(({ manifest, result }) => ({
      ...{ cluster: manifest.name, gross: result.pnl.gross, fees: result.pnl.fees },
    }));
  const resampling: Resampling = { chance: seededChance(1) };
  const outOfSample = meanNet(rest, resampling);
  const verdict = edgeVerdict(outOfSample);
  const isCredible = (deflated.probability ?? 0) > CREDIBLE && verdict === "edge";
  return { name: best.name, deflated, outOfSample, verdict, isCredible };
}

function figuresOf(outcomes: readonly NightOutcome[], returns: readonly number[]): NightFigures {
  const [centre, deviation] = [mean(returns), standardDeviation(returns)];
  const isVaried = centre !== null && deviation !== null && deviation > 0;
  return {
    nights: outcomes.length,
    traded: outcomes.filter(hasEntered).length,
    entries: outcomes.reduce((sum, outcome) => sum + entriesOf(outcome), 0),
    net: outcomes.reduce((sum, { result }) => sum + result.pnl.net, 0),
    sharpe: isVaried ? centre / deviation : null,
  };
}

/**
 * Returns of each trial on the nights on which any of them entered, as `triedOn` has days: on the others nothing was
 * tried.
 *
 * @param trials outcomes of the same nights.
 */
function returnsOf(
  trials: readonly (readonly NightOutcome[])[],
  startingCash: number,
): readonly (readonly number[])[] {
  const isTried = (_: unknown, nr: number): boolean =>
    trials.some((outcomes) => hasEntered(required(outcomes[nr], "the night of each trial")));
  return trials.map((outcomes) =>
    outcomes.filter(isTried).map(({ result }) => result.pnl.net / startingCash),
  );
}

function hasEntered(outcome: NightOutcome): boolean {
  return entriesOf(outcome) > 0;
}

function entriesOf({ result }: NightOutcome): number {
  const strategies = result.games.flatMap((game) => game.strategies);
  return strategies.reduce((sum, { entries }) => sum + entries, 0);
}

/** A parameter of the settings by its path, and the values that are tried. */
export interface Parameter {
  readonly path: string;
  readonly values: readonly number[];
}

/**
 * Of configurations those that differ: what comes to the same settings, by a value that was named twice or one that
 * is rounded to another, is one trial. More of it would pass for a wider search, and the deflated ratio for stricter.
 */
export function distinct<One extends { readonly hash: string }>(
  all: readonly One[],
): readonly One[] {
  return all.filter(({ hash }, nr) => all.findIndex((one) => one.hash === hash) === nr);
}

/** Every combination of the values of one or two parameters, in their sequence. */
export function combinations(
  parameters: readonly Parameter[],
): readonly (readonly { readonly path: string; readonly value: number }[])[] {
  return parameters.reduce<readonly (readonly { path: string; value: number }[])[]>(
    (all, { path, values }) =>
      all.flatMap((chosen) => values.map((value) => [...chosen, { path, value }])),
    [[]],
  );
}
