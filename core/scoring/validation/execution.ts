import { type AdverseSelection, adverseSelection, closingLineValue } from "../after-fill.ts";
import { type FillModelCheck, fillModelCheck } from "../fill-model.ts";
import { type FillQuality, fillQuality, slippage } from "../fill-quality.ts";
import { groupBy } from "../group.ts";
import { type CandidateOutcome, missedSummary, type MissedSummary } from "../hindsight.ts";
import { clusterBootstrap, clusterSums, type Resampling } from "../inference/bootstrap.ts";
import type { Estimate, Figure } from "../inference/estimate.ts";
import type { JudgedOrder, ValidationSample } from "./sample.ts";

/** How orders were executed, and what was not traded. */
export interface ExecutionFigures {
  readonly figures: readonly Figure[];
  readonly quality: FillQuality;
  readonly fillModel: FillModelCheck;
  /** By strategy: what was seen and not traded. */
  readonly missed: Readonly<Record<string, MissedFigures>>;
}

/** A summary, with the mean at settlement as an estimate over games: micros a contract. */
interface MissedFigures extends MissedSummary {
  readonly netAtSettlement: Estimate;
}

/** Figures of orders and fills; clusters are games. */
export function executionFigures(
  { orders, fills, entries, missed }: ValidationSample,
  resampling: () => Resampling,
): ExecutionFigures {
  const fillModel = fillModelCheck(orders, resampling());
  const atTip = fills.flatMap((fill) => {
    return fill.tipPrice === null ? [] : [{ ...fill, closingPrice: fill.tipPrice }];
  });
  return {
    figures: [
      {
        name: "fill rate",
        definition: "Mean share of an order that filled, replaced ones included.",
        unit: "share",
        estimate: meanOf(orders, filledShare, resampling()),
      },
      {
        name: "fills against the plan",
        definition: "Orders that filled less the probability their plans stated, an order.",
        unit: "share",
        estimate: fillModel.difference,
      },
      cents(
        "slippage",
        "Cents a contract by which fills were worse than planned; below 0 better.",
        slippage(orders, resampling()),
      ),
      ...adverseSelection(fills, resampling()).map(({ seconds, against, unknown }) =>
        cents(
          `adverse selection, ${seconds} s`,
          `Cents a contract by which the middle moved against us after an entry filled.${leftOut(unknown)}`,
          against,
        ),
      ),
      cents(
        "closing-line value",
        "Cents a contract by which our price was better than the last before resolution.",
        closingLineValue(fills, resampling()),
      ),
      cents(
        "closing-line value, at tip",
        "The same against the market's price at tip, of entries before it.",
        closingLineValue(atTip, resampling()),
      ),
      {
        name: "false positives",
        definition: "Share of entries on the wrong side of the price that lost after fees.",
        unit: "share",
        estimate: meanOf(entries, ({ isFalsePositive }) => Number(isFalsePositive), resampling()),
      },
    ],
    quality: fillQuality(orders),
    fillModel,
    missed: Object.fromEntries(
      [...groupBy(missed, ({ candidate }) => candidate.strategy)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([strategy, own]) => [strategy, missedFigures(own, resampling())]),
    ),
  };
}

/** Why fills have no middle after them; nothing where all have one. */
function leftOut(unknown: AdverseSelection["unknown"]): string {
  const told = [
    [unknown.minute_resolution, "the book is made of minute candles"],
    [unknown.not_seen, "no middle was seen by then"],
  ] as const;
  return told
    .filter(([fills]) => fills > 0)
    .map(([fills, why]) => ` Not known of ${fills} fills: ${why}.`)
    .join("");
}

function missedFigures(own: readonly CandidateOutcome[], resampling: Resampling): MissedFigures {
  const settled = own.flatMap(({ candidate, netAtSettlement: net }) =>
    net === null ? [] : [{ cluster: candidate.gameId, net }],
  );
  return {
    ...missedSummary(own),
    netAtSettlement: meanOf(settled, ({ net }) => net, resampling),
  };
}

function filledShare({ fills, count }: JudgedOrder): number {
  return fills.reduce((sum, fill) => sum + fill.count, 0) / count;
}

function meanOf<Item extends { readonly cluster: string }>(
  items: readonly Item[],
  value: (item: Item) => number,
  resampling: Resampling,
): Estimate {
  const sample = clusterSums(items, ({ cluster }) => cluster, [value, () => 1]);
  return clusterBootstrap(sample, ([sum = 0, n = 0]) => sum / n, resampling);
}

function cents(name: string, definition: string, estimate: Estimate): Figure {
  return { name, definition, unit: "cents", estimate };
}
