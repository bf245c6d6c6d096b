import { type Team, team } from "../../core/domain/teams.ts";
import { easternDate } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";

import type { FeedState, GameFeeds, GameStateFact, InjuryFact, PlayFact } from "./state.ts";
import { espnTeamId, feedCity } from "./team-names.ts";

/** ESPN's ids and words for its states of play. */
const STATUS: Readonly<Record<string, readonly [id: string, description: string]>> = {
  STATUS_SCHEDULED: ["1", "Scheduled"],
  STATUS_IN_PROGRESS: ["2", "In Progress"],
  STATUS_FINAL: ["3", "Final"],
  STATUS_CANCELED: ["5", "Canceled"],
  STATUS_POSTPONED: ["6", "Postponed"],
  STATUS_DELAYED: ["7", "Delayed"],
  STATUS_END_PERIOD: ["22", "End of Period"],
  STATUS_HALFTIME: ["23", "Halftime"],
};

/** An instant to the minute, as ESPN writes scheduled times: strict ISO readers refuse it. */
function minuteTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

/** An instant to the second. */
function secondTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** `5:30`, and under a minute `42.0`: ESPN drops the minutes. */
function displayClock(seconds: number): string {
  if (seconds < 60) return seconds.toFixed(1);
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

/** `1st Quarter`, `OT`, `2OT`. */
function periodName(period: number): string {
  if (period > 4) return period === 5 ? "OT" : `${period - 4}OT`;
  return `${["1st", "2nd", "3rd", "4th"][period - 1] ?? "0"} Quarter`;
}

function status(state: GameStateFact | null): object {
  const name = state?.statusName ?? "STATUS_SCHEDULED";
  const [id, description] = STATUS[name] ?? ["2", name];
  const clock = state?.clockSeconds ?? 0;
  const period = state?.period ?? 0;
  const isPlaying = name === "STATUS_IN_PROGRESS";
  const detail = isPlaying ? `${displayClock(clock)} - ${periodName(period)}` : description;
  const isCompleted = name.startsWith("STATUS_FINAL");
  return {
    clock,
    displayClock: displayClock(clock),
    period,
    type: {
      id,
      name,
      state: state?.state ?? "pre",
      completed: isCompleted,
      description,
      detail: isCompleted && period > 4 ? `Final/${periodName(period)}` : detail,
      shortDetail: detail,
    },
  };
}

function espnTeam(of: Team): object {
  const id = espnTeamId(of.code);
  return {
    id,
    uid: `s:40~l:46~t:${id}`,
    location: feedCity(of),
    name: of.name,
    abbreviation: of.espn,
    displayName: `${feedCity(of)} ${of.name}`,
    shortDisplayName: of.name,
    isActive: true,
  };
}

/** One side of a game. Its season record and its quarters are spelled otherwise in each answer. */
function competitor(game: GameFeeds, side: "home" | "away"): object {
  const of = team(game.slate[side]);
  const shown = game.espn;
  const score = (side === "home" ? shown?.homeScore : shown?.awayScore) ?? 0;
  const rival = (side === "home" ? shown?.awayScore : shown?.homeScore) ?? 0;
  const isFinal = shown?.statusName.startsWith("STATUS_FINAL") === true;
  return {
    id: espnTeamId(of.code),
    uid: `s:40~l:46~t:${espnTeamId(of.code)}`,
    order: side === "home" ? 0 : 1,
    homeAway: side,
    ...(isFinal ? { winner: score > rival } : {}),
    team: espnTeam(of),
    score: String(score),
  };
}

function recordText(state: FeedState, code: string): string {
  const { wins, losses } = state.record(code);
  return `${wins}-${losses}`;
}

/** Points by period; absent before tip, as at ESPN. */
function periods(game: GameFeeds, side: "home" | "away"): readonly number[] | null {
  const points = side === "home" ? game.espn?.homePeriods : game.espn?.awayPeriods;
  return points !== undefined && points.length > 0 ? points : null;
}

/** Home first, as ESPN mostly sends them; readers must go by `homeAway`. */
function boardCompetitors(state: FeedState, game: GameFeeds): object[] {
  return (["home", "away"] as const).map((side) => {
    const summary = recordText(state, game.slate[side]);
    const lines = periods(game, side)?.map((value, index) => ({
      value,
      displayValue: String(value),
      period: index + 1,
    }));
    return {
      ...competitor(game, side),
      type: "team",
      ...(lines ? { linescores: lines } : {}),
      records: [{ name: "overall", abbreviation: "Total", type: "total", summary }],
    };
  });
}

function headerCompetitors(state: FeedState, game: GameFeeds): object[] {
  return (["home", "away"] as const).map((side) => {
    const summary = recordText(state, game.slate[side]);
    const lines = periods(game, side)?.map((value) => ({ displayValue: String(value) }));
    return {
      ...competitor(game, side),
      ...(lines ? { linescores: lines } : {}),
      record: [{ type: "total", summary, displayValue: summary }],
    };
  });
}

/** What the scoreboard and the summary say alike of a game. */
function competition(game: GameFeeds): object {
  const { espnEventId: id, tipAt, isNeutral = false } = game.slate;
  return {
    id,
    uid: `s:40~l:46~e:${id}~c:${id}`,
    date: minuteTime(tipAt),
    neutralSite: isNeutral,
    conferenceCompetition: false,
    recent: true,
    status: status(game.espn),
  };
}

const LEAGUE = {
  id: "46",
  uid: "s:40~l:46",
  name: "National Basketball Association",
  abbreviation: "NBA",
  slug: "nba",
};

function season(at: Instant): { year: number; type: number; slug: string } {
  const [year = "", month = ""] = easternDate(at).split("-");
  return { year: Number(year) + (Number(month) >= 8 ? 1 : 0), type: 2, slug: "regular-season" };
}

/** The games ESPN shows on an Eastern day, `YYYYMMDD`; without one, those of the night. */
export function espnScoreboard(state: FeedState, day: string | null, now: Instant): object {
  const games = state.games.filter(
    (game) =>
      (state.hasEspn || game.espn !== null) &&
      !state.isAway("espn", game) &&
      (day === null || game.slate.date.replaceAll("-", "") === day),
  );
  const shownDay = day ?? easternDate(now).replaceAll("-", "");
  return {
    leagues: [{ ...LEAGUE, calendarType: "day" }],
    season: { type: 2, year: season(now).year },
    day: { date: `${shownDay.slice(0, 4)}-${shownDay.slice(4, 6)}-${shownDay.slice(6)}` },
    events: games.map((game) => {
      const [home, away] = [team(game.slate.home), team(game.slate.away)];
      return {
        id: game.slate.espnEventId,
        uid: `s:40~l:46~e:${game.slate.espnEventId}`,
        date: minuteTime(game.slate.tipAt),
        name: `${feedCity(away)} ${away.name} at ${feedCity(home)} ${home.name}`,
        shortName: `${away.espn} @ ${home.espn}`,
        season: season(game.slate.tipAt),
        competitions: [
          {
            ...competition(game),
            startDate: minuteTime(game.slate.tipAt),
            type: { id: "1", abbreviation: "STD" },
            timeValid: true,
            playByPlayAvailable: game.espn?.state !== "pre",
            competitors: boardCompetitors(state, game),
            notes: [],
            format: { regulation: { periods: 4 } },
          },
        ],
        status: status(game.espn),
      };
    }),
  };
}

/** One game with its plays, its win probabilities by play, and the injuries of its two teams. */
export function espnSummary(state: FeedState, game: GameFeeds): object {
  const { espnEventId: id, home, away } = game.slate;
  const plays = shownPlays(game);
  const last = plays.at(-1);
  return {
    header: {
      id,
      uid: `s:40~l:46~e:${id}`,
      season: { year: season(game.slate.tipAt).year, current: true, type: 2 },
      timeValid: true,
      competitions: [
        {
          ...competition(game),
          competitors: headerCompetitors(state, game),
          wallclockAvailable: true,
        },
      ],
      league: LEAGUE,
    },
    plays: plays.map((play) => summaryPlay(id, play)),
    winprobability: game.winProbabilities.map((reading) => ({
      homeWinPercentage: reading.homeProbability,
      tiePercentage: 0,
      playId: playId(
        id,
        plays.findLast((play) => play.sourceTime <= reading.sourceTime),
      ),
    })),
    injuries: [home, away].map((code) => ({
      team: espnTeam(team(code)),
      injuries: state.injuries(code).map(injuryLine),
    })),
    meta: {
      gp_topic: `gp-basketball-nba-${id}`,
      ...(last ? { lastPlayWallClock: secondTime(last.sourceTime) } : {}),
      ...(game.espn ? { lastUpdatedAt: secondTime(game.espn.receivedAt) } : {}),
      gameState: game.espn?.state ?? "pre",
    },
  };
}

/** Plays reach us by the NBA's feed; ESPN, which is slower, shows those its own state is up to. */
function shownPlays(game: GameFeeds): readonly PlayFact[] {
  const upTo = game.espn?.sourceTime;
  return upTo === undefined ? [] : game.plays.filter((play) => play.sourceTime <= upTo);
}

function playId(eventId: string, play: PlayFact | undefined): string {
  return `${eventId}${play?.actionNumber ?? 0}`;
}

function summaryPlay(eventId: string, play: PlayFact): object {
  const isShot = ["2pt", "3pt", "freethrow"].includes(play.actionType);
  return {
    id: playId(eventId, play),
    sequenceNumber: String(play.actionNumber),
    type: { id: "0", text: play.actionType },
    text: play.description,
    awayScore: play.awayScore,
    homeScore: play.homeScore,
    period: { number: play.period, displayValue: periodName(play.period) },
    clock: { displayValue: displayClock(play.clockSeconds) },
    scoringPlay: isShot && !play.description.startsWith("MISS"),
    ...(play.teamCode === null ? {} : { team: { id: espnTeamId(play.teamCode) } }),
    wallclock: secondTime(play.sourceTime),
    shootingPlay: isShot,
  };
}

/** A page of win probabilities, oldest first. Pages count from 1. */
export function espnProbabilities(game: GameFeeds, limit: number, page: number): object {
  const all = game.winProbabilities;
  const id = game.slate.espnEventId;
  const plays = shownPlays(game);
  const from = (page - 1) * limit;
  return {
    count: all.length,
    pageIndex: page,
    pageSize: limit,
    pageCount: Math.ceil(all.length / limit),
    items: all.slice(from, from + limit).map((reading) => {
      const play = plays.findLast((shown) => shown.sourceTime <= reading.sourceTime);
      const competitionRef = `http://sports.core.api.espn.com/v2/sports/basketball/leagues/nba/events/${id}/competitions/${id}`;
      return {
        $ref: `${competitionRef}/probabilities/${playId(id, play)}`,
        play: { $ref: `${competitionRef}/plays/${playId(id, play)}` },
        sequenceNumber: String(play?.actionNumber ?? 0),
        homeWinPercentage: reading.homeProbability,
        awayWinPercentage: Number((1 - reading.homeProbability).toFixed(4)),
        tiePercentage: 0,
        lastModified: secondTime(reading.sourceTime),
      };
    }),
  };
}

/** The league's injury report, by team. */
export function espnInjuries(state: FeedState, now: Instant): object {
  const codes = [...new Set(state.injuries().map((injury) => injury.teamCode))].sort();
  return {
    timestamp: secondTime(now),
    status: "success",
    season: season(now),
    injuries: codes.map((code) => {
      const of = team(code);
      return {
        id: espnTeamId(code),
        displayName: `${feedCity(of)} ${of.name}`,
        injuries: state.injuries(code).map(injuryLine),
      };
    }),
  };
}

function injuryLine(injury: InjuryFact): object {
  const short = injury.status.toUpperCase();
  const of = team(injury.teamCode);
  return {
    id: `${espnTeamId(injury.teamCode)}-${injury.player.replaceAll(" ", "-").toLowerCase()}`,
    status: injury.status,
    date: minuteTime(injury.sourceTime),
    shortComment: `${injury.player} is listed as ${injury.status.toLowerCase()}.`,
    athlete: {
      displayName: injury.player,
      fullName: injury.player,
      team: espnTeam(of),
    },
    type: { name: `INJURY_STATUS_${short}`, description: injury.status.toLowerCase() },
    details: { fantasyStatus: { description: short, abbreviation: short } },
    // Not ESPN's: the world's own measure of what the team loses, for models that can use it.
    ...(injury.impactElo === null ? {} : { impactElo: injury.impactElo }),
    ...(injury.reason === undefined ? {} : { reason: injury.reason }),
    ...(injury.parser === undefined ? {} : { recordedBy: injury.parser }),
  };
}
