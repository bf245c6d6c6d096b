import { z } from "zod";
import { eventTicker } from "../../core/domain/ids.ts";
import { easternDate } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../facts.ts";
import { decimal, roughNumber, teamCode, text, timestamp, wholeNumber } from "./columns.ts";
import { type CsvRow, parseRow, readCsv } from "./csv.ts";
import type { GameStory, RecordedGame } from "./game.ts";
import { refuse } from "./refusal.ts";
import { finalState, liveState, periodPoints, type ScoreAt } from "./states.ts";

/** After the last word of a file on a decided game its end is certain. */
const END_DELAY_MS = 10 * 60_000;
/** Plays are told a little out of sequence; more than this is another game. */
const DISORDER_MS = 10 * 60_000;
const PERIOD_MS = 12 * 60_000;
/** A file may have rounded the minutes on a clock by this much. */
const MINUTES_ROUNDED_MS = 1_000;

/** Seconds left in the period, in milliseconds. */
const clockMs = decimal(3).refine(
  (value) => value >= 0 && value <= PERIOD_MS,
  "not 0 to 720 seconds",
);

/** Score and clock at each play: one game a file. */
const StateRow = z.object({
  timestamp,
  game_id: text,
  home_team: teamCode,
  away_team: teamCode,
  quarter: wholeNumber,
  time_remaining_quarter_seconds: clockMs,
  score_home: wholeNumber,
  score_away: wholeNumber,
  time_remaining_minutes: roughNumber.optional(),
  score_diff: roughNumber.optional(),
});

/** Made baskets with the score after them: one game a file, its teams named by who scored. */
const ScoringRow = z.object({
  event_wall_ms: wholeNumber,
  period: wholeNumber,
  clock: z
    .string()
    .regex(/^(\d|0\d|1[01]):[0-5]\d(\.\d+)?$|^12:00(\.0+)?$/, "a clock is MM:SS, 12:00 at most"),
  scorer_side: z.enum(["home", "away"]),
  scorer_label: teamCode,
  post_home_points: wholeNumber,
  post_away_points: wholeNumber,
});

/** A game told by its own play-by-play. */
export interface StatedGame extends RecordedGame {
  readonly story: GameStory;
}

/**
 * Reads one game's score and clock, as they stood at each play or basket.
 *
 * @throws TradingError RECORDING_INVALID on a row that is not of this game or time, and on a game
 * that does not come to a decision.
 */
export async function readStates(file: string): Promise<StatedGame> {
  const teams = new Map<"home" | "away", string>();
  const points: ScoreAt[] = [];
  let gameId: string | null = null;
  let line = 0;
  for await (const row of readCsv(file)) {
    line = row.line;
    const read = "event_wall_ms" in row.values ? readScoring(file, row) : readState(file, row);
    for (const [side, code] of read.teams) {
      if ((teams.get(side) ?? code) !== code) throw refuse(file, line, `${side}: another team`);
      teams.set(side, code);
    }
    if (gameId !== null && read.gameId !== gameId) throw refuse(file, line, "another game's row");
    gameId = read.gameId;
    points.push(inSequence(file, line, points.at(-1), read.score));
  }
  const [first, last] = [points[0], points.at(-1)];
  const [home, away] = [teams.get("home"), teams.get("away")];
  if (!first || !last || gameId === null) throw refuse(file, null, "holds no row");
  if (!home || !away) throw refuse(file, null, "names only one team");
  if (last.period < 4 || last.home === last.away) throw refuse(file, line, "ends undecided");
  const date = easternDate(first.at);
  const event = eventTicker({ date, home, away });
  return {
    eventTicker: event,
    date,
    home,
    away,
    tipAt: first.at,
    nbaGameId: gameId === "" ? event : gameId,
    finalScore: { home: last.home, away: last.away },
    origin: { file, line: 1 },
    story: tell(event, points, last),
  };
}

interface ReadScore {
  readonly gameId: string;
  readonly teams: readonly (readonly ["home" | "away", string])[];
  readonly score: ScoreAt;
}

function readState(file: string, row: CsvRow): ReadScore {
  const state = parseRow(file, row, StateRow);
  checkTwiceTold(file, row.line, state);
  return {
    gameId: state.game_id,
    teams: [
      ["home", state.home_team],
      ["away", state.away_team],
    ],
    score: {
      at: instant(state.timestamp),
      period: state.quarter,
      clockSeconds: state.time_remaining_quarter_seconds / 1_000,
      home: state.score_home,
      away: state.score_away,
    },
  };
}

/** The clock in minutes and the lead, where a row has them, are those of its seconds and points. */
function checkTwiceTold(file: string, line: number, state: z.infer<typeof StateRow>): void {
  const { time_remaining_minutes: minutes, score_diff: lead } = state;
  const clock = state.time_remaining_quarter_seconds;
  if (minutes !== undefined && Math.abs(minutes * 60_000 - clock) > MINUTES_ROUNDED_MS) {
    const reason = `${minutes} contradicts ${clock / 1_000} seconds`;
    throw refuse(file, line, `time_remaining_minutes: ${reason}`);
  }
  const { score_home: home, score_away: away } = state;
  // Some sources give the lead without its sign.
  if (lead !== undefined && lead !== home - away && lead !== Math.abs(home - away)) {
    throw refuse(file, line, `score_diff: ${lead} contradicts ${home} to ${away}`);
  }
}

function readScoring(file: string, row: CsvRow): ReadScore {
  const basket = parseRow(file, row, ScoringRow);
  const [minutes = "0", seconds = "0"] = basket.clock.split(":");
  return {
    gameId: "",
    teams: [[basket.scorer_side, basket.scorer_label]],
    score: {
      at: instant(basket.event_wall_ms),
      period: basket.period,
      clockSeconds: Number(minutes) * 60 + Number(seconds),
      home: basket.post_home_points,
      away: basket.post_away_points,
    },
  };
}

/** A play that is told late was not known before the one above it. */
function inSequence(
  file: string,
  line: number,
  before: ScoreAt | undefined,
  score: ScoreAt,
): ScoreAt {
  if (before === undefined) return score;
  if (score.home < before.home || score.away < before.away || score.period < before.period) {
    throw refuse(file, line, "the score or the period runs backwards");
  }
  if (score.at >= before.at) return score;
  if (before.at - score.at > DISORDER_MS) throw refuse(file, line, "time runs backwards");
  return { ...score, at: before.at };
}

function tell(event: string, points: readonly ScoreAt[], last: ScoreAt): GameStory {
  const facts: Fact[] = points.map((score, index) => {
    const periods = periodPoints(points.slice(0, index + 1));
    return liveState(event, score, periods, false);
  });
  // A file whose last row is the buzzer tells the end itself.
  const isTold = last.clockSeconds === 0;
  const endAt: Instant = isTold ? last.at : instant(last.at + END_DELAY_MS);
  const end = { ...last, at: endAt, clockSeconds: 0 };
  return {
    facts: [...facts, finalState(event, end, periodPoints(points), !isTold)],
    endAt,
    reconstructed: isTold ? [] : ["the end, ten minutes after the last basket"],
  };
}
