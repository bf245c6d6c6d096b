import { mkdtempSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readKillFile } from "./kill-file.ts";

const folder = mkdtempSync(join(tmpdir(), "kill-file-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it("is no kill while there is no file", () => {
  expect(readKillFile(join(folder, "none"))).toBeNull();
});

it("is the same kill as long as the file stays as it is, and another when it is written anew", () => {
  const path = join(folder, "KILL");
  writeFileSync(path, "reduce-only why\n");
  utimesSync(path, 1_000, 1_000);
  const first = readKillFile(path);
  expect(first).toMatchObject({ kill: { level: "reduce-only", reason: "why", by: "KILL file" } });
  expect(readKillFile(path)?.killId).toBe(first?.killId);
  writeFileSync(path, "flatten why\n");
  const second = readKillFile(path);
  expect(second?.kill.level).toBe("flatten");
  expect(second?.killId).not.toBe(first?.killId);
});

it("stops everything when what stands there cannot be read", () => {
  const path = join(folder, "directory");
  mkdirSync(path);
  expect(readKillFile(path)?.kill.level).toBe("cancel-all");
  // A path through a file: nobody can look whether something stands there.
  writeFileSync(join(folder, "file"), "");
  expect(readKillFile(join(folder, "file", "KILL"))?.kill.level).toBe("cancel-all");
});

it("reads the head of a long file only", () => {
  const path = join(folder, "long");
  writeFileSync(path, `flatten ${"x".repeat(100_000)}`);
  const kill = readKillFile(path)?.kill;
  expect(kill?.level).toBe("flatten");
  expect(kill?.reason.length).toBeLessThan(5_000);
});
