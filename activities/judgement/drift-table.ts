import type { Drift } from "../../core/scoring/drift.ts";
import { count } from "../report/format.ts";
import type { ReportTable } from "../report/table.ts";
import { ESTIMATE_HEAD, estimateCells, inUnit } from "./figures.ts";

const WORDS: Readonly<Record<Drift["what"], string>> = {
  net: "net of a position",
  brier_excess: "Brier score less the market's",
  bias: "frequency less forecast",
};

/** How the last days differ from those before, of everything that is watched. */
export function driftTable(drift: readonly Drift[], since: string): ReportTable {
  return {
    title: "Drift",
    note:
      `From ${since} on against the days before, by strategy, series and horizon. The intervals are widened for ` +
      "having looked at all of them; one that leaves out 0 drifts.",
    head: ["what", "of", ">before", ">n", ">recent", ">n recent", "drifts"].concat([
      ...ESTIMATE_HEAD,
    ]),
    rows: drift.map((one) => {
      const unit = one.what === "net" ? "usd" : "score";
      return [
        WORDS[one.what],
        one.name,
        inUnit(one.before.mean, unit),
        count(one.before.n),
        inUnit(one.recent.mean, unit),
        count(one.recent.n),
        one.isDrifting === null ? "cannot be told" : one.isDrifting ? "YES" : "no",
        ...estimateCells(one.difference, unit),
      ];
    }),
  };
}
