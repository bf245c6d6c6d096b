import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../test/recorded/data.ts";
import { franchiseOf } from "../domain/franchises.ts";
import { openingRating } from "./elo-openings.ts";
import {
  eloLead,
  eloProbability,
  eloShift,
  FIVE_THIRTY_EIGHT,
  rateGames,
  type RatedGame,
} from "./elo.ts";

interface Published extends RatedGame {
  readonly date: string;
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly probability: number;
}

/** FiveThirtyEight's file; teams are franchises, so that ratings go with them. */
function read(): readonly Published[] {
  const file = dataPath("nba-elo", "nba_elo_538_1946-2022.public.csv.gz");
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(file)), { columns: true });
  return rows.map((row) => {
    const number = (name: string): number => Number(row[name]);
    return {
      date: row["date"] ?? "",
      season: number("season"),
      isNeutral: row["neutral"] === "1",
      home: franchiseOf(row["team1"] ?? "") ?? "",
      away: franchiseOf(row["team2"] ?? "") ?? "",
      homePoints: number("score1"),
      awayPoints: number("score2"),
      before: [number("elo1_pre"), number("elo2_pre")],
      after: [number("elo1_post"), number("elo2_post")],
      probability: number("elo_prob1"),
    };
  });
}

const rows = read();

/** What one game alone makes of the published ratings before it, against those after it. */
function stepError(row: Published): number {
  const shift = eloShift(row.before[0], row.before[1], row, FIVE_THIRTY_EIGHT);
  return Math.max(
    Math.abs(row.before[0] + shift - row.after[0]),
    Math.abs(row.before[1] - shift - row.after[1]),
  );
}

/** Seasons in which a published rating is not the one that the team's game before ended with. */
function seasonsWithGaps(): ReadonlySet<number> {
  const gaps = new Set<number>();
  const last = new Map<string, { season: number; rating: number }>();
  for (const { season, home, away, before, after } of rows) {
    for (const [side, team] of [home, away].entries()) {
      const known = last.get(team);
      if (known?.season === season && Math.abs(known.rating - (before[side] ?? 0)) > 1e-3) {
        gaps.add(season);
      }
      last.set(team, { season, rating: after[side] ?? Number.NaN });
    }
  }
  return gaps;
}

/** The largest difference of chained ratings from the published ones, by season. */
function chainErrors(
  games: readonly Published[],
  ratings: Map<string, number>,
): ReadonlyMap<number, number> {
  const worst = new Map<number, number>();
  for (const made of rateGames(games, FIVE_THIRTY_EIGHT, ratings, openingRating)) {
    const { season, before, after } = made.game;
    const error = Math.max(
      ...[made.homePre - before[0], made.awayPre - before[1]].map(Math.abs),
      ...[made.homePost - after[0], made.awayPost - after[1]].map(Math.abs),
    );
    worst.set(season, Math.max(worst.get(season) ?? 0, error));
  }
  return worst;
}

/** Each team's published rating before its first of these games. */
function openings(games: readonly Published[]): Map<string, number> {
  const ratings = new Map<string, number>();
  for (const { home, away, before } of [...games].reverse()) {
    ratings.set(home, before[0]).set(away, before[1]);
  }
  return ratings;
}

describe("elo against FiveThirtyEight's published file", () => {
  it("knows every team of its 71,794 games", () => {
    expect(rows).toHaveLength(71_794);
    expect(rows.filter(({ home, away }) => home === "" || away === "")).toEqual([]);
  });

  it("gives the published probability of every game to the six digits it has", () => {
    let worst = 0;
    for (const { before, isNeutral, probability } of rows) {
      const lead = eloLead(before[0], before[1], isNeutral, FIVE_THIRTY_EIGHT);
      worst = Math.max(worst, Math.abs(eloProbability(lead) - probability));
    }
    expect(worst).toBeLessThan(1e-6);
  });

  it("makes one game's step within 2e-4, but for two rows that are wrong in the file", () => {
    const off = rows.filter((row) => stepError(row) >= 2e-4);
    expect(off.map(({ date, home }) => `${date} ${home}`)).toEqual([
      "2015-06-14 GSW",
      "2016-04-05 ATL",
    ]);
    expect(1 - off.length / rows.length).toBeGreaterThan(0.999);
  });

  it("chains a whole season within 1e-3, in every season without a gap", () => {
    const gaps = seasonsWithGaps();
    const wrongRows = new Set(rows.filter((row) => stepError(row) >= 2e-4).map((r) => r.season));
    expect([...gaps].sort()).toEqual([1954, 1970, 1976, 1979, 1983, 2008, 2021, 2022]);
    const seasons = [...new Set(rows.map(({ season }) => season))];
    const whole = seasons.filter((season) => !gaps.has(season) && !wrongRows.has(season));
    expect(whole).toHaveLength(66);
    for (const season of whole) {
      const games = rows.filter((row) => row.season === season);
      expect(chainErrors(games, openings(games)).get(season)).toBeLessThan(1e-3);
    }
  });

  it("begins from nothing, carries ratings over summers and through moves, up to the first gap", () => {
    const errors = chainErrors(
      rows.filter(({ season }) => season <= 1953),
      new Map(),
    );
    expect(Math.max(...errors.values())).toBeLessThan(1e-3);
  });

  it("carries ratings through twenty-four seasons without a gap", () => {
    const games = rows.filter(({ season }) => season >= 1984 && season <= 2007);
    const errors = chainErrors(games, openings(games.filter(({ season }) => season === 1984)));
    expect(errors.size).toBe(24);
    // Published with four digits: what is lost in one season is carried to the next.
    expect(Math.max(...errors.values())).toBeLessThan(2e-3);
  });
});
