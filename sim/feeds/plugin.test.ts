import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import type { Fact } from "../facts.ts";
import { createWorld } from "../world/world.ts";
import { number, pick, rows, type ServedFeeds, serveFeeds } from "./served.ts";
import type { GameStateFact } from "./state.ts";

const world = createWorld({ seed: 7, games: 3, scalarGame: 2 });
const FACTS: readonly Fact[] = [...world.facts()].filter(
  (fact) => fact.kind !== "level" && fact.kind !== "trade",
);
const game = required(world.manifest.games[0], "a first game");
const day = game.date.replaceAll("-", "");
const SITE = "/espn/apis/site/v2/sports/basketball/nba";
const SCOREBOARD = `${SITE}/scoreboard?dates=${day}`;
const PROBABILITIES = `/espn/v2/sports/basketball/leagues/nba/events/${game.espnEventId}/competitions/${game.espnEventId}/probabilities`;
const NBA_SCOREBOARD = "/nba/static/json/liveData/scoreboard/todaysScoreboard_00.json";
const NBA_PLAYS = `/nba/static/json/liveData/playbyplay/playbyplay_${game.nbaGameId}.json`;
const NBA_BOX = `/nba/static/json/liveData/boxscore/boxscore_${game.nbaGameId}.json`;
const FIRST = "events.0.competitions.0";
const HALF_TIME_ISH = game.tipAt + 3_600_000;

let feeds: ServedFeeds;
beforeAll(async () => {
  feeds = await serveFeeds(world, FACTS);
});
afterAll(async () => {
  await feeds.close();
});
beforeEach(() => {
  feeds.setFault(null);
  feeds.playTo(world.manifest.startAt);
});

/** What a feed had said last of the first game. */
function latest(feed: "espn" | "nba", at: number): GameStateFact {
  const states = FACTS.filter((fact) => fact.kind === "game-state").filter(
    (fact) => fact.feed === feed && fact.eventTicker === game.eventTicker && fact.receivedAt <= at,
  );
  return required(states.at(-1), `a state of ${feed} by then`);
}

describe("ESPN's look-alike", () => {
  it("shows tonight's games by Eastern day, and none on another", async () => {
    const board = await feeds.get(SCOREBOARD);
    expect(rows(board, "events").map((event) => pick(event, "id"))).toEqual(
      world.manifest.games.map((slate) => slate.espnEventId),
    );
    expect(pick(board, `${FIRST}.status.type`)).toMatchObject({
      state: "pre",
      name: "STATUS_SCHEDULED",
      completed: false,
    });
    expect(pick(board, `${FIRST}.competitors.0`)).not.toHaveProperty("linescores");
    const minute = `${new Date(game.tipAt).toISOString().slice(0, 16)}Z`;
    expect(pick(board, "events.0.date")).toBe(minute);
    expect(rows(await feeds.get(`${SITE}/scoreboard?dates=19990101`), "events")).toEqual([]);
  });

  it("shows what had been received, and nothing later", async () => {
    feeds.playTo(HALF_TIME_ISH);
    const shown = latest("espn", HALF_TIME_ISH);
    const board = await feeds.get(SCOREBOARD);
    expect(pick(board, `${FIRST}.status`)).toMatchObject({
      period: shown.period,
      clock: shown.clockSeconds,
    });
    const sides = rows(board, `${FIRST}.competitors`);
    expect(sides.map((side) => [pick(side, "homeAway"), number(side, "score")])).toEqual([
      ["home", shown.homeScore],
      ["away", shown.awayScore],
    ]);
    const summary = await feeds.get(`${SITE}/summary?event=${game.espnEventId}`);
    expect(pick(summary, "plays.-1")).toMatchObject({
      homeScore: shown.homeScore,
      awayScore: shown.awayScore,
    });
    for (const play of rows(summary, "plays")) {
      // ESPN is 8 to 20 seconds behind the arena.
      expect(Date.parse(String(pick(play, "wallclock")))).toBeLessThan(HALF_TIME_ISH - 7_000);
    }
  });

  it("pages win probabilities oldest first, so that the last page ends with the newest", async () => {
    feeds.playTo(game.tipAt + 5_400_000);
    const count = number(await feeds.get(`${PROBABILITIES}?limit=1`), "count");
    expect(count).toBeGreaterThan(100);
    const all = rows(await feeds.get(`${PROBABILITIES}?limit=1000`), "items");
    expect(all).toHaveLength(count);
    const page = Math.ceil(count / 25);
    const last = await feeds.get(`${PROBABILITIES}?limit=25&page=${page}`);
    expect(last).toMatchObject({ count, pageIndex: page, pageSize: 25, pageCount: page });
    expect(rows(last, "items").at(-1)).toEqual(all.at(-1));
    expect(rows(last, "items")).toHaveLength(count - 25 * (page - 1));
    for (const item of all) {
      const sum = number(item, "homeWinPercentage") + number(item, "awayWinPercentage");
      expect(sum).toBeCloseTo(1, 9);
    }
  });

  it("ends a game as final with a winner, and a postponed one without", async () => {
    feeds.playTo(world.manifest.endAt);
    const board = await feeds.get(SCOREBOARD);
    expect(pick(board, `${FIRST}.status.type`)).toMatchObject({
      state: "post",
      name: "STATUS_FINAL",
      completed: true,
    });
    const [home, away] = rows(board, `${FIRST}.competitors`);
    expect(pick(home, "winner")).toBe(number(home, "score") > number(away, "score"));
    expect(pick(away, "winner")).toBe(pick(home, "winner") === false);
    const quarters = rows(home, "linescores").map((line) => number(line, "value"));
    expect(quarters.reduce((sum, points) => sum + points, 0)).toBe(number(home, "score"));
    expect(pick(board, "events.2.status.type")).toMatchObject({
      state: "post",
      name: "STATUS_POSTPONED",
      completed: false,
    });
  });

  it("lists injuries by team, a later word replacing the earlier one", async () => {
    const updates = FACTS.filter((fact) => fact.kind === "injury").filter(
      (fact) => fact.receivedAt > world.manifest.startAt,
    );
    const decided = required(updates[0], "an update before tip");
    const statuses = async (): Promise<unknown[]> =>
      rows(await feeds.get(`${SITE}/injuries`), "injuries")
        .flatMap((side) => rows(side, "injuries"))
        .filter((line) => pick(line, "athlete.displayName") === decided.player)
        .map((line) => pick(line, "status"));
    feeds.playTo(decided.receivedAt - 1);
    const before = await statuses();
    expect(before).toHaveLength(1);
    expect(before).not.toEqual([decided.status]);
    feeds.playTo(decided.receivedAt);
    expect(await statuses()).toEqual([decided.status]);
  });

  it("has no games and no probabilities where the source lacks ESPN", async () => {
    const manifest = { ...world.manifest, lacks: ["espn"] };
    const without = await serveFeeds({ ...world, manifest }, []);
    expect(rows(await without.get(SCOREBOARD), "events")).toEqual([]);
    expect((await without.fetch(PROBABILITIES)).status).toBe(404);
    await without.close();
  });
});

describe("the NBA's look-alike", () => {
  it("refuses callers without its referer", async () => {
    for (const path of [NBA_SCOREBOARD, NBA_PLAYS, NBA_BOX]) {
      expect((await feeds.fetch(path)).status).toBe(403);
      expect(await feeds.get(path)).toHaveProperty("meta.code", 200);
    }
  });

  it("shows period, ISO clock and score, no later than ESPN", async () => {
    feeds.playTo(HALF_TIME_ISH);
    const board = await feeds.get(NBA_SCOREBOARD);
    const shown = pick(board, "scoreboard.games.0");
    const fact = latest("nba", HALF_TIME_ISH);
    const clock = String(pick(shown, "gameClock"));
    expect(shown).toMatchObject({ gameStatus: 2, period: fact.period });
    expect(clock).toMatch(/^PT\d\dM\d\d\.00S$/);
    expect(60 * Number(clock.slice(2, 4)) + Number(clock.slice(5, 10))).toBe(fact.clockSeconds);
    expect(number(shown, "homeTeam.score")).toBe(fact.homeScore);
    expect(number(shown, "awayTeam.score")).toBe(fact.awayScore);
    expect(pick(shown, "gameCode")).toBe(`${day}/${game.away}${game.home}`);
    expect(fact.sourceTime).toBeGreaterThanOrEqual(latest("espn", HALF_TIME_ISH).sourceTime);
  });

  it("keeps the real files' trap: the scoreboard's Eastern time claims to be UTC", async () => {
    const shown = pick(await feeds.get(NBA_SCOREBOARD), "scoreboard.games.0");
    expect(Date.parse(String(pick(shown, "gameTimeUTC")))).toBe(game.tipAt);
    expect(pick(shown, "gameEt")).toBe(`${game.date}T19:00:00Z`);
    const box = await feeds.get(NBA_BOX);
    expect(Date.parse(String(pick(box, "game.gameEt")))).toBe(game.tipAt);
  });

  it("tells plays with rising numbers and scores, up to the score it shows", async () => {
    feeds.playTo(game.tipAt + 4_000_000);
    const actions = rows(await feeds.get(NBA_PLAYS), "game.actions");
    expect(actions.length).toBeGreaterThan(50);
    actions.slice(1).forEach((after, index) => {
      const before = actions[index];
      expect(number(after, "actionNumber")).toBeGreaterThan(number(before, "actionNumber"));
      expect(number(after, "scoreHome")).toBeGreaterThanOrEqual(number(before, "scoreHome"));
      expect(number(after, "scoreAway")).toBeGreaterThanOrEqual(number(before, "scoreAway"));
    });
    const box = await feeds.get(NBA_BOX);
    expect(number(box, "game.homeTeam.score")).toBe(number(actions.at(-1), "scoreHome"));
  });

  it("never calls a postponed game final", async () => {
    feeds.playTo(world.manifest.endAt);
    const board = await feeds.get(NBA_SCOREBOARD);
    const [played, , off] = rows(board, "scoreboard.games");
    expect(played).toMatchObject({ gameStatus: 3, gameClock: "" });
    expect(off).toMatchObject({ gameStatus: 1, gameStatusText: "PPD" });
  });
});

describe("partners", () => {
  it("are known once they have spoken, and not before", async () => {
    expect(await feeds.get("/sim/v1/partners")).toEqual([]);
    feeds.playTo(game.tipAt);
    const readings = await feeds.get("/sim/v1/partners");
    expect(readings).toHaveLength(3);
    expect(number(readings, "0.knownAt")).toBeLessThan(game.tipAt);
  });
});
