import { expect, it } from "vitest";
import { instant } from "../core/domain/units.ts";
import { until } from "../test/support/kalshi.ts";
import type { GamesOptions } from "./games.ts";
import type { Told } from "./port.ts";
import { followByHand, hurt, IN_PLAY, onEspn, TIP } from "./testing/feeds-by-hand.ts";
import { ToldGames } from "./told-games.ts";

const NOW = TIP + 600_000;
const paces = { scoreboardMs: 5, probabilityMs: 5, playsMs: 5, injuriesMs: 5, idleMs: 5 };
const ofClippers = (...injuries: object[]): object => ({ displayName: "LA Clippers", injuries });

type Prepare = NonNullable<Parameters<typeof followByHand>[1]>;

/** A game in play, with its probabilities and one who is hurt; `pass` lets time go by, and both pages be asked. */
async function inPlay(prepare: Prepare = () => undefined, options: Partial<GamesOptions> = {}) {
  let now: number = NOW;
  const following = await followByHand({ now: () => now, paces, ...options }, (outside) => {
    const { answers } = outside;
    answers.events = [onEspn("401810433", IN_PLAY)];
    answers.injuries = [ofClippers(hurt("A Star"))];
    answers.count = 1;
    answers.items = [{ homeWinPercentage: 0.75, lastModified: "2026-11-21T03:39Z" }];
    prepare(outside);
  });
  const { asked, pages } = following;
  const pass = async (ms: number): Promise<readonly string[]> => {
    now += ms;
    const paths = ["/injuries", "/probabilities"] as const;
    const counts = paths.map(asked);
    await until(() => paths.every((path, index) => asked(path) >= (counts[index] ?? 0) + 6));
    return pages;
  };
  await pass(0);
  return { ...following, pass };
}

/** What was told of the injured, in words. */
function lines(told: readonly Told[]): readonly string[] {
  return told.flatMap((fact) => (fact.kind === "injury" ? [`${fact.player} ${fact.status}`] : []));
}

it("tells that the injury report is away, twenty seconds after it could be read no more, and that it is back", async () => {
  const { refusing, pass, told, answers } = await inPlay();
  expect(await pass(0)).toEqual(["injuries back"]);
  refusing.add("/injuries");
  expect(await pass(0)).toHaveLength(1);
  expect(await pass(19_999)).toHaveLength(1);
  expect(await pass(1)).toEqual(["injuries back", "injuries away"]);
  expect(await pass(10_800_000)).toHaveLength(2);
  expect(told.filter(({ kind }) => kind === "feed-away")).toEqual([]);
  refusing.delete("/injuries");
  expect(await pass(0)).toEqual(["injuries back", "injuries away", "injuries back"]);
  // A league in which nobody is hurt does not exist, nor one of which no line can be read.
  answers.injuries = [ofClippers(hurt("A Star", "Suspension"))];
  await pass(0);
  expect((await pass(20_000)).at(-1)).toBe("injuries away");
  expect(lines(told)).toEqual(["A Star Out"]);
});

it("tells that a report which was never read is away at its first look", async () => {
  const { pass, refusing } = await inPlay((outside) => outside.refusing.add("/injuries"));
  expect(await pass(0)).toEqual(["injuries away"]);
  refusing.delete("/injuries");
  expect(await pass(0)).toEqual(["injuries away", "injuries back"]);
});

it("tells that a game's probabilities are away, and that they are back", async () => {
  const { pass, refusing } = await inPlay();
  refusing.add("/probabilities");
  await pass(0);
  expect((await pass(19_999)).slice(1)).toEqual([]);
  expect((await pass(1)).slice(1)).toEqual(["win-probability away"]);
  refusing.delete("/probabilities");
  expect((await pass(0)).slice(1)).toEqual(["win-probability away", "win-probability back"]);
});

it("keeps what is known of a team's players while one line of it cannot be read", async () => {
  const { pass, told, answers, pages } = await inPlay(({ answers: { injuries } }) => {
    injuries[0] = ofClippers(hurt("A Star"), hurt("B Guard"));
  });
  expect(lines(told)).toEqual(["A Star Out", "B Guard Out"]);
  answers.injuries = [ofClippers(hurt("A Star", "Suspension"), hurt("C Wing", "Doubtful"))];
  await pass(60_000);
  expect(lines(told).slice(2)).toEqual(["C Wing Doubtful"]);
  answers.injuries = [ofClippers(hurt("C Wing", "Doubtful"))];
  await pass(0);
  expect(lines(told).slice(3)).toEqual(["A Star Available", "B Guard Available"]);
  expect(pages).toEqual(["injuries back"]);
});

it("doubts the pages that were read before nobody listened, until they are looked at", async () => {
  const known = { kind: "page-away", isAway: false, sourceTime: instant(NOW) } as const;
  const readBefore = (): Partial<GamesOptions> => {
    const told = new ToldGames();
    told.note({ ...known, page: "injuries", eventTicker: null });
    return { told, awaySince: instant(NOW - 20_000) };
  };
  const { pages } = await inPlay(({ refusing }) => {
    refusing.add("/injuries").add("/probabilities");
  }, readBefore());
  expect([...pages].sort()).toEqual(["injuries away", "win-probability away"]);
  expect((await inPlay(() => undefined, readBefore())).pages).toEqual([]);
});
