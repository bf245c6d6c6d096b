import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createEspnClient } from "../../clients/espn/client.ts";
import { createNbaClient } from "../../clients/nba/client.ts";
import { required } from "../../core/domain/assert.ts";
import type { FeedGame } from "../../core/domain/feeds.ts";
import type { RunClock } from "../../core/domain/time.ts";
import { type Instant, instant } from "../../core/domain/units.ts";
import type { Fact } from "../../sim/facts.ts";
import { type ServedFeeds, serveFeeds } from "../../sim/feeds/served.ts";
import { createWorld } from "../../sim/world/world.ts";

const world = createWorld({ seed: 7, games: 4, scalarGame: 3 });
const FACTS: readonly Fact[] = [...world.facts()].filter(
  (fact) => fact.kind !== "level" && fact.kind !== "trade",
);
const { date, startAt, endAt, games } = world.manifest;
const game = required(games[0], "a game");

let now: Instant = startAt;
const clock: RunClock = { now: () => now, speed: 1 };
let feeds: ServedFeeds;
let espn: ReturnType<typeof createEspnClient>;
let nba: ReturnType<typeof createNbaClient>;

beforeAll(async () => {
  feeds = await serveFeeds(world, FACTS);
  const base = feeds.baseUrl;
  const timeoutMs = 500;
  espn = createEspnClient({ siteUrl: `${base}/espn`, coreUrl: `${base}/espn`, clock, timeoutMs });
  nba = createNbaClient({ baseUrl: `${base}/nba`, clock, timeoutMs });
});
afterAll(async () => {
  await feeds.close();
});
beforeEach(() => {
  feeds.setFault(null);
});

function playTo(at: number): void {
  now = instant(at);
  feeds.playTo(at);
}

type State = Extract<Fact, { kind: "game-state" }>;
function told(feed: "espn" | "nba", eventTicker: string): State {
  const states = FACTS.filter((fact): fact is State => fact.kind === "game-state").filter(
    (fact) => fact.feed === feed && fact.eventTicker === eventTicker && fact.receivedAt <= now,
  );
  return required(states.at(-1), `a state of ${feed}`);
}

/** What a client must have understood of a state. */
function understood({ period, homeScore, awayScore, homePeriods, awayPeriods }: State | FeedGame) {
  return { period, homeScore, awayScore, homePeriods, awayPeriods };
}

describe("the feed clients on the look-alikes", () => {
  it("understand every game at every quarter of an hour of a night, without a fault", async () => {
    for (let at: number = startAt; at <= endAt; at += 15 * 60_000) {
      playTo(at);
      const boards = { espn: await espn.scoreboard(date), nba: await nba.scoreboard() };
      for (const feed of ["espn", "nba"] as const) {
        const board = boards[feed].value;
        expect(board.faults).toEqual([]);
        expect(board.games.map((one) => [one.home, one.away, one.tipAt])).toEqual(
          games.map((one) => [one.home, one.away, one.tipAt]),
        );
        board.games.forEach((shown, index) => {
          const fact = told(feed, required(games[index], "its slate").eventTicker);
          expect(understood(shown)).toEqual(understood(fact));
          if (fact.state === "in") expect(shown.clockSeconds).toBe(fact.clockSeconds);
          expect(shown.isFinal).toBe(fact.statusName === "STATUS_FINAL");
        });
      }
    }
  });

  it("read plays, box score, injuries and win probability", async () => {
    playTo(game.tipAt + 5_400_000);
    const { plays } = (await nba.playByPlay(game.nbaGameId)).value;
    const shown = told("nba", game.eventTicker);
    expect(plays.at(-1)).toMatchObject({ homeScore: shown.homeScore, awayScore: shown.awayScore });
    expect((await nba.boxScore(game.nbaGameId)).value.game.homeScore).toBe(shown.homeScore);
    const reading = (await espn.winProbability(game.espnEventId)).value;
    const readings = FACTS.filter((fact) => fact.kind === "win-probability").filter(
      (fact) => fact.eventTicker === game.eventTicker && fact.receivedAt <= now,
    );
    expect(reading).toMatchObject({
      home: readings.at(-1)?.homeProbability,
      sequence: readings.length,
    });
    const injuries = (await espn.injuries()).value.lines;
    const hurt = world.games.flatMap((one) => one.injuries);
    expect(injuries.map((one) => one.player).sort()).toEqual(hurt.map((one) => one.player).sort());
  });

  it("have no win probability before tip", async () => {
    playTo(startAt);
    expect((await espn.winProbability(game.espnEventId)).value).toBeNull();
  });

  it.each(["html", "500", "hang", "truncated"] as const)(
    "fail on %s, and recover",
    async (kind) => {
      playTo(game.tipAt + 3_600_000);
      feeds.setFault(kind);
      await expect(espn.scoreboard(date)).rejects.toThrow(/FEED_(INVALID|UNAVAILABLE)/);
      await expect(nba.scoreboard()).rejects.toThrow(/FEED_(INVALID|UNAVAILABLE)/);
      feeds.setFault(null);
      expect((await espn.scoreboard(date)).value.games).toHaveLength(4);
      expect((await nba.scoreboard()).value.games).toHaveLength(4);
    },
  );

  it.each(["missing-field", "nan", "swapped"] as const)("take no game from a %s", async (kind) => {
    playTo(game.tipAt + 3_600_000);
    feeds.setFault(kind);
    for (const { value } of [await espn.scoreboard(date), await nba.scoreboard()]) {
      expect(value.games).toEqual([]);
      expect(value.faults.length).toBeGreaterThanOrEqual(4);
    }
  });
});
