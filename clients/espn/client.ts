import type { z } from "zod";
import { required } from "../../core/domain/assert.ts";
import type {
  FeedTimes,
  Fetched,
  InjuryList,
  RawResponse,
  Scoreboard,
  WinProbability,
} from "../../core/domain/feeds.ts";
import type { RunClock, TradingDate } from "../../core/domain/time.ts";
import { easternDate } from "../../core/domain/time.ts";
import { type Instant, type Probability, probability } from "../../core/domain/units.ts";
import { type FeedOptions, fetchExisting, fetchFeed, USER_AGENT } from "../http/feed.ts";
import { feedInvalid } from "../http/payload.ts";
import { isFinal, SOURCE, sidesOf, teamByFullName, toInjuries, toScoreboard } from "./mapper.ts";
import {
  InjuriesWire,
  ProbabilitiesWire,
  ProbabilityCountWire,
  ScoreboardWire,
  SummaryWire,
} from "./wire.ts";

/** ESPN's summary of one game, as far as it is used. */
interface GameSummary {
  readonly externalId: string;
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  readonly tipAt: Instant;
  readonly statusName: string;
  readonly isFinal: boolean;
  readonly homeScore: number;
  readonly awayScore: number;
  /** One a play, oldest first; empty when ESPN has none, as for a few games each season. */
  readonly homeProbabilities: readonly Probability[];
}

export interface EspnClient {
  /** All games of an Eastern day. */
  scoreboard(date: TradingDate): Promise<Fetched<Scoreboard>>;
  summary(eventId: string): Promise<Fetched<GameSummary>>;
  /** The newest live probability; null while there is none, or for a game ESPN does not follow. */
  winProbability(eventId: string): Promise<Fetched<WinProbability | null>>;
  /** The league's injury report. */
  injuries(): Promise<Fetched<InjuryList>>;
}

export interface EspnClientOptions {
  /** Before `/apis/site/v2/...`: `https://site.api.espn.com`. */
  readonly siteUrl: string;
  /** Before `/v2/sports/...`: `https://sports.core.api.espn.com`. */
  readonly coreUrl: string;
  readonly clock: RunClock;
  readonly timeoutMs?: number;
}

const SITE = "/apis/site/v2/sports/basketball/nba";
const CORE = "/v2/sports/basketball/leagues/nba";
const TIMEOUT_MS = 4_000;
/** A few kilobytes: the newest point is on the last page. */
const PER_PAGE = 25;
const HEADERS = { "user-agent": USER_AGENT };

/** Reads ESPN's public feeds. @throws from every method: FEED_UNAVAILABLE, FEED_INVALID. */
export function createEspnClient(options: EspnClientOptions): EspnClient {
  const { clock, timeoutMs = TIMEOUT_MS } = options;
  const shared = { source: SOURCE, headers: HEADERS, clock, timeoutMs };
  const site: FeedOptions = { ...shared, baseUrl: options.siteUrl };
  const core: FeedOptions = { ...shared, baseUrl: options.coreUrl };
  return {
    async scoreboard(date) {
      const query = { dates: date.replaceAll("-", "") };
      const { value, raw } = await fetchExisting(site, `${SITE}/scoreboard`, query, ScoreboardWire);
      return { value: toScoreboard(value.events, timesOf(raw)), raw };
    },

    async summary(eventId) {
      const query = { event: eventId };
      const { value, raw } = await fetchExisting(site, `${SITE}/summary`, query, SummaryWire);
      return { value: toSummary(value), raw };
    },

    async winProbability(eventId) {
      const id = encodeURIComponent(eventId);
      const path = `${CORE}/events/${id}/competitions/${id}/probabilities`;
      const first = await fetchFeed(core, path, { limit: 1 }, ProbabilityCountWire);
      if (first.value === null || first.value.count === 0) return { value: null, raw: first.raw };
      const page = Math.ceil(first.value.count / PER_PAGE);
      const query = { limit: PER_PAGE, page };
      const { value, raw } = await fetchExisting(core, path, query, ProbabilitiesWire);
      const newest = required(value.items.at(-1), "a page of probabilities has an item");
      const reading: WinProbability = {
        feed: "espn",
        externalId: eventId,
        home: probability(newest.homeWinPercentage),
        // Not the page's count: points may have come since the first answer, on pages after this one.
        sequence: (page - 1) * PER_PAGE + value.items.length,
        sourceTime: newest.lastModified ?? null,
        ...timesOf(raw),
      };
      return { value: reading, raw };
    },

    async injuries() {
      const { value, raw } = await fetchExisting(site, `${SITE}/injuries`, {}, InjuriesWire);
      const teams = value.injuries.map(({ displayName, injuries }, index) => {
        const team = teamByFullName(displayName);
        if (team === null) throw unknownTeam(`injuries.${index}.displayName`, displayName);
        return { team, lines: injuries };
      });
      return { value: toInjuries(teams, timesOf(raw)), raw };
    },
  };
}

function timesOf({ fetchedAt, receivedAt }: RawResponse): Omit<FeedTimes, "sourceTime"> {
  return { fetchedAt, receivedAt };
}

function toSummary({ header, winprobability = [] }: z.infer<typeof SummaryWire>): GameSummary {
  const [competition] = header.competitions;
  const sides = competition && sidesOf(competition.competitors);
  if (!sides) throw unknownTeam("header.competitions.0.competitors", header.id);
  const { type } = competition.status;
  return {
    externalId: header.id,
    date: easternDate(competition.date),
    home: sides.home.team.code,
    away: sides.away.team.code,
    tipAt: competition.date,
    statusName: type.name,
    isFinal: isFinal(type),
    homeScore: sides.home.wire.score,
    awayScore: sides.away.wire.score,
    homeProbabilities: winprobability.map((point) => probability(point.homeWinPercentage)),
  };
}

function unknownTeam(field: string, name: string): Error {
  return feedInvalid({ source: SOURCE, field, reason: `unknown team ${name}`, externalId: null });
}
