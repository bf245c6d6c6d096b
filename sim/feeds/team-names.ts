import { required } from "../../core/domain/assert.ts";
import type { Team } from "../../core/domain/teams.ts";

/** ESPN's numeric team ids by NBA tricode. Source: reference table of team codes, late 2026. */
const IDS: Readonly<Record<string, number>> = {
  ATL: 1,
  BOS: 2,
  NOP: 3,
  CHI: 4,
  CLE: 5,
  DAL: 6,
  DEN: 7,
  DET: 8,
  GSW: 9,
  HOU: 10,
  IND: 11,
  LAC: 12,
  LAL: 13,
  MIA: 14,
  MIL: 15,
  MIN: 16,
  BKN: 17,
  NYK: 18,
  ORL: 19,
  PHI: 20,
  PHX: 21,
  POR: 22,
  SAC: 23,
  SAS: 24,
  OKC: 25,
  UTA: 26,
  WAS: 27,
  TOR: 28,
  MEM: 29,
  CHA: 30,
};

/** ESPN's id of a team, as the text it sends. */
export function espnTeamId(teamCode: string): string {
  return String(required(IDS[teamCode], `ESPN id of ${teamCode}`));
}

/** Cities that the feeds call otherwise than the venue does. */
const CITIES: Readonly<Record<string, string>> = { LAC: "LA", LAL: "Los Angeles" };

/** A team's city in the words of ESPN and the NBA. */
export function feedCity(team: Team): string {
  return CITIES[team.code] ?? team.city;
}
