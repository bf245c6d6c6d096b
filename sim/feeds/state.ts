import { required } from "../../core/domain/assert.ts";
import type { FeedName } from "../../core/domain/feeds.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { Fact, FactSource, SlateGame } from "../facts.ts";
import { SpotTape } from "./spot-tape.ts";

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;
export type GameStateFact = FactOf<"game-state">;
export type PlayFact = FactOf<"play">;
type WinProbabilityFact = FactOf<"win-probability">;
export type InjuryFact = FactOf<"injury">;

/** Games a team has won and lost this season. */
export interface TeamRecord {
  readonly wins: number;
  readonly losses: number;
}

/** What the feeds know of one game so far. */
export interface GameFeeds {
  readonly slate: SlateGame;
  readonly espn: GameStateFact | null;
  readonly nba: GameStateFact | null;
  readonly plays: readonly PlayFact[];
  readonly winProbabilities: readonly WinProbabilityFact[];
}

/** A partner's word on a game. */
export interface PartnerReading {
  readonly eventTicker: string;
  readonly homeProbability: number;
  readonly knownAt: Instant;
}

/** The game's lists grow in place: a night has thousands of plays, and each is told once. */
interface Growing extends GameFeeds {
  espn: GameStateFact | null;
  nba: GameStateFact | null;
  readonly plays: PlayFact[];
  readonly winProbabilities: WinProbabilityFact[];
}

/** Stands for the report among pages, which are of games else. */
const INJURIES_PAGE = "injuries";

/** The feeds as a fold of the facts played so far: what was not applied is not known. */
export class FeedState {
  /** Whether the source has ESPN at all; without it ESPN shows no games. */
  readonly hasEspn: boolean;
  readonly spot = new SpotTape();
  readonly #games = new Map<string, Growing>();
  /** By team and player: the last word wins. */
  readonly #injuries = new Map<string, InjuryFact>();
  readonly #partners = new Map<string, PartnerReading>();
  /** Games that a feed cannot be asked about now, by feed. */
  readonly #away = { espn: new Set<string>(), nba: new Set<string>() };
  /** Pages of ESPN's that cannot be read now: the report's, and games' by their tickers. */
  readonly #pagesAway = new Set<string>();
  readonly #records: ReadonlyMap<string, TeamRecord>;

  constructor(source: Pick<FactSource, "manifest" | "pastGames">) {
    this.hasEspn = !source.manifest.lacks.includes("espn");
    // Of a live night the report is told of once it was looked at: before that nobody knows who is hurt.
    if (source.manifest.kind === "live") this.#pagesAway.add(INJURIES_PAGE);
    this.#records = seasonRecords(source);
    for (const slate of source.manifest.games) {
      const empty = { slate, espn: null, nba: null, plays: [], winProbabilities: [] };
      this.#games.set(slate.eventTicker, empty);
    }
  }

  /** Takes in one fact; facts about books and markets mean nothing here. */
  apply(fact: Fact): void {
    switch (fact.kind) {
      case "game-state":
        this.#game(fact.eventTicker)[fact.feed] = fact;
        return;
      case "play":
        this.#game(fact.eventTicker).plays.push(fact);
        return;
      case "win-probability":
        this.#game(fact.eventTicker).winProbabilities.push(fact);
        return;
      case "injury":
        this.#injuries.set(`${fact.teamCode}/${fact.player}`, fact);
        return;
      case "feed-away":
        if (fact.isAway) this.#away[fact.feed].add(fact.eventTicker);
        else this.#away[fact.feed].delete(fact.eventTicker);
        return;
      case "page-away": {
        const page = fact.eventTicker ?? INJURIES_PAGE;
        if (fact.isAway) this.#pagesAway.add(page);
        else this.#pagesAway.delete(page);
        return;
      }
      case "partner":
        this.#partners.set(fact.eventTicker, {
          eventTicker: fact.eventTicker,
          homeProbability: fact.homeProbability,
          knownAt: fact.receivedAt,
        });
        return;
      case "spot-trade":
      case "spot-candle":
      case "index-value":
        this.spot.apply(fact);
        return;
      case "listing":
      case "bounds":
      case "close-moved":
      case "level":
      case "quote":
      case "trade":
      case "volume":
      case "market-status":
      case "outage":
      case "shard":
        return;
    }
  }

  /** All games of the night, in the sequence of the slate. */
  get games(): readonly GameFeeds[] {
    return [...this.#games.values()];
  }

  /** @returns `null` when no game of the night has this ESPN event id. */
  byEspnId(id: string): GameFeeds | null {
    return this.games.find((game) => game.slate.espnEventId === id) ?? null;
  }

  /** @returns `null` when no game of the night has this NBA game id. */
  byNbaId(id: string): GameFeeds | null {
    return this.games.find((game) => game.slate.nbaGameId === id) ?? null;
  }

  /** Whether a feed cannot be asked about a game now; without one: about any. */
  isAway(feed: FeedName, game?: GameFeeds): boolean {
    const away = this.#away[feed];
    if (game !== undefined) return away.has(game.slate.eventTicker);
    return this.#games.size > 0 && away.size === this.#games.size;
  }

  /** Whether ESPN's page of a game's win probabilities cannot be read now; without a game: the injury report. */
  isPageAway(game?: GameFeeds): boolean {
    return this.#pagesAway.has(game?.slate.eventTicker ?? INJURIES_PAGE);
  }

  /** The latest line on each player reported, of one team or of all. */
  injuries(teamCode?: string): readonly InjuryFact[] {
    const all = [...this.#injuries.values()];
    return teamCode === undefined ? all : all.filter((injury) => injury.teamCode === teamCode);
  }

  /** The partners' probabilities known so far. */
  get partners(): readonly PartnerReading[] {
    return [...this.#partners.values()];
  }

  /** The team's season before tonight. */
  record(teamCode: string): TeamRecord {
    return this.#records.get(teamCode) ?? { wins: 0, losses: 0 };
  }

  #game(eventTicker: string): Growing {
    return required(this.#games.get(eventTicker), `event ${eventTicker} on the slate`);
  }
}

/** Wins and losses of the season that the newest past game belongs to. */
function seasonRecords(source: Pick<FactSource, "pastGames">): Map<string, TeamRecord> {
  const records = new Map<string, TeamRecord>();
  const add = (team: string, hasWon: boolean): void => {
    const { wins, losses } = records.get(team) ?? { wins: 0, losses: 0 };
    records.set(team, { wins: wins + (hasWon ? 1 : 0), losses: losses + (hasWon ? 0 : 1) });
  };
  const season = source.pastGames.at(-1)?.season;
  for (const game of source.pastGames) {
    if (game.season !== season) continue;
    add(game.home, game.homePoints > game.awayPoints);
    add(game.away, game.awayPoints > game.homePoints);
  }
  return records;
}
