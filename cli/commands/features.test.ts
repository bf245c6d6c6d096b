import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { FEATURE_COLUMNS } from "../../backtest/feature-csv.ts";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import { captureOutput } from "../../test/support/captured-output.ts";
import { runCommandLine } from "../program.ts";

const dir = mkdtempSync(join(tmpdir(), "features-"));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => {
  process.exitCode = undefined;
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

const run = (...args: string[]): Promise<number> => runCommandLine(["features", "export", ...args]);

it("writes the games of every seed that is named, each line with a field for each column", async () => {
  const file = join(dir, "worlds.csv");
  expect(await run("--world", "3-4", "--games", "1", "--every-seconds", "300", "--out", file)).toBe(
    0,
  );
  const [head, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(head).toBe(FEATURE_COLUMNS.join(","));
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.every((line) => line.split(",").length === FEATURE_COLUMNS.length)).toBe(true);
  expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(2);
  const source = FEATURE_COLUMNS.indexOf("source");
  expect(new Set(lines.map((line) => line.split(",")[source]))).toEqual(
    new Set(["world:3", "world:4"]),
  );
});

it("does not mix worlds and recordings: a model is of one of them", async () => {
  const told = captureOutput();
  const file = join(dir, "mixed.csv");
  expect(await run("--world", "3", "--recording", join(dir, "nights"), "--out", file)).toBe(2);
  expect(told.err).toContain("worlds and recordings are not exported together");
  expect(existsSync(file)).toBe(false);
});

it("refuses to export nothing, seeds that are none, and a folder that is not there", async () => {
  expect(await run("--out", join(dir, "nothing.csv"))).toBe(2);
  for (const seeds of ["4-3", "x", "1-5000", ""]) {
    process.exitCode = undefined;
    expect(await run("--world", seeds, "--out", join(dir, "nothing.csv")), seeds).toBe(2);
  }
  process.exitCode = undefined;
  expect(await run("--world", "3", "--games", "1", "--out", join(dir, "none", "x.csv"))).toBe(1);
  expect(existsSync(join(dir, "nothing.csv"))).toBe(false);
});

it("rates teams by what the settings name, as a backtest does, and says where it cannot", async () => {
  const shipped = readFileSync(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
  expect(shipped).toContain("artifact: off");
  const named = join(dir, "rated.yaml");
  const ratings = JSON.stringify(join(dir, "no-ratings"));
  writeFileSync(named, shipped.replace("artifact: off", `artifact: ${ratings}`));
  const export_ = async (name: string, ...more: string[]): Promise<string> => {
    const file = join(dir, name);
    const world = ["--world", "3", "--games", "1", "--every-seconds", "900", "--json"];
    expect(await run(...world, ...more, "--out", file)).toBe(0);
    return readFileSync(file, "utf8");
  };
  const plain = await export_("plain.csv");
  const said: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
  expect(await export_("rated.csv", "--strategy-config", named)).not.toBe(plain);
  const { unrated } = JSON.parse(said.join("")) as { unrated: readonly string[] };
  expect(unrated).toEqual([expect.stringContaining("world:3: ") as string]);
});

it("leaves no half file behind when a recording cannot be read", async () => {
  const file = join(dir, "half.csv");
  expect(await run("--recording", join(dir, "nowhere"), "--out", file)).toBe(1);
  expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
});
