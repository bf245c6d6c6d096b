/** What a source says it does not have: for all its games, and for some of them alone. */
interface LackingSource {
  readonly lacks: readonly string[];
  readonly games: readonly {
    readonly eventTicker: string;
    readonly lacks?: readonly string[] | undefined;
  }[];
}

/** What is lacking for one game of a source, such as `live-score`. */
export function lacksOfGame(source: LackingSource, eventTicker: string): readonly string[] {
  const game = source.games.find((one) => one.eventTicker === eventTicker);
  return [...source.lacks, ...(game?.lacks ?? [])];
}
