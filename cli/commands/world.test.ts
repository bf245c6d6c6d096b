import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { registerWorld } from "./world.ts";

let out = "";
let err = "";

beforeEach(() => {
  [out, err] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
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
    expect(JSON.parse(out)).toMatchObject({ name: "world:7", edge: "default", games: [{}, {}] });
  });

  it("calls off the game that is asked for, and no other than the night has", async () => {
    expect(await run("--games", "2", "--scalar-game", "1", "--json")).toBe(0);
    const { games } = JSON.parse(out) as { games: { isScalar: boolean }[] };
    expect(games.map(({ isScalar }) => isScalar)).toEqual([false, true]);
    expect(await run("--games", "2", "--scalar-game", "2")).toBe(2);
  });

  it("shows the slate and the stated edge to a person", async () => {
    expect(await run("--games", "1", "--date", "2026-12-01", "--edge", "none")).toBe(0);
    expect(out).toContain("KXNBAGAME-26DEC01");
    expect(out).toContain("the market is the truth");
  });

  it("answers 2 to a date that does not exist, and says how to write one", async () => {
    expect(await run("--date", "2026-02-30")).toBe(2);
    expect(err).toContain("2026-02-30 is not a date");
    expect(err).toContain("YYYY-MM-DD");
  });

  it("refuses a number of games out of range", async () => {
    await expect(run("--games", "16")).rejects.toThrow(/1 to 15/);
  });
});
