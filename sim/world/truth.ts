import { required } from "../../core/domain/assert.ts";
import {
  type Chances,
  type Offences,
  OVERTIME_SECONDS,
  PERIOD_SECONDS,
  POSSESSION_SECONDS,
  REGULATION_PERIODS,
  SHOT_SECONDS,
} from "./possession.ts";

/** Who has the ball. */
export type Ball = "home" | "away";

/** The exact probability that home wins, from any state of the game. */
export interface TruthTable {
  /** With `clockSeconds` left in `period` and `ball` starting a possession. */
  at(period: number, clockSeconds: number, margin: number, ball: Ball): number;
  /**
   * At the end of `period` (0: before tip), when the ball of the next one is not yet known. At a
   * decided end, 0 or 1.
   */
  atEnd(period: number, margin: number): number;
}

/** Margins up to this are solved; beyond, the game is decided: one in 10,000 gets there. */
const MARGIN_MAX = 60;
/** Columns of decided games at either end, so that no basket leaves the table. */
const DECIDED = 3;
const WIDTH = 2 * (MARGIN_MAX + DECIDED) + 1;
const EVEN = MARGIN_MAX + DECIDED;
const WAYS = POSSESSION_SECONDS.max - POSSESSION_SECONDS.min + 1;

/** One period's values by [seconds left][ball][margin]; row 0 is its end. */
type Period = Float32Array;

const column = (margin: number): number => Math.max(-EVEN, Math.min(EVEN, margin)) + EVEN;
const row = (seconds: number, isAway: number): number => (seconds * 2 + isAway) * WIDTH;

/**
 * Fills one period backwards from the values at its end.
 *
 * A possession takes 8 to 24 s, each as likely, so a row is the mean of 17 earlier rows of the
 * other team's ball; a sliding sum over them makes that one addition and one subtraction. What
 * would outlast the period ends with it.
 */
function fillPeriod(seconds: number, end: readonly number[], chances: Offences): Period {
  const values = new Float32Array((seconds + 1) * 2 * WIDTH);
  const sums = [0, 1].map(() => Float64Array.from(end, (value) => value * WAYS));
  for (const isAway of [0, 1]) values.set(end, row(0, isAway));
  for (let left = 1; left <= seconds; left++) {
    const entering = Math.max(0, left - POSSESSION_SECONDS.min);
    const leaving = Math.max(0, left - POSSESSION_SECONDS.max - 1);
    for (const isAway of [0, 1]) {
      const sum = required(sums[isAway], "a sum for each ball");
      slide(sum, values, row(entering, isAway), row(leaving, isAway));
    }
    for (const isAway of [0, 1]) {
      const at = row(left, isAway);
      if (left < SHOT_SECONDS) values.set(end, at);
      else {
        const next = required(sums[1 - isAway], "a sum for each ball");
        const chance = isAway === 1 ? chances.away : chances.home;
        fillRow(values, at, next, chance, isAway === 1 ? -1 : 1);
      }
    }
  }
  return values;
}

/** Moves the sums over their rows one second on. */
function slide(sum: Float64Array, values: Period, enter: number, leave: number): void {
  for (let margin = 0; margin < WIDTH; margin++) {
    sum[margin] =
      (sum[margin] ?? 0) + (values[enter + margin] ?? 0) - (values[leave + margin] ?? 0);
  }
}

/**
 * One row from the sums of the next possession's rows: the hot loop, so it is written out. It goes the way
 * that baskets move the margin, and keeps what it has read for the margins that come.
 */
function fillRow(
  values: Period,
  at: number,
  next: Float64Array,
  chance: Chances,
  sign: 1 | -1,
): void {
  const [none, one, two, three] = chance;
  let margin = sign === 1 ? DECIDED : WIDTH - DECIDED - 1;
  let here = next[margin] ?? 0;
  let oneOn = next[margin + sign] ?? 0;
  let twoOn = next[margin + 2 * sign] ?? 0;
  for (let left = WIDTH - 2 * DECIDED; left > 0; left--) {
    const threeOn = next[margin + 3 * sign] ?? 0;
    const sum = none * here + one * oneOn + two * twoOn + three * threeOn;
    values[at + margin] = sum / WAYS;
    here = oneOn;
    oneOn = twoOn;
    twoOn = threeOn;
    margin += sign;
  }
  values.fill(0, at, at + DECIDED);
  values.fill(1, at + WIDTH - DECIDED, at + WIDTH);
}

/** Value of the start of a period, whose ball is a fair toss. */
function tossed(values: Period, seconds: number, margin: number): number {
  const home = values[row(seconds, 0) + margin] ?? 0;
  const away = values[row(seconds, 1) + margin] ?? 0;
  return (home + away) / 2;
}

/** The end of the last period: won, lost, or one more overtime of value `tied`. */
function decided(tied: number): number[] {
  return Array.from({ length: WIDTH }, (_, index) => {
    if (index === EVEN) return tied;
    return index > EVEN ? 1 : 0;
  });
}

/**
 * Solves a game of these offences backwards, second by second.
 *
 * An overtime can end tied again: its start is worth a + b * x when the next one is worth x, so
 * x = a / (1 - b).
 */
export function truthTable(chances: Offences): TruthTable {
  const lost = tossed(fillPeriod(OVERTIME_SECONDS, decided(0), chances), OVERTIME_SECONDS, EVEN);
  const won = tossed(fillPeriod(OVERTIME_SECONDS, decided(1), chances), OVERTIME_SECONDS, EVEN);
  const overtimeStart = lost / (1 - (won - lost));
  const overtime = fillPeriod(OVERTIME_SECONDS, decided(overtimeStart), chances);

  const ends: number[][] = [];
  const periods: Period[] = [];
  let end = decided(overtimeStart);
  for (let period = REGULATION_PERIODS; period >= 1; period--) {
    const values = fillPeriod(PERIOD_SECONDS, end, chances);
    ends[period] = end;
    periods[period] = values;
    end = Array.from({ length: WIDTH }, (_, margin) => tossed(values, PERIOD_SECONDS, margin));
  }
  ends[0] = end;
  return {
    at: (period, clockSeconds, margin, ball) => {
      const values = periods[period] ?? overtime;
      return values[row(clockSeconds, ball === "away" ? 1 : 0) + column(margin)] ?? 0;
    },
    atEnd: (period, margin) =>
      (ends[period] ?? required(ends[REGULATION_PERIODS], "the end of regulation"))[
        column(margin)
      ] ?? 0,
  };
}
