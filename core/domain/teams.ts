import { required } from "./assert.ts";

/** One NBA team under the names its sources use. */
export interface Team {
  /** NBA tricode, which is also Kalshi's ticker code. */
  readonly code: string;
  /** ESPN's abbreviation; differs from the tricode for six teams. */
  readonly espn: string;
  /** NBA team id: 1610612000 plus the suffix of the table. */
  readonly nbaId: number;
  readonly city: string;
  readonly name: string;
}

const ROWS: readonly (readonly [string, string, number, string, string])[] = [
  ["ATL", "ATL", 737, "Atlanta", "Hawks"],
  ["BOS", "BOS", 738, "Boston", "Celtics"],
  ["BKN", "BKN", 751, "Brooklyn", "Nets"],
  ["CHA", "CHA", 766, "Charlotte", "Hornets"],
  ["CHI", "CHI", 741, "Chicago", "Bulls"],
  ["CLE", "CLE", 739, "Cleveland", "Cavaliers"],
  ["DAL", "DAL", 742, "Dallas", "Mavericks"],
  ["DEN", "DEN", 743, "Denver", "Nuggets"],
  ["DET", "DET", 765, "Detroit", "Pistons"],
  ["GSW", "GS", 744, "Golden State", "Warriors"],
  ["HOU", "HOU", 745, "Houston", "Rockets"],
  ["IND", "IND", 754, "Indiana", "Pacers"],
  ["LAC", "LAC", 746, "Los Angeles C", "Clippers"],
  ["LAL", "LAL", 747, "Los Angeles L", "Lakers"],
  ["MEM", "MEM", 763, "Memphis", "Grizzlies"],
  ["MIA", "MIA", 748, "Miami", "Heat"],
  ["MIL", "MIL", 749, "Milwaukee", "Bucks"],
  ["MIN", "MIN", 750, "Minnesota", "Timberwolves"],
  ["NOP", "NO", 740, "New Orleans", "Pelicans"],
  ["NYK", "NY", 752, "New York", "Knicks"],
  ["OKC", "OKC", 760, "Oklahoma City", "Thunder"],
  ["ORL", "ORL", 753, "Orlando", "Magic"],
  ["PHI", "PHI", 755, "Philadelphia", "76ers"],
  ["PHX", "PHX", 756, "Phoenix", "Suns"],
  ["POR", "POR", 757, "Portland", "Trail Blazers"],
  ["SAC", "SAC", 758, "Sacramento", "Kings"],
  ["SAS", "SA", 759, "San Antonio", "Spurs"],
  ["TOR", "TOR", 761, "Toronto", "Raptors"],
  ["UTA", "UTAH", 762, "Utah", "Jazz"],
  ["WAS", "WSH", 764, "Washington", "Wizards"],
];

/** All 30 teams. Source: reference table of Kalshi, ESPN and NBA codes (late 2026). */
export const TEAMS: readonly Team[] = ROWS.map(([code, espn, suffix, city, name]) => ({
  code,
  espn,
  nbaId: 1_610_612_000 + suffix,
  city,
  name,
}));

const BY_CODE = new Map(TEAMS.map((team) => [team.code, team]));
const BY_ESPN = new Map(TEAMS.map((team) => [team.espn, team]));

/** Finds a team by NBA tricode. @returns `null` when no team has it. */
export function teamByCode(code: string): Team | null {
  return BY_CODE.get(code) ?? null;
}

/** Finds a team by ESPN abbreviation. @returns `null` when no team has it. */
export function teamByEspn(abbreviation: string): Team | null {
  return BY_ESPN.get(abbreviation) ?? null;
}

/**
 * The team with this tricode.
 *
 * @throws InvariantError when there is none.
 */
export function team(code: string): Team {
  return required(teamByCode(code), `team ${code}`);
}
