import {
  type Comparison,
  type Counts,
  type Difference,
  ENTRIES_MIN,
  SHARE_MIN,
  type Side,
} from "../../backtest/compare.ts";
import { easternClock } from "../../core/domain/time.ts";
import { tallyOf } from "../../core/scoring/tally.ts";
import { table } from "../output.ts";

/** One night of a comparison. */
export interface ComparedNight extends Comparison {
  readonly name: string;
  readonly date: string;
  /** Run time per wall time that the night was played at. */
  readonly speed: number;
}

/** A comparison for a person: what agrees by night, counts, and each difference with its numbers. */
export function comparisonLines(
  nights: readonly ComparedNight[],
  total: Comparison,
): readonly string[] {
  const named = nights.map((one) => ({ label: `${one.name}, ${String(one.speed)}x`, of: one }));
  const rows = nights.length > 1 ? [...named, { label: "all", of: total }] : named;
  return [
    table(
      ["night", "entries", "backtest", "agree", "share", "exits", "backtest", "agree", "share"],
      rows.map(({ label, of }) => [label, ...shareCells(of.entries), ...shareCells(of.exits)]),
    ),
    table(
      ["all nights", "proposed", "refused", "unfilled", "filled", "contracts"],
      (["entries", "exits"] as const).flatMap((what) => [
        [`${what}, night`, ...countCells(total[what].night)],
        [`${what}, backtest`, ...countCells(total[what].backtest)],
      ]),
    ),
    ...gapLines("entries", total.entries),
    ...gapLines("exits", total.exits),
    ...differenceLines(nights),
    verdictLine(total),
  ];
}

function shareCells({ night, backtest, agreed, share }: Side): string[] {
  return [
    ...[night.filled, backtest.filled, agreed.length].map(String),
    share === null ? "-" : `${(100 * share).toFixed(1)} %`,
  ];
}

function countCells({ proposed, refused, unfilled, filled, contracts }: Counts): string[] {
  return [...[proposed, refused, unfilled, filled].map(String), (contracts / 100).toFixed(2)];
}

/** How far apart what agrees is. */
function gapLines(what: string, { agreed }: Side): readonly string[] {
  if (agreed.length === 0) return [];
  const span = (values: readonly number[], digits: number): string => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
  };
  const later = span(
    agreed.map(({ laterMs }) => laterMs / 1_000),
    1,
  );
  const dearer = span(
    agreed.map(({ priceGap }) => priceGap / 10_000),
    2,
  );
  const same = agreed.filter(({ priceGap, countGap }) => priceGap === 0 && countGap === 0).length;
  return [
    `${what} that agree: decided ${later} s later in the backtest, filled ${dearer} c dearer; ` +
      `${String(same)} of ${String(agreed.length)} at the same price and count`,
  ];
}

function differenceLines(nights: readonly ComparedNight[]): readonly string[] {
  const all = nights.flatMap(({ date, entries, exits }) => [
    ...[...entries.differences, ...exits.differences].map((one) => ({ date, one, counts: "yes" })),
    ...[...entries.asides, ...exits.asides].map((one) => ({ date, one, counts: "no" })),
  ]);
  if (all.length === 0) return [];
  const classes = Object.entries(tallyOf(all.map(({ one }) => one.class)));
  return [
    table(
      ["night", "counts", "made by", "at", "order", "market"].concat([
        "class",
        "the other says",
        "what was seen",
      ]),
      all.map(({ date, one, counts }) => [date, counts, ...differenceCells(one)]),
    ),
    `differences: ${classes.map(([name, n]) => `${name} ${String(n)}`).join(", ")}`,
  ];
}

function differenceCells({ madeBy, order, class: kind, code, numbers }: Difference): string[] {
  return [
    madeBy,
    easternClock(order.at),
    `${order.strategy} ${order.exitType ?? order.purpose}`,
    `${order.side} ${order.marketTicker}`,
    kind,
    code ?? "",
    Object.entries(numbers)
      .map(([name, value]) => `${name} ${shown(name, value)}`)
      .join(", "),
  ];
}

/** Prices and edges in cents, contracts whole, times in seconds, probabilities as they are. */
function shown(name: string, value: number): string {
  if (/Ms(Here|There)?$/.test(name)) return `${(value / 1_000).toFixed(1)}s`;
  if (/^(count|filled)/.test(name)) return (value / 100).toFixed(2);
  return /^model/.test(name) ? value.toFixed(4) : `${(value / 10_000).toFixed(2)}c`;
}

/** The promise is of what counts; what does not is told beside it. */
function verdictLine({ verdict, entries }: Comparison): string {
  const { agreed, differences, asides } = entries;
  const alone = asides.filter(({ madeBy }) => madeBy !== "both").length;
  const apart =
    `apart from that, of the entries: ${String(asides.length - alone)} that both made at another price or count, ` +
    `${String(alone)} that one made alone and that did not fill`;
  const told =
    verdict === "not-enough-data"
      ? `not enough data: fewer than ${String(ENTRIES_MIN)} filled entries in the nights`
      : `${verdict}: ${String(agreed.length)} of ${String(agreed.length + differences.length)} entries agree, ` +
        `at least ${String(100 * SHARE_MIN)} % are promised`;
  return `${told}; ${apart}`;
}
