import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { smallNight } from "../../backtest/testing/small-night.ts";
import { writeRecording } from "../../sim/recordings/writer.ts";
import { runCommandLine } from "../program.ts";

const dir = mkdtempSync(join(tmpdir(), "backtest-"));
beforeAll(async () => {
  for (const date of ["2025-12-01", "2025-12-02"]) {
    await writeRecording(join(dir, date), smallNight({ date }));
  }
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

let said: string[] = [];
beforeEach(() => {
  process.exitCode = undefined;
  said = [];
  const hear = (text: string | Uint8Array): boolean => said.push(String(text)) > 0;
  vi.spyOn(process.stdout, "write").mockImplementation(hear);
  vi.spyOn(process.stderr, "write").mockImplementation(hear);
});

const backtest = (...more: string[]): Promise<number> =>
  runCommandLine(["backtest", "--recording", dir, "--workers", "1", ...more]);

it("writes what --sanity found where --out says, with what was played, and names the file", async () => {
  const out = join(dir, "out");
  // Two games are too few to be believed: the answer is written all the same.
  expect(await backtest("--sanity", "--out", out)).toBe(1);
  const file = join(out, "sanity.json");
  expect(said.join("")).toContain(`  ${file}\n`);
  said = [];
  expect(await backtest("--sanity", "--json")).toBe(1);
  const report = JSON.parse(said.join("")) as object;
  const written = JSON.parse(readFileSync(file, "utf8")) as object;
  expect(written).toMatchObject({
    schemaVersion: 1,
    nights: ["recording:2025-12-01", "recording:2025-12-02"],
    settings: { spreadCents: 1, edge: "default" },
    sanity: report,
  });
  expect(existsSync(join(out, "backtest.json"))).toBe(false);
});
