import type {
  FeedFault,
  FeedGame,
  FeedTimes,
  InjuryFault,
  InjuryList,
  InjuryReport,
  Scoreboard,
} from "../../core/domain/feeds.ts";
import { injuryParser } from "../../core/domain/feeds.ts";
import { TEAMS, type Team, teamByEspn } from "../../core/domain/teams.ts";
import { easternDate } from "../../core/domain/time.ts";
import { faultAt, fieldOf, type Place, type Reading, readItem, textField } from "../http/feed.ts";
import { gameContradiction } from "../http/game-check.ts";
import { type Competitor, EventWire, InjuryWire } from "./wire.ts";

export const SOURCE = "espn";

/** One side of a game, by the league's own code; null for teams outside the league. */
export interface Sides {
  readonly home: { readonly team: Team; readonly wire: Competitor };
  readonly away: { readonly team: Team; readonly wire: Competitor };
}

/** ESPN's sequence of the two is not fixed: only `homeAway` tells. */
export function sidesOf(competitors: readonly Competitor[]): Sides | null {
  const side = (which: "home" | "away"): Sides["home"] | null => {
    const wire = competitors.find(({ homeAway }) => homeAway === which);
    const team = wire && teamByEspn(wire.team.abbreviation);
    return wire && team ? { team, wire } : null;
  };
  const [home, away] = [side("home"), side("away")];
  return home && away ? { home, away } : null;
}

/** Reads a scoreboard's events one by one. */
export function toScoreboard(
  events: readonly unknown[],
  times: Omit<FeedTimes, "sourceTime">,
): Scoreboard {
  const games: FeedGame[] = [];
  const faults: FeedFault[] = [];
  let skipped = 0;
  events.forEach((event, index) => {
    const externalId = textField(event, "id");
    const place = { source: SOURCE, path: `events.${index}`, externalId };
    const { item, fault } = readGame(place, event, times);
    if (fault !== null) faults.push(fault);
    else if (item === null) skipped += 1;
    else games.push(item);
  });
  return { games, faults, skipped };
}

/** @returns an item that is null for a game outside the league. */
function readGame(
  place: Place,
  event: unknown,
  times: Omit<FeedTimes, "sourceTime">,
): Reading<FeedGame | null> | { item: null; fault: null } {
  const { item: wire, fault } = readItem(place, EventWire, event);
  if (fault !== null) return { item: null, fault };
  const sides = sidesOf(wire.competitions[0]?.competitors ?? []);
  if (sides === null) return { item: null, fault: null };
  if (isSwapped(wire, sides)) {
    return { item: null, fault: faultAt(place, "shortName", "home and away are swapped") };
  }
  const game = toGame(wire, sides, times);
  const against = gameContradiction(game);
  if (against !== null) return { item: null, fault: faultAt(place, against.field, against.reason) };
  return { item: game, fault: null };
}

/** The event's own name says who visits whom, and must agree with its sides. */
function isSwapped({ shortName }: EventWire, { home, away }: Sides): boolean {
  return shortName === `${home.team.espn} @ ${away.team.espn}`;
}

function toGame(
  wire: EventWire,
  { home, away }: Sides,
  times: Omit<FeedTimes, "sourceTime">,
): FeedGame {
  const { clock, period, type } = wire.status;
  return {
    feed: "espn",
    externalId: wire.id,
    date: easternDate(wire.date),
    home: home.team.code,
    away: away.team.code,
    tipAt: wire.date,
    state: type.state,
    statusName: type.name,
    isFinal: isFinal(type),
    period,
    clockSeconds: type.state === "in" ? clock : 0,
    homeScore: home.wire.score,
    awayScore: away.wire.score,
    homePeriods: home.wire.linescores ?? [],
    awayPeriods: away.wire.linescores ?? [],
    // The scoreboard does not say how old it is.
    sourceTime: null,
    ...times,
    ...(isNeutral(wire) ? { isNeutral: true } : {}),
  };
}

/** The site says so, or the name, where nobody is at home. */
function isNeutral({ competitions, shortName }: EventWire): boolean {
  return competitions[0]?.neutralSite === true || shortName?.includes(" VS ") === true;
}

/** Postponed and canceled games are `post` too: only a completed, final status has been played. */
export function isFinal(type: EventWire["status"]["type"]): boolean {
  return type.state === "post" && type.completed && type.name.startsWith("STATUS_FINAL");
}

/** Finds a team by its full name, such as `LA Clippers`: nicknames are unique, cities are spelled many ways. */
export function teamByFullName(displayName: string): Team | null {
  return TEAMS.find(({ name }) => displayName.endsWith(` ${name}`)) ?? null;
}

/** Reads the lines of the league's report one by one; `team` names whose they are. */
export function toInjuries(
  teams: readonly { readonly team: Team; readonly lines: readonly unknown[] }[],
  times: Omit<FeedTimes, "sourceTime">,
): InjuryList {
  const lines: InjuryReport[] = [];
  const faults: InjuryFault[] = [];
  teams.forEach(({ team: { code: teamCode }, lines: told }, index) => {
    told.forEach((line, place) => {
      const path = `injuries.${index}.injuries.${place}`;
      const { item, fault } = readItem(
        { source: SOURCE, path, externalId: null },
        InjuryWire,
        line,
      );
      if (fault === null) lines.push(toInjury(item, teamCode, times));
      else faults.push(injuryFault(fault, teamCode, line));
    });
  });
  return { lines, faults };
}

/** The player stands for an id, and the word that is not known is told: nobody sees it otherwise. */
function injuryFault(fault: FeedFault, teamCode: string, line: unknown): InjuryFault {
  const player = textField(fieldOf(line, "athlete"), "displayName");
  const status = textField(line, "status");
  return {
    ...fault,
    reason: status === null ? fault.reason : `status "${status}": ${fault.reason}`,
    externalId: player === null ? null : `${teamCode} ${player}`,
    teamCode,
  };
}

function toInjury(
  wire: InjuryWire,
  teamCode: string,
  times: Omit<FeedTimes, "sourceTime">,
): InjuryReport {
  return {
    feed: "espn",
    teamCode,
    player: wire.athlete.displayName,
    status: wire.status,
    reason: wire.reason ?? null,
    parser: injuryParser(wire.recordedBy),
    impactElo: wire.impactElo ?? null,
    sourceTime: wire.date,
    ...times,
  };
}
