import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openHome } from "./context.ts";
import { checkEverything, checkNode, type Finding } from "./doctor.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "doctor-"));
  vi.stubEnv("TEMPORAL_ADDRESS", "127.0.0.1:1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

async function homeFinding(home: string): Promise<Finding | undefined> {
  const findings = await checkEverything(openHome({ home }));
  return findings.find(({ what }) => what === "home");
}

describe("Node", () => {
  it.each([
    ["20.19.0", "there"],
    ["20.18.3", "missing"],
    ["20.9.1", "missing"],
    ["18.20.4", "missing"],
    ["21.0.0", "there"],
    ["22.4.1", "there"],
    ["100.0.0", "there"],
  ])("%s is %s, by what package.json asks for", (version, state) => {
    const todo = state === "there" ? null : "install Node 20.19 or newer";
    expect(checkNode(version)).toMatchObject({ what: "node", state, todo });
  });

  it("is enough as it runs here", async () => {
    const findings = await checkEverything(openHome({ home: dir }));
    const node = findings.find(({ what }) => what === "node");
    expect(node).toEqual(checkNode(process.versions.node));
  });
});

describe("a home", () => {
  it("is a folder, or not there yet", async () => {
    expect(await homeFinding(dir)).toMatchObject({ state: "there", found: dir });
    const fresh = join(dir, "new", "home");
    expect(await homeFinding(fresh)).toMatchObject({
      state: "there",
      found: `${fresh} (not made yet)`,
    });
  });

  it.each(["", "below"])("is neither a file nor below one: FILE/%s", async (below) => {
    const file = join(dir, "file");
    writeFileSync(file, "");
    expect(await homeFinding(join(file, below))).toMatchObject({
      state: "missing",
      found: `${file} is no folder`,
      todo: expect.stringContaining("--home") as string,
    });
  });
});

describe("settings", () => {
  const settings = async (): Promise<Finding | undefined> =>
    (await checkEverything(openHome({ home: dir }))).find(({ what }) => what === "settings");

  it("are the usual ones, and those of the home while they are kept for what began with them", async () => {
    const usual = resolve("config/tipoff.yaml");
    expect((await settings())?.found).toMatch(`${usual}, hash`);
    const own = join(dir, "settings.yaml");
    copyFileSync(usual, own);
    const kept = await settings();
    expect(kept).toMatchObject({ state: "there" });
    expect(kept?.found).toMatch(`${own}, hash`);
    expect(kept?.found).toContain(`kept for what began with them; once that is over, ${usual}`);
    writeFileSync(own, "strategies: 1");
    expect(await settings()).toMatchObject({
      state: "missing",
      found: expect.stringContaining(own) as string,
    });
  });
});

it("the spool says how many files were set aside in it, and is no obstacle", async () => {
  const spool = async (): Promise<Finding | undefined> =>
    (await checkEverything(openHome({ home: dir }))).find(({ what }) => what === "spool");
  expect(await spool()).toMatchObject({ state: "there" });
  const refused = join(dir, "spool", "refused");
  mkdirSync(refused, { recursive: true });
  writeFileSync(join(refused, "0-3-snapshots.csv"), "");
  expect(await spool()).toMatchObject({
    state: "optional",
    found: `files of refused observations: 1, in ${refused}`,
  });
});
