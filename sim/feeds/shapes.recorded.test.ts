import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataPath } from "../../test/recorded/data.ts";
import { required } from "../../core/domain/assert.ts";
import { createWorld } from "../world/world.ts";
import { pick, type ServedFeeds, serveFeeds } from "./served.ts";

const world = createWorld({ seed: 3, games: 1 });
const game = required(world.manifest.games[0], "a game");
const FACTS = [...world.facts()].filter((fact) => fact.kind !== "level" && fact.kind !== "trade");
const SITE = "/espn/apis/site/v2/sports/basketball/nba";
const NBA = "/nba/static/json/liveData";

let feeds: ServedFeeds;
beforeAll(async () => {
  feeds = await serveFeeds(world, FACTS);
  feeds.playTo(game.tipAt + 4_500_000);
});
afterAll(async () => {
  await feeds.close();
});

/** A recorded answer of the real feed. */
function recorded(path: string): unknown {
  const bytes = readFileSync(dataPath(`fixtures/${path}`));
  const text = path.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
  const parsed: unknown = JSON.parse(text);
  return parsed;
}

/** Every path of a document with the JSON types found there; list items share a path. */
function shape(value: unknown, path = "", into = new Map<string, Set<string>>()): typeof into {
  const type = Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
  const types = into.get(path) ?? new Set();
  into.set(path, types.add(type));
  if (Array.isArray(value)) for (const item of value) shape(item, `${path}[]`, into);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) shape(inner, `${path}.${key}`, into);
  }
  return into;
}

/** What ours has that the real one has not: a path, or a type at it. */
function strange(ours: unknown, real: unknown, known: readonly string[] = []): string[] {
  const realShape = shape(real);
  return [...shape(ours)].flatMap(([path, types]) => {
    if (known.some((prefix) => path.startsWith(prefix))) return [];
    const there = realShape.get(path);
    if (!there) return [`${path} is not in the recording`];
    return [...types]
      .filter((type) => !there.has(type) && type !== "null")
      .map((type) => `${path} is ${type}, recorded as ${[...there].join(" or ")}`);
  });
}

describe("look-alike shapes against recorded payloads", () => {
  it("ESPN's scoreboard has no path or type that the real one has not", async () => {
    const ours = await feeds.get(`${SITE}/scoreboard`);
    const real = recorded("espn/espn_scoreboard_wnba_20260809.json.gz");
    // The recording was taken before tip, when line scores are absent; and is cut after `events`.
    const known = [".season", ".day"];
    const lines = ".events[].competitions[].competitors[].linescores";
    expect(strange(ours, real, [...known, lines])).toEqual([]);
  });

  it("ESPN's summary has no path or type that the real one has not", async () => {
    const ours = await feeds.get(`${SITE}/summary?event=${game.espnEventId}`);
    const real = recorded("espn/summary_401584901_LAC_at_GS_2023-11-30_full.json.gz");
    const known = [
      // The recorded game is over, and its header has no running clock; ours is in progress.
      ".header.competitions[].status",
      ".header.competitions[].competitors[].team.shortDisplayName",
      ".header.competitions[].competitors[].team.isActive",
      ".injuries[].team",
      // The league's report has these; the summary's lines are shorter.
      ".injuries[].injuries[].id",
      ".injuries[].injuries[].shortComment",
      ".injuries[].injuries[].athlete.team",
      // The one addition of ours.
      ".injuries[].injuries[].impactElo",
    ];
    expect(strange(ours, real, known)).toEqual([]);
  });

  it("the NBA's scoreboard has no path or type that the real one has not", async () => {
    const ours = await feeds.get(`${NBA}/scoreboard/todaysScoreboard_00.json`);
    expect(strange(ours, recorded("nba-cdn/todaysScoreboard_00.json"))).toEqual([]);
  });

  it("the NBA's play-by-play has no path or type that the real one has not", async () => {
    const ours = await feeds.get(`${NBA}/playbyplay/playbyplay_${game.nbaGameId}.json`);
    expect(strange(ours, recorded("nba-cdn/live_playbyplay_docs_example_0.json"))).toEqual([]);
  });

  it("the NBA's box score has no path or type that the real one has not", async () => {
    const ours = await feeds.get(`${NBA}/boxscore/boxscore_${game.nbaGameId}.json`);
    expect(pick(ours, "game.homeTeam.players")).toBeDefined();
    expect(strange(ours, recorded("nba-cdn/boxscore_0042200123.json"))).toEqual([]);
  });
});
