import { PERILS } from "../../core/scoring/survival.ts";
import type { JudgedFold } from "../../core/scoring/walk-forward.ts";
import type { Validation } from "../../core/scoring/validation/validate.ts";
import { count, money, NOTHING, score, share } from "../report/format.ts";
import type { ReportTable } from "../report/table.ts";
import {
  comparedCells,
  comparedHead,
  ESTIMATE_HEAD,
  estimateCells,
  figureTable,
  inUnit,
} from "./figures.ts";
import { scoreTables, spread } from "./score-tables.ts";

/** Everything that a validation tells, in the sequence in which it is read. */
export function validationTables(validation: Validation): readonly ReportTable[] {
  return [
    planTable(validation),
    comparisonTable(validation),
    forwardTable(validation),
    foldTable(validation),
    decayTable(validation),
    regimeTable(validation),
    survivalTable(validation),
    searchTable(validation),
    ...scoreTables(validation),
  ].filter(({ rows }) => rows.length > 0);
}

function planTable({ plan }: Validation): ReportTable {
  const known = (value: number | null): string =>
    value === null ? "cannot be told" : count(value);
  return {
    title: "Until the gate can speak",
    note:
      "Games until the 95 % interval of the mean result lies above 0 four times in five, if this edge and " +
      "this variance go on. Both are themselves estimates. Without an edge no sample will show one. Nights: those of " +
      "the missing games at the pace so far, and what days with a result lack of those that the verdict asks for to " +
      "see whether an edge lasts, or (32) of the configurations that were tried.",
    head: [
      ">positions",
      ">games",
      ">nights",
      "±edge",
      ">deviation of a game",
      ">games needed",
    ].concat([">games missing", ">nights at least", ">nights missing"]),
    rows: [
      [
        count(plan.n),
        count(plan.clusters),
        count(plan.days),
        inUnit(plan.edge, "usd"),
        inUnit(plan.deviation, "usd").replace("+", ""),
        known(plan.needed),
        known(plan.missing),
        count(plan.neededDays),
        known(plan.missingDays),
      ],
    ],
  };
}

function comparisonTable({ comparisons }: Validation): ReportTable {
  return {
    title: "Against other ways of playing",
    note:
      "Mean net of a position, or of a game, here less there. Games that both have are compared as pairs; an interval " +
      "that includes 0 shows no difference.",
    head: ["where", "of a", ...comparedHead("here", "there")],
    rows: comparisons.map((one) => [one.name, one.of, ...comparedCells(one)]),
  };
}

function forwardTable({ forward }: Validation): ReportTable {
  return figureTable(
    "Walk forward, out of sample",
    "Five folds: each choice is made on the days before, with one day left out, and judged on the days after.",
    forward.strategies.folds.length + forward.mix.folds.length === 0
      ? []
      : [
          {
            name: "strategies that had earned",
            definition:
              "Mean net of a position of the strategies kept, on days that did not choose them.",
            unit: "usd",
            estimate: forward.strategies.net,
          },
          {
            name: "mix of forecast and market",
            definition:
              "Brier score of the mix that was best before, less the market's: below 0 our forecast adds something.",
            unit: "score",
            estimate: forward.mix.difference,
          },
        ],
  );
}

function foldTable({ forward }: Validation): ReportTable {
  const row = <Choice>(
    what: string,
    { trainTo, from, to, n, choice, inSample, outOfSample }: JudgedFold<Choice>,
    shown: (choice: Choice) => string,
    unit: "usd" | "score",
  ): readonly string[] => [
    what,
    trainTo,
    `${from} to ${to}`,
    shown(choice),
    count(n),
    inUnit(inSample, unit),
    inUnit(outOfSample, unit),
  ];
  return {
    title: "Folds of the walk forward",
    note: "In sample is flattered by having been chosen there; out of sample is what the choice is worth.",
    head: ["what", "chosen up to", "judged on", "choice", ">n", "±in sample", "±out of sample"],
    rows: [
      ...forward.strategies.folds.map((fold) =>
        row("strategies", fold, (kept) => (kept.length === 0 ? "none" : kept.join(", ")), "usd"),
      ),
      ...forward.mix.folds.map((fold) =>
        row("weight of our forecast", fold, (weight) => weight.toFixed(1), "score"),
      ),
    ],
  };
}

function decayTable({ decay }: Validation): ReportTable {
  const { change, trend, verdict, changedOn, days } = decay;
  const p = (value: number | null): string => (value === null ? "too few days" : value.toFixed(4));
  return {
    title: "Edge over time",
    note:
      "Mean net of the day's positions: a break by the CUSUM test, a decline by least squares; the two share " +
      "their 5 %. Calls a break or a decline only downwards.",
    head: [
      ">days",
      "verdict",
      "most likely break",
      "±before",
      "±after",
      ">p",
      "±slope a day",
      ">p of it",
    ],
    rows:
      days.length === 0
        ? []
        : [
            [
              count(days.length),
              verdict ?? "not enough data",
              changedOn ?? NOTHING,
              inUnit(change.meanBefore, "usd"),
              inUnit(change.meanAfter, "usd"),
              p(change.p),
              inUnit(trend.slope, "usd"),
              p(trend.p),
            ],
          ],
  };
}

function regimeTable({ regimes }: Validation): ReportTable {
  const p = (value: number | null): string => (value === null ? NOTHING : value.toFixed(4));
  return {
    title: "Regimes",
    note:
      "Mean net of a position by what the market was like at its entry; thirds of this sample. p: such a mean " +
      "if the truth were 0; corrected for all regimes looked at (Holm), and as a share of false discoveries " +
      "(Benjamini and Hochberg). Below thirty games there is none.",
    head: ["kind", "regime", ...ESTIMATE_HEAD, ">p", ">corrected", ">discovery"],
    rows: regimes.map(({ kind, regime, net, p: raw, corrected, discovery }) => [
      kind,
      regime,
      ...estimateCells(net, "usd"),
      p(raw),
      p(corrected),
      p(discovery),
    ]),
  };
}

function survivalTable({ survival }: Validation): ReportTable {
  return {
    title: "Survival",
    note:
      "Futures of 91 days made of the days seen, 10,000 times, at a capital and under a stage's limits: the " +
      "probability of reaching each that halts entries at least once. Results scale with the capital, limits do " +
      "not. In brackets what playing more futures could change. Losing streaks beyond chance are not in it. Below thirty days with a trade nothing is said.",
    head: ["limits of", ">capital, USD", ">days seen", ">with a trade"].concat([
      ...[">daily loss", ">weekly loss", ">one trade", ">losses in a row", ">drawdown", ">ruin"],
      ">equity at the end, 5 % / 50 % / 95 %, USD",
    ]),
    rows: survival.map((one) => [
      one.stage,
      count(one.capital / 1_000_000),
      count(one.n),
      count(one.clusters),
      ...PERILS.map((peril) => {
        const hit = one[peril];
        return hit === null
          ? "too few days"
          : `${share(hit.probability)} (${spread(hit.interval)})`;
      }),
      one.endEquity === null
        ? NOTHING
        : [one.endEquity.p5, one.endEquity.p50, one.endEquity.p95]
            .map((micros) => money(String(micros / 1_000_000)).replace("+", ""))
            .join(" / "),
    ]),
  };
}

function searchTable({ search }: Validation): ReportTable {
  const told = (probability: number | null): string =>
    probability === null ? "cannot be told" : share(probability);
  return {
    title: "Search",
    note:
      "Of the configurations tried: probability that the best of one half of the days is no better than the " +
      "median in the other (CSCV), and the Sharpe ratio against the best of so many worthless tries. Days are those " +
      "on which any of them has a result; the first needs 32, the last 30.",
    head: [
      ">configurations",
      ">days with a result",
      ">splits",
      ">overfitting",
      ">loses elsewhere",
    ].concat([">Sharpe a day", ">threshold", ">above it, probability"]),
    rows:
      search === null
        ? []
        : [
            [
              count(search.overfitting.configurations),
              count(search.overfitting.days),
              count(search.overfitting.splits),
              told(search.overfitting.probability),
              told(search.overfitting.lossProbability),
              score(search.deflated.sharpe),
              score(search.deflated.threshold),
              told(search.deflated.probability),
            ],
          ],
  };
}
