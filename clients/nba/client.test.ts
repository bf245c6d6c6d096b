import { afterAll, beforeAll, expect, it } from "vitest";
import { WALL } from "../../test/support/kalshi.ts";
import { startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createNbaClient, type NbaClient } from "./client.ts";

let server: WireServer;
let nba: NbaClient;
beforeAll(async () => {
  server = await startWireServer();
  nba = createNbaClient({ baseUrl: server.url, clock: WALL, timeoutMs: 1_500 });
});
afterAll(() => server.close());

const side = (teamTricode: string, score: number, periods: readonly number[]): object => ({
  teamTricode,
  score,
  periods: periods.map((points, index) => ({ period: index + 1, score: points })),
});

/** BOS at NYK, second quarter, 39 to 30; by hand, with only fields that are read. */
const game = (changes: object = {}): object => ({
  gameId: "0022600123",
  gameCode: "20261120/BOSNYK",
  gameStatus: 2,
  gameStatusText: "Q2 07:15",
  period: 2,
  gameClock: "PT07M15.50S",
  gameTimeUTC: "2026-11-21T00:30:00Z",
  homeTeam: side("NYK", 39, [29, 10, 0, 0]),
  awayTeam: side("BOS", 30, [20, 10, 0, 0]),
  ...changes,
});

const board = async (...games: object[]): ReturnType<NbaClient["scoreboard"]> => {
  server.answer = ({ headers }) =>
    headers.referer === "https://www.nba.com/"
      ? { status: 200, json: { scoreboard: { games } } }
      : { status: 403, text: "<Error/>", type: "application/xml" };
  return nba.scoreboard();
};

it("reads a game by its code's day, and periods only up to the one played", async () => {
  const { value, raw } = await board(game());
  expect(value).toEqual({
    games: [
      {
        feed: "nba",
        externalId: "0022600123",
        date: "2026-11-20",
        home: "NYK",
        away: "BOS",
        tipAt: Date.parse("2026-11-21T00:30:00Z"),
        state: "in",
        statusName: "STATUS_IN_PROGRESS",
        isFinal: false,
        period: 2,
        clockSeconds: 435.5,
        homeScore: 39,
        awayScore: 30,
        homePeriods: [29, 10],
        awayPeriods: [20, 10],
        sourceTime: null,
        fetchedAt: raw.fetchedAt,
        receivedAt: raw.receivedAt,
      },
    ],
    faults: [],
    skipped: 0,
  });
});

it.each([
  [
    { gameStatus: 1, gameStatusText: "7:30 pm ET", gameClock: "" },
    "pre",
    "STATUS_SCHEDULED",
    false,
  ],
  [{ gameStatus: 1, gameStatusText: "PPD", gameClock: "" }, "post", "STATUS_POSTPONED", false],
  [{ gameStatusText: "Half", gameClock: "" }, "in", "STATUS_HALFTIME", false],
  [{ gameStatusText: "END Q1", gameClock: "PT00M00.00S" }, "in", "STATUS_END_PERIOD", false],
  [{ gameStatus: 3, gameStatusText: "Final/OT", gameClock: "" }, "post", "STATUS_FINAL", true],
])("reads %j as %s, %s", async (changes, state, statusName, isFinal) => {
  const { value } = await board(game(changes));
  expect(value.faults).toEqual([]);
  expect(value.games).toMatchObject([{ state, statusName, isFinal, clockSeconds: 0 }]);
});

it.each<[string, object, string]>([
  ["a missing score", { homeTeam: { teamTricode: "NYK", periods: [] } }, "homeTeam.score"],
  ["a score as a text", { homeTeam: { ...side("NYK", 39, []), score: "39" } }, "homeTeam.score"],
  ["a clock in another shape", { gameClock: "7:15" }, "gameClock"],
  ["play without a clock", { gameClock: "" }, "gameClock"],
  ["a clock beyond the period", { gameClock: "PT12M00.01S" }, "clock"],
  ["a fourth status", { gameStatus: 4 }, "gameStatus"],
  [
    "home and away swapped",
    { homeTeam: side("BOS", 30, []), awayTeam: side("NYK", 39, []) },
    "gameCode",
  ],
  [
    "a final without a winner",
    { gameStatus: 3, gameStatusText: "Final", awayTeam: side("BOS", 39, []) },
    "score",
  ],
])("names %s as its game's fault, and reads the other games", async (_, changes, field) => {
  const { value } = await board(game(changes), game({ gameId: "0022600124" }));
  expect(value.games.map(({ externalId }) => externalId)).toEqual(["0022600124"]);
  expect(value.faults).toMatchObject([
    { source: "nba", field: `scoreboard.games.0.${field}`, externalId: "0022600123" },
  ]);
});

it("leaves out exhibitions", async () => {
  const changes = { gameCode: "20261120/RMANYK", awayTeam: side("RMA", 30, []) };
  expect((await board(game(changes))).value).toEqual({ games: [], faults: [], skipped: 1 });
});

const action = (actionNumber: number, more: object = {}): object => ({
  actionNumber,
  period: 2,
  clock: "PT07M15.00S",
  actionType: "2pt",
  teamTricode: "NYK",
  scoreHome: "39",
  scoreAway: "30",
  description: "J. Brunson layup",
  timeActual: `2026-11-21T01:00:0${actionNumber}.7Z`,
  ...more,
});

it("takes the newest play's own time for the feed's, wherever it stands in the list", async () => {
  const actions = [action(2), action(4), action(3, { timeActual: null, teamTricode: "" })];
  server.answer = () => ({ status: 200, json: { game: { gameId: "0022600123", actions } } });
  const { value } = await nba.playByPlay("0022600123");
  expect(server.seen.at(-1)?.path).toBe(
    "/static/json/liveData/playbyplay/playbyplay_0022600123.json",
  );
  expect(value.sourceTime).toBe(Date.parse("2026-11-21T01:00:04.700Z"));
  expect(value.plays.map(({ actionNumber }) => actionNumber)).toEqual([2, 4, 3]);
  expect(value.plays[2]).toEqual({
    actionNumber: 3,
    period: 2,
    clockSeconds: 435,
    actionType: "2pt",
    teamCode: null,
    homeScore: 39,
    awayScore: 30,
    description: "J. Brunson layup",
    playedAt: null,
  });
});

it("refuses a list with a play whose score is no score", async () => {
  const actions = [action(2), action(3, { scoreHome: "NaN" })];
  server.answer = () => ({ status: 200, json: { game: { gameId: "0022600123", actions } } });
  await expect(nba.playByPlay("0022600123")).rejects.toMatchObject({
    code: "FEED_INVALID",
    details: { source: "nba", field: "game.actions.1.scoreHome" },
  });
});

it("reads the box score: the game once more, and who does not play", async () => {
  const withPlayers = (team: object, status: string): object => ({
    ...team,
    players: [
      { status: "ACTIVE", name: "A. One" },
      { status, name: "B. Two" },
    ],
  });
  const json = {
    game: game({
      homeTeam: withPlayers(side("NYK", 39, [29, 10]), "INACTIVE"),
      awayTeam: withPlayers(side("BOS", 30, [20, 10]), "ACTIVE"),
    }),
  };
  server.answer = () => ({ status: 200, json });
  const { value } = await nba.boxScore("0022600123");
  expect(value.game).toMatchObject({ home: "NYK", homeScore: 39, clockSeconds: 435.5 });
  expect(value.inactive).toEqual([{ teamCode: "NYK", player: "B. Two" }]);
});

it("is unavailable on a 403 with a page, on a 404 and on a hang", async () => {
  const page = { status: 403, text: "<Error/>", type: "application/xml" };
  for (const answer of [page, { status: 404, json: {} }, "hang"] as const) {
    server.answer = () => answer;
    await expect(nba.scoreboard()).rejects.toMatchObject({ code: "FEED_UNAVAILABLE" });
  }
});
