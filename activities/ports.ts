import type { Fetched, InjuryList, Scoreboard, WinProbability } from "../core/domain/feeds.ts";
import type { TradingDate } from "../core/domain/time.ts";
import type { StreamFact } from "../core/domain/venue.ts";
import type { RatedGame } from "../core/models/elo.ts";

/** The score feeds as activities use them; clients/espn and clients/nba fill it. */
export interface ScoreFeeds {
  espnScoreboard(date: TradingDate): Promise<Fetched<Scoreboard>>;
  nbaScoreboard(): Promise<Fetched<Scoreboard>>;
  winProbability(espnEventId: string): Promise<Fetched<WinProbability | null>>;
  injuries(): Promise<Fetched<InjuryList>>;
}

/** The venue's stream: one shared connection of the process. */
export interface MarketStream {
  /** Delivers facts of these markets until the returned function is called. */
  subscribe(marketTickers: readonly string[], listener: (fact: StreamFact) => void): () => void;
  /** Takes back what was sent of a market's book, and asks for it again, whole. */
  resync(marketTicker: string, reason: string): void;
}

/** What is known of the night beside the feeds: past results, the partner's numbers, what is lacking. */
export interface NightSource {
  pastGames(): Promise<readonly RatedGame[]>;
  partners(): Promise<readonly { eventTicker: string; homeProbability: number; knownAt: number }[]>;
  manifest(): Promise<NightManifest>;
}

/** What the day's record says of its source. */
export interface NightManifest {
  readonly name: string;
  readonly seed: number | null;
  readonly lacks: readonly string[];
  readonly isDerivedBook: boolean;
  readonly description: string;
  readonly games: readonly {
    readonly eventTicker: string;
    readonly reconstructed: readonly string[];
    /** What this game lacks beside what the whole source does. */
    readonly lacks?: readonly string[] | undefined;
  }[];
}
