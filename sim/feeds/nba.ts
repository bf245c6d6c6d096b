import { NOT_YET_SUBMITTED } from "../../core/domain/feeds.ts";
import { type Team, team } from "../../core/domain/teams.ts";
import { type EasternParts, easternParts } from "../../core/domain/time.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { FeedState, GameFeeds, GameStateFact, PlayFact } from "./state.ts";
import { feedCity } from "./team-names.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-20T19:30:00` as an Eastern clock on the wall shows it. */
function easternText(at: Instant): string {
  const { date, hour, minute, second }: EasternParts = easternParts(at);
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}`;
}

function utcText(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Eastern time with its true offset, as the box score has it. */
function offsetText(at: Instant): string {
  const local = easternText(at);
  const hours = Math.round((Date.parse(`${local}Z`) - at) / 3_600_000);
  return `${local}-${two(-hours)}:00`;
}

/** `PT07M15.00S`. */
function isoClock(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `PT${two(minutes)}M${(seconds - 60 * minutes).toFixed(2).padStart(5, "0")}S`;
}

/** The head of every file. `time` is Eastern and says so nowhere, as at the source. */
function meta(now: Instant, request: string): object {
  const time = `${easternText(now).replace("T", " ")}.${String(now % 1000).padStart(3, "0")}000`;
  return { version: 1, request, time, code: 200 };
}

function gameStatus(shown: GameStateFact | null): 1 | 2 | 3 {
  if (shown?.state === "in") return 2;
  // A game called off is neither live nor final: the text alone tells.
  return shown?.statusName.startsWith("STATUS_FINAL") === true ? 3 : 1;
}

function statusText(game: GameFeeds): string {
  const shown = game.nba;
  const { hour, minute } = easternParts(game.slate.tipAt);
  if (shown === null || shown.state === "pre") return `${hour - 12}:${two(minute)} pm ET`;
  if (shown.statusName === "STATUS_POSTPONED") return "PPD";
  const name = shown.period <= 4 ? `Q${shown.period}` : `OT${shown.period - 4}`;
  if (shown.state === "post") return shown.period > 4 ? "Final/OT" : "Final";
  if (shown.statusName === "STATUS_HALFTIME") return "Half";
  if (shown.statusName === "STATUS_END_PERIOD") return `END ${name}`;
  const clock = shown.clockSeconds;
  return `${name} ${two(Math.floor(clock / 60))}:${two(Math.floor(clock % 60))}`;
}

/** A team on the scoreboard; the box score's has no season record. */
function boardTeam(state: FeedState, game: GameFeeds, side: "home" | "away"): object {
  return { ...nbaTeam(game, side), ...state.record(game.slate[side]), seed: null };
}

function nbaTeam(game: GameFeeds, side: "home" | "away"): object {
  const of = team(game.slate[side]);
  const shown = game.nba;
  const points = (side === "home" ? shown?.homePeriods : shown?.awayPeriods) ?? [];
  return {
    ...teamNames(of),
    score: (side === "home" ? shown?.homeScore : shown?.awayScore) ?? 0,
    inBonus: null,
    timeoutsRemaining: Math.max(0, 7 - timeouts(game, of.code)),
    periods: points.map((score, index) => ({
      period: index + 1,
      periodType: index < 4 ? "REGULAR" : "OVERTIME",
      score,
    })),
  };
}

function teamNames(of: Team): object {
  return {
    teamId: of.nbaId,
    teamName: of.name,
    teamCity: feedCity(of),
    teamTricode: of.code,
  };
}

function timeouts(game: GameFeeds, code: string): number {
  return game.plays.filter((play) => play.actionType === "timeout" && play.teamCode === code)
    .length;
}

function gameCode(game: GameFeeds): string {
  const { date, away, home } = game.slate;
  return `${date.replaceAll("-", "")}/${away}${home}`;
}

/** The day's games. `gameEt` ends in Z and is Eastern all the same: a trap of the real file. */
export function nbaScoreboard(state: FeedState, now: Instant): object {
  const games = state.games.filter((game) => !state.isAway("nba", game));
  return {
    meta: meta(now, "scoreboard/todaysScoreboard_00.json"),
    scoreboard: {
      gameDate: state.games[0]?.slate.date ?? easternParts(now).date,
      leagueId: "00",
      leagueName: "National Basketball Association",
      games: games.map((game) => ({
        gameId: game.slate.nbaGameId,
        gameCode: gameCode(game),
        gameStatus: gameStatus(game.nba),
        gameStatusText: statusText(game),
        period: game.nba?.period ?? 0,
        gameClock: game.nba?.state === "in" ? isoClock(game.nba.clockSeconds) : "",
        gameTimeUTC: utcText(game.slate.tipAt),
        gameEt: `${easternText(game.slate.tipAt)}Z`,
        regulationPeriods: 4,
        ifNecessary: false,
        seriesGameNumber: "",
        seriesText: "",
        homeTeam: boardTeam(state, game, "home"),
        awayTeam: boardTeam(state, game, "away"),
      })),
    },
  };
}

/** All plays of a game so far. */
export function nbaPlayByPlay(game: GameFeeds, now: Instant): object {
  const { nbaGameId } = game.slate;
  return {
    meta: meta(now, `playbyplay/playbyplay_${nbaGameId}.json`),
    game: { gameId: nbaGameId, actions: game.plays.map(action) },
  };
}

const SHOTS = ["2pt", "3pt", "freethrow"];

function action(play: PlayFact): object {
  const isShot = SHOTS.includes(play.actionType);
  const isMissed = play.description.startsWith("MISS");
  return {
    actionNumber: play.actionNumber,
    orderNumber: play.actionNumber * 10_000,
    clock: isoClock(play.clockSeconds),
    timeActual: new Date(play.sourceTime).toISOString(),
    period: play.period,
    periodType: play.period <= 4 ? "REGULAR" : "OVERTIME",
    ...(play.teamCode === null
      ? {}
      : { teamId: team(play.teamCode).nbaId, teamTricode: play.teamCode }),
    actionType: play.actionType,
    subType: subType(play),
    qualifiers: [],
    personId: 0,
    ...(isShot ? { shotResult: isMissed ? "Missed" : "Made" } : {}),
    isFieldGoal: play.actionType === "2pt" || play.actionType === "3pt" ? 1 : 0,
    scoreHome: String(play.homeScore),
    scoreAway: String(play.awayScore),
    edited: utcText(play.receivedAt),
    description: play.description,
  };
}

/** `start` or `end` of a period, `end` of the game. */
function subType(play: PlayFact): string {
  if (play.actionType === "game") return "end";
  if (play.actionType === "period") return play.description.includes("start") ? "start" : "end";
  return "";
}

/** The box score: the state once more, and who of the injury report plays. */
export function nbaBoxScore(state: FeedState, game: GameFeeds, now: Instant): object {
  const { nbaGameId, tipAt } = game.slate;
  const shown = game.nba;
  const isStarted = shown !== null && shown.state !== "pre";
  return {
    meta: meta(now, `boxscore/boxscore_${nbaGameId}.json`),
    game: {
      gameId: nbaGameId,
      gameTimeLocal: offsetText(tipAt),
      gameTimeUTC: utcText(tipAt),
      gameTimeHome: offsetText(tipAt),
      gameTimeAway: offsetText(tipAt),
      gameEt: offsetText(tipAt),
      duration: isStarted ? Math.max(0, Math.round((shown.sourceTime - tipAt) / 60_000)) : 0,
      gameCode: gameCode(game),
      gameStatusText: statusText(game),
      gameStatus: gameStatus(shown),
      regulationPeriods: 4,
      period: shown?.period ?? 0,
      gameClock: isStarted ? isoClock(shown.clockSeconds) : "",
      homeTeam: boxTeam(state, game, "home"),
      awayTeam: boxTeam(state, game, "away"),
    },
  };
}

function boxTeam(state: FeedState, game: GameFeeds, side: "home" | "away"): object {
  const points = side === "home" ? game.nba?.homeScore : game.nba?.awayScore;
  const named = state
    .injuries(game.slate[side])
    .filter(({ player }) => player !== NOT_YET_SUBMITTED);
  const players = named.map((injury, index) => {
    const [firstName = "", familyName = ""] = injury.player.split(" ");
    const isOut = injury.status === "Out";
    return {
      status: isOut ? "INACTIVE" : "ACTIVE",
      order: index + 1,
      personId: index + 1,
      name: injury.player,
      nameI: `${firstName.charAt(0)}. ${familyName}`,
      firstName,
      familyName,
      ...(isOut ? { notPlayingReason: "INACTIVE_INJURY" } : {}),
    };
  });
  return { ...nbaTeam(game, side), players, statistics: { points: points ?? 0 } };
}
