import { basename, join } from "node:path";
import type { TradingDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Fact, PastGame, SourceManifest } from "../facts.ts";
import { assembleNight, type GameParts, type NightParts } from "./assemble.ts";
import { readCandles } from "./candles-file.ts";
import type { RecordingManifest } from "./format.ts";
import type { GameStory, MarketTape, PeriodPoints, RecordedGame, Skipped } from "./game.ts";
import { gamesOf, readGames } from "./games-file.ts";
import { originsOf } from "./hash.ts";
import { readInjuries } from "./injuries-file.ts";
import { readQuarters } from "./quarters-file.ts";
import { storyFromFinal, storyFromQuarters } from "./reconstruct.ts";
import { refuse } from "./refusal.ts";
import { readPastGames } from "./results-file.ts";
import { candleSlateOf, eventOf, type Slate, stateSlate, tickSlate } from "./slates.ts";
import { readStates, type StatedGame } from "./states-file.ts";
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

/**
 * Turns recorded data into a recording folder. Scores come from play-by-play where a file has it,
 * else from the quarter scores, else from the final score alone; ratings from results before the
 * date, those of the games file among them.
 *
 * @throws TradingError RECORDING_INVALID naming file, line and reason.
 */
export async function importRecording(options: ImportOptions): Promise<ImportSummary> {
  const told = await readAllStates(options.states);
  const slate = await readSlate(options, told);
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
  const { stated, strangers } = ofTheSlate(told, slate);
  return writeNight({
    slate: { ...slate, skipped: [...slate.skipped, ...strangers] },
    stated,
    quarters,
    reports,
    pastGames,
    origins: await originsOf(filesOf(options, stated)),
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

/** Play-by-play of the night's games; what is of no other game is left out, and tells nothing. */
function ofTheSlate(
  told: ReadonlyMap<string, StatedGame>,
  { games, skipped }: Slate,
): { readonly stated: ReadonlyMap<string, StatedGame>; readonly strangers: readonly Skipped[] } {
  const events = new Set(games.map(({ eventTicker }) => eventTicker));
  const named = new Set(skipped.map(({ what }) => what));
  const strangers = [...told]
    .filter(([event]) => !events.has(event) && !named.has(event))
    .map(([what, { origin }]) => {
      return { what, reason: `${basename(origin.file)} tells a game that is not on the slate` };
    });
  return { stated: new Map([...told].filter(([event]) => events.has(event))), strangers };
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

async function candleSlate(candles: string, gamesFile: string, date: TradingDate): Promise<Slate> {
  const listed = await readGames(gamesFile, gamesOf(date));
  return candleSlateOf(listed, await readCandles(candles, listed), date);
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

/** What a night is made from; of the play-by-play, what tells its games. */
function filesOf(
  options: ImportOptions,
  stated: ReadonlyMap<string, StatedGame>,
): readonly string[] {
  const injuries = options.injuries === undefined ? [] : [options.injuries];
  const states = [...stated.values()].map(({ origin }) => origin.file);
  const common = [...states, ...options.results, ...injuries];
  if (options.format === "nba-live-state") return common;
  return [
    mainFile(options),
    options.games,
    ...(options.quarters === null ? [] : [options.quarters]),
    ...common,
  ];
}

function mainFile(options: ImportOptions): string {
  if (options.format === "nba-live-state") return options.states[0] ?? options.out;
  return options.format === "kalshi-ticks" ? options.ticks : options.candles;
}

function nothingToRecord(skipped: readonly Skipped[]): string {
  if (skipped.length === 0) return "no game can be recorded from it: none is of that date";
  const left = skipped.map(({ what, reason }) => `${what}: ${reason}`);
  return ["no game can be recorded from it", ...left].join("; ");
}
