/** A table of the report, whatever page shows it. All cells are plain text. */
export interface ReportTable {
  readonly title: string;
  /** What the table says, and how its numbers are defined. */
  readonly note: string;
  /** Columns; a leading `>` marks numbers, a leading `±` gains and losses. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A column's name without its mark. */
export function columnName(head: string): string {
  return head.replace(/^[>±]/, "");
}

/** Whether a column holds numbers, which are set right. */
export function isNumberColumn(head: string): boolean {
  return /^[>±]/.test(head);
}
