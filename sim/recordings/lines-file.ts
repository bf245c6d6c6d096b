import { z } from "zod";
import { franchiseOf } from "../../core/domain/franchises.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { roughNumber, tradingDate } from "./columns.ts";
import { parseRow, readCsv } from "./csv.ts";
import { refuse } from "./refusal.ts";

const Row = z.object({ date: tradingDate, home: z.string(), away: z.string() });
const Moneylines = z.object({ moneyline_home: roughNumber, moneyline_away: roughNumber });

/** Bookmakers add up to more than 100 %, and not by much: sums outside these are misread lines. */
const SUM_MIN = 1;
const SUM_MAX = 1.12;

/** A game's line without the bookmaker's margin. */
interface Line {
  readonly date: TradingDate;
  readonly home: string;
  readonly away: string;
  /** Probability that home wins, 0 to 1. */
  readonly probability: number;
}

/** The lines of a file, and how many rows have none that can be used. */
export interface Lines {
  readonly lines: readonly Line[];
  /** Rows without a moneyline. */
  readonly without: number;
  /** Rows whose two moneylines add up to less than 100 % or more than 112 %. */
  readonly misread: number;
}

/**
 * Reads moneylines of an nba-odds file and takes out the bookmaker's margin in proportion: each
 * side's implied probability over their sum.
 *
 * @throws TradingError RECORDING_INVALID naming line and column of what is no line.
 */
export async function readLines(file: string): Promise<Lines> {
  const lines: Line[] = [];
  let without = 0;
  let misread = 0;
  for await (const row of readCsv(file)) {
    const game = parseRow(file, row, Row);
    const home = franchiseOf(game.home);
    const away = franchiseOf(game.away);
    if (home === null || away === null) {
      throw refuse(file, row.line, `home, away: ${game.home}, ${game.away}: unknown team`);
    }
    if (row.values["moneyline_home"] === "" || row.values["moneyline_away"] === "") {
      without += 1;
      continue;
    }
    const moneylines = parseRow(file, row, Moneylines);
    const forHome = implied(moneylines.moneyline_home);
    const sum = forHome + implied(moneylines.moneyline_away);
    if (sum >= SUM_MIN && sum <= SUM_MAX) {
      lines.push({ date: game.date, home, away, probability: forHome / sum });
    } else {
      misread += 1;
    }
  }
  return { lines, without, misread };
}

/** Probability that an American moneyline implies: -150 is 60 %, +150 is 40 %. */
function implied(moneyline: number): number {
  return moneyline < 0 ? -moneyline / (100 - moneyline) : 100 / (100 + moneyline);
}
