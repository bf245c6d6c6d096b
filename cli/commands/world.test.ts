import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { captureOutput } from "../../test/support/captured-output.ts";
import type { BitcoinDescription } from "../../sim/world/btc-describe.ts";
import { registerWorld } from "./world.ts";

let told = { out: "", err: "" };

beforeEach(() => {
  told = captureOutput();
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function run(...args: string[]): Promise<typeof process.exitCode> {
  const program = new Command("tipoff").exitOverride();
  registerWorld(program);
  await program.parseAsync(["world", ...args], { from: "user" });
  return process.exitCode;
}

describe("tipoff world", () => {
  it("describes the night of a seed as JSON", async () => {
    expect(await run("--seed", "7", "--games", "2", "--json")).toBe(0);
    expect(JSON.parse(told.out)).toMatchObject({
      name: "world:7",
      edge: "default",
      games: [{}, {}],
    });
  });

  it("calls off the game that is asked for, and no other than the night has", async () => {
    expect(await run("--games", "2", "--scalar-game", "1", "--json")).toBe(0);
    const { games } = JSON.parse(told.out) as { games: { isScalar: boolean }[] };
    expect(games.map(({ isScalar }) => isScalar)).toEqual([false, true]);
    expect(await run("--games", "2", "--scalar-game", "2")).toBe(2);
  });

  it("shows the slate and the stated edge to a person", async () => {
    expect(await run("--games", "1", "--date", "2026-12-01", "--edge", "none")).toBe(0);
    expect(told.out).toContain("KXNBAGAME-26DEC01");
    expect(told.out).toContain("the market is the truth");
  });

  it("answers 2 to a date that does not exist, and says how to write one", async () => {
    expect(await run("--date", "2026-02-30")).toBe(2);
    expect(told.err).toContain("2026-02-30 is not a date");
    expect(told.err).toContain("YYYY-MM-DD");
  });

  it("describes an hour of one Bitcoin series, without games, and its stated edge", async () => {
    expect(await run("--seed", "7", "--series", "KXBTC15M", "--hours", "1", "--json")).toBe(0);
    const { games, bitcoin } = JSON.parse(told.out) as {
      games: unknown[];
      bitcoin: BitcoinDescription;
    };
    expect(games).toEqual([]);
    expect(bitcoin).toMatchObject({ series: ["KXBTC15M"], hours: 1 });
    expect(bitcoin.events).toHaveLength(4);
    for (const { strike, average, yes, scalar, closedEarly } of bitcoin.events) {
      const isPlain = scalar === 0 && closedEarly === 0;
      if (isPlain) expect(yes).toBe(average >= (strike ?? Number.NaN) ? 1 : 0);
    }
    told.out = "";
    expect(await run("--seed", "7", "--series", "KXBTC15M", "--hours", "1")).toBe(0);
    expect(told.out).toContain("1 hours of Bitcoin on 2026-10-28");
    expect(told.out).toContain("KXBTC15M-26OCT280015");
    // 0.1 deviations are 100 * 0.1 * 0.399 = 4.0 cents.
    expect(told.out).toContain("off by about 4.0 cents");
  });

  it("refuses a series that is none, and calls off no game where there is none", async () => {
    await expect(run("--series", "KXBTC15M,KXETH")).rejects.toThrow(
      /KXETH is none of KXBTC15M, KXBTC, KXBTCD/,
    );
    expect(await run("--hours", "1", "--scalar-game", "0")).toBe(2);
    expect(told.err).toContain("ask for --games");
  });

  it("refuses a number of games told.out of range", async () => {
    await expect(run("--games", "16")).rejects.toThrow(/1 to 15/);
  });
});
