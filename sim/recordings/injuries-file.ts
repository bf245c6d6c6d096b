import { z } from "zod";
import { NOT_YET_SUBMITTED } from "../../core/domain/feeds.ts";
import { teamByCode } from "../../core/domain/teams.ts";
import { easternInstant, isTradingDate } from "../../core/domain/time.ts";
import type { Fact } from "../facts.ts";
import { text, tradingDate } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { RecordedGame } from "./game.ts";
import { refuse } from "./refusal.ts";

/** Version of this parser; stored with each line, and so with each forecast. */
const REPORT_PARSER = "nba-report-1";

/** The daily editions are of 17:00 to 18:00 Eastern: a line is known when the last of them is out. */
const PUBLISHED_HOUR = 18;

type InjuryFact = Extract<Fact, { kind: "injury" }>;

const usDate = z
  .string()
  .transform((value) => value.replace(/^(\d\d)\/(\d\d)\/(\d{4})$/, "$3-$1-$2"))
  .refine(isTradingDate, "a date is MM/DD/YYYY");
const Dates = z.object({ "Game Date": usDate, report_date: tradingDate });
const Row = Dates.extend({
  Matchup: z.string().regex(/^[A-Z]{3}@[A-Z]{3}$/, "a matchup is AWY@HOM"),
  Team: text,
  Reason: z.string(),
});
const PlayerRow = z.object({
  "Player Name": z.string().regex(/^[^,]+, [^,]+$/, "a name is Last, First"),
  "Current Status": z.enum(["Available", "Probable", "Questionable", "Doubtful", "Out"]),
});

/** What one edition says of one team: its lines by player, and whether it waits for a report. */
interface Edition {
  readonly lines: Map<string, { status: InjuryFact["status"]; reason: string; line: number }>;
  isUnsubmitted: boolean;
}

/** Editions by their date, and in each the teams of a game. */
type Editions = Map<string, Map<string, Edition>>;

/**
 * Reads the league's official injury reports: of each game the lines of its two teams, edition by
 * edition, each known from the hour its edition is out. A player whom a later edition no longer names
 * is available; a team that has not submitted a report has a line without a player.
 *
 * @returns the lines of the given games by event ticker; a game that no edition names is not in it.
 * @throws TradingError RECORDING_INVALID when a row of one of the games cannot be read, or an edition
 * names a player twice with different words.
 */
export async function readInjuries(
  file: string,
  games: readonly RecordedGame[],
): Promise<ReadonlyMap<string, readonly InjuryFact[]>> {
  const wanted = new Map(games.map((game) => [`${game.date} ${game.away}@${game.home}`, game]));
  const told = new Map<RecordedGame, Editions>();
  for await (const row of readCsv(file)) {
    const { "Game Date": date } = parseRow(file, row, Dates);
    const game = wanted.get(`${date} ${row.values["Matchup"] ?? ""}`);
    if (!game) continue;
    const editions = told.get(game) ?? new Map<string, Map<string, Edition>>();
    told.set(game, editions);
    addRow(file, row, game, editions);
  }
  return new Map(
    [...told].map(([game, editions]) => [game.eventTicker, linesOf(game, editions)] as const),
  );
}

function addRow(file: string, row: CsvRow, game: RecordedGame, editions: Editions): void {
  const { report_date: published, Team: name, Reason: reason } = parseRow(file, row, Row);
  if (published > game.date) throw refuse(file, row.line, "report_date: after the game");
  const code = [game.home, game.away].find((one) => name.endsWith(teamByCode(one)?.name ?? name));
  if (code === undefined) throw refuse(file, row.line, `Team: ${name} does not play in it`);
  const teams = editions.get(published) ?? new Map<string, Edition>();
  editions.set(published, teams);
  const edition: Edition = teams.get(code) ?? { lines: new Map(), isUnsubmitted: false };
  teams.set(code, edition);
  if (row.values["Player Name"] === "" && reason === NOT_YET_SUBMITTED) {
    edition.isUnsubmitted = true;
    return;
  }
  const parsed = parseRow(file, row, PlayerRow);
  const [last = "", first = ""] = parsed["Player Name"].split(", ");
  const player = `${first} ${last}`;
  const line = { status: parsed["Current Status"], reason, line: row.line };
  const known = edition.lines.get(player);
  if (known && known.status !== line.status) {
    const said = `line ${known.line} says ${known.status}`;
    throw refuse(file, row.line, `Current Status: ${player} is ${line.status}, but ${said}`);
  }
  edition.lines.set(player, line);
}

/** The lines of a game in the sequence in which they became known. */
function linesOf(game: RecordedGame, editions: Editions): readonly InjuryFact[] {
  const facts: InjuryFact[] = [];
  const standing = new Map([game.home, game.away].map((code) => [code, new Set<string>()]));
  for (const [date, teams] of [...editions].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = easternInstant(date, PUBLISHED_HOUR, 0);
    const common = { kind: "injury", sourceTime: at, receivedAt: at, impactElo: null } as const;
    for (const [teamCode, named] of standing) {
      const edition = teams.get(teamCode);
      // An edition that waits for a team takes nothing back of what the one before said.
      if (edition?.isUnsubmitted === true && edition.lines.size === 0 && named.size > 0) continue;
      const add = (player: string, status: InjuryFact["status"], reason: string): void => {
        facts.push({ ...common, teamCode, player, status, reason, parser: REPORT_PARSER });
      };
      const isWaiting = edition?.isUnsubmitted === true && edition.lines.size === 0;
      for (const player of named) {
        if (edition?.lines.has(player) !== true) add(player, "Available", "");
      }
      named.clear();
      if (isWaiting) {
        named.add(NOT_YET_SUBMITTED);
        add(NOT_YET_SUBMITTED, "Not Yet Submitted", "");
      }
      for (const [player, { status, reason }] of edition?.lines ?? []) {
        named.add(player);
        add(player, status, reason);
      }
    }
  }
  return facts;
}
