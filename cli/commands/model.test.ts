import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { captureOutput } from "../../test/support/captured-output.ts";
import { runCommandLine } from "../program.ts";

const dir = mkdtempSync(join(tmpdir(), "model-"));
let told = { out: "", err: "" };
beforeEach(() => {
  told = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const train = (named: Readonly<Record<string, string>>): Promise<number> => {
  const options = { name: "mine", described: "nights", data: join(dir, "none.csv"), ...named };
  const asked = { ...options, out: join(dir, "out"), home: join(dir, "home") };
  return runCommandLine([
    ...["model", "train"],
    ...Object.entries(asked).flatMap(([option, value]) => [`--${option}`, value]),
  ]);
};

it.each([
  [{ name: "My Model" }, "--name <name>' argument 'My Model' is invalid. Expected small letters"],
  [{ name: "a".repeat(41) }, "--name <name>'"],
  [{ described: "" }, "--described <text>' argument '' is invalid. Expected some words"],
])(
  "is refused before a training that the artifact's own manifest would refuse: %j",
  async (named, said) => {
    expect(await train(named)).toBe(2);
    expect(told.err).toContain(said);
    expect(existsSync(join(dir, "home"))).toBe(false);
  },
);

it.each(["source", "seeds"])("does not ask for the %s: the data say it", async (option) => {
  expect(await train({ [option]: "recording" })).toBe(2);
  expect(told.err).toContain(`unknown option '--${option}'`);
});
