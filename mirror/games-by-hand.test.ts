import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEspnClient } from "../clients/espn/client.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import type { RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { SlateGame } from "../sim/facts.ts";
import { PATIENT_MS, SILENT, until } from "../test/support/kalshi.ts";
import { startWireServer } from "../test/support/wire-server.ts";
import { followGames, type GamesOptions } from "./games.ts";
import type { Told } from "./port.ts";

/** A game by hand, of LAC at POR. */
const TIP = instant(Date.parse("2026-11-21T03:30:00Z"));
const byHand: SlateGame = {
  eventTicker: "KXNBAGAME-26NOV20LACPOR",
  date: "2026-11-20",
  home: "POR",
  away: "LAC",
  tipAt: TIP,
  espnEventId: "",
  nbaGameId: "",
  marketTickers: [],
  reconstructed: [],
};

/** Feeds whose answers a test decides; without it they know of nothing. */
async function followByHand(options: Partial<GamesOptions> & { readonly now: () => number }) {
  const server = await startWireServer();
  onTestFinished(() => server.close());
  const answers = {
    events: [] as object[],
    injuries: [] as object[],
    scoreboard: { games: [] as object[] },
    game: { gameId: "0022600001", actions: [] as object[] },
  };
  server.answer = () => ({ status: 200, json: answers });
  const clock: RunClock = { now: () => instant(options.now()), speed: 1 };
  const shared = { clock, timeoutMs: PATIENT_MS };
  const told: Told[] = [];
  const part = followGames({
    games: [byHand],
    espn: createEspnClient({ siteUrl: server.url, coreUrl: server.url, ...shared }),
    nba: createNbaClient({ baseUrl: server.url, ...shared }),
    tell: (fact) => told.push(fact),
    clock,
    log: SILENT,
    ...options,
  });
  onTestFinished(() => part.close());
  const asked = (path: string): number =>
    server.seen.filter((seen) => seen.path.includes(path)).length;
  return { answers, told, part, asked };
}

const final = (id: string): object => ({
  id,
  date: "2026-11-21T03:30Z",
  status: { clock: 0, period: 4, type: { name: "STATUS_FINAL", state: "post", completed: true } },
  competitions: [
    {
      competitors: [
        { homeAway: "home", score: "101", team: { abbreviation: "POR" } },
        { homeAway: "away", score: "99", team: { abbreviation: "LAC" } },
      ],
    },
  ],
});

it("takes of two games of the same teams on one day the one that the slate names, or none", async () => {
  const events = [final("401810434"), final("401810433"), final("401810435")];
  for (const [espnEventId, count] of [
    ["401810433", 1],
    ["", 0],
  ] as const) {
    const games = [{ ...byHand, espnEventId }];
    const { answers, told, asked } = await followByHand({
      now: () => TIP,
      games,
      paces: { scoreboardMs: 5, idleMs: 5 },
    });
    answers.events = events;
    const begun = asked("/scoreboard");
    await until(() => asked("/scoreboard") >= begun + 8);
    expect(told).toHaveLength(count);
  }
});

it("looks for late plays until ten minutes after the end", async () => {
  const team = (teamTricode: string, score: number): object => ({
    teamTricode,
    score,
    periods: [],
  });
  const played = {
    gameId: "0022600001",
    gameCode: "20261120/LACPOR",
    gameStatus: 3,
    gameStatusText: "Final",
    period: 4,
    gameClock: "",
    gameTimeUTC: "2026-11-21T03:30:00Z",
    homeTeam: team("POR", 101),
    awayTeam: team("LAC", 99),
  };
  const action = (actionNumber: number): object => ({
    actionNumber,
    period: 4,
    clock: "PT00M00.00S",
    actionType: "game",
    scoreHome: "101",
    scoreAway: "99",
  });
  let now: number = TIP + 7_200_000;
  const paces = { scoreboardMs: 5, playsMs: 5, idleMs: 5 };
  const { answers, told, asked } = await followByHand({ now: () => now, paces });
  const numbers = (): readonly number[] =>
    told.flatMap((fact) => (fact.kind === "play" ? [fact.actionNumber] : []));
  answers.game.actions.push(action(1));
  answers.scoreboard.games.push(played);
  await until(() => numbers().length === 1);
  now += 10 * 60_000;
  answers.game.actions.push(action(2));
  await until(() => numbers().length === 2);
  expect(numbers()).toEqual([1, 2]);
  now += 1;
  const [looks, boards] = [asked("playbyplay"), asked("todaysScoreboard")];
  await until(() => asked("todaysScoreboard") >= boards + 10);
  // One was on its way.
  expect(asked("playbyplay")).toBeLessThanOrEqual(looks + 1);
});

describe("how often a feed is asked", () => {
  const paces = { scoreboardMs: 5, probabilityMs: 5, playsMs: 5, injuriesMs: 5, idleMs: 60_000 };

  it("is seldom until a quarter of an hour before the first tip", async () => {
    const { asked } = await followByHand({ now: () => TIP - 15 * 60_000 - 1, paces });
    await until(() => asked("scoreboard") >= 2 && asked("injuries") >= 1);
    await sleep(100);
    expect(asked("/scoreboard")).toBe(2);
    expect(asked("injuries")).toBe(1);
  });

  it("is often from then on, late tips included", async () => {
    for (const now of [TIP - 15 * 60_000, TIP + 3_600_000]) {
      const { asked } = await followByHand({ now: () => now, paces });
      await until(() => asked("/scoreboard") >= 12 && asked("injuries") >= 6);
    }
  });

  it("is seldom when all games are over", async () => {
    const { asked, answers, told } = await followByHand({ now: () => TIP + 7_200_000, paces });
    await until(() => asked("/scoreboard") >= 6);
    answers.events = [final("401810433")];
    await until(() => told.length > 0);
    const count = asked("/scoreboard");
    await sleep(100);
    // The other feed's next look was due already.
    expect(asked("/scoreboard")).toBeLessThanOrEqual(count + 1);
    expect(told).toMatchObject([{ kind: "game-state", state: "post", homeScore: 101 }]);
  });
});

describe("the injury report", () => {
  const line = (player: string, status: string, hour: number): object => ({
    athlete: { displayName: player },
    status,
    date: `2026-11-20T${hour}:00Z`,
  });
  const clippers = (...injuries: object[]): object => ({ displayName: "LA Clippers", injuries });
  const others = { displayName: "Boston Celtics", injuries: [line("Somebody Else", "Out", 20)] };

  it("is told line by line when it changes, of the slate's teams; who is left out of it plays", async () => {
    const now = (): number => TIP;
    const paces = { injuriesMs: 1, idleMs: 1 };
    const { answers, told, asked } = await followByHand({ now, paces });
    /** What is told of a report, once it was read to its end. */
    const report = async (...injuries: object[]): Promise<readonly string[]> => {
      answers.injuries = injuries;
      const [count, from] = [asked("injuries"), told.length];
      await until(() => asked("injuries") >= count + 3);
      return told.slice(from).map((fact) => {
        expect(fact).toMatchObject({ kind: "injury", teamCode: "LAC", impactElo: null });
        const { player = "", status = "" } = fact as { player?: string; status?: string };
        return `${player} ${status} ${new Date(fact.sourceTime).toISOString().slice(11, 16)}`;
      });
    };
    const tired = line("A Star", "Day-To-Day", 21);
    const out = line("B Guard", "Out", 20);
    // Of two lines for one player the later one counts; the facts have no Day-To-Day.
    expect(await report(others, clippers(tired, out, line("A Star", "Out", 19)))).toEqual([
      "A Star Questionable 21:00",
      "B Guard Out 20:00",
    ]);
    expect(await report(others, clippers(out, line("A Star", "Day-To-Day", 22)))).toEqual([]);
    expect(await report()).toEqual([]);
    expect(await report(others, clippers(tired))).toEqual(["B Guard Available 03:30"]);
    expect(await report(others)).toEqual(["A Star Available 03:30"]);
    expect(await report(others, clippers(out))).toEqual(["B Guard Out 20:00"]);
  });
});
