import { CONTRACT_ACTIONS_MAX } from "../../core/domain/contract-cost.ts";
import { HISTORY_BOUND } from "../../temporal.config.ts";
import type { Check } from "../crash-night/verdict.ts";
import type { BookSums, Faults } from "./books.ts";
import { FAULT_KINDS, KILLED } from "./trouble.ts";

/** One simulated hour, as the table shows it. */
export interface SoakHour extends BookSums {
  readonly hour: number;
  /** False of the last row, which is read when all has ended: no hour lies between it and the one before. */
  readonly isWhole: boolean;
  readonly heapMb: number | null;
  readonly residentMb: number | null;
  /** Events of the longest history of a series so far. */
  readonly longestHistory: number;
  /** Events of the longest history of a contract so far, and most billable actions of one. */
  readonly longestContract: number;
  readonly dearestContract: number;
  /** Billable actions of this hour. */
  readonly actions: number;
  /** What was done to the run in it. */
  readonly troubles: readonly string[];
}

/** What is judged. */
export interface SoakEvidence {
  readonly hours: readonly SoakHour[];
  readonly faults: Faults;
  readonly hasKills: boolean;
  readonly hasFaults: boolean;
  readonly hasAllSeries: boolean;
}

/** Twelve actions of at most six events each, and as many again for tasks that a killed worker left. */
const CONTRACT_HISTORY_MAX = 150;
const ACTIONS_MAX = 2_500;
const OPEN_MIN = 200;
/** Hours in which memory may still grow, and the least number of hours after them. */
const WARM_UP_HOURS = 2;
const SLOPE_HOURS_MIN = 3;
const SLOPE_MAX_MB = 1;

/** Everything that must hold of a soak. */
export function judgeSoak(evidence: SoakEvidence): Check[] {
  const { hours, faults, hasKills, hasAllSeries } = evidence;
  const last = hours.at(-1);
  const most = (of: (hour: SoakHour) => number): number => Math.max(0, ...hours.map(of));
  const none = (name: string, value: number): Check => {
    return { name, value: String(value), wanted: "0", held: value === 0 };
  };
  const atMost = (name: string, value: number, max: number): Check => {
    return { name, value: value.toFixed(1), wanted: `at most ${max}`, held: value <= max };
  };
  const open = most(({ openMost }) => openMost);
  return [
    atLeast("contracts that closed", last?.closed ?? 0, 1),
    none("contracts without the end that the world gave them", faults.unlikeWorld),
    none("closed and not settled", faults.unsettled),
    none("settled not exactly once", faults.notOnce),
    none("settled and not scored", faults.unscored),
    none("scored in part", faults.scoredInPart),
    none("snapshots missing without a gap row", faults.untold),
    ...(hasAllSeries ? [atLeast("most contracts open at once", open, OPEN_MIN)] : []),
    atMost(
      "longest history of a series",
      most(({ longestHistory }) => longestHistory),
      HISTORY_BOUND,
    ),
    atMost(
      "longest history of a contract",
      most(({ longestContract }) => longestContract),
      CONTRACT_HISTORY_MAX,
    ),
    atMost(
      "most actions in an hour",
      most(({ actions }) => actions),
      ACTIONS_MAX,
    ),
    atMost(
      "most actions of a contract",
      most(({ dearestContract }) => dearestContract),
      CONTRACT_ACTIONS_MAX,
    ),
    ...troubleChecks(evidence),
    ...(hasKills ? [] : memoryChecks(hours)),
  ];
}

/** Every kind that was wished for was done to it: a run without trouble proves nothing about trouble. */
function troubleChecks({ hours, hasFaults, hasKills }: SoakEvidence): readonly Check[] {
  const wished = [...(hasFaults ? FAULT_KINDS : []), ...(hasKills ? [KILLED] : [])];
  if (wished.length === 0) return [];
  const done = new Set(hours.flatMap(({ troubles }) => troubles));
  const met = wished.filter((kind) => done.has(kind)).length;
  return [atLeast("kinds of trouble met", met, wished.length)];
}

/** Only of a run whose worker lived through it: a new one begins with an empty heap. */
function memoryChecks(hours: readonly SoakHour[]): readonly Check[] {
  const warm = hours.filter(({ hour, isWhole }) => hour > WARM_UP_HOURS && isWhole);
  if (warm.length < SLOPE_HOURS_MIN) return [];
  const check = (name: string, of: (hour: SoakHour) => number | null): Check => {
    const slope = slopePerHour(warm.map((row) => [row.hour, of(row)] as const));
    return {
      name,
      value: slope === null ? "not measured" : `${slope.toFixed(2)} MB an hour`,
      wanted: `under ${SLOPE_MAX_MB} MB an hour`,
      held: slope !== null && slope < SLOPE_MAX_MB,
    };
  };
  return [
    check("growth of the heap", ({ heapMb }) => heapMb),
    check("growth of resident memory", ({ residentMb }) => residentMb),
  ];
}

/** Least-squares slope of a figure over the hours. @returns null when one was not measured, or of fewer than two. */
export function slopePerHour(points: readonly (readonly [number, number | null])[]): number | null {
  const known = points.flatMap(([x, y]) => (y === null ? [] : [[x, y] as const]));
  if (known.length < points.length || known.length < 2) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(known.map(([at]) => at)), mean(known.map(([, value]) => value))];
  const along = known.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const spread = known.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return along / spread;
}

function atLeast(name: string, value: number, min: number): Check {
  return { name, value: String(value), wanted: `at least ${min}`, held: value >= min };
}
