import { assert } from "../domain/assert.ts";
import type { TradingDate } from "../domain/time.ts";

/** A stretch of days to choose on, and the one after it that judges the choice. */
export interface Fold {
  readonly train: readonly TradingDate[];
  readonly test: readonly TradingDate[];
}

/**
 * Cuts days into folds for a walk forward: each is judged on days after all it was chosen on.
 * Training begins at the first day and grows; days between, where asked for, belong to neither.
 *
 * Source: scikit-learn's `TimeSeriesSplit`, whose folds these are.
 *
 * @param dates in any sequence, repeated or not.
 * @param plan `folds` at least 1; `gap` days left out before each test, 0 unless stated.
 * @returns none when there are too few days for so many folds.
 * @throws InvariantError unless folds and gap are whole numbers in their range.
 */
export function walkForwardFolds(
  dates: readonly TradingDate[],
  { folds, gap = 0 }: { readonly folds: number; readonly gap?: number },
): readonly Fold[] {
  assert(Number.isInteger(folds) && folds >= 1, "at least one fold");
  assert(Number.isInteger(gap) && gap >= 0, "a gap of whole days");
  const days = [...new Set(dates)].sort();
  const size = Math.floor(days.length / (folds + 1));
  const first = days.length - folds * size;
  if (size < 1 || first - gap < 1) return [];
  return Array.from({ length: folds }, (_, fold) => {
    const start = first + fold * size;
    return { train: days.slice(0, start - gap), test: days.slice(start, start + size) };
  });
}

/** What was chosen in one fold, and how it did on the days that chose it and on those that judge it. */
export interface JudgedFold<Choice> {
  readonly trainTo: TradingDate;
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly choice: Choice;
  readonly n: number;
  /** Of the training days: flattered by having been chosen on them. */
  readonly inSample: number | null;
  /** Of the days after: what the choice is worth. */
  readonly outOfSample: number | null;
}

/** A walk forward over all folds. */
export interface WalkForward<Choice, Judged> {
  readonly folds: readonly JudgedFold<Choice>[];
  /** What the choices brought on all the days that judged them, together. */
  readonly judged: readonly Judged[];
}

/**
 * Walks forward: chooses on the past, applies the choice to the days after, and keeps what came.
 *
 * @param walk `choose` sees items of training days only; `apply` says what a choice makes of items,
 * and `score` what that is worth (null for nothing).
 */
export function walkForward<Item extends { readonly date: TradingDate }, Choice, Judged>(
  items: readonly Item[],
  folds: readonly Fold[],
  walk: {
    readonly choose: (train: readonly Item[]) => Choice;
    readonly apply: (choice: Choice, items: readonly Item[]) => readonly Judged[];
    readonly score: (judged: readonly Judged[]) => number | null;
  },
): WalkForward<Choice, Judged> {
  const judged: Judged[] = [];
  const done = folds.map(({ train, test }) => {
    const [past, after] = [itemsOf(items, train), itemsOf(items, test)];
    const choice = walk.choose(past);
    const came = walk.apply(choice, after);
    judged.push(...came);
    return {
      trainTo: train.at(-1) ?? "",
      from: test[0] ?? "",
      to: test.at(-1) ?? "",
      choice,
      n: came.length,
      inSample: walk.score(walk.apply(choice, past)),
      outOfSample: walk.score(came),
    };
  });
  return { folds: done, judged };
}

function itemsOf<Item extends { readonly date: TradingDate }>(
  items: readonly Item[],
  dates: readonly TradingDate[],
): readonly Item[] {
  const wanted = new Set(dates);
  return items.filter(({ date }) => wanted.has(date));
}
