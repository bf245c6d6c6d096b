import { basename } from "node:path";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { type MarketTape, otherOfTheDay, type RecordedGame, type Skipped } from "./game.ts";
import { type GamesOfDates, gamesOf, type ListedGame, readGames } from "./games-file.ts";
import { refuse } from "./refusal.ts";
import type { StatedGame } from "./states-file.ts";
import { checkNearGame, readTicks } from "./ticks-file.ts";

/** Prices and games of a night, before their scores. */
export interface Slate {
  readonly games: readonly RecordedGame[];
  readonly tapes: readonly MarketTape[];
  readonly skipped: readonly Skipped[];
  readonly description: string;
  readonly isDerivedBook: boolean;
}

/** The games of a capture of ticks, of one date. */
export async function tickSlate(ticks: string, gamesFile: string): Promise<Slate> {
  const tapes = await readTicks(ticks);
  const events = new Set(tapes.map(({ marketTicker }) => eventOf(marketTicker)));
  const dates = new Set(tapes.map(({ marketTicker }) => parseMarketTicker(marketTicker)?.key.date));
  const [date] = dates;
  if (date === undefined) throw refuse(ticks, null, "holds no row");
  if (dates.size > 1) throw refuse(ticks, null, `holds several dates: ${[...dates].join(", ")}`);
  const { games, skipped } = await readGames(gamesFile, gamesOf(date));
  const wanted = games.filter(({ eventTicker }) => events.has(eventTicker));
  const known = new Map(wanted.map(({ eventTicker, tipAt }) => [eventTicker, tipAt]));
  for (const tape of tapes) {
    const tipAt = known.get(eventOf(tape.marketTicker));
    if (tipAt !== undefined) checkNearGame(ticks, tape, tipAt);
  }
  const missing = [...events].filter((event) => !known.has(event));
  return {
    games: wanted,
    tapes: tapes.filter(({ marketTicker }) => known.has(eventOf(marketTicker))),
    skipped: [
      ...skipped.filter(({ what }) => events.has(what)),
      ...missing.map((what) => ({ what, reason: "no usable row in the games file" })),
    ],
    description: "Quotes of the ticker channel, without sizes; prints at the last price.",
    isDerivedBook: false,
  };
}

/** The games of one date that have candles. */
export function candleSlateOf(
  listed: GamesOfDates,
  allTapes: readonly MarketTape[],
  date: TradingDate,
): Slate {
  const games = listed.games.filter((game) => game.date === date);
  const tickers = new Set(games.map(({ marketTicker }) => marketTicker));
  const tapes = allTapes.filter(({ marketTicker }) => tickers.has(marketTicker));
  const priced = new Set(
    tapes.filter(({ facts }) => facts.length > 0).map(({ marketTicker }) => marketTicker),
  );
  const hasPrices = (game: ListedGame): boolean => priced.has(game.marketTicker);
  const unpriced = games.filter((game) => !hasPrices(game));
  return {
    games: games.filter(hasPrices),
    tapes: tapes.filter(({ marketTicker }) => priced.has(marketTicker)),
    skipped: [
      ...listed.skipped.filter((one) => one.date === date),
      ...unpriced.map(({ nbaGameId }) => ({ what: nbaGameId, reason: "no candle with a price" })),
    ],
    description:
      "One-minute trade candles of one market a game; bid and ask derived from the last price " +
      "of each minute, known at its end.",
    isDerivedBook: true,
  };
}

/** The games of play-by-play alone, of one date. */
export function stateSlate(stated: readonly StatedGame[], date: TradingDate | null): Slate {
  const wanted = stated.filter((game) => date === null || game.date === date);
  const first = wanted[0];
  const other = wanted.find((game) => game.date !== first?.date);
  if (first && other) {
    const reason = `is of ${other.date}, another file of ${first.date}: choose one date`;
    throw refuse(other.origin.file, null, reason);
  }
  for (const [index, game] of wanted.entries()) {
    const { other: before, team } = otherOfTheDay(game, wanted.slice(0, index)) ?? {};
    if (!before) continue;
    const reason = `${team} plays on ${game.date} in ${basename(before.origin.file)} too`;
    throw refuse(game.origin.file, null, reason);
  }
  return {
    games: wanted,
    tapes: [],
    skipped: stated
      .filter((game) => !wanted.includes(game))
      .map((game) => ({ what: game.eventTicker, reason: `is of ${game.date}` })),
    description: "Scores and clocks by play, without markets.",
    isDerivedBook: false,
  };
}

/** The event that a market is of. */
export function eventOf(marketTicker: string): string {
  return parseMarketTicker(marketTicker)?.event ?? "";
}
