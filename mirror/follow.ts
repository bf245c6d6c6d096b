import type { SourceManifest } from "../sim/facts.ts";
import type { Logger } from "../runtime/log.ts";
import type { Lines } from "./access.ts";
import { followGames } from "./games.ts";
import { followMarkets } from "./markets.ts";
import type { Memory } from "./memory.ts";
import type { MirrorPart, Tell } from "./port.ts";
import { followIndex, followSpot } from "./spot.ts";

/** Follows all that a night is made of, from where an earlier process left it. */
export function followAll(options: {
  readonly manifest: SourceManifest;
  readonly lines: Lines;
  readonly memory: Memory;
  readonly tell: Tell;
  readonly log: Logger;
}): readonly MirrorPart[] {
  const { manifest, lines, memory, tell, log } = options;
  const shared = { tell, clock: lines.clock, log };
  const series = manifest.bitcoin?.series ?? [];
  const { rest: restUrl, stream: wsUrl } = lines.addresses.coinbase;
  return [
    followMarkets({
      ...shared,
      stream: lines.stream,
      marketData: lines.marketData,
      series,
      gameTickers: manifest.games.flatMap(({ marketTickers }) => marketTickers),
      unfinished: memory.unfinished,
      awaySince: memory.lastAt,
      books: memory.books,
      isOut: memory.isOut,
      paused: memory.paused,
      listedAheadMs: lines.listedAheadMs,
    }),
    ...(manifest.games.length > 0
      ? [
          followGames({
            ...shared,
            games: manifest.games,
            told: memory.games,
            awaySince: memory.lastAt,
            espn: lines.espn,
            nba: lines.nba,
          }),
        ]
      : []),
    ...(series.length > 0
      ? [followSpot({ ...shared, restUrl, wsUrl }), followIndex(lines.stream, tell)]
      : []),
  ];
}
