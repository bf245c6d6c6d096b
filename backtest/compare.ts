import type { VerdictCode } from "../core/strategies/verdicts.ts";

/** An entry as either run made it. Micros, hundredths, epoch milliseconds of run time. */
export interface ComparedEntry {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly marketTicker: string;
  readonly side: "bid" | "ask";
  readonly at: number;
  readonly price: number;
  readonly edge: number;
  readonly fairValue: number;
  readonly refusalCode: string | null;
  readonly filled: number;
  readonly averagePrice: number | null;
}

/** What a strategy said of a game from `at` on. */
export interface ComparedVerdict {
  readonly eventTicker: string;
  readonly strategy: string;
  readonly at: number;
  readonly code: string;
  readonly edge: number | null;
  readonly mid: number | null;
  readonly model: number | null;
}

/** One of the two runs. */
export interface ComparedRun {
  readonly entries: readonly ComparedEntry[];
  readonly verdicts: readonly ComparedVerdict[];
}

/**
 * Why an entry of one run is not in the other:
 * - `arrival`: made there too, at another time than the tolerance allows;
 * - `queue`: sent there too, and not filled: what came before it, or the latency, took its place;
 * - `risk`: proposed there too, and refused;
 * - `other-choice`: the strategy entered another market or side there;
 * - `path`: barred there by what it had done before, itself a difference;
 * - `paused`: entries were paused there;
 * - `feeds`: the forecast there was another, or too old: feeds are polled at other moments;
 * - `latency`: the price there was another;
 * - `threshold`: price and forecast alike, the edge on the other side of what is asked;
 * - `not-watched`: the game was not decided on there.
 */
type DifferenceClass =
  | "arrival"
  | "queue"
  | "risk"
  | "other-choice"
  | "path"
  | "paused"
  | "feeds"
  | "latency"
  | "threshold"
  | "not-watched";

/** An entry that only one run made, explained. */
export interface Difference {
  readonly madeBy: "night" | "backtest";
  readonly entry: ComparedEntry;
  readonly class: DifferenceClass;
  /** Code of the other run's verdict or refusal; null where there is none. */
  readonly code: string | null;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Two entries that are one. */
interface Agreement {
  readonly night: ComparedEntry;
  readonly backtest: ComparedEntry;
  /** Backtest less night: milliseconds of run time, and micros of the average price paid. */
  readonly laterMs: number;
  readonly priceGap: number;
}

/** What a comparison came to. */
export interface Comparison {
  readonly nightEntries: number;
  readonly backtestEntries: number;
  readonly agreed: readonly Agreement[];
  readonly differences: readonly Difference[];
  /** Agreed over all entries of either run; null without any. */
  readonly share: number | null;
  readonly verdict: "agrees" | "differs" | "not-enough-data";
}

/** With fewer entries than this a share says nothing. */
export const ENTRIES_MIN = 40;
/** The share that is promised. */
export const SHARE_MIN = 0.95;

/** Verdicts that follow from what a strategy did before. */
const PATH_CODES: readonly string[] = [
  "order_working",
  "no_reentry",
  "entries_used",
  "attempt_used",
  "position_open",
  "cooling_down",
  "disabled",
  "capital_spent",
  "hold",
  "locked",
] satisfies readonly VerdictCode[];
/** Verdicts that follow from how old or absent something was. */
const FEED_CODES: readonly string[] = [
  "quote_stale",
  "quote_old",
  "clock_stale",
  "no_forecast",
  "no_live_score",
] satisfies readonly VerdictCode[];
/** Verdicts that follow from when a price was seen. */
const PRICE_CODES: readonly string[] = [
  "market_moving",
  "one_sided",
  "crossed",
  "spread_wide",
  "window_cold",
  "range_narrow",
  "deviation_small",
] satisfies readonly VerdictCode[];

/** Forecasts further apart than this are not the same, probability. */
const MODEL_GAP = 0.005;
/** Prices further apart than this are not the same, micros: half a cent. */
const MID_GAP = 5_000;

/**
 * Compares the filled entries of a night with those of the backtest of its recording, one by one, and explains
 * each that only one of them has.
 *
 * @param toleranceMs how far apart in run time two entries may be that are taken for one.
 */
export function compareRuns(
  night: ComparedRun,
  backtest: ComparedRun,
  toleranceMs: number,
): Comparison {
  const made = {
    night: night.entries.filter(({ filled }) => filled > 0),
    backtest: backtest.entries.filter(({ filled }) => filled > 0),
  };
  const left = new Set(made.backtest);
  const agreed = made.night.flatMap((entry): Agreement[] => {
    const twin = nearest(entry, [...left], toleranceMs);
    if (twin === null) return [];
    left.delete(twin);
    const priceGap = (twin.averagePrice ?? 0) - (entry.averagePrice ?? 0);
    return [{ night: entry, backtest: twin, laterMs: twin.at - entry.at, priceGap }];
  });
  const found = new Set(agreed.map((one) => one.night));
  const differences = [
    ...made.night
      .filter((entry) => !found.has(entry))
      .map((entry) => explain("night", entry, night, backtest, toleranceMs)),
    ...[...left].map((entry) => explain("backtest", entry, backtest, night, toleranceMs)),
  ];
  const all = agreed.length + differences.length;
  const share = all === 0 ? null : agreed.length / all;
  return {
    nightEntries: made.night.length,
    backtestEntries: made.backtest.length,
    agreed,
    differences,
    share,
    verdict:
      share === null || made.night.length < ENTRIES_MIN
        ? "not-enough-data"
        : share >= SHARE_MIN
          ? "agrees"
          : "differs",
  };
}

function nearest(
  entry: ComparedEntry,
  others: readonly ComparedEntry[],
  toleranceMs: number,
): ComparedEntry | null {
  const [first] = others
    .filter((other) => isSameBet(other, entry) && Math.abs(other.at - entry.at) <= toleranceMs)
    .sort((a, b) => Math.abs(a.at - entry.at) - Math.abs(b.at - entry.at));
  return first ?? null;
}

function explain(
  madeBy: Difference["madeBy"],
  entry: ComparedEntry,
  own: ComparedRun,
  other: ComparedRun,
  toleranceMs: number,
): Difference {
  const difference = (
    kind: DifferenceClass,
    code: string | null,
    numbers: Difference["numbers"],
  ): Difference => ({ madeBy, entry, class: kind, code, numbers });
  const tried = other.entries.filter(
    (one) => one.eventTicker === entry.eventTicker && one.strategy === entry.strategy,
  );
  const same = nearest(entry, tried, Infinity);
  if (same !== null) {
    const numbers = { laterMs: same.at - entry.at, priceGap: same.price - entry.price };
    if (same.refusalCode !== null) return difference("risk", same.refusalCode, numbers);
    if (same.filled === 0) return difference("queue", null, { ...numbers, asked: same.price });
    return difference("arrival", null, numbers);
  }
  const [choice] = tried.filter(({ filled }) => filled > 0);
  if (choice) {
    const numbers = { laterMs: choice.at - entry.at, edge: choice.edge, edgeHere: entry.edge };
    return difference("other-choice", choice.marketTicker, numbers);
  }
  const there = standing(entry, other, toleranceMs);
  if (there === null) return difference("not-watched", null, {});
  return byVerdict(entry, standing(entry, own, toleranceMs), there, difference);
}

/** No order of the kind was proposed there: what its verdict says of the reason. */
function byVerdict(
  entry: ComparedEntry,
  here: ComparedVerdict | null,
  there: ComparedVerdict,
  difference: (kind: DifferenceClass, code: string, numbers: Difference["numbers"]) => Difference,
): Difference {
  const gap = (read: (of: ComparedVerdict) => number | null): number | null => {
    const [a, b] = [here === null ? null : read(here), read(there)];
    return a === null || b === null ? null : b - a;
  };
  const [midGap, modelGap] = [gap(({ mid }) => mid), gap(({ model }) => model)];
  const numbers = {
    edgeHere: entry.edge,
    ...(there.edge !== null && { edgeThere: there.edge }),
    ...(midGap !== null && { midGap }),
    ...(modelGap !== null && { modelGap }),
    verdictAgeMs: entry.at - there.at,
  };
  const { code } = there;
  if (PATH_CODES.includes(code)) return difference("path", code, numbers);
  if (code === "entries_paused") return difference("paused", code, numbers);
  if (FEED_CODES.includes(code)) return difference("feeds", code, numbers);
  if (modelGap !== null && Math.abs(modelGap) > MODEL_GAP) {
    return difference("feeds", code, numbers);
  }
  if (PRICE_CODES.includes(code)) return difference("latency", code, numbers);
  if (midGap !== null && Math.abs(midGap) > MID_GAP) return difference("latency", code, numbers);
  return difference("threshold", code, numbers);
}

/** What a run said of the entry's strategy and game when it was made: the last before it, or the first within the tolerance. */
function standing(
  entry: ComparedEntry,
  run: ComparedRun,
  toleranceMs: number,
): ComparedVerdict | null {
  let last: ComparedVerdict | null = null;
  for (const verdict of run.verdicts) {
    if (verdict.eventTicker !== entry.eventTicker || verdict.strategy !== entry.strategy) continue;
    if (verdict.at > entry.at && (last !== null || verdict.at > entry.at + toleranceMs)) break;
    last = verdict;
  }
  return last;
}

function isSameBet(a: ComparedEntry, b: ComparedEntry): boolean {
  return (
    a.eventTicker === b.eventTicker &&
    a.strategy === b.strategy &&
    a.marketTicker === b.marketTicker &&
    a.side === b.side
  );
}
