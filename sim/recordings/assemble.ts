import { basename } from "node:path";
import { required } from "../../core/domain/assert.ts";
import { parseMarketTicker } from "../../core/domain/ids.ts";
import { settlementValue } from "../../core/domain/settlement.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact, PastGame, SlateGame, SourceManifest } from "../facts.ts";
import type { GameStory, MarketTape, RecordedGame } from "./game.ts";
import type { RecordingContent } from "./writer.ts";
import { preState } from "./states.ts";

const MINUTE_MS = 60_000;
/** The night starts this long before its first scheduled tip. */
const BEFORE_TIP_MS = 40 * MINUTE_MS;
/** Prices of this long before the start are kept, and the last one before them. */
const WARM_UP_MS = 60 * MINUTE_MS;
/** After the end of the game and the last price: trading ends, the result is stated, it is paid. */
const CLOSED_AFTER_MS = 60_000;
const DETERMINED_AFTER_MS = 90_000;
const FINALIZED_AFTER_MS = 150_000;
const AFTER_LAST_MS = MINUTE_MS;

/** One game with all that is known of it. */
export interface GameParts {
  readonly game: RecordedGame;
  readonly story: GameStory;
  readonly tapes: readonly MarketTape[];
  /** Lines of the injury report, each from when it was published. */
  readonly injuries: readonly Fact[];
  /** What it lacks beside what the whole night does. */
  readonly lacks: readonly string[];
}

/** What the whole night is made of. */
export interface NightParts {
  readonly games: readonly GameParts[];
  readonly pastGames: readonly PastGame[];
  readonly lacks: readonly string[];
  readonly isDerivedBook: boolean;
  readonly description: string;
  readonly origins: SourceManifest["origins"];
  readonly dir: string;
}

/** Puts a night together: slate, markets from active to finalized, scores and prices in one sequence. */
export function assembleNight(night: NightParts): RecordingContent {
  const tips = night.games.map(({ game }) => game.tipAt);
  const startAt = instant(Math.min(...tips) - BEFORE_TIP_MS);
  const facts = night.games
    .flatMap((parts) => gameFacts(parts, startAt))
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const endAt = instant(required(facts.at(-1), "a fact").receivedAt + AFTER_LAST_MS);
  const manifest: SourceManifest = {
    schemaVersion: 1,
    kind: "recording",
    name: `recording:${basename(night.dir)}`,
    seed: null,
    date: required(night.games[0], "a game").game.date,
    startAt,
    endAt,
    games: night.games.map(slateGame),
    lacks: night.lacks,
    isDerivedBook: night.isDerivedBook,
    description: night.description,
    origins: night.origins,
  };
  return { manifest, facts, pastGames: night.pastGames };
}

/** ESPN has no part in a recording, hence no event id. */
function slateGame({ game, story, tapes, lacks }: GameParts): SlateGame {
  return {
    eventTicker: game.eventTicker,
    date: game.date,
    home: game.home,
    away: game.away,
    tipAt: game.tipAt,
    espnEventId: "",
    nbaGameId: game.nbaGameId,
    marketTickers: tapes.map(({ marketTicker }) => marketTicker),
    reconstructed: game.isTipEstimated
      ? [...story.reconstructed, "scheduled tip, from the end of trading"]
      : story.reconstructed,
    ...(lacks.length > 0 && { lacks }),
  };
}

function gameFacts({ game, story, tapes, injuries }: GameParts, startAt: Instant): readonly Fact[] {
  return [
    preState(game.eventTicker, startAt),
    ...injuries
      .filter(({ receivedAt }) => receivedAt < story.endAt)
      .map((line) => ({ ...line, receivedAt: instant(Math.max(line.receivedAt, startAt)) })),
    ...story.facts,
    ...tapes.flatMap((tape) => marketFacts(game, story.endAt, tape, startAt)),
  ];
}

function marketFacts(
  game: RecordedGame,
  gameEndAt: Instant,
  tape: MarketTape,
  startAt: Instant,
): readonly Fact[] {
  const prices = sinceWarmUp(tape.facts, instant(startAt - WARM_UP_MS));
  const openAt = Math.min(startAt, prices[0]?.receivedAt ?? startAt);
  const lastAt = Math.max(gameEndAt, prices.at(-1)?.receivedAt ?? gameEndAt);
  const team = required(parseMarketTicker(tape.marketTicker), "a market's team").team;
  const winner = game.finalScore.home > game.finalScore.away ? game.home : game.away;
  const result = team === winner ? "yes" : "no";
  const outcome = { result, settlementValue: settlementValue(result, null) } as const;
  const undecided = { result: null, settlementValue: null };
  const status = { kind: "market-status", marketTicker: tape.marketTicker } as const;
  return [
    { ...status, ...undecided, status: "active", ...at(openAt) },
    ...prices,
    { ...status, ...undecided, status: "closed", ...at(lastAt + CLOSED_AFTER_MS) },
    { ...status, ...outcome, status: "determined", ...at(lastAt + DETERMINED_AFTER_MS) },
    { ...status, ...outcome, status: "finalized", ...at(lastAt + FINALIZED_AFTER_MS) },
  ];
}

/** Prices from `since` on, and before them the last quote that stood then. */
function sinceWarmUp(facts: readonly Fact[], since: Instant): readonly Fact[] {
  const first = facts.findIndex(({ receivedAt }) => receivedAt >= since);
  const recent = first === -1 ? [] : facts.slice(first);
  const before = first === -1 ? facts : facts.slice(0, first);
  const standing = before.findLast(({ kind }) => kind === "quote");
  return standing === undefined ? recent : [standing, ...recent];
}

function at(ms: number): { readonly sourceTime: Instant; readonly receivedAt: Instant } {
  return { sourceTime: instant(ms), receivedAt: instant(ms) };
}
