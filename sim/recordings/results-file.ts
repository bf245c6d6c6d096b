import { basename } from "node:path";
import { z } from "zod";
import { required } from "../../core/domain/assert.ts";
import type { TradingError } from "../../core/domain/errors.ts";
import { seasonOf, type TradingDate } from "../../core/domain/time.ts";
import type { PastGame } from "../facts.ts";
import { flag, teamCode, text, tradingDate, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { RecordedGame } from "./game.ts";
import { refuse } from "./refusal.ts";

const DateRow = z.object({ game_date_et: tradingDate });
const TeamsRow = DateRow.extend({ game_id: text, home: teamCode, away: teamCode });
const ScoreRow = z.object({ home_pts: wholeNumber, away_pts: wholeNumber });
/** What a results file says beside; a games file does not know neutral ground. */
const SeasonRow = z.object({
  season: z.string().regex(/^\d{4}-\d{4}$/, "a season is YYYY-YYYY"),
  neutral_or_same_matchup_flag: flag,
});

/** One row's word on one game; `score` is null before it was played. */
interface Telling {
  readonly file: string;
  readonly line: number;
  readonly id: string;
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  readonly score: { readonly home: number; readonly away: number } | null;
}

/**
 * Reads finished games strictly before `date`, oldest first, each once: what ratings may be built
 * from. A games file holds results too, but for the games it calls suspect. Rows of later dates and
 * the games of `tonight` are compared, so that none of them is taken for a past game.
 *
 * @throws TradingError RECORDING_INVALID when a row contradicts itself or another row.
 */
export async function readPastGames(
  files: readonly string[],
  gamesFile: string | null,
  date: TradingDate,
  tonight: readonly RecordedGame[] = [],
): Promise<readonly PastGame[]> {
  const told = new ToldGames(date);
  for (const game of tonight) told.add(ofTonight(game));
  const games: PastGame[] = [];
  for (const file of files) {
    for await (const row of readCsv(file)) {
      const telling = tellingOf(file, row, date);
      const isNew = told.add(telling);
      if (telling.date >= date) continue;
      const { season, neutral_or_same_matchup_flag: isNeutral } = parseRow(file, row, SeasonRow);
      // A season is named by the year it ends in.
      if (isNew) games.push(pastGame(telling, Number(season.slice(5)), isNeutral));
    }
  }
  if (gamesFile !== null) {
    for await (const row of readCsv(gamesFile)) {
      parseRow(gamesFile, row, DateRow);
      if (row.values["quality"] === "suspect") continue;
      const telling = tellingOf(gamesFile, row, date);
      const isNew = told.add(telling);
      if (isNew && telling.date < date) {
        games.push(pastGame(telling, seasonOf(telling.date), false));
      }
    }
  }
  return games.sort((a, b) => a.date.localeCompare(b.date));
}

/** All that was told of any game, each first telling against the later ones. */
class ToldGames {
  readonly #before: TradingDate;
  readonly #byId = new Map<string, Telling>();
  readonly #byTeam = new Map<string, Telling>();

  constructor(before: TradingDate) {
    this.#before = before;
  }

  /** Whether the game was not told before. */
  add(telling: Telling): boolean {
    const known = this.#byId.get(telling.id);
    if (known) checkSame(telling, known);
    if (!known?.score) this.#byId.set(telling.id, telling);
    if (telling.date < this.#before) this.#checkDay(telling);
    return known === undefined;
  }

  /** A team plays once a day: a past game under two ids would be rated twice. */
  #checkDay(telling: Telling): void {
    for (const team of [telling.home, telling.away]) {
      const key = `${telling.date} ${team}`;
      const known = this.#byTeam.get(key) ?? telling;
      if (known.id !== telling.id) {
        throw contradiction(telling, known, "", `${team} plays ${known.id} on ${telling.date}`);
      }
      this.#byTeam.set(key, known);
    }
  }
}

function checkSame(telling: Telling, known: Telling): void {
  const compare = (how: string, say: (of: Telling) => string): void => {
    const [is, was] = [say(telling), say(known)];
    if (is !== was) throw contradiction(telling, known, ` ${how} ${is}`, was);
  };
  compare("on", ({ date }) => date);
  compare("for", ({ home, away }) => `${away} at ${home}`);
  if (telling.score === null || known.score === null) return;
  compare("at", ({ score }) => `${score?.home} to ${score?.away}`);
}

function contradiction(telling: Telling, known: Telling, what: string, said: string): TradingError {
  const other = `${basename(known.file)} line ${known.line}`;
  const reason = `game ${telling.id}${what}, but ${other} says ${said}`;
  return refuse(telling.file, telling.line, reason);
}

function pastGame(telling: Telling, season: number, isNeutral: boolean): PastGame {
  const { date, home, away } = telling;
  const score = required(telling.score, "a score of the past");
  return { date, home, away, homePoints: score.home, awayPoints: score.away, season, isNeutral };
}

function ofTonight(game: RecordedGame): Telling {
  const { date, home, away, finalScore: score, nbaGameId: id, origin } = game;
  return { ...origin, id, date, home, away, score };
}

function tellingOf(file: string, row: CsvRow, date: TradingDate): Telling {
  const { game_id: id, game_date_et: playedOn, home, away } = parseRow(file, row, TeamsRow);
  const telling = { file, line: row.line, id, date: playedOn, home, away };
  const isBlank = row.values["home_pts"] === "" && row.values["away_pts"] === "";
  if (playedOn >= date && isBlank) return { ...telling, score: null };
  const { home_pts, away_pts } = parseRow(file, row, ScoreRow);
  if (home_pts === away_pts) throw refuse(file, row.line, "a game is never drawn");
  return { ...telling, score: { home: home_pts, away: away_pts } };
}
