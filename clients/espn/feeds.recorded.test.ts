import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dataPath } from "../../test/recorded/data.ts";
import { WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createNbaClient } from "../nba/client.ts";
import { createEspnClient, type EspnClient } from "./client.ts";

let server: WireServer;
let espn: EspnClient;
beforeAll(async () => {
  server = await startWireServer();
  espn = createEspnClient({ siteUrl: server.url, coreUrl: server.url, clock: WALL });
});
afterAll(() => server.close());

/** Serves a recorded body as it was. */
function serve(folder: string, file: string): void {
  const bytes = readFileSync(dataPath("fixtures", folder, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  server.answer = () => ({ status: 200, text, type: "application/json" });
}

it("reads ESPN's scoreboard of a day, leaving out what is not the league", async () => {
  serve("espn", "espn_scoreboard_wnba_20260809.json.gz");
  const { value } = await espn.scoreboard("2026-08-09");
  expect(value.faults).toEqual([]);
  expect(value.games.length + value.skipped).toBe(4);
  // Another league: some of its teams share their codes with the NBA's, the others are left out.
  expect(value.skipped).toBeGreaterThan(0);
  expect(value.games.length).toBeGreaterThan(0);
  expect(value.games.every(({ state, date }) => state === "pre" && date === "2026-08-09")).toBe(
    true,
  );
});

it("reads ESPN's summary of a whole game: its sides, its score and 473 probabilities", async () => {
  serve("espn", "summary_401584901_LAC_at_GS_2023-11-30_full.json.gz");
  const { value } = await espn.summary("401584901");
  expect(value).toMatchObject({
    date: "2023-11-30",
    home: "GSW",
    away: "LAC",
    isFinal: true,
    homeScore: 120,
    awayScore: 114,
  });
  expect(value.homeProbabilities).toHaveLength(473);
  expect(value.homeProbabilities.at(-1)).toBe(1);
});

it("reads the NBA's scoreboard in mid-game", async () => {
  serve("nba-cdn", "todaysScoreboard_00.json");
  const nba = createNbaClient({ baseUrl: server.url, clock: WALL });
  const { value } = await nba.scoreboard();
  expect(value.faults).toEqual([]);
  expect(value.games).toHaveLength(3);
  expect(value.games[0]).toMatchObject({
    date: "2023-04-20",
    home: "GSW",
    away: "SAC",
    state: "in",
    period: 2,
    clockSeconds: 435,
    homeScore: 39,
    awayScore: 30,
  });
});

it("reads the NBA's scoreboard of a night that is over", async () => {
  serve("nba-cdn", "stats_scoreboardv3.json.gz");
  const nba = createNbaClient({ baseUrl: server.url, clock: WALL });
  const { value } = await nba.scoreboard();
  expect(value.faults).toEqual([]);
  expect(value.games).toHaveLength(11);
  expect(value.games.every(({ isFinal }) => isFinal)).toBe(true);
});

it("reads the NBA's box score of a game that is over", async () => {
  serve("nba-cdn", "boxscore_0042200123.json");
  const nba = createNbaClient({ baseUrl: server.url, clock: WALL });
  const { value } = await nba.boxScore("0042200123");
  expect(value.game).toMatchObject({
    home: "BKN",
    away: "PHI",
    isFinal: true,
    homeScore: 97,
    awayScore: 102,
    homePeriods: expect.arrayContaining([28]) as number[],
  });
});

it("reads the NBA's play-by-play", async () => {
  serve("nba-cdn", "live_playbyplay_docs_example_0.json");
  const nba = createNbaClient({ baseUrl: server.url, clock: WALL });
  const { value } = await nba.playByPlay("0022000180");
  expect(value.plays).toMatchObject([{ period: 1, clockSeconds: 653, homeScore: 72 }]);
  expect(value.sourceTime).toBe(Date.parse("2021-01-16T01:16:36.700Z"));
});
