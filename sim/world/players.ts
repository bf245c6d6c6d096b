import { required } from "../../core/domain/assert.ts";
import { TEAMS } from "../../core/domain/teams.ts";

const FIRST = "Al Ben Cal Dee Eli Fay Gus Hal Ike Jay Kip Lou Mac Ned Oz Pat Ray Sol Ty Vic".split(
  " ",
);
const LAST =
  "Abbot Barlow Carver Dunmore Easton Fenwick Garland Hollis Ingram Jessop Kendall Lorimer Marsh Norwood Oakes Prescott Quincy Rowan Sutter Thorne Upton Vance Wexler Yardley".split(
    " ",
  );

/** Players of a team who see the floor. */
export const ROSTER = 10;

/** Name of a team's player 0 to 9: invented, and the same in every world. */
export function playerName(teamCode: string, player: number): string {
  const number = TEAMS.findIndex((team) => team.code === teamCode) * ROSTER + player;
  const first = required(FIRST[number % FIRST.length], "a first name");
  // 20 first and 24 last names: shifting by one each round keeps all 300 names different.
  const last = LAST[(number + Math.floor(number / FIRST.length) * 5) % LAST.length];
  return `${first} ${required(last, "a last name")}`;
}

/** `Al Abbot` as a play-by-play prints it: `A. Abbot`. */
export function shortName(name: string): string {
  return `${name.charAt(0)}. ${name.slice(name.indexOf(" ") + 1)}`;
}
