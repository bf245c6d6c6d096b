import { afterAll, beforeAll, expect, it } from "vitest";
import { WALL } from "../../test/support/kalshi.ts";
import { type Answer, startWireServer, type WireServer } from "../../test/support/wire-server.ts";
import { createEspnClient, type EspnClient } from "./client.ts";

let server: WireServer;
let espn: EspnClient;
beforeAll(async () => {
  server = await startWireServer();
  espn = createEspnClient({
    siteUrl: `${server.url}/espn`,
    coreUrl: `${server.url}/espn`,
    clock: WALL,
    timeoutMs: 1_500,
  });
});
afterAll(() => server.close());

const answer = (json: unknown): Answer => ({ status: 200, json });

interface EventChanges {
  readonly status?: object;
  readonly home?: object;
  readonly away?: object;
  readonly more?: object;
}

/** NO at GS, third quarter, 88 to 79; by hand, with only fields that are read. */
function event({ status = {}, home = {}, away = {}, more = {} }: EventChanges = {}): object {
  const side = (
    homeAway: string,
    abbreviation: string,
    score: string,
    lines: number[],
  ): object => ({
    homeAway,
    score,
    team: { abbreviation },
    linescores: lines.map((value) => ({ value })),
  });
  return {
    id: "401810433",
    date: "2026-11-21T03:30Z",
    shortName: "NO @ GS",
    status: {
      clock: 342.5,
      period: 3,
      type: { name: "STATUS_IN_PROGRESS", state: "in", completed: false },
      ...status,
    },
    competitions: [
      {
        competitors: [
          { ...side("away", "NO", "79", [25, 30, 24]), ...away },
          { ...side("home", "GS", "88", [31, 30, 27]), ...home },
        ],
      },
    ],
    ...more,
  };
}

const board = async (...events: object[]): ReturnType<EspnClient["scoreboard"]> => {
  server.answer = () => answer({ events });
  return espn.scoreboard("2026-11-20");
};

it("reads a game by its Eastern day and the league's own codes, sides by name and not by place", async () => {
  const { value, raw } = await board(event());
  expect(server.seen.at(-1)?.query.get("dates")).toBe("20261120");
  expect(value).toEqual({
    games: [
      {
        feed: "espn",
        externalId: "401810433",
        date: "2026-11-20",
        home: "GSW",
        away: "NOP",
        tipAt: Date.parse("2026-11-21T03:30:00Z"),
        state: "in",
        statusName: "STATUS_IN_PROGRESS",
        isFinal: false,
        period: 3,
        clockSeconds: 342.5,
        homeScore: 88,
        awayScore: 79,
        homePeriods: [31, 30, 27],
        awayPeriods: [25, 30, 24],
        sourceTime: null,
        fetchedAt: raw.fetchedAt,
        receivedAt: raw.receivedAt,
      },
    ],
    faults: [],
    skipped: 0,
  });
  expect(raw.receivedAt).toBeGreaterThanOrEqual(raw.fetchedAt);
  expect(JSON.parse(raw.body)).toEqual({ events: [event()] });
});

it("knows neutral ground by the site, or by the name of the event", async () => {
  const [competition] = (event() as { competitions: object[] }).competitions;
  const at = (more: object, neutralSite?: boolean): object =>
    event({ more: { ...more, competitions: [{ ...competition, neutralSite }] } });
  const named = { shortName: "NO VS GS" };
  const { value } = await board(at({}, true), at(named), at({}, false), at({}));
  expect(value.games.map((game) => game.isNeutral)).toEqual([true, true, undefined, undefined]);
});

it("reads a score in each of the shapes it comes in", async () => {
  for (const score of ["88", 88, { value: 88, displayValue: "88" }]) {
    const { value } = await board(event({ home: { score } }));
    expect(value.games[0]?.homeScore).toBe(88);
  }
});

it("calls only a completed game final: a postponed one is over too", async () => {
  const over = (name: string, completed: boolean): object => ({
    clock: 0,
    period: 4,
    type: { name, state: "post", completed },
  });
  const { value } = await board(
    event({ status: over("STATUS_FINAL", true) }),
    event({ status: over("STATUS_POSTPONED", false) }),
    event({ status: over("STATUS_FINAL", false) }),
  );
  expect(value.games.map(({ isFinal }) => isFinal)).toEqual([true, false, false]);
});

it.each<[string, EventChanges, string]>([
  ["a missing score", { home: { score: undefined } }, "competitions.0.competitors.1.score"],
  ["NaN for a score", { home: { score: "NaN" } }, "competitions.0.competitors.1.score"],
  ["half a point", { home: { score: 88.5 } }, "competitions.0.competitors.1.score"],
  ["a clock that is a text", { status: { clock: "5:42" } }, "status.clock"],
  ["a clock of another game", { status: { clock: 721 } }, "clock"],
  ["a renamed state", { status: { type: { name: "X", phase: "in" } } }, "status.type.state"],
  ["play without a period", { status: { period: 0 } }, "period"],
  ["two home teams", { away: { homeAway: "home" } }, "competitions.0.competitors"],
  [
    "home and away swapped",
    { home: { homeAway: "away" }, away: { homeAway: "home" } },
    "shortName",
  ],
  [
    "a final without a winner",
    {
      home: { score: "79" },
      status: { clock: 0, type: { name: "STATUS_FINAL", state: "post", completed: true } },
    },
    "score",
  ],
])("names %s as its game's fault, and reads the other games", async (_, changes, field) => {
  const { value } = await board(event(changes), event({ more: { id: "401810434" } }));
  expect(value.games.map(({ externalId }) => externalId)).toEqual(["401810434"]);
  expect(value.faults).toMatchObject([
    { source: "espn", field: `events.0.${field}`, externalId: "401810433" },
  ]);
});

it("leaves out teams from outside the league", async () => {
  const { value } = await board(event({ away: { team: { abbreviation: "RMA" } } }), event());
  expect(value).toMatchObject({ faults: [], skipped: 1, games: [{ home: "GSW" }] });
});

it.each<[string, Answer, object]>([
  ["HTML", { status: 200, text: "<html>", type: "text/html" }, { code: "FEED_INVALID" }],
  [
    "HTML with a 403",
    { status: 403, text: "<html>", type: "text/html" },
    { code: "FEED_UNAVAILABLE" },
  ],
  [
    "half a JSON",
    { status: 200, text: '{"ev', type: "application/json" },
    { code: "FEED_INVALID" },
  ],
  ["a 500", { status: 500, json: {} }, { code: "FEED_UNAVAILABLE" }],
  ["a hang", "hang", { code: "FEED_UNAVAILABLE", details: { reason: "timeout" } }],
  ["a cut line", "cut", { code: "FEED_UNAVAILABLE" }],
  ["no events", answer({}), { code: "FEED_INVALID", details: { field: "events" } }],
])("fails with its code on %s", async (_, given, error) => {
  server.answer = () => given;
  await expect(espn.scoreboard("2026-11-20")).rejects.toMatchObject(error);
});

const point = (home: number, more: object = {}): object => ({
  homeWinPercentage: home,
  awayWinPercentage: 1 - home,
  tiePercentage: 0,
  lastModified: "2026-11-21T04:00:05Z",
  ...more,
});

/** A feed of `count` points, of which the newest is `newest`. */
function probabilities(count: number, newest: object): void {
  server.answer = ({ query }) => {
    const limit = Number(query.get("limit"));
    const page = Number(query.get("page") ?? 1);
    const all = Array.from({ length: count }, (_, i) => (i === count - 1 ? newest : point(0.5)));
    return answer({ count, items: all.slice((page - 1) * limit, page * limit) });
  };
}

it("asks for the count, then for the last page, and takes its last point", async () => {
  probabilities(51, point(0.743));
  server.seen.length = 0;
  const { value, raw } = await espn.winProbability("401810433");
  expect(server.seen.map(({ query }) => query.toString())).toEqual(["limit=1", "limit=25&page=3"]);
  expect(value).toEqual({
    feed: "espn",
    externalId: "401810433",
    home: 0.743,
    sequence: 51,
    sourceTime: Date.parse("2026-11-21T04:00:05Z"),
    fetchedAt: raw.fetchedAt,
    receivedAt: raw.receivedAt,
  });
});

it("counts a point by its place, not by those that came while its page was asked for", async () => {
  const counts = [25, 27];
  server.answer = ({ query }) => {
    const count = query.get("limit") === "1" ? counts[0] : counts[1];
    const items = Array.from({ length: 25 }, () => point(0.5));
    return answer({ count, items: query.get("limit") === "1" ? items.slice(0, 1) : items });
  };
  const { value } = await espn.winProbability("401810433");
  expect(value?.sequence).toBe(25);
});

it("has no probability while there is no point, or for a game ESPN does not follow", async () => {
  probabilities(0, point(0.5));
  expect((await espn.winProbability("401810433")).value).toBeNull();
  server.answer = () => ({ status: 404, json: { code: 404 } });
  expect((await espn.winProbability("401810433")).value).toBeNull();
});

it.each<[string, object, string]>([
  ["per cent", point(74.3, { awayWinPercentage: 25.7 }), "items.0.homeWinPercentage"],
  ["NaN as a text", point(0.5, { homeWinPercentage: "NaN" }), "items.0.homeWinPercentage"],
  ["a renamed field", { homeWinPct: 0.7 }, "items.0.homeWinPercentage"],
  [
    "shares that do not add up",
    point(0.7, { awayWinPercentage: 0.7 }),
    "items.0.awayWinPercentage",
  ],
])("refuses %s, rather than guess the scale or the side", async (_, newest, field) => {
  probabilities(1, newest);
  await expect(espn.winProbability("401810433")).rejects.toMatchObject({
    code: "FEED_INVALID",
    details: { source: "espn", field },
  });
});

const injury = (more: object = {}): object => ({
  status: "Questionable",
  date: "2026-11-20T21:21Z",
  athlete: { displayName: "Some Player" },
  ...more,
});

it("reads the injury report by the teams' nicknames, with a world's own measure where there is one", async () => {
  server.answer = () =>
    answer({
      injuries: [
        { displayName: "LA Clippers", injuries: [injury()] },
        { displayName: "Portland Trail Blazers", injuries: [injury({ impactElo: 31.5 })] },
      ],
    });
  const { value } = await espn.injuries();
  expect(value.faults).toEqual([]);
  expect(value.lines).toMatchObject([
    { teamCode: "LAC", player: "Some Player", status: "Questionable", impactElo: null },
    { teamCode: "POR", impactElo: 31.5, sourceTime: Date.parse("2026-11-20T21:21:00Z") },
  ]);
});

it("keeps the lines it can read beside those it cannot, and says whose these are", async () => {
  server.answer = () =>
    answer({
      injuries: [
        { displayName: "Portland Trail Blazers", injuries: [injury()] },
        {
          displayName: "LA Clippers",
          injuries: [injury({ status: "Suspension" }), injury(), { status: "Out" }],
        },
      ],
    });
  const { lines, faults } = (await espn.injuries()).value;
  expect(lines.map(({ teamCode, status }) => `${teamCode} ${status}`)).toEqual([
    "POR Questionable",
    "LAC Questionable",
  ]);
  expect(faults).toMatchObject([
    { field: "injuries.1.injuries.0.status", teamCode: "LAC", externalId: "LAC Some Player" },
    { field: "injuries.1.injuries.2.date", teamCode: "LAC", externalId: null },
  ]);
  expect(faults[0]?.reason).toContain("Suspension");
});

it("refuses a report with a team it does not know", async () => {
  const report = { displayName: "Real Madrid", injuries: [injury()] };
  server.answer = () => answer({ injuries: [report] });
  await expect(espn.injuries()).rejects.toMatchObject({
    details: { field: "injuries.0.displayName" },
  });
});
