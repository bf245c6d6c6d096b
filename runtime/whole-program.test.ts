import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runWhole } from "./whole-program.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tipoff-whole-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a program that exports a word, all of one length. */
async function program(word: string): Promise<string> {
  const file = join(folder, "program.cjs");
  await writeFile(file, `module.exports.say = () => ${JSON.stringify(word)};`);
  return file;
}

function say(file: string, use = "test"): string {
  const { exports, keepCode } = runWhole(file, use);
  const said = (exports as { say: () => string }).say();
  keepCode();
  return said;
}

it("keeps a program's code once for each use, and runs it as it runs without", async () => {
  const file = await program("one");
  expect([say(file), say(file), say(file, "other")]).toEqual(["one", "one", "one"]);
  const kept = (await readdir(folder)).filter((name) => name.endsWith(".code"));
  expect(kept.map((name) => name.split(".").at(-2)).toSorted()).toEqual(["other", "test"]);
});

it("runs no code of a program that was there before, though it was as long", async () => {
  expect(say(await program("one"))).toBe("one");
  const file = await program("two");
  await utimes(file, 1, 1);
  expect(say(file)).toBe("two");
});

it("runs a program whose kept code is damaged, and keeps it anew", async () => {
  const file = await program("one");
  say(file);
  const [kept = ""] = (await readdir(folder)).filter((name) => name.endsWith(".code"));
  const code = await readFile(join(folder, kept));
  const zeroed = Buffer.from(code).fill(0, Math.floor(code.length * 0.6));
  const flipped = Buffer.from(code);
  flipped[code.length >> 1] = 255 - (flipped[code.length >> 1] ?? 0);
  for (const damaged of ["no code", "", code.subarray(0, -9), zeroed, flipped]) {
    await writeFile(join(folder, kept), damaged);
    expect(say(file)).toBe("one");
    expect(await readFile(join(folder, kept))).not.toEqual(damaged);
  }
  expect(runWhole(file, "test").exports).toHaveProperty("say");
});

it("does not need a folder that may be written to", async () => {
  const file = await program("one");
  const { keepCode } = runWhole(file, "no/such/folder");
  expect(keepCode).not.toThrow();
});
