import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { buildRatings, eloLead, eloProbability, eloShift, FIVE_THIRTY_EIGHT } from "./elo.ts";

const DATA = process.env["TIPOFF_DATA"] ?? "../shared/data";
const FILE = join(DATA, "nba-elo/nba_elo_538_1946-2022.public.csv.gz");

interface Row {
  readonly season: number;
  readonly isNeutral: boolean;
  readonly home: string;
  readonly away: string;
  readonly homePoints: number;
  readonly awayPoints: number;
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly probability: number;
}

function read(): readonly Row[] {
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(FILE)), { columns: true });
  const number = (row: Record<string, string>, name: string): number => Number(row[name]);
  return rows.map((row) => ({
    season: number(row, "season"),
    isNeutral: row["neutral"] === "1",
    home: row["team1"] ?? "",
    away: row["team2"] ?? "",
    homePoints: number(row, "score1"),
    awayPoints: number(row, "score2"),
    before: [number(row, "elo1_pre"), number(row, "elo2_pre")],
    after: [number(row, "elo1_post"), number(row, "elo2_post")],
    probability: number(row, "elo_prob1"),
  }));
}

describe("elo against FiveThirtyEight's published file", () => {
  const rows = read();

  it("gives the published probability of every game", () => {
    expect(rows.length).toBeGreaterThan(70_000);
    let worst = 0;
    for (const { before, isNeutral, probability } of rows) {
      const lead = eloLead(before[0], before[1], isNeutral, FIVE_THIRTY_EIGHT);
      worst = Math.max(worst, Math.abs(eloProbability(lead) - probability));
    }
    // Published with six digits.
    expect(worst).toBeLessThan(2e-6);
  });

  it("gives the published rating after nearly every game to its rounding", () => {
    const errors = rows
      .map((row) =>
        Math.abs(
          row.before[0] +
            eloShift(row.before[0], row.before[1], row, FIVE_THIRTY_EIGHT) -
            row.after[0],
        ),
      )
      .sort((a, b) => a - b);
    expect(errors[Math.floor(errors.length * 0.99)]).toBeLessThan(2e-4);
  });

  it("rebuilds four seasons from results alone, carry-over included", () => {
    // The chain of 2016 to 2019 has no gap; ratings before its first game are taken as published.
    const chain = rows.filter(({ season }) => season >= 2016 && season <= 2019);
    const start = new Map<string, number>();
    for (const { home, away, before } of chain) {
      if (!start.has(home)) start.set(home, before[0]);
      if (!start.has(away)) start.set(away, before[1]);
    }
    const ratings = buildRatings(chain, FIVE_THIRTY_EIGHT, start);
    const last = new Map<string, number>();
    for (const { home, away, after } of chain) last.set(home, after[0]).set(away, after[1]);
    for (const [team, rating] of last) expect(ratings.get(team)).toBeCloseTo(rating, 1);
  });
});
