import { type Cause, causeOf, causeOfDelay, LATE_TOLERANCES } from "./compare-causes.ts";
import { termsOf } from "./compare-terms.ts";
import type { ComparedOrder, ComparedRun } from "./compared.ts";

/** A proposal that only one run made, or both and not at the same time, price or count, explained. */
export interface Difference extends Cause {
  readonly madeBy: "night" | "backtest" | "both";
  /** Of both the earlier; the night's where only price or count differ. */
  readonly order: ComparedOrder;
}

/** Two proposals that are one. */
interface Agreement {
  readonly night: ComparedOrder;
  readonly backtest: ComparedOrder;
  /** Backtest less night: milliseconds of run time between the decisions, micros of the average price, hundredths filled. */
  readonly laterMs: number;
  readonly priceGap: number;
  readonly countGap: number;
}

/** How the filled entries of both runs compare, or the filled exits. */
interface Matching {
  readonly agreed: readonly Agreement[];
  /** Filled by one run alone, or by both at another time or at terms that are too far apart. */
  readonly differences: readonly Difference[];
  /** Of no weight in the share: what agrees at another price or count, and what one run alone proposed unfilled. */
  readonly asides: readonly Difference[];
}

/** What one run did: proposals by what became of them, and hundredths of contracts filled. */
export interface Counts {
  readonly proposed: number;
  readonly refused: number;
  readonly unfilled: number;
  readonly filled: number;
  readonly contracts: number;
}

/** One purpose of orders in both runs. */
export interface Side extends Matching {
  readonly night: Counts;
  readonly backtest: Counts;
  /** Agreed over all that either run filled; null without any. */
  readonly share: number | null;
}

/** What a comparison came to, of one night or of several together. */
export interface Comparison {
  readonly entries: Side;
  readonly exits: Side;
  /** Of the entries: exits follow from them. */
  readonly verdict: "agrees" | "differs" | "not-enough-data";
}

/** With fewer filled entries of the nights than this a share says nothing. */
export const ENTRIES_MIN = 40;
/** The share that is promised. */
export const SHARE_MIN = 0.95;

/**
 * Compares the entries and exits of a night with those of the backtest of the same facts, one by one, and explains
 * each that only one of them has, or that both have at another price or count.
 *
 * @param toleranceMs how far apart in run time two decisions may be that are taken for one.
 */
export function compareRuns(
  night: ComparedRun,
  backtest: ComparedRun,
  toleranceMs: number,
): Comparison {
  const of = (purpose: ComparedOrder["purpose"]): Side => {
    const own = (run: ComparedRun): readonly ComparedOrder[] =>
      run.orders.filter((order) => order.purpose === purpose);
    const matching = match(own(night), own(backtest), { night, backtest }, toleranceMs);
    return sideOf(matching, countsOf(own(night)), countsOf(own(backtest)));
  };
  return judged(of("entry"), of("exit"));
}

/** Several nights as one. */
export function pooled(nights: readonly Comparison[]): Comparison {
  const of = (read: (one: Comparison) => Side): Side => {
    const sides = nights.map(read);
    const matching = {
      agreed: sides.flatMap(({ agreed }) => agreed),
      differences: sides.flatMap(({ differences }) => differences),
      asides: sides.flatMap(({ asides }) => asides),
    };
    const sum = (counts: readonly Counts[]): Counts => counts.reduce(addCounts, NO_COUNTS);
    return sideOf(
      matching,
      sum(sides.map(({ night }) => night)),
      sum(sides.map(({ backtest }) => backtest)),
    );
  };
  return judged(
    of(({ entries }) => entries),
    of(({ exits }) => exits),
  );
}

function judged(entries: Side, exits: Side): Comparison {
  const { share } = entries;
  const isEnough = share !== null && entries.night.filled >= ENTRIES_MIN;
  const verdict = !isEnough ? "not-enough-data" : share >= SHARE_MIN ? "agrees" : "differs";
  return { entries, exits, verdict };
}

function sideOf(matching: Matching, night: Counts, backtest: Counts): Side {
  const all = matching.agreed.length + matching.differences.length;
  return { ...matching, night, backtest, share: all === 0 ? null : matching.agreed.length / all };
}

const NO_COUNTS: Counts = { proposed: 0, refused: 0, unfilled: 0, filled: 0, contracts: 0 };

function addCounts(a: Counts, b: Counts): Counts {
  return {
    proposed: a.proposed + b.proposed,
    refused: a.refused + b.refused,
    unfilled: a.unfilled + b.unfilled,
    filled: a.filled + b.filled,
    contracts: a.contracts + b.contracts,
  };
}

function countsOf(orders: readonly ComparedOrder[]): Counts {
  const refused = orders.filter(({ refusalCode }) => refusalCode !== null).length;
  const filled = orders.filter((order) => order.filled > 0).length;
  return {
    ...{ proposed: orders.length, refused, filled },
    unfilled: orders.length - refused - filled,
    contracts: orders.reduce((sum, order) => sum + order.filled, 0),
  };
}

/** Proposals of both runs that are not matched yet. */
interface Unmatched {
  readonly night: Set<ComparedOrder>;
  readonly backtest: Set<ComparedOrder>;
}

type Pair = readonly [ComparedOrder, ComparedOrder];

/** Pairs what both runs proposed, the nearest first, and explains what differs. */
function match(
  night: readonly ComparedOrder[],
  backtest: readonly ComparedOrder[],
  runs: { readonly night: ComparedRun; readonly backtest: ComparedRun },
  toleranceMs: number,
): Matching {
  const those = (isFilled: boolean): Unmatched => {
    const own = ({ filled }: ComparedOrder): boolean => filled > 0 === isFilled;
    return { night: new Set(night.filter(own)), backtest: new Set(backtest.filter(own)) };
  };
  const lone = (left: Unmatched): readonly Difference[] =>
    (["night", "backtest"] as const).flatMap((madeBy) =>
      [...left[madeBy]].map((order): Difference => {
        const other = madeBy === "night" ? runs.backtest : runs.night;
        return { madeBy, order, ...causeOf(order, other, toleranceMs) };
      }),
    );
  const filled = those(true);
  const pairs = takePairs(filled, toleranceMs);
  const late = takePairs(filled, LATE_TOLERANCES * toleranceMs).map(([one, other]): Difference => {
    const [order, run] = one.at < other.at ? [one, runs.backtest] : [other, runs.night];
    const laterMs = other.at - one.at;
    return { madeBy: "both", order, ...causeOfDelay(order, laterMs, run, toleranceMs) };
  });
  const unfilled = those(false);
  const unfilledPairs = takePairs(unfilled, toleranceMs);
  // What did not fill here and did there is why that is a difference: it is told there.
  takePairs({ night: unfilled.night, backtest: new Set(filled.backtest) }, toleranceMs);
  takePairs({ night: new Set(filled.night), backtest: unfilled.backtest }, toleranceMs);
  const isOne = ([one, other]: Pair): boolean => termsOf(one, other).isAlike;
  const agreed = pairs.filter(isOne);
  return {
    agreed: agreed.map(agreementOf).sort((a, b) => a.night.at - b.night.at),
    differences: byTime([
      ...pairs.filter((pair) => !isOne(pair)).flatMap(onTerms),
      ...late,
      ...lone(filled),
    ]),
    asides: byTime([...[...agreed, ...unfilledPairs].flatMap(onTerms), ...lone(unfilled)]),
  };
}

function byTime(differences: readonly Difference[]): readonly Difference[] {
  return [...differences].sort((a, b) => a.order.at - b.order.at);
}

function agreementOf([night, backtest]: Pair): Agreement {
  return {
    ...{ night, backtest, laterMs: backtest.at - night.at },
    priceGap: (backtest.averagePrice ?? 0) - (night.averagePrice ?? 0),
    countGap: backtest.filled - night.filled,
  };
}

/** In what the terms of a pair differ: nothing, or one difference. Here is the night. */
function onTerms([night, backtest]: Pair): readonly Difference[] {
  const { cause } = termsOf(night, backtest);
  return cause === null ? [] : [{ madeBy: "both", order: night, ...cause }];
}

/** Takes the same bets of both sides that are at most so far apart out of what is left, the nearest first. */
function takePairs(left: Unmatched, apartMs: number): readonly Pair[] {
  const apart = ([one, other]: Pair): number => Math.abs(other.at - one.at);
  const pairs = [...left.night].flatMap((one) =>
    [...left.backtest]
      .filter((other) => isSameBet(one, other) && apart([one, other]) <= apartMs)
      .map((other) => [one, other] as const),
  );
  return pairs
    .sort((a, b) => apart(a) - apart(b))
    .filter(([one, other]) => {
      const isFree = left.night.has(one) && left.backtest.has(other);
      if (isFree) {
        left.night.delete(one);
        left.backtest.delete(other);
      }
      return isFree;
    });
}

/** Exits are one whatever their reason is called: what counts is what was left, and when. */
function isSameBet(a: ComparedOrder, b: ComparedOrder): boolean {
  return (
    a.eventTicker === b.eventTicker &&
    a.strategy === b.strategy &&
    a.marketTicker === b.marketTicker &&
    a.side === b.side
  );
}
