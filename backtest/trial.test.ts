import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fact } from "../sim/facts.ts";
import { writeRecording } from "../sim/recordings/writer.ts";
import { type NightJob, playJob } from "./job.ts";
import { playNight } from "./night.ts";
import { checkSanity } from "./sanity.ts";
import { NO_LOADS, smallConfig, smallNight, sourceOf } from "./testing/small-night.ts";
import { nextGamesMarkets } from "./trial.ts";

const config = smallConfig();
const MINUTE = 60_000;

/** Forty-eight nights of one game each; home wins two of three, and the price before tip knows nothing of it. */
const NIGHTS = 48;
const homeWins = (nr: number): boolean => nr % 3 !== 0;
const dateOf = (nr: number): string =>
  new Date(Date.UTC(2025, 10, 1 + nr)).toISOString().slice(0, 10);
let dir = "";
let jobs: readonly NightJob[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "trial-"));
  for (let nr = 0; nr < NIGHTS; nr += 1) {
    const night = smallNight({ date: dateOf(nr), cents: 48 + (nr % 11), homeWins: homeWins(nr) });
    await writeRecording(join(dir, String(nr)), night);
  }
  jobs = Array.from({ length: NIGHTS }, (_, nr) => ({
    source: { kind: "recording", dir: join(dir, String(nr)), spreadCents: 1 },
    ...{ config, loads: NO_LOADS, options: {} },
  }));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

function factsOf(nr: number): Parameters<typeof nextGamesMarkets>[0] {
  const { manifest, facts } = smallNight({ date: dateOf(nr), games: 2, homeWins: homeWins(nr) });
  return { name: manifest.name, games: manifest.games, facts };
}

describe("the labels of the next game", () => {
  it("are its markets at the same time from tip, under the tickers of the game before", () => {
    const [night, after] = [factsOf(1), factsOf(2)];
    const [first, last] = night.games;
    const [next] = after.games;
    if (!first || !last || !next) throw new Error("two games a night");
    const met = nextGamesMarkets(night, after);
    const of = (facts: readonly Fact[], tickers: readonly string[], tipAt: number) =>
      facts.flatMap((fact) =>
        "marketTicker" in fact && tickers.includes(fact.marketTicker)
          ? [{ ...fact, marketTicker: "", receivedAt: fact.receivedAt - tipAt, sourceTime: 0 }]
          : [],
      );
    const homes = ({ marketTickers, home }: typeof first) =>
      marketTickers.filter((ticker) => ticker.endsWith(`-${home}`));
    for (const [game, other, facts] of [
      [first, last, night.facts],
      [last, next, after.facts],
    ] as const) {
      const own = of(met, homes(game), game.tipAt);
      expect(own.length).toBeGreaterThan(100);
      expect(own).toEqual(of(facts, homes(other), other.tipAt));
    }
    expect(met.every(({ receivedAt }, nr) => receivedAt >= (met[nr - 1]?.receivedAt ?? 0))).toBe(
      true,
    );
  });

  it("are none where a game is its own next one", () => {
    const { manifest, facts } = smallNight();
    const alone = { name: manifest.name, games: manifest.games, facts };
    expect(nextGamesMarkets(alone, alone)).toEqual([]);
  });

  it("leave the night as it was when they are its own", async () => {
    const facts = sourceOf(smallNight()).facts();
    const plain = await playNight(sourceOf(smallNight()), config, { isLogged: true });
    const met = facts.filter((fact) => "marketTicker" in fact);
    const apart = await playNight(sourceOf(smallNight()), config, {
      ...{ isLogged: true, metElsewhere: met },
    });
    expect(plain.games[0]?.fills.length).toBeGreaterThan(0);
    expect(apart.games.map(({ fills }) => fills)).toEqual(plain.games.map(({ fills }) => fills));
    expect(apart.pnl).toEqual(plain.pnl);
  });

  it("pay what was bought by the other game's result, fees and exits as they came", async () => {
    const job = jobs[1];
    const following = jobs[12]?.source;
    if (!job || !following) throw new Error("nights");
    const winners = {
      [(await playJob(job)).result.games[0]?.eventTicker ?? ""]: "home",
    } as const;
    const own = await playJob({ ...job, trial: { winners, following: null } });
    const other = await playJob({ ...job, trial: { winners, following } });
    expect([own.result.games[0]?.homeWon, other.result.games[0]?.homeWon]).toEqual([true, false]);
    expect(own.result.pnl.net).toBeGreaterThan(0);
    expect(other.result.pnl.net).toBeLessThan(0);
    expect(other.result.pnl.fees).toBeGreaterThan(0);
    expect(other.result.games[0]?.fills[0]?.at).toBeLessThan(
      (own.manifest.games[0]?.tipAt ?? 0) + MINUTE,
    );
  });
});

it("destroys the edge of a strategy that knows who wins, through the backtest itself", async () => {
  const { labels, isSane, hasEnough } = await checkSanity(jobs, { workers: 1 }, 400);
  const { own, shifted } = labels.oracle;
  expect(own.positions).toBeGreaterThanOrEqual(30);
  expect({ own: own.verdict, hasEnough }).toEqual({ own: "edge", hasEnough: true });
  expect(shifted.verdict).not.toBe("edge");
  expect(shifted.net.value ?? 0).toBeLessThan(0.3 * (own.net.value ?? 0));
  expect(isSane).toBe(true);
});
