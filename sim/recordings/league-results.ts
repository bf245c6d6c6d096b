import { basename } from "node:path";
import type { PastGame } from "../facts.ts";
import { readCsv } from "./csv.ts";
import { hashFile } from "./hash.ts";
import {
  flagContradiction,
  knownShapes,
  type LeagueRow,
  readLeagueRow,
  type ResultShape,
  shapeOf,
} from "./league-shapes.ts";
import { refuse } from "./refusal.ts";

/** A past game that also says whether it was one of the playoffs. */
export interface LeagueGame extends PastGame {
  readonly isPlayoff: boolean;
}

/**
 * What was odd about a row:
 * - `impossible`: it cannot be read, or cannot have been played: left out;
 * - `duplicate`: tells a game again, in the same way: left out;
 * - `reversed`: tells a game again with home and away exchanged, as sources do on neutral ground: left out;
 * - `contradicts`: tells a game again with another score: left out, the earlier file is believed;
 * - `twice_a_day`: one of the teams plays another game on that date: kept;
 * - `neutral_flag`: its flag says that home is at home, another column that nobody is: kept, as on neutral ground.
 */
type FindingKind =
  | ("impossible" | "duplicate" | "reversed" | "contradicts" | "twice_a_day")
  | "neutral_flag";

/** One odd row. */
export interface Finding {
  readonly kind: FindingKind;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What one file gave. */
interface ReadFile {
  readonly file: string;
  readonly sha256: string;
  readonly shape: ResultShape;
  readonly rows: number;
  /** Games that no file before it told. */
  readonly games: number;
}

/** The results of a league, oldest first, each game once. */
export interface LeagueResults {
  readonly games: readonly LeagueGame[];
  readonly files: readonly ReadFile[];
  readonly findings: readonly Finding[];
}

/** The summer of 2020 was played in Orlando: at home was nobody. Some sources do not say so. */
const BUBBLE = { from: "2020-07-30", to: "2020-10-11" };

/**
 * Reads result files of any known shape. Where files overlap, the first one that tells a game is
 * believed. Rows that are odd are left out, or kept, as their finding says.
 *
 * @throws TradingError RECORDING_INVALID when a file is missing, is of no known shape, or has no
 * game that can be used.
 */
export async function readLeagueResults(files: readonly string[]): Promise<LeagueResults> {
  const league = new League();
  const read: ReadFile[] = [];
  for (const file of files) read.push(await readFile(file, league));
  const games = league.games.sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  return { games, files: read, findings: league.findings };
}

async function readFile(file: string, league: League): Promise<ReadFile> {
  const before = league.games.length;
  let known: ReturnType<typeof shapeOf> = null;
  let rows = 0;
  let usable = 0;
  for await (const { line, values } of readCsv(file)) {
    known ??= shapeOf(Object.keys(values));
    if (known === null) throw refuse(file, 1, `has none of the known shapes: ${knownShapes()}`);
    rows += 1;
    const read = readLeagueRow(known, values);
    if (typeof read === "string") {
      league.findings.push({ kind: "impossible", file, line, reason: read });
    } else {
      usable += 1;
      const flag = flagContradiction(known, values);
      if (flag !== null) {
        league.findings.push({ kind: "neutral_flag", file, line, reason: flag });
      }
      league.add(file, line, read);
    }
  }
  if (known === null || usable === 0) {
    const [first] = league.findings.filter((finding) => finding.file === file);
    const why = first ? `: line ${first.line}, ${first.reason}` : "";
    throw refuse(file, null, `has no finished game that can be used${why}`);
  }
  const games = league.games.length - before;
  return { file, sha256: await hashFile(file), shape: known.shape, rows, games };
}

interface Told {
  readonly game: LeagueGame;
  readonly where: string;
}

/** All games that were told so far. */
class League {
  readonly games: LeagueGame[] = [];
  readonly findings: Finding[] = [];
  readonly #byPair = new Map<string, Told>();
  readonly #byTeam = new Map<string, string>();

  add(file: string, line: number, row: LeagueRow): void {
    const { date, home, away } = row;
    const pair = `${date} ${home < away ? `${home} ${away}` : `${away} ${home}`}`;
    const known = this.#byPair.get(pair);
    if (known) {
      this.findings.push({ ...compare(row, known), file, line });
      return;
    }
    const where = `${basename(file)} line ${line}`;
    for (const team of [home, away]) {
      const other = this.#byTeam.get(`${date} ${team}`);
      if (other !== undefined) {
        const reason = `${team} plays on ${date} in ${other} too`;
        this.findings.push({ kind: "twice_a_day", file, line, reason });
      }
      this.#byTeam.set(`${date} ${team}`, where);
    }
    const isBubble = date >= BUBBLE.from && date <= BUBBLE.to;
    const game = { ...row, isNeutral: row.isNeutral ?? isBubble };
    this.#byPair.set(pair, { game, where });
    this.games.push(game);
  }
}

function compare(row: LeagueRow, { game, where }: Told): Pick<Finding, "kind" | "reason"> {
  const isReversed = row.home !== game.home;
  const told = isReversed
    ? { home: row.awayPoints, away: row.homePoints }
    : { home: row.homePoints, away: row.awayPoints };
  const name = `${row.away} at ${row.home} on ${row.date}`;
  if (told.home !== game.homePoints || told.away !== game.awayPoints) {
    const scores = `${row.homePoints} to ${row.awayPoints}`;
    const known = `${game.homePoints} to ${game.awayPoints} for ${game.home}`;
    return { kind: "contradicts", reason: `${name} ended ${scores}, but ${where} says ${known}` };
  }
  return isReversed
    ? { kind: "reversed", reason: `${name} is ${game.away} at ${game.home} in ${where}` }
    : { kind: "duplicate", reason: `${name} is in ${where}` };
}
