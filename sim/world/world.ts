import { assert, required } from "../../core/domain/assert.ts";
import type { MarketStatus } from "../../core/domain/market.ts";
import { easternInstant, isTradingDate, type TradingDate } from "../../core/domain/time.ts";
import { type Instant, instant, ONE_USD_MICROS, usdMicros } from "../../core/domain/units.ts";
import type { Fact, FactSource, SourceManifest } from "../facts.ts";
import { bookFacts } from "./book-facts.ts";
import { type BitcoinOptions, type BitcoinWorld, createBitcoin } from "./btc-world.ts";
import { type Edge, fairPath, marketNews } from "./fair.ts";
import { feedFacts } from "./feed-facts.ts";
import { type League, playLeague } from "./league.ts";
import { TICK_MICROS } from "./ladder.ts";
import { mergeFacts } from "./merge.ts";
import { Random } from "./random.ts";
import { type GameScript, playGame, postponedGame } from "./script.ts";
import { dateOfSeed, drawSlate, type NightGame, nightStart } from "./slate.ts";

/** Games a night can have: half of the 30 teams are at home. */
export const GAMES_MAX = 15;
export const GAMES_DEFAULT = 6;
const HOUR_MS = 3_600_000;

/** What makes a world: the same options make the same bytes. */
export interface WorldOptions {
  /** A whole number, 0 or more. */
  readonly seed: number;
  /** Games of the night, 1 to 15; 6 by default. With Bitcoin 0 to 15, and none by default. */
  readonly games?: number;
  /** The Bitcoin that is played too; absent where there is none. */
  readonly bitcoin?: BitcoinOptions;
  /** Eastern date of the night, or on which Bitcoin begins; by default drawn from the seed within the 2026-27 season. */
  readonly date?: TradingDate;
  /** `none` makes the market the truth: nothing can be earned on average. */
  readonly edge?: Edge;
  /** Index of a game that is called off at its tip, and whose markets settle at a fair price. */
  readonly scalarGame?: number;
}

/** A game of the world with everything only its maker knows. */
export interface WorldGame extends NightGame {
  readonly script: GameScript;
  /** When its markets stop trading, are decided, and are paid. */
  readonly closedAt: Instant;
  readonly determinedAt: Instant;
  readonly finalizedAt: Instant;
  readonly isScalar: boolean;
}

/** A seeded night, Bitcoin, or both: a source of facts, and the truth behind them, which no feed shows. */
export interface World extends FactSource {
  readonly edge: Edge;
  readonly league: League;
  readonly games: readonly WorldGame[];
  readonly bitcoin: BitcoinWorld | null;
  facts(): Iterable<Fact>;
}

/** Before the first night there is no league: a world without games has none. */
const NO_LEAGUE: League = { strengths: new Map(), pastGames: [] };

/**
 * Makes the night of a seed: the league and its past, the slate, every game to its final. The
 * books around the games are played when the facts are read, and so is Bitcoin. Bitcoin alone begins
 * at midnight, Eastern; beside a night at the first full hour of the night.
 *
 * @throws InvariantError when an option is out of its range.
 */
export function createWorld(options: WorldOptions): World {
  const { seed, bitcoin: wish, edge = "default", scalarGame } = options;
  const count = options.games ?? (wish === undefined ? GAMES_DEFAULT : 0);
  const least = wish === undefined ? 1 : 0;
  assert(Number.isSafeInteger(seed) && seed >= 0, "a seed is a whole number, 0 or more");
  const isCount = Number.isInteger(count) && count >= least && count <= GAMES_MAX;
  assert(isCount, "a night has 1 to 15 games, or none where Bitcoin is played");
  assert(scalarGame === undefined || scalarGame < count, "the game called off is one of the night");
  const date = options.date ?? dateOfSeed(seed);
  assert(isTradingDate(date), "a date is YYYY-MM-DD");
  const league = count === 0 ? NO_LEAGUE : playLeague(date, new Random(seed, "league"));
  const games = drawSlate(date, count, league, new Random(seed, "slate")).map((game, index) =>
    playToTheEnd(game, index === scalarGame, new Random(seed, `game/${index}`)),
  );
  const startAt = count === 0 ? easternInstant(date, 0, 0) : nightStart(games);
  const bitcoin =
    wish === undefined
      ? null
      : createBitcoin(wish, {
          seed,
          edge,
          startAt: instant(Math.ceil(startAt / HOUR_MS) * HOUR_MS),
        });
  const endAt = Math.max(
    ...games.map((game) => game.finalizedAt + 60_000),
    ...(bitcoin === null ? [] : [bitcoin.endAt]),
  );
  const span = { startAt, endAt: instant(endAt) };
  return {
    manifest: manifest({ seed, date, edge, games, bitcoin, ...span }),
    pastGames: league.pastGames,
    edge,
    league,
    games,
    bitcoin,
    facts: () =>
      mergeFacts([
        ...games.flatMap((game) => gameStreams(game, { seed, edge, openAt: startAt })),
        ...(bitcoin === null ? [] : [bitcoin.facts()]),
      ]),
  };
}

function playToTheEnd(game: NightGame, isScalar: boolean, random: Random): WorldGame {
  const script = isScalar ? postponedGame(game, random) : playGame(game, random);
  const after = (at: Instant, low: number, high: number): Instant =>
    instant(at + Math.round(random.between(low, high) * 1000));
  const closedAt = after(script.endAt, 20, 60);
  const determinedAt = after(closedAt, 10, 40);
  const finalizedAt = after(determinedAt, 60, 120);
  return { ...game, script, closedAt, determinedAt, finalizedAt, isScalar };
}

/** How a world's description ends. It is all that tells the edge of a night that was played: see `edgeOf`. */
const MARKETS: Readonly<Record<Edge, string>> = {
  default: "the market has a modest edge",
  none: "the market is the truth",
};

/**
 * Whether the market of a played world errs, by its manifest. That has no field for it, and gets none: runs share an
 * account where their manifests are the same to the byte.
 *
 * @returns null of what is no world, or does not say.
 */
export function edgeOf(of: Pick<SourceManifest, "kind" | "description">): Edge | null {
  if (of.kind !== "world") return null;
  const edges: readonly Edge[] = ["default", "none"];
  return edges.find((edge) => of.description.endsWith(`; ${MARKETS[edge]}.`)) ?? null;
}

function manifest(
  world: Pick<SourceManifest, "date" | "startAt" | "endAt"> &
    Pick<World, "edge" | "games" | "bitcoin"> & { readonly seed: number },
): SourceManifest {
  const { seed, date, edge, games, bitcoin, startAt, endAt } = world;
  const bets = bitcoin === null ? [] : [`${bitcoin.hours} hours of ${bitcoin.series.join(", ")}`];
  const night = games.length === 0 ? [] : [`night of ${games.length} games`];
  return {
    schemaVersion: 1,
    kind: "world",
    name: `world:${seed}`,
    seed,
    date,
    startAt,
    endAt,
    games: games.map((game) => game.slate),
    ...(bitcoin !== null && { bitcoin: { series: bitcoin.series } }),
    lacks: [],
    isDerivedBook: false,
    description: `Seeded ${[...night, ...bets].join(" and ")} on ${date}; ${MARKETS[edge]}.`,
    origins: [],
  };
}

interface NightContext {
  readonly seed: number;
  readonly edge: Edge;
  readonly openAt: Instant;
}

/** The streams of one game: its feeds, and for each market its life and its book. */
function gameStreams(game: WorldGame, night: NightContext): Iterable<Fact>[] {
  const event = game.slate.eventTicker;
  const random = (label: string): Random => new Random(night.seed, `${event}/${label}`);
  const books = game.slate.marketTickers.map((marketTicker, index) => {
    const news = marketNews(game.script, night.edge, random("news"), random(`reaction/${index}`));
    const plan = {
      marketTicker,
      isHome: index === 0,
      fair: fairPath(game.script, news, night.edge, random("bias")),
      newsAt: news.map((item) => item.at),
      openAt: night.openAt,
      tipAt: game.slate.tipAt,
      closeAt: game.closedAt,
    };
    return bookFacts(plan, random(`book/${index}`));
  });
  return [
    marketLife(game, night.openAt),
    feedFacts(game, game.script, night.openAt, random("feeds")),
    ...books,
  ];
}

/** Open, closed, determined, finalized: both markets together. */
function marketLife(game: WorldGame, openAt: Instant): Fact[] {
  const steps: readonly (readonly [Instant, MarketStatus])[] = [
    [openAt, "active"],
    [game.closedAt, "closed"],
    [game.determinedAt, "determined"],
    [game.finalizedAt, "finalized"],
  ];
  const paid = settlementMicros(game);
  return steps.flatMap(([at, status]) =>
    game.slate.marketTickers.map((marketTicker, index): Fact => {
      const isDecided = status === "determined" || status === "finalized";
      const value = index === 0 ? paid : ONE_USD_MICROS - paid;
      const yesOrNo = value === 0 ? "no" : "yes";
      return {
        kind: "market-status",
        sourceTime: at,
        receivedAt: at,
        marketTicker,
        status,
        result: isDecided ? (game.isScalar ? "scalar" : yesOrNo) : null,
        settlementValue: isDecided ? usdMicros(value) : null,
      };
    }),
  );
}

/** What a home contract pays: all or nothing, or the fair price of a game not played. */
function settlementMicros(game: WorldGame): number {
  if (game.isScalar) return Math.round(game.script.pregameTruth * 100) * TICK_MICROS;
  const last = required(game.script.moments.at(-1), "a game has an end");
  return last.homeScore > last.awayScore ? ONE_USD_MICROS : 0;
}

/**
 * The exact probability that home wins, given everything that has happened in the arena by `at`.
 *
 * @throws InvariantError when the world has no such event.
 */
export function worldTruth(world: World, eventTicker: string, at: Instant): number {
  const game = world.games.find((candidate) => candidate.slate.eventTicker === eventTicker);
  const { script } = required(game, `event ${eventTicker} of this world`);
  return script.moments.findLast((moment) => moment.at <= at)?.truth ?? script.pregameTruth;
}
