import { z } from "zod";
import { REGULATION_SECONDS } from "../../core/domain/game-clock.ts";
import { roughNumber, wholeNumber } from "../../sim/recordings/columns.ts";
import { parseRow, readCsv } from "../../sim/recordings/csv.ts";

/** A finished game with its leads at the ends of the first three quarters. */
export interface QuarterGame {
  readonly season: number;
  /** Home's points minus away's after each of the first three quarters. */
  readonly leads: readonly [number, number, number];
  readonly hasHomeWon: boolean;
  /** Probability before tip that home wins, by the moneylines without their margin. */
  readonly pregame: number;
}

/** Home's lead at every second of regulation, from 0 to 2,880 s played. */
export type LeadPath = Int16Array;

/** A pair of moneylines is a market's when its probabilities sum to more than 1, and not to much more. */
const OVERROUND_MAX = 1.12;
const OddsRow = z.object({
  season: wholeNumber,
  score_home: wholeNumber,
  score_away: wholeNumber,
  q1_home: wholeNumber,
  q2_home: wholeNumber,
  q3_home: wholeNumber,
  q1_away: wholeNumber,
  q2_away: wholeNumber,
  q3_away: wholeNumber,
  moneyline_home: z.union([z.literal(""), roughNumber]),
  moneyline_away: z.union([z.literal(""), roughNumber]),
});

/** Games with quarter scores and moneylines; those without sound moneylines are left out. */
export async function readQuarterGames(file: string): Promise<readonly QuarterGame[]> {
  const games: QuarterGame[] = [];
  for await (const row of readCsv(file)) {
    const game = parseRow(file, row, OddsRow);
    const pregame = fairProbability(game.moneyline_home, game.moneyline_away);
    if (pregame === null) continue;
    const first = game.q1_home - game.q1_away;
    const half = first + game.q2_home - game.q2_away;
    const third = half + game.q3_home - game.q3_away;
    const hasHomeWon = game.score_home > game.score_away;
    games.push({ season: game.season, leads: [first, half, third], hasHomeWon, pregame });
  }
  return games;
}

const StateRow = z.object({
  quarter: wholeNumber,
  time_remaining_quarter_seconds: roughNumber,
  score_home: roughNumber,
  score_away: roughNumber,
});

/** One game's lead by the second, from a file of its score at each play. */
export async function readLeadPath(file: string): Promise<LeadPath> {
  const states: { readonly elapsed: number; readonly lead: number }[] = [];
  for await (const row of readCsv(file)) {
    const state = parseRow(file, row, StateRow);
    if (state.quarter > 4) continue;
    const elapsed = state.quarter * 720 - state.time_remaining_quarter_seconds;
    states.push({ elapsed, lead: state.score_home - state.score_away });
  }
  // Plays are told a little out of sequence: the clock, not the file, says what came first.
  states.sort((one, other) => one.elapsed - other.elapsed);
  const path = new Int16Array(REGULATION_SECONDS + 1);
  let next = 0;
  let lead = 0;
  for (let second = 0; second <= REGULATION_SECONDS; second += 1) {
    for (let state = states[next]; state && state.elapsed <= second; state = states[next]) {
      lead = state.lead;
      next += 1;
    }
    path[second] = lead;
  }
  return path;
}

/** What two moneylines say of home without the bookmaker's margin. @returns null where they are no market. */
export function fairProbability(home: number | "", away: number | ""): number | null {
  if (home === "" || away === "" || home === 0 || away === 0) return null;
  const sum = impliedByMoneyline(home) + impliedByMoneyline(away);
  return sum > 1 && sum < OVERROUND_MAX ? impliedByMoneyline(home) / sum : null;
}

/** American odds as a probability, the margin included. */
function impliedByMoneyline(odds: number): number {
  return odds < 0 ? -odds / (100 - odds) : 100 / (100 + odds);
}
