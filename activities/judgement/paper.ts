import type { ReportTable } from "../report/table.ts";

/** A picture of a paper: lines or points over one axis. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  /** Epoch seconds for `date`; any number, ascending, for `number`. */
  readonly axis: "date" | "number";
  readonly x: readonly number[];
  readonly series: readonly {
    readonly label: string;
    /** A colour of the page: `market`, `forecast`, `entry`, `exit`, `soft`. */
    readonly color: string;
    readonly look: "line" | "points" | "dashed";
    readonly values: readonly (number | null)[];
  }[];
}

/** What scores, reviews and validations are written as: Markdown, a page, and JSON. All text is plain. */
export interface Paper {
  readonly title: string;
  readonly verdict: { readonly words: string; readonly shade: "passed" | "failed" | "stopped" };
  /** Sentences under the title. */
  readonly lead: readonly string[];
  readonly tiles: readonly { readonly name: string; readonly value: string }[];
  readonly tables: readonly ReportTable[];
  readonly charts: readonly Chart[];
  /** What `report.json` holds. */
  readonly json: object;
}
