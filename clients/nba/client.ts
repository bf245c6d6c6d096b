import type {
  BoxScore,
  FeedTimes,
  Fetched,
  PlayByPlay,
  RawResponse,
  Scoreboard,
} from "../../core/domain/feeds.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type FeedOptions, fetchExisting } from "../http/feed.ts";
import { SOURCE, toBoxScore, toPlayByPlay, toScoreboard } from "./mapper.ts";
import { BoxScoreWire, PlayByPlayWire, ScoreboardWire } from "./wire.ts";

export interface NbaClient {
  /** The games of the day the league is at; it moves on in the Eastern morning. */
  scoreboard(): Promise<Fetched<Scoreboard>>;
  playByPlay(gameId: string): Promise<Fetched<PlayByPlay>>;
  boxScore(gameId: string): Promise<Fetched<BoxScore>>;
}

export interface NbaClientOptions {
  /** Before `/static/json/liveData/...`: `https://cdn.nba.com`. */
  readonly baseUrl: string;
  readonly clock: RunClock;
  readonly timeoutMs?: number;
}

const LIVE = "/static/json/liveData";
const TIMEOUT_MS = 4_000;
/** The CDN answers 403 to whoever does not look like its own page in a browser. */
const HEADERS = {
  referer: "https://www.nba.com/",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130",
};

/** Reads the NBA's live files. @throws from every method: FEED_UNAVAILABLE, FEED_INVALID. */
export function createNbaClient(options: NbaClientOptions): NbaClient {
  const { baseUrl, clock, timeoutMs = TIMEOUT_MS } = options;
  const feed: FeedOptions = { source: SOURCE, baseUrl, headers: HEADERS, clock, timeoutMs };
  return {
    async scoreboard() {
      const path = `${LIVE}/scoreboard/todaysScoreboard_00.json`;
      const { value, raw } = await fetchExisting(feed, path, {}, ScoreboardWire);
      return { value: toScoreboard(value.scoreboard.games, timesOf(raw)), raw };
    },

    async playByPlay(gameId) {
      const path = `${LIVE}/playbyplay/playbyplay_${encodeURIComponent(gameId)}.json`;
      const { value, raw } = await fetchExisting(feed, path, {}, PlayByPlayWire);
      return { value: toPlayByPlay(value.game.gameId, value.game.actions, timesOf(raw)), raw };
    },

    async boxScore(gameId) {
      const path = `${LIVE}/boxscore/boxscore_${encodeURIComponent(gameId)}.json`;
      const { value, raw } = await fetchExisting(feed, path, {}, BoxScoreWire);
      return { value: toBoxScore(value, timesOf(raw)), raw };
    },
  };
}

function timesOf({ fetchedAt, receivedAt }: RawResponse): Omit<FeedTimes, "sourceTime"> {
  return { fetchedAt, receivedAt };
}
