import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import pino from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEspnClient } from "../clients/espn/client.ts";
import { createNbaClient } from "../clients/nba/client.ts";
import { required } from "../core/domain/assert.ts";
import type { RunClock } from "../core/domain/time.ts";
import { type Instant, instant } from "../core/domain/units.ts";
import type { ExchangeHandle } from "../sim/exchange/main.ts";
import { startWith } from "../sim/exchange/testing/start.ts";
import type { Fact, FactSource, SlateGame } from "../sim/facts.ts";
import { createWorld } from "../sim/world/world.ts";
import { PATIENT_MS, until } from "../test/support/kalshi.ts";
import { followGames, type GamesOptions } from "./games.ts";
import type { MirrorPart, Told } from "./port.ts";

/** How much faster than the world's own its night goes by: a minute of the wall becomes ten seconds. */
const HURRY = 6;
const SPEED = 240;

/** A night of three games, of which the last is called off, without its books and in a hurry. */
const source: FactSource = (() => {
  const world = createWorld({ seed: 7, games: 3, scalarGame: 2 });
  const { startAt, endAt, games } = world.manifest;
  const soon = (at: Instant): Instant =>
    instant(startAt + Math.round(Math.max(0, at - startAt) / HURRY));
  const facts = [...world.facts()]
    .filter(({ kind }) => kind !== "level" && kind !== "trade")
    .map((fact) => ({
      ...fact,
      sourceTime: soon(fact.sourceTime),
      receivedAt: soon(fact.receivedAt),
    }));
  const hurried = games.map((game) => ({ ...game, tipAt: soon(game.tipAt) }));
  const manifest = { ...world.manifest, endAt: soon(endAt), games: hurried };
  return { manifest, pastGames: [], facts: () => facts };
})();
const FACTS = [...(source.facts() as Iterable<Fact>)];
const GAMES = source.manifest.games;
const first = required(GAMES[0], "a first game");

type KindOf<Kind extends Fact["kind"]> = Extract<Fact, { kind: Kind }>;
type ToldOf<Kind extends Fact["kind"]> = Extract<Told, { kind: Kind }>;

/** The world's facts of a kind, of one game. */
function played<Kind extends "game-state" | "play" | "win-probability">(
  kind: Kind,
  { eventTicker }: SlateGame,
): readonly KindOf<Kind>[] {
  return FACTS.filter(
    (fact): fact is KindOf<Kind> => fact.kind === kind && fact.eventTicker === eventTicker,
  );
}

/** What was said, without when. */
function said(fact: Fact | Told): object {
  return { ...fact, sourceTime: undefined, receivedAt: undefined };
}

interface Following {
  readonly exchange: ExchangeHandle;
  readonly clock: RunClock;
  readonly part: MirrorPart;
  /** All that was told, with when. */
  readonly told: readonly { readonly at: Instant; readonly fact: Told }[];
  /** Messages and subjects of the log. */
  readonly logged: readonly string[];
  of<Kind extends Fact["kind"]>(kind: Kind): readonly ToldOf<Kind>[];
}

async function playNight(): Promise<{ exchange: ExchangeHandle; clock: RunClock }> {
  const openSource = (): Promise<FactSource> => Promise.resolve(source);
  const { exchange } = await startWith([], { isFreeRunning: true, openSource });
  const night = required(exchange.nights.night, "a night");
  return { exchange, clock: { now: () => night.playedTo, speed: SPEED } };
}

/** Follows the night that an exchange plays. */
function follow(
  { exchange, clock }: { exchange: ExchangeHandle; clock: RunClock },
  options: Partial<GamesOptions> = {},
): Following {
  const told: { at: Instant; fact: Told }[] = [];
  const logged: string[] = [];
  const write = (line: string): void => {
    const { msg, what = "" } = JSON.parse(line) as { msg: string; what?: string };
    logged.push(what === "" ? msg : `${msg}: ${what}`);
  };
  const shared = { clock, timeoutMs: PATIENT_MS };
  const espnUrl = `${exchange.url}/espn`;
  const part = followGames({
    games: GAMES,
    espn: createEspnClient({ siteUrl: espnUrl, coreUrl: espnUrl, ...shared }),
    nba: createNbaClient({ baseUrl: `${exchange.url}/nba`, ...shared }),
    tell: (fact) => told.push({ at: clock.now(), fact }),
    clock,
    log: pino({ level: "info" }, { write }),
    ...options,
  });
  onTestFinished(() => part.close());
  return {
    exchange,
    clock,
    part,
    told,
    logged,
    of: <Kind extends Fact["kind"]>(kind: Kind) =>
      told.flatMap(({ fact }) => (fact.kind === kind ? [fact as ToldOf<Kind>] : [])),
  };
}

/** The states that one feed was told to show of a game. */
function states({ of }: Following, feed: "espn" | "nba", game: SlateGame): ToldOf<"game-state">[] {
  return of("game-state").filter(
    (fact) => fact.feed === feed && fact.eventTicker === game.eventTicker,
  );
}

/** The facts that were told, found one after another among those that were played, none too early. */
function expectInSequence(told: Following["told"], facts: readonly Fact[]): void {
  let from = 0;
  for (const { at, fact } of told) {
    const index = facts.findIndex(
      (one, place) => place >= from && isDeepStrictEqual(said(one), said(fact)),
    );
    expect(index, `no ${JSON.stringify(fact)} after fact ${from}`).toBeGreaterThanOrEqual(from);
    expect(facts[index]?.receivedAt).toBeLessThanOrEqual(at);
    from = index + 1;
  }
}

/** Whether all was told that the feeds end with. */
function isTold(following: Following): boolean {
  return GAMES.every((game) => {
    const { eventTicker } = game;
    const count = (kind: "play" | "win-probability"): number =>
      following.of(kind).filter((fact) => fact.eventTicker === eventTicker).length;
    const isOver = (["espn", "nba"] as const).every(
      (feed) => states(following, feed, game).at(-1)?.state === "post",
    );
    const lastSaid = played("win-probability", game).at(-1)?.homeProbability;
    const lastTold = following
      .of("win-probability")
      .findLast((fact) => fact.eventTicker === eventTicker)?.homeProbability;
    return isOver && count("play") === played("play", game).length && lastSaid === lastTold;
  });
}

describe("the games that are followed to their end", () => {
  it("are told as the feeds show them: states and probabilities in sequence, every play once", async () => {
    const following = follow(await playNight());
    await until(() => isTold(following));
    await following.part.close();
    for (const game of GAMES) {
      const { eventTicker } = game;
      const toldOf = (kind: Fact["kind"], feed?: "espn" | "nba"): Following["told"] =>
        following.told.filter(
          ({ fact }) =>
            fact.kind === kind &&
            "eventTicker" in fact &&
            fact.eventTicker === eventTicker &&
            (!("feed" in fact) || fact.feed === feed),
        );
      for (const feed of ["espn", "nba"] as const) {
        const shown = played("game-state", game).filter((fact) => fact.feed === feed);
        expectInSequence(toldOf("game-state", feed), shown);
        const told = states(following, feed, game);
        expect(said(required(told.at(-1), "a last state"))).toEqual(
          said(required(shown.at(-1), "a final")),
        );
        const periods = (facts: readonly { period: number }[]): unknown => [
          ...new Set(facts.map(({ period }) => period)),
        ];
        expect(periods(told)).toEqual(periods(shown));
      }
      expect(toldOf("play").map(({ fact }) => said(fact))).toEqual(played("play", game).map(said));
      expectInSequence(toldOf("play"), played("play", game));
      expectInSequence(toldOf("win-probability"), played("win-probability", game));
    }
    // A play and a probability say when they were; the scoreboards do not.
    for (const { at, fact } of following.told) expect(fact.sourceTime).toBeLessThanOrEqual(at);
    const plays = played("play", first).map(({ sourceTime }) => sourceTime);
    const claimed = following.of("play").filter((fact) => fact.eventTicker === first.eventTicker);
    expect(claimed.map(({ sourceTime }) => sourceTime)).toEqual(plays);
    expect(following.logged).toEqual([]);
    expectInjuries(following);
  });

  it("are told whole to who comes in mid-game, by date and teams where no id was known", async () => {
    const night = await playNight();
    const half = played("play", first)[Math.floor(played("play", first).length / 2)];
    await until(() => night.clock.now() >= required(half, "a play").receivedAt);
    const games = GAMES.map((game) => ({ ...game, espnEventId: "", nbaGameId: "" }));
    const following = follow(night, { games });
    const ofFirst = (): readonly Told[] =>
      following.of("play").filter((fact) => fact.eventTicker === first.eventTicker);
    await until(() => ofFirst().length > 0);
    expect(ofFirst().length).toBeGreaterThanOrEqual(played("play", first).length / 2);
    await until(() => isTold(following));
    expect(ofFirst().map(said)).toEqual(played("play", first).map(said));
  });
});

/** The last word on each player of the world is the last that was told of him. */
function expectInjuries(following: Following): void {
  const lines = FACTS.filter((fact) => fact.kind === "injury");
  const last = (facts: readonly (Fact | Told)[]): Map<string, object> =>
    new Map(facts.flatMap((fact) => (fact.kind === "injury" ? [[fact.player, said(fact)]] : [])));
  expect(last(following.of("injury"))).toEqual(last(lines));
  const told = following.of("injury").map((fact) => `${fact.player} ${fact.status}`);
  expect(new Set(told).size).toBe(told.length);
}

describe("a feed that fails", () => {
  it.each(["500", "html", "missing-field"] as const)(
    "with %s tells nothing, the other goes on, and it comes back",
    async (kind) => {
      const following = follow(await playNight());
      const { exchange, clock, logged } = following;
      const count = (feed: "espn" | "nba"): number => states(following, feed, first).length;
      await until(() => states(following, "espn", first).at(-1)?.state === "in");
      exchange.faults.add({ target: "espn", kind, match: null, untilMs: null });
      // Once a look has failed, none of its kind succeeds before the fault ends.
      const isNoticed = (what: RegExp): boolean => logged.some((text) => what.test(text));
      await until(() => isNoticed(/espn scoreboard|is bad/) && isNoticed(/win probability/));
      const [before, others] = [count("espn"), count("nba")];
      const probabilities = following.of("win-probability").length;
      await until(() => count("nba") >= others + 10);
      expect(count("espn")).toBe(before);
      expect(following.of("win-probability")).toHaveLength(probabilities);
      exchange.faults.clear();
      const clearedAt = clock.now();
      await until(() => count("espn") > before && isEven(logged));
      const facts = played("game-state", first).filter(({ feed }) => feed === "espn");
      const told = following.told.filter(
        ({ fact }) =>
          fact.kind === "game-state" &&
          fact.feed === "espn" &&
          fact.eventTicker === first.eventTicker,
      );
      expectInSequence(told, facts);
      expect(told[before]?.at).toBeGreaterThanOrEqual(clearedAt);
      // Each thing that failed is told of once when it began to and once when it no longer did.
      expect(logged.filter((text) => text.includes("nba"))).toEqual([]);
      const begun = logged.filter((text) => /cannot be read|is bad/.test(text));
      expect(begun.length).toBe(logged.length / 2);
      if (kind !== "missing-field") expect(new Set(begun).size).toBe(begun.length);
    },
  );
});

/** Whether all that began to fail has ended. */
function isEven(logged: readonly string[]): boolean {
  const ended = logged.filter((text) => /again/.test(text));
  return ended.length * 2 === logged.length;
}

it("waits at its end for what is under way, and tells nothing after it", async () => {
  const night = await playNight();
  const client = createNbaClient({ baseUrl: `${night.exchange.url}/nba`, clock: night.clock });
  const held: (() => void)[] = [];
  const nba = {
    ...client,
    scoreboard: async (): ReturnType<typeof client.scoreboard> => {
      const answer = await client.scoreboard();
      await new Promise<void>((resolve) => held.push(resolve));
      return answer;
    },
  };
  const following = follow(night, { nba });
  await until(() => held.length === 1 && following.told.length > 0);
  let isClosed = false;
  const closing = following.part.close().then(() => {
    isClosed = true;
  });
  const count = following.told.length;
  await sleep(50);
  expect(isClosed).toBe(false);
  held[0]?.();
  await closing;
  await sleep(100);
  expect(held).toHaveLength(1);
  expect(following.told).toHaveLength(count);
});

it("goes on after a fault of its own", async () => {
  const night = await playNight();
  const client = createNbaClient({ baseUrl: `${night.exchange.url}/nba`, clock: night.clock });
  let calls = 0;
  const scoreboard: typeof client.scoreboard = () => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error("a bug")) : client.scoreboard();
  };
  const following = follow(night, { nba: { ...client, scoreboard } });
  await until(() => states(following, "nba", first).length > 0);
  expect(following.logged).toEqual(["a look at the feeds failed"]);
});
