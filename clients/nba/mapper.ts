import type {
  BoxScore,
  FeedFault,
  FeedGame,
  FeedPlay,
  FeedTimes,
  PlayByPlay,
  Scoreboard,
} from "../../core/domain/feeds.ts";
import { teamByCode } from "../../core/domain/teams.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import { faultAt, type Place, readItem, textField } from "../http/feed.ts";
import { gameContradiction } from "../http/game-check.ts";
import { feedInvalid } from "../http/payload.ts";
import { type ActionWire, type BoxScoreWire, GameWire, type TeamWire } from "./wire.ts";

export const SOURCE = "nba";

type Times = Omit<FeedTimes, "sourceTime">;

/** Reads a scoreboard's games one by one. */
export function toScoreboard(wires: readonly unknown[], times: Times): Scoreboard {
  const games: FeedGame[] = [];
  const faults: FeedFault[] = [];
  let skipped = 0;
  wires.forEach((wire, index) => {
    const externalId = textField(wire, "gameId");
    const place = { source: SOURCE, path: `scoreboard.games.${index}`, externalId };
    const { item, fault } = readItem(place, GameWire, wire);
    if (fault !== null) {
      faults.push(fault);
    } else if (!isLeague(item)) {
      skipped += 1;
    } else {
      const read = toGame(place, item, times);
      if ("field" in read) faults.push(read);
      else games.push(read);
    }
  });
  return { games, faults, skipped };
}

/** Exhibitions bring teams from outside the league. */
function isLeague({ homeTeam, awayTeam }: GameWire): boolean {
  return teamByCode(homeTeam.teamTricode) !== null && teamByCode(awayTeam.teamTricode) !== null;
}

function toGame(place: Place, wire: GameWire, times: Times): FeedGame | FeedFault {
  const [day = "", teams = ""] = wire.gameCode.split("/");
  const { homeTeam, awayTeam } = wire;
  if (teams !== `${awayTeam.teamTricode}${homeTeam.teamTricode}`) {
    return faultAt(place, "gameCode", "home and away are not the code's");
  }
  const status = statusOf(wire);
  const clockSeconds = status.state === "in" ? clockOf(wire, status.statusName) : 0;
  if (clockSeconds === null) return faultAt(place, "gameClock", "in play without a clock");
  const game: FeedGame = {
    feed: "nba",
    externalId: wire.gameId,
    date: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`,
    home: homeTeam.teamTricode,
    away: awayTeam.teamTricode,
    tipAt: wire.gameTimeUTC,
    ...status,
    isFinal: status.statusName === "STATUS_FINAL",
    period: wire.period,
    clockSeconds,
    homeScore: homeTeam.score,
    awayScore: awayTeam.score,
    homePeriods: periodsOf(homeTeam, wire.period),
    awayPeriods: periodsOf(awayTeam, wire.period),
    // `meta.time` has no zone and was seen on a twelve-hour clock: it tells nothing for sure.
    sourceTime: null,
    ...times,
  };
  const against = gameContradiction(game);
  return against === null ? game : faultAt(place, against.field, against.reason);
}

/** The NBA's three states and free text, in ESPN's words. */
function statusOf(wire: GameWire): Pick<FeedGame, "state" | "statusName"> {
  const text = wire.gameStatusText.trim();
  if (/^(?:PPD|Postponed)/i.test(text)) return { state: "post", statusName: "STATUS_POSTPONED" };
  if (/^Cancel/i.test(text)) return { state: "post", statusName: "STATUS_CANCELED" };
  if (wire.gameStatus === 1) return { state: "pre", statusName: "STATUS_SCHEDULED" };
  if (wire.gameStatus === 3) return { state: "post", statusName: "STATUS_FINAL" };
  if (/^Half/i.test(text)) return { state: "in", statusName: "STATUS_HALFTIME" };
  if (/^End/i.test(text)) return { state: "in", statusName: "STATUS_END_PERIOD" };
  return { state: "in", statusName: "STATUS_IN_PROGRESS" };
}

/** In a break the clock may be left out, and stands at zero. @returns `null` when it should run. */
function clockOf(wire: GameWire, statusName: string): number | null {
  if (wire.gameClock !== null) return wire.gameClock;
  return statusName === "STATUS_IN_PROGRESS" ? null : 0;
}

/** Periods to come are listed too, with no points. */
function periodsOf(team: TeamWire, period: number): readonly number[] {
  return team.periods.filter((row) => row.period <= period).map((row) => row.score);
}

/** All plays, and as the feed's own time the newest of theirs. */
export function toPlayByPlay(
  gameId: string,
  actions: readonly ActionWire[],
  times: Times,
): PlayByPlay {
  const plays = actions.map(toPlay);
  const newest = plays.reduce<Instant | null>(
    (latest, { playedAt }) =>
      playedAt === null ? latest : instant(Math.max(latest ?? playedAt, playedAt)),
    null,
  );
  return { feed: "nba", externalId: gameId, plays, sourceTime: newest, ...times };
}

function toPlay(wire: ActionWire): FeedPlay {
  return {
    actionNumber: wire.actionNumber,
    period: wire.period,
    clockSeconds: wire.clock ?? 0,
    actionType: wire.actionType,
    teamCode: wire.teamTricode === undefined || wire.teamTricode === "" ? null : wire.teamTricode,
    homeScore: wire.scoreHome,
    awayScore: wire.scoreAway,
    description: wire.description ?? "",
    playedAt: wire.timeActual ?? null,
  };
}

/** @throws TradingError FEED_INVALID when the game contradicts itself. */
export function toBoxScore({ game }: BoxScoreWire, times: Times): BoxScore {
  const place = { source: SOURCE, path: "game", externalId: game.gameId };
  const read = toGame(place, game, times);
  if ("field" in read) throw feedInvalid(read);
  const inactive = [game.homeTeam, game.awayTeam].flatMap(({ teamTricode, players }) =>
    players
      .filter(({ status }) => status === "INACTIVE")
      .map(({ name }) => ({ teamCode: teamTricode, player: name })),
  );
  return { game: read, inactive };
}
