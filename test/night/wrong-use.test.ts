import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { NightHome } from "./night-home.ts";

let night: NightHome;
beforeAll(async () => {
  night = await NightHome.create();
});
afterAll(() => night.remove());

it("refuses an option that does not exist with exit code 2, and starts nothing", async () => {
  const answer = await night.answer("start", "--game", "3");
  expect(answer.exitCode).toBe(2);
  expect(answer.said).toContain("unknown option '--game'");
  expect(await readdir(night.home.path)).toEqual([]);
});

it.each([
  {
    fault: "a key that does not exist",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempt: 3\n  maxLockAttempts: 3",
    says: /limits\.?.*maxLockAttempt\b/,
  },
  {
    fault: "a negative number",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempts: -3",
    says: /limits\.maxLockAttempts.*0 to 100/,
  },
  {
    fault: "a text for a number",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempts: many",
    says: /limits\.maxLockAttempts.*0 to 100/,
  },
])(
  "refuses settings with $fault, naming file, key and range, and starts nothing",
  async ({ from, to, says }) => {
    const usual = await readFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
    const file = join(night.home.path, "mine.yaml");
    await writeFile(file, usual.replace(from, to));
    const answer = await night.answer("start", "--strategy-config", file, "--exit");
    expect(answer.exitCode).toBe(2);
    expect(answer.said).toContain(file);
    expect(answer.said).toMatch(says);
    expect(await readdir(night.home.path)).toEqual(["mine.yaml"]);
  },
);

it("refuses the live source with exit code 3 and says what it needs", async () => {
  const answer = await night.answer("day", "start", "--source", "live");
  expect(answer.exitCode).toBe(3);
  expect(answer.said).toContain("KALSHI_API_KEY_ID");
  expect(answer.said).toContain("next:");
});

it.each(["up", "day start"])("refuses mode live with exit code 3: %s", async (command) => {
  const answer = await night.answer(...command.split(" "), "--mode", "live");
  expect(answer.exitCode).toBe(3);
  expect(answer.said).toContain("does not exist yet");
});
