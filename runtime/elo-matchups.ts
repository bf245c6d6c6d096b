import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TradingError } from "../core/domain/errors.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { MATCHUPS_FILE, type OpenedRatings, sha256Of } from "./elo-artifact.ts";

/** A game of the history that `tipoff elo build` wrote, with the chance Elo gave home before it. */
export interface PastForecast {
  readonly date: TradingDate;
  readonly season: number;
  readonly home: string;
  readonly away: string;
  /** Probability that home wins. */
  readonly probability: number;
  /** 1 when home won. */
  readonly outcome: 0 | 1;
}

/**
 * Reads the history beside ratings. Ours alone, and hashed: no row of it is doubted.
 *
 * @throws TradingError CONFIG_INVALID when it is not the file that was built with the ratings.
 */
export function readMatchups({ folder, metadata }: OpenedRatings): readonly PastForecast[] {
  const file = join(folder, MATCHUPS_FILE);
  if (sha256Of(file) !== metadata.files[MATCHUPS_FILE]) {
    const faults = ["is not the file that was built with the ratings"];
    const nextStep = "build it again with `npx tipoff elo build`";
    throw new TradingError("CONFIG_INVALID", { file, faults, nextStep });
  }
  const [head = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  const columns = head.split(",");
  const [date, season, home, away, probability, homePoints, awayPoints] = [
    ...["date", "season", "team1", "team2", "elo_prob1", "score1", "score2"],
  ].map((name) => columns.indexOf(name));
  return lines.map((line) => {
    const cells = line.split(",");
    const text = (column: number | undefined): string => cells[column ?? -1] ?? "";
    return {
      date: text(date),
      season: Number(text(season)),
      home: text(home),
      away: text(away),
      probability: Number(text(probability)),
      outcome: Number(text(homePoints)) > Number(text(awayPoints)) ? 1 : 0,
    };
  });
}
