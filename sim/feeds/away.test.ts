import { expect, it, onTestFinished } from "vitest";
import { required } from "../../core/domain/assert.ts";
import { instant } from "../../core/domain/units.ts";
import type { Fact, SlateGame } from "../facts.ts";
import { createWorld } from "../world/world.ts";
import { pick, rows, type ServedFeeds, serveFeeds } from "./served.ts";

const world = createWorld({ seed: 7, games: 2 });
const FACTS = [...world.facts()].filter(({ kind }) => kind !== "level" && kind !== "trade");
const [first, second] = [
  required(world.manifest.games[0], "a first game"),
  required(world.manifest.games[1], "a second"),
];
const MID_GAME = first.tipAt + 3_600_000;
type Feed = "espn" | "nba";

const SITE = "/espn/apis/site/v2/sports/basketball/nba";
const LIVE = "/nba/static/json/liveData";
const BOARDS = {
  espn: [`${SITE}/scoreboard`, "events", "id"],
  nba: [`${LIVE}/scoreboard/todaysScoreboard_00.json`, "scoreboard.games", "gameId"],
} as const;

/** What a feed serves of one game alone. */
function pagesOf(feed: Feed, game: SlateGame): readonly string[] {
  const { espnEventId: id, nbaGameId } = game;
  if (feed === "nba") {
    return ["playbyplay", "boxscore"].map((page) => `${LIVE}/${page}/${page}_${nbaGameId}.json`);
  }
  const probabilities = `events/${id}/competitions/${id}/probabilities`;
  return [`${SITE}/summary?event=${id}`, `/espn/v2/sports/basketball/leagues/nba/${probabilities}`];
}

function away(feed: Feed, game: SlateGame, minutes: number, isAway = true): Fact {
  const { eventTicker } = game;
  const at = instant(first.tipAt + minutes * 60_000);
  return { kind: "feed-away", feed, eventTicker, isAway, sourceTime: at, receivedAt: at };
}

function pageAway(page: "injuries" | "win-probability", game: SlateGame | null): Fact {
  const at = instant(first.tipAt + 600_000);
  const times = { sourceTime: at, receivedAt: at };
  return {
    kind: "page-away",
    page,
    eventTicker: game?.eventTicker ?? null,
    isAway: true,
    ...times,
  };
}

/** The feeds in mid-game, with what is told of their being away. */
async function serve(...told: readonly Fact[]): Promise<ServedFeeds> {
  const feeds = await serveFeeds(world, [...FACTS, ...told]);
  onTestFinished(() => feeds.close());
  feeds.playTo(MID_GAME);
  return feeds;
}

async function statuses(feeds: ServedFeeds, paths: readonly string[]): Promise<readonly number[]> {
  const headers = { referer: "https://www.nba.com/" };
  return Promise.all(paths.map(async (path) => (await feeds.fetch(path, { headers })).status));
}

it.each([
  ["espn", "nba"],
  ["nba", "espn"],
] as const)(
  "a feed that is away answers 503 until it is back: %s, and not %s",
  async (feed, other) => {
    const told = [away(feed, first, 10), away(feed, second, 10)];
    const of = (one: Feed): readonly string[] => [
      BOARDS[one][0],
      ...pagesOf(one, first),
      ...pagesOf(one, second),
      ...(one === "espn" ? [`${SITE}/injuries`] : []),
    ];
    const healthy = await serve();
    expect(new Set(await statuses(healthy, [...of(feed), ...of(other)]))).toEqual(new Set([200]));
    const feeds = await serve(...told);
    expect(new Set(await statuses(feeds, of(feed)))).toEqual(new Set([503]));
    expect(new Set(await statuses(feeds, of(other)))).toEqual(new Set([200]));
    const back = await serve(...told, away(feed, first, 20, false), away(feed, second, 20, false));
    expect(new Set(await statuses(back, of(feed)))).toEqual(new Set([200]));
  },
);

it.each(["espn", "nba"] as const)("%s leaves out a game that alone is away", async (feed) => {
  const feeds = await serve(away(feed, first, 10));
  const [board, list, id] = BOARDS[feed];
  const shown = rows(await feeds.get(board), list).map((game) => pick(game, id));
  expect(shown).toEqual([feed === "espn" ? second.espnEventId : second.nbaGameId]);
  expect(await statuses(feeds, pagesOf(feed, first))).toEqual([503, 503]);
  expect(await statuses(feeds, pagesOf(feed, second))).toEqual([200, 200]);
  expect(await statuses(feeds, [`${SITE}/injuries`])).toEqual([200]);
});

it("a page that alone is away answers 503, and the others go on", async () => {
  const [summary, probabilities] = pagesOf("espn", first);
  const injuries = `${SITE}/injuries`;
  const paths = [
    injuries,
    probabilities ?? "",
    summary ?? "",
    ...pagesOf("espn", second),
    BOARDS.espn[0],
  ];
  const report = await serve(pageAway("injuries", null));
  expect(await statuses(report, paths)).toEqual([503, 200, 200, 200, 200, 200]);
  const page = await serve(pageAway("win-probability", first));
  expect(await statuses(page, paths)).toEqual([200, 503, 200, 200, 200, 200]);
});

it("a live night has no injury report before the first word on it", async () => {
  const { manifest, pastGames } = world;
  const live = { manifest: { ...manifest, kind: "live" as const }, pastGames };
  const word: Fact = { ...pageAway("injuries", null), isAway: false } as Fact;
  const feeds = await serveFeeds(live, [...FACTS, word]);
  onTestFinished(() => feeds.close());
  feeds.playTo(word.receivedAt - 1);
  expect(await statuses(feeds, [`${SITE}/injuries`])).toEqual([503]);
  feeds.playTo(word.receivedAt);
  expect(await statuses(feeds, [`${SITE}/injuries`])).toEqual([200]);
});
