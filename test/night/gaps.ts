/** One numbered row of a game, and the run time that it tells of, milliseconds. */
export interface NumberedRow {
  readonly gameId: string;
  readonly no: number;
  readonly from: number;
  readonly to: number;
}

/** What a game's rows must reach over: from the first that was seen of it to its end. */
export interface Reach {
  readonly gameId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * What is missing in a table, in words: rows between others, before the first or after the last. The numbers of
 * a game begin at 1 and leave none out; a lost tail has no number after it, so its time must reach the end.
 */
export function gapsOf(
  table: string,
  rows: readonly NumberedRow[],
  reaches: readonly Reach[],
): readonly string[] {
  return reaches.flatMap(({ gameId, from, to }) => {
    const own = rows.filter((row) => row.gameId === gameId).toSorted((a, b) => a.no - b.no);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return [`${table} of ${gameId}: none`];
    return [
      ...(first.no === 1 && first.from <= from ? [] : [`${table} of ${gameId}: at the beginning`]),
      ...(own.every(({ no }, index) => no === first.no + index)
        ? []
        : [`${table} of ${gameId}: in the middle`]),
      ...(last.to >= to ? [] : [`${table} of ${gameId}: at the end`]),
    ];
  });
}
