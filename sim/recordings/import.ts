import { join } from "node:path";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Fact, PastGame, SourceManifest } from "../facts.ts";
import { assembleNight, type GameParts, type NightParts } from "./assemble.ts";
import { readCandles } from "./candles-file.ts";
import type { RecordingManifest } from "./format.ts";
import type { GameStory, MarketTape, PeriodPoints, RecordedGame, Skipped } from "./game.ts";
import { type GamesOfDates, gamesOf, type ListedGame, readGames } from "./games-file.ts";
import { originsOf } from "./hash.ts";
import { readInjuries } from "./injuries-file.ts";
import { readQuarters } from "./quarters-file.ts";
import { storyFromFinal, storyFromQuarters } from "./reconstruct.ts";
import { refuse } from "./refusal.ts";
import { readPastGames } from "./results-file.ts";
import { readStates, type StatedGame } from "./states-file.ts";
import { readTicks } from "./ticks-file.ts";
import { writeRecording } from "./writer.ts";

/** What no recording has. */
const OF_RECORDINGS = ["espn", "partner", "sizes"] as const;
/** What some games of a night may lack and others have. */
const OF_GAMES = ["injuries", "second-market", "live-score"] as const;
type GameLack = (typeof OF_GAMES)[number];

/** Files that any format may add: scores by play, and past results for ratings. */
interface CommonOptions {
  readonly states: readonly string[];
  readonly results: readonly string[];
  /** Official injury reports, where there are any. */
  readonly injuries?: string | undefined;
  readonly out: string;
}

/** What to import, from which files. */
export type ImportOptions = CommonOptions &
  (
    | {
        readonly format: "kalshi-ticks";
        readonly ticks: string;
        readonly games: string;
        readonly quarters: string | null;
      }
    | {
        readonly format: "kalshi-candles";
        readonly candles: string;
        readonly games: string;
        readonly quarters: string | null;
        readonly date: TradingDate;
      }
    /** Scores alone: no market, so nothing to trade. `date` chooses among games of several dates. */
    | { readonly format: "nba-live-state"; readonly date: TradingDate | null }
  );

/** A range of nights of candles; both ends included, null for open. */
export interface NightsOptions {
  readonly candles: string;
  readonly games: string;
  readonly quarters: string | null;
  readonly results: readonly string[];
  readonly from: TradingDate | null;
  readonly to: TradingDate | null;
  readonly estimatesTips: boolean;
  /** Holds a folder for each night. */
  readonly out: string;
}

/** What was written. */
export interface ImportSummary {
  readonly dir: string;
  readonly manifest: RecordingManifest;
  readonly facts: number;
  readonly pastGames: number;
  readonly skipped: readonly Skipped[];
}

/** Prices and games of a night, before their scores. */
interface Slate {
  readonly games: readonly RecordedGame[];
  readonly tapes: readonly MarketTape[];
  readonly skipped: readonly Skipped[];
  readonly description: string;
  readonly isDerivedBook: boolean;
}

/**
 * Turns recorded data into a recording folder. Scores come from play-by-play where a file has it,
 * else from the quarter scores, else from the final score alone; ratings from results before the
 * date, those of the games file among them.
 *
 * @throws TradingError RECORDING_INVALID naming file, line and reason.
 */
export async function importRecording(options: ImportOptions): Promise<ImportSummary> {
  const stated = await readAllStates(options.states);
  const slate = await readSlate(options, stated);
  const first = slate.games[0];
  if (!first) throw refuse(mainFile(options), null, nothingToRecord(slate.skipped));
  const quarters =
    options.format !== "nba-live-state" && options.quarters !== null
      ? await readQuarters(options.quarters, slate.games)
      : new Map<string, PeriodPoints>();
  const gamesFile = options.format === "nba-live-state" ? null : options.games;
  const pastGames = await readPastGames(options.results, gamesFile, first.date, slate.games);
  const reports =
    options.injuries === undefined
      ? new Map<string, readonly Fact[]>()
      : await readInjuries(options.injuries, slate.games);
  return writeNight({
    slate,
    stated,
    quarters,
    reports,
    pastGames,
    origins: await originsOf(filesOf(options)),
    dir: options.out,
  });
}

/**
 * Turns every night of a range of candles into a folder of its own, named by its date. Files are read
 * once, and ratings of each night are made from what was played before it.
 *
 * @throws TradingError RECORDING_INVALID naming file, line and reason.
 */
export async function importNights(
  options: NightsOptions,
  onNight: (summary: ImportSummary) => void = () => undefined,
): Promise<readonly ImportSummary[]> {
  const { candles, games: gamesFile, from, to, estimatesTips } = options;
  const isWanted = (date: TradingDate): boolean =>
    (from === null || date >= from) && (to === null || date <= to);
  const listed = await readGames(gamesFile, { isWanted, estimatesTips });
  const tapes = await readCandles(candles, listed);
  const quarters =
    options.quarters === null
      ? new Map<string, PeriodPoints>()
      : await readQuarters(options.quarters, listed.games);
  const all = await readPastGames(options.results, gamesFile, AFTER_ALL_DATES);
  const origins = await originsOf(
    [candles, gamesFile, options.quarters, ...options.results].filter((file) => file !== null),
  );
  const dates = [...new Set(listed.games.map(({ date }) => date))].sort();
  if (dates.length === 0) throw refuse(gamesFile, null, nothingToRecord(listed.skipped));
  const nights: ImportSummary[] = [];
  for (const date of dates) {
    const slate = candleSlateOf(listed, tapes, date);
    if (slate.games.length === 0) continue;
    const pastGames = all.filter((game) => game.date < date);
    const dir = join(options.out, date);
    const parts = {
      slate,
      stated: NOT_STATED,
      quarters,
      reports: NO_REPORTS,
      pastGames,
      origins,
      dir,
    };
    const night = await writeNight(parts);
    onNight(night);
    nights.push(night);
  }
  return nights;
}

const NOT_STATED: ReadonlyMap<string, StatedGame> = new Map();
const NO_REPORTS: ReadonlyMap<string, readonly Fact[]> = new Map();
/** Every date of a file is before it. */
const AFTER_ALL_DATES = "9999-12-31";

/** All that a night is written from. */
interface NightContent {
  readonly slate: Slate;
  readonly stated: ReadonlyMap<string, StatedGame>;
  readonly quarters: ReadonlyMap<string, PeriodPoints>;
  readonly reports: ReadonlyMap<string, readonly Fact[]>;
  readonly pastGames: readonly PastGame[];
  readonly origins: SourceManifest["origins"];
  readonly dir: string;
}

async function writeNight(content: NightContent): Promise<ImportSummary> {
  const { slate, stated, quarters, reports, pastGames, origins, dir } = content;
  const told = slate.games.map((game) => {
    const tapes = slate.tapes.filter(
      ({ marketTicker }) => eventOf(marketTicker) === game.eventTicker,
    );
    const story = storyOf(game, tapes, stated, quarters);
    const lines = reports.get(game.eventTicker) ?? [];
    return { game, tapes, story, injuries: lines, lacks: lacksOf(story, tapes, lines) };
  });
  // What every game lacks, the night does.
  const shared = OF_GAMES.filter((what) => told.every(({ lacks }) => lacks.includes(what)));
  const games = told.map(
    (parts): GameParts => ({
      ...parts,
      lacks: parts.lacks.filter((what) => !shared.includes(what)),
    }),
  );
  const night: NightParts = {
    games,
    pastGames,
    lacks: [
      ...shared.filter((what) => what === "injuries"),
      ...OF_RECORDINGS,
      ...shared.filter((what) => what !== "injuries"),
      ...(pastGames.length > 0 ? [] : ["past-results"]),
    ],
    isDerivedBook: slate.isDerivedBook,
    description: slate.description,
    origins,
    dir,
  };
  const assembled = assembleNight(night);
  const manifest = await writeRecording(dir, assembled);
  return {
    dir,
    manifest,
    facts: assembled.facts.length,
    pastGames: pastGames.length,
    skipped: slate.skipped,
  };
}

async function readAllStates(files: readonly string[]): Promise<ReadonlyMap<string, StatedGame>> {
  const games = new Map<string, StatedGame>();
  for (const file of files) {
    const game = await readStates(file);
    if (games.has(game.eventTicker)) throw refuse(file, null, "tells a game that was told before");
    games.set(game.eventTicker, game);
  }
  return games;
}

function readSlate(
  options: ImportOptions,
  stated: ReadonlyMap<string, StatedGame>,
): Promise<Slate> | Slate {
  if (options.format === "kalshi-ticks") return tickSlate(options.ticks, options.games);
  if (options.format === "kalshi-candles") {
    return candleSlate(options.candles, options.games, options.date);
  }
  return stateSlate([...stated.values()], options.date);
}

async function tickSlate(ticks: string, gamesFile: string): Promise<Slate> {
  const tapes = await readTicks(ticks);
  const events = new Set(tapes.map(({ marketTicker }) => eventOf(marketTicker)));
  const dates = new Set(tapes.map(({ marketTicker }) => parseMarketTicker(marketTicker)?.key.date));
  const [date] = dates;
  if (date === undefined) throw refuse(ticks, null, "holds no row");
  if (dates.size > 1) throw refuse(ticks, null, `holds several dates: ${[...dates].join(", ")}`);
  const { games, skipped } = await readGames(gamesFile, gamesOf(date));
  const wanted = games.filter(({ eventTicker }) => events.has(eventTicker));
  const known = new Set(wanted.map(({ eventTicker }) => eventTicker));
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

async function candleSlate(candles: string, gamesFile: string, date: TradingDate): Promise<Slate> {
  const listed = await readGames(gamesFile, gamesOf(date));
  return candleSlateOf(listed, await readCandles(candles, listed), date);
}

function candleSlateOf(
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

function stateSlate(stated: readonly StatedGame[], date: TradingDate | null): Slate {
  const wanted = stated.filter((game) => date === null || game.date === date);
  const first = wanted[0];
  const other = wanted.find((game) => game.date !== first?.date);
  if (first && other) {
    const reason = `is of ${other.date}, another file of ${first.date}: choose one date`;
    throw refuse(other.origin.file, null, reason);
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

function storyOf(
  game: RecordedGame,
  tapes: readonly MarketTape[],
  stated: ReadonlyMap<string, StatedGame>,
  quarters: ReadonlyMap<string, PeriodPoints>,
): GameStory {
  const told = stated.get(game.eventTicker);
  if (told) {
    const { home, away } = told.finalScore;
    if (home === game.finalScore.home && away === game.finalScore.away) return told.story;
    const reason = `ends ${home} to ${away}, the games file ${game.finalScore.home} to ${game.finalScore.away}`;
    throw refuse(told.origin.file, null, reason);
  }
  const ends = tapes.flatMap(({ facts }) => facts.at(-1)?.receivedAt ?? []);
  const lastPricedAt: Instant | null = ends.reduce<Instant | null>(
    (latest, end) => (latest === null || end > latest ? end : latest),
    null,
  );
  const periods = quarters.get(game.nbaGameId);
  return periods
    ? storyFromQuarters(game, periods, lastPricedAt)
    : storyFromFinal(game, lastPricedAt);
}

function lacksOf(
  story: GameStory,
  tapes: readonly MarketTape[],
  injuries: readonly Fact[],
): readonly GameLack[] {
  const isTold = story.facts.every(
    (fact) => fact.kind !== "game-state" || fact.state !== "in" || !fact.isReconstructed,
  );
  return [
    ...(injuries.length === 0 ? (["injuries"] as const) : []),
    ...(tapes.length < 2 ? (["second-market"] as const) : []),
    ...(isTold ? [] : (["live-score"] as const)),
  ];
}

function filesOf(options: ImportOptions): readonly string[] {
  const injuries = options.injuries === undefined ? [] : [options.injuries];
  const common = [...options.states, ...options.results, ...injuries];
  if (options.format === "nba-live-state") return common;
  const main = options.format === "kalshi-ticks" ? options.ticks : options.candles;
  return [main, options.games, ...(options.quarters === null ? [] : [options.quarters]), ...common];
}

function mainFile(options: ImportOptions): string {
  return filesOf(options)[0] ?? options.out;
}

function nothingToRecord(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return "no game can be recorded from it: none is of that date";
  const left = skipped.map(({ what, reason }) => `${what}: ${reason}`);
  return ["no game can be recorded from it", ...left].join("; ");
}

function eventOf(marketTicker: string): string {
  return parseMarketTicker(marketTicker)?.event ?? "";
}
