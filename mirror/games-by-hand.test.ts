import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until } from "../test/support/kalshi.ts";
import { byHand, final, followByHand, onNba, TIP } from "./testing/feeds-by-hand.ts";

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
  answers.scoreboard.games.push(onNba(3));
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
