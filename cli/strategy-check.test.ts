import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { runCommandLine } from "./program.ts";

const home = mkdtempSync(join(tmpdir(), "strategy-check-"));
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

let said: string[] = [];
beforeEach(() => {
  process.exitCode = undefined;
  said = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
const run = (...args: string[]): Promise<number> =>
  runCommandLine(["strategy", ...args, "--home", home]);

it("passes what it wrote itself, on what it plays by itself, each hook put to use", async () => {
  expect(await run("new", "late")).toBe(0);
  said = [];
  expect(await run("check", "late", "--json")).toBe(0);
  const found = JSON.parse(said.join("")) as Record<string, unknown>;
  expect(found).toMatchObject({ isPassed: true, notExercised: null });
  expect(found["file"]).toContain(join("late", "checked"));
  // A game in which it never trades proves nothing of it, and is not signed.
  said = [];
  expect(await run("check", "late", "--world", "7", "--games", "1")).toBe(1);
  const text = said.join("");
  expect(text).toContain("not exercised, so not signed: its entry proposed nothing in");
  expect(text).not.toContain("signed: /");
}, 120_000);
