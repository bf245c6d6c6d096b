import { franchiseOf } from "../../core/domain/franchises.ts";
import { isTradingDate, seasonOf } from "../../core/domain/time.ts";
import type { PastGame } from "../facts.ts";

/** The shapes of result files that are known by their columns. */
export type ResultShape = "538-elo" | "538-all-elo" | "nba-results" | "nba-odds";

/** One row's game; teams are franchises. Null where the shape does not know neutral ground. */
export interface LeagueRow extends Omit<PastGame, "isNeutral"> {
  readonly isNeutral: boolean | null;
  readonly isPlayoff: boolean;
}

type Values = Readonly<Record<string, string>>;

/** Where a shape keeps what a game is made of. */
interface Shape {
  readonly shape: ResultShape;
  readonly date: string;
  /** A year in which the season ends, or `YYYY-YYYY`. */
  readonly season: string;
  readonly home: string;
  readonly away: string;
  readonly homePoints: string;
  readonly awayPoints: string;
  /** Null where the shape does not know. */
  readonly neutral: string | null;
  readonly playoff: string;
  readonly isPlayoff: (value: string, values: Values) => boolean;
  /** What the row says that can be true on neutral ground alone, whatever its flag says. */
  readonly neutralBecause?: (values: Values) => string | null;
  /** Whether the row tells the guest's side. */
  readonly isTurned?: (values: Values) => boolean;
}

const isTrue = (value: string): boolean => value === "True";

const SHAPES: readonly Shape[] = [
  {
    // FiveThirtyEight's nba_elo.csv; a copy of it states playoffs in a column of its own.
    ...{ shape: "538-elo", date: "date", season: "season", neutral: "neutral" },
    ...{ home: "team1", away: "team2", homePoints: "score1", awayPoints: "score2" },
    playoff: "playoff",
    isPlayoff: (value, values) => value !== "" || isTrue(values["is_playoff"] ?? ""),
  },
  {
    // FiveThirtyEight's nbaallelo, one row a game: its id ends in a code of the home team's franchise.
    ...{ shape: "538-all-elo", date: "date_game", season: "year_id", neutral: null },
    ...{ home: "team_id", away: "opp_id", homePoints: "pts", awayPoints: "opp_pts" },
    playoff: "is_playoffs",
    isPlayoff: isTrue,
    isTurned: (values) =>
      franchiseOf((values["game_id"] ?? "").slice(-3)) === franchiseOf(values["opp_id"] ?? ""),
  },
  {
    ...{ shape: "nba-results", date: "game_date_et", season: "season" },
    ...{ home: "home", away: "away", homePoints: "home_pts", awayPoints: "away_pts" },
    neutral: "neutral_or_same_matchup_flag",
    playoff: "season_type",
    isPlayoff: (value) => value === "playoffs",
    // The final of the league's cup is played in Las Vegas.
    neutralBecause: ({ season_type: type }) =>
      type === "cup_final" ? `season_type: "${type}"` : null,
  },
  {
    ...{ shape: "nba-odds", date: "date", season: "season", neutral: null },
    ...{ home: "home", away: "away", homePoints: "score_home", awayPoints: "score_away" },
    playoff: "playoffs",
    isPlayoff: isTrue,
  },
];

/** The columns a shape cannot be without. */
function columnsOf(shape: Shape): readonly string[] {
  const { date, season, home, away, homePoints, awayPoints, neutral, playoff } = shape;
  const always = [date, season, home, away, homePoints, awayPoints, playoff];
  return neutral === null ? always : [...always, neutral];
}

/** The shape of a file with these columns. @returns `null` when it is of none. */
export function shapeOf(columns: readonly string[]): Shape | null {
  return SHAPES.find((shape) => columnsOf(shape).every((name) => columns.includes(name))) ?? null;
}

/** What a file must have to be read, shape by shape, for a refusal. */
export function knownShapes(): string {
  return SHAPES.map((shape) => `${shape.shape} (${columnsOf(shape).join(", ")})`).join("; ");
}

/** Reads values that come again and again once. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    known.set(text, value);
    return value;
  };
}

const isDate = remembered(isTradingDate);
const seasonOfDate = remembered(seasonOf);
const seasonNamed = remembered((text) =>
  /^\d{4}(\.0)?$/.test(text)
    ? Number(text)
    : /^\d{4}-\d{4}$/.test(text)
      ? Number(text.slice(5))
      : Number.NaN,
);
/** The most that any team ever made is 186; a game that was given up ends 2 to 0. */
const pointsOf = remembered((text) =>
  /^\d{1,3}(\.0)?$/.test(text) && Number(text) <= 250 ? Number(text) : Number.NaN,
);
const neutralOf = (text: string): boolean | null =>
  /^[01](\.0)?$/.test(text) ? text.startsWith("1") : null;

/**
 * Reads one row. The hot path of a league's history: no schema is asked, each field is looked at once.
 *
 * @returns the game, or what is impossible about the row, with the column where it is one's.
 */
export function readLeagueRow(shape: Shape, values: Values): LeagueRow | string {
  const text = (column: string): string => values[column] ?? "";
  const wrong = (column: string, why: string): string => `${column}: "${text(column)}" ${why}`;
  const date = text(shape.date);
  if (!isDate(date)) return wrong(shape.date, "is not a date, YYYY-MM-DD");
  const season = seasonNamed(text(shape.season));
  if (Number.isNaN(season)) return wrong(shape.season, "names no season");
  // A season runs into summer; that of 2020 ran until October.
  const isOfSeason = seasonOfDate(date) === season || (season === 2020 && date <= "2020-10-11");
  if (!isOfSeason) return wrong(shape.season, `is not the season of ${date}`);
  const home = franchiseOf(text(shape.home));
  if (home === null) return wrong(shape.home, "is no team's code");
  const away = franchiseOf(text(shape.away));
  if (away === null) return wrong(shape.away, "is no team's code");
  if (home === away) return wrong(shape.away, "plays against itself");
  const homePoints = pointsOf(text(shape.homePoints));
  if (Number.isNaN(homePoints)) return wrong(shape.homePoints, "is not 0 to 250 points");
  const awayPoints = pointsOf(text(shape.awayPoints));
  if (Number.isNaN(awayPoints)) return wrong(shape.awayPoints, "is not 0 to 250 points");
  if (homePoints === awayPoints) return wrong(shape.homePoints, "both: no game ends in a draw");
  const flag = shape.neutral === null ? null : neutralOf(text(shape.neutral));
  if (shape.neutral !== null && flag === null) return wrong(shape.neutral, "is not 0 or 1");
  const isNeutral = flagContradiction(shape, values) === null ? flag : true;
  const isPlayoff = shape.isPlayoff(text(shape.playoff), values);
  const common = { date, season, isNeutral, isPlayoff };
  return shape.isTurned?.(values) === true
    ? { ...common, home: away, away: home, homePoints: awayPoints, awayPoints: homePoints }
    : { ...common, home, away, homePoints, awayPoints };
}

/** Why a row's flag is not believed, which says that home is at home. @returns `null` when it is. */
export function flagContradiction(shape: Shape, values: Values): string | null {
  const { neutral } = shape;
  const because = shape.neutralBecause?.(values) ?? null;
  if (neutral === null || because === null) return null;
  const flag = values[neutral] ?? "";
  return neutralOf(flag) === false ? `${neutral}: "${flag}" against ${because}` : null;
}
