import { describe, expect, it } from "vitest";
import type { FeedName } from "../core/domain/feeds.ts";
import { instant } from "../core/domain/units.ts";
import type { Fact } from "../sim/facts.ts";
import { until } from "../test/support/kalshi.ts";
import type { GamesOptions } from "./games.ts";
import type { Told } from "./port.ts";
import {
  byHand,
  followByHand,
  hurt,
  IN_PLAY,
  onEspn,
  onNba,
  TIP,
} from "./testing/feeds-by-hand.ts";
import { ToldGames } from "./told-games.ts";

describe("a feed that is away", () => {
  const paces = { scoreboardMs: 5, probabilityMs: 5, playsMs: 5, injuriesMs: 5, idleMs: 5 };

  /** A game in play that both feeds have shown; `pass` lets the time go by, and both be asked some more. */
  async function inPlay(options: Partial<GamesOptions> = {}) {
    let now: number = TIP + 600_000;
    const following = await followByHand({ now: () => now, paces, ...options });
    const { answers, told, asked } = following;
    answers.events.push(onEspn("401810433", IN_PLAY));
    answers.scoreboard.games.push(onNba(2));
    const shown = (feed: FeedName): boolean =>
      told.some((fact) => fact.kind === "game-state" && fact.feed === feed);
    await until(() => shown("espn") && shown("nba"));
    const pass = async (ms: number): Promise<readonly string[]> => {
      now += ms;
      const boards = ["basketball/nba/scoreboard", "todaysScoreboard"] as const;
      const counts = boards.map(asked);
      await until(() => boards.every((board, index) => asked(board) >= (counts[index] ?? 0) + 4));
      return told.flatMap((fact) =>
        fact.kind === "feed-away" ? [`${fact.feed} ${fact.isAway ? "away" : "back"}`] : [],
      );
    };
    return { ...following, pass };
  }

  it("is told of once, twenty seconds after it could be read no more, and once it is back", async () => {
    const { refusing, pass, told } = await inPlay();
    expect(await pass(3_600_000)).toEqual([]);
    refusing.add("espn");
    expect(await pass(0)).toEqual([]);
    expect(await pass(19_999)).toEqual([]);
    expect(await pass(1)).toEqual(["espn away"]);
    refusing.add("nba");
    expect(await pass(0)).toEqual(["espn away"]);
    expect(await pass(20_000)).toEqual(["espn away", "nba away"]);
    expect(await pass(60_000)).toEqual(["espn away", "nba away"]);
    expect(told.filter(({ kind }) => kind === "feed-away")).toMatchObject([
      { feed: "espn", eventTicker: byHand.eventTicker, sourceTime: TIP + 4_220_000 },
      { feed: "nba", eventTicker: byHand.eventTicker, sourceTime: TIP + 4_240_000 },
    ]);
    refusing.delete("nba");
    expect(await pass(0)).toEqual(["espn away", "nba away", "nba back"]);
    refusing.delete("espn");
    const both = ["espn away", "nba away", "nba back", "espn back"];
    expect(await pass(0)).toEqual(both);
    // A short one is none, also after a long one.
    refusing.add("espn");
    expect(await pass(0)).toEqual(both);
    expect(await pass(19_999)).toEqual(both);
    refusing.delete("espn");
    expect(await pass(0)).toEqual(both);
    refusing.add("espn");
    expect(await pass(1)).toEqual(both);
  });

  it("is one that no longer shows a game which it showed in play, and not one which it showed over", async () => {
    const { answers, pass } = await inPlay();
    answers.events = [];
    answers.scoreboard.games = [onNba(3)];
    await pass(0);
    answers.scoreboard.games = [];
    await pass(0);
    expect(await pass(20_000)).toEqual(["espn away"]);
    answers.events = [onEspn("401810433", IN_PLAY)];
    expect(await pass(0)).toEqual(["espn away", "espn back"]);
  });

  it("is not one that has not shown the game yet", async () => {
    let now: number = TIP - 3_600_000;
    const { told, asked } = await followByHand({ now: () => now, paces });
    for (let minute = 0; minute < 2; minute += 1) {
      now += 60_000;
      const count = asked("scoreboard");
      await until(() => asked("scoreboard") >= count + 8);
    }
    expect(told).toEqual([]);
  });

  it("is one whose looks fail by a fault of ours", async () => {
    const fail = (): Promise<never> => Promise.reject(new Error("a bug"));
    let now: number = TIP;
    const nba = { scoreboard: fail, playByPlay: fail };
    const { told, asked } = await followByHand({ now: () => now, paces, nba });
    const looks = async (): Promise<void> => {
      const count = asked("scoreboard");
      await until(() => asked("scoreboard") >= count + 4);
    };
    await looks();
    now += 20_000;
    await looks();
    expect(told).toMatchObject([{ kind: "feed-away", feed: "nba", isAway: true }]);
  });
});

describe("who goes on where an earlier process left off", () => {
  const NOW = TIP + 600_000;
  const injured = (...players: string[]): object[] => [
    { displayName: "LA Clippers", injuries: players.map((player) => hurt(player)) },
    { displayName: "Boston Celtics", injuries: [hurt("Somebody Else")] },
  ];
  const paces = { scoreboardMs: 5, probabilityMs: 5, playsMs: 5, injuriesMs: 5, idleMs: 5 };

  /** Follows the game in play, with these out, until all of it was looked at a few times. */
  async function look(
    players: readonly string[],
    options: Partial<GamesOptions> & { readonly refuses?: readonly FeedName[] } = {},
  ): Promise<readonly Told[]> {
    const { refuses = [], ...others } = options;
    const { part, told, asked } = await followByHand(
      { now: () => NOW, paces, ...others },
      ({ answers, refusing }) => {
        answers.events = [onEspn("401810433", IN_PLAY)];
        answers.scoreboard.games = [onNba(2)];
        answers.injuries = injured(...players);
        answers.count = 1;
        answers.items = [{ homeWinPercentage: 0.75, lastModified: "2026-11-21T03:39Z" }];
        for (const feed of refuses) refusing.add(feed);
      },
    );
    const paths = ["basketball/nba/scoreboard", "todaysScoreboard", "injuries"];
    if (!refuses.includes("espn")) paths.push("probabilities");
    await until(() => paths.every((path) => asked(path) >= 6));
    await part.close();
    return told;
  }

  /** What was told until then. */
  async function known(...more: readonly Told[]): Promise<ToldGames> {
    const told = await look(["A Star", "B Guard"]);
    expect(told.map(({ kind }) => kind).sort()).toEqual([
      ...["game-state", "game-state", "injury", "injury", "win-probability"],
    ]);
    const games = new ToldGames();
    for (const fact of [...told, ...more]) games.note(received(fact));
    return games;
  }

  /** As it comes from a tape. */
  const received = (fact: Told): Fact => ({ ...fact, receivedAt: instant(NOW) });

  const away = (feed: FeedName): Told => {
    const { eventTicker } = byHand;
    return { kind: "feed-away", feed, eventTicker, isAway: true, sourceTime: instant(NOW) };
  };

  it("tells nothing again, and of a player who left the injury report meanwhile that he plays", async () => {
    const told = await look(["A Star"], { told: await known(), awaySince: instant(NOW - 19_999) });
    expect(told).toMatchObject([
      { kind: "injury", teamCode: "LAC", player: "B Guard", status: "Available" },
    ]);
  });

  it("tells a probability that is another one by its number or by its time", async () => {
    for (const changes of [
      { homeProbability: 0.5, sourceTime: instant(Date.parse("2026-11-21T03:39Z")) },
      { homeProbability: 0.75, sourceTime: instant(Date.parse("2026-11-21T03:38Z")) },
    ]) {
      const { eventTicker } = byHand;
      const before: Told = { kind: "win-probability", eventTicker, ...changes };
      const told = await look(["A Star", "B Guard"], { told: await known(before) });
      expect(told).toMatchObject([{ kind: "win-probability", homeProbability: 0.75 }]);
    }
  });

  it("takes both feeds for away until they are read, where nobody listened for twenty seconds", async () => {
    const awaySince = instant(NOW - 20_000);
    const told = await look(["A Star", "B Guard"], { told: await known(), awaySince });
    const words = told.map((fact) =>
      fact.kind === "feed-away" ? `${fact.feed} ${fact.isAway}` : "",
    );
    expect(words.slice(0, 2)).toEqual(["espn true", "nba true"]);
    expect(words.slice(2).sort()).toEqual(["espn false", "nba false"]);
    const refuses = ["espn", "nba"] as const;
    const lost = await look([], { told: await known(), awaySince, refuses });
    expect(lost).toMatchObject([
      { kind: "feed-away", feed: "espn", isAway: true },
      { kind: "feed-away", feed: "nba", isAway: true },
    ]);
  });

  it("tells that a feed which was away is back, and of one that still is nothing", async () => {
    const options = { told: await known(away("espn"), away("nba")), refuses: ["nba"] as const };
    const told = await look(["A Star", "B Guard"], {
      ...options,
      awaySince: instant(NOW - 60_000),
    });
    expect(told).toMatchObject([{ kind: "feed-away", feed: "espn", isAway: false }]);
  });
});
