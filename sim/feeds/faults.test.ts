import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { required } from "../../core/domain/assert.ts";
import type { Fact } from "../facts.ts";
import { createWorld } from "../world/world.ts";
import { pick, rows, type ServedFeeds, serveFeeds } from "./served.ts";

const world = createWorld({ seed: 11, games: 1 });
const FACTS: readonly Fact[] = [...world.facts()].filter(
  (fact) => fact.kind !== "level" && fact.kind !== "trade",
);
const game = required(world.manifest.games[0], "a game");
const SCOREBOARD = "/espn/apis/site/v2/sports/basketball/nba/scoreboard";
const PROBABILITIES = `/espn/v2/sports/basketball/leagues/nba/events/${game.espnEventId}/competitions/${game.espnEventId}/probabilities`;
const NBA_SCOREBOARD = "/nba/static/json/liveData/scoreboard/todaysScoreboard_00.json";
const SIDES = "events.0.competitions.0.competitors";

let feeds: ServedFeeds;
beforeAll(async () => {
  feeds = await serveFeeds(world, FACTS);
});
afterAll(async () => {
  await feeds.close();
});
beforeEach(() => {
  feeds.setFault(null);
  feeds.playTo(game.tipAt + 3_600_000);
});

describe("a feed that misbehaves", () => {
  it("answers HTML with status 200", async () => {
    feeds.setFault("html");
    const response = await feeds.fetch(SCOREBOARD);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(feeds.asked.at(-1)).toEqual(["espn", SCOREBOARD]);
  });

  it("answers 500, 429, or half a document", async () => {
    feeds.setFault("500");
    expect((await feeds.fetch(SCOREBOARD)).status).toBe(500);
    feeds.setFault("429");
    expect((await feeds.fetch(SCOREBOARD)).status).toBe(429);
    feeds.setFault("truncated");
    await expect((await feeds.fetch(SCOREBOARD)).json()).rejects.toThrow(SyntaxError);
  });

  it("hangs without an answer until the caller gives up, and answers the next one once it is over", async () => {
    feeds.setFault("hang");
    const signal = AbortSignal.timeout(300);
    await expect(feeds.fetch(SCOREBOARD, { signal })).rejects.toThrow(/timeout/);
    feeds.setFault(null);
    expect((await feeds.fetch(SCOREBOARD)).status).toBe(200);
  });

  it("loses a priced field, or sends NaN in it", async () => {
    const score = async (): Promise<unknown> =>
      pick(await feeds.get(SCOREBOARD), `${SIDES}.0.score`);
    const chance = async (): Promise<unknown> =>
      pick(await feeds.get(PROBABILITIES), "items.0.homeWinPercentage");
    feeds.setFault("missing-field");
    expect([await score(), await chance()]).toEqual([undefined, undefined]);
    feeds.setFault("nan");
    expect([await score(), await chance()]).toEqual(["NaN", "NaN"]);
  });

  it("swaps home and away in both feeds", async () => {
    const sides = async (): Promise<unknown> => [
      ...rows(await feeds.get(SCOREBOARD), SIDES).map((side) => pick(side, "homeAway")),
      pick(await feeds.get(NBA_SCOREBOARD), "scoreboard.games.0.homeTeam.teamTricode"),
    ];
    expect(await sides()).toEqual(["home", "away", game.home]);
    feeds.setFault("swapped");
    expect(await sides()).toEqual(["away", "home", game.away]);
  });

  it("freezes its clocks while the score goes on", async () => {
    feeds.setFault("frozen-clock");
    const clocks = new Set<unknown>();
    const scores = new Set<unknown>();
    for (let minute = 15; minute < 30; minute++) {
      feeds.playTo(game.tipAt + minute * 60_000);
      const nba = pick(await feeds.get(NBA_SCOREBOARD), "scoreboard.games.0");
      const espn = pick(await feeds.get(SCOREBOARD), "events.0.status");
      clocks.add(pick(nba, "gameClock"));
      clocks.add(pick(espn, "displayClock"));
      scores.add(pick(nba, "homeTeam.score"));
    }
    expect(clocks).toEqual(new Set(["PT06M00.00S", "6:00"]));
    expect(scores.size).toBeGreaterThan(3);
  });

  it("knows nothing of the faults of a venue", async () => {
    const healthy = await feeds.get(SCOREBOARD);
    feeds.setFault("crossed");
    expect(await feeds.get(SCOREBOARD)).toEqual(healthy);
  });
});
