import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseEnvironment } from "../runtime/config.ts";
import { homeAt } from "../runtime/home.ts";
import type { OpenedHome } from "./context.ts";
import { settleSettings } from "./services.ts";

let dir: string;
let opened: OpenedHome;
let usual: string;
let own: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "tipoff-settings-"));
  [usual, own] = [join(dir, "usual.yaml"), join(dir, "own.yaml")];
  await writeFile(usual, "usual");
  await writeFile(own, "own");
  opened = { home: homeAt(dir), environment: { ...parseEnvironment({}), configFile: usual } };
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it("keeps settings for what goes on with them, and says how they are left", async () => {
  const { settingsFile } = opened.home;
  expect(await settleSettings(opened, own, false)).toEqual({ file: settingsFile, why: null });
  expect(await readFile(settingsFile, "utf8")).toBe("own");
  const { file, why } = await settleSettings(opened, settingsFile, true);
  expect(file).toBe(settingsFile);
  expect(why).toContain(`\`--strategy-config ${usual}\` takes the usual ones`);
});

it("takes the usual ones again once nothing goes on", async () => {
  const { settingsFile } = opened.home;
  await settleSettings(opened, own, false);
  const { file, why } = await settleSettings(opened, settingsFile, false);
  expect(file).toBe(usual);
  expect(why).toContain("is over");
  expect(existsSync(settingsFile)).toBe(false);
});

it("takes the usual ones, and no copy, where they are asked for", async () => {
  await settleSettings(opened, own, false);
  expect(await settleSettings(opened, usual, true)).toEqual({ file: usual, why: null });
  expect(existsSync(opened.home.settingsFile)).toBe(false);
});
